"""Which products, choices and places a message names, in either language and with slips. Pure."""

import re
import unicodedata
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeVar

from oms_service.kernel.languages import Language, Words

T = TypeVar("T", bound=Hashable)

#: Longer messages name no thing any better.
MOST_READ: Final = 300

#: English words that name nothing by themselves.
_EMPTY_WORDS: Final = (
    "a an and any are as at be by can could do does for from have has how i if in is it its "
    "me many much my no not of on or other our please show size sizes so some stock still "
    "than that the there these they this those to too us was we what when where which who "
    "will with would you your shop shops store stores available color colors colour colours "
    "one ones option options price sold tell about more left get new now variant version"
)
_EMPTY: Final = frozenset(_EMPTY_WORDS.split())
#: Japanese that names nothing: what is asked, and the words around it.
_GRAMMAR: Final = re.compile(
    r"(在庫|商品|店舗|注文|予約|入荷|値段|価格|種類|売り?切れ|残り|詳細|販売|品切れ|発売|お?取り?置き"
    r"|ありますか|あります|ですか|でしょうか|ください|下さい|教えて|知りたい|いくら|いつ|どこ|何色|何種類"
    r"|ますか|ません|まだ|この|その|あの|これ|それ|サイズ|カラー|さいず|からー|について|できますか|という)"
)
_LATIN: Final = re.compile(r"[a-z0-9]+")
_UNIT: Final = re.compile(r"(\d+)\s+(cm|mm|ml|kg|g|l|oz|inch(?:es)?)\b")
_LETTER: Final = re.compile(r"\b([b-hj-z])[ -]([a-z]{3,})")
_T_SHIRT: Final = re.compile("ティ[ーイ]?シャツ|てぃ[ーい]?しゃつ|tしゃつ")
_INSIDE: Final = re.compile(r"(?<=[a-z0-9])['’](?=[a-z])|(?<=[a-z])-(?=[a-z])")
_KATAKANA: Final = re.compile(r"[ァ-ヺー]+")
_KANJI: Final = re.compile(r"[一-龥々]")
_HIRAGANA_ONLY: Final = re.compile(r"[ぁ-ゖー\s、。・?!]+")
_TO_HIRAGANA: Final = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}
_TO_LARGE: Final = str.maketrans("ぁぃぅぇぉっゃゅょ", "あいうえおつやゆよ")
#: So much of a name in hiragana counts where nothing was found in its own letters.
_ENOUGH_FOLDED: Final = 3
_ENOUGH: Final = 2
_SLIP_FROM: Final = 5

#: Words for one colour or size, in both languages; the first two are how we say it.
SAME: Final[tuple[tuple[str, ...], ...]] = (
    ("青", "blue", "ブルー", "あお"),
    ("紺", "navy", "ネイビー", "こん色"),
    ("赤", "red", "レッド", "あか色"),
    ("白", "white", "ホワイト", "しろ色", "白色"),
    ("黒", "black", "ブラック", "くろ色"),
    ("緑", "green", "グリーン", "深緑", "みどり"),
    ("グレー", "grey", "gray", "灰色", "グレイ"),
    ("黄色", "yellow", "イエロー", "きいろ"),
    ("ピンク", "pink", "桃色"),
    ("紫", "purple", "パープル", "むらさき"),
    ("オレンジ", "orange", "橙"),
    ("茶色", "brown", "ブラウン"),
    ("ベージュ", "beige", "ベージュ色"),
    ("生成り", "natural", "ナチュラル"),
    ("金色", "gold", "ゴールド"),
    ("銀色", "silver", "シルバー"),
    ("S", "S", "small", "エスサイズ"),
    ("M", "M", "medium", "エムサイズ"),
    ("L", "L", "large", "エルサイズ"),
    ("XL", "XL", "extra large", "x-large", "LL", "エックスエル"),
)
#: Signs that are a choice only where they stand as one: 「大」 is in 「大丈夫」, too.
_BARE: Final = re.compile(r"^[大中小]$")
_AS_CHOICE: Final = r"(?=サイズ|き[いなめ]|さ[いなめ]|の|を|は|が|\s|$)"


