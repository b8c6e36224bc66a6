"""The words each language has for acts, intents and reasons: data, read once when first needed."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from bots.understanding.heard import Act, Intent
from oms_service.kernel.languages import Language
from oms_service.kernel.text import folded


@dataclass(frozen=True)
class Rule:
    """Concepts that must all be there, concepts that must not, and what the rule counts for."""

    needs: tuple[str, ...]
    forbids: tuple[str, ...]
    weight: float

    def holds(self, present: frozenset[str]) -> bool:
        return present.issuperset(self.needs) and present.isdisjoint(self.forbids)


@dataclass(frozen=True)
class Lexicon:
    concepts: Mapping[str, re.Pattern[str]]
    rules: Mapping[Intent, tuple[Rule, ...]]
    follow_ups: Mapping[Intent, re.Pattern[str]]
    """Each matches a whole message that means something only after an answer."""
    acts: Mapping[Act, re.Pattern[str]]
    """Each matches a whole clause."""
    softeners: re.Pattern[str]
    """Polite beginnings and endings that carry no meaning of their own."""
    reasons: Mapping[str, re.Pattern[str]]
    everything: re.Pattern[str]
    last: re.Pattern[str]
    ordinals: tuple[re.Pattern[str], ...]
    """The first matches the first thing, and so on."""
    quantity: re.Pattern[str]
    numerals: Mapping[str, int]
    vocabulary: frozenset[str]
    """Words a typing slip may have meant; empty where slips look different."""
    telling: frozenset[str]
    """Words that show the language by themselves."""
    wanted_language: Mapping[Language, re.Pattern[str]]


@cache
def lexicon(language: Language) -> Lexicon:
    source = resources.files("bots.understanding").joinpath("lexicons", f"{language}.toml")
    return _built(tomllib.loads(source.read_text(encoding="utf-8")))


def _built(data: Mapping[str, Any]) -> Lexicon:
    words: bool = data["spaced"]
    concepts = {name: _pattern(text, words=words) for name, text in data["concepts"].items()}
    rules = {
        Intent(intent): tuple(_rule(text, weight, concepts) for text, weight in table.items())
        for intent, table in data["rules"].items()
    }
    return Lexicon(
        concepts=concepts,
        rules=rules,
        follow_ups={
            Intent(intent): _pattern(text, words=False)
            for intent, text in data["follow_ups"].items()
        },
        acts={Act(act): _pattern(text, words=False) for act, text in data["acts"].items()},
        softeners=_pattern(data["softeners"], words=words),
        reasons={code: _pattern(text, words=words) for code, text in data["reasons"].items()},
        everything=_pattern(data["everything"], words=words),
        last=_pattern(data["last"], words=words),
        ordinals=tuple(_pattern(text, words=words) for text in data["ordinals"]),
        quantity=_pattern(data["quantity"], words=False),
        numerals=data["numerals"],
        vocabulary=frozenset(data["vocabulary"].split()),
        telling=frozenset(data["telling"].split()),
        wanted_language={
            Language(code): _pattern(text, words=words)
            for code, text in data["wanted_language"].items()
        },
    )


def _pattern(text: str, *, words: bool) -> re.Pattern[str]:
    joined = "|".join(part.strip() for part in text.strip().splitlines() if part.strip())
    joined = re.sub(r"\|+", "|", joined).strip("|")
    # Katakana become hiragana, as they do in the text, so that data may use either.
    plain = "".join(folded(sign) if "ァ" <= sign <= "ヶ" else sign for sign in joined)
    return re.compile(rf"\b(?:{plain})\b" if words else f"(?:{plain})")


def _rule(text: str, weight: float, concepts: Mapping[str, object]) -> Rule:
    parts = text.split()
    unknown = [part for part in parts if part.lstrip("!") not in concepts]
    if unknown:
        raise ValueError(f"rule {text!r} names unknown concepts: {', '.join(unknown)}")
    return Rule(
        needs=tuple(part for part in parts if not part.startswith("!")),
        forbids=tuple(part[1:] for part in parts if part.startswith("!")),
        weight=float(weight),
    )
