"""What of the options is meant: all, some by name or place, all but some, the other one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bots.understanding import text as texts
from bots.understanding.heard import Expecting, Kind, Option
from bots.understanding.lexicon import Lexicon
from bots.understanding.slots.comparing import compared
from bots.understanding.slots.likeness import Names, named, names_of

_NUMBERS: Final = re.compile(r"(?<![\w-])\d{1,2}(?![\d-])", re.ASCII)
_JOINED: Final = re.compile(r"[\d\s,、。.と&・/+]+|(?:\d{1,2}\s?(?:and|or|と|番)?\s?)+")
_NUMBERED: Final = re.compile(r"(?:\b(?:number|no|option|choice)|#) ?(\d{1,2})(?!\d)")
_PIECES: Final = re.compile(
    r"\s*(?:[,、;。&+/\n]|\band\b|\bplus\b|\balso\b|\bas well as\b|と(?!いう|いい"
    r"|いっ|して|し[、。た]|か|っ|こ|思|き|も)|や|および|それから|あと)\s*"
)
#: ``everything except the lamp``, ``ランプ以外``: what is left out.
_EXCEPT: Final = (
    re.compile(
        r"\b(?:everything|all|anything|every (?:item|one)|the whole order|the lot)\b[^.;]{0,40}?"
        r"\b(?:except(?: for)?|excluding|but(?: not)?|apart from|aside from|other than"
        r"|besides|minus|save for|without)\b (?:for )?(?P<words>.+)"
    ),
    re.compile(
        r"\b(?:keep|keeping|leave)(?: only)? (?P<words>.{2,60}?),? (?:and |but "
        r"|then )?(?:return|cancel|send back|exchange|refund)(?:ing)? (?:the rest"
        r"|everything else|all the others?|the others?|all the rest)"
    ),
    re.compile(
        r"\b(?:the rest|everything else|all the others)\b[^.;]{0,30}?\b(?:keep|not"
        r"|leave) (?P<words>.+)"
    ),
    re.compile(
        r"(?:^|[、。はを ])(?P<words>[^、。]{1,40}?)(?:以外|いがい|を除(?:いて|き|く"
        r"|いた)|は除いて|だけ(?:は)?(?:残して|なし|除いて|以外)|を?残して)"
    ),
)  # fmt: skip
_NOT: Final = (
    re.compile(
        r"\b(?:not|rather than|instead of|except)\b (?!(?:sure|now|really|yet)\b).*?(?=,"
        r"|;| but |$)"
    ),
    re.compile(
        r"(?:^|[、。 ])[^、。 ]{1,30}?(?:ではなくて?|じゃなくて?|でなくて?"
        r"|じゃない(?:ほう|方)|ではない(?:ほう|方)|のほうではなく)"
    ),
)  # fmt: skip
_OTHER: Final = re.compile(
    r"\bthe other(?: one)?\b|もう(?:一|1|ひと)(?:つ|方|枚|個)?(?:の(?:ほう|方))?(?!度"
    r"|回)|他方|別の(?:ほう|方)"
)
_SINGLE: Final = re.compile(
    r"\b(?:the|that|this)\b[\w -]{0,40}\bone\b|だけ$|のやつ$|1つだけ|ひとつだけ"
)
_BOTH: Final = re.compile(r"\bboth\b|両方|りょうほう|どちらも|どっちも|2つとも|二つとも|ふたつとも")
_FIRST: Final = re.compile(
    r"\b(?:top|upper|uppermost|former|newest|latest|most recent)\b|一番上|いちばん上"
    r"|上の(?:ほう|方|やつ)|前者|最新|一番新し|直近"
)
_LAST: Final = re.compile(
    r"\b(?:bottom|lower|lowest on the list|lowermost|latter|oldest)\b|一番下"
    r"|いちばん下|下の(?:ほう|方|やつ)|後者|一番古"
)
_MIDDLE: Final = re.compile(r"\bmiddle\b|真ん中|まん中|中央の")
_FROM_END: Final = re.compile(
    r"\b(?P<en>second|third|fourth|2nd|3rd|4th)(?: |-)?(?:to|from)(?: "
    r"|-)?(?:the )?(?:last|bottom|end)\b|下から(?P<ja>\d|[一二三四])(?:つ目|番目"
    r"|個目)|\bpenultimate\b"
)
_ORDINALS: Final = {
    "second": 2,
    "2nd": 2,
    "third": 3,
    "3rd": 3,
    "fourth": 4,
    "4th": 4,
    "一": 1,
    "二": 2,
    "三": 3,
    "四": 4,
}
_TWO: Final = 2


@dataclass(frozen=True)
class Chosen:
    """What was chosen, and how: ``is_rest`` when by what is left out, which ``excepted`` says."""

    values: tuple[str, ...] = ()
    is_everything: bool = False
    is_rest: bool = False
    excepted: str = ""


def choices_in(plain: str, expecting: Expecting | None, lexicon: Lexicon) -> Chosen:
    """What of the question's options a tidy text points at.

    One where one was asked for, and never a guess: of options that the words fit equally, none.
    Without options it still says whether everything is meant, or all but something.
    """
    ready = texts.matchable(plain)
    known = names_of(expecting.options) if expecting else []
    is_several = expecting is not None and expecting.kind is Kind.SEVERAL
    excepted = _excepted(ready)
    if excepted:
        left_out = {*_named_pieces(excepted, excepted, known)}
        left_out |= {*_places(excepted, [one.option for one in known], lexicon)}
        rest = [
            o.option.value
            for o in known
            if o.option.value not in left_out and not o.option.is_only_named
        ]
        is_clear = bool(left_out) and (is_several or len(rest) == 1)
        return Chosen(tuple(rest) if is_clear else (), is_rest=True, excepted=excepted)
    if not known:
        return Chosen(is_everything=bool(lexicon.everything.search(ready)))
    options = [one.option for one in known if not one.option.is_only_named]
    if is_several:
        return _of_several(plain, ready, known, options, lexicon)
    one = _one(ready, known, options, lexicon)
    return Chosen((one,) if one else (), is_everything=bool(lexicon.everything.search(ready)))


def named_in(words: str, options: Sequence[Option], lexicon: Lexicon) -> tuple[str, ...]:
    """The values of ``options`` that ``words``, such as ``wanted_words``, fit best.

    One where the words tell it from all others, several where they do not, none where no word
    fits: the way to find a variant by what a customer calls it.
    """
    ready, known = texts.matchable(texts.tidy(words)), names_of(options)
    one = _one(ready, known, [*options], lexicon)
    return (one,) if one else tuple(fit.option.value for fit in named(ready, known))


def named_here(words: str, expecting: Expecting | None) -> tuple[str, ...]:
    """The values of the question's options that a few matchable ``words`` name."""
    return tuple(_several(words, names_of(expecting.options))) if expecting else ()


