"""Files that are sent: taken in, made part of a message or an order's matter, and gone again.

Content goes into the store between two transactions: the first writes down that a file comes and
where it will lie, the second that it is there. Whatever dies in between leaves a row that nobody
sees, and ``sweep_unsent`` takes it away with what was stored.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, Final

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from oms_service.conversations.attachments_content import Prepared
from oms_service.conversations.attachments_queries import AttachmentView, view_of
from oms_service.conversations.events import AttachmentRemoved, AttachmentSent
from oms_service.conversations.models import Attachment, Message
from oms_service.conversations.states import AttachmentState
from oms_service.infra import locks
from oms_service.infra.idempotency import KeyReused
from oms_service.infra.subscribers import Outside
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import ids
from oms_service.kernel.errors import DomainError, Invalid, NotFound
from oms_service.ports.files import FileStore, new_key

#: How long a file may wait for the message that was to carry it.
UNSENT_KEPT: Final = timedelta(days=1)
#: Files one sender may have waiting: more than any form takes.
MOST_WAITING: Final = 30
BATCH: Final = 200
_WAITING: Final = (AttachmentState.RECEIVING, AttachmentState.UPLOADED)


class TooManyFiles(DomainError):
    """More files, or more bytes of them, than a message or a matter may have."""

    code: ClassVar[str] = "too-many-files"
    http_status: ClassVar[int] = 422


@dataclass(frozen=True, kw_only=True)
class Rules:
    """How much there may be: bytes of a file, files of a message, bytes of a thread or order."""

    file_bytes: int
    per_message: int
    matter_bytes: int


@dataclass(frozen=True, kw_only=True)
class Enclosed:
    """Files that a message brings along: whose uploads they are, which, and what is allowed."""

    scope: str
    ids: Sequence[str]
    rules: Rules


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A file that comes in, and where its content is to be stored; ``is_stored`` where it is."""

    view: AttachmentView
    store_key: str
    preview_key: str | None
    is_stored: bool


def begin(uow: UnitOfWork, *, scope: str, key: str, prepared: Prepared) -> Begun:
    """Write down that a file comes. The same key again is the same file.

    Raises:
        KeyReused: the key named another file.
        TooManyFiles: this sender has too many waiting.
    """
    locks.a_name(uow.session, f"attachments {scope}")
    made = uow.session.scalars(
        insert(Attachment)
        .values(
            public_id=ids.token(),
            scope=scope,
            key=key,
            state=AttachmentState.RECEIVING,
            name=prepared.name,
            media_type=prepared.media_type,
            size_bytes=len(prepared.content),
            width=prepared.width,
            height=prepared.height,
            sha256=prepared.sha256,
            store_key=new_key(),
            preview_key=new_key() if prepared.preview is not None else None,
            is_internal=False,
            uploaded_by=uow.actor.ref,
            uploaded_at=uow.now,
        )
        .on_conflict_do_nothing(index_elements=["scope", "key"])
        .returning(Attachment)
    ).one_or_none()
    if made is None:
        made = uow.session.scalars(
            select(Attachment).where(Attachment.scope == scope, Attachment.key == key)
        ).one()
        if made.sha256 != prepared.sha256 or made.store_key is None:
            raise KeyReused("this key named another file")
    elif _waiting(uow, scope) > MOST_WAITING:
        raise TooManyFiles(f"at most {MOST_WAITING} files wait to be sent")
    if made.store_key is None:
        raise KeyReused("this file is gone")
    return Begun(
        view=view_of(made),
        store_key=made.store_key,
        preview_key=made.preview_key,
        is_stored=made.state is not AttachmentState.RECEIVING,
    )


def finish(uow: UnitOfWork, attachment_id: int) -> AttachmentView:
    """Its content is stored: from now on it can be sent.

    Raises:
        NotFound: it was given up meanwhile.
    """
    uow.session.execute(
        update(Attachment)
        .where(Attachment.id == attachment_id, Attachment.state == AttachmentState.RECEIVING)
        .values(state=AttachmentState.UPLOADED)
    )
    found = uow.session.get(Attachment, attachment_id, populate_existing=True)
    if found is None or found.state is AttachmentState.REMOVED:
        raise NotFound("no such file")
    return view_of(found)


