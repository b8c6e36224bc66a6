"""Limits, wake-ups and hints, with a broker and without."""

import time

import pytest
import redis

from oms_service.infra.limits import Limits
from oms_service.infra.live import Live
from oms_service.kernel.errors import TooMany

NOWHERE = "redis://127.0.0.1:1/0"


@pytest.mark.parametrize("where", ["broker", "nowhere"])
def test_the_try_after_the_last_is_refused_and_says_when_to_come_back(
    redis_url: str, where: str
) -> None:
    limits = Limits(redis_url if where == "broker" else NOWHERE)
    for _ in range(3):
        limits.take("sign-in", "somebody", "3/minute")
    with pytest.raises(TooMany) as refused:
        limits.take("sign-in", "somebody", "3/minute")
    assert 1 <= refused.value.wait_s <= 60
    limits.take("sign-in", "somebody else", "3/minute")


def test_two_processes_count_together(redis_url: str) -> None:
    Limits(redis_url).take("look-up", "somebody", "1/minute")
    with pytest.raises(TooMany):
        Limits(redis_url).take("look-up", "somebody", "1/minute")


def test_the_broker_is_never_told_who_tries(redis_url: str) -> None:
    Limits(redis_url).take("code-ask-mail", "misaki.sato@example.jp", "5/hour")
    with redis.Redis.from_url(redis_url) as broker:
        (key,) = broker.scan_iter("*code-ask-mail*")
        assert b"misaki" not in key + b"".join(broker.lrange(key, 0, -1))


def test_a_hint_reaches_who_listens(redis_url: str) -> None:
    live = Live(redis_url)
    with live.listening(["case:1"]) as listener:
        live.after_commit(emitted=False, topics=["case:1"])
        assert listener.wait(5)
        live.after_commit(emitted=False, topics=["case:2"])
        assert not listener.wait(0.05)


def test_whoever_comes_a_moment_late_hears_of_it_once(redis_url: str) -> None:
    live = Live(redis_url)
    live.after_commit(emitted=False, topics=["case:1"])
    with live.listening(["case:2", "case:1"]) as listener:
        assert listener.wait(0)
        assert not listener.wait(0.05)
    with live.listening(["case:2"]) as listener:
        assert not listener.wait(0.05)


def test_an_emit_wakes_the_relay_at_once(redis_url: str) -> None:
    live = Live(redis_url)
    live.after_commit(emitted=True, topics=[])
    began = time.monotonic()
    live.wait_for_wake(10)
    assert time.monotonic() - began < 5


def test_without_a_broker_nothing_fails_and_nobody_waits_long() -> None:
    live = Live(NOWHERE)
    live.after_commit(emitted=True, topics=["case:1"])
    live.wait_for_wake(0.1)
    with live.listening(["case:1"]) as listener:
        assert not listener.wait(0.01)
