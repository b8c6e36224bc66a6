"""Who looks at a case just now and who is typing: kept in Valkey, gone by itself.

Nothing here is a fact. Without a broker nobody is seen, and all else goes on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Final, cast

import structlog
from redis import Redis
from redis.exceptions import RedisError

from oms_service.infra.live import connect

log = structlog.get_logger(__name__)

#: Who has not been heard of for so long has gone.
LOOKING: Final = timedelta(seconds=40)
#: Who has not pressed a key for so long types no more.
TYPING: Final = timedelta(seconds=8)
_KEY: Final = "oms:case-here:"


@dataclass(frozen=True)
class Here:
    """A colleague who has a case open."""

    staff_id: int
    is_typing: bool


class Presence:
    """Who is where, by case."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def beat(self, case_id: int, staff_id: int, *, now: datetime, is_typing: bool) -> bool:
        """Somebody is there, and maybe types; whether others would see something new."""
        key = f"{_KEY}{case_id}"
        try:
            before = self._read(key, now)
            typed_at = now.timestamp() if is_typing else before.get(staff_id, (0.0, 0.0))[1]
            with self._redis.pipeline(transaction=False) as pipe:
                pipe.hset(key, str(staff_id), f"{now.timestamp()}|{typed_at}")
                pipe.expire(key, LOOKING)
                pipe.execute()
        except (RedisError, OSError) as error:
            log.warning("presence.unreachable", error=type(error).__name__)
            return False
        was = before.get(staff_id)
        is_new = was is None or (is_typing and not _is_typing(was[1], now))
        return is_new and bool(before.keys() - {staff_id})

    def leave(self, case_id: int, staff_id: int) -> None:
        """Somebody has gone, as far as one can say."""
        try:
            self._redis.hdel(f"{_KEY}{case_id}", str(staff_id))
        except (RedisError, OSError) as error:
            log.warning("presence.unreachable", error=type(error).__name__)

    def here(
        self, case_ids: Iterable[int], *, now: datetime, but: int | None = None
    ) -> Mapping[int, Sequence[Here]]:
        """Who looks at each of some cases, ``but`` one; cases nobody looks at are left out.

        One round trip, however many cases.
        """
        wanted = list(dict.fromkeys(case_ids))
        if not wanted:
            return {}
        try:
            with self._redis.pipeline(transaction=False) as pipe:
                for case_id in wanted:
                    pipe.hgetall(f"{_KEY}{case_id}")
                found = pipe.execute()
        except (RedisError, OSError) as error:
            log.warning("presence.unreachable", error=type(error).__name__)
            return {}
        seen = {
            case_id: [
                Here(staff_id, _is_typing(typed_at, now))
                for staff_id, (_at, typed_at) in sorted(_present(raw, now).items())
                if staff_id != but
            ]
            for case_id, raw in zip(wanted, found, strict=True)
        }
        return {case_id: people for case_id, people in seen.items() if people}

    def _read(self, key: str, now: datetime) -> dict[int, tuple[float, float]]:
        return _present(cast(dict[bytes, bytes], self._redis.hgetall(key)), now)


@cache
def of(redis_url: str) -> Presence:
    """The presence kept at one broker; a process has one."""
    return Presence(connect(redis_url, timeout_s=0.5))


def _present(raw: Mapping[bytes, bytes], now: datetime) -> dict[int, tuple[float, float]]:
    """When each was last heard of and last typed; only who is still there."""
    found = {}
    for staff_id, written in raw.items():
        at, _, typed_at = written.decode().partition("|")
        if 0 <= now.timestamp() - float(at) <= LOOKING.total_seconds():
            found[int(staff_id)] = (float(at), float(typed_at))
    return found


def _is_typing(typed_at: float, now: datetime) -> bool:
    return now.timestamp() - typed_at <= TYPING.total_seconds()
