"""Many at once: units are sourced once, from open locations, and shipped from where they were."""

from sqlalchemy import text

from oms_service import relay
from oms_service.inventory import queries as stock
from oms_service.inventory import service as inventory
from oms_service.inventory.service import Why
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import Invalid
from oms_service.kernel.ids import numeric_code, readable_code
from oms_service.operations.changes import cancelling
from oms_service.operations.dispatch import shipping as handing
from oms_service.operations.dispatch.shipping import HandOver
from oms_service.operations.placement import placing
from oms_service.operations.placement.placing import PlaceOrder, WantedLine
from oms_service.operations.reconcile import audit
from oms_service.operations.sources import sourcing_closing
from oms_service.orders import queries as orders
from oms_service.runtime import Runtime
from oms_service.shipping.service import NewParcel
from tests.concurrency.test_orders import at_once, refusals
from tests.factories.orders import CARRIER, MadeOrder, make_order
from tests.factories.shop import Shop, make_shop
from tests.factories.stock import make_location, make_variant, stock_up

SKUS = ("COFFEE", "MUG", "TEA")


def clear(runtime: Runtime) -> None:
    while True:
        with runtime.unit_of_work(SYSTEM) as uow:
            if not sourcing_closing.clear_closed(uow):
                return


def ship_all(runtime: Runtime, line_ids: tuple[int, ...], order_id: int) -> int:
    """Each location sends what is allocated to the order there; returns the units."""
    with runtime.unit_of_work(SYSTEM) as uow:
        sent = 0
        by_place: dict[int, dict[int, int]] = {}
        for pick in stock.promised(uow.session, line_ids):
            by_place.setdefault(pick.location_id, {})[pick.order_line_id] = pick.quantity
        for place, units in by_place.items():
            parcel = NewParcel(carrier=CARRIER, tracking_number=numeric_code(12), lines=units)
            handing.hand_over(
                uow,
                HandOver(
                    order_id=order_id,
                    number=f"S-{readable_code(10)}",
                    location_id=place,
                    parcels=[parcel],
                ),
            )
            sent += sum(units.values())
        return sent


def test_a_location_closes_while_thirty_two_buy(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow, stock=40)
        tea = make_variant(uow, "TEA")
        osaka = make_location(uow, "osaka", region="大阪府")
        kobe = make_location(uow, "kobe", region="兵庫県")
        for variant in (shop.coffee_id, shop.mug_id, tea):
            stock_up(uow, variant, osaka, 25)
            stock_up(uow, variant, kobe, 25)
        stock_up(uow, tea, shop.location_id, 40)

    def trade(number: int) -> int:
        if number == 16:
            with runtime.unit_of_work(SYSTEM) as uow:
                sourcing_closing.close_location(uow, shop.location_id, reason="disaster")
            clear(runtime)
            return 0
        skus = [SKUS[(number + turn) % 3] for turn in range(2)]
        with runtime.unit_of_work(SYSTEM) as uow:
            wanted = PlaceOrder(
                channel="web",
                external_ref=f"cart-{number}",
                customer_id=shop.customer_id,
                lines=[WantedLine(sku=sku, quantity=1 + number % 3) for sku in skus],
                may_backorder=True,
            )
            order_id = placing.place(uow, wanted).order.id
        if number % 7 == 0:
            with runtime.unit_of_work(SYSTEM) as uow:
                cancelling.cancel(uow, order_id, reason="no_longer_needed")
        return order_id

    answers = at_once(32, trade)
    assert refusals(answers) == []
    clear(runtime)
    relay.drain(runtime)
    assert audit(runtime.database) == ()
    with runtime.database.looking() as session:
        lines = orders.lines_of(session, [one for one in answers if isinstance(one, int)])
        promised = stock.promised(session, [line.id for of in lines.values() for line in of])
    assert promised
    assert {pick.location_id for pick in promised} == {osaka, kobe}
    for of in lines.values():
        for line in of:
            now = line.counters
            assert now.allocated + now.backordered + now.cancelled == now.ordered
    order_id, of_one = next(
        (order_id, of) for order_id, of in lines.items() if of[0].counters.allocated
    )
    sent = ship_all(runtime, tuple(line.id for line in of_one), order_id)
    assert sent == sum(line.counters.allocated for line in of_one)
    assert audit(runtime.database) == ()


def test_nothing_ships_from_where_it_was_not_allocated(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow, stock=5)
        osaka = make_location(uow, "osaka", region="大阪府")
        stock_up(uow, shop.coffee_id, osaka, 5)
        order = make_order(uow, shop)

    def ship_from(number: int) -> int:
        place = osaka if number % 2 else shop.location_id
        with runtime.unit_of_work(SYSTEM) as uow:
            parcel = NewParcel(
                carrier=CARRIER, tracking_number=numeric_code(12), lines={order.line_ids[0]: 2}
            )
            handing.hand_over(
                uow,
                HandOver(
                    order_id=order.id,
                    number=f"S-{number}",
                    location_id=place,
                    parcels=[parcel],
                ),
            )
        return number

    answers = at_once(8, ship_from)
    assert refusals(answers) == [Invalid] * 7
    assert audit(runtime.database) == ()


def waiting_orders(runtime: Runtime, count: int) -> tuple[Shop, list[MadeOrder]]:
    made = []
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow, stock=1)
        make_order(uow, shop, items={"COFFEE": 1})
    for _ in range(count):
        with runtime.unit_of_work(SYSTEM) as uow:
            made.append(make_order(uow, shop, items={"COFFEE": 2}, may_backorder=True))
    relay.drain(runtime)
    return shop, made


def test_two_deliveries_at_once_fill_each_order_once_and_the_oldest_first(
    runtime: Runtime,
) -> None:
    shop, made = waiting_orders(runtime, 6)

    def receive(number: int) -> int:
        with runtime.unit_of_work(SYSTEM) as uow:
            why = Why(key=f"delivery:{number}", cause="test")
            inventory.receive(uow, {(shop.coffee_id, shop.location_id): 3}, why)
        relay.drain(runtime)
        return number

    assert refusals(at_once(3, receive)) == []
    relay.drain(runtime)
    with runtime.database.looking() as session:
        filled = [orders.lines(session, one.id)[0].counters.allocated for one in made]
        (level,) = stock.availability(session, [shop.coffee_id])
    assert filled == [2, 2, 2, 2, 1, 0]
    assert (level.on_hand, level.allocated) == (10, 10)
    assert audit(runtime.database) == ()


def test_who_waits_is_not_overtaken_by_who_comes_later(runtime: Runtime) -> None:
    shop, (first, *_) = waiting_orders(runtime, 1)
    with runtime.unit_of_work(SYSTEM) as uow:
        why = Why(key="delivery", cause="test")
        inventory.receive(uow, {(shop.coffee_id, shop.location_id): 2}, why)
        late = make_order(uow, shop, items={"COFFEE": 1}, may_backorder=True)
    relay.drain(runtime)
    with runtime.database.looking() as session:
        assert orders.lines(session, first.id)[0].counters.allocated == 2
        assert orders.lines(session, late.id)[0].counters.backordered == 1
        kinds = session.scalars(
            text("SELECT kind FROM sourcing_decisions WHERE order_id = :id ORDER BY id"),
            {"id": first.id},
        ).all()
    assert kinds == ["promised", "filled"]
    assert audit(runtime.database) == ()