def claim(
    uow: UnitOfWork, enclosed: Enclosed, *, conversation_id: int | None, order_id: int | None = None
) -> tuple[AttachmentView, ...]:
    """Hold files that wait to be sent, in the order they were named; ``send`` is to follow.

    The caller holds the conversation, or the order.

    Raises:
        Invalid: one is unknown, somebody else's, or part of something already.
        TooManyFiles: a limit would be passed.
    """
    wanted = list(dict.fromkeys(enclosed.ids))
    if len(wanted) > enclosed.rules.per_message:
        raise TooManyFiles(f"at most {enclosed.rules.per_message} files at once")
    rows = locks.those(
        uow.session,
        Attachment,
        Attachment.public_id.in_(wanted)
        & (Attachment.scope == enclosed.scope)
        & (Attachment.state == AttachmentState.UPLOADED),
        by=[Attachment.id],
    )
    by_public_id = {row.public_id: row for row in rows}
    if len(by_public_id) != len(wanted):
        raise Invalid("no such file waits to be sent", {"files": "is unknown or was sent before"})
    before = 0
    if conversation_id is not None:
        before = _bytes(uow, Attachment.conversation_id == conversation_id)
    elif order_id is not None:
        before = _bytes(uow, Attachment.order_id == order_id)
    if before + sum(row.size_bytes for row in rows) > enclosed.rules.matter_bytes:
        raise TooManyFiles(f"at most {enclosed.rules.matter_bytes} bytes of files in all")
    return tuple(view_of(by_public_id[one]) for one in wanted)


def are_sent(session: Session, enclosed: Enclosed) -> bool:
    """Whether all of these files have been sent already: a form that came twice."""
    query = select(func.count()).where(
        Attachment.public_id.in_(enclosed.ids),
        Attachment.scope == enclosed.scope,
        Attachment.state == AttachmentState.READY,
    )
    return session.scalar(query) == len(set(enclosed.ids))


def send(
    uow: UnitOfWork,
    held: Collection[AttachmentView],
    *,
    conversation_id: int | None = None,
    message_id: int | None = None,
    order_id: int | None = None,
    customer_id: int | None = None,
    is_internal: bool = False,
) -> None:
    """Make files that ``claim`` holds part of what they were sent for."""
    if not held:
        return
    uow.session.execute(
        update(Attachment)
        .where(Attachment.id.in_([one.id for one in held]))
        .values(
            state=AttachmentState.READY,
            sent_at=uow.now,
            conversation_id=conversation_id,
            message_id=message_id,
            order_id=order_id,
            customer_id=customer_id,
            is_internal=is_internal,
        )
        .execution_options(synchronize_session="fetch")
    )
    for one in held:
        uow.emit(
            AttachmentSent(
                attachment_id=one.id,
                message_id=message_id,
                order_id=order_id,
                is_internal=is_internal,
            )
        )


def belong_to_order(uow: UnitOfWork, attachment_ids: Collection[int], order_id: int) -> None:
    """Note of which order files show something, where that was not known."""
    uow.session.execute(
        update(Attachment)
        .where(Attachment.id.in_(attachment_ids), Attachment.order_id.is_(None))
        .values(order_id=order_id)
        .execution_options(synchronize_session="fetch")
    )


def discard(uow: UnitOfWork, *, scope: str, public_id: str) -> None:
    """Give up a file before it was sent; once more changes nothing.

    Raises:
        NotFound: no such file of this sender waits.
    """
    found = uow.session.scalar(
        select(Attachment.id).where(
            Attachment.public_id == public_id,
            Attachment.scope == scope,
            Attachment.state != AttachmentState.READY,
        )
    )
    if found is None:
        raise NotFound("no such file")
    remove(uow, [found], why="discarded")


