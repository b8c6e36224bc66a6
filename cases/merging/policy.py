"""Which two cases are probably one: a pure decision from what is known of both."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from oms_service.kernel.text import folded

#: From so many points on, merging is offered.
ENOUGH: Final = 50
_SOON: Final = timedelta(days=1)
_NEAR: Final = timedelta(days=7)
_MOST_LETTERS: Final = 2000
#: Words at least so alike are worth a reason of their own.
_ALIKE: Final = 0.3


class Why(StrEnum):
    """What speaks for two cases being one."""

    CUSTOMER = "customer"
    ORDER = "order"
    CONVERSATION = "conversation"
    REASON = "reason"
    GROUP = "group"
    TIME = "time"
    WORDS = "words"


_POINTS: Final = {
    Why.CUSTOMER: 20,
    Why.ORDER: 25,
    Why.CONVERSATION: 20,
    Why.REASON: 20,
    Why.GROUP: 10,
}
_FOR_TIME: Final = ((_SOON, 15), (_NEAR, 8))
_FOR_WORDS: Final = 30


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of one case. ``words`` is what its customer wrote last, as they wrote it."""

    customer_id: int | None
    order_ids: frozenset[int]
    conversation_id: int | None
    reason: str
    group: str
    opened_at: datetime
    words: str


@dataclass(frozen=True)
class Score:
    """How much speaks for two cases being one: points up to 130, and why."""

    points: int
    why: Sequence[Why]

    @property
    def is_enough(self) -> bool:
        return self.points >= ENOUGH


def score(one: Facts, other: Facts) -> Score:
    """How likely two cases are one; 0 where they belong to two customers. Symmetric."""
    if may_not_meet(one.customer_id, other.customer_id):
        return Score(0, ())
    apart = abs(one.opened_at - other.opened_at)
    for_time = next((points for span, points in _FOR_TIME if apart <= span), 0)
    alike = likeness(one.words, other.words)
    found = {
        Why.CUSTOMER: one.customer_id is not None and one.customer_id == other.customer_id,
        Why.ORDER: bool(one.order_ids & other.order_ids),
        Why.CONVERSATION: one.conversation_id is not None
        and one.conversation_id == other.conversation_id,
        Why.REASON: one.reason == other.reason,
        Why.GROUP: one.reason != other.reason and one.group == other.group,
    }
    why = [reason for reason, is_so in found.items() if is_so]
    points = sum(_POINTS[reason] for reason in why)
    if for_time:
        points, why = points + for_time, [*why, Why.TIME]
    if alike >= _ALIKE:
        points, why = points + round(alike * _FOR_WORDS), [*why, Why.WORDS]
    return Score(points, tuple(why))


def may_not_meet(one: int | None, other: int | None) -> bool:
    """Whether two cases belong to two customers, and so are never one."""
    return one is not None and other is not None and one != other


def likeness(one: str, other: str) -> float:
    """How alike two texts are, 0 to 1, by the pairs of letters they share; blind to dress."""
    ours, theirs = _pairs(one), _pairs(other)
    if not ours or not theirs:
        return 0.0
    return len(ours & theirs) / len(ours | theirs)


def _pairs(words: str) -> set[str]:
    bare = folded(words[:_MOST_LETTERS]).replace(" ", "")
    return {bare[place : place + 2] for place in range(len(bare) - 1)}
