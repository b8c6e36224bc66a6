"""A linear head over vectors: for each label, how likely a sentence means it."""

import io
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from zipfile import BadZipFile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Raised when vectors are made in another way: older weights cannot judge them.
FORM: Final = 1


class UnreadableHead(ValueError):
    """Weights of another form, or no weights at all."""


@dataclass(frozen=True, eq=False)
class Head:
    """``weights`` has one column a label and one row a number of the vectors."""

    labels: tuple[str, ...]
    rules: tuple[str, ...]
    """The rules that the vectors know, in their order."""
    weights: "NDArray[np.float16]"
    bias: "NDArray[np.float32]"
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
        import numpy as np  # noqa: PLC0415 - as above

        scores = (rows @ self._weights + self.bias) / self.temperature
        scores -= scores.max(axis=1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=1, keepdims=True)
        return scores


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
        kept, weights=head.weights, bias=head.bias, about=np.array(json.dumps(about))
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
                digest=about["digest"],
                temperature=about["temperature"],
            )
    except (KeyError, OSError, ValueError, EOFError, BadZipFile) as error:
        raise UnreadableHead(str(error)) from error
