"""When a late parcel needs a person."""

from datetime import UTC, datetime, timedelta

import pytest

from cases.delays.policy import Do, Slip, decide, decide_standing
from oms_service.operations.rules.delay_rules import USUAL, DelayRules
from oms_service.shipping.states import Jeopardy

UNTIL = datetime(2026, 11, 23, 9, tzinfo=UTC)


def slip(*, hours: float, cause: str = "snow", has_case: bool = False) -> Slip:
    later = UNTIL + timedelta(hours=hours)
    return Slip(old_until=UNTIL, new_until=later, cause=cause, has_case=has_case)


@pytest.mark.parametrize(
    ("hours", "then"), [(1, Do.NOTHING), (11.9, Do.NOTHING), (12, Do.OPEN), (48, Do.OPEN)]
)
def test_a_long_delay_opens_a_case(hours: float, then: Do) -> None:
    assert decide(slip(hours=hours)) is then


@pytest.mark.parametrize("cause", sorted(USUAL.case_causes))
def test_what_does_not_pass_by_itself_opens_one_however_short(cause: str) -> None:
    assert decide(slip(hours=0.5, cause=cause)) is Do.OPEN


def test_a_further_slip_goes_into_the_case_there_is() -> None:
    assert decide(slip(hours=0.5, has_case=True)) is Do.APPEND
    assert decide(slip(hours=48, has_case=True)) is Do.APPEND


def test_the_channel_says_how_long_is_long() -> None:
    patient = DelayRules(case_after_hours=72, case_causes=frozenset())
    assert decide(slip(hours=71, cause="address"), patient) is Do.NOTHING
    assert decide(slip(hours=72), patient) is Do.OPEN


@pytest.mark.parametrize(
    ("jeopardy", "cause", "then"),
    [
        (Jeopardy.AT_RISK, "slow", Do.NOTHING),
        (Jeopardy.AT_RISK, "address", Do.OPEN),
        (Jeopardy.LATE, "slow", Do.OPEN),
        (Jeopardy.STALLED, "silence", Do.OPEN),
    ],
)
def test_how_an_order_stands_decides_as_well(jeopardy: Jeopardy, cause: str, then: Do) -> None:
    assert decide_standing(jeopardy, cause=cause, has_case=False) is then
    further = Do.NOTHING if jeopardy is Jeopardy.AT_RISK else Do.APPEND
    assert decide_standing(jeopardy, cause=cause, has_case=True) is further
    quiet = DelayRules(cases_for=frozenset(), case_causes=frozenset())
    assert decide_standing(jeopardy, cause=cause, has_case=False, rules=quiet) is Do.NOTHING
