"""What is believed of whole orders: promised at placement, handed on, in doubt, and well again."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from oms_service.infra.outbox import OutboxRow
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import Invalid
from oms_service.operations.outlook import assessing
from oms_service.operations.outlook.reactions import believe_anew
from oms_service.operations.placement import holding
from oms_service.operations.rules import delay_rules
from oms_service.orders.events import OrderPlaced
from oms_service.orders.states import HoldReason
from oms_service.ports.carrier import CarrierStatus, ScanFact
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.sales import queries as sales
from oms_service.shipping import outlooks
from oms_service.shipping import service as shipping
from oms_service.shipping.queries import Outlook, parcels_of
from oms_service.shipping.states import Cause, Jeopardy, Stage, Suggestion
from oms_service.shipping.sweeps import sweep_jeopardy
from oms_service.shipping.windows import Window
from tests.factories.orders import CARRIER, TOKYO, MadeOrder, make_order, ship
from tests.factories.shop import Shop, make_shop
from tests.fakes.clock import StandingClock


def placed(runtime: Runtime, **more: Any) -> tuple[Shop, MadeOrder]:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        order = make_order(uow, shop, **more)
    drain(runtime)
    return shop, order


def sent(runtime: Runtime, shop: Shop, order: MadeOrder) -> MadeOrder:
    with runtime.unit_of_work(SYSTEM) as uow:
        gone = ship(uow, shop, order)
    drain(runtime)
    return gone


def outlook(runtime: Runtime, order: MadeOrder) -> Outlook:
    with runtime.database.looking() as session:
        found = outlooks.of_order(session, order.id)
    assert found is not None
    return found


def scan(
    runtime: Runtime,
    order: MadeOrder,
    status: CarrierStatus,
    *,
    reason: str = "",
    window: Window | None = None,
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        fact = ScanFact(
            carrier=CARRIER,
            tracking_number=order.tracking_number,
            event_key=f"{status}-{uow.now.isoformat()}",
            status=status,
            occurred_at=uow.now,
            reason=reason,
            estimate_from=window.start if window else None,
            estimate_until=window.until if window else None,
        )
        shipping.record_scans(uow, [fact], zone=TOKYO)
    drain(runtime)


def sweep(runtime: Runtime) -> int:
    """As the clock does: parcels, then orders, then whoever hears of it."""
    with runtime.unit_of_work(SYSTEM) as uow:
        sweep_jeopardy(TOKYO)(uow)
    drain(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        looked = assessing.sweep(uow)
    drain(runtime)
    return looked


def told(runtime: Runtime, order: MadeOrder) -> list[tuple[str, Mapping[str, Any]]]:
    """The events about the order's outlook, in their order."""
    names = ("order.at_risk", "order.late", "order.stalled", "order.recovered")
    with runtime.database.looking() as session:
        rows = session.execute(
            select(OutboxRow.name, OutboxRow.payload)
            .where(
                OutboxRow.name.in_((*names, "order.promise_changed")),
                OutboxRow.aggregate == f"order:{order.id}",
            )
            .order_by(OutboxRow.id)
        )
        return [(row.name, row.payload) for row in rows]


def promises(runtime: Runtime, order: MadeOrder) -> list[tuple[bool, str]]:
    """Whether of a parcel, and why, in their order."""
    with runtime.database.looking() as session:
        rows = session.execute(
            text(
                "SELECT parcel_id IS NOT NULL, reason FROM promises WHERE order_id = :order"
                " ORDER BY id"
            ),
            {"order": order.id},
        )
        return [(row[0], row[1]) for row in rows]


