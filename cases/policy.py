"""What follows from a customer's words and from time: pure decisions about cases."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from cases.closings import is_only_thanks
from cases.states import ACTIVE, CaseState

#: So long a settled case comes back when its customer writes again, unless the shop says otherwise.
REOPEN_WITHIN: Final = timedelta(days=3)


class Next(StrEnum):
    """What a customer's message does to a case."""

    APPEND = "append"
    REOPEN = "reopen"
    NOTHING = "nothing"
    ANOTHER = "another"


def after_message(
    state: CaseState,
    resolved_at: datetime | None,
    text: str,
    *,
    now: datetime,
    within: timedelta = REOPEN_WITHIN,
) -> Next:
    """What to do with the newest case of a conversation when its customer writes.

    ``within``: how long after its end a case comes back; later words open another one.
    """
    if state in ACTIVE:
        return Next.APPEND
    if is_only_thanks(text):
        return Next.NOTHING
    is_recent = resolved_at is not None and now - resolved_at <= within
    return Next.REOPEN if state is CaseState.RESOLVED and is_recent else Next.ANOTHER
