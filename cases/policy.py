"""What follows from a customer's words and from time: pure decisions about cases."""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from cases.states import ACTIVE, CaseState
from oms_service.kernel.text import folded

#: So long a settled case comes back when its customer writes again; then it closes for good.
REOPEN_WITHIN: Final = timedelta(days=3)

_DRESS: Final = re.compile(r"[^\w]+|[_ー〜~]+")
_THANKS: Final = re.compile(
    r"(?:"
    r"(?:どうも)?(?:本当に)?(?:誠に)?ありがとう(?:ございます|ございました)?|どうも|感謝(?:します|いたします|です)?"
    r"|助かりました|助かります|たすかりました|了解(?:です|しました|いたしました)?|承知(?:しました|いたしました)?"
    r"|わかりました|分かりました|解決しました|大丈夫です|thankyou|thanks|thx|cheers|great|perfect|ok|okay|gotit|noted"
    r"|verymuch|somuch|alot|foryourhelp|that(?:s|is)all|allgood|forthehelp|bye|goodbye|さようなら|お世話になりました"
    r")+"
)


class Next(StrEnum):
    """What a customer's message does to a case."""

    APPEND = "append"
    REOPEN = "reopen"
    NOTHING = "nothing"
    ANOTHER = "another"


def is_only_thanks(text: str) -> bool:
    """Whether somebody merely takes leave: thanks, understood, goodbye, and nothing else."""
    bare = _DRESS.sub("", folded(text))
    return not bare or _THANKS.fullmatch(bare) is not None


def after_message(
    state: CaseState, resolved_at: datetime | None, text: str, *, now: datetime
) -> Next:
    """What to do with the newest case of a conversation when its customer writes."""
    if state in ACTIVE:
        return Next.APPEND
    if is_only_thanks(text):
        return Next.NOTHING
    is_recent = resolved_at is not None and now - resolved_at <= REOPEN_WITHIN
    return Next.REOPEN if state is CaseState.RESOLVED and is_recent else Next.ANOTHER
