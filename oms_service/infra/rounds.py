"""When each repeated duty was last done, kept in Valkey for whoever asks how the house is.

It is a sign of life and no fact: who loses it knows no more than before, and the clock goes on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from redis import Redis
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

KEY: Final = "oms:rounds"
_MARK: Final = {True: "+", False: "-"}


@dataclass(frozen=True)
class Round:
    """The last time a duty was tried, UTC, and whether it was done."""

    at: datetime
    is_done: bool


class Rounds:
    """Who writes and reads when duties were done."""

    def __init__(self, client: Redis) -> None:
        self._client = client

    def note(self, name: str, at: datetime, *, is_done: bool) -> None:
        """Remember that the duty so named was tried; never raises."""
        try:
            self._client.hset(KEY, name, _MARK[is_done] + at.isoformat())
        except (RedisError, OSError) as error:
            log.warning("rounds.unreachable", error=type(error).__name__)

    def last(self) -> Mapping[str, Round]:
        """The last round of each duty by its name; one nobody has heard of is missing.

        Raises:
            RedisError, OSError: the broker does not answer.
        """
        kept: dict[bytes, bytes] = self._client.hgetall(KEY)  # type: ignore[assignment]  # of a client that waits
        found = {}
        for name, said in kept.items():
            text = said.decode()
            found[name.decode()] = Round(datetime.fromisoformat(text[1:]), text[0] == _MARK[True])
        return found
