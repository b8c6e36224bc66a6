"""When a late parcel needs a person."""

from datetime import UTC, datetime, timedelta

import pytest

from cases.delays.policy import NEEDS_A_PERSON, Do, Slip, decide

UNTIL = datetime(2026, 11, 23, 9, tzinfo=UTC)


def slip(*, hours: float, cause: str = "snow", has_case: bool = False) -> Slip:
    later = UNTIL + timedelta(hours=hours)
    return Slip(old_until=UNTIL, new_until=later, cause=cause, has_case=has_case)


@pytest.mark.parametrize(
    ("hours", "then"), [(1, Do.NOTHING), (11.9, Do.NOTHING), (12, Do.OPEN), (48, Do.OPEN)]
)
def test_a_long_delay_opens_a_case(hours: float, then: Do) -> None:
    assert decide(slip(hours=hours)) is then


@pytest.mark.parametrize("cause", sorted(NEEDS_A_PERSON))
def test_what_does_not_pass_by_itself_opens_one_however_short(cause: str) -> None:
    assert decide(slip(hours=0.5, cause=cause)) is Do.OPEN


def test_a_further_slip_goes_into_the_case_there_is() -> None:
    assert decide(slip(hours=0.5, has_case=True)) is Do.APPEND
    assert decide(slip(hours=48, has_case=True)) is Do.APPEND