def remove(uow: UnitOfWork, attachment_ids: Collection[int], *, why: str) -> int:
    """Take files away from everybody; their content is deleted afterwards. How many there were.

    Size, type and times stay; the name goes, here and in the message that brought it.
    """
    rows = locks.those(
        uow.session,
        Attachment,
        Attachment.id.in_(attachment_ids) & (Attachment.state != AttachmentState.REMOVED),
        by=[Attachment.id],
    )
    for row in rows:
        row.state, row.removed_at, row.name, row.sha256 = AttachmentState.REMOVED, uow.now, "", ""
        uow.emit(AttachmentRemoved(attachment_id=row.id, why=why))
    uow.session.flush()
    _leave_messages(uow, {row.message_id: row.public_id for row in rows if row.message_id})
    return len(rows)


def ids_of(uow: UnitOfWork, message_id: int) -> Sequence[int]:
    """The files that a message brought and that are still there."""
    return uow.session.scalars(
        select(Attachment.id)
        .where(Attachment.message_id == message_id, Attachment.state != AttachmentState.REMOVED)
        .order_by(Attachment.id)
    ).all()


def sweep_unsent(uow: UnitOfWork) -> int:
    """Give up what nobody sent within a day."""
    found = uow.session.scalars(
        select(Attachment.id)
        .where(Attachment.state.in_(_WAITING), Attachment.uploaded_at < uow.now - UNSENT_KEPT)
        .order_by(Attachment.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    return remove(uow, found, why="unsent")


class Removing:
    """Deletes the content of what was removed."""

    def __init__(self, files: FileStore) -> None:
        self._files = files

    def delete_content(self, outside: Outside, event: AttachmentRemoved) -> None:
        """Delete it; done again, nothing is there to delete."""
        with outside.database.reading() as connection:
            row = connection.execute(
                select(Attachment.store_key, Attachment.preview_key).where(
                    Attachment.id == event.attachment_id,
                    Attachment.state == AttachmentState.REMOVED,
                )
            ).one_or_none()
        if row is None:
            return
        for key in row:
            if key is not None:
                self._files.delete(key)
        with outside.unit_of_work() as uow:
            uow.session.execute(
                update(Attachment)
                .where(Attachment.id == event.attachment_id)
                .values(store_key=None, preview_key=None)
            )


def told(view: AttachmentView) -> dict[str, Any]:
    """How a file stands in the ``extra`` of its message: what a reader needs to show it."""
    return {
        "id": view.public_id,
        "name": view.name,
        "type": str(view.media_type),
        "size_bytes": view.size_bytes,
        "is_picture": view.is_picture,
    }


def _leave_messages(uow: UnitOfWork, gone: dict[int, str]) -> None:
    """What is gone is named by no message any more."""
    if not gone:
        return
    messages = locks.those(uow.session, Message, Message.id.in_(gone), by=[Message.id])
    left = select(Attachment.public_id).where(Attachment.state == AttachmentState.READY)
    for message in messages:
        if "files" not in message.extra:
            continue  # emptied with all that was said
        there = set(uow.session.scalars(left.where(Attachment.message_id == message.id)))
        files = [one for one in message.extra.get("files", ()) if one["id"] in there]
        message.extra = {**message.extra, "files": files}
    uow.session.flush()


def _waiting(uow: UnitOfWork, scope: str) -> int:
    query = select(func.count()).where(
        Attachment.scope == scope,
        Attachment.state.in_(_WAITING),
        Attachment.uploaded_at >= uow.now - UNSENT_KEPT,
    )
    return uow.session.scalar(query) or 0


def _bytes(uow: UnitOfWork, of: ColumnElement[bool]) -> int:
    query = select(func.coalesce(func.sum(Attachment.size_bytes), 0)).where(
        of, Attachment.state == AttachmentState.READY
    )
    return int(uow.session.scalar(query) or 0)
