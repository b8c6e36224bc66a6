"""Reading what agents write."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import Connection, bindparam, func, or_, select
from sqlalchemy.orm import Session

from cases import families
from cases import queries as cases
from cases.models import CaseEntry, Queue
from cases.states import EntryKind
from cases.views import CaseView
from cases.writing.models import Draft, Macro, MacroUse, PendingReply, Reminder
from cases.writing.seen import Seen
from cases.writing.states import ReminderState, ReplyState
from cases.writing.views import MacroView, News, PendingView, ReminderView
from oms_service.conversations import queries as conversations
from oms_service.conversations.attachments import Enclosed
from oms_service.conversations.states import Direction
from oms_service.infra.hot import Hot, among, value
from oms_service.infra.once import once
from oms_service.kernel.errors import NotFound

Reader = Connection | Session

_PENDING: Final = tuple(getattr(PendingReply, name) for name in PendingView.__dataclass_fields__)
_MACRO: Final = tuple(getattr(Macro, name) for name in MacroView.__dataclass_fields__)
_REMINDER: Final = tuple(getattr(Reminder, name) for name in ReminderView.__dataclass_fields__)
#: Lines of a record that change what an answer should say.
_TELLING: Final = (EntryKind.ACTED, EntryKind.STATE_CHANGED, EntryKind.NOTE)
#: What the house does with a case by the clock says nothing to its customer.
_BY_THE_CLOCK: Final = ("priority_raised",)
_MOST_NEWS: Final = 10
_SAID: Final = {Direction.IN: "wrote", Direction.OUT: "replied"}


# What is asked on every page of a case, built once

_LEAVING: Final = Hot(
    select(*_PENDING)
    .where(PendingReply.case_id == among("case_ids"), PendingReply.state == ReplyState.WAITING)
    .order_by(PendingReply.send_at, PendingReply.id),
    PendingView,
)
_NEWEST: Final = Hot(
    select(*_PENDING)
    .where(PendingReply.case_id == bindparam("case_id"), PendingReply.author == bindparam("author"))
    .order_by(PendingReply.id.desc())
    .limit(1),
    PendingView,
)
_DRAFT: Final[Hot[str]] = Hot(
    select(Draft.text).where(
        Draft.case_id == bindparam("case_id"), Draft.staff_id == bindparam("staff_id")
    ),
    value,
)
_WAITING: Final = Hot(
    select(*_REMINDER).where(
        Reminder.case_id == bindparam("case_id"), Reminder.state == ReminderState.WAITING
    ),
    ReminderView,
)
_MACROS: Final = Hot(
    select(*_MACRO)
    .where(or_(Macro.owner_id.is_(None), Macro.owner_id == bindparam("staff_id")))
    .order_by(Macro.code),
    MacroView,
)
_IN_USE: Final = Hot(
    select(*_MACRO)
    .where(or_(Macro.owner_id.is_(None), Macro.owner_id == bindparam("staff_id")), Macro.is_active)
    .order_by(Macro.code),
    MacroView,
)
_QUEUE_CODE: Final[Hot[str]] = Hot(
    select(Queue.code).where(Queue.id == bindparam("queue_id")), value
)


# Answers on their way


def pending(reader: Reader, reply_id: int) -> PendingView:
    """One answer that was pressed.

    Raises:
        NotFound: there is none.
    """
    row = reader.execute(select(*_PENDING).where(PendingReply.id == reply_id)).one_or_none()
    if row is None:
        raise NotFound("no such answer")
    return PendingView(*row)


def pending_by_key(reader: Reader, key: str) -> PendingView | None:
    """The answer that was pressed under a key."""
    row = reader.execute(select(*_PENDING).where(PendingReply.key == key)).one_or_none()
    return None if row is None else PendingView(*row)


def pending_at(reader: Reader, case_id: int, position: int) -> PendingView:
    """The answer at a place among those of a case, the first one pressed being 1.

    Raises:
        NotFound: there is none.
    """
    row = reader.execute(
        select(*_PENDING)
        .where(PendingReply.case_id == case_id)
        .order_by(PendingReply.id)
        .offset(max(position, 1) - 1)
        .limit(1 if position > 0 else 0)
    ).one_or_none()
    if row is None:
        raise NotFound("no such answer")
    return PendingView(*row)


def position_of(reader: Reader, found: PendingView) -> int:
    """The place of an answer among those of its case."""
    query = select(func.count()).where(
        PendingReply.case_id == found.case_id, PendingReply.id <= found.id
    )
    return reader.execute(query).scalar_one()


def leaving(reader: Reader, case_id: int) -> list[PendingView]:
    """What leaves in a moment, the next first: also what was pressed in cases merged into it."""
    return _LEAVING.all(reader, case_ids=families.member_ids(reader, case_id))


def not_sent(reader: Reader, case_id: int, author: str) -> PendingView | None:
    """The author's newest answer, where it could not be sent."""
    newest = _newest(reader, case_id, author)
    return newest if newest is not None and newest.state is ReplyState.FAILED else None


