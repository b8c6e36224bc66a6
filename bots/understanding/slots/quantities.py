"""How many, and how many of what."""

import re
from dataclasses import dataclass
from typing import Final

from bots.understanding.heard import Kind
from bots.understanding.lexicon import Lexicon
from bots.understanding.slots.numerals import ENGLISH, number_of

_NUMBER: Final = re.compile(r"(?<![\w-])\d{1,2}(?![\d-])", re.ASCII)
_EN_NUMBER: Final = r"(?P<number>\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|a couple)"
_EN_STOP: Final = (
    r"(?= and\b"
    r"|\s(?:please|instead|to|from|for|back|because|as|that|which|with|is|are|was|were|arent|isnt|came"
    r"|arrived|sent|i|we|you|it|there|have|keep|than|in|on|from|has|left)\b| ?[,;.]|$)"
)
#: ``two of the blue and one red``: a number, and words up to the next number or the end.
_EN_COUNTED: Final = re.compile(
    rf"(?<![\w.-]){_EN_NUMBER} (?:x |of (?:the |my |these |those )?|units of |pieces of )?"
    rf"(?P<words>(?!(?:of|in|at|to|and|or|day|week|month|hour|minute|year|time|more"
    rf"|percent|working|business|not|ill|im|ever|now|person|cancel|pm|am|th|nd|st|oclock|dollars?|bucks"
    rf"|yen)\w*\b)[a-z][a-z0-9-]*(?: [a-z0-9-]+){{0,5}}?){_EN_STOP}"
)
#: ``one`` is no number where it only stands for a thing: ``one of the items is broken``.
_VAGUE_ONE: Final = re.compile(
    r"(?<!return )(?<!cancel )(?<!exchange )(?<!just )(?<!only )(?<!remove )(?<!keep )"
    r"\bone (?:of|\w)"
)
_NOT_COUNTED: Final = frozenset(
    {"them", "these", "those", "items", "pieces", "units", "things", "item", "piece", "unit"}
)
_JA_COUNTER: Final = r"(?:個|こ|点|つ|枚|本|着|足|冊|箱|せっと|台|袋|組|膳|缶)"
_JA_NUMBER: Final = r"(?P<number>\d{1,2}|ひと|ふた|みっ|よっ|いつ|一|二|三|四|五|六|七|八|九|十)"
_JA_COUNTED: Final = re.compile(
    rf"(?P<words>[一-鿿々ぁ-んーa-z0-9][^\s]{{0,14}}?(?<!こ))(?:を|は|が|のほうを"
    rf"|の方を|の)\s?{_JA_NUMBER}{_JA_COUNTER}(?!目|め|月|以上)"
    rf"|(?P<words2>[一-鿿々ぁ-んーa-z]{{1,15}}?)\s?(?P<number2>\d{{1,2}}){_JA_COUNTER}("
    rf"?!目|め|月|以上)"
)
_JA_WORDS: Final = {"ひと": 1, "ふた": 2, "みっ": 3, "よっ": 4, "いつ": 5}
_JA_SEPARATOR: Final = re.compile(r"^(?:と|や|、|それと|あと|また|および|を|で|は|が)+")
#: What stands before a number without being a thing: ``もう1個``.
_NO_WORDS: Final = re.compile(r"^(?:もう|あと|さらに|合計|全部で)$|前に$|頼んだのに")
_FEWEST_WORDS: Final = 1
#: A number and nothing else but what leads to it: ``no, three``, ``make it all three``.
_NOTHING_ELSE: Final = re.compile(
    r"(?:(?:no|nope|nah|yes|yeah|sorry|oh|wait|actually|i mean|i meant|i said|(?:id|i would) like"
    r"|i want|lets (?:say|make it)|make (?:it|that)|it (?:is|should be)|its|should be|only|just|all"
    r"|please|rather|better) )*"
    r"(?P<number>\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten)"
    r"(?: (?:please|then|instead|actually|not \w+|of (?:them|these|those)|in all|in total|rather))*"
    r"|(?:(?:いいえ|いえ|いや|はい|すみません|やっぱり|やはり|じゃなくて|全部で|合計で?) ?)+"
    r"(?P<number_ja>\d{1,2})(?:です|で|でお願いします|にしてください|にします|に)?"
)


@dataclass(frozen=True)
class Number:
    number: int
    words: str


def quantity_in(text: str, lexicon: Lexicon, kind: Kind | None) -> int | None:
    """How many: ``2個``, ``two of them``; a bare number where it is asked, or about to be done."""
    found = lexicon.quantity.search(text)
    if found:
        word = found["number"]
        return int(word) if word.isdigit() else lexicon.numerals.get(word)
    if kind not in {Kind.QUANTITY, Kind.CONFIRM}:
        return None
    alone = _NOTHING_ELSE.fullmatch(text)
    if alone:
        word = alone["number"] or alone["number_ja"]
        return int(word) if word.isdigit() else ENGLISH.get(word)
    if kind is Kind.CONFIRM:
        return None
    number = _NUMBER.search(text)
    if number:
        return int(number[0])
    return next((n for word, n in lexicon.numerals.items() if text.startswith(word)), None)


def counted_in(text: str) -> list[Number]:
    """Each number with the words it counts, in a matchable ``text``."""
    found = [
        Number(_english(match["number"]), match["words"])
        for match in _EN_COUNTED.finditer(text)
        if match["words"] not in _NOT_COUNTED
    ]
    for match in _JA_COUNTED.finditer(text):
        words = _JA_SEPARATOR.sub("", match["words"] or match["words2"] or "")
        number = match["number"] or match["number2"]
        value = _JA_WORDS.get(number, number_of(number))
        if len(words) >= _FEWEST_WORDS and value and not _NO_WORDS.search(words):
            found.append(Number(value, words))
    if len(found) == 1 and _VAGUE_ONE.search(text):
        return []
    return [one for one in found if one.number > 0]


def _english(word: str) -> int:
    return 2 if word == "a couple" else ENGLISH[word] if word in ENGLISH else int(word)
