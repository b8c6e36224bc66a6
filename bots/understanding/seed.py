"""Seeds: things people say and what they mean by them, which the recogniser learns from."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

from bots.understanding.heard import Act, Intent
from bots.understanding.text import tidy
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Language

#: What no shop's chat can do.
OUT_OF_SCOPE: Final = "out_of_scope"
#: What acts are called among the labels.
ACTS: Final[Mapping[str, Act]] = {
    "affirm": Act.YES,
    "deny": Act.NO,
    "thanks": Act.THANKS,
    "greet": Act.GREETING,
    "goodbye": Act.GOODBYE,
    "help": Act.HELP,
}
#: Finer wishes that only rules tell from those they belong to.
FINER: Final[Mapping[Intent, frozenset[Intent]]] = {
    Intent.TRACKING_LINK: frozenset({Intent.TRACK_ORDER}),
    Intent.DATE_CHANGED: frozenset({Intent.TRACK_ORDER, Intent.DELIVERY_ETA, Intent.REPORT_DELAY}),
}
#: Everything a seed may mean.
LABELS: Final = (
    *(str(one) for one in Intent if one not in {*FINER, Intent.CHANGE_LANGUAGE}),
    *ACTS,
    OUT_OF_SCOPE,
)
LONGEST: Final = 500


@dataclass(frozen=True)
class Seed:
    text: str
    language: Language
    label: str
    also: tuple[str, ...] = ()
    """What would be right as well."""

    @property
    def key(self) -> str:
        """The same for texts that differ in case, width and spaces alone."""
        return key_of(self.text)

    def is_right(self, label: str) -> bool:
        return label == self.label or label in self.also


def key_of(text: str) -> str:
    return "".join(tidy(text).casefold().split())


def digest(seeds: Iterable[Seed]) -> str:
    """The same for the same seeds in any order."""
    lines = sorted(f"{seed.language}\t{seed.label}\t{seed.text}\n" for seed in seeds)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def shipped() -> tuple[Seed, ...]:
    """The seeds that come with the product."""
    folder = resources.files("bots.understanding").joinpath("seeds")
    lines: list[str] = []
    for language in Language:
        text = folder.joinpath(f"{language}.jsonl").read_text(encoding="utf-8")
        lines += text.splitlines()
    return read(lines)


def read(lines: Iterable[str]) -> tuple[Seed, ...]:
    """Seeds from lines of JSON: ``text``, ``lang``, ``intent``, perhaps ``also_ok``, ``intents``.

    Raises:
        Invalid: lines that are none, each under its number, counted from 1.
    """
    seeds: list[Seed] = []
    wrong: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            seeds.append(_seed(json.loads(line)))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            wrong[str(number)] = _cause(error)
    if wrong:
        raise Invalid("some lines are no utterances", wrong)
    return tuple(seeds)


def merged(*groups: Sequence[Seed]) -> tuple[Seed, ...]:
    """All seeds once; where two say the same, the one of the last group counts."""
    kept: dict[tuple[Language, str], Seed] = {}
    for group in groups:
        for seed in group:
            kept[seed.language, seed.key] = seed
    return tuple(kept.values())


def _seed(row: Any) -> Seed:
    if not isinstance(row, Mapping):
        raise TypeError("is no object")
    for name in ("text", "lang", "intent"):
        if not isinstance(row.get(name), str):
            raise TypeError(f"{name} is missing or no text")
    text = row["text"].strip()
    if not key_of(text) or len(text) > LONGEST or "\0" in text:
        raise ValueError(f"text must have 1 to {LONGEST} characters")
    if row["lang"] not in set(Language):
        raise ValueError(f"lang {row['lang'][:20]!r} is unknown")
    also = [*_labels(row, "also_ok"), *_labels(row, "intents")]
    for label in (row["intent"], *also):
        if label not in LABELS:
            raise ValueError(f"intent {label[:40]!r} is unknown")
    return Seed(text, Language(row["lang"]), row["intent"], tuple(also))


def _labels(row: Mapping[str, Any], name: str) -> list[str]:
    found = row.get(name) or []
    if not isinstance(found, list) or not all(isinstance(label, str) for label in found):
        raise TypeError(f"{name} is no list of intents")
    return found


def _cause(error: Exception) -> str:
    return "is no JSON" if isinstance(error, json.JSONDecodeError) else str(error)
