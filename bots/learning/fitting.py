"""``python -m bots.learning.fitting FILE``: train with the shop's utterances, in a process apart.

It reads the shop's utterances from its input, one JSON object a line, writes the weights to FILE,
and tells one JSON object a line how far it is and what came of it. Being apart it gives its memory
back, yields to everything else on the machine, and can be ended at any moment.
"""

import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from bots.understanding import model, seed, training
from bots.understanding.head import Head, write
from bots.understanding.seed import Seed
from oms_service.kernel.languages import Language

#: Steps that both trainings tell together, and the measuring of each part.
STEPS: Final = 2 * (training.FOLDS + 2) + training.FOLDS
_LOW: Final = 10


def fitted(
    own: Sequence[Seed], product: Sequence[Seed], *, step: Callable[[], None]
) -> tuple[bytes, dict[str, Any]]:
    """Weights of all utterances, and how many are understood with the shop's and without.

    Both are judged by heads that have not seen the utterances they are asked about: without the
    shop's, those parts of the product's training that have not seen the same utterances.
    """
    before = training.train(product, told=lambda _: step())
    trained = training.train(seed.merged(product, own), told=lambda _: step())
    outcomes: list[tuple[bool, bool]] = []
    for (head, seeds), (head_before, _) in zip(trained.folds, before.folds, strict=True):
        outcomes += zip(_right(head_before, seeds), _right(head, seeds), strict=True)
        step()
    return write(trained.head), {
        "product_digest": seed.digest(product),
        "utterances": len(outcomes),
        "own": len(own),
        "measured": len(outcomes),
        "right": sum(is_right for _, is_right in outcomes),
        "right_before": sum(was_right for was_right, _ in outcomes),
        "differing": sum(was_right != is_right for was_right, is_right in outcomes),
    }


def _right(head: Head, seeds: Sequence[Seed]) -> list[bool]:
    """Of each utterance, one language after the other, whether it is understood."""
    known = model.of(head)
    right: list[bool] = []
    for language in Language:
        some = [one for one in seeds if one.language is language]
        ranked = known.rank([one.text for one in some], language) if some else ()
        right += [
            bool(ranks) and one.is_right(ranks[0][0])
            for one, ranks in zip(some, ranked, strict=True)
        ]
    return right


def main(arguments: Sequence[str]) -> None:
    """Train; the first argument names the file for the weights."""
    os.nice(_LOW)
    own = seed.read(sys.stdin)
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        _tell({"done": min(99, 100 * done // STEPS)})

    weights, result = fitted(own, seed.shipped(), step=step)
    Path(arguments[0]).write_bytes(weights)
    _tell({"result": result})


def _tell(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
