"""Old orders come in by the hundred: nobody is told of them, and nobody has to look at them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from oms_service.importing.tables import run as tables
from oms_service.kernel.actors import SYSTEM
from oms_service.operations import reconcile
from oms_service.operations.outlook import assessing
from oms_service.operations.returning import scanning
from oms_service.ports.carrier import CarrierStatus, ScanFact
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.shipping.sweeps import sweep_jeopardy
from tests.factories.orders import TOKYO
from tests.factories.shop import make_shop
from tests.fakes.clock import StandingClock

ORDERS = 120
HEADING = (
    "order_ref,placed_at,mail,postal_code,region,city,line1,sku,quantity,unit_price,paid,status,"
    "carrier,tracking_number,shipped_at,delivered_at"
)


def load(runtime: Runtime, folder: Path, rows: Sequence[str]) -> None:
    path = folder / "orders.csv"
    path.write_text("\n".join([HEADING, *rows]), encoding="utf-8")
    with runtime.unit_of_work(SYSTEM) as uow:
        make_shop(uow)
    tables.load_file(runtime, "orders", path, tables.How(channel="web"))


def row(number: int, now: datetime, status: str) -> str:
    """An order of some weeks or months ago; one that was sent left the day after."""
    placed = now - timedelta(days=20 + number * 3)
    sent = status in {"shipped", "delivered"}
    return ",".join(
        [
            f"OLD-{number}",
            placed.isoformat(),
            f"person{number}@example.jp",
            "530-0001,大阪府,大阪市北区,梅田1-2-3,COFFEE,1,1000,1000",
            status,
            f"yamato,4000-{number:05}" if sent else ",",
            (placed + timedelta(days=1)).isoformat() if sent else "",
            (placed + timedelta(days=3)).isoformat() if status == "delivered" else "",
        ]
    )


def settle(runtime: Runtime, clock: StandingClock, *, days: int) -> None:
    """As the clocks do, for some days."""
    for _ in range(days * 2):
        for _ in range(4):
            with runtime.unit_of_work(SYSTEM) as uow:
                sweep_jeopardy(TOKYO)(uow)
            drain(runtime)
            with runtime.unit_of_work(SYSTEM) as uow:
                assessing.sweep(uow)
            drain(runtime)
        clock.advance(hours=12)


def told(runtime: Runtime) -> dict[str, int]:
    """How many cases and notices there are, and events that somebody would act on."""
    with runtime.database.looking() as session:
        found = {
            name: session.scalar(text(f"SELECT count(*) FROM {name}")) or 0  # noqa: S608 - our own names
            for name in ("cases", "notices", "outlook_changes")
        }
        events = text(
            "SELECT name, count(*) FROM outbox WHERE name IN ('shipment.delayed', 'order.at_risk',"
            " 'order.late', 'order.stalled', 'order.recovered', 'order.promise_changed')"
            " GROUP BY name"
        )
        found |= {row[0]: row[1] for row in session.execute(events)}
    return {name: count for name, count in found.items() if count}


def backlog(now: datetime) -> list[ScanFact]:
    """What a carrier says of them once it is asked: some went on, some came, some did not."""
    facts = []
    for number in range(ORDERS):
        left = now - timedelta(days=19 + number * 3)
        steps = [
            [(CarrierStatus.IN_TRANSIT, "", 1)],
            [(CarrierStatus.IN_TRANSIT, "", 1), (CarrierStatus.DELIVERED, "", 9)],
            [(CarrierStatus.DELAYED, "snow", 1)],
            [(CarrierStatus.ATTEMPTED, "no_one_home", 2), (CarrierStatus.ATTEMPTED, "", 3)],
            [(CarrierStatus.RETURNING, "address", 4)],
            [(CarrierStatus.FAILURE, "", 5)],
            [(CarrierStatus.AVAILABLE_FOR_PICKUP, "", 2)],
            [(CarrierStatus.CUSTOMS_HOLD, "", 2)],
        ][number % 8]
        facts += [
            ScanFact(
                carrier="yamato",
                tracking_number=f"4000-{number:05}",
                event_key=f"{status}-{days}",
                status=status,
                occurred_at=left + timedelta(days=days),
                reason=reason,
            )
            for status, reason, days in steps
        ]
    return facts


def test_imported_orders_that_were_sent_long_ago_are_left_alone(
    runtime: Runtime, clock: StandingClock, tmp_path: Path
) -> None:
    now = clock.now()
    load(runtime, tmp_path, [row(number, now, "shipped") for number in range(ORDERS)])
    settle(runtime, clock, days=3)
    assert told(runtime) == {}
    with runtime.unit_of_work(SYSTEM) as uow:
        done = scanning.record(uow, backlog(now), zone=TOKYO)
        assert done.refused == ()
    drain(runtime)
    settle(runtime, clock, days=5)
    assert told(runtime) == {}
    assert list(reconcile.audit(runtime.database)) == []


def test_a_word_of_today_wakes_an_imported_order(
    runtime: Runtime, clock: StandingClock, tmp_path: Path
) -> None:
    load(runtime, tmp_path, [row(number, clock.now(), "shipped") for number in range(2)])
    settle(runtime, clock, days=1)
    fact = ScanFact(
        carrier="yamato",
        tracking_number="4000-00001",
        event_key="today",
        status=CarrierStatus.RETURNING,
        occurred_at=clock.now(),
        reason="address",
    )
    with runtime.unit_of_work(SYSTEM) as uow:
        scanning.record(uow, [fact], zone=TOKYO)
    drain(runtime)
    assert told(runtime) == {"cases": 1, "notices": 1, "outlook_changes": 1, "order.stalled": 1}


def test_imported_open_orders_are_promised_from_now_on(
    runtime: Runtime, clock: StandingClock, tmp_path: Path
) -> None:
    load(runtime, tmp_path, [row(number, clock.now(), "open") for number in range(40)])
    settle(runtime, clock, days=1)
    assert told(runtime) == {}
    assert list(reconcile.audit(runtime.database)) == []


@pytest.mark.parametrize("status", ["delivered", "cancelled"])
def test_imported_orders_that_are_over_stay_over(
    runtime: Runtime, clock: StandingClock, tmp_path: Path, status: str
) -> None:
    load(runtime, tmp_path, [row(number, clock.now(), status) for number in range(20)])
    settle(runtime, clock, days=1)
    assert told(runtime) == {}
