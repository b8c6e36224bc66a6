"""Whether a promise will hold, why not, and what would help: two tables, read from the top.

Pure. The first line of a table that fits says the cause and the next step; how bad it is follows
from that line, from silence, and from the promise.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from oms_service.ports.carrier import CarrierStatus as S
from oms_service.shipping.arrivals.warnings import THRESHOLD, is_at_risk
from oms_service.shipping.lanes import Lane
from oms_service.shipping.states import FINAL, MOVING, Cause, Jeopardy, Suggestion
from oms_service.shipping.windows import Window

#: A moving parcel of which nothing is heard for so long has stalled, where neither the shop's
#: history nor its lane says better.
SILENCE: Final = timedelta(days=3)
#: From this chance of coming after the promise on, it is at risk.
RISK_PERCENT: Final = round(THRESHOLD * 100)
#: So often a delivery may fail before somebody has to arrange the next one.
ATTEMPTS: Final = 2
#: So long a parcel lies at a counter before its customer is reminded.
AT_COUNTER: Final = timedelta(days=4)
#: Reasons of carriers that say the address is the trouble.
_OF_ADDRESS: Final = frozenset({"address", "moved", "unknown_address"})
#: Reasons that hold nothing up beyond the call that was in vain.
_SAYS_NO_DELAY: Final = frozenset({"", "no_one_home"})
#: What is open is looked at again after so long, or after this part of its silence if longer.
_AGAIN: Final = timedelta(hours=4)
_PART_OF_SILENCE: Final = 12
#: So long after it might have been missed, a word that nobody waited for is history.
OLD_NEWS: Final = timedelta(days=14)
#: A warning is due so long before the promise ends.
AHEAD: Final = timedelta(days=1)


@dataclass(frozen=True)
class Verdict:
    """How a promise stands, why, and the next step that would help."""

    jeopardy: Jeopardy
    cause: Cause = Cause.NONE
    suggestion: Suggestion = Suggestion.NONE


FINE: Final = Verdict(Jeopardy.ON_TIME)


@dataclass(frozen=True, kw_only=True)
class OnTheRoad:
    """A parcel as far as its promise goes.

    Attributes:
        status: where it stands.
        reason: the carrier's newest code, such as ``address``, while it is fresh.
        heard_at: the newest scan by its own time, or the handing over; None where unknown.
        attempts: how often the carrier called in vain.
        delivered_at: when it arrived, if it did.
        promised: what the customer was told first.
        estimated: what is believed now.
        chance_late: of coming after the promise, from 0 to 1; None where nobody can say.
        silence: how long nothing may be heard of it.
        risk_percent: from which chance on it is at risk.
        was: how it stood before.
    """

    status: S
    reason: str = ""
    heard_at: datetime | None = None
    attempts: int = 0
    delivered_at: datetime | None = None
    promised: Window | None = None
    estimated: Window | None = None
    chance_late: float | None = None
    silence: timedelta = SILENCE
    risk_percent: int = RISK_PERCENT
    was: Jeopardy = Jeopardy.ON_TIME


class Hold(StrEnum):
    """What keeps an order in the house."""

    NONE = ""
    PAYMENT = "payment"
    ADDRESS = "address"
    REVIEW = "review"
    CUSTOMER = "customer"
    STOCK = "stock"


@dataclass(frozen=True, kw_only=True)
class InHouse:
    """Goods of an order that no carrier has yet.

    Attributes:
        held_by: what keeps them.
        since: when they came so far, or when the hold began.
        waits: for stock.
        ready_until: the end of the day on which the stock is expected; None without a day.
        send_until: the end of the day on which the location should send them; None where no
            location has them.
        promised: what the customer was told first.
        chance_late: of coming after the promise, from 0 to 1; None where nobody can say.
        risk_percent: from which chance on they are at risk.
        hold_days: after so many days a hold has stalled.
        house_days: so many days after it should have been sent it has stalled.
        stuck_at: when they will have stood where they are for longer than goods do there; None
            where nobody knows, and ``house_days`` speak.
    """

    held_by: Hold = Hold.NONE
    since: datetime
    waits: bool = False
    ready_until: datetime | None = None
    send_until: datetime | None = None
    promised: Window | None = None
    chance_late: float | None = None
    risk_percent: int = RISK_PERCENT
    hold_days: int = 3
    house_days: int = 1
    stuck_at: datetime | None = None


def silence_of(lane: Lane | None) -> timedelta:
    """How long nothing may be heard where no history says better.

    A day more than nineteen of twenty take on the whole lane.
    """
    return SILENCE if lane is None else timedelta(days=lane.late_days + 1)


def judge(parcel: OnTheRoad, now: datetime) -> Verdict:
    """How the promise of a parcel stands; without a promise only what is wrong with it counts."""
    if parcel.status is S.DELIVERED:
        return _arrived(parcel)
    if _is_history(parcel, now):
        return FINE
    fitting = (one.verdict for one in _ON_THE_ROAD if one.holds(parcel, now))
    found = next(fitting, _SLOW)
    is_silent = _is_silent(parcel, now)
    if is_silent and found.cause not in _STANDS_STILL:
        return Verdict(Jeopardy.STALLED, Cause.SILENCE, Suggestion.TRACE)
    level = Jeopardy.STALLED if is_silent else _level(parcel, found, now)
    if level is Jeopardy.ON_TIME:
        return FINE
    if level is Jeopardy.LATE and found is _SLOW:
        return Verdict(level, Cause.PAST_PROMISE, Suggestion.TRACE)
    return Verdict(level, found.cause, found.suggestion)


def judge_in_house(goods: InHouse, now: datetime) -> Verdict:
    """How the promise of goods stands that have not left."""
    line = next(one for one in _IN_HOUSE if one.holds(goods, now))
    found = line.verdict
    stalled_at = _stalls_at(goods)
    if stalled_at is not None and now >= stalled_at:
        return Verdict(Jeopardy.STALLED, found.cause, found.suggestion)
    if goods.promised is not None and now >= goods.promised.until:
        return Verdict(Jeopardy.LATE, found.cause, found.suggestion)
    is_doubtful = _is_doubtful(goods.chance_late, goods.risk_percent)
    if found.jeopardy is Jeopardy.AT_RISK or is_doubtful:
        return Verdict(Jeopardy.AT_RISK, found.cause, found.suggestion)
    return FINE


def look_again(parcel: OnTheRoad, now: datetime) -> datetime | None:
    """When the passing of time alone may change what is believed of it; None once it is over."""
    if parcel.status in FINAL:
        return None
    heard_at = parcel.heard_at or now
    moments = [now + max(_AGAIN, (now - heard_at) / _PART_OF_SILENCE)]
    if parcel.status in MOVING and parcel.heard_at is not None:
        moments.append(parcel.heard_at + parcel.silence)
    if parcel.status is S.AVAILABLE_FOR_PICKUP and parcel.heard_at is not None:
        moments.append(parcel.heard_at + AT_COUNTER)
    if parcel.promised is not None:
        moments += [parcel.promised.until - AHEAD, parcel.promised.until]
    if parcel.estimated is not None:
        moments.append(parcel.estimated.until)
    return min(one for one in moments if one > now)


def look_again_in_house(goods: InHouse, now: datetime) -> datetime:
    """When the passing of time alone may change what is believed of goods in the house."""
    moments = [now + max(_AGAIN, (now - goods.since) / _PART_OF_SILENCE)]
    moments += [one for one in (goods.ready_until, goods.send_until, _stalls_at(goods)) if one]
    if goods.promised is not None:
        moments += [goods.promised.until - AHEAD, goods.promised.until]
    return min(one for one in moments if one > now)


#: From fine to worst; of several parts the worst speaks for the order.
_RANK: Final = {
    Jeopardy.ON_TIME: 0,
    Jeopardy.AT_RISK: 1,
    Jeopardy.LATE: 2,
    Jeopardy.STALLED: 3,
}


def rank(jeopardy: Jeopardy) -> int:
    """How bad it is; the greater the worse."""
    return _RANK[jeopardy]


@dataclass(frozen=True)
class _OnTheRoad:
    holds: Callable[[OnTheRoad, datetime], bool]
    #: ``on_time`` where the trouble counts only once the promise is in doubt.
    verdict: Verdict


@dataclass(frozen=True)
class _InHouse:
    holds: Callable[[InHouse, datetime], bool]
    verdict: Verdict


_ON_THE_ROAD: Final = (
    _OnTheRoad(
        lambda it, _: it.status is S.FAILURE and it.reason == "damaged",
        Verdict(Jeopardy.LATE, Cause.DAMAGED, Suggestion.SEND_AGAIN),
    ),
    _OnTheRoad(
        lambda it, _: it.status is S.FAILURE,
        Verdict(Jeopardy.LATE, Cause.LOST, Suggestion.SEND_AGAIN),
    ),
    _OnTheRoad(
        lambda it, _: it.status is S.RETURNING and it.reason in _OF_ADDRESS,
        Verdict(Jeopardy.STALLED, Cause.ADDRESS, Suggestion.CONFIRM_ADDRESS),
    ),
    _OnTheRoad(
        lambda it, _: it.status is S.RETURNING and it.reason == "refused",
        Verdict(Jeopardy.STALLED, Cause.REFUSED, Suggestion.ASK_CUSTOMER),
    ),
    _OnTheRoad(
        lambda it, _: it.status is S.RETURNING,
        Verdict(Jeopardy.STALLED, Cause.RETURNING, Suggestion.ASK_CUSTOMER),
    ),
    _OnTheRoad(
        lambda it, _: it.reason in _OF_ADDRESS,
        Verdict(Jeopardy.AT_RISK, Cause.ADDRESS, Suggestion.CONFIRM_ADDRESS),
    ),
    _OnTheRoad(
        lambda it, _: it.reason == "refused",
        Verdict(Jeopardy.AT_RISK, Cause.REFUSED, Suggestion.ASK_CUSTOMER),
    ),
    _OnTheRoad(
        lambda it, _: it.reason == "damaged",
        Verdict(Jeopardy.AT_RISK, Cause.DAMAGED, Suggestion.SEND_AGAIN),
    ),
    _OnTheRoad(
        lambda it, _: it.status is S.CUSTOMS_HOLD,
        Verdict(Jeopardy.AT_RISK, Cause.CUSTOMS, Suggestion.CLEAR_CUSTOMS),
    ),
    _OnTheRoad(
        lambda it, _: it.status is S.ATTEMPTED and it.attempts >= ATTEMPTS,
        Verdict(Jeopardy.AT_RISK, Cause.ATTEMPTED, Suggestion.ARRANGE_REDELIVERY),
    ),
    _OnTheRoad(
        lambda it, _: it.status is S.ATTEMPTED,
        Verdict(Jeopardy.ON_TIME, Cause.ATTEMPTED, Suggestion.ARRANGE_REDELIVERY),
    ),
    _OnTheRoad(
        lambda it, now: (
            it.status is S.AVAILABLE_FOR_PICKUP
            and it.heard_at is not None
            and now - it.heard_at >= AT_COUNTER
        ),
        Verdict(Jeopardy.AT_RISK, Cause.UNCLAIMED, Suggestion.REMIND_TO_COLLECT),
    ),
    _OnTheRoad(
        lambda it, _: it.status is S.DELAYED or it.reason not in _SAYS_NO_DELAY,
        Verdict(Jeopardy.ON_TIME, Cause.CARRIER_DELAY, Suggestion.WAIT),
    ),
)

#: What keeps a parcel where it is: the better word for its silence.
_STANDS_STILL: Final = frozenset({Cause.CUSTOMS, Cause.ADDRESS, Cause.REFUSED, Cause.DAMAGED})

_IN_HOUSE: Final = (
    _InHouse(
        lambda it, _: it.held_by is Hold.ADDRESS,
        Verdict(Jeopardy.AT_RISK, Cause.ADDRESS, Suggestion.CONFIRM_ADDRESS),
    ),
    _InHouse(
        lambda it, _: it.held_by is Hold.PAYMENT,
        Verdict(Jeopardy.ON_TIME, Cause.PAYMENT_HOLD, Suggestion.ASK_FOR_PAYMENT),
    ),
    _InHouse(
        lambda it, _: it.held_by is Hold.REVIEW,
        Verdict(Jeopardy.ON_TIME, Cause.REVIEW_HOLD, Suggestion.DECIDE_ON_HOLD),
    ),
    _InHouse(
        lambda it, _: it.held_by is Hold.CUSTOMER,
        Verdict(Jeopardy.ON_TIME, Cause.CUSTOMER_HOLD, Suggestion.ASK_CUSTOMER),
    ),
    _InHouse(
        lambda it, now: it.waits and it.ready_until is not None and now >= it.ready_until,
        Verdict(Jeopardy.AT_RISK, Cause.STOCK_OVERDUE, Suggestion.FIND_STOCK),
    ),
    _InHouse(
        lambda it, _: it.waits or it.held_by is Hold.STOCK,
        Verdict(Jeopardy.ON_TIME, Cause.STOCK, Suggestion.FIND_STOCK),
    ),
    _InHouse(
        lambda it, now: it.send_until is not None and now >= it.send_until,
        Verdict(Jeopardy.AT_RISK, Cause.NOT_SENT, Suggestion.SEND_FIRST),
    ),
    _InHouse(
        lambda _it, _now: True,
        Verdict(Jeopardy.ON_TIME, Cause.NOT_SENT, Suggestion.SEND_FIRST),
    ),
)


#: Nothing is wrong with it that anybody has said.
_SLOW: Final = Verdict(Jeopardy.ON_TIME, Cause.SLOW, Suggestion.WAIT)


def _level(parcel: OnTheRoad, found: Verdict, now: datetime) -> Jeopardy:
    if found.jeopardy is Jeopardy.STALLED:
        return Jeopardy.STALLED
    if _is_broken(parcel, now):
        return Jeopardy.LATE
    is_doubtful = _is_doubtful(parcel.chance_late, parcel.risk_percent)
    return Jeopardy.AT_RISK if is_doubtful else found.jeopardy


def _arrived(parcel: OnTheRoad) -> Verdict:
    promised, at = parcel.promised, parcel.delivered_at
    is_late = at is not None and promised is not None and at >= promised.until
    return Verdict(Jeopardy.LATE, Cause.PAST_PROMISE) if is_late else FINE


def _is_history(parcel: OnTheRoad, now: datetime) -> bool:
    """Whether it came with the past of a shop: nothing promised, nobody worried, all words old."""
    if parcel.promised is not None or parcel.was is not Jeopardy.ON_TIME:
        return False
    return parcel.heard_at is not None and now - parcel.heard_at >= parcel.silence + OLD_NEWS


def _is_silent(parcel: OnTheRoad, now: datetime) -> bool:
    heard_at = parcel.heard_at
    return parcel.status in MOVING and heard_at is not None and now - heard_at >= parcel.silence


def _is_broken(parcel: OnTheRoad, now: datetime) -> bool:
    """At a counter the carrier has kept its part, from the day it came there."""
    if parcel.promised is None:
        return parcel.status is S.FAILURE
    is_there = parcel.status is S.AVAILABLE_FOR_PICKUP and parcel.heard_at is not None
    at = parcel.heard_at if is_there and parcel.heard_at is not None else now
    return at >= parcel.promised.until or parcel.status is S.FAILURE


def _is_doubtful(chance_late: float | None, risk_percent: int) -> bool:
    return chance_late is not None and is_at_risk(chance_late, risk_percent / 100)


def _stalls_at(goods: InHouse) -> datetime | None:
    """When whoever has to act has not done so for too long."""
    if goods.held_by is not Hold.NONE:
        return goods.since + timedelta(days=goods.hold_days)
    if goods.waits:
        if goods.ready_until is None:
            return None
        return goods.ready_until + timedelta(days=goods.hold_days)
    if goods.stuck_at is not None:
        return max(goods.stuck_at, goods.send_until or goods.stuck_at)
    if goods.send_until is None:
        return None
    return goods.send_until + timedelta(days=goods.house_days)
