"""The recogniser: which wishes a message may mean, and how likely each is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final, Protocol

from bots.understanding.head import Head, read
from bots.understanding.vectors import vectors
from oms_service.kernel.languages import Language

Ranks = tuple[tuple[str, float], ...]
"""Labels of ``seed.LABELS``, the likeliest first, each with its likelihood."""

#: Further ones are too unlikely to be of use.
_KEPT: Final = 6


class Recogniser(Protocol):
    def rank(self, texts: Sequence[str], language: Language) -> tuple[Ranks, ...]:
        """For each text what it may mean."""
        ...


@dataclass(frozen=True)
class Model:
    """A recogniser by a head over sentence vectors; the head is read when it is first asked."""

    find: Callable[[], Head]

    def warm(self) -> None:
        """Read what is needed, so that the first customer need not wait for it."""
        self.rank(["hello"], Language.ENGLISH)

    def rank(self, texts: Sequence[str], language: Language) -> tuple[Ranks, ...]:
        head = self.find()
        rows = vectors([(text, language) for text in texts], head.rules)
        found = []
        for likely in head.likelihoods(rows).tolist():
            pairs = sorted(zip(head.labels, likely, strict=True), key=lambda pair: -pair[1])
            found.append(tuple((label, round(p, 4)) for label, p in pairs[:_KEPT]))
        return tuple(found)


@cache
def shipped_head() -> Head:
    """The weights that come with the product."""
    return read(resources.files("bots.understanding").joinpath("weights.npz").read_bytes())


def shipped() -> Model:
    """The recogniser that comes with the product."""
    return Model(shipped_head)


def of(head: Head) -> Model:
    """A recogniser by weights of one's own."""
    return Model(lambda: head)
