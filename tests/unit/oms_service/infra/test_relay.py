"""How long a failed effect waits."""

from hypothesis import given
from hypothesis import strategies as st

from oms_service.infra.relay import BACKOFF_S, JITTER, wait_s

ids = st.integers(1, 2**63 - 1)


@given(ids, st.integers(1, len(BACKOFF_S)))
def test_a_wait_is_a_little_shorter_than_written_and_the_same_whoever_asks(
    effect_id: int, attempts: int
) -> None:
    longest_s = BACKOFF_S[attempts - 1]
    found = wait_s(effect_id, attempts)
    assert found is not None
    assert longest_s * (1 - JITTER) < found <= longest_s
    assert wait_s(effect_id, attempts) == found


@given(ids)
def test_each_wait_is_longer_than_the_one_before_and_the_last_try_has_none(effect_id: int) -> None:
    waits = [wait_s(effect_id, attempts) or 0 for attempts in range(1, len(BACKOFF_S) + 1)]
    assert waits == sorted(set(waits))
    assert wait_s(effect_id, len(BACKOFF_S) + 1) is None


def test_what_failed_together_does_not_come_back_together() -> None:
    seconds = [round(wait_s(effect_id, 5) or 0) for effect_id in range(1, 301)]
    assert max(seconds.count(second) for second in set(seconds)) <= 9
    assert len({second // 15 for second in seconds}) >= 10
