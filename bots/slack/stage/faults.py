"""How this Slack is made to fail: errors, slowness, a line that breaks; and its own pace."""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from bots.slack.stage.calls import TIERS, Method
from oms_service.kernel.clock import Clock

MINUTE: Final = timedelta(minutes=1)
SECOND: Final = timedelta(seconds=1)


@dataclass
class Fault:
    """What happens to a call instead of an answer, once or ``times`` times.

    With ``after`` the call is done first and the answer alone is spoiled, as where a line breaks
    just after a message was accepted. ``until`` holds the answer back until somebody sets it.
    """

    method: str = ""
    channel: str = ""
    times: int = 1
    status: int = 200
    error: str = ""
    retry_after_s: int = 0
    is_dropped: bool = False
    after: bool = False
    until: threading.Event | None = None

    def fits(self, method: str, channel: str) -> bool:
        return self.method in {"", method} and self.channel in {"", channel} and self.times > 0

    def answer(self) -> tuple[int, dict[str, Any], dict[str, str]]:
        if self.retry_after_s:
            body = {"ok": False, "error": "ratelimited"}
            return 429, body, {"Retry-After": str(self.retry_after_s)}
        if self.status >= 500:  # noqa: PLR2004 - Slack's own trouble
            return self.status, {"ok": False, "error": "internal_error"}, {}
        return self.status, {"ok": False, "error": self.error or "fatal_error"}, {}

    @property
    def spoils(self) -> bool:
        return bool(self.is_dropped or self.retry_after_s or self.error or self.status != 200)  # noqa: PLR2004


@dataclass
class Faults:
    """The script: what was asked for first happens first."""

    script: list[Fault] = field(default_factory=list)
    _gate: threading.Lock = field(default_factory=threading.Lock)

    def add(self, **fault: Any) -> Fault:
        """One more fault; see ``Fault`` for the words."""
        made = Fault(**fault)
        with self._gate:
            self.script.append(made)
        return made

    def take(self, method: str, channel: str) -> Fault | None:
        """The fault that this call meets, if any."""
        with self._gate:
            for one in self.script:
                if one.fits(method, channel):
                    one.times -= 1
                    return one
        return None

    def clear(self) -> None:
        with self._gate:
            self.script.clear()


@dataclass
class Pace:
    """Slack's own limits, while ``is_on``: a message a second and channel, tiers a minute."""

    clock: Clock
    is_on: bool = False
    _said: dict[str, list[datetime]] = field(default_factory=dict)
    _gate: threading.Lock = field(default_factory=threading.Lock)

    def wait_s(self, team: str, name: str, method: Method, channel: str) -> int:
        """Seconds to come back after; 0 where the call may be done, which is then counted."""
        if not self.is_on:
            return 0
        most, span = (TIERS[method.tier], MINUTE) if method.tier else (1, SECOND)
        key = f"{team}:{name}" if method.tier else f"{team}:{channel}"
        now = self.clock.now()
        with self._gate:
            recent = [at for at in self._said.get(key, ()) if now - at < span]
            if len(recent) >= most:
                self._said[key] = recent
                left = span - (now - recent[0])
                return max(1, -(-left // SECOND))
            self._said[key] = [*recent, now]
        return 0
