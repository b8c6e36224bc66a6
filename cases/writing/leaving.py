"""An answer that a colleague presses: with what is still ticked of its macro, in a moment."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from cases.views import CaseView
from cases.writing import answering, doing, queries
from cases.writing.seen import Seen
from cases.writing.views import MacroView, PendingView
from oms_service.access.queries import StaffView
from oms_service.conversations.attachments import Enclosed
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import NotFound
from oms_service.kernel.languages import say
from oms_service.runtime import Runtime

_LONGEST_CODE: Final = 60


@dataclass(frozen=True, kw_only=True)
class Written:
    """What stands in the form: ``ticked`` is what its macro is still to do, by name.

    ``enclosed`` are the files that go with it, taken in already.
    """

    text: str
    asks: bool = False
    macro: str = ""
    ticked: Collection[str] = field(default=(), hash=False)
    seen: Seen | None = None
    enclosed: Enclosed | None = None


def press(
    house: Runtime, uow: UnitOfWork, found: CaseView, written: Written, *, key: str, me: StaffView
) -> PendingView:
    """Let it leave in a moment, as ``answering.press`` does; ``key`` is the form's own.

    Raises:
        AlreadyDone, Invalid, Overtaken, TooManyFiles: as there.
    """
    macro = _macro(uow, written.macro, me)
    return answering.press(
        uow,
        found.id,
        written.text,
        key=key,
        wait=timedelta(seconds=house.settings.reply_undo_s),
        asks=written.asks,
        seen=written.seen,
        macro=macro,
        actions=_actions(house, macro, written.ticked, uow.now) if macro else (),
        enclosed=written.enclosed,
    )


def _macro(uow: UnitOfWork, code: str, me: StaffView) -> MacroView | None:
    """The macro that the answer was written from; one that is gone or off by now is none."""
    try:
        return queries.macro_in_use(uow.session, code[:_LONGEST_CODE], staff_id=me.id)
    except NotFound:
        return None


def _actions(
    house: Runtime, macro: MacroView, ticked: Collection[str], now: datetime
) -> Sequence[Mapping[str, Any]]:
    """What is still ticked of what the macro does."""
    return doing.pressed(
        [one for one in macro.actions if one["do"] in ticked],
        title=say(macro.title, house.settings.language),
        now=now,
        zone=house.settings.zone,
    )
