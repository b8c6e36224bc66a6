"""The life of a case: every state can be reached, and nothing illegal is accepted."""

from itertools import product

import pytest

from cases.closings import is_only_thanks
from cases.policy import Next, after_message
from cases.states import ACTIVE, CASE, CaseAction, CaseState
from oms_service.kernel.errors import IllegalTransition
from tests.fakes.clock import StandingClock

NOW = StandingClock().now()


def test_every_state_can_be_reached_from_new() -> None:
    reached = {CaseState.NEW}
    while True:
        further = {CASE.table[key] for key in CASE.table if key[0] in reached} - reached
        if not further:
            break
        reached |= further
    assert reached == set(CaseState)


def test_pairs_that_the_table_lacks_are_refused() -> None:
    for state, action in product(CaseState, CaseAction):
        if (state, action) not in CASE.table:
            with pytest.raises(IllegalTransition):
                CASE.after(state, action)


def test_nothing_leads_out_of_closed() -> None:
    assert CASE.actions_from(CaseState.CLOSED) == ()


@pytest.mark.parametrize(
    "text",
    [
        "ありがとうございます",
        "ありがとうございました!",
        "どうもありがとうございます。助かりました",
        "了解しました、ありがとう😊",
        "Thanks!",
        "thank you so much",
        "OK, thanks",
        "👍",
    ],
)
def test_thanks_are_only_thanks(text: str) -> None:
    assert is_only_thanks(text)


@pytest.mark.parametrize(
    "text",
    [
        "ありがとうございます。ところで返金はいつですか",
        "まだ届きません",
        "Thanks, but it is still broken",
        "ok where is it",
    ],
)
def test_whoever_asks_for_more_does_not_only_thank(text: str) -> None:
    assert not is_only_thanks(text)


@pytest.mark.parametrize("state", sorted(ACTIVE))
def test_words_in_an_open_case_belong_to_it(state: CaseState) -> None:
    assert after_message(state, None, "ありがとう", now=NOW) is Next.APPEND


@pytest.mark.parametrize(
    ("state", "days", "text", "then"),
    [
        (CaseState.RESOLVED, 1, "まだ届きません", Next.REOPEN),
        (CaseState.RESOLVED, 3, "まだ届きません", Next.REOPEN),
        (CaseState.RESOLVED, 4, "まだ届きません", Next.ANOTHER),
        (CaseState.RESOLVED, 1, "ありがとうございました", Next.NOTHING),
        (CaseState.CLOSED, 1, "まだ届きません", Next.ANOTHER),
    ],
)
def test_words_after_the_end(state: CaseState, days: int, text: str, then: Next) -> None:
    clock = StandingClock(NOW)
    clock.advance(days=days)
    assert after_message(state, NOW, text, now=clock.now()) is then
