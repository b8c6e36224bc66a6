"""What a change is to lead to, apart from what it starts from."""

import re
from typing import Final

from bots.understanding.slots.sheet import TAKEN

_ARTICLE: Final = r"(?:the |a |an |my |some |one |that |this )*"
_STOP: Final = (
    r"(?=[,;.]|$| (?:please|pls|thanks|thank|instead|if|because|as|since|but|so|can"
    r"|could|would|will|is|and (?:i|the|also|can|could|please|then|use|pay|change"
    r"|exchange|swap|return|cancel)|i|it|for my|with my|using)\b)"
)
#: A thing, not a sentence about one.
_FEW_WORDS: Final = (
    r"(?!(?:im|ive|just|i|we|you|it|my|could|can|has|have|is|are|was|were|got|need|make|please|want|no|yes)\b)"
    r"[\w-]+(?: (?!(?:i|we|you|my|is|are|was|were|came|sent|received|working|must|to|do|so)\b)"
    r"[\w-]+){0,4}?"
)
_CHANGE: Final = r"(?:chang|exchang|swap|switch|replac|modif|trad|updat|convert|upgrad|mak)\w*"
_EN: Final = (
    re.compile(
        rf"\b(?:exchang|swap|replac|trad)\w*\b(?: out)? {_ARTICLE}(?P<had>[^,;.]{{1,80}}?) "
        rf"(?:to|for|with|by|into) {_ARTICLE}(?P<wanted>[^,;.]{{1,80}}?){_STOP}"
    ),
    re.compile(
        rf"\b{_CHANGE}\b {_ARTICLE}(?P<had>[^,;.]{{1,80}}?) "
        rf"(?:in)?to {_ARTICLE}(?P<wanted>[^,;.]{{1,80}}?){_STOP}"
    ),
    re.compile(
        rf"\b(?:want|like|need|prefer|get|have|send me|take|give me|rather have|go (?:for"
        rf"|with)) {_ARTICLE}(?P<wanted>[^,;.]{{1,80}}?)"
        rf",? (?:instead of|rather than|in place of|and not"
        rf"|not) {_ARTICLE}(?P<had>[^,;.]{{1,80}}?){_STOP}"
    ),
    re.compile(
        rf"\binstead of {_ARTICLE}(?P<had>[^,;.]{{1,60}}?),? (?:i(?:d| would)? )?(?:want"
        rf"|like|need|prefer|get|take|have|give me|send me|can i (?:get|have))(?: to have"
        rf"| to get)? {_ARTICLE}(?P<wanted>[^,;.]{{1,80}}?){_STOP}"
    ),
    re.compile(
        rf"(?:^|\b(?:no|actually)\b,? ?){_ARTICLE}(?P<wanted>{_FEW_WORDS}),? "
        rf"(?:instead of|rather than) {_ARTICLE}(?P<had>[^,;.]{{1,60}}?){_STOP}"
    ),
    re.compile(
        rf"(?:^|\b(?:no|actually)\b,? ?)(?:the |an? )?(?P<wanted>{_FEW_WORDS})"
        rf"(?:, |(?<= one) )not {_ARTICLE}(?P<had>[^,;.]{{1,60}}?){_STOP}"
    ),
    re.compile(
        rf"\b{_CHANGE}\b(?: (?:it|them|that|this|the order|my order))? (?:in)?(?:to|for"
        rf"|with) {_ARTICLE}(?P<had>)(?P<wanted>[^,;.]{{1,80}}?){_STOP}"
    ),
    re.compile(
        rf"\b(?:i(?:d| would)? (?:want|like|need|prefer|rather have)|can i (?:get|have)"
        rf"|give me|send me|get me|i(?:ll| will) take)(?: to have| to get| it in"
        rf"| it)? {_ARTICLE}(?P<had>)(?P<wanted>(?!to\b|it\b)[^,;.]{{1,60}}?) instead\b"
    ),
    re.compile(
        rf"\b(?:in|in (?:the )?size|in (?:the )?colou?r) "
        rf"{_ARTICLE}(?P<had>)(?P<wanted>[^,;.]{{1,40}}?) instead\b"
    ),
)
_JA_THING: Final = r"[^、。,;.\s]{1,30}?"
#: Where a clause begins.
_JA_START: Final = r"(?<![^、。,;.\s])"
_TO: Final = (
    r"(?:に|へ)(?:変更|変え|かえ|交換|取り?替え|差し?替え|換え|替え|切り?替え"
    r"|して(?!いた)|したい|していただ|お願い|直)"
)
_JA: Final = (
    re.compile(
        rf"{_JA_START}(?P<had>{_JA_THING})(?:の代わり(?:に)?|のかわり(?:に)?"
        rf"|(?:では|じゃ|で)なく(?:て|(?!て))|をやめて|よりも?)、?\s?(?P<wanted>{_JA_THING})(?:を|が|に"
        rf"|で|と(?:交換|取)|の方|のほう)"
    ),
    re.compile(rf"{_JA_START}(?P<had>{_JA_THING})(?:から|を|は)、?\s?(?P<wanted>{_JA_THING}){_TO}"),
    re.compile(
        rf"{_JA_START}(?P<had>{_JA_THING})と、?\s?(?P<wanted>{_JA_THING})(?:を|に)?(?:交換"
        rf"|取り?替え)"
    ),
    re.compile(
        rf"(?:^|[はを、\s])(?P<had>)(?P<wanted>{_JA_THING})(?:に|へ)(?:変更|変え|かえ|交換"
        rf"|取り?替え|換え|替え|切り?替え)"
    ),
    re.compile(rf"(?P<had>)(?P<wanted>{_JA_THING})(?:と|に)(?:交換|取り?替え)"),
    re.compile(
        rf"(?:やっぱり|やはり)、?\s?(?P<had>)(?P<wanted>{_JA_THING})(?:で|に|が(?:いい"
        rf"|良い|よい)|の(?:方|ほう))"
    ),
)
_NO_THING: Final = re.compile(
    r"(?:it|them|that|this|these|those|order|item|items|address|delivery(?: date)?"
    r"|date|mind|the order|my mind|change|cancel|return"
    r"|取りやめ|きゃんせる|なかったこと|なし|無し|中止|返品|解約|.*(?:よう|こと|ため)"
    r"|注文|配達日|お届け日|日付|時間|それ|これ|商品|配送先|住所|届け先|日時|日にち|お願い)?"
)
_LEADING: Final = re.compile(
    r"^(?:it |them |that |this )?(?:from |in |to |for )?(?:the |a |an |my |be |get "
    r"|have )*|^(?:その|この|やっぱり|やはり|注文した|届いた|届いたのは|の)"
)
_TRAILING: Final = re.compile(
    r"(?: please| instead| one in|(?:の)?もの|のやつ|(?<=[一-鿿])[をはが])$"
)


def wanted_in(text: str) -> tuple[str, str]:
    """The words of what is wanted and of what is given up; empty where they are not said.

    Args:
        text: in small letters, with its commas and stops: they end what is wanted.
    """
    for pattern in (*_EN, *_JA):
        match = pattern.search(text)
        if match:
            wanted, had = _bare(match["wanted"]), _bare(match["had"] or "")
            if not _NO_THING.fullmatch(wanted):
                return wanted, "" if _NO_THING.fullmatch(had) else had
    return "", ""


def _bare(words: str) -> str:
    plain = " ".join(words.replace(TAKEN, " ").split())
    return _TRAILING.sub("", _LEADING.sub("", plain)).strip()
