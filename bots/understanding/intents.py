"""Which intent a message has: weighted rules over concepts, and how sure that is."""

from bots.understanding.heard import Act, Intent
from bots.understanding.lexicon import Lexicon

#: Words of so many letters are no other word with their letters in another order.
_LONG = 6
#: Below this sum of weights nothing was really said.
ENOUGH = 1.2


def intent_of(text: str, lexicon: Lexicon) -> tuple[Intent | None, float]:
    """The best intent of a matchable ``text`` and a confidence from 0 to 1; None is a miss.

    Of equal ones the one the lexicon lists first.
    """
    _, scores = evidence(text, lexicon)
    if not scores:
        return None, 0.0
    ranked = sorted(scores.items(), key=lambda item: -item[1])
    best, top = ranked[0]
    second = ranked[1][1] if len(ranked) > 1 else 0.0
    if top < ENOUGH:
        return None, 0.0
    return best, round(min(1.0, top / 4) * (1 - second / (2 * top)), 3)


def act_of(text: str, lexicon: Lexicon) -> Act | None:
    """What a matchable ``text`` does as a whole, or by its first clause."""
    for act, pattern in lexicon.acts.items():
        if pattern.fullmatch(text):
            return act
    bare = " ".join(lexicon.softeners.sub(" ", text).split())
    if bare and bare != text:
        for act, pattern in lexicon.acts.items():
            if pattern.fullmatch(bare):
                return act
    return None


def evidence(text: str, lexicon: Lexicon) -> tuple[frozenset[str], dict[Intent, float]]:
    """The concepts that a matchable ``text`` holds, and what the rules of intents make of it."""
    text = _respelled(text, lexicon.vocabulary)
    present = frozenset(name for name, pattern in lexicon.concepts.items() if pattern.search(text))
    scores: dict[Intent, float] = {}
    for intent, rules in lexicon.rules.items():
        score = sum(rule.weight for rule in rules if rule.holds(present))
        if score > 0:
            scores[intent] = score
    return present, scores


def _respelled(text: str, vocabulary: frozenset[str]) -> str:
    """Slips of one letter in longer words, read as the word they are near to."""
    if not vocabulary:
        return text
    return " ".join(_nearest(word, vocabulary) for word in text.split())


def _nearest(word: str, vocabulary: frozenset[str]) -> str:
    if not (4 <= len(word) <= 12 and word.isalpha()) or word in vocabulary:  # noqa: PLR2004 - word lengths
        return word
    near = sorted(known for known in vocabulary if _is_one_slip(word, known))
    return near[0] if near else word


def is_slip(word: str, known: str) -> bool:
    """Whether ``word`` is ``known`` with one slip.

    Also a last letter held too long or, in longer words, all letters in another order behind the
    first.
    """
    if word == known or word[:1] != known[:1]:
        return False
    is_shuffled = len(known) >= _LONG and sorted(word) == sorted(known)
    return word == known + known[-1] or is_shuffled or _is_one_slip(word, known)


def _is_one_slip(word: str, known: str) -> bool:
    """One letter left out, doubled, swapped with its neighbour, never a different first letter."""
    if word[0] != known[0] or abs(len(word) - len(known)) > 1 or word == known:
        return False
    if len(word) == len(known):
        at = next(i for i in range(len(word)) if word[i] != known[i])
        return word[at : at + 2] == known[at : at + 2][::-1] and word[at + 2 :] == known[at + 2 :]
    shorter, longer = sorted((word, known), key=len)
    if len(longer) > len(word) or longer[-1] != "s":
        return any(longer[:i] + longer[i + 1 :] == shorter for i in range(1, len(longer)))
    return False