def _of_several(
    plain: str, ready: str, known: Sequence[Names], options: list[Option], lexicon: Lexicon
) -> Chosen:
    is_all = bool(lexicon.everything.search(ready))
    is_both = bool(_BOTH.search(ready))
    told = _without_negated(ready)
    found = _places(told, options, lexicon)
    if not (is_all and not found):
        found += [value for value in _named_pieces(plain, told, known) if value not in found]
    else:
        found = _named_pieces(plain, told, known)
    if found:
        return Chosen(tuple(dict.fromkeys(found)))
    one = _compared_or_other(told, options, known)
    if one:
        return Chosen((one,))
    every = tuple(option.value for option in options)
    if is_all and (not is_both or len(every) == _TWO):
        return Chosen(every, is_everything=True)
    return Chosen()


def _one(ready: str, known: Sequence[Names], options: list[Option], lexicon: Lexicon) -> str | None:
    told = _without_negated(ready)
    if not told and told != ready:
        denied = _several(ready, known) or _places(ready, options, lexicon)
        rest = [option.value for option in options if option.value not in denied]
        return rest[0] if denied and len(rest) == 1 else None
    if _BOTH.search(told):
        return None
    places = _places(told, options, lexicon)
    if places:
        return places[0]
    one = _compared_or_other(told, options, known)
    if one:
        return one
    fits = named(told, known)
    return fits[0].option.value if len(fits) == 1 else None


def _compared_or_other(told: str, options: list[Option], known: Sequence[Names]) -> str | None:
    fits = named(told, known)
    among = [fit.option for fit in fits] if len(fits) > 1 else options
    one = compared(told, among, current=next((o for o in options if o.is_current), None))
    if one:
        return one
    if _OTHER.search(told) and not fits:
        rest = [option.value for option in options if not option.is_current]
        return rest[0] if len(rest) == 1 and len(rest) < len(options) else None
    return None


def _named_pieces(plain: str, told: str, known: Sequence[Names]) -> list[str]:
    """Each piece of the sentence names its own; whole names may reach over several pieces."""
    pieces = [texts.matchable(piece) for piece in _PIECES.split(_without_negated(plain.casefold()))]
    found = [value for piece in pieces if piece for value in _several(piece, known)]
    over = [] if _SINGLE.search(told) else [fit for fit in named(told, known) if fit.is_whole]
    return found or [fit.option.value for fit in over]


def _several(text: str, known: Sequence[Names]) -> list[str]:
    """The options a piece names: one, or all of one name; in part one, or those of a plural."""
    fits = named(text, known)
    if len(fits) > 1 and (
        _SINGLE.search(text) or not all(fit.is_whole or fit.is_plural for fit in fits)
    ):
        return []
    return [fit.option.value for fit in fits]


def _places(text: str, options: list[Option], lexicon: Lexicon) -> list[str]:
    """Options by their place in the list."""
    count = len(options)
    from_end = _FROM_END.search(text)
    if from_end:
        word = from_end["en"] or from_end["ja"] or "2nd"
        places = [count - (_ORDINALS.get(word) or int(word))]
    else:
        places = [at for at, pattern in enumerate(lexicon.ordinals) if pattern.search(text)]
        if lexicon.last.search(text) or _LAST.search(text):
            places.append(count - 1)
        if not places and _FIRST.search(text):
            places.append(0)
        if not places and _MIDDLE.search(text) and count % 2:
            places.append(count // 2)
    if not places:
        said = _NUMBERS.findall(text) if _JOINED.fullmatch(text) else _NUMBERED.findall(text)
        places = [int(number) - 1 for number in said]
    return [options[at].value for at in dict.fromkeys(places) if 0 <= at < count]


def _excepted(text: str) -> str:
    for pattern in _EXCEPT:
        match = pattern.search(text)
        if match:
            return match["words"].strip()
    return ""


def _without_negated(text: str) -> str:
    for pattern in _NOT:
        text = pattern.sub(" ", text)
    return " ".join(text.split())
