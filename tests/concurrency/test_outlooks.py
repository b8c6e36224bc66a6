"""Many scan and sweep the same parcels at once: one case, one notice, one event a change."""

from datetime import timedelta

from sqlalchemy import text

from oms_service.kernel.actors import SYSTEM
from oms_service.operations.outlook import assessing
from oms_service.operations.reconcile import audit
from oms_service.ports.carrier import CarrierStatus, ScanFact
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.shipping import service as shipping
from oms_service.shipping.sweeps import sweep_jeopardy
from tests.concurrency.test_orders import at_once
from tests.factories.orders import CARRIER, TOKYO, MadeOrder, make_order, ship
from tests.factories.shop import make_shop
from tests.fakes.clock import StandingClock

THREADS = 8


def counts(runtime: Runtime, order: MadeOrder) -> dict[str, int]:
    """How many events of each name, cases, notices and promises an order has."""
    events = text("SELECT name, count(*) FROM outbox WHERE aggregate = :order GROUP BY name")
    with runtime.database.looking() as session:
        found = {row[0]: row[1] for row in session.execute(events, {"order": f"order:{order.id}"})}
        for table in ("cases", "notices", "promises", "outlook_changes"):
            # That it left is told as well, and is no bad news.
            but = (
                " AND template NOT IN ('shipped', 'order_received', 'delivered')"
                if table == "notices"
                else ""
            )
            query = text(f"SELECT count(*) FROM {table} WHERE order_id = :order{but}")  # noqa: S608 - our own names
            found[table] = session.execute(query, {"order": order.id}).scalar_one()
    return found


def snow(order: MadeOrder, clock: StandingClock) -> ScanFact:
    return ScanFact(
        carrier=CARRIER,
        tracking_number=order.tracking_number,
        event_key="snow",
        status=CarrierStatus.DELAYED,
        occurred_at=clock.now(),
        reason="snow",
        estimate_from=clock.now() + timedelta(days=4),
        estimate_until=clock.now() + timedelta(days=5),
    )


def test_eight_scan_and_sweep_and_each_thing_happens_once(
    runtime: Runtime, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        placed = [make_order(uow, shop) for _ in range(3)]
    drain(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        sent = [ship(uow, shop, order) for order in placed]
    drain(runtime)
    clock.advance(hours=6)

    def work(number: int) -> None:
        facts = [snow(order, clock) for order in (sent if number % 2 else sent[::-1])]
        with runtime.unit_of_work(SYSTEM) as uow:
            shipping.record_scans(uow, facts, zone=TOKYO)
        drain(runtime)
        with runtime.unit_of_work(SYSTEM) as uow:
            sweep_jeopardy(TOKYO)(uow)
        with runtime.unit_of_work(SYSTEM) as uow:
            assessing.sweep(uow)
        with runtime.unit_of_work(SYSTEM) as uow:
            assessing.assess(uow, sent[number % 3].id)
        drain(runtime)

    at_once(THREADS, work)
    drain(runtime)
    for order in sent:
        found = counts(runtime, order)
        assert (found["parcel.scanned"], found["shipment.delayed"]) == (1, 1)
        assert (found["order.at_risk"], found["outlook_changes"]) == (1, 1)
        assert (found["cases"], found["notices"]) == (1, 1)
        # At placement, at hand-over, and once for the snow.
        assert found["promises"] == 3
    assert list(audit(runtime.database)) == []


def test_two_clocks_sweep_without_waiting_for_each_other(
    runtime: Runtime, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        orders = [make_order(uow, shop) for _ in range(12)]
    drain(runtime)
    clock.advance(days=9)

    def sweep(_number: int) -> int:
        with runtime.unit_of_work(SYSTEM) as uow:
            return assessing.sweep(uow)

    looked = at_once(THREADS, sweep)
    assert sum(one for one in looked if isinstance(one, int)) >= len(orders)
    drain(runtime)
    for order in orders:
        found = counts(runtime, order)
        assert (found["order.stalled"], found["outlook_changes"], found["cases"]) == (1, 1, 1)
    assert list(audit(runtime.database)) == []


def test_the_sweep_reads_its_index_and_nothing_else(runtime: Runtime) -> None:
    """However many orders are settled: their rows are not in the index."""
    with runtime.database.looking() as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = "\n".join(
            session.execute(
                text(
                    "EXPLAIN SELECT order_id FROM order_outlooks WHERE look_again_at <= now()"
                    " ORDER BY look_again_at, order_id LIMIT 50"
                )
            ).scalars()
        )
    assert "ix_order_outlooks_look_again_at" in plan
    assert "Sort" not in plan