def test_a_promise_is_made_at_placement_and_goes_with_the_parcel(
    runtime: Runtime, clock: StandingClock
) -> None:
    shop, order = placed(runtime)
    first = outlook(runtime, order)
    assert (first.stage, first.jeopardy, first.cause) == (Stage.ALLOCATED, Jeopardy.ON_TIME, "")
    assert first.promised is not None
    assert first.promised == first.estimated == first.told
    assert first.because is not None
    assert (first.promised_at, first.because.why) == (clock.now(), "not_sent")
    assert promises(runtime, order) == [(False, "placed")]

    clock.advance(hours=3)
    gone = sent(runtime, shop, order)
    now = outlook(runtime, order)
    with runtime.database.looking() as session:
        (parcel,) = parcels_of(session, [order.id])
    assert now.stage is Stage.HANDED_OVER
    assert now.promised == first.promised == parcel.promised
    assert now.estimated == parcel.estimated
    assert promises(runtime, order) == [(False, "placed"), (True, "handed_over")]

    clock.advance(hours=20)
    scan(runtime, gone, CarrierStatus.DELIVERED)
    ended = outlook(runtime, order)
    assert (ended.stage, ended.is_open, ended.jeopardy) == (
        Stage.DELIVERED,
        False,
        Jeopardy.ON_TIME,
    )
    assert told(runtime, order) == []


def test_a_late_hand_over_does_not_become_the_promise(
    runtime: Runtime, clock: StandingClock
) -> None:
    shop, order = placed(runtime)
    promised = outlook(runtime, order).promised
    clock.advance(days=4)
    sent(runtime, shop, order)
    now = outlook(runtime, order)
    assert now.promised == promised
    assert now.told is not None
    assert promised is not None
    assert now.told.until > promised.until
    assert now.jeopardy is Jeopardy.LATE
    assert [name for name, _ in told(runtime, order)] == ["order.late"]
    assert promises(runtime, order)[1:] == [(True, "handed_over"), (True, "lead_time")]


def test_time_alone_puts_an_order_in_doubt_a_day_ahead_and_says_so_once(
    runtime: Runtime, clock: StandingClock
) -> None:
    _, order = placed(runtime)
    promised = outlook(runtime, order).promised
    assert promised is not None
    seen: list[tuple[datetime, Jeopardy]] = []
    while clock.now() < promised.until + timedelta(days=3):
        clock.advance(hours=4)
        sweep(runtime)
        sweep(runtime)
        seen.append((clock.now(), outlook(runtime, order).jeopardy))
    names = [name for name, _ in told(runtime, order) if name != "order.promise_changed"]
    assert names[0] == "order.at_risk"
    assert len(names) == len(set(names))
    warned_at = next(at for at, now in seen if now is not Jeopardy.ON_TIME)
    assert promised.until - warned_at >= timedelta(hours=20)
    last = outlook(runtime, order)
    assert (last.jeopardy, last.cause, last.suggestion) == (
        Jeopardy.STALLED,
        Cause.NOT_SENT,
        Suggestion.SEND_FIRST,
    )
    changes = [payload["change"] for name, payload in told(runtime, order) if "change" in payload]
    assert changes == list(range(1, len(changes) + 1))


def test_a_hold_waits_without_a_date_and_stalls(runtime: Runtime, clock: StandingClock) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, make_shop(uow))
        holding.hold(uow, order.id, HoldReason.PAYMENT)
    drain(runtime)
    first = outlook(runtime, order)
    assert (first.stage, first.promised, first.estimated) == (Stage.HELD, None, None)
    assert promises(runtime, order) == []

    clock.advance(days=3)
    sweep(runtime)
    now = outlook(runtime, order)
    assert (now.jeopardy, now.cause, now.suggestion) == (
        Jeopardy.STALLED,
        Cause.PAYMENT_HOLD,
        Suggestion.ASK_FOR_PAYMENT,
    )
    with runtime.unit_of_work(SYSTEM) as uow:
        holding.release(uow, order.id, HoldReason.PAYMENT)
    drain(runtime)
    free = outlook(runtime, order)
    assert free.promised is not None
    assert next(name for name, _ in told(runtime, order)) == "order.stalled"
    assert promises(runtime, order) == [(False, "date_known")]


def test_an_address_on_hold_is_in_doubt_at_once(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, make_shop(uow))
        holding.hold(uow, order.id, HoldReason.ADDRESS)
    drain(runtime)
    now = outlook(runtime, order)
    assert (now.jeopardy, now.cause) == (Jeopardy.AT_RISK, Cause.ADDRESS)
    assert [(name, payload["before"]) for name, payload in told(runtime, order)] == [
        ("order.at_risk", "on_time")
    ]


