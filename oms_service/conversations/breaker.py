"""A channel whose provider fails again and again rests for a while; then one message tries it.

All workers share what they know in Valkey. Where that is away every channel may be tried: the
breaker spares tries and time, and nothing depends on it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import structlog
from redis import Redis
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

KEY: Final = "oms:rests"
#: So many failures with nothing sent between them, within so long, and the channel rests.
MOST_FAILURES: Final = 5
WINDOW: Final = timedelta(minutes=2)
#: The first rest; each that ends in a failure is followed by one twice as long, up to the longest.
FIRST: Final = timedelta(seconds=30)
LONGEST: Final = timedelta(minutes=15)
#: Whoever tries after a rest may take so long; then somebody else may.
PROBE: Final = timedelta(seconds=60)
#: Others ask again so soon while somebody tries.
_SOON: Final = timedelta(seconds=5)
#: Nobody failed for so long: what was known is forgotten.
_FORGOTTEN: Final = timedelta(hours=1)

_ASK: Final = """
local until_ms = tonumber(redis.call('HGET', KEYS[1], 'until') or 0)
local now, probe, soon = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if until_ms == 0 then return 0 end
if now < until_ms then return until_ms - now end
local probing = tonumber(redis.call('HGET', KEYS[1], 'probe') or 0)
if now < probing then return math.min(probing - now, soon) end
redis.call('HSET', KEYS[1], 'probe', now + probe)
return 0
"""
_FAILED: Final = """
local now, window, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local first, longest = tonumber(ARGV[4]), tonumber(ARGV[5])
local until_ms = tonumber(redis.call('HGET', KEYS[1], 'until') or 0)
if now < until_ms then return 0 end
local began = tonumber(redis.call('HGET', KEYS[1], 'began') or 0)
if until_ms == 0 and now - began > window then
  redis.call('HSET', KEYS[1], 'began', now, 'failures', 0)
end
local failures = redis.call('HINCRBY', KEYS[1], 'failures', 1)
local rests = 0
if until_ms > 0 then
  local rest = math.min(tonumber(redis.call('HGET', KEYS[1], 'rest')) * 2, longest)
  redis.call('HSET', KEYS[1], 'rest', rest, 'until', now + rest, 'probe', 0)
  rests = rest
elseif failures >= most then
  redis.call('HSET', KEYS[1], 'rest', first, 'until', now + first, 'probe', 0, 'since', now)
  rests = first
end
redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[6]))
return rests
"""


class How(StrEnum):
    """How a try went, as far as it says anything of the provider."""

    WELL = "well"
    #: It did not answer, or not now.
    DOWN = "down"
    #: It was not asked, or said something of this one message alone.
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Rest:
    """A channel that rests: since when, until when at the least, after how many failures."""

    channel: str
    since: datetime
    until: datetime
    failures: int


class Breaker:
    """One for all channels; safe for threads and processes."""

    def __init__(self, client: Redis, now: Callable[[], datetime]) -> None:
        self._client = client
        self._now = now
        self._ask = client.register_script(_ASK)
        self._failed = client.register_script(_FAILED)

    def wait_s(self, channel: str) -> float:
        """For how long to leave a channel alone; 0 for now is fine.

        After a rest one asker hears 0, all others hear to wait until it has said how that went.
        """
        args = [self._now_ms(), _ms(PROBE), _ms(_SOON)]
        try:
            return int(self._ask(keys=[_key(channel)], args=args)) / 1000
        except (RedisError, OSError) as error:
            _unreachable(error)
            return 0.0

    def note(self, channel: str, how: How) -> None:
        """How a try went; never raises."""
        key = _key(channel)
        try:
            if how is How.WELL:
                self._client.delete(key)
            elif how is How.UNKNOWN:
                # Whoever tried after a rest has learned nothing: the next one tries.
                if self._client.hexists(key, "probe"):
                    self._client.hset(key, "probe", 0)
            else:
                limits = (WINDOW, MOST_FAILURES, FIRST, LONGEST, LONGEST + _FORGOTTEN)
                args = [one if isinstance(one, int) else _ms(one) for one in limits]
                rest_ms = int(self._failed(keys=[key], args=[self._now_ms(), *args]))
                if rest_ms:
                    log.warning("channel.rests", channel=channel, rest_s=rest_ms // 1000)
        except (RedisError, OSError) as error:
            _unreachable(error)

    def resting(self, *channels: str) -> tuple[Rest, ...]:
        """Which of these channels rest or are just being tried again; none where nobody knows."""
        found = []
        try:
            for channel in channels:
                kept: dict[bytes, bytes] = self._client.hgetall(_key(channel))  # type: ignore[assignment]  # of a client that waits
                if b"until" in kept:
                    found.append(_rest(channel, kept))
        except (RedisError, OSError) as error:
            _unreachable(error)
            return ()
        return tuple(found)

    def _now_ms(self) -> int:
        return int(self._now().timestamp() * 1000)


def _rest(channel: str, kept: dict[Any, Any]) -> Rest:
    since, until = (
        datetime.fromtimestamp(int(float(kept[name])) / 1000, UTC) for name in (b"since", b"until")
    )
    return Rest(channel, since, until, int(kept[b"failures"]))


def _key(channel: str) -> str:
    return f"{KEY}:{channel}"


def _ms(span: timedelta) -> int:
    return int(span.total_seconds() * 1000)


def _unreachable(error: Exception) -> None:
    log.warning("breaker.unreachable", error=type(error).__name__)
