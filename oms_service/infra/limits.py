"""How often somebody may try: counters in Valkey, in memory while it is away."""

import math
import time
from functools import cache
from typing import Final

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, RedisStorage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

from oms_service.kernel.errors import TooMany
from oms_service.kernel.ids import digest

_AWAY_S: Final = 5.0


class Limits:
    """Moving windows by name and key, ``limits.take("sign-in", "mail:…", "5/15 minutes")``.

    The broker sees digests: a key may be a mail or a network address.
    """

    def __init__(self, redis_url: str) -> None:
        storage = storage_from_string(
            redis_url, socket_timeout=0.5, socket_connect_timeout=0.5, wrap_exceptions=True
        )
        self._shared = MovingWindowRateLimiter(storage)
        self._memory = MemoryStorage()
        self._own = MovingWindowRateLimiter(self._memory)
        self._away_until = 0.0

    def take(self, name: str, key: str, rate: str, *, cost: int = 1) -> None:
        """Count one try, or as many as ``cost`` says.

        Raises:
            TooMany: the window is full; nothing is counted.
        """
        item, key = _parsed(rate), digest(key)
        if not self._hit(item, name, key, cost):
            wait_s = self._wait_s(item, name, key)
            raise TooMany(f"too many tries, again in {wait_s} s", wait_s=wait_s)

    def give_back(self, name: str, key: str, rate: str) -> None:
        """Uncount one try that was taken: it succeeded, and only failures are to count.

        Taken before and given back after, so that tries at the same moment are limited too. The
        window forgets its newest entry; entries of one key are alike.
        """
        counted = _parsed(rate).key_for(name, digest(key))
        if time.monotonic() >= self._away_until:
            shared = self._shared.storage
            assert isinstance(shared, RedisStorage)  # noqa: S101 - settings take no other address
            try:
                shared.storage.lpop(shared.prefixed_key(counted))
            except Exception:  # noqa: BLE001 - any storage error means: count here for a while
                self._away_until = time.monotonic() + _AWAY_S
            else:
                return
        with self._memory.locks[counted]:
            del self._memory.events.get(counted, [])[:1]

    def check(self, name: str, key: str, rate: str) -> None:
        """Look without counting, where only some tries count.

        Raises:
            TooMany: the window is full.
        """
        item, key = _parsed(rate), digest(key)
        if not self._has_room(item, name, key):
            wait_s = self._wait_s(item, name, key)
            raise TooMany(f"too many tries, again in {wait_s} s", wait_s=wait_s)

    def _has_room(self, item: RateLimitItem, name: str, key: str) -> bool:
        if time.monotonic() >= self._away_until:
            try:
                return self._shared.test(item, name, key)
            except Exception:  # noqa: BLE001 - any storage error means: count here for a while
                self._away_until = time.monotonic() + _AWAY_S
        return self._own.test(item, name, key)

    def _hit(self, item: RateLimitItem, name: str, key: str, cost: int) -> bool:
        if time.monotonic() >= self._away_until:
            try:
                return self._shared.hit(item, name, key, cost=cost)
            except Exception:  # noqa: BLE001 - any storage error means: count here for a while
                self._away_until = time.monotonic() + _AWAY_S
        return self._own.hit(item, name, key, cost=cost)

    def _wait_s(self, item: RateLimitItem, name: str, key: str) -> int:
        away = time.monotonic() < self._away_until
        window = (self._own if away else self._shared).get_window_stats(item, name, key)
        return max(1, math.ceil(window.reset_time - time.time()))


@cache
def _parsed(rate: str) -> RateLimitItem:
    return parse(rate)
