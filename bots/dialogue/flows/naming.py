"""Things by their names: which items words mention, and which version of one they want. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from bots.dialogue.flows.choosing import names_of
from bots.dialogue.turns import Data
from oms_service.kernel.text import order_key

#: A part of a Japanese name this long names the thing: ``テーブル`` of ``ローテーブル``.
_KANA_ENOUGH: Final = 3
_KANJI_ENOUGH: Final = 2
#: Hiragana alone are mostly endings and particles.
_HIRAGANA_ENOUGH: Final = 4
#: So much of a name of several words has to be said, unless its last word is.
_SHARE_ENOUGH: Final = 0.5
#: A word this long need not be all there: ``headphone`` of ``headphones``.
_STEM: Final = 4

_WORD: Final = re.compile(r"[a-z0-9]+(?:[-.'][a-z0-9]+)*")
_HIRAGANA: Final = re.compile(r"[ぁ-ゖー]+")
_KANJI: Final = re.compile(r"[一-鿿々]")
#: Where one thing ends and the next begins.
_BETWEEN: Final = re.compile(
    r"[,;.、。]\s|\b(?:and|also|plus|then|as well as|while)\b|[、。]|と、?|それから|あと|また"
)
#: What follows is what is wanted.
_TO: Final = re.compile(r"\b(?:to|into|for|with|in|becomes?|prefer|want|like|make it)\b")
_INSTEAD: Final = re.compile(r"\binstead of\b|\brather than\b|ではなく|じゃなく|の代わりに")
#: What is had may be said first: ``instead of A I want B``.
_CLAUSE: Final = re.compile(r"(?:^|[:,.;!?-]|\b(?:and|but|please|also))\s*$")
_WISH: Final = re.compile(r"\b(?:want|prefer|like|need|take|get|rather have|give me|make it)\b")
_WO: Final = re.compile(r"を|から")
_NEWEST: Final = re.compile(
    r"\b(?:last|latest|newest|most recent)\b(?: (?:order|purchase))?"
    r"|最新|一番新しい|直近|最後の注文"
)

#: Other words for values, for shops that have them in one language or written short.
_SYNONYMS: Final[Mapping[str, tuple[str, ...]]] = {
    "xs": ("extra small", "x-small"),
    "s": ("small", "smaller"),
    "m": ("medium",),
    "l": ("large", "larger"),
    "xl": ("extra large", "x-large"),
    "xxl": ("double extra large", "xx-large", "2xl"),
    "small": ("スモール", "小さい"),
    "medium": ("ミディアム",),
    "large": ("ラージ", "大きい"),
    "gray": ("grey", "グレー", "灰色"),
    "grey": ("gray", "グレー", "灰色"),
    "red": ("赤", "レッド"),
    "blue": ("青", "ブルー"),
    "green": ("緑", "グリーン"),
    "yellow": ("黄", "イエロー"),
    "black": ("黒", "ブラック"),
    "white": ("白", "ホワイト"),
    "brown": ("茶", "ブラウン"),
    "pink": ("ピンク", "桃色"),
    "purple": ("紫", "パープル"),
    "orange": ("オレンジ",),
    "beige": ("ベージュ",),
    "navy": ("紺", "ネイビー"),
    "silver": ("銀", "シルバー"),
    "gold": ("金色", "ゴールド"),
}
_NOTHING: Final = frozenset({"no", "none", "without"})
_FLAGS: Final = _NOTHING | {"yes"}
_NEGATED: Final = r"(?:none|no|not|non|without|isnt|doesnt have|does not have)(?: an?| any)?"


@dataclass(frozen=True)
class Mention:
    """Words that name something: where they stand, and the places of all it could be."""

    start: int
    end: int
    places: tuple[int, ...]


@dataclass(frozen=True)
class Passage:
    """What words say of one thing: of it as it is, and of what is wanted in its place."""

    places: tuple[int, ...]
    had: str
    wanted: str


@dataclass(frozen=True)
class Match:
    """The versions that fit what is wanted, best first, as their places.

    ``is_said``: whether anything of a version was said at all; ``is_clear``: the first is meant.
    """

    places: tuple[int, ...]
    is_said: bool
    is_clear: bool


def named_orders(text: str, orders: Sequence[Data]) -> list[str]:
    """The keys of the orders that words name by what is in them, or as the newest one.

    Args:
        text: as typed.
        orders: newest first, each with ``number`` and ``items``, its items' names.
    """
    ready = plain(text)
    scored = [(_best_score(ready, one["items"]), one) for one in orders]
    best = max((score for score, _ in scored), default=0.0)
    if best > 0:
        return [order_key(one["number"]) for score, one in scored if score == best]
    if _NEWEST.search(ready) and orders:
        return [order_key(orders[0]["number"])]
    return []


def mentions(text: str, things: Sequence[Sequence[str]]) -> list[Mention]:
    """Where plain words mention things, in their order; of one place the best fit, or several.

    Args:
        text: as ``plain`` makes it.
        things: the names of each thing, in every language.
    """
    found: list[tuple[float, int, int, int]] = []
    for place, names in enumerate(things):
        best = max((one for name in names for one in _runs(text, plain(name))), default=None)
        if best is not None:
            found += [
                (score, start, end, place)
                for name in names
                for score, start, end in _runs(text, plain(name))
                if score >= best[0]
            ]
    return _grouped(found)


def passages(text: str, things: Sequence[Sequence[str]]) -> list[Passage]:
    """What words say of each thing they mention, cut where they go on to the next."""
    ready = plain(text)
    named = mentions(ready, things)
    if not named:
        return []
    cuts = [0]
    for one, following in pairwise(named):
        gap = [found.end() for found in _BETWEEN.finditer(ready, one.end, following.start)]
        cuts.append(gap[-1] if gap else following.start)
    cuts.append(len(ready))
    return [
        _passage(ready[start:end], one, start)
        for one, start, end in zip(named, cuts, cuts[1:], strict=False)
    ]


def matching(wanted: str, own: Mapping[str, str], versions: Sequence[Data]) -> Match:
    """The versions of a product that fit words; what they leave open stays as it is.

    Args:
        wanted: the words, as typed.
        own: the options of what there is now.
        versions: each with ``options``, the shop's ``words`` for them, ``price`` and
            ``is_available``.
    """
    ready = plain(wanted)
    known = [_said_options(one) for one in versions]
    rules = _constraints(ready, known)
    fits = [
        place for place in range(len(versions)) if all(rule & set(known[place]) for rule in rules)
    ]
    extreme = _extreme(ready)
    if extreme is not None and (fits or not rules):
        among = [one for one in (fits or range(len(versions))) if versions[one]["is_available"]]
        among.sort(key=lambda place: versions[place]["price"]["minor"] * extreme)
        return Match(tuple(among), is_said=True, is_clear=bool(among))
    mine = {name: plain(one) for name, one in own.items()}

    def likeness(place: int) -> tuple[int, bool]:
        options = versions[place]["options"]
        same = sum(plain(one) == mine.get(name) for name, one in options.items())
        return (same, bool(versions[place]["is_available"]))

    fits.sort(key=likeness, reverse=True)
    is_clear = len(fits) == 1 or (len(fits) > 1 and likeness(fits[0])[0] > likeness(fits[1])[0])
    return Match(tuple(fits), is_said=bool(rules), is_clear=is_clear and bool(rules))


def fitting(had: str, places: Iterable[int], options: Sequence[Mapping[str, str]]) -> list[int]:
    """Of things with one name, those whose own options the words fit; all where none is said."""
    among = list(places)
    ready = plain(had)
    known = [_raw_options(options[place]) for place in among]
    rules = _constraints(ready, known)
    kept = [
        place
        for place, said in zip(among, known, strict=True)
        if all(rule & set(said) for rule in rules)
    ]
    return kept or among


def told_apart(options: Any) -> dict[str, str]:
    """Options that are only known in words, ``blue / L``, one by one, for ``fitting``."""
    return {
        f"{language}.{number}": part
        for language, words in enumerate(names_of(options))
        for number, part in enumerate(re.split(r"\s*/\s*|、", words))
        if part
    }


def plain(text: str) -> str:
    """The form in which words and names are compared: NFKC, lower case, one kind of hyphen.

    Katakana stay: they tell names from the words around them.
    """
    ready = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    ready = re.sub(r"[’'`]", "", ready)
    return re.sub(r"[‐‑–—_/]", "-", ready)


# Names


def _best_score(ready: str, names: Iterable[Any]) -> float:
    every = [plain(one) for name in names for one in names_of(name)]
    return max((run[0] for name in every for run in _runs(ready, name)), default=0.0)


def _runs(text: str, name: str) -> list[tuple[float, int, int]]:
    """Where a name, or enough of it, stands in the text: the share of it, start and end."""
    return _latin_runs(text, name) if name.isascii() else _japanese_runs(text, name)


def _latin_runs(text: str, name: str) -> list[tuple[float, int, int]]:
    words = [_stem(word) for word in _split(name)]
    if not words:
        return []
    spoken = [(found[0], found.start(), found.end()) for found in _words(text)]
    runs: list[tuple[float, int, int]] = []
    at = 0
    while at < len(spoken):
        end, used = at, set()
        while end < len(spoken) and (one := _of_name(spoken[end][0], words)) is not None:
            used.add(one)
            end += 1
        if used:
            share = sum(len(words[one]) for one in used) / sum(map(len, words))
            if len(words) - 1 in used or share >= _SHARE_ENOUGH:
                runs.append((share, spoken[at][1], spoken[end - 1][2]))
        at = max(end, at + 1)
    return runs


def _words(text: str) -> list[re.Match[str]]:
    return list(_WORD.finditer(text))


def _split(name: str) -> list[str]:
    return [found[0] for found in _WORD.finditer(name)]


def _stem(word: str) -> str:
    bare = word.replace("-", "").replace(".", "")
    if len(bare) > _STEM and bare.endswith("es") and bare[-3] in "sxh":
        return bare[:-2]
    return bare[:-1] if len(bare) > _STEM - 1 and bare.endswith("s") and bare[-2] != "s" else bare


def _of_name(word: str, words: Sequence[str]) -> int | None:
    stem = _stem(word)
    for place, one in reversed(list(enumerate(words))):
        if stem == one or (len(stem) > _STEM and (one.endswith(stem) or one.startswith(stem))):
            return place
    return None


def _japanese_runs(text: str, name: str) -> list[tuple[float, int, int]]:
    """The longest part of the name that stands in the text."""
    bare = re.sub(r"\s+", "", name)
    for length in range(len(bare), 1, -1):
        for start in range(len(bare) - length + 1):
            part = bare[start : start + length]
            at = text.find(part)
            if at >= 0 and _tells(part, bare):
                return [(length / len(bare), at, at + length)]
    return []


def _tells(part: str, name: str) -> bool:
    if part == name:
        return True
    if _HIRAGANA.fullmatch(part):
        return len(part) >= _HIRAGANA_ENOUGH
    return len(part) >= (_KANJI_ENOUGH if _KANJI.search(part) else _KANA_ENOUGH)


def _grouped(found: list[tuple[float, int, int, int]]) -> list[Mention]:
    """One mention for each place in the text; of those that overlap the best fit alone."""
    kept: list[list[tuple[float, int, int, int]]] = []
    for one in sorted(found, key=lambda run: (-run[0], -(run[2] - run[1]))):
        group = next((of for of in kept if _overlap(of[0], one)), None)
        if group is None:
            kept.append([one])
        elif one[0] == group[0][0] and one[2] - one[1] == group[0][2] - group[0][1]:
            group.append(one)
    return sorted(
        (Mention(of[0][1], of[0][2], tuple(dict.fromkeys(run[3] for run in of))) for of in kept),
        key=lambda mention: mention.start,
    )


def _overlap(one: tuple[float, int, int, int], other: tuple[float, int, int, int]) -> bool:
    return one[1] < other[2] and other[1] < one[2]


def _passage(part: str, mention: Mention, offset: int) -> Passage:
    """Before the name stands what is had, behind ``to`` and its like what is wanted."""
    start, end = mention.start - offset, mention.end - offset
    before, after = part[:start], part[end:]
    instead = _INSTEAD.search(part)
    wish = _WISH.search(after)
    begins = instead is not None and _CLAUSE.search(part[: instead.start()]) is not None
    if instead is not None and wish is not None and begins and instead.end() <= start:
        had, wanted = part[instead.end() : start] + after[: wish.start()], after[wish.start() :]
    elif instead is not None:
        had, wanted = part[instead.end() :], part[: instead.start()]
        if not part[instead.end() :].strip():
            had, wanted = before, after
    elif (object_ := _WO.search(after)) is not None:
        had, wanted = before + after[: object_.start()], after[object_.end() :]
    elif after.lstrip().startswith("に"):
        had, wanted = "", before
        if (object_ := _WO.search(before)) is not None:
            had, wanted = before[: object_.start()], before[object_.end() :]
    elif (to := _TO.search(after)) is not None:
        had, wanted = before + " " + after[: to.start()], after[to.start() :]
    else:
        had, wanted = before, after
    return Passage(mention.places, had, wanted)


# Versions


def _said_options(version: Data) -> dict[tuple[str, str], tuple[str, ...]]:
    """What may be said for each option of a version: by name and value, its words."""
    found = _raw_options(version["options"])
    for language_words in _listed(version.get("option_words")):
        for name, word in language_words.items():
            pairs = [pair for pair in found if pair[0] == plain(name)]
            for pair in pairs:
                found[pair] = (*found[pair], plain(str(word)))
    values = list(version["options"].items())
    for said in names_of(version.get("words") or ""):
        parts = [plain(part) for part in re.split(r"\s*/\s*|、", said)]
        if len(parts) == len(values):
            for (name, one), word in zip(values, parts, strict=True):
                pair = (plain(name), plain(one))
                found[pair] = (*found[pair], word)
    return found


def _listed(words: Any) -> list[Mapping[str, Any]]:
    if not isinstance(words, Mapping):
        return []
    return [one for one in words.values() if isinstance(one, Mapping)]


def _raw_options(options: Mapping[str, str]) -> dict[tuple[str, str], tuple[str, ...]]:
    return {
        (plain(name), plain(one)): (plain(one), *map(plain, _SYNONYMS.get(plain(one), ())))
        for name, one in options.items()
    }


def _constraints(
    text: str, known: Sequence[Mapping[tuple[str, str], tuple[str, ...]]]
) -> list[set[tuple[str, str]]]:
    """What the words ask for: of each set one option has to be there. Longer words go first."""
    words = _by_word(known)
    rules: list[set[tuple[str, str]]] = []
    left = text
    for name in sorted({pair[0] for pairs in words.values() for pair in pairs if "-" in pair[0]}):
        left = left.replace(name, " " * len(name))  # a name of two values, as bagged/bagless
    for word in sorted(words.keys() - _FLAGS, key=lambda one: (-len(one), one)):
        for found in list(_pattern_of(word).finditer(left)):
            start, end = found.span()
            rules.append(_by_name(left, start, end, words[word]))
            left = left[:start] + " " * (end - start) + left[end:]
    rules += _flags(left, words)
    return _joined(rules)


def _by_word(
    known: Sequence[Mapping[tuple[str, str], tuple[str, ...]]],
) -> dict[str, set[tuple[str, str]]]:
    """Which options each word may mean."""
    words: dict[str, set[tuple[str, str]]] = {}
    for one in known:
        for pair, said in one.items():
            for word in filter(None, said):
                words.setdefault(word, set()).add(pair)
    return words


def _by_name(text: str, start: int, end: int, pairs: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Of options with one value those whose name stands beside it: ``black frame``."""
    if len({name for name, _ in pairs}) == 1:
        return pairs
    before, after = text[max(0, start - 24) : start], text[end : end + 24]
    scores: dict[tuple[str, str], int] = {}
    for pair in pairs:
        parts = [_stem(one) for one in _split(pair[0])]
        near = {_stem(one) for one in (*_split(before)[-3:], *_split(after)[:3])}
        scores[pair] = sum(one in near for one in parts)
    best = max(scores.values())
    return {pair for pair, score in scores.items() if score == best} if best else pairs


