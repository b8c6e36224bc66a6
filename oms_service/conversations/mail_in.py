"""Mail that comes in: kept as it came, read once, and what became of it written down.

Bytes are kept in a transaction of their own before anybody reads them. Reading is an effect, since
files that come along go into the store; it may run again, and ``begin`` lets each mail in once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from oms_service.conversations.channels import MAIL
from oms_service.conversations.events import MailBoxDue, MailCame, MessageFailed
from oms_service.conversations.models import (
    ChannelIdentity,
    Conversation,
    DeliveryLog,
    MailBox,
    MailIn,
    Message,
)
from oms_service.conversations.states import (
    DeliveryState,
    Direction,
    MailOutcome,
    MailTrust,
)
from oms_service.infra import fallout, inbound
from oms_service.infra.fallout import FalloutKind
from oms_service.infra.hot import Hot
from oms_service.infra.inbound import InboundState
from oms_service.infra.intake import Inbound
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.text import mail_key

#: What stands before the colon of the sources of mail: ``mail:hook``, ``mail:imap``.
SOURCE: Final = "mail"
HOUR: Final = timedelta(hours=1)
BATCH: Final = 50
_OWNER: Final = "lead"
_ARRIVED: Final = (DeliveryState.QUEUED, DeliveryState.SENT, DeliveryState.DELIVERED)


@dataclass(frozen=True)
class Begun:
    """A mail that nobody has dealt with: its row, held until this transaction ends."""

    id: int


@dataclass(frozen=True)
class Written:
    """A message of ours: where it stands and to which address it went."""

    id: int
    conversation_id: int
    identity_id: int
    to: str
    subject: str
    thread: str
    at: datetime
    is_open: bool


@dataclass(frozen=True)
class Box:
    """How far a mailbox was read."""

    id: int
    uid_validity: int
    last_uid: int
    looked_at: datetime
    failed_at: datetime | None
    why: str


@dataclass(frozen=True)
class Unreachable:
    """Since when nothing arrives at an address, and by which sign."""

    at: datetime
    why: str


# As it comes


def keep(uow: UnitOfWork, raw: bytes, *, way: str) -> int | None:
    """Keep a mail as it came and have it read; None where these very bytes came that way before."""
    kept = inbound.keep(uow, source=f"{SOURCE}:{way}", body=raw)
    if kept is not None:
        inbound.settle(uow, kept, InboundState.TAKEN)
        uow.emit(MailCame(inbound_id=kept))
    return kept


def announce(uow: UnitOfWork, body: Inbound) -> None:
    """Have a mail read once more that could not be read."""
    uow.emit(MailCame(inbound_id=body.id))


def cannot_read(uow: UnitOfWork, inbound_id: int, cause: str) -> None:
    """Put a mail on the list of what failed; whoever tries it again has it read once more."""
    inbound.settle(uow, inbound_id, InboundState.REFUSED)
    fallout.record(
        uow,
        FalloutKind.INBOUND,
        subject_id=inbound_id,
        step=SOURCE,
        what=f"mail {inbound_id}",
        cause=cause,
        owner=_OWNER,
        attempts=1,
    )


# What becomes of it


def begin(uow: UnitOfWork, *, key: str, inbound_id: int) -> Begun | None:
    """Let a mail in; None where it was dealt with. The same at once waits for the first."""
    made = uow.session.scalar(
        insert(MailIn)
        .values(
            mail_key=key,
            inbound_id=inbound_id,
            outcome=MailOutcome.IGNORED,
            why="begun",
            at=uow.now,
        )
        .on_conflict_do_nothing(index_elements=["mail_key"])
        .returning(MailIn.id)
    )
    if made is None:
        made = uow.session.scalar(
            select(MailIn.id)
            .where(MailIn.mail_key == key, MailIn.outcome == MailOutcome.HELD)
            .with_for_update()
        )
    return None if made is None else Begun(made)


def settle(  # noqa: PLR0913 - by name, each a column
    uow: UnitOfWork,
    begun: Begun,
    outcome: MailOutcome,
    *,
    why: str = "",
    trust: MailTrust | None = None,
    identity_id: int | None = None,
    message_id: int | None = None,
    about_id: int | None = None,
) -> None:
    """Write down what became of a mail."""
    uow.session.execute(
        update(MailIn)
        .where(MailIn.id == begun.id)
        .values(
            outcome=outcome,
            why=why,
            trust=trust,
            identity_id=identity_id,
            message_id=message_id,
            about_id=about_id,
            at=uow.now,
        )
        .execution_options(synchronize_session=False)
    )


def is_known(session: Session, key: str) -> bool:
    """Whether a mail was dealt with; one that is held was not."""
    found = select(MailIn.id).where(MailIn.mail_key == key, MailIn.outcome != MailOutcome.HELD)
    return session.scalar(found) is not None


def lately(session: Session, identity_id: int, *, since: datetime) -> int:
    """How many mails of a sender were let in since then."""
    query = select(func.count()).where(
        MailIn.identity_id == identity_id,
        MailIn.at > since,
        MailIn.outcome.in_((MailOutcome.FILED, MailOutcome.REFUSED)),
    )
    return session.scalar(query) or 0


def let_held_in(uow: UnitOfWork, most_an_hour: int) -> int:
    """The sweep: of each sender whose mail was held, have the oldest read once there is room."""
    other = aliased(MailIn)
    room = (
        select(func.count())
        .where(
            other.identity_id == MailIn.identity_id,
            other.at > uow.now - HOUR,
            other.outcome.in_((MailOutcome.FILED, MailOutcome.REFUSED)),
        )
        .scalar_subquery()
    )
    rows = uow.session.execute(
        select(func.min(MailIn.id).label("id"), MailIn.identity_id)
        .where(MailIn.outcome == MailOutcome.HELD, room < most_an_hour)
        .group_by(MailIn.identity_id)
        .order_by(func.min(MailIn.id))
        .limit(BATCH)
    ).all()
    bodies = select(MailIn.inbound_id).where(MailIn.id.in_([row.id for row in rows]))
    for inbound_id in uow.session.scalars(bodies.order_by(MailIn.id)).all():
        uow.emit(MailCame(inbound_id=inbound_id))
    return len(rows)


# What it is about


def written(session: Session, message_id: int) -> Written | None:
    """A message of ours that went out by mail, by its id."""
    return _by_mail(session, message_id, Direction.OUT)


def heard(session: Session, key: str) -> Written | None:
    """The message that an earlier mail has become, by that mail's key; ``to`` is its sender."""
    message_id = session.scalar(select(MailIn.message_id).where(MailIn.mail_key == key))
    return None if message_id is None else _by_mail(session, message_id, Direction.IN)


