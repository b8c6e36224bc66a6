"""What has just begun to go otherwise: a strike, snow, a depot that is back.

Of the parcels that set out in the last days, those that arrived tell how far they were from what
was foretold, and those that have not tell that they are at least so late. Their median by Kaplan
and Meier (1958), newer ones counting more, is how much later than usual parcels come now. It does
not wait until the delayed ones arrive, and it forgets them when new ones come in time.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from oms_service.shipping.arrivals.pooling import DAY_S

_LOOKS_BACK_DAYS: Final = 10.0
_HALF_LIFE_DAYS: Final = 3.0
_MEMORY: Final = 200
#: Evidence as heavy as this many fresh parcels moves the estimate half the way.
_LEAN: Final = 8.0
_LEAST: Final = 2.0
#: Smaller shifts are left to the slower memory.
_UNFELT_DAYS: Final = 0.25
#: Looked at anew after two hours at the latest; a look costs as much as many forecasts.
_LOOKS_EVERY_S: Final = DAY_S / 12
_HALF: Final = 0.5
_NOBODY: Final = 1e-9


@dataclass(frozen=True)
class _Underway:
    started_s: float
    midnight_s: float
    foretold_days: float


@dataclass
class Shocks:
    """The present shift of one carrier, in days."""

    _arrived: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=_MEMORY))
    _underway: dict[int, _Underway] = field(default_factory=dict)
    _shift: float = 0.0
    _looked_at_s: float | None = None

    def set_out(self, key: int, started_s: float, midnight_s: float, foretold_days: float) -> None:
        self._underway[key] = _Underway(started_s, midnight_s, foretold_days)

    def arrived(self, key: int, arrival_days: float) -> None:
        one = self._underway.pop(key, None)
        if one is not None:
            self._arrived.append((one.started_s, arrival_days - one.foretold_days))

    def shift(self, now_s: float) -> float:
        """How many days later than foretold parcels come now; below 0 earlier."""
        if self._looked_at_s is None or now_s - self._looked_at_s >= _LOOKS_EVERY_S:
            self._shift, self._looked_at_s = self._look(now_s), now_s
        return self._shift

    def _look(self, now_s: float) -> float:
        oldest_s = now_s - _LOOKS_BACK_DAYS * DAY_S
        for key in [key for key, one in self._underway.items() if one.started_s < oldest_s]:
            del self._underway[key]
        late = [
            (days, True, _weight(now_s, at_s)) for at_s, days in self._arrived if at_s >= oldest_s
        ]
        late += [
            (
                (now_s - one.midnight_s) / DAY_S - one.foretold_days,
                False,
                _weight(now_s, one.started_s),
            )
            for one in self._underway.values()
        ]
        heard = sum(weight for days, is_known, weight in late if is_known or days > 0)
        if heard <= _LEAST:
            return 0.0
        shift = _median(late) * heard / (heard + _LEAN)
        return shift - max(-_UNFELT_DAYS, min(_UNFELT_DAYS, shift))


def _weight(now_s: float, at_s: float) -> float:
    return float(0.5 ** ((now_s - at_s) / (_HALF_LIFE_DAYS * DAY_S)))


def _median(late: Iterable[tuple[float, bool, float]]) -> float:
    """Kaplan and Meier's, over (days, whether it is known and not only a least, weight)."""
    ordered = sorted(late)
    at_risk, surviving = sum(weight for _, _, weight in ordered), 1.0
    for days, is_known, weight in ordered:
        if is_known:
            surviving *= 1 - weight / at_risk
            if surviving <= _HALF:
                return days
        at_risk -= weight
        if at_risk <= _NOBODY:
            break
    return max(0.0, ordered[-1][0])
