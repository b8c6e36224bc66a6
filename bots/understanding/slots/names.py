"""Names of people, where the words say that somebody is named."""

import re
from typing import Final

from bots.understanding.slots.sheet import TAKEN, Sheet, What
from bots.understanding.slots.surnames import NO_NAMES, SURNAMES, UNLIKELY
from bots.understanding.values import PersonName

_LETTER: Final = "A-Za-zÀ-ÖØ-öø-ÿĀ-ž"
_ANY: Final = rf"(?<![{_LETTER}])[{_LETTER}](?:[{_LETTER}'’.-]{{0,24}}[{_LETTER}.])?"
_CAPITAL: Final = (
    rf"(?<![{_LETTER}])[A-ZÀ-ÖØ-Þ](?:[{_LETTER}'’-]{{0,24}}[{_LETTER}])?\.?(?![{_LETTER}])"
)
_TWO_CAPITALS: Final = (
    rf"(?P<name>{_CAPITAL}(?: (?:(?:de|van|von|der|la|bin|al|el) )?{_CAPITAL}){{1,3}})"
)
_SOME_CAPITALS: Final = (
    rf"(?P<name>{_CAPITAL}(?: (?:(?:de|van|von|der|la|bin|al|el) )?{_CAPITAL}){{0,3}})"
)
_SOME_WORDS: Final = rf"(?P<name>{_ANY}(?: {_ANY}){{0,3}})"

