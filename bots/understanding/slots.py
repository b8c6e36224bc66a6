"""The things people name: order numbers, mail, phone, postal codes, quantities, positions."""

import re
from dataclasses import dataclass
from typing import Final

from bots.understanding.heard import NAMES, Expecting, Kind, Option
from bots.understanding.lexicon import Lexicon
from oms_service.kernel.text import folded, order_key

_MAIL: Final = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}", re.ASCII)
#: A prefix, perhaps a space or hyphen, and digits that may be grouped: ``# W 261-1340``.
_DRESSED: Final = re.compile(
    r"(?<![\w@])(?:#\s?[A-Za-z]{0,4}|(?:[A-Za-z]{1,4}-|[Ww]|[A-Za-z]{2,4}(?=\d)|[A-Z](?=\d)|[a-z](?=\d{4})|ORD\s|[WA]\s))"
    r"[\s-]?\d(?:[\s-]?\d){2,13}(?!\d)",
    re.ASCII,
)
_PHONE: Final = re.compile(
    r"(?<![\w+-])(?:\+\d{1,3}[\s.-]?(?:\(0\))?\d{1,4}(?:[\s.-]?\d{2,4}){1,4}"
    r"|\(?0\d{1,4}\)?[\s-]\d{1,4}[\s-]\d{3,4}|0\d{9,10}|\(?\d{3}\)?[\s.-]\d{3}[\s.-]\d{4})(?![\w-])",
    re.ASCII,
)
_POSTAL: Final = re.compile(r"(?:〒\s?(\d{3}-?\d{4}))|(?<![\w-])(\d{3}-\d{4})(?![\w-])", re.ASCII)
_DIGITS: Final = re.compile(r"(?<![\w.])\d(?:[\s-]?\d){3,13}(?!\w|\.\d)", re.ASCII)
_BARE: Final = re.compile(r"(?<![A-Za-z0-9.])\d{4,14}(?![A-Za-z0-9])")
_NUMBERS: Final = re.compile(r"(?<![\w-])\d{1,2}(?![\d-])", re.ASCII)
_JOINED: Final = re.compile(r"[\d\s,、。.と&・/+]+|(?:\d{1,2}\s*(?:and|,|と|番)?\s*)+")
_WORD: Final = re.compile(r"[a-z0-9]+|[ぁ-ん一-鿿ー]+")
_TIDY_NAME: Final = re.compile(r"[\W_]+")

_PHONE_LENGTHS: Final = (10, 11)
_SHORTEST_ORDER: Final = 4


@dataclass(frozen=True)
class Things:
    order_keys: tuple[str, ...]
    mail: str | None
    phone: str | None
    postal: str | None
    code: str | None


def things_in(text: str, kind: Kind | None) -> Things:
    """Order numbers, mail, phone, postal code and one-time code in a tidy ``text``.

    Bare digits may be several of these at once; the dialogue knows which it asked for, and
    ``kind`` settles the rest.
    """
    mail, text = _taken(_MAIL, text)
    dressed, text = _all_taken(_DRESSED, text)
    postal, text = _taken(_POSTAL, text)
    phone, text = _taken(_PHONE, text)
    pattern = _DIGITS if kind is not None and not dressed else _BARE
    bare = [re.sub(r"\D", "", digits) for digits in pattern.findall(text)]
    keys = [order_key(number) for number in dressed]
    if not (kind is Kind.PROOF and (dressed or mail or phone or postal)):
        keys += [digits for digits in bare if len(digits) >= _SHORTEST_ORDER]
    if phone and phone.isdigit() and kind is Kind.ORDER:
        keys.append(phone)
    return Things(
        order_keys=tuple(dict.fromkeys(keys)),
        mail=mail.casefold() if mail else None,
        phone=_phone(phone) or _first(bare, lengths=_PHONE_LENGTHS),
        postal=re.sub(r"\D", "", postal) if postal else _first(bare, lengths=(7, 5, 9)),
        code=_first(bare, lengths=(6,)),
    )


