"""Which queue a case goes to, and to whom in it. Pure: the same values give the same answer.

Of the colleagues those are left, one question after the other, who work the queue, speak the
language, have the skills, did not give this case back, are present, and have room. Of them it
goes to the one who had a case of this customer before, else to the one with the most room, of
several to the one who has waited longest for a case, and last by their id.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cases.routing.states import Nobody, Presence, Verdict, Why
from cases.states import Priority

_NEVER: Final = datetime.min.replace(tzinfo=UTC)
#: So many colleagues are kept in the account of a decision; nobody reads more.
MOST_CONSIDERED: Final = 20


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What rules look at. ``value_minor`` is the order's total in minor units of ``currency``."""

    reason: str
    channel: str
    language: str
    priority: str
    tier: str = ""
    tags: frozenset[str] = frozenset()
    sales_channel: str = ""
    value_minor: int | None = None
    currency: str = ""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """To which queue which cases go; an empty condition fits all."""

    id: int
    reasons: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    priorities: frozenset[str] = frozenset()
    tiers: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    sales_channels: frozenset[str] = frozenset()
    least_minor: int | None = None
    currency: str = ""
    queue_id: int | None = None
    priority: Priority | None = None
    skills: frozenset[str] = frozenset()

    def fits(self, facts: Facts) -> bool:
        """Whether every condition holds; one of several tags is enough."""
        asked = (
            (self.reasons, facts.reason),
            (self.channels, facts.channel),
            (self.languages, facts.language),
            (self.priorities, facts.priority),
            (self.tiers, facts.tier),
            (self.sales_channels, facts.sales_channel),
        )
        return (
            all(not wanted or found in wanted for wanted, found in asked)
            and (not self.tags or not self.tags.isdisjoint(facts.tags))
            and self._is_worth(facts)
        )

    def _is_worth(self, facts: Facts) -> bool:
        if self.least_minor is None:
            return True
        return (
            facts.value_minor is not None
            and facts.currency == self.currency
            and facts.value_minor >= self.least_minor
        )


def rule_for(rules: Iterable[Rule], facts: Facts) -> Rule | None:
    """The first rule that fits; None where none does, and the queue of the reason holds."""
    return next((rule for rule in rules if rule.fits(facts)), None)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A case that looks for somebody.

    ``weight`` is the room it takes, ``before`` who had the last case of this customer,
    ``besides`` those who are not to have it.
    """

    queue_id: int
    language: str
    weight: int = 1
    skills: frozenset[str] = frozenset()
    before: int | None = None
    besides: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A colleague as routing sees them; ``queues`` are theirs and those that are everybody's."""

    staff_id: int
    presence: Presence
    languages: frozenset[str]
    capacity: int
    load: int
    skills: frozenset[str] = frozenset()
    queues: frozenset[int] = frozenset()
    given_at: datetime | None = None

    @property
    def room(self) -> int:
        return self.capacity - self.load


@dataclass(frozen=True)
class Considered:
    """What was found of one colleague."""

    staff_id: int
    verdict: Verdict


@dataclass(frozen=True)
class Choice:
    """Who gets a case and why, or why nobody; and who else was considered, the best first."""

    staff_id: int | None
    why: Why | None
    nobody: Nobody | None
    considered: tuple[Considered, ...]


_Question = tuple[Callable[[Wanted, Candidate], bool], Verdict, Nobody]
_QUESTIONS: Final[Sequence[_Question]] = (
    (lambda case, one: case.queue_id in one.queues, Verdict.NO_QUEUE, Nobody.QUEUE),
    (lambda case, one: case.language in one.languages, Verdict.NO_LANGUAGE, Nobody.LANGUAGE),
    (lambda case, one: case.skills <= one.skills, Verdict.NO_SKILL, Nobody.SKILL),
    (lambda case, one: one.staff_id not in case.besides, Verdict.GAVE_BACK, Nobody.GAVE_BACK),
    (lambda _, one: one.presence is Presence.PRESENT, Verdict.NOT_THERE, Nobody.PRESENCE),
    (lambda case, one: one.room >= case.weight, Verdict.FULL, Nobody.CAPACITY),
)


def choose(case: Wanted, candidates: Iterable[Candidate]) -> Choice:
    """The colleague for a case; the order of ``candidates`` does not matter."""
    left = sorted(candidates, key=lambda one: _rank(case, one))
    out: list[Considered] = []
    nobody = Nobody.QUEUE
    for holds, verdict, lacking in _QUESTIONS:
        if left:
            nobody = lacking
        out = [*(Considered(one.staff_id, verdict) for one in left if not holds(case, one)), *out]
        left = [one for one in left if holds(case, one)]
    if not left:
        return Choice(None, None, nobody, tuple(out[:MOST_CONSIDERED]))
    considered = (
        Considered(left[0].staff_id, Verdict.CHOSEN),
        *(Considered(one.staff_id, Verdict.HAD_LESS) for one in left[1:]),
        *out,
    )
    return Choice(left[0].staff_id, _why(case, left), None, considered[:MOST_CONSIDERED])


def _rank(case: Wanted, one: Candidate) -> tuple[bool, int, datetime, int]:
    return one.staff_id != case.before, -one.room, one.given_at or _NEVER, one.staff_id


def _why(case: Wanted, left: Sequence[Candidate]) -> Why:
    if len(left) == 1:
        return Why.ONLY_ONE
    if left[0].staff_id == case.before:
        return Why.SAME_AS_BEFORE
    return Why.MOST_ROOM if left[0].room > left[1].room else Why.IDLE_LONGEST


def weight_of(channel: str, weights: Mapping[str, int]) -> int:
    """How much room a case of a channel takes."""
    return weights.get(channel, 1)
