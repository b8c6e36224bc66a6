"""What travels after a commit: wake-ups for the relay and hints for open streams, by Valkey.

Nothing here carries a fact. A lost message costs latency: the relay also looks by itself, and a
stream reads what is new from the database. A hint is remembered for some seconds, so that whoever
begins to listen to what they have just read hears of what changed in between.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.client import PubSub
from redis.exceptions import RedisError
from redis.retry import Retry

log = structlog.get_logger(__name__)

WAKE: Final = "oms:wake"
TOPIC: Final = "oms:topic:"
RECENT: Final = "oms:recent:"
#: Longer than it takes from reading a page to opening its stream, on a slow network too.
_REMEMBERED_MS: Final = 5_000
_CONFIRMED_S: Final = 1.0
_PAUSE_S: Final = 1.0


def connect(url: str, *, timeout_s: float = 5.0) -> Redis:
    """A client that fails fast instead of making its caller wait for a dead broker."""
    return Redis.from_url(
        url,
        socket_timeout=timeout_s,
        socket_connect_timeout=min(timeout_s, 2.0),
        retry=Retry(NoBackoff(), 0),
    )


class Live:
    """The sending and the listening end."""

    def __init__(self, url: str) -> None:
        self._sending = connect(url, timeout_s=0.5)
        self._waiting = connect(url, timeout_s=10)
        self._quiet_until = 0.0

    def after_commit(self, *, emitted: bool, topics: Iterable[str]) -> None:
        """Wake the relay if something was emitted, and hint every topic; never raises."""
        wanted = sorted(set(topics))
        if not (emitted or wanted) or time.monotonic() < self._quiet_until:
            return
        try:
            with self._sending.pipeline(transaction=False) as pipe:
                if emitted:
                    pipe.lpush(WAKE, 1)
                    pipe.ltrim(WAKE, 0, 9)
                for topic in wanted:
                    pipe.set(RECENT + topic, 1, px=_REMEMBERED_MS)
                    pipe.publish(TOPIC + topic, 1)
                pipe.execute()
        except (RedisError, OSError) as error:
            self._quiet_until = time.monotonic() + _PAUSE_S
            log.warning("live.unreachable", error=type(error).__name__)

    def wait_for_wake(self, timeout_s: float) -> None:
        """Sleep until somebody emits, at most ``timeout_s``; without a broker, a short nap."""
        try:
            self._waiting.blpop([WAKE], timeout=timeout_s)
            self._waiting.delete(WAKE)
        except (RedisError, OSError):
            time.sleep(min(timeout_s, 0.2))

    @contextmanager
    def listening(self, topics: Iterable[str]) -> Iterator["Listener"]:
        """Hints for ``topics`` from now on; one of the last seconds counts as come."""
        wanted = sorted(set(topics))
        pubsub: PubSub = self._waiting.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
        is_behind = False
        with suppress(RedisError, OSError):
            pubsub.subscribe(*(TOPIC + topic for topic in wanted))
            for _ in wanted:  # each is confirmed: only then nothing falls between the two
                is_behind |= pubsub.get_message(timeout=_CONFIRMED_S) is not None
            is_behind |= self._waiting.exists(*(RECENT + topic for topic in wanted)) > 0
        try:
            yield Listener(pubsub, is_behind=is_behind)
        finally:
            with suppress(RedisError, OSError):
                pubsub.close()


class Listener:
    """One open ear."""

    def __init__(self, pubsub: PubSub, *, is_behind: bool = False) -> None:
        self._pubsub = pubsub
        self._is_behind = is_behind

    def wait(self, timeout_s: float) -> bool:
        """Whether a hint came within ``timeout_s``; without a broker, a nap of that length."""
        if self._is_behind:
            self._is_behind = False
            return True
        deadline = time.monotonic() + timeout_s
        with suppress(RedisError, OSError, RuntimeError):
            # A confirmed subscription ends the library's wait without a message.
            while (left := deadline - time.monotonic()) > 0:
                if self._pubsub.get_message(timeout=left) is not None:
                    return True
        time.sleep(max(0.0, deadline - time.monotonic()))
        return False