def quantity_in(text: str, lexicon: Lexicon, kind: Kind | None) -> int | None:
    """How many: ``2個``, ``two of them``; a bare number only when the question was how many."""
    found = lexicon.quantity.search(text)
    if found:
        word = found["number"]
        return int(word) if word.isdigit() else lexicon.numerals.get(word)
    if kind is not Kind.QUANTITY:
        return None
    number = _NUMBERS.search(text)
    if number:
        return int(number[0])
    return next((n for word, n in lexicon.numerals.items() if text.startswith(word)), None)


def choices_in(text: str, expecting: Expecting, lexicon: Lexicon) -> tuple[str, ...]:
    """The options a matchable ``text`` points at: all, by position, by number, or by name."""
    options = [option for option in expecting.options if not option.is_only_named]
    if not expecting.options:
        return ()
    if expecting.kind is Kind.SEVERAL and lexicon.everything.search(text):
        return tuple(option.value for option in options)
    places = [at for at, pattern in enumerate(lexicon.ordinals) if pattern.search(text)]
    if lexicon.last.search(text):
        places.append(len(options) - 1)
    if not places and _JOINED.fullmatch(text):
        places = [int(number) - 1 for number in _NUMBERS.findall(text)]
    chosen = [options[at].value for at in places if 0 <= at < len(options)]
    if chosen and expecting.kind is not Kind.SEVERAL:
        return (chosen[0],)
    return tuple(dict.fromkeys([*chosen, *_named(text, expecting)]))


def _named(text: str, expecting: Expecting) -> tuple[str, ...]:
    """Options whose name the words use; of equal ones none: asking again beats a guess."""
    scores = {option: _likeness(text, option) for option in expecting.options}
    whole = [option for option, score in scores.items() if score >= 1]
    if whole and expecting.kind is Kind.SEVERAL:
        # Of things with one name, those that the further words (a colour, a size) fit best.
        return tuple(
            option.value
            for option in whole
            if scores[option]
            >= max(scores[other] for other in whole if _is_namesake(option, other))
        )
    best = max(scores.values())
    nearest = [option.value for option, score in scores.items() if score == best]
    return (nearest[0],) if best > 0 and len(nearest) == 1 else ()


def _is_namesake(one: Option, other: Option) -> bool:
    return one.words.split(NAMES)[0] == other.words.split(NAMES)[0]


def _likeness(text: str, option: Option) -> float:
    """Up to 1 for the words of a name that stand in the text, more for those of fuller names."""
    names = [folded(name) for name in option.words.split(NAMES)]
    best = max(_share(text, name) for name in names)
    return best + len("".join(_used(text, names[-1]))) / 1_000 if best >= 1 else best


def _share(text: str, name: str) -> float:
    bare = _TIDY_NAME.sub("", name)
    if len(bare) > 1 and bare in _TIDY_NAME.sub("", text):
        return 1.0
    part = _TIDY_NAME.sub("", text)
    if len(part) > 1 and not part.isascii() and part in bare:
        return 0.99 * len(part) / len(bare)
    words = _words(name)
    return 0.99 * len("".join(_used(text, name))) / len("".join(words)) if words else 0.0


def _used(text: str, name: str) -> list[str]:
    """The words of ``name`` that stand in ``text``; Japanese has no spaces to go by."""
    spoken = set(_WORD.findall(text))
    return [w for w in _words(name) if w in spoken or (not w.isascii() and w in text)]


def _words(name: str) -> list[str]:
    return [word for word in _WORD.findall(name) if len(word) > 1 or not word.isascii()]


def _taken(pattern: re.Pattern[str], text: str) -> tuple[str | None, str]:
    found = pattern.search(text)
    if not found:
        return None, text
    rest = f"{text[: found.start()]} ; {text[found.end() :]}"
    return next((group for group in found.groups() if group), found[0]), rest


def _all_taken(pattern: re.Pattern[str], text: str) -> tuple[list[str], str]:
    return pattern.findall(text), pattern.sub(" ; ", text)


def _phone(text: str | None) -> str | None:
    if not text:
        return None
    digits = re.sub(r"\D", "", text.replace("(0)", ""))
    return f"+{digits}" if text.strip().startswith("+") else digits


def _first(numbers: list[str], *, lengths: tuple[int, ...]) -> str | None:
    return next((number for number in numbers if len(number) in lengths), None)