def held_back(reader: Reader, case_id: int, author: str) -> Enclosed | None:
    """The files of the author's newest answer, where it was undone or could not be sent."""
    newest = _newest(reader, case_id, author)
    is_back = newest is not None and newest.state in {ReplyState.UNDONE, ReplyState.FAILED}
    return newest.files if newest is not None and is_back else None


@once
def _newest(reader: Reader, case_id: int, author: str) -> PendingView | None:
    return _NEWEST.first(reader, case_id=case_id, author=author)


# What has come meanwhile


def seen_now(reader: Reader, case: CaseView) -> Seen:
    """How far one has read who reads the case now."""
    entries = cases.entries(reader, case.id)
    thread = conversations.by_id(reader, case.conversation_id) if case.conversation_id else None
    return Seen(entries[-1].id if entries else 0, thread.message_count if thread else 0)


def news(reader: Reader, case: CaseView, seen: Seen, *, me: str) -> list[News]:
    """What has come to a case that ``me`` has neither read nor done, the oldest first."""
    entries = reader.execute(
        select(CaseEntry.kind, CaseEntry.data, CaseEntry.actor, CaseEntry.at, CaseEntry.text)
        .where(
            CaseEntry.case_id == case.id,
            CaseEntry.id > seen.entry_id,
            CaseEntry.actor != me,
            CaseEntry.kind.in_(_TELLING),
            func.coalesce(CaseEntry.data["what"].astext, "").not_in(_BY_THE_CLOCK),
        )
        .order_by(CaseEntry.id.desc())
        .limit(_MOST_NEWS)
    )
    found = [
        News(
            str(row.data.get("what") or row.data.get("to") or row.kind), row.actor, row.at, row.text
        )
        for row in entries
    ]
    if case.conversation_id is not None:
        said = conversations.thread(reader, case.conversation_id)
        found += [
            News(
                "wrote" if one.direction is Direction.IN else "replied",
                one.author,
                one.at,
                one.text,
            )
            for one in said
            if one.seq > seen.message_seq and one.author != me
        ]
    found += [
        News("replying", one.author, one.pressed_at, one.text)
        for one in leaving(reader, case.id)
        if one.author != me
    ]
    return sorted(found, key=lambda one: one.at)[-_MOST_NEWS:]


# Drafts and reminders


def draft(reader: Reader, case_id: int, staff_id: int) -> str:
    """What a colleague has typed in a case and not sent; empty where nothing."""
    return _DRAFT.first(reader, case_id=case_id, staff_id=staff_id) or ""


def reminder(reader: Reader, case_id: int) -> ReminderView | None:
    """When a case comes back by itself, if it does."""
    return _WAITING.first(reader, case_id=case_id)


# Macros


def macros(reader: Reader, *, staff_id: int | None, every: bool = False) -> list[MacroView]:
    """Everybody's macros and one's own, by code; ``every`` those that are off, too."""
    return (_MACROS if every else _IN_USE).all(reader, staff_id=staff_id)


def macro(reader: Reader, code: str, *, staff_id: int | None) -> MacroView:
    """The macro of that code, everybody's or one's own.

    Raises:
        NotFound: there is none; one of a colleague's own looks the same.
    """
    row = reader.execute(
        select(*_MACRO).where(
            Macro.code == code, or_(Macro.owner_id.is_(None), Macro.owner_id == staff_id)
        )
    ).one_or_none()
    if row is None:
        raise NotFound("no such macro")
    return MacroView(*row)


def macro_in_use(reader: Reader, code: str, *, staff_id: int | None) -> MacroView:
    """The same, for answering: one that is switched off is as if it were gone.

    Raises:
        NotFound: there is none, or not in use.
    """
    found = macro(reader, code, staff_id=staff_id)
    if not found.is_active:
        raise NotFound("no such macro")
    return found


def uses(reader: Reader) -> dict[int, int]:
    """How often each macro has been part of an answer that was sent."""
    query = select(MacroUse.macro_id, func.count()).group_by(MacroUse.macro_id)
    return {row[0]: row[1] for row in reader.execute(query)}


def uses_in(reader: Reader, case_ids: Collection[int]) -> dict[int, int]:
    """In how many of some cases each macro was used."""
    query = (
        select(MacroUse.macro_id, func.count(MacroUse.case_id.distinct()))
        .where(MacroUse.case_id.in_(case_ids))
        .group_by(MacroUse.macro_id)
    )
    return {row[0]: row[1] for row in reader.execute(query)}


def queue_code(reader: Reader, queue_id: int) -> str:
    """The code of a queue."""
    return _QUEUE_CODE.one(reader, queue_id=queue_id)


def fitting(found: Collection[MacroView], *, reason: str, queue: str) -> list[MacroView]:
    """Those macros that were written for such a case; those for any come last."""
    fit = (
        one
        for one in found
        if (not one.reasons or reason in one.reasons) and (not one.queues or queue in one.queues)
    )
    return sorted(fit, key=lambda one: (not one.reasons, not one.queues, one.code))
