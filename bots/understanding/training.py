"""From seeds to a head: logistic regression and the seeds themselves, the same every time."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeAlias

from bots.understanding import encoder
from bots.understanding.head import Head, Memory
from bots.understanding.seed import Seed, digest
from bots.understanding.vectors import rule_names, vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rows: TypeAlias = NDArray[np.float32]

#: How freely weights may grow; found by cross-validation.
FREEDOM: Final = 0.7
#: Numbers that a seed's place is kept with; all 512 make neighbours no better, the file larger.
AXES: Final = 192
STEPS: Final = 120
MEMORY: Final = 8
FOLDS: Final = 4
#: A step that betters nothing more than this is the last.
ENOUGH: Final = 1e-5
_TEMPERATURES: Final = tuple(n / 20 for n in range(6, 41))


@dataclass(frozen=True)
class Trained:
    head: Head
    folds: tuple[tuple[Head, tuple[Seed, ...]], ...]
    """Heads that had not seen the seeds beside them, for cross-validation."""


def train(seeds: Sequence[Seed], *, told: Callable[[str], None] = lambda _: None) -> Trained:
    """A head of all ``seeds``, and heads that have not seen some of them.

    Args:
        seeds: at least two labels; their order does not matter to what comes of it.
        told: told of each step, in a line.
    """
    import numpy as np  # noqa: PLC0415 - only who trains pays for it

    seeds = sorted(seeds, key=lambda seed: (seed.language, seed.text, seed.label))
    labels = tuple(sorted({seed.label for seed in seeds}))
    names = rule_names()
    told(f"Encoding {len(seeds)} utterances")
    rows = vectors([(seed.text, seed.language) for seed in seeds], names)
    meant = np.array([labels.index(seed.label) for seed in seeds])
    folds = np.array([zlib.crc32(seed.text.encode()) % FOLDS for seed in seeds])

    def head_of(chosen: "NDArray[np.bool_]") -> Head:
        weights, bias = _fitted(rows[chosen], meant[chosen], len(labels))
        return Head(
            labels=labels,
            rules=names,
            weights=weights.astype(np.float16),
            bias=bias,
            memory=_remembered(rows[chosen, : encoder.WIDTH], meant[chosen]),
            digest=digest(seed for seed, is_in in zip(seeds, chosen, strict=True) if is_in),
        )

    scores = np.zeros((len(seeds), len(labels)), dtype=np.float32)
    parts: list[Head] = []
    for fold in range(FOLDS):
        told(f"Cross-validation, part {fold + 1} of {FOLDS}")
        apart = folds == fold
        parts.append(head_of(~apart))
        scores[apart] = parts[-1].scores(rows[apart])
    temperature = _temperature(scores, meant)
    told("Training with all")
    whole = replace(head_of(np.ones(len(seeds), dtype=np.bool_)), temperature=temperature)
    return Trained(
        whole,
        tuple(
            (
                replace(part, temperature=temperature),
                tuple(seed for seed, at in zip(seeds, folds, strict=True) if at == fold),
            )
            for fold, part in enumerate(parts)
        ),
    )


def _remembered(meanings: "Rows", meant: "NDArray[np.int64]") -> Memory:
    """The seeds along the axes on which they differ most."""
    import numpy as np  # noqa: PLC0415 - as above

    centre = meanings.mean(axis=0).astype(np.float16)
    apart = meanings - centre
    axes = np.linalg.eigh(apart.T @ apart)[1][:, : -AXES - 1 : -1].astype(np.float16)
    places = apart @ axes.astype(np.float32)
    furthest = np.maximum(np.abs(places).max(axis=1, keepdims=True), 1e-6)
    return Memory(
        centre=centre,
        axes=axes,
        places=np.rint(places / furthest * 127).astype(np.int8),
        meant=meant.astype(np.uint8),
    )


def _temperature(scores: "Rows", meant: "NDArray[np.int64]") -> float:
    """What likelihoods of the right labels are greatest with."""

    def surprise(temperature: float) -> float:
        return _loss(scores / temperature, meant)[0]

    return min(_TEMPERATURES, key=surprise)


def _loss(scores: "Rows", meant: "NDArray[np.int64]") -> "tuple[float, Rows]":
    """The sum of surprises, and how it grows with each score."""
    import numpy as np  # noqa: PLC0415 - as above

    shifted = scores - scores.max(axis=1, keepdims=True)
    likely = np.exp(shifted)
    total = likely.sum(axis=1, keepdims=True)
    at = np.arange(len(meant))
    loss = float((np.log(total[:, 0]) - shifted[at, meant]).sum(dtype=np.float64))
    likely /= total
    likely[at, meant] -= 1
    return loss, likely


def _fitted(rows: "Rows", meant: "NDArray[np.int64]", labels: int) -> "tuple[Rows, Rows]":
    """Weights and bias of least surprise, by L-BFGS from nothing."""
    import numpy as np  # noqa: PLC0415 - as above

    width = rows.shape[1]

    def judged(point: "Rows") -> "tuple[float, Rows]":
        weights, bias = point[:-labels].reshape(width, labels), point[-labels:]
        loss, growth = _loss(rows @ weights + bias, meant)
        slope = np.empty_like(point)
        slope[:-labels] = (rows.T @ growth + weights / FREEDOM).ravel()
        slope[-labels:] = growth.sum(axis=0)
        return loss + float(np.vdot(weights, weights)) / (2 * FREEDOM), slope

    point = np.zeros((width + 1) * labels, dtype=np.float32)
    loss, slope = judged(point)
    past: list[tuple[Rows, Rows, float]] = []
    for _ in range(STEPS):
        way = -_scaled(slope, past)
        reach = 1.0 if past else min(1.0, 1 / float(np.abs(slope).sum()))
        falls = float(np.vdot(slope, way))
        while True:
            there = point + reach * way
            new_loss, new_slope = judged(there)
            if new_loss <= loss + 1e-4 * reach * falls or reach < 1e-8:  # noqa: PLR2004 - Armijo's rule
                break
            reach /= 2
        step, change = there - point, new_slope - slope
        curve = float(np.vdot(step, change))
        if curve > 0:
            past = [*past[-MEMORY + 1 :], (step, change, 1 / curve)]
        is_done = loss - new_loss < ENOUGH * abs(loss)
        point, loss, slope = there, new_loss, new_slope
        if is_done and len(past) == MEMORY:
            break
    return point[:-labels].reshape(width, labels), point[-labels:]


def _scaled(slope: "Rows", past: "list[tuple[Rows, Rows, float]]") -> "Rows":
    """The slope as the last steps bend it: the two loops of L-BFGS."""
    import numpy as np  # noqa: PLC0415 - as above

    way = slope.copy()
    shares: list[float] = []
    for step, change, inverse in reversed(past):
        share = inverse * float(np.vdot(step, way))
        shares.append(share)
        way -= share * change
    if past:
        _, change, inverse = past[-1]
        way *= 1 / (inverse * float(np.vdot(change, change)))
    for (step, change, inverse), share in zip(past, reversed(shares), strict=True):
        way += step * (share - inverse * float(np.vdot(change, way)))
    return way
