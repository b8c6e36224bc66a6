"""Whether words agree to what was shown: only a clear yes does."""

import re
from typing import Final

from bots.understanding.heard import Act, Heard, Intent

#: Words with which people agree and do not.
_HEDGES: Final = re.compile(
    r"\b(?:h+m+|i guess|i suppose|i think|maybe|perhaps|probably|not sure|unsure|might|kind of"
    r"|sort of|but|except|unless|if|wait|actually|later|almost)\b"
    r"|かな|かも|たぶん|多分|おそらく|と思|うーん|ううん|んー|迷|一応|とりあえず|ただ|でも|けど|けれど"
    r"|やっぱ|待って|まって|ちょっと|後で|あとで|なら",
    re.IGNORECASE,
)


#: Words of agreement, wherever they stand.
_AGREES: Final = re.compile(
    r"\b(?:yes|yeah|yep|ok|okay|sure|fine|alright)\b|はい|うん|ええ|いいで|お願い|オッケー|大丈夫",
    re.IGNORECASE,
)


def is_clear_yes(heard: Heard, intents: frozenset[Intent] = frozenset()) -> bool:
    """Whether the words say yes and nothing else, or yes and once more what is to be done."""
    if heard.act is not Act.YES or _HEDGES.search(heard.text):
        return False
    return heard.is_act_all or heard.intent in intents


def is_half_yes(heard: Heard) -> bool:
    """Whether the words agree somewhere, but not clearly."""
    if heard.act is Act.YES:
        return True
    return bool(_AGREES.search(heard.text) and _HEDGES.search(heard.text))


def is_no(heard: Heard) -> bool:
    """Whether the words say no and nothing else."""
    return heard.act in {Act.NO, Act.LEAVE} and heard.is_act_all