def _by_mail(session: Session, message_id: int, direction: Direction) -> Written | None:
    row = session.execute(
        select(
            Message.id,
            Message.conversation_id,
            Conversation.identity_id,
            ChannelIdentity.key.label("to"),
            Message.subject,
            func.coalesce(Message.extra["thread"].astext, "").label("thread"),
            Message.at,
            Conversation.closed_at.is_(None).label("is_open"),
        )
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .where(
            Message.id == message_id,
            Message.direction == direction,
            Conversation.channel == MAIL,
        )
    ).one_or_none()
    return None if row is None else Written(*row)


# What servers report


def note_failed(
    uow: UnitOfWork, message: Written, *, why: str, detail: str, is_final: bool
) -> None:
    """A letter did not reach its reader, after a server had taken it; said again, once.

    ``is_final``: the address itself does not work, so that nothing more is sent there unasked.
    """
    done = uow.session.scalar(
        update(Message)
        .where(Message.id == message.id, Message.state.in_(_ARRIVED))
        .values(state=DeliveryState.FAILED)
        .returning(Message.id)
    )
    if is_final:
        uow.session.execute(
            update(ChannelIdentity)
            .where(
                ChannelIdentity.id == message.identity_id, ChannelIdentity.unreachable_at.is_(None)
            )
            .values(unreachable_at=uow.now, unreachable_why=why)
            .execution_options(synchronize_session="fetch")
        )
    if done is not None:
        note(uow, message, DeliveryState.FAILED, f"{why} {detail}".strip())
        uow.emit(
            MessageFailed(
                conversation_id=message.conversation_id,
                message_id=message.id,
                why=why,
                is_final=is_final,
            )
        )
        uow.touch(f"conversation:{message.conversation_id}")


