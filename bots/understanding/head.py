"""What a sentence means: a linear head over its vector, and the seeds that it is near to."""

import io
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from zipfile import BadZipFile

from bots.understanding.encoder import WIDTH

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Raised when vectors are made in another way: older weights cannot judge them.
FORM: Final = 2

#: As many of the nearest seeds speak for their labels,
NEAREST: Final = 50
#: each by its likeness: one that is so much less like counts for a third.
LESS_LIKE: Final = 0.06
#: What the neighbours count for beside the head; like the others found by cross-validation.
NEIGHBOURS: Final = 0.5
#: No judge alone rules a label out.
DOUBT: Final = 0.002

#: What of a memory is kept.
_MEMORY: Final = ("centre", "axes", "places", "meant")


class UnreadableHead(ValueError):
    """Weights of another form, or no weights at all."""


@dataclass(frozen=True, eq=False)
class Memory:
    """Where the seeds lie, in fewer numbers than their vectors have."""

    centre: "NDArray[np.float16]"
    axes: "NDArray[np.float16]"
    """One column a number that is kept."""
    places: "NDArray[np.int8]"
    """One row a seed; only its direction counts."""
    meant: "NDArray[np.uint8]"
    """The place of each seed's label among the labels."""

    @cached_property
    def _places(self) -> "NDArray[np.float32]":
        return _of_length_one(self.places.astype("float32"))

    def likelihoods(self, meanings: "NDArray[np.float32]", labels: int) -> "NDArray[np.float32]":
        """What the seeds nearest to each meaning mean; each row adds up to one."""
        import numpy as np  # noqa: PLC0415 - only who hears messages pays for it

        here = (meanings - self.centre) @ self.axes.astype(np.float32)
        likeness = _of_length_one(here) @ self._places.T
        few = min(NEAREST, likeness.shape[1])
        nearest = np.argpartition(-likeness, few - 1, axis=1)[:, :few]
        like = np.take_along_axis(likeness, nearest, axis=1)
        weights = np.exp((like - like.max(axis=1, keepdims=True)) / LESS_LIKE)
        found = np.zeros((len(meanings), labels), dtype=np.float32)
        np.add.at(found, (np.arange(len(meanings))[:, None], self.meant[nearest]), weights)
        found /= found.sum(axis=1, keepdims=True)
        return found


@dataclass(frozen=True, eq=False)
class Head:
    """``weights`` has one column a label and one row a number of the vectors."""

    labels: tuple[str, ...]
    rules: tuple[str, ...]
    """The rules that the vectors know, in their order."""
    weights: "NDArray[np.float16]"
    bias: "NDArray[np.float32]"
    memory: Memory
    digest: str
    """Of the seeds it was trained with."""
    temperature: float = 1.0
    """What scores are divided by, so that of all said with .8 four in five are right."""

    @cached_property
    def _weights(self) -> "NDArray[np.float32]":
        import numpy as np  # noqa: PLC0415 - only who hears messages pays for it

        return self.weights.astype(np.float32)

    def likelihoods(self, rows: "NDArray[np.float32]") -> "NDArray[np.float32]":
        """For each row the likelihood of each label; each row adds up to one."""
        return softmax(self.scores(rows) / self.temperature)

    def scores(self, rows: "NDArray[np.float32]") -> "NDArray[np.float32]":
        """The same before ``temperature``: what head and neighbours say together."""
        import numpy as np  # noqa: PLC0415 - as above

        own = softmax(rows @ self._weights + self.bias)
        near = self.memory.likelihoods(rows[:, :WIDTH], len(self.labels))
        scores: NDArray[np.float32] = np.log(own + DOUBT) + NEIGHBOURS * np.log(near + DOUBT)
        return scores


def softmax(scores: "NDArray[np.float32]") -> "NDArray[np.float32]":
    """Likelihoods from scores; each row adds up to one."""
    import numpy as np  # noqa: PLC0415 - as above

    likely: NDArray[np.float32] = np.exp(scores - scores.max(axis=1, keepdims=True))
    likely /= likely.sum(axis=1, keepdims=True)
    return likely


def _of_length_one(rows: "NDArray[np.float32]") -> "NDArray[np.float32]":
    import numpy as np  # noqa: PLC0415 - as above

    length = np.sqrt(np.square(rows).sum(axis=1, keepdims=True))
    scaled: NDArray[np.float32] = rows / np.maximum(length, np.float32(1e-6))
    return scaled


def write(head: Head) -> bytes:
    """The head as it is kept."""
    import numpy as np  # noqa: PLC0415 - as above

    about = {
        "form": FORM,
        "labels": head.labels,
        "rules": head.rules,
        "digest": head.digest,
        "temperature": head.temperature,
    }
    kept = io.BytesIO()
    np.savez_compressed(
        kept,
        weights=head.weights,
        bias=head.bias,
        about=np.array(json.dumps(about)),
        **{name: getattr(head.memory, name) for name in _MEMORY},
    )
    return kept.getvalue()


def read(kept: bytes) -> Head:
    """The head that ``write`` wrote.

    Raises:
        UnreadableHead: another form, or damaged.
    """
    import numpy as np  # noqa: PLC0415 - as above

    try:
        with np.load(io.BytesIO(kept), allow_pickle=False) as stored:
            about: dict[str, Any] = json.loads(str(stored["about"]))
            if about["form"] != FORM:
                raise UnreadableHead(f"form {about['form']!r}")
            return Head(
                labels=tuple(about["labels"]),
                rules=tuple(about["rules"]),
                weights=stored["weights"],
                bias=stored["bias"],
                memory=Memory(*(stored[name] for name in _MEMORY)),
                digest=about["digest"],
                temperature=about["temperature"],
            )
    except (KeyError, OSError, ValueError, EOFError, BadZipFile) as error:
        raise UnreadableHead(str(error)) from error
