"""Who will be late, said a day before the promise ends, from nothing but what was heard by then."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from oms_service.shipping.arrivals.chances import UNMOVING, Chances, Judged, Place, places
from oms_service.shipping.arrivals.scanned import Scanned

#: From this chance of being late on, a promise is at risk. Why so much: docs/eta-quality.md.
THRESHOLD: Final = 0.4
#: Warnings are said so long before the promise ends.
AHEAD: Final = timedelta(days=1)
#: What has not arrived so long after its last word is taken for lost.
_GIVEN_UP: Final = timedelta(days=21)


def is_at_risk(chance_late: float, threshold: float = THRESHOLD) -> bool:
    """Whether a promise that fails with this chance is called at risk."""
    return chance_late >= threshold


@dataclass(frozen=True)
class Warned:
    """What was said of one parcel of a history a day before its promise ended."""

    number: int
    at: datetime
    chance_late: float
    is_at_risk: bool


class _Event(IntEnum):
    """At one moment, in this order."""

    SETTLED = 0
    ARRIVED = 1
    GIVEN_UP = 2
    JUDGED = 3


def replay(
    history: Sequence[Scanned], zone: ZoneInfo, *, threshold: float = THRESHOLD
) -> list[Warned]:
    """Live through a history and say, a day before each promise ends, whether it will fail.

    Each is judged from what was heard until then, and learned from what was heard until then;
    what arrived by then, or was ordered later, is not judged.

    Args:
        history: in any order.
        zone: the shop's.
        threshold: from which chance on a promise is at risk.

    Returns:
        In the order of time.
    """
    model = Chances(zone)
    said: list[Warned] = []
    judged: dict[int, Judged] = {}
    for at, event, number in sorted(_events(history)):
        one = history[number]
        road, journey = one.journey.road, one.journey
        promised_at, delivered_at = journey.promised_at, journey.delivered_at
        match event:
            case _Event.JUDGED:
                stands = _stands(one, at)
                if stands is None or promised_at is None:
                    continue
                judged[number] = model.judge(road, stands, promised_at, at)
                chance = judged[number].chance_late
                said.append(Warned(number, at, chance, is_at_risk(chance, threshold)))
            case _Event.SETTLED:
                if number in judged and promised_at is not None:
                    is_late = delivered_at is None or delivered_at > promised_at
                    model.turned_out(judged.pop(number), at, is_late=is_late)
            case _Event.ARRIVED | _Event.GIVEN_UP:
                came = delivered_at if event is _Event.ARRIVED else None
                model.arrived(road, _stood(one, at), came)
    return said


def _events(history: Sequence[Scanned]) -> Iterator[tuple[datetime, _Event, int]]:
    for number, one in enumerate(history):
        journey = one.journey
        came, promised = journey.delivered_at, journey.promised_at
        last = max(
            [word.heard_at for word in one.words]
            + [at for at in (journey.placed_at, journey.handed_over_at) if at is not None],
            default=None,
        )
        if came is not None:
            yield came, _Event.ARRIVED, number
        elif last is not None:
            yield last + _GIVEN_UP, _Event.GIVEN_UP, number
        if promised is None:
            continue
        yield (promised if came is None else min(came, promised)), _Event.SETTLED, number
        judged_at = promised - AHEAD
        starts = journey.placed_at or journey.handed_over_at
        if starts is not None and starts <= judged_at and (came is None or came > judged_at):
            yield judged_at, _Event.JUDGED, number


def _known(one: Scanned, at: datetime) -> list[Place]:
    journey = one.journey
    handed = journey.handed_over_at
    return list(
        places(
            journey.placed_at,
            handed if handed is not None and handed <= at else None,
            [word for word in one.words if word.heard_at <= at],
            journey.road.destination,
        )
    )


def _stands(one: Scanned, at: datetime) -> Place | None:
    known = _known(one, at)
    return known[-1] if known else None


def _stood(one: Scanned, until: datetime) -> list[tuple[Place, datetime]]:
    """Each place, and when something newer was heard."""
    known = _known(one, until)
    news = sorted(
        (word.heard_at, word.occurred_at)
        for word in one.words
        if word.heard_at <= until and word.status not in UNMOVING
    )
    handed = one.journey.handed_over_at
    if handed is not None and handed <= until:
        news = sorted([*news, (handed, handed)])
    found = []
    for place in known:
        later = [heard for heard, occurred in news if occurred > place.since]
        found.append((place, min(later, default=until)))
    return found


def score(
    history: Sequence[Scanned],
    said: Sequence[Warned],
    first_signs: Mapping[int, datetime] | None = None,
) -> dict[str, Any]:
    """How right warnings were, as JSON can say it.

    Args:
        history: as it was lived through.
        said: of it.
        first_signs: when delays first showed, by place in the history, where that is known. They
            are compared with an oracle that warns of each delay from its first sign on.

    Returns:
        ``judged`` parcels, of them ``late``, ``warned`` and ``right`` (warned and late), the
        ``precision`` and ``recall``; with signs the ``oracle``'s ``recall``, the ``share`` of it
        that was reached, and how many of those it saw were ``caught``.
    """
    late = {one.number for one in said if _is_late(history[one.number])}
    warned = {one.number for one in said if one.is_at_risk}
    figures: dict[str, Any] = {
        "judged": len(said),
        "late": len(late),
        "warned": len(warned),
        "right": len(late & warned),
        "precision": _ratio(len(late & warned), len(warned)),
        "recall": _ratio(len(late & warned), len(late)),
    }
    if first_signs is not None:
        judged_at = {one.number: one.at for one in said}
        shown = {n for n in late if n in first_signs and first_signs[n] <= judged_at[n]}
        figures["oracle"] = {
            "shown": len(shown),
            "recall": _ratio(len(shown), len(late)),
            "share": _ratio(len(late & warned), len(shown)),
            "caught": _ratio(len(shown & warned), len(shown)),
        }
    return figures


def _is_late(one: Scanned) -> bool:
    came, promised = one.journey.delivered_at, one.journey.promised_at
    return promised is not None and (came is None or came > promised)


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
