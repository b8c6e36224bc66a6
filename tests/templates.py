"""Templates that were compiled once, for every house that tests start.

To compile them all takes a house four seconds of its start. What is compiled is found by the
source it came from, so what an earlier run left behind is never taken for what stands there now.
"""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

KEPT: Final = Path(__file__).parents[1] / "build" / "templates"


def lend(state: Path) -> None:
    """Put into a state folder what is known, before its house starts.

    What another process is writing just then has another name, and is left alone.
    """
    folder = _folder(state)
    for kept in KEPT.glob("*.compiled"):
        shutil.copy2(kept, folder)


def learn(state: Path) -> None:
    """Keep what a house had to compile itself; two may do so at once."""
    KEPT.mkdir(parents=True, exist_ok=True)
    for made in _folder(state).glob("*.compiled"):
        kept, content = KEPT / made.name, made.read_bytes()
        if kept.exists() and kept.read_bytes() == content:
            continue
        written, name = tempfile.mkstemp(dir=KEPT)
        with os.fdopen(written, "wb") as stream:
            stream.write(content)
        Path(name).replace(kept)


def _folder(state: Path) -> Path:
    found = state / "templates"
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found
