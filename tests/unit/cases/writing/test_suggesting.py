"""Advice follows from facts alone, the same each time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cases.states import CaseState
from cases.writing.suggesting import (
    ASKS_FOR_PHOTOS,
    Advice,
    Facts,
    Similar,
    Suggestion,
    Why,
    suggest,
)
from cases.writing.views import MacroView

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
FACTS = Facts(
    state=CaseState.OPEN,
    reason="where_is_it",
    is_taken=True,
    return_waits=False,
    last_words="まだですか",
    expected_until=None,
)


def macro(number: int, *reasons: str) -> MacroView:
    code = f"m{number}"
    return MacroView(number, code, {"ja": code}, {"ja": code}, (), reasons, (), None, True, 1)


MACROS = (macro(1, "where_is_it"), macro(2, "where_is_it"), macro(3), macro(4))


def test_what_was_used_most_comes_first_with_its_share() -> None:
    similar = Similar(of=10, macros={3: 8, 1: 2, 4: 2, 99: 9}, endings={"answered": 8, "x": 2})
    assert suggest(FACTS, similar, MACROS, now=NOW) == (
        Suggestion(Advice.MACRO, Why.USED, "m3", count=8, of=10),
        Suggestion(Advice.MACRO, Why.USED, "m1", count=2, of=10),
        Suggestion(Advice.RESOLVE, Why.ENDED_SO, "answered", count=8, of=10),
    )


def test_nobody_is_asked_for_photos_that_have_come() -> None:
    asks = replace(macro(9, "damaged"), code=ASKS_FOR_PHOTOS)
    similar = Similar(of=10, macros={9: 8})
    used = Suggestion(Advice.MACRO, Why.USED, ASKS_FOR_PHOTOS, count=8, of=10)
    assert suggest(FACTS, similar, [asks], now=NOW) == (used,)
    assert suggest(replace(FACTS, has_photos=True), similar, [asks], now=NOW) == ()


def test_of_few_similar_cases_nothing_is_learnt() -> None:
    similar = Similar(of=2, macros={3: 2}, endings={"answered": 2})
    assert suggest(FACTS, similar, MACROS, now=NOW) == (
        Suggestion(Advice.MACRO, Why.WRITTEN_FOR, "m1"),
        Suggestion(Advice.MACRO, Why.WRITTEN_FOR, "m2"),
    )


def test_an_ending_of_less_than_half_is_no_advice() -> None:
    similar = Similar(of=10, endings={"answered": 4, "handled": 4, "refunded": 10})
    assert suggest(FACTS, similar, (), now=NOW) == ()


def test_a_case_of_a_parcel_sleeps_until_it_should_be_there() -> None:
    due = NOW + timedelta(days=1)
    coming = replace(FACTS, expected_until=due)
    assert suggest(coming, Similar(), (), now=NOW) == (
        Suggestion(Advice.SNOOZE, Why.EXPECTED, until=due),
    )
    assert suggest(coming, Similar(), (), now=due) == ()
    assert suggest(replace(coming, state=CaseState.SNOOZED), Similar(), (), now=NOW) == ()
    assert suggest(replace(coming, reason="return"), Similar(), (), now=NOW) == ()


def test_a_decision_comes_before_all_and_thanks_end_it() -> None:
    asked = replace(FACTS, return_waits=True, is_taken=False, last_words="ありがとうございます!")
    assert suggest(asked, Similar(), MACROS, now=NOW) == (
        Suggestion(Advice.DECIDE, Why.RETURN_WAITS),
        Suggestion(Advice.RESOLVE, Why.THANKS, "answered"),
    )
    free = replace(FACTS, is_taken=False)
    assert suggest(free, Similar(), (), now=NOW) == (Suggestion(Advice.TAKE, Why.NOBODY),)
