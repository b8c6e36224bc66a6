"""What conversations keep of people: senders, what was said, what the bot remembers."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from oms_service.conversations import attachments, keeping
from oms_service.conversations.channels import MAIL
from oms_service.conversations.models import (
    Attachment,
    ChannelIdentity,
    Conversation,
    MailIn,
    Message,
)
from oms_service.conversations.states import AttachmentState
from oms_service.infra import inbound
from oms_service.infra.privacy import (
    Moved,
    Person,
    erased_key,
    hand_back,
    hand_over,
    listing,
    lock,
    shown,
)
from oms_service.infra.uow import UnitOfWork


def waiting(session: Session, person: Person) -> Sequence[str]:  # noqa: ARG001 - a keeper's signature
    return ()


def threads_of(session: Session, person: Person) -> tuple[int, ...]:
    """The conversations of a person: their own, and those nobody owns that claim their address."""
    query = select(Conversation.id).join(
        ChannelIdentity, ChannelIdentity.id == Conversation.identity_id
    )
    mine = or_(
        Conversation.customer_id.in_(person.ids),
        and_(Conversation.customer_id.is_(None), _identities(person)),
    )
    return tuple(session.scalars(query.where(mine).order_by(Conversation.id)))


def keys_of(session: Session, person: Person, channel: str) -> Sequence[str]:
    """By what a person is known on a channel."""
    threads = select(Conversation.identity_id).where(
        Conversation.id.in_(threads_of(session, person))
    )
    return session.scalars(
        select(ChannelIdentity.key).where(
            ChannelIdentity.channel == channel,
            or_(_identities(person), ChannelIdentity.id.in_(threads)),
        )
    ).all()


def export(session: Session, person: Person) -> Mapping[str, Any]:
    threads = threads_of(session, person)
    where = select(Conversation.identity_id).where(Conversation.id.in_(threads)).scalar_subquery()
    said = (
        select(Conversation.public_id.label("conversation"), *shown(Message, "key", "is_secret"))
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Conversation.id.in_(threads))
        .order_by(Conversation.id, Message.seq)
    )
    return {
        "senders": listing(
            session,
            select(*shown(ChannelIdentity))
            .where(or_(_identities(person), ChannelIdentity.id.in_(where)))
            .order_by(ChannelIdentity.id),
        ),
        "conversations": listing(
            session,
            select(*shown(Conversation))
            .where(Conversation.id.in_(threads))
            .order_by(Conversation.id),
        ),
        "messages": listing(session, said),
        "files": [
            {**one, "content": f"/files/{one['public_id']}"}
            for one in listing(
                session,
                select(*shown(Attachment, "scope", "key", "store_key", "preview_key"))
                .where(_files(person, threads), Attachment.state == AttachmentState.READY)
                .order_by(Attachment.id),
            )
        ],
    }


def erase(uow: UnitOfWork, person: Person) -> None:
    """Empty what was said and close the threads; what waits to be sent is not sent any more."""
    session = uow.session
    senders = lock(session, ChannelIdentity.id, _identities(person))
    threads = lock(session, Conversation.id, Conversation.id.in_(threads_of(session, person)))
    keeping.empty(uow, threads)
    inbound.empty(uow, _raw_mails(session, senders, threads), naming=person.mails)
    session.execute(
        update(ChannelIdentity)
        .where(ChannelIdentity.id.in_(senders))
        .values(key=erased_key(ChannelIdentity.id), claimed_mail="")
        .execution_options(synchronize_session="fetch")
    )
    files = session.scalars(
        select(Attachment.id).where(
            _files(person, threads), Attachment.state != AttachmentState.REMOVED
        )
    ).all()
    attachments.remove(uow, files, why="erased")


def move(uow: UnitOfWork, *, source: int, to: int) -> Moved:
    senders, threads = ChannelIdentity, Conversation
    return {
        "senders": hand_over(uow.session, senders.customer_id, senders.id, source=source, to=to),
        "conversations": hand_over(
            uow.session, threads.customer_id, threads.id, source=source, to=to
        ),
        "files": hand_over(
            uow.session, Attachment.customer_id, Attachment.id, source=source, to=to
        ),
    }


def move_back(uow: UnitOfWork, moved: Moved, *, source: int, to: int) -> None:
    senders, threads = ChannelIdentity, Conversation
    given, talks = moved.get("senders", ()), moved.get("conversations", ())
    hand_back(uow.session, senders.customer_id, senders.id, given, source=source, to=to)
    hand_back(uow.session, threads.customer_id, threads.id, talks, source=source, to=to)
    files = moved.get("files", ())
    hand_back(uow.session, Attachment.customer_id, Attachment.id, files, source=source, to=to)


def _raw_mails(
    session: Session, senders: Collection[int], threads: Collection[int]
) -> Sequence[int]:
    """The mails as they came that these people wrote, or that were filed or reported of them."""
    said = select(Message.id).where(Message.conversation_id.in_(threads))
    query = select(MailIn.inbound_id).where(
        or_(
            MailIn.identity_id.in_(senders),
            MailIn.message_id.in_(said),
            MailIn.about_id.in_(said),
        )
    )
    return session.scalars(query).all()


def _files(person: Person, threads: Sequence[int]) -> ColumnElement[bool]:
    """What a person sent or was sent, in threads and about orders, and what waits to be sent."""
    scopes = [f"customer:{one}" for one in person.ids]
    scopes += [f"conversation:{one}" for one in threads]
    return or_(
        Attachment.customer_id.in_(person.ids),
        Attachment.conversation_id.in_(threads),
        Attachment.order_id.in_(person.order_ids),
        Attachment.scope.in_(scopes),
    )


def _identities(person: Person) -> ColumnElement[bool]:
    """Senders that are this person, or say so while they are nobody else."""
    theirs = or_(
        ChannelIdentity.claimed_mail.in_(person.mails),
        and_(ChannelIdentity.channel == MAIL, ChannelIdentity.key.in_(person.mails)),
    )
    return or_(
        ChannelIdentity.customer_id.in_(person.ids),
        and_(ChannelIdentity.customer_id.is_(None), theirs),
    )