#: What follows can only be a name, in whatever letters.
_TOLD: Final = re.compile(
    r"(?:\bmy (?:full |first |last |family |sur)?name(?:'s| is|:| =)|\bname(?:'s| is"
    r"| was|:)|\bthe name (?:of|is|on)"
    r"|\b(?:under|registered to|in) the name(?: of)?|\bi(?:'m| am) (?:called|named)"
    r"|\bcall(?:ed)? me"
    r"|\bit(?:'s| is) under|\bunder the name of|(?:お?名前|氏名|名義|なまえ|注文者"
    r"|宛名|受取人)(?:は|が|:|の)?) ?:? ?" + _SOME_WORDS,
    re.IGNORECASE,
)
#: What follows may be anything: only words in capitals are a name.
_SAID: Final = re.compile(
    (
        r"(?:\b[Ii](?:'|’)?m|\b[Ii] am|\b[Tt]his is|\b[Ii]t(?:'|’)?s|\b[Ii]t is"
        r"|\b[Ss]peaking:?|\b[Ff]or|\b[Bb]y|\b[Yy]ours,?) "
    )
    + _TWO_CAPITALS
)
_SIGNED: Final = re.compile(
    (
        r"(?:^|[.,;!?\n] ?|(?:[Hh]i|[Hh]ello|[Hh]ey|[Tt]hanks|[Rr]egards|[Ss]incerely"
        r"|[Cc]heers),? )"
    ) + _TWO_CAPITALS
    + rf"(?=$|,? (?:here|speaking)\b|,? ?(?:in|at|from|of|zip|living|residing|[Zz]ipcode"
        rf"|[Pp]ostcode)?[^A-Za-z0-9\x01]{{0,3}}{TAKEN}"
    rf"|,? (?:in|at|from|living in|residing in) (?:zip|post|[A-Z])"
        rf"|[,.]? ?\d{{5}}(?!\d)|です|と申|といい)"
)  # fmt: skip
_SMALL: Final = re.compile(
    rf"(?:^|[,.;] ?)(?:(?:hi|hello|hey),? )?(?:i'?m|i am|this is|it'?s)? ?{_SOME_WORDS}"
    rf"(?= (?:here|speaking)$|,? (?:in |at |from |zip |zip ?code "
    rf"|postcode )?(?:is )?(?:\d{{5}}(?!\d)|{TAKEN})|$)",
    re.IGNORECASE,
)
_CODE_BEHIND: Final = re.compile(
    rf"[^{_LETTER}]*(?:in|at|from|zip ?code|zip|postcode)? ?(?:is )?(?:\d{{5}}(?!\d)|{TAKEN})",
    re.IGNORECASE,
)
_MOST_WORDS: Final = 3
_PERSON: Final = r"々〆一-鿿ぁ-ゖァ-ヺー"
_HIRAGANA: Final = "ぁ-ゖー"
_KATAKANA: Final = "ァ-ヺー"
_TITLE: Final = r"(?:さん|様|さま)?"
_COPULA: Final = (
    r"(?:と(?:申|もう)し|と(?:言|い)い|という(?:者|もの)|って(?:言|い)い|です"
    r"|だ(?:けど|よ)|でございます|と名乗|で(?:注文|登録|頼|購入|買)|の名前で|名義で"
    r"|宛て?(?:に|で|の))"
)
_JAPANESE_WORD: Final = (
    rf"[々一-鿿]{{1,4}}[{_HIRAGANA}]{{0,3}}?|[{_KATAKANA}]{{2,8}}|[{_HIRAGANA}]{{2,6}}"
)
#: After a word for it, or before 「と申します」, a name may be anything.
_JAPANESE_TOLD: Final = re.compile(
    rf"(?:お?名前|氏名|名義|なまえ|注文者(?:名)?|宛名|受取人)(?:は|が"
    rf"|:)\s?「?(?P<name>[{_PERSON}]{{1,8}}?(?:[ ・=][{_PERSON}]{{1,8}}?)?)」?{_TITLE}"
    r"(?=です|で(?!き)|と(?:申|い|言)|、|。|,|\.|$| |\x01|」|になって|の)"
)
_JAPANESE_SAID: Final = re.compile(
    rf"(?:^|[ 、。,.!は\n\x01])(?:私は?"
    rf"|わたしは?)?(?P<name>[々一-鿿]{{1,6}}[{_HIRAGANA}]{{0,3}}?"
    rf"|[々一-鿿]{{1,4}} [{_PERSON}]{{1,6}}"
    rf"|[{_KATAKANA}]{{2,10}}[ ・=][{_KATAKANA}]{{2,10}}"
    rf"|[{_HIRAGANA}]{{2,6}} [{_HIRAGANA}]{{2,6}}|[{_KATAKANA}]{{2,8}})"
    r"(?:と(?:申|もう)し|と(?:言|い)い|という(?:者|もの)|って(?:言|い)い)"
)
_JAPANESE_IS: Final = re.compile(
    rf"(?:^|[ 、。,.!\n\x01]|[はの])(?:私は?"
    rf"|わたしは?)?(?P<name>[々一-鿿]{{1,4}} ?(?:[々一-鿿]{{1,4}}[{_HIRAGANA}]{{0,3}}?"
    rf"|[{_HIRAGANA}]{{1,5}}|[{_KATAKANA}]{{1,6}})?)"
    rf"{_COPULA}"
)
_JAPANESE_MIDDOT: Final = re.compile(
    rf"(?P<name>[{_KATAKANA}]{{2,10}}[・=][{_KATAKANA}]{{2,10}})(?={_TITLE}(?:です|と"
    rf"|で|、|。|$|\x01| ))"
)
_JAPANESE_WHOLE: Final = re.compile(
    rf"(?P<name>[々一-鿿]{{1,6}}[{_HIRAGANA}]{{0,3}}|[々一-鿿]{{1,4}} [{_PERSON}]{{1,6}}"
    rf"|[{_KATAKANA}]{{2,10}}(?:[ ・=][{_KATAKANA}]{{2,10}})?"
    rf"|[{_HIRAGANA}]{{2,6}}(?: [{_HIRAGANA}]{{2,6}})?)"
    rf"{_TITLE}(?:です|になります|でございます|と申します"
    rf"|といいます)?(?=[、。, \x01]*$|[、。, ]+[^ぁ-ん]?\x01|[、。, ]+\d)"
)
_LATIN_IS: Final = re.compile(rf"{_TWO_CAPITALS}(?=です|と申|といい|でございます|と言い)")
#: A given name in one script, or kanji with a little hiragana.
_GIVEN: Final = re.compile(r"(?:[々一-鿿]{1,3}[ぁ-ん]{0,2}|[ぁ-ん]{1,5}|[ァ-ヺー]{1,6})?")
_TELLING: Final = frozenset(
    word for word in UNLIKELY if len(word) > 1 and any("一" <= sign <= "鿿" for sign in word)
)
_KANJI: Final = re.compile(r"[々一-鿿]")
#: What can be a name without being a known one: never kanji that hiragana bend.
_PLAUSIBLE: Final = re.compile(
    r"[々一-鿿]{1,6}|[々一-鿿]{1,4} [々一-鿿ぁ-んァ-ヺー]{1,6}"
    r"|[ァ-ヺー]{2,10}(?:[ ・=][ァ-ヺー]{2,10})?"
    r"|[ぁ-んー]{2,7}(?: [ぁ-んー]{2,6})?"
)
_VERB: Final = re.compile(
    r"ます|ません|った|した|ない|です|から|れて|って|ている|なの|ので|なる|という|ください"
)
_SEPARATORS: Final = re.compile(r"[ ・=]")


def name_in(sheet: Sheet, *, is_asked: bool) -> PersonName | None:
    """Somebody's name, where the words say so, or where it was asked for (``is_asked``)."""
    return _latin(sheet, is_asked=is_asked) or _japanese(sheet, is_asked=is_asked)


