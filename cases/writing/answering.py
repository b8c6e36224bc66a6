"""Answers that leave in a moment: pressed, undone, sent once, whoever dies in between.

A pressed answer is a row. The sweep sends it when its time has come, in the name of its author,
and what its macro does is done in the same transaction: the case moves on when the answer leaves,
not when it was pressed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import structlog
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from cases import holding, service
from cases.events import CaseAppended
from cases.models import Case
from cases.states import EntryKind, LineEnding
from cases.views import CaseView
from cases.writing import doing, drafts, enclosing, queries
from cases.writing.models import MacroUse, PendingReply
from cases.writing.seen import Seen
from cases.writing.states import Do, ReplyState
from cases.writing.views import MacroView, News, PendingView
from oms_service.conversations import attachments
from oms_service.conversations.attachments import Enclosed
from oms_service.infra import locks
from oms_service.infra.db import is_in_the_way
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.kernel.errors import DomainError, Invalid

log = structlog.get_logger(__name__)

#: As long as an answer may be, in characters.
LONGEST: Final = 10_000
#: Each answer leaves in a transaction of its own: they never wait for each other's cases.
BATCH: Final = 1


class Overtaken(DomainError):
    """Something came to the case since its page was read; ``news`` says what."""

    code = "case-moved-on"
    http_status = 409

    def __init__(self, news: Sequence[News]) -> None:
        super().__init__("something came to this case since you read it")
        self.news = news


def press(  # noqa: PLR0913 - by name, each a thing that an answer has
    uow: UnitOfWork,
    case_id: int,
    text: str,
    *,
    key: str,
    wait: timedelta,
    asks: bool = False,
    seen: Seen | None = None,
    macro: MacroView | None = None,
    actions: Sequence[Mapping[str, Any]] = (),
    enclosed: Enclosed | None = None,
) -> PendingView:
    """Let an answer leave in a moment.

    Args:
        uow: its actor is the author.
        case_id: the case.
        text: as the customer will read it.
        key: the form's own: pressed twice, it is one answer.
        wait: for so long it can be undone; nothing sends it at once.
        asks: the customer is to answer, and the case waits for that.
        seen: how far the author has read; None asks no questions.
        macro: what it was written from.
        actions: what is done when it leaves, see ``writing.macros``.
        enclosed: files that leave with it. Until then they wait, and undone they wait on.

    Returns:
        The answer as it waits; as it stands by now where it was pressed before.

    Raises:
        AlreadyDone: the case is settled.
        Invalid: nothing is written, or too much; a file is unknown or was sent before.
        TooManyFiles: there are more than the rules allow.
        Overtaken: something came that the author has not read.
    """
    words = text.replace("\r\n", "\n").strip()
    if not words or len(words) > LONGEST:
        why = "is empty" if not words else f"has more than {LONGEST} characters"
        raise Invalid("an answer says something", {"text": why})
    case = holding.locked(uow, case_id)
    before = queries.pending_by_key(uow.session, key)
    if before is not None:
        return before
    holding.assert_active(uow, case)
    doing.check(uow.session, actions)
    if seen is not None:
        found = queries.news(uow.session, holding.view_of(case), seen, me=uow.actor.ref)
        if found:
            raise Overtaken(found)
    if enclosed is not None:
        attachments.claim(uow, enclosed, conversation_id=case.conversation_id)
    reply_id = uow.session.scalars(
        insert(PendingReply)
        .values(
            case_id=case_id,
            key=key,
            author=uow.actor.ref,
            text=words,
            asks=asks or any(one["do"] == Do.WAIT for one in actions),
            macro_id=macro.id if macro else None,
            actions=[dict(one) for one in actions],
            enclosed=enclosing.as_data(enclosed) if enclosed is not None and enclosed.ids else None,
            pressed_at=uow.now,
            send_at=uow.now + wait,
            state=ReplyState.WAITING,
            why="",
        )
        .returning(PendingReply.id)
    ).one()
    if uow.actor.kind is ActorKind.STAFF:
        drafts.forget(uow, case_id, int(uow.actor.id))
    if not wait:
        _send(uow, case_id, reply_id)
    holding.touch(uow, case_id)
    return queries.pending(uow.session, reply_id)


def undo(uow: UnitOfWork, reply_id: int) -> PendingView:
    """Hold an answer back; its words go back into its author's box.

    Raises:
        NotFound: there is no such answer.
        AlreadyDone: it has left, or was undone before.
    """
    found = queries.pending(uow.session, reply_id)
    # Whoever sends it holds the case first, too.
    case_id = holding.standing(uow, found.case_id).id
    taken = uow.session.execute(
        select(PendingReply.text)
        .where(PendingReply.id == reply_id, PendingReply.state == ReplyState.WAITING)
        .with_for_update()
    ).one_or_none()
    if taken is None:
        state = queries.pending(uow.session, reply_id).state
        raise holding.AlreadyDone(str(state), found.author)
    _settle(uow, reply_id, ReplyState.UNDONE)
    _give_back(uow, case_id, found.author, taken.text)
    for touched in {case_id, found.case_id}:
        uow.emit(CaseAppended(case_id=touched, what="reply_undone"))
        holding.touch(uow, touched)
    return replace(found, state=ReplyState.UNDONE, settled_at=uow.now)


def send_now(uow: UnitOfWork, reply_id: int) -> PendingView:
    """Send an answer before its time; one that has left stays as it is.

    Raises:
        NotFound: there is no such answer.
    """
    found = queries.pending(uow.session, reply_id)
    _send(uow, found.case_id, reply_id)
    return queries.pending(uow.session, reply_id)


def send_waiting(uow: UnitOfWork, case_id: int) -> int:
    """Send all that waits in a case, before something is done that ends it; how many."""
    return sum(_send(uow, case_id, one.id) for one in queries.leaving(uow.session, case_id))


def resolve(
    uow: UnitOfWork,
    case_id: int,
    *,
    code: str,
    note: str,
    version: int | None,
    lines_ended: LineEnding | None = None,
    despite_others: bool = False,
) -> CaseView:
    """Settle a case as ``service.resolve`` does; an answer that still waits leaves first."""
    held = holding.locked(uow, case_id)
    holding.check(held, version)
    sent = send_waiting(uow, case_id)
    return service.resolve(
        uow,
        case_id,
        code=code,
        note=note,
        version=None if sent else version,
        lines_ended=lines_ended,
        despite_others=despite_others,
    )


def send_due(uow: UnitOfWork) -> int:
    """The sweep: let the next answer leave whose time has come."""
    row = uow.session.execute(
        select(PendingReply.id, PendingReply.case_id)
        .where(PendingReply.state == ReplyState.WAITING, PendingReply.send_at <= uow.now)
        .order_by(PendingReply.send_at, PendingReply.id)
        .limit(BATCH)
    ).one_or_none()
    if row is None:
        return 0
    _send(uow, row.case_id, row.id)
    return 1


# Inside


def _send(uow: UnitOfWork, case_id: int, reply_id: int) -> bool:
    """Send one answer, if it still waits. The case is held first, then the answer.

    Where the case has become part of another meanwhile, the other one says it.
    """
    case_id = holding.standing(uow, case_id).id
    row = uow.session.scalars(
        select(PendingReply)
        .where(PendingReply.id == reply_id, PendingReply.state == ReplyState.WAITING)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        return False
    author, text = row.author, row.text
    why = _say(replace(uow, actor=Actor.from_ref(author)), case_id, row)
    if why is None:
        _settle(uow, reply_id, ReplyState.SENT)
        return True
    _settle(uow, reply_id, ReplyState.FAILED, why)
    _give_back(uow, case_id, author, text)
    case = locks.one(uow.session, Case, case_id)
    case.version += 1
    holding.enter(uow, case, EntryKind.ACTED, data={"what": "reply_failed", "why": why})
    uow.emit(CaseAppended(case_id=case_id, what="reply_failed"))
    holding.done(uow, case)
    return False


def _say(uow: UnitOfWork, case_id: int, row: PendingReply) -> str | None:
    """Say it and do what its macro does, or nothing of it; the code of what was in the way."""
    try:
        with uow.session.begin_nested():
            files = enclosing.enclosed_of(row.enclosed) if row.enclosed is not None else None
            key = f"reply:{row.id}"
            service.reply(uow, case_id, row.text, key=key, asks=row.asks, enclosed=files)
            doing.do(uow, case_id, row.actions)
            if row.macro_id is not None:
                used = MacroUse(
                    macro_id=row.macro_id, case_id=case_id, actor=row.author, at=uow.now
                )
                uow.session.add(used)
    except Invalid as refused:
        return "files-gone" if "files" in refused.fields else refused.code
    except DomainError as refused:
        return refused.code
    except Exception as error:
        if is_in_the_way(error):
            raise
        # One answer that cannot leave must not keep all others from leaving.
        log.exception("reply.not_sent", reply_id=row.id, error=type(error).__name__)
        return "trouble"
    return None


def _settle(uow: UnitOfWork, reply_id: int, state: ReplyState, why: str = "") -> None:
    uow.session.execute(
        update(PendingReply)
        .where(PendingReply.id == reply_id, PendingReply.state == ReplyState.WAITING)
        .values(state=state, text="", settled_at=uow.now, why=why)
        .execution_options(synchronize_session=False)
    )


def _give_back(uow: UnitOfWork, case_id: int, author: str, text: str) -> None:
    actor = Actor.from_ref(author)
    if actor.kind is ActorKind.STAFF:
        drafts.give_back(uow, case_id, int(actor.id), text)
