"""What the shop taught, remembered: words much like a seed of the shop mean what it means.

It holds from the next message on, without training; the weights in use judge everything else:
those of the shop where it has trained its own, else those that come with the product.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import structlog

from bots.learning import queries, versions
from bots.learning.queries import Reader
from bots.understanding import encoder, model
from bots.understanding.head import UnreadableHead, read
from bots.understanding.model import Ranks, Recogniser
from bots.understanding.seed import Seed
from bots.understanding.vectors import masked
from oms_service.kernel.languages import Language

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

log = structlog.get_logger(__name__)

#: Likeness from which a seed of the shop is heard at all, and from which it alone counts.
ALIKE: Final = 0.75
THE_SAME: Final = 0.95


@dataclass(frozen=True, eq=False)
class Remembering:
    """A recogniser that knows some utterances by heart."""

    base: Recogniser
    seeds: tuple[Seed, ...]

    def rank(self, texts: Sequence[str], language: Language) -> tuple[Ranks, ...]:
        ranked = self.base.rank(texts, language)
        likeness = encoder.encode([masked(text) for text in texts]) @ self._meanings.T
        return tuple(
            self._weighed(ranks, like)
            for ranks, like in zip(ranked, likeness.tolist(), strict=True)
        )

    @cached_property
    def _meanings(self) -> "NDArray[np.float32]":
        return encoder.encode([masked(seed.text) for seed in self.seeds])

    def _weighed(self, ranks: Ranks, likeness: list[float]) -> Ranks:
        like, at = max((like, -at) for at, like in enumerate(likeness))
        weight = min(1.0, (like - ALIKE) / (THE_SAME - ALIKE))
        if weight <= 0:
            return ranks
        found = {label: p * (1 - weight) for label, p in ranks}
        label = self.seeds[-at].label
        found[label] = found.get(label, 0.0) + weight
        pairs = sorted(found.items(), key=lambda pair: -pair[1])
        return tuple((label, round(p, 4)) for label, p in pairs)


_last: tuple[tuple[Any, ...], Recogniser] | None = None
_own: tuple[str, Recogniser] | None = None
_remembering: Final = Lock()


def recogniser(reader: Reader) -> Recogniser:
    """The recogniser of this shop, as taught up to now."""
    global _last  # noqa: PLW0603 - what was taught is encoded once a process, not for each message
    now = queries.stamp(reader)
    with _remembering:
        if _last is None or _last[0] != now:
            seeds = queries.taught(reader)
            known = _weights(reader, now[-1])
            _last = (now, Remembering(known, seeds) if seeds else known)
        return _last[1]


def _weights(reader: Reader, digest: str | None) -> Recogniser:
    """The shop's own weights where a version of them is in use, read once a process.

    Where they cannot be read, as after an update of the product that keeps weights in another
    form, those that come with the product serve.
    """
    global _own  # noqa: PLW0603 - as above
    if digest is None:
        return model.shipped()
    if _own is None or _own[0] != digest:
        _own = (digest, _read(reader, digest))
    return _own[1]


def _read(reader: Reader, digest: str) -> Recogniser:
    kept = versions.weights(reader, digest)
    try:
        return model.of(read(kept)) if kept is not None else model.shipped()
    except UnreadableHead:
        log.warning("recogniser.unreadable", digest=digest)
        return model.shipped()