def _latin(sheet: Sheet, *, is_asked: bool) -> PersonName | None:
    text = _with_postal_codes(sheet)
    for match in _TOLD.finditer(text):
        words = _until_stop(match["name"])
        if words and not _is_lone_word(words, text[match.start("name") :]):
            return _taken(sheet, match.start("name"), words)
    for pattern in (_SAID, _LATIN_IS, _SIGNED):
        for match in pattern.finditer(text):
            words = match["name"].split()
            if not _is_no_name(words):
                return _taken(sheet, match.start("name"), words)
    return _small(sheet, text, is_asked=is_asked)


def _small(sheet: Sheet, text: str, *, is_asked: bool) -> PersonName | None:
    """A name in small letters: beside a postal code, or as the whole answer."""
    for match in _SMALL.finditer(text):
        words = match["name"].split()
        is_beside = bool(_CODE_BEHIND.match(text, match.end()))
        fewest = 1 if is_asked else 2
        is_short = fewest <= len(words) <= _MOST_WORDS
        if (is_asked or is_beside) and is_short and not _is_no_name(words):
            return _taken(sheet, match.start("name"), words)
    return None


def _with_postal_codes(sheet: Sheet) -> str:
    """What is left, where only postal codes count as taken: people say them with their name."""
    text = sheet.left
    for piece in sheet.pieces:
        if piece.what is not What.POSTAL:
            text = f"{text[: piece.start]}{';' * (piece.end - piece.start)}{text[piece.end :]}"
    return text


def _is_no_name(words: list[str]) -> bool:
    return any(word.casefold().strip(".") in NO_NAMES for word in words)


def _is_lone_word(words: list[str], text: str) -> bool:
    """One word in small letters in the midst of a sentence: ``my name is spelled wrong``."""
    lone = len(words) == 1 and words[0].islower()
    return lone and not re.match(rf"{re.escape(words[0])}(?=$| ?[,.;!?{TAKEN}]| and\b)", text)


def _until_stop(name: str) -> list[str]:
    words: list[str] = []
    for word in name.split():
        if word.casefold().strip(".,") in NO_NAMES:
            break
        words.append(word)
        if word.endswith(".") and len(word) > 3:  # noqa: PLR2004 - longer than an initial
            break
    return words


def _taken(sheet: Sheet, start: int, words: list[str]) -> PersonName:
    typed = " ".join(words).rstrip(".")
    sheet.take(What.NAME, (start, start + len(typed)))
    given, family = words[0], words[-1].rstrip(".") if len(words) > 1 else ""
    return PersonName(given=_cased(given.rstrip(".")), family=_cased(family), as_typed=typed)


def _cased(word: str) -> str:
    return word.capitalize() if word.islower() or (word.isupper() and len(word) > 1) else word


def _japanese(sheet: Sheet, *, is_asked: bool) -> PersonName | None:
    for pattern, is_sure in (
        (_JAPANESE_TOLD, True),
        (_JAPANESE_SAID, True),
        (_JAPANESE_MIDDOT, True),
        (_JAPANESE_IS, False),
    ):
        for match in pattern.finditer(sheet.left):
            if _is_name(match["name"], is_sure=is_sure):
                sheet.take(What.NAME, match.span("name"))
                return _split(match["name"])
    whole = _JAPANESE_WHOLE.match(sheet.left) if is_asked else None
    if whole and _is_name(whole["name"], is_sure=True):
        sheet.take(What.NAME, whole.span("name"))
        return _split(whole["name"])
    return None


def _is_name(text: str, *, is_sure: bool) -> bool:
    if text in UNLIKELY or any(word in text for word in _TELLING):
        return False
    surname = _surname_of(text)
    if is_sure and (surname is None or not _GIVEN.fullmatch(text[len(surname) :].strip(" ・="))):
        return bool(_PLAUSIBLE.fullmatch(text)) and not _VERB.search(text)
    return surname is not None and bool(_GIVEN.fullmatch(text[len(surname) :].strip()))


def _surname_of(text: str) -> str | None:
    bare = _SEPARATORS.split(text)[0]
    return next((text[:n] for n in (4, 3, 2, 1) if len(bare) >= n and bare[:n] in SURNAMES), None)


def _split(typed: str) -> PersonName:
    """Family name and given name, parted after a known family name where they are one piece.

    Kana in one piece cannot be parted: it all stays in the family name.
    """
    parts = _SEPARATORS.split(typed)
    if "・" in typed or "=" in typed:  # names from abroad keep their own order
        return PersonName(given=parts[0], family=parts[-1], as_typed=typed)
    if len(parts) > 1:
        return PersonName(family=parts[0], given=parts[-1], as_typed=typed)
    if not _KANJI.search(typed):
        return PersonName(family=typed, as_typed=typed)
    family = _surname_of(typed) or (typed[:2] if len(typed) > 3 else typed)  # noqa: PLR2004 - two and two
    return PersonName(family=family, given=typed[len(family) :], as_typed=typed)