def _flags(text: str, words: Mapping[str, set[tuple[str, str]]]) -> list[set[tuple[str, str]]]:
    """Options that are there or not: ``waterproof``, ``no backlight``."""
    rules: list[set[tuple[str, str]]] = []
    names = {pair[0] for word in (*_NOTHING, "yes") for pair in words.get(word, ())}
    for name in sorted(names):
        near = _loose(name)
        if re.search(rf"\b{_NEGATED}[ -]{near}|(?<![a-z]){near}[: -]*(?:no|none)\b", text):
            off = {pair for word in _NOTHING for pair in words.get(word, ()) if pair[0] == name}
            rules += [off] if off else []
        elif re.search(rf"(?<![a-z]){near}(?![a-z])", text):
            on = {pair for pair in words.get("yes", ()) if pair[0] == name}
            rules += [on] if on else []
    return rules


def _joined(rules: list[set[tuple[str, str]]]) -> list[set[tuple[str, str]]]:
    """Of two values of one option, the one said last counts."""
    kept: list[set[tuple[str, str]]] = []
    for rule in rules:
        if rule not in kept:
            kept.append(rule)
    return kept


def _pattern_of(word: str) -> re.Pattern[str]:
    if not word.isascii():
        return re.compile(re.escape(word))
    return re.compile(rf"(?<![a-z0-9.]){_loose(word)}(?:e?s)?(?![a-z0-9])")


def _loose(word: str) -> str:
    """A word as people write it: ``13-inch`` may be ``13 inch``, ``8gb`` may be ``8 gb``."""
    parts = re.findall(r"[a-z]+|\d+(?:\.\d+)?|[^\sa-z\d-]", word)
    return r"[\s-]*".join(re.escape(part) for part in parts)


def _extreme(text: str) -> int | None:
    """1 for the cheapest, -1 for the most expensive, None for neither."""
    if re.search(
        r"\b(?:cheap(?:est|er)|least expensive|lowest price)\b|一番安い|安い方|最安", text
    ):
        return 1
    if re.search(r"\bmost expensive\b|\bpriciest\b|一番高い|最も高い", text):
        return -1
    return None
