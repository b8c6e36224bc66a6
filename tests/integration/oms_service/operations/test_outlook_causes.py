"""Every cause of doubt, from the rows that carriers, colleagues and time write; and its end."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

from sqlalchemy import text

from oms_service.kernel.actors import SYSTEM
from oms_service.operations import reconcile
from oms_service.operations.changes import cancelling
from oms_service.operations.outlook import assessing
from oms_service.operations.placement import holding
from oms_service.orders.states import HoldReason
from oms_service.ports.carrier import CarrierStatus as S
from oms_service.ports.carrier import ScanFact
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.shipping import queries as parcels
from oms_service.shipping import service as shipping
from oms_service.shipping.queries import Outlook
from oms_service.shipping.states import Cause, Jeopardy, Stage
from oms_service.shipping.sweeps import sweep_jeopardy
from tests.factories.orders import CARRIER, TOKYO, MadeOrder, make_order, ship
from tests.factories.shop import make_shop
from tests.fakes.clock import StandingClock

#: What carriers say of a parcel, one after the other, four hours apart, and what follows.
ON_THE_ROAD: Final[Mapping[str, tuple[tuple[tuple[S, str], ...], Jeopardy, Cause]]] = {
    "customs": (((S.CUSTOMS_HOLD, ""),), Jeopardy.AT_RISK, Cause.CUSTOMS),
    "attempted": (((S.ATTEMPTED, "no_one_home"),) * 2, Jeopardy.AT_RISK, Cause.ATTEMPTED),
    "address": (((S.ATTEMPTED, "address"),), Jeopardy.AT_RISK, Cause.ADDRESS),
    "refused": (((S.RETURNING, "refused"),), Jeopardy.STALLED, Cause.REFUSED),
    "damaged": (((S.FAILURE, "damaged"),), Jeopardy.LATE, Cause.DAMAGED),
    "lost": (((S.FAILURE, ""),), Jeopardy.LATE, Cause.LOST),
    "returning": (((S.RETURNING, ""),), Jeopardy.STALLED, Cause.RETURNING),
    # A day later than usual is within what was promised.
    "delay": (((S.DELAYED, "snow"),), Jeopardy.ON_TIME, Cause.NONE),
    "fine": (((S.IN_TRANSIT, ""),), Jeopardy.ON_TIME, Cause.NONE),
}


def say(runtime: Runtime, facts: list[ScanFact]) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shipping.record_scans(uow, facts, zone=TOKYO)
    drain(runtime)


def fact(clock: StandingClock, order: MadeOrder, status: S, reason: str = "") -> ScanFact:
    return ScanFact(
        carrier=CARRIER,
        tracking_number=order.tracking_number,
        event_key=f"{status}-{clock.now().isoformat()}",
        status=status,
        occurred_at=clock.now(),
        reason=reason,
    )


def sweep(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        sweep_jeopardy(TOKYO)(uow)
    drain(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        assessing.sweep(uow)
    drain(runtime)


def standing(runtime: Runtime, orders: Mapping[str, MadeOrder]) -> dict[str, Outlook]:
    with runtime.database.looking() as session:
        found = parcels.outlooks_of(session, [one.id for one in orders.values()])
    return {name: found[one.id] for name, one in orders.items()}


def causes(runtime: Runtime, orders: Mapping[str, MadeOrder]) -> dict[str, tuple[Jeopardy, Cause]]:
    found = standing(runtime, orders)
    return {name: (one.jeopardy, one.cause) for name, one in found.items()}


def sent(runtime: Runtime, names: list[str]) -> dict[str, MadeOrder]:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        made = {name: make_order(uow, shop) for name in names}
    drain(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        gone = {name: ship(uow, shop, order) for name, order in made.items()}
    drain(runtime)
    return gone


def open_cases(runtime: Runtime) -> int:
    with runtime.database.looking() as session:
        query = text("SELECT count(*) FROM cases WHERE state NOT IN ('resolved', 'closed')")
        return int(session.execute(query).scalar_one())


def test_what_carriers_say_is_a_cause_and_delivery_ends_it(
    runtime: Runtime, clock: StandingClock
) -> None:
    orders = sent(runtime, list(ON_THE_ROAD))
    for turn in range(2):
        clock.advance(hours=2)
        facts = [
            fact(clock, orders[name], *steps[turn])
            for name, (steps, *_) in ON_THE_ROAD.items()
            if turn < len(steps)
        ]
        say(runtime, facts)
    sweep(runtime)
    expected = {name: (level, cause) for name, (_, level, cause) in ON_THE_ROAD.items()}
    assert causes(runtime, orders) == expected
    assert open_cases(runtime) > 0
    clock.advance(hours=2)
    say(runtime, [fact(clock, order, S.DELIVERED) for order in orders.values()])
    after = standing(runtime, orders)
    assert {one.stage for one in after.values()} == {Stage.DELIVERED}
    assert {one.jeopardy for one in after.values()} == {Jeopardy.ON_TIME}
    assert open_cases(runtime) == 0
    assert list(reconcile.audit(runtime.database)) == []


def test_time_is_a_cause_and_the_next_word_ends_it(runtime: Runtime, clock: StandingClock) -> None:
    orders = sent(runtime, ["slow", "past", "silent", "snow", "counter"])
    clock.advance(hours=2)
    say(runtime, [fact(clock, orders["counter"], S.AVAILABLE_FOR_PICKUP)])
    before = standing(runtime, orders)["slow"].promised
    assert before is not None
    clock.set(before.until - timedelta(hours=20))
    # Its carrier itself expects it only later, and gives no reason.
    later = replace(
        fact(clock, orders["slow"], S.IN_TRANSIT),
        estimate_from=before.until + timedelta(hours=10),
        estimate_until=before.until + timedelta(hours=12),
    )
    say(
        runtime,
        [
            later,
            fact(clock, orders["past"], S.IN_TRANSIT),
            fact(clock, orders["snow"], S.DELAYED, "snow"),
        ],
    )
    found = causes(runtime, orders)
    assert found["slow"] == (Jeopardy.AT_RISK, Cause.SLOW)
    assert found["snow"] == (Jeopardy.AT_RISK, Cause.CARRIER_DELAY)
    clock.set(before.until + timedelta(hours=1))
    say(runtime, [fact(clock, orders[name], S.IN_TRANSIT) for name in ("slow", "past")])
    sweep(runtime)
    clock.advance(days=4)
    say(runtime, [fact(clock, orders["past"], S.IN_TRANSIT)])
    sweep(runtime)
    assert causes(runtime, orders) == {
        "slow": (Jeopardy.STALLED, Cause.SILENCE),
        "past": (Jeopardy.LATE, Cause.PAST_PROMISE),
        "silent": (Jeopardy.STALLED, Cause.SILENCE),
        "snow": (Jeopardy.STALLED, Cause.SILENCE),
        "counter": (Jeopardy.AT_RISK, Cause.UNCLAIMED),
    }
    say(runtime, [fact(clock, orders["silent"], S.OUT_FOR_DELIVERY)])
    assert causes(runtime, orders)["silent"] == (Jeopardy.LATE, Cause.PAST_PROMISE)
    say(runtime, [fact(clock, order, S.DELIVERED) for order in orders.values()])
    assert open_cases(runtime) == 0
    assert list(reconcile.audit(runtime.database)) == []


HOLDS: Final = {
    HoldReason.PAYMENT: Cause.PAYMENT_HOLD,
    HoldReason.ADDRESS: Cause.ADDRESS,
    HoldReason.FRAUD: Cause.REVIEW_HOLD,
    HoldReason.CUSTOMER: Cause.CUSTOMER_HOLD,
}


def test_holds_are_causes_and_letting_go_ends_them(runtime: Runtime, clock: StandingClock) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        orders = {str(reason): make_order(uow, shop) for reason in HOLDS}
        orders["free"] = make_order(uow, shop)
    drain(runtime)
    promised = standing(runtime, orders)
    with runtime.unit_of_work(SYSTEM) as uow:
        for reason in HOLDS:
            holding.hold(uow, orders[reason].id, reason)
    drain(runtime)
    clock.advance(days=3)
    sweep(runtime)
    found = causes(runtime, orders)
    assert {name: found[name] for name in HOLDS} == {
        name: (Jeopardy.STALLED, cause) for name, cause in HOLDS.items()
    }
    assert found["free"] == (Jeopardy.STALLED, Cause.NOT_SENT)
    with runtime.unit_of_work(SYSTEM) as uow:
        for reason in HOLDS:
            holding.release(uow, orders[reason].id, reason)
        gone = ship(uow, shop, orders["free"])
    drain(runtime)
    after = standing(runtime, orders)
    for name in (*HOLDS, "free"):
        # What was promised first stays; what is believed now is told as another promise.
        assert after[name].promised == promised[name].promised
        told, first = after[name].told, after[name].promised
        assert told is not None
        assert first is not None
        assert told.until > first.until
        # The promised day is over; but nobody has been slow since it was let go.
        assert after[name].jeopardy is Jeopardy.LATE
    say(runtime, [fact(clock, gone, S.DELIVERED)])
    # Called off, they are not waited for, nor told of, nor looked at again.
    with runtime.unit_of_work(SYSTEM) as uow:
        for reason in HOLDS:
            cancelling.cancel(uow, orders[reason].id, reason="customer")
    drain(runtime)
    events = text("SELECT count(*) FROM outbox")
    with runtime.database.looking() as session:
        before = session.execute(events).scalar_one()
    clock.advance(days=9)
    sweep(runtime)
    with runtime.database.looking() as session:
        assert session.execute(events).scalar_one() == before
    ended = standing(runtime, {name: orders[name] for name in HOLDS})
    assert {(one.stage, one.jeopardy) for one in ended.values()} == {
        (Stage.CANCELLED, Jeopardy.ON_TIME)
    }
    assert open_cases(runtime) == 0
    assert list(reconcile.audit(runtime.database)) == []