@dataclass(frozen=True)
class Choice:
    """What was said of choices: which variants fit, and what is wanted that none has.

    ``named`` is whether any choice was named at all; ``lacking`` are words per language.
    """

    fitting: tuple[int, ...]
    is_named: bool
    lacking: tuple[Words, ...]


def plain(text: str) -> str:
    """One form for comparison: NFKC, lower case, measures joined, a letter joined to its word."""
    said = unicodedata.normalize("NFKC", text[:MOST_READ]).casefold()
    said = _T_SHIRT.sub("tシャツ", said)
    said = _UNIT.sub(r"\1\2", said)
    said = _LETTER.sub(r"\1\2", said)
    return _INSIDE.sub("", said)


def find(text: str, names: Mapping[T, Words]) -> tuple[T, ...]:
    """What of ``names`` the text means: the one that fits best, or all that fit as well as it."""
    said = plain(text)
    ranked = {key: _rank(said, words) for key, words in names.items()}
    best = max(ranked.values(), default=_NOTHING)
    if best == _NOTHING:
        ranked = {key: _rank_folded(said, words) for key, words in names.items()}
        best = max(ranked.values(), default=_NOTHING)
    if best == _NOTHING:
        return ()
    return tuple(key for key, rank in ranked.items() if rank == best)


def choose(text: str, options: Mapping[int, Mapping[str, Sequence[str]]], name: Words) -> Choice:
    """The variants whose choices fit what the text says of colours, sizes and the like.

    Args:
        text: what the customer wrote, without the name of the product or with it.
        options: by variant and option, each value in every way it is called.
        name: of the product; a colour that stands in it is no choice.
    """
    said = plain(text)
    called = " ".join(map(plain, name.values()))
    wanted: dict[str, set[str]] = {}
    for of in options.values():
        for option, values in of.items():
            meant = [value for value in values if not _stands(called, _plain(value))]
            if any(_says(said, value) for value in meant):
                wanted.setdefault(option, set()).add(values[0])
    fitting = tuple(
        variant
        for variant, of in options.items()
        if all(of.get(option, ("",))[0] in values for option, values in wanted.items())
    )
    sold = [value for of in options.values() for values in of.values() for value in values]
    lacking = tuple(
        {str(Language.JAPANESE): group[0], str(Language.ENGLISH): group[1]}
        for group in SAME
        if any(_stands(said, _plain(one)) for one in group)
        and not any(_stands(called, _plain(one)) for one in group)
        and not any(_plain(value) in _group(_plain(group[0])) for value in sold)
        and not any(_says(said, value) for value in sold if _holds(value, group))
    )
    return Choice(fitting, bool(wanted), lacking)


def _holds(value: str, group: tuple[str, ...]) -> bool:
    """Whether a value is called by one of these words, as ``deep green`` by ``green``."""
    return any(_stands(_plain(value), _plain(one)) for one in group)


# Names

#: Words of the text in the name, whether its last word is among them, how much of it that is.
Rank = tuple[int, bool, float]
_NOTHING: Final[Rank] = (0, False, 0.0)


def _rank(said: str, words: Words) -> Rank:
    english = _rank_english(tokens(said), words.get(Language.ENGLISH, ""))
    japanese = _rank_japanese(said, words.get(Language.JAPANESE, ""))
    return max(english, japanese)


def _rank_english(said: frozenset[str], name: str) -> Rank:
    parts = _named(name)
    if not parts or not said:
        return _NOTHING
    met = [part for part in parts if _met(part, said)]
    is_head = parts[-1] in met
    if not met or not (is_head or len(met) * 2 >= len(parts)):
        return _NOTHING
    return (sum(map(len, met)), is_head, 0.0)


def _rank_japanese(said: str, name: str) -> Rank:
    if not _is_japanese(name):
        return _NOTHING
    wanted = _GRAMMAR.sub(" ", said)
    shared = longest_shared(wanted, _plain(name))
    if len(shared) < _ENOUGH or _HIRAGANA_ONLY.fullmatch(shared):
        return _NOTHING
    is_word = bool(_KANJI.search(shared)) or len(shared) > _ENOUGH
    if not is_word and shared not in _KATAKANA.findall(wanted):
        return _NOTHING
    if len(shared) == _ENOUGH and shared.isascii():
        return _NOTHING
    return (len(shared), _plain(name).endswith(shared), 0.0)


