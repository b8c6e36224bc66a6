"""What a sentence is judged by: its meaning, its spelling, and which rules it fulfils."""

import re
import zlib
from collections import Counter
from collections.abc import Sequence
from math import log
from typing import TYPE_CHECKING, Final

from bots.understanding import encoder
from bots.understanding import text as texts
from bots.understanding.heard import Act, Intent
from bots.understanding.intents import act_of, evidence
from bots.understanding.lexicon import lexicon
from oms_service.kernel.languages import Language

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Places that spellings are spread over. Twice as many gain less than half a point.
SPELLINGS: Final = 4_096
LONGEST_GRAM: Final = 4
#: What each kind of number counts for beside the others, found by cross-validation.
MEANING: Final = 3.0
SPELLING: Final = 2.5
#: A rule of this weight says all that a rule can say.
HEAVIEST_RULE: Final = 4.0
#: People say what they want first or last; the middle of a long message is left out.
HEAD: Final = 240

_MAIL: Final = re.compile(r"[\w.+%-]+@[\w.-]+")
_LINK: Final = re.compile(r"https?://\S+")
#: As ``masking`` writes them.
_PLACEHOLDER: Final = re.compile(r"<[a-z]+>")
_PHONE: Final = re.compile(r"(?<!\w)(?:\+\d[\d -]{8,16}|0\d{1,4}-\d{1,4}-\d{3,4}|0\d{9,10})(?!\w)")
_ORDER: Final = re.compile(
    r"(?<![a-z0-9])(?:#\s?[a-z]{0,4}-?\d{3,}|[a-z]{1,4}-?\d{3,}|\d{5,})(?:-\d+)*(?![a-z0-9])"
)
_NUMBER: Final = re.compile(r"\d[\d.,-]*")
_JAPANESE: Final = re.compile(r"[ぁ-んァ-ヶ一-鿿]")
#: ``order #123`` and 「注文A-123は」 name an order once.
_AGAIN: Final = re.compile(r"\b(order|注文)(?: ?\1)+(?![a-z])")
#: Japanese is written without spaces: a number's place is none.
_GAP: Final = re.compile(r"(?<=[ぁ-んァ-ヶー一-鿿]) (?=[ぁ-んァ-ヶー一-鿿])")


def masked(text: str) -> str:
    """A message without what is its own: every number, mail and link is like any other.

    An order's number becomes the word for an order, as nothing else may say what it is about.
    """
    tidy = texts.tidy(text).casefold()
    if len(tidy) > 2 * HEAD:
        tidy = f"{tidy[:HEAD]} {tidy[-HEAD:]}"
    order = " 注文 " if _JAPANESE.search(tidy) else " order "
    tidy = _LINK.sub(" link ", _MAIL.sub(" mail ", tidy.replace("<order>", order)))
    tidy = _ORDER.sub(order, _PHONE.sub(" phone ", _PLACEHOLDER.sub(" 0 ", tidy)))
    plain = " ".join(_NUMBER.sub("0", tidy).split())
    return _AGAIN.sub(r"\1", _GAP.sub("", plain))


def rule_names() -> tuple[str, ...]:
    """The names of all that rules can notice, in an order of their own."""
    concepts = sorted({name for language in Language for name in lexicon(language).concepts})
    return (
        *(f"intent:{intent}" for intent in Intent),
        *(f"act:{act}" for act in Act),
        *(f"concept:{name}" for name in concepts),
    )


def vectors(said: Sequence[tuple[str, Language]], names: Sequence[str]) -> "NDArray[np.float32]":
    """One row a sentence: meaning, spelling, and the rules of ``names``.

    Args:
        said: texts as they came and the language of each.
        names: as ``rule_names`` gave them when the head was trained; rules that are gone since
            count as not fulfilled, new ones are not looked at.
    """
    import numpy as np  # noqa: PLC0415 - only who hears messages pays for it

    plain = [masked(text) for text, _ in said]
    rows = np.zeros((len(said), encoder.WIDTH + SPELLINGS + len(names)), dtype=np.float32)
    rows[:, : encoder.WIDTH] = encoder.encode(plain) * MEANING
    place = {name: encoder.WIDTH + SPELLINGS + at for at, name in enumerate(names)}
    for row, text, (whole, language) in zip(rows, plain, said, strict=True):
        for at, weight in _spelling(text).items():
            row[encoder.WIDTH + at] = weight
        for name, weight in _noticed(whole, language).items():
            if name in place:
                row[place[name]] = weight
    return rows


def _spelling(text: str) -> dict[int, float]:
    """Runs of up to four signs within words, each at a place and with a sign of its own."""
    counts: Counter[str] = Counter()
    for word in text.split():
        padded = f" {word} "
        for size in range(1, LONGEST_GRAM + 1):
            counts.update(padded[at : at + size] for at in range(len(padded) - size + 1))
    counts.pop(" ", None)
    weights: dict[int, float] = {}
    for gram, count in counts.items():
        key = zlib.crc32(gram.encode())
        sign = 1 if key & 1 else -1
        at = (key >> 1) % SPELLINGS
        weights[at] = weights.get(at, 0.0) + sign * (1 + log(count))
    length = sum(weight * weight for weight in weights.values()) ** 0.5
    return {at: SPELLING * weight / length for at, weight in weights.items()} if length else {}


def _noticed(text: str, language: Language) -> dict[str, float]:
    """Which rules a text fulfils: intents by their weight, acts, concepts."""
    known = lexicon(language)
    ready = texts.matchable(texts.tidy(text))
    concepts, scores = evidence(ready, known)
    noticed = {f"concept:{name}": 1.0 for name in concepts}
    for intent, score in scores.items():
        noticed[f"intent:{intent}"] = min(score, HEAVIEST_RULE) / HEAVIEST_RULE
    act = act_of(ready, known)
    if act:
        noticed[f"act:{act}"] = 1.0
    return noticed
