"""Parcels through their lives, on the real database."""

import threading
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text

from oms_service.infra.outbox import OutboxRow
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.events import Event, decode
from oms_service.ports.carrier import CarrierStatus as S
from oms_service.ports.carrier import ScanFact
from oms_service.ports.timeline import Subject
from oms_service.runtime import Runtime
from oms_service.shipping import events, queries, service, timeline
from oms_service.shipping.calendars.queries import calendars
from oms_service.shipping.queries import ParcelView
from oms_service.shipping.service import NewParcel, NewShipment, TrackingNumberTaken
from oms_service.shipping.states import Jeopardy
from oms_service.shipping.sweeps import sweep_jeopardy
from tests.factories.orders import MadeOrder, make_shipped_order
from tests.factories.shop import make_shop
from tests.fakes.clock import StandingClock

TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.fixture
def order(runtime: Runtime) -> MadeOrder:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shipped_order(uow, make_shop(uow))


def scan(order: MadeOrder, status: S, at: datetime, key: str = "", **more: object) -> ScanFact:
    return ScanFact(
        carrier="yamato",
        tracking_number=order.tracking_number,
        event_key=key or f"{status}-{at.isoformat()}",
        status=status,
        occurred_at=at,
        **more,  # type: ignore[arg-type]
    )


def record(runtime: Runtime, *facts: ScanFact) -> service.Recorded:
    with runtime.unit_of_work(SYSTEM) as uow:
        return service.record_scans(uow, facts, zone=TOKYO)


def parcel(runtime: Runtime, order: MadeOrder) -> ParcelView:
    with runtime.database.reading() as connection:
        (found,) = queries.parcels_of(connection, [order.id])
    return found


def told(runtime: Runtime, *kinds: type[Event]) -> list[Event]:
    query = select(OutboxRow).order_by(OutboxRow.id)
    with runtime.database.looking() as session:
        rows = session.scalars(query.where(OutboxRow.name.in_([kind.name for kind in kinds])))
        return [decode(row.name, row.payload) for row in rows]


