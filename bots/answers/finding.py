"""Which answer a question means: by how much its words are like the sample questions. Pure."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from oms_service.kernel.text import folded

T = TypeVar("T", bound=Hashable)

#: So alike is enough for an answer (1 is the same question).
ENOUGH: Final = 0.32
#: So alike an answer must be that belongs to another field than the question.
ENOUGH_ELSEWHERE: Final = 0.5
#: Answers that are less than this apart are both offered.
CLOSE: Final = 0.06
#: As many as fit on one screen.
MOST_OFFERED: Final = 4
_MOST_READ: Final = 300
_JAPANESE: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_WORD: Final = re.compile(r"[a-z0-9]+")
_SIGN: Final = re.compile(r"[^\w]")
#: What every question has says nothing about which one it is.
_EMPTY_WORDS: Final = (
    "a an and are at be can could do does for from have how i if in is it me my of on or "
    "please tell that the there this to us was we what which will with would you your"
)
_EMPTY: Final = frozenset(_EMPTY_WORDS.split())
_GRAMMAR: Final = re.compile(
    "(でしょうか|ですか|ますか|ました|ください|下さい|教えて|知りたい|について|のですが|んですが|したい|です|ます)"
)


@dataclass(frozen=True)
class Found(Generic[T]):
    """What fits: one answer, or several that fit about as well; ``likeness`` is the best one's."""

    keys: tuple[T, ...]
    likeness: float


def find(text: str, samples: Mapping[T, Iterable[str]], *, enough: float = ENOUGH) -> Found[T]:
    """The answers whose sample questions are most like the text; none where none is like it.

    Args:
        text: what the customer asked.
        samples: by answer, how it may be asked, in any language.
        enough: how alike is enough for an answer.
    """
    ranked = rank(text, samples)
    if not ranked or ranked[0][1] < enough:
        return Found((), ranked[0][1] if ranked else 0.0)
    best = ranked[0][1]
    near = tuple(key for key, likeness in ranked if best - likeness < CLOSE and likeness >= enough)
    return Found(near[:MOST_OFFERED], best)


def rank(text: str, samples: Mapping[T, Iterable[str]]) -> list[tuple[T, float]]:
    """Every answer with how like the text its nearest sample is, the likest first."""
    documents = [(key, _parts(one)) for key, of in samples.items() for one in of]
    asked = _parts(text)
    if not documents or not asked:
        return []
    weights = _weights([parts for _key, parts in documents])
    best: dict[T, float] = {}
    for key, parts in documents:
        best[key] = max(best.get(key, 0.0), _likeness(asked, parts, weights))
    return sorted(best.items(), key=lambda one: -one[1])


def _weights(documents: Sequence[Counter[str]]) -> Mapping[str, float]:
    """How telling each part is: what stands in few questions tells more."""
    seen = Counter(part for parts in documents for part in parts)
    return {part: 1 + math.log(len(documents) / count) for part, count in seen.items()}


def _likeness(asked: Counter[str], sample: Counter[str], weights: Mapping[str, float]) -> float:
    """The cosine of both; parts that no question has count as much as the rarest."""
    rare = 1 + math.log(1 + len(weights))
    shared = asked.keys() & sample.keys()
    dot = sum(asked[part] * sample[part] * weights[part] ** 2 for part in shared)
    if not dot:
        return 0.0
    return dot / (_length(asked, weights, rare) * _length(sample, weights, rare))


def _length(parts: Counter[str], weights: Mapping[str, float], rare: float) -> float:
    return math.sqrt(sum((n * weights.get(part, rare / 3)) ** 2 for part, n in parts.items()))


def _parts(text: str) -> Counter[str]:
    """Words and their pieces: pairs of signs in Japanese, words and threes of signs in English."""
    said = folded(unicodedata.normalize("NFKC", text[:_MOST_READ]))
    japanese = _SIGN.sub(" ", _GRAMMAR.sub(" ", said))
    found: Counter[str] = Counter()
    for run in japanese.split():
        if _JAPANESE.search(run):
            found.update(run[i : i + 2] for i in range(len(run) - 1))
            found.update(run[i : i + 3] for i in range(len(run) - 2))
    for word in _WORD.findall(said):
        if word in _EMPTY:
            continue
        found[f"={word.rstrip('s')}"] += 2
        padded = f" {word} "
        found.update(padded[i : i + 3] for i in range(len(padded) - 2))
    return found
