"""What all parts of a workspace stand on: a clock, a lock, ids and times as Slack makes them."""

import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from oms_service.kernel.clock import Clock

MICRO: Final = 1_000_000


@dataclass
class Ground:
    """Ids and times of one workspace. Whoever changes anything holds ``lock``."""

    clock: Clock
    team: str = "T0000STAGE"
    team_name: str = "みなと商店"
    domain: str = "minato"
    app: str = "A0000STAGE"
    bot: str = "B0000STAGE"
    bot_user: str = "U0000STAGE"
    app_name: str = "Order Desk"
    #: Ids are counted, so that two runs of a test see the same.
    count: int = 0
    last_micro: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)

    def now(self) -> datetime:
        return self.clock.now()

    def seconds(self) -> int:
        return int(self.clock.now().timestamp())

    def id(self, letter: str) -> str:
        """A new id such as ``C000000012``."""
        with self.lock:
            self.count += 1
            return f"{letter}{self.count:09d}"

    def ts(self) -> str:
        """The time of a message: later than each before it, also while the clock stands."""
        with self.lock:
            told = int(self.clock.now().timestamp() * MICRO)
            self.last_micro = max(told, self.last_micro + 1)
            return f"{self.last_micro // MICRO}.{self.last_micro % MICRO:06d}"

    def as_data(self) -> dict[str, Any]:
        return {"count": self.count, "last_micro": self.last_micro}

    def take_up(self, data: dict[str, Any]) -> None:
        self.count, self.last_micro = data["count"], data["last_micro"]
