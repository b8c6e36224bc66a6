"""Reading files: what there is, and where its content lies."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, bindparam, or_, select
from sqlalchemy.orm import Session

from oms_service.conversations.attachments_content import PICTURES
from oms_service.conversations.models import Attachment
from oms_service.conversations.states import AttachmentState, MediaType
from oms_service.infra.hot import Hot, among
from oms_service.kernel.errors import NotFound
from oms_service.ports.files import FileStore

Reader = Connection | Session

#: What a rule of the shop calls a picture that was shown.
PHOTO: Final = "photo"
#: As many files as one place shows.
MOST: Final = 200


@dataclass(frozen=True, kw_only=True)
class AttachmentView:
    """A file without its content. ``public_id`` names it outside and cannot be guessed."""

    id: int
    public_id: str
    scope: str
    state: AttachmentState
    name: str
    media_type: MediaType
    size_bytes: int
    width: int
    height: int
    sha256: str
    is_internal: bool
    customer_id: int | None
    conversation_id: int | None
    message_id: int | None
    order_id: int | None
    uploaded_by: str
    uploaded_at: datetime
    sent_at: datetime | None

    @property
    def is_picture(self) -> bool:
        return self.media_type in PICTURES


@dataclass(frozen=True, kw_only=True)
class Place:
    """A file that may be read, and where its content and its preview lie."""

    view: AttachmentView
    store_key: str
    preview_key: str | None


_COLUMNS: Final = tuple(getattr(Attachment, name) for name in AttachmentView.__dataclass_fields__)


def _of(*columns: Any) -> AttachmentView:
    return AttachmentView(**dict(zip(AttachmentView.__dataclass_fields__, columns, strict=True)))


#: Asked for on every page of a case.
_SHOWN: Final = Hot(
    select(*_COLUMNS)
    .where(
        or_(
            Attachment.conversation_id == among("conversation_ids"),
            Attachment.order_id == among("order_ids"),
        ),
        Attachment.is_internal.is_(False),
        Attachment.state == AttachmentState.READY,
    )
    .order_by(Attachment.id)
    .limit(MOST),
    _of,
)
_THOSE: Final = Hot(
    select(*_COLUMNS)
    .where(Attachment.id == among("attachment_ids"), Attachment.state == AttachmentState.READY)
    .order_by(Attachment.id)
    .limit(MOST),
    _of,
)


def view_of(row: Attachment) -> AttachmentView:
    return AttachmentView(
        **{name: getattr(row, name) for name in AttachmentView.__dataclass_fields__}
    )


def by_public_id(reader: Reader, public_id: str) -> Place:
    """A file that is sent or waits to be; whoever asks must check who may see it.

    Raises:
        NotFound: there is none, or it is gone.
    """
    row = reader.execute(
        select(*_COLUMNS, Attachment.store_key, Attachment.preview_key).where(
            Attachment.public_id == public_id[:43],
            Attachment.state.in_((AttachmentState.UPLOADED, AttachmentState.READY)),
        )
    ).one_or_none()
    if row is None:
        raise NotFound("no such file")
    return _place(row)


def places(reader: Reader, public_ids: Collection[str]) -> dict[str, Place]:
    """Sent files and where their content lies, by public id; one query."""
    rows = reader.execute(
        select(*_COLUMNS, Attachment.store_key, Attachment.preview_key).where(
            Attachment.public_id.in_(public_ids), Attachment.state == AttachmentState.READY
        )
    )
    return {row.public_id: _place(row) for row in rows}


def waiting(reader: Reader, scope: str, public_ids: Collection[str]) -> list[AttachmentView]:
    """Those of these files that this sender has uploaded and not sent, oldest first."""
    return _views(
        reader,
        Attachment.scope == scope,
        Attachment.public_id.in_(public_ids),
        Attachment.state == AttachmentState.UPLOADED,
    )


def shown(
    reader: Reader, *, conversation_ids: Collection[int] = (), order_ids: Collection[int] = ()
) -> list[AttachmentView]:
    """What customers and colleagues sent each other in conversations or about orders."""
    if not conversation_ids and not order_ids:
        return []
    return _SHOWN.all(reader, conversation_ids=list(conversation_ids), order_ids=list(order_ids))


def those(reader: Reader, attachment_ids: Collection[int]) -> list[AttachmentView]:
    """Sent files by their ids, oldest first."""
    if not attachment_ids:
        return []
    return _THOSE.all(reader, attachment_ids=list(attachment_ids))


def of_message(reader: Reader, message_id: int) -> list[Place]:
    """The files a message brings along, with where they lie, oldest first."""
    return _OF_MESSAGE.all(reader, message_id=message_id)


def _placed(*columns: Any) -> Place:
    *shown, store_key, preview_key = columns
    names = (column.key for column in _COLUMNS)
    view = AttachmentView(**dict(zip(names, shown, strict=True)))
    return Place(view=view, store_key=store_key, preview_key=preview_key)


_OF_MESSAGE: Final = Hot(
    select(*_COLUMNS, Attachment.store_key, Attachment.preview_key)
    .where(
        Attachment.message_id == bindparam("message_id"),
        Attachment.state == AttachmentState.READY,
    )
    .order_by(Attachment.id),
    _placed,
)


def pictures_by_customer(
    reader: Reader, *, order_id: int, conversation_id: int | None = None
) -> list[AttachmentView]:
    """Pictures a customer sent of an order: those said to be of it, and those of the thread.

    A picture of the thread that shows another order does not count.
    """
    of = Attachment.order_id == order_id
    if conversation_id is not None:
        of = or_(
            of,
            (Attachment.conversation_id == conversation_id) & Attachment.order_id.is_(None),
        )
    return _views(
        reader,
        of,
        Attachment.is_internal.is_(False),
        Attachment.media_type.in_(PICTURES),
        Attachment.uploaded_by.like("customer%"),
        Attachment.state == AttachmentState.READY,
    )


def evidence(
    reader: Reader, *, order_id: int, conversation_id: int | None = None
) -> frozenset[str]:
    """What a customer has really shown of an order, as the shop's rules name it."""
    seen = pictures_by_customer(reader, order_id=order_id, conversation_id=conversation_id)
    return frozenset({PHOTO}) if seen else frozenset()


def lost(reader: Reader, files: FileStore) -> list[str]:
    """The public ids of files that are there for their readers and not in the store."""
    rows = reader.execute(
        select(Attachment.public_id, Attachment.store_key, Attachment.preview_key)
        .where(Attachment.state.in_((AttachmentState.UPLOADED, AttachmentState.READY)))
        .order_by(Attachment.id)
    ).all()
    return [
        row.public_id
        for row in rows
        if not all(files.exists(key) for key in (row.store_key, row.preview_key) if key)
    ]


def _place(row: Row[*tuple[Any, ...]]) -> Place:
    values = dict(row._mapping)  # noqa: SLF001 - a row's public way to names
    store_key, preview_key = values.pop("store_key"), values.pop("preview_key")
    return Place(view=AttachmentView(**values), store_key=store_key, preview_key=preview_key)


def _views(reader: Reader, *conditions: ColumnElement[bool]) -> list[AttachmentView]:
    rows = reader.execute(select(*_COLUMNS).where(*conditions).order_by(Attachment.id).limit(MOST))
    return [AttachmentView(**row._mapping) for row in rows]  # noqa: SLF001 - as above
