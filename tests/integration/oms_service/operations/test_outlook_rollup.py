"""An order of several parts: what is behind decides, and what was called off is not waited for."""

from oms_service.importing.report import IMPORTER
from oms_service.importing.retail import load, reading
from oms_service.inventory import queries as stock
from oms_service.kernel.actors import SYSTEM
from oms_service.operations import reconcile
from oms_service.operations.changes import changing
from oms_service.operations.changes.change_wishes import CallOff
from oms_service.operations.changes.changing import Wanted
from oms_service.operations.dispatch import shipping as dispatch
from oms_service.operations.dispatch.shipping import HandOver
from oms_service.operations.outlook import assessing
from oms_service.ports.carrier import CarrierStatus, ScanFact
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.shipping import outlooks
from oms_service.shipping import service as shipping
from oms_service.shipping.queries import Outlook
from oms_service.shipping.service import NewParcel
from oms_service.shipping.states import Cause, Stage
from oms_service.shipping.sweeps import sweep_jeopardy
from tests.factories.orders import CARRIER, TOKYO, MadeOrder, make_order
from tests.factories.shop import Shop, make_shop
from tests.factories.stock import stock_up
from tests.fakes.clock import StandingClock
from tests.integration.oms_service.importing.test_retail import SMALL, rows


def believed(runtime: Runtime, order: MadeOrder) -> Outlook:
    with runtime.database.looking() as session:
        found = outlooks.of_order(session, order.id)
    assert found is not None
    return found


def send(runtime: Runtime, shop: Shop, order: MadeOrder, line_id: int, number: str) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        here = {p.order_line_id: p.quantity for p in stock.promised(uow.session, order.line_ids)}
        parcel = NewParcel(carrier=CARRIER, tracking_number=number, lines={line_id: here[line_id]})
        dispatch.hand_over(
            uow,
            HandOver(
                order_id=order.id,
                number=f"S-{number}",
                location_id=shop.location_id,
                parcels=[parcel],
            ),
        )
    drain(runtime)


def say(runtime: Runtime, clock: StandingClock, number: str, status: CarrierStatus) -> None:
    fact = ScanFact(
        carrier=CARRIER,
        tracking_number=number,
        event_key=f"{status}-{clock.now().isoformat()}",
        status=status,
        occurred_at=clock.now(),
    )
    with runtime.unit_of_work(SYSTEM) as uow:
        shipping.record_scans(uow, [fact], zone=TOKYO)
    drain(runtime)


def sweep(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        sweep_jeopardy(TOKYO)(uow)
    drain(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        assessing.sweep(uow)
    drain(runtime)


def test_the_part_that_is_behind_decides(runtime: Runtime, clock: StandingClock) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        order = make_order(uow, shop, items={"COFFEE": 2, "MUG": 1})
    drain(runtime)
    promised = believed(runtime, order).promised
    coffee, mug = order.line_ids
    send(runtime, shop, order, coffee, "111")
    now = believed(runtime, order)
    assert [part.stage for part in now.parts] == [Stage.HANDED_OVER, Stage.ALLOCATED]
    assert (now.stage, now.promised) == (Stage.ALLOCATED, promised)

    clock.advance(hours=20)
    say(runtime, clock, "111", CarrierStatus.DELIVERED)
    now = believed(runtime, order)
    # What has come is not waited for; the mug alone is still to come.
    assert [part.stage for part in now.parts] == [Stage.ALLOCATED]
    assert now.is_open

    clock.advance(days=2)
    sweep(runtime)
    assert believed(runtime, order).cause is Cause.NOT_SENT
    send(runtime, shop, order, mug, "222")
    now = believed(runtime, order)
    assert (now.stage, now.promised) == (Stage.HANDED_OVER, promised)
    say(runtime, clock, "222", CarrierStatus.DELIVERED)
    now = believed(runtime, order)
    assert (now.stage, now.is_open, len(now.parts)) == (Stage.DELIVERED, False, 2)
    assert list(reconcile.audit(runtime.database)) == []


def test_what_is_called_off_is_not_waited_for(runtime: Runtime, clock: StandingClock) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow, stock=0)
        stock_up(uow, shop.coffee_id, shop.location_id, 1)
        order = make_order(uow, shop, items={"COFFEE": 1, "MUG": 3}, may_backorder=True)
    drain(runtime)
    waiting = believed(runtime, order)
    assert (waiting.stage, waiting.promised) == (Stage.BACKORDERED, None)
    with runtime.unit_of_work(SYSTEM) as uow:
        wish = CallOff(reason="other", lines={order.line_ids[1]: 3})
        changing.request(uow, Wanted(order_id=order.id, wish=wish, channel="portal", key="k"))
    drain(runtime)
    now = believed(runtime, order)
    assert now.stage is Stage.ALLOCATED
    assert now.promised is not None
    send(runtime, shop, order, order.line_ids[0], "111")
    clock.advance(hours=20)
    say(runtime, clock, "111", CarrierStatus.DELIVERED)
    assert believed(runtime, order).stage is Stage.DELIVERED
    assert list(reconcile.audit(runtime.database)) == []


def test_a_retail_file_brings_no_doubts(runtime: Runtime, clock: StandingClock) -> None:
    with runtime.unit_of_work(IMPORTER) as uow:
        load.load(uow, reading.read(SMALL.read_text(encoding="utf-8")), opening_stock=10)
    for _ in range(10):
        drain(runtime)
        sweep(runtime)
        clock.advance(days=1)
    for table in ("cases", "notices", "outlook_changes"):
        assert rows(runtime, f"SELECT count(*) FROM {table}") == [(0,)]  # noqa: S608 - our own names
