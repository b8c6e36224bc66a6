"""What could be answered and done next, each with its why; never done by itself. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from cases.closings import is_only_thanks
from cases.states import CaseState
from cases.words import CHOSEN
from cases.writing.views import MacroView

#: A page shows so many; more would be a list, not advice.
MOST: Final = 4
_MOST_MACROS: Final = 2
#: Of fewer similar cases nothing can be learnt.
_FEWEST: Final = 3
#: A case about when something comes is looked at again once it should have.
_ABOUT_ARRIVAL: Final = frozenset({"where_is_it", "delay", "stuck", "past_expected", "not_shipped"})

#: The macro that asks for photos; nobody is asked for what has come.
ASKS_FOR_PHOTOS: Final = "photo_please"


class Advice(StrEnum):
    """What is suggested."""

    DECIDE = "decide"
    TAKE = "take"
    MACRO = "macro"
    SNOOZE = "snooze"
    RESOLVE = "resolve"


class Why(StrEnum):
    """Why it is suggested; a code that pages have words for."""

    RETURN_WAITS = "return_waits"
    NOBODY = "nobody"
    USED = "used"
    WRITTEN_FOR = "written_for"
    EXPECTED = "expected"
    THANKS = "thanks"
    ENDED_SO = "ended_so"


@dataclass(frozen=True)
class Suggestion:
    """One piece of advice: ``value`` is a macro's code, how it ends, or empty.

    ``count`` of ``of`` similar cases went so, where ``why`` says that.
    """

    advice: Advice
    why: Why
    value: str = ""
    until: datetime | None = None
    count: int = 0
    of: int = 0


@dataclass(frozen=True)
class Similar:
    """What became of settled cases like this one: how many there are, and of how many what."""

    of: int = 0
    #: By the id of a macro, in how many of them it was used.
    macros: Mapping[int, int] = field(default_factory=dict)
    #: By code, how many of them ended so.
    endings: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """What is known of a case when advice is wanted."""

    state: CaseState
    reason: str
    is_taken: bool
    return_waits: bool
    last_words: str
    #: By when the order is expected, if it is under way and a date is known.
    expected_until: datetime | None
    #: Whether the customer has shown pictures already.
    has_photos: bool = False


def suggest(
    facts: Facts, similar: Similar, macros: Sequence[MacroView], *, now: datetime
) -> tuple[Suggestion, ...]:
    """The advice for an open case, the most pressing first.

    Args:
        facts: the case.
        similar: what became of cases like it.
        macros: those that fit it, the fitting first.
        now: UTC.
    """
    return tuple(_all(facts, similar, macros, now))[:MOST]


def _all(
    facts: Facts, similar: Similar, macros: Sequence[MacroView], now: datetime
) -> Iterator[Suggestion]:
    if facts.return_waits:
        yield Suggestion(Advice.DECIDE, Why.RETURN_WAITS)
    elif not facts.is_taken:
        yield Suggestion(Advice.TAKE, Why.NOBODY)
    if facts.last_words and is_only_thanks(facts.last_words):
        yield Suggestion(Advice.RESOLVE, Why.THANKS, "answered")
        return
    useful = [one for one in macros if not (facts.has_photos and one.code == ASKS_FOR_PHOTOS)]
    yield from _macros(similar, useful)
    due = facts.expected_until
    may_sleep = facts.state in {CaseState.NEW, CaseState.OPEN}
    if may_sleep and facts.reason in _ABOUT_ARRIVAL and due is not None and due > now:
        yield Suggestion(Advice.SNOOZE, Why.EXPECTED, until=due)
    yield from _ending(similar)


def _macros(similar: Similar, macros: Sequence[MacroView]) -> Iterator[Suggestion]:
    by_id = {one.id: one for one in macros}
    used = [
        (-count, by_id[macro_id].code, count)
        for macro_id, count in similar.macros.items()
        if macro_id in by_id and similar.of >= _FEWEST
    ]
    found = [
        Suggestion(Advice.MACRO, Why.USED, code, count=count, of=similar.of)
        for _rank, code, count in sorted(used)[:_MOST_MACROS]
    ]
    yield from found
    taken = {one.value for one in found}
    written = (one for one in macros if one.reasons and one.code not in taken)
    for _place, one in zip(range(_MOST_MACROS - len(found)), written, strict=False):
        yield Suggestion(Advice.MACRO, Why.WRITTEN_FOR, one.code)


def _ending(similar: Similar) -> Iterator[Suggestion]:
    known = [(-count, code) for code, count in similar.endings.items() if code in CHOSEN]
    if not known or similar.of < _FEWEST:
        return
    rank, code = min(known)
    if -rank * 2 >= similar.of:
        yield Suggestion(Advice.RESOLVE, Why.ENDED_SO, code, count=-rank, of=similar.of)
