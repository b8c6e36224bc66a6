"""Orders by what was typed: every one that fits, once, newest first, however many people fit."""

from datetime import timedelta

import pytest

from oms_service.kernel import pages
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import Invalid
from oms_service.orders import listing
from oms_service.orders.listing import Sort, Wanted
from oms_service.orders.states import OrderState
from oms_service.runtime import Runtime
from oms_service.shipping.states import Jeopardy
from tests.factories.orders import MAIL, make_order
from tests.factories.outlooks import make_outlook
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


def all_of(runtime: Runtime, wanted: Wanted, sort: Sort) -> list[int]:
    """The ids of every page, two orders each."""
    found: list[int] = []
    cursor: str | None = ""
    with runtime.database.reading() as connection:
        while cursor is not None:
            page = listing.page(connection, wanted, sort=sort, cursor=cursor, limit=2)
            found += [order.id for order in page.items]
            cursor = page.next_cursor
    return found


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(),
        Wanted(order_states=(OrderState.PLACED,)),
        Wanted(typed=MAIL),
        Wanted(jeopardies=tuple(Jeopardy)),
    ],
)
def test_each_sort_goes_page_by_page_through_every_order_once(
    runtime: Runtime, wanted: Wanted
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        made = [make_order(uow, shop, items={"COFFEE": n}).id for n in (3, 1, 2, 1, 4)]
        days = (3, 1, None, 1, 2)
        for order_id, day in zip(made, days, strict=True):
            due = None if day is None else uow.now + timedelta(days=day)
            make_outlook(uow, order_id, due=due, stands=Jeopardy.ON_TIME)
    assert all_of(runtime, wanted, Sort.AMOUNT) == [made[n] for n in (4, 0, 2, 3, 1)]
    assert all_of(runtime, wanted, Sort.PROMISED) == [made[n] for n in (1, 3, 4, 0, 2)]
    assert all_of(runtime, wanted, Sort.NEWEST) == made[::-1]


def test_orders_are_found_by_how_their_promise_stands_and_by_whole_numbers(
    runtime: Runtime,
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        late, fine, over = (make_order(uow, shop, number=f"A-{n}").id for n in range(3))
        for order_id, stands in ((late, Jeopardy.LATE), (fine, Jeopardy.ON_TIME)):
            make_outlook(uow, order_id, due=uow.now, stands=stands)
    by = {stands: all_of(runtime, Wanted(jeopardies=(stands,)), Sort.NEWEST) for stands in Jeopardy}
    assert by == {
        Jeopardy.LATE: [late],
        Jeopardy.ON_TIME: [fine],
        Jeopardy.AT_RISK: [],
        Jeopardy.STALLED: [],
    }
    assert all_of(runtime, Wanted(numbers=("A-2", "A-0", "nobody's")), Sort.AMOUNT) == [over, late]


@pytest.mark.parametrize("sort", list(Sort))
def test_a_cursor_of_another_order_of_the_list_is_refused(runtime: Runtime, sort: Sort) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        for _ in range(2):
            make_outlook(uow, make_order(uow, shop).id, due=uow.now, stands=Jeopardy.ON_TIME)
    with runtime.database.reading() as connection:
        cursors = {
            one: listing.page(connection, Wanted(), sort=one, limit=1).next_cursor for one in Sort
        }
        for other in set(Sort) - {sort}:
            with pytest.raises(Invalid):
                listing.page(connection, Wanted(), sort=sort, cursor=cursors[other] or "")
        made_up = pages.write([str(sort), "2026-11-23", 1])
        with pytest.raises(Invalid):
            listing.page(connection, Wanted(), sort=sort, cursor=made_up)
