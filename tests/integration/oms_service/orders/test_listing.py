"""Orders by what was typed: every one that fits, once, newest first, however many people fit."""

from datetime import timedelta

from oms_service.kernel.actors import SYSTEM
from oms_service.orders import listing
from oms_service.orders.listing import Wanted
from oms_service.runtime import Runtime
from tests.factories.orders import MAIL, make_order
from tests.factories.shop import make_customer, make_shop


def test_orders_of_several_people_come_page_by_page_newest_first(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        people = [make_customer(uow, f"sato{n}@example.jp") for n in range(3)]
        placed = [
            make_order(
                uow,
                shop,
                customer_id=people[n % 3],
                placed_at=uow.now - timedelta(hours=n // 2),
            ).id
            for n in range(9)
        ]
        make_order(uow, shop)
    hours = {order_id: n // 2 for n, order_id in enumerate(placed)}
    wanted = Wanted(typed="佐藤", customer_ids=people)
    found: list[int] = []
    cursor = ""
    with runtime.database.reading() as connection:
        for _ in range(3):
            page = listing.page(connection, wanted, cursor=cursor, limit=4)
            found += [order.id for order in page.items]
            cursor = page.next_cursor or ""
    assert found == sorted(placed, key=lambda order_id: (hours[order_id], -order_id))
    assert cursor == ""


def test_an_order_that_fits_in_two_ways_is_found_once(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        order = make_order(uow, shop)
        other = make_order(uow, shop, customer_id=make_customer(uow, "emma@example.com"))
    with runtime.database.reading() as connection:
        page = listing.page(connection, Wanted(typed=MAIL, customer_ids=(shop.customer_id,)))
        nobody = listing.page(connection, Wanted(typed="?"))
    assert [one.id for one in page.items] == [other.id, order.id]
    assert nobody.items == ()