def _rank_folded(said: str, words: Words) -> Rank:
    """The same where somebody typed hiragana, or a large sign for a small one."""
    name = _folded(_plain(words.get(Language.JAPANESE, "")))
    shared = longest_shared(_folded(_GRAMMAR.sub(" ", said)), name)
    if len(shared) < _ENOUGH_FOLDED or shared.isascii() or len(shared) * 3 < len(name):
        return _NOTHING
    return (len(shared), name.endswith(shared), 0.0)


def tokens(said: str) -> frozenset[str]:
    """The words of a plain text that may name something, in the singular."""
    return frozenset(_singular(one) for one in _LATIN.findall(said) if one not in _EMPTY)


@cache
def _named(name: str) -> tuple[str, ...]:
    """The words of a name; what stands in brackets comes before what it is."""
    said = plain(name)
    inside = " ".join(re.findall(r"\(([^)]*)\)", said))
    bare = f"{inside} {re.sub(r'[(][^)]*[)]', ' ', said)}"
    return tuple(_singular(one) for one in _LATIN.findall(bare) if one not in _EMPTY)


def _met(part: str, said: Iterable[str]) -> bool:
    return any(part == one or _is_slip(part, one) for one in said)


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith(("sses", "xes", "ches", "shes")):  # noqa: PLR2004 - word lengths
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):  # noqa: PLR2004 - word lengths
        return word[:-1]
    return word


def _is_slip(known: str, typed: str) -> bool:
    """One letter left out, added, changed or swapped with its neighbour, in a longer word."""
    if min(len(known), len(typed)) < _SLIP_FROM or abs(len(known) - len(typed)) > 1:
        return False
    if len(known) == len(typed):
        at = [i for i, (one, other) in enumerate(zip(known, typed, strict=True)) if one != other]
        return len(at) == 1 or (
            len(at) == 2  # noqa: PLR2004 - a pair
            and at[1] == at[0] + 1
            and known[at[0]] == typed[at[1]]
            and known[at[1]] == typed[at[0]]
        )
    shorter, longer = sorted((known, typed), key=len)
    return any(longer[:i] + longer[i + 1 :] == shorter for i in range(len(longer)))


def longest_shared(one: str, other: str) -> str:
    """The longest piece that stands in both; the first of equal ones."""
    best, end = 0, 0
    row = [0] * (len(other) + 1)
    for i, sign in enumerate(one):
        before = 0
        for j, its in enumerate(other):
            above = row[j + 1]
            row[j + 1] = before + 1 if sign == its and not sign.isspace() else 0
            if row[j + 1] > best:
                best, end = row[j + 1], i + 1
            before = above
    return one[end - best : end]


# Choices


def _says(said: str, value: str) -> bool:
    wanted = _plain(value)
    if _BARE.fullmatch(wanted):
        return re.search(wanted + _AS_CHOICE, said) is not None
    return any(_stands(said, one) for one in _group(wanted))


@cache
def _group(wanted: str) -> tuple[str, ...]:
    """Every way one value is called."""
    found = {wanted}
    for group in SAME:
        known = tuple(_plain(one) for one in group)
        if wanted in known:
            found.update(known)
    return tuple(sorted(found))


def _stands(said: str, wanted: str) -> bool:
    """Whether the words stand in the text: as whole words where they are Latin."""
    if not wanted:
        return False
    if wanted.isascii():
        return re.search(rf"(?<![a-z0-9]){re.escape(wanted)}(?![a-z0-9])", said) is not None
    return wanted in said


@cache
def _plain(text: str) -> str:
    return plain(text)


def _folded(said: str) -> str:
    return said.translate(_TO_HIRAGANA).translate(_TO_LARGE)


def _is_japanese(name: str) -> bool:
    return any("\u3040" <= sign <= "\u9fff" for sign in name)