def test_silence_stalls_the_order_and_a_scan_wakes_it(
    runtime: Runtime, clock: StandingClock
) -> None:
    shop, order = placed(runtime)
    gone = sent(runtime, shop, order)
    clock.advance(days=5)
    sweep(runtime)
    stalled = outlook(runtime, order)
    assert (stalled.jeopardy, stalled.cause, stalled.suggestion) == (
        Jeopardy.STALLED,
        Cause.SILENCE,
        Suggestion.TRACE,
    )
    assert stalled.parcel_id is not None
    scan(runtime, gone, CarrierStatus.DELIVERED)
    names = [name for name, _ in told(runtime, order)]
    assert names == ["order.stalled", "order.late"]


def test_a_parcel_that_catches_up_takes_the_order_with_it(
    runtime: Runtime, clock: StandingClock
) -> None:
    shop, order = placed(runtime)
    gone = sent(runtime, shop, order)
    promised = outlook(runtime, order).promised
    assert promised is not None
    clock.advance(hours=2)
    later = Window(promised.until + timedelta(days=1), promised.until + timedelta(days=2))
    scan(runtime, gone, CarrierStatus.DELAYED, reason="snow", window=later)
    late = outlook(runtime, order)
    assert (late.jeopardy, late.cause, late.suggestion, late.told) == (
        Jeopardy.AT_RISK,
        Cause.CARRIER_DELAY,
        Suggestion.WAIT,
        later,
    )
    clock.advance(hours=2)
    scan(
        runtime,
        gone,
        CarrierStatus.IN_TRANSIT,
        window=Window(promised.until - timedelta(hours=10), promised.until - timedelta(hours=8)),
    )
    well = outlook(runtime, order)
    assert (well.jeopardy, well.cause) == (Jeopardy.ON_TIME, Cause.NONE)
    assert [name for name, _ in told(runtime, order)] == ["order.at_risk", "order.recovered"]


def test_assessing_again_writes_and_tells_nothing(runtime: Runtime) -> None:
    _, order = placed(runtime)
    before = outlook(runtime, order)
    for _ in range(3):
        with runtime.unit_of_work(SYSTEM) as uow:
            assert assessing.assess(uow, order.id) is False
    assert outlook(runtime, order).version == before.version
    assert told(runtime, order) == []


def test_what_was_believed_since_an_order_was_placed_is_not_believed_again_for_it(
    runtime: Runtime, clock: StandingClock
) -> None:
    _, order = placed(runtime)
    before = outlook(runtime, order)
    clock.advance(minutes=1)
    event = OrderPlaced(
        order_id=order.id,
        customer_id=1,
        channel="web",
        placed_at=before.assessed_at.isoformat(),
        total_minor=0,
        currency="JPY",
        is_backordered=False,
    )
    with runtime.unit_of_work(SYSTEM) as uow:
        believe_anew(uow, event)
    assert outlook(runtime, order) == before


def test_what_waits_without_a_day_is_promised_once_it_is_there(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow, stock=0)
        order = make_order(uow, shop, may_backorder=True)
    drain(runtime)
    now = outlook(runtime, order)
    assert (now.stage, now.promised, now.estimated) == (Stage.BACKORDERED, None, None)


def test_the_policy_of_the_channel_decides_what_is_at_risk(
    runtime: Runtime, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_shop(uow)
        channel = sales.channel(uow.session, "web")
        delay_rules.adopt(uow, channel_id=channel.id, rules={"at_risk_percent": 1}, text={})
        in_force = delay_rules.in_force(uow.session, channel.id, at=uow.now)
    assert in_force.at_risk_percent == 1
    assert in_force.needs_case(timedelta(hours=1), "address")
    assert not in_force.needs_case(timedelta(hours=11), "snow")


@pytest.mark.parametrize(
    ("rules", "key"),
    [
        ({"at_risk_percent": 0}, "at_risk_percent"),
        ({"at_risk_percent": 100}, "at_risk_percent"),
        ({"hold_days": 61}, "hold_days"),
        ({"cases_for": ["never"]}, "cases_for"),
        ({"told_of": "late"}, "told_of"),
        ({"case_causes": [1]}, "case_causes"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_wrong_rules_are_named(rules: dict[str, Any], key: str) -> None:
    with pytest.raises(Invalid) as refused:
        delay_rules.read(rules)
    assert set(refused.value.fields) == {key}
