"""Common Japanese family names, and words that stand where a name could and are none."""

import tomllib
from importlib import resources
from typing import Final


def _words() -> dict[str, frozenset[str]]:
    source = resources.files("bots.understanding").joinpath("lexicons", "names.toml")
    lists = tomllib.loads(source.read_text(encoding="utf-8"))
    return {name: frozenset(words.split()) for name, words in lists.items()}


_WORDS: Final = _words()
SURNAMES: Final = _WORDS["surnames"]
#: Words beside a greeting or before です that are no name.
UNLIKELY: Final = _WORDS["unlikely"]
#: English words that end a name, or show that there is none.
NO_NAMES: Final = _WORDS["no_names"]