def note(uow: UnitOfWork, message: Written, state: DeliveryState, detail: str) -> None:
    """Add what a server said to the log of a message."""
    uow.session.add(
        DeliveryLog(message_id=message.id, state=state, detail=detail[:200], at=uow.now)
    )


def reached(uow: UnitOfWork, identity_id: int) -> None:
    """Somebody wrote from an address: it works again."""
    uow.session.execute(
        update(ChannelIdentity)
        .where(ChannelIdentity.id == identity_id, ChannelIdentity.unreachable_at.is_not(None))
        .values(unreachable_at=None, unreachable_why="")
        .execution_options(synchronize_session="fetch")
    )


def unreachable(session: Connection | Session, mail: str) -> Unreachable | None:
    """Whether nothing arrives at an address any more; None where it may be written to."""
    return _UNREACHABLE.first(session, key=mail_key(mail))


_UNREACHABLE: Final = Hot(
    select(ChannelIdentity.unreachable_at, ChannelIdentity.unreachable_why).where(
        ChannelIdentity.channel == MAIL,
        ChannelIdentity.key == bindparam("key"),
        ChannelIdentity.unreachable_at.is_not(None),
    ),
    Unreachable,
)


# Mailboxes


def box(uow: UnitOfWork, box_key: str) -> Box:
    """How far a mailbox was read; from its beginning where nobody has looked yet."""
    uow.session.execute(
        insert(MailBox)
        .values(box_key=box_key, uid_validity=0, last_uid=0, looked_at=uow.now, why="")
        .on_conflict_do_nothing(index_elements=["box_key"])
    )
    row = uow.session.scalars(select(MailBox).where(MailBox.box_key == box_key)).one()
    uow.session.refresh(row)
    return Box(row.id, row.uid_validity, row.last_uid, row.looked_at, row.failed_at, row.why)


def look(uow: UnitOfWork, box_key: str) -> int:
    """The sweep: have a mailbox looked into."""
    uow.emit(MailBoxDue(letter_box_id=box(uow, box_key).id))
    return 1


def advance(uow: UnitOfWork, box_id: int, *, uid_validity: int, uid: int) -> None:
    """Remember up to where a mailbox was read; never further back under the same numbering."""
    is_same = MailBox.uid_validity == uid_validity
    uow.session.execute(
        update(MailBox)
        .where(MailBox.id == box_id)
        .values(
            last_uid=uid,
            uid_validity=uid_validity,
            looked_at=uow.now,
            failed_at=None,
            why="",
        )
        .where(~is_same | (MailBox.last_uid <= uid))
        .execution_options(synchronize_session=False)
    )


def note_trouble(uow: UnitOfWork, box_id: int, why: str) -> None:
    """A mailbox could not be read; ``why`` is a code. Since when is kept from the first time on."""
    uow.session.execute(
        update(MailBox)
        .where(MailBox.id == box_id)
        .values(failed_at=func.coalesce(MailBox.failed_at, uow.now), why=why, looked_at=uow.now)
        .execution_options(synchronize_session=False)
    )


def boxes(session: Connection | Session) -> list[Box]:
    """Every mailbox and how it went."""
    rows = session.execute(
        select(
            MailBox.id,
            MailBox.uid_validity,
            MailBox.last_uid,
            MailBox.looked_at,
            MailBox.failed_at,
            MailBox.why,
        ).order_by(MailBox.id)
    )
    return [Box(*row) for row in rows]


def outcomes(session: Connection | Session, *, since: datetime) -> dict[MailOutcome, int]:
    """How many mails became what since then."""
    rows = session.execute(
        select(MailIn.outcome, func.count()).where(MailIn.at > since).group_by(MailIn.outcome)
    )
    return {row.outcome: row[1] for row in rows}