def sweep(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return sweep_jeopardy(TOKYO)(uow)


def test_handing_over_promises_what_the_lane_takes(runtime: Runtime, order: MadeOrder) -> None:
    found = parcel(runtime, order)
    assert found.status is S.PRE_TRANSIT
    assert found.promised == found.estimated
    assert found.promised is not None
    first, last = found.promised.spoken(TOKYO)
    assert (first.isoformat(), last.isoformat()) == ("2026-11-23", "2026-11-24")
    assert found.estimate_reason == "lead_time"
    (event,) = told(runtime, events.ParcelHandedOver)
    assert event.aggregate == f"order:{order.id}"


def test_a_tracking_number_belongs_to_one_parcel(runtime: Runtime, order: MadeOrder) -> None:
    again = NewParcel(carrier="yamato", tracking_number=f" {order.tracking_number}-", lines={})
    wanted = NewShipment(number="S-2", order_id=order.id, location_id=None, parcels=[again])
    with pytest.raises(TrackingNumberTaken), runtime.unit_of_work(SYSTEM) as uow:
        service.hand_over(uow, wanted, zone=TOKYO)
    with runtime.database.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM shipments")) == 1


def test_late_repeated_and_reordered_scans_leave_the_same_parcel(
    runtime: Runtime, order: MadeOrder, clock: StandingClock
) -> None:
    now = clock.now()
    van = scan(order, S.OUT_FOR_DELIVERY, now - timedelta(hours=1), place="新宿センター")
    depot = scan(order, S.IN_TRANSIT, now - timedelta(hours=9))
    assert record(runtime, van) == service.Recorded(1, 0, ())
    assert record(runtime, depot, van) == service.Recorded(1, 1, ())
    assert record(runtime, van, depot, depot) == service.Recorded(0, 3, ())
    found = parcel(runtime, order)
    assert (found.status, found.status_at) == (S.OUT_FOR_DELIVERY, van.occurred_at)
    assert found.last_scan is not None
    assert found.last_scan.place == "新宿センター"
    said = told(runtime, events.ParcelScanned)
    assert [(one.status, one.is_newest) for one in said] == [  # type: ignore[attr-defined]
        ("out_for_delivery", True),
        ("in_transit", False),
    ]


def test_delivered_is_told_once_and_holds(
    runtime: Runtime, order: MadeOrder, clock: StandingClock
) -> None:
    at = clock.now() - timedelta(hours=2)
    record(runtime, scan(order, S.DELIVERED, at))
    record(runtime, scan(order, S.DELIVERED, at + timedelta(minutes=5)))
    record(runtime, scan(order, S.IN_TRANSIT, at + timedelta(hours=1)))
    found = parcel(runtime, order)
    assert (found.status, found.delivered_at) == (S.DELIVERED, at)
    assert found.estimated is None
    assert found.jeopardy is Jeopardy.ON_TIME
    (event,) = told(runtime, events.ParcelDelivered)
    assert event.payload()["delivered_at"] == at.isoformat()


def test_an_estimate_within_the_promise_is_no_news(
    runtime: Runtime, order: MadeOrder, clock: StandingClock
) -> None:
    start = datetime(2026, 11, 24, 14, tzinfo=TOKYO)
    record(
        runtime,
        scan(
            order,
            S.IN_TRANSIT,
            clock.now(),
            estimate_from=start,
            estimate_until=start + timedelta(hours=2),
        ),
    )
    assert told(runtime, events.ShipmentDelayed, events.ShipmentRecovered) == []
    assert parcel(runtime, order).jeopardy is Jeopardy.ON_TIME


def slip(order: MadeOrder, clock: StandingClock, day: int, reason: str = "") -> ScanFact:
    start = datetime(2026, 11, day, tzinfo=TOKYO)
    return scan(
        order,
        S.DELAYED if reason else S.IN_TRANSIT,
        clock.now(),
        reason=reason,
        estimate_from=start,
        estimate_until=start + timedelta(days=2),
    )


def test_a_slip_is_told_once_with_its_cause_and_both_windows(
    runtime: Runtime, order: MadeOrder, clock: StandingClock
) -> None:
    promised = parcel(runtime, order).promised
    assert promised is not None
    record(runtime, slip(order, clock, 25, "snow"))
    clock.advance(hours=1)
    record(runtime, scan(order, S.IN_TRANSIT, clock.now()))
    (event,) = told(runtime, events.ShipmentDelayed)
    said = event.payload()
    assert said["old_until"] == promised.until.isoformat()
    assert said["new_from"] == "2026-11-24T15:00:00+00:00"
    assert said["new_until"] == "2026-11-26T15:00:00+00:00"
    assert said["cause"] == "snow"
    found = parcel(runtime, order)
    assert found.promised == promised
    assert found.jeopardy is Jeopardy.AT_RISK


def test_a_second_slip_is_told_against_the_first_and_recovery_once(
    runtime: Runtime, order: MadeOrder, clock: StandingClock
) -> None:
    for day in (25, 27, 23):
        record(runtime, slip(order, clock, day, "snow"))
        clock.advance(hours=1)
    first, second = told(runtime, events.ShipmentDelayed)
    assert second.payload()["old_until"] == first.payload()["new_until"]
    (back,) = told(runtime, events.ShipmentRecovered)
    assert back.payload()["old_until"] == second.payload()["new_until"]
    record(runtime, scan(order, S.IN_TRANSIT, clock.now()))
    assert len(told(runtime, events.ShipmentRecovered)) == 1
    with runtime.database.reading() as connection:
        reasons = connection.execute(text("SELECT reason FROM promises ORDER BY id")).scalars()
        assert list(reasons) == ["handed_over", "snow", "snow", "recovered"]


def test_a_scan_nobody_knows_or_of_tomorrow_is_handed_back(
    runtime: Runtime, order: MadeOrder, clock: StandingClock
) -> None:
    strange = ScanFact(
        carrier="sagawa",
        tracking_number=order.tracking_number,
        event_key="1",
        status=S.DELIVERED,
        occurred_at=clock.now(),
    )
    early = scan(order, S.DELIVERED, clock.now() + timedelta(days=1))
    done = record(runtime, strange, early, scan(order, S.IN_TRANSIT, clock.now()))
    assert done.new == 1
    assert {one.why for one in done.refused} == {"no_such_parcel", "from_the_future"}
    assert parcel(runtime, order).status is S.IN_TRANSIT


def test_a_promise_that_passes_without_a_word_is_found_once(
    runtime: Runtime, order: MadeOrder, clock: StandingClock
) -> None:
    record(runtime, scan(order, S.IN_TRANSIT, clock.now()))
    clock.advance(days=2, hours=15)
    assert sweep(runtime) == 1
    assert sweep(runtime) == 0
    found = parcel(runtime, order)
    assert found.jeopardy is Jeopardy.LATE
    assert found.estimate_reason == "overdue"
    (event,) = told(runtime, events.ShipmentDelayed)
    assert event.payload()["cause"] == "overdue"
    clock.advance(hours=12)
    assert sweep(runtime) == 1
    assert parcel(runtime, order).jeopardy is Jeopardy.STALLED
    assert sweep(runtime) == 0


def test_after_two_silent_weeks_nothing_is_guessed_any_more(
    runtime: Runtime, order: MadeOrder, clock: StandingClock
) -> None:
    clock.advance(days=30)
    while sweep(runtime):
        pass
    assert parcel(runtime, order).estimated is None


def test_one_shipment_tells_its_past_in_three_queries(
    runtime: Runtime, order: MadeOrder, clock: StandingClock
) -> None:
    record(runtime, slip(order, clock, 25, "snow"))
    with runtime.database.looking() as session:
        entries = timeline.entries(session, Subject((order.id,)))
    assert [entry.kind for entry in entries] == [
        "parcel.handed_over",
        "parcel.scanned",
        "parcel.promised",
        "parcel.promised",
    ]
    assert entries[1].facts["reason"] == "snow"


def test_the_same_scans_at_once_from_many_are_kept_once(
    runtime: Runtime, order: MadeOrder, clock: StandingClock
) -> None:
    facts = [
        scan(order, S.IN_TRANSIT, clock.now() - timedelta(hours=3)),
        scan(order, S.OUT_FOR_DELIVERY, clock.now() - timedelta(hours=2)),
        scan(order, S.DELIVERED, clock.now() - timedelta(hours=1)),
    ]
    results: list[int] = []

    def report(turn: int) -> None:
        mine = facts[turn % 3 :] + facts[: turn % 3]
        results.append(record(runtime, *mine).new)

    threads = [threading.Thread(target=report, args=(turn,)) for turn in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [0] * 7 + [3]
    assert len(told(runtime, events.ParcelDelivered)) == 1
    assert len(told(runtime, events.ParcelScanned)) == 3


def test_a_configured_lane_wins(runtime: Runtime, clock: StandingClock) -> None:
    def add(uow: UnitOfWork) -> None:
        uow.session.execute(
            text(
                "INSERT INTO lead_times"
                " (carrier, origin_region, destination_region, usual_days, late_days)"
                " VALUES ('', '', '', 9, 9), ('yamato', '', '東京都', 4, 5)"
            )
        )

    with runtime.unit_of_work(SYSTEM) as uow:
        add(uow)
        order = make_shipped_order(uow, make_shop(uow))
    found = parcel(runtime, order)
    assert found.promised is not None
    assert found.promised.spoken(TOKYO)[0].isoformat() == "2026-11-26"


def test_an_island_takes_its_days_and_its_address_is_not_kept(
    runtime: Runtime, order: MadeOrder, clock: StandingClock
) -> None:
    island = NewShipment(
        number="S-9",
        order_id=order.id,
        location_id=None,
        origin_region="東京都",
        destination_region="東京都",
        postal_code="100-2101",  # 小笠原村
        parcels=[NewParcel(carrier="yamato", tracking_number="900000000001", lines={})],
    )
    with runtime.unit_of_work(SYSTEM) as uow:
        extra = calendars(uow.session, TOKYO).extra_days("yamato", postal_code="1002101")
        service.hand_over(uow, island, zone=TOKYO)
    with runtime.database.reading() as connection:
        _, found = queries.parcels_of(connection, [order.id])
    assert extra > 0
    assert found.because is not None
    assert found.because.extra_days == extra
    assert found.estimated is not None
    first, _ = found.estimated.spoken(TOKYO)
    assert first == clock.now().astimezone(TOKYO).date() + timedelta(days=1 + extra)
