"""Writing down what comes from LINE, whose accounts are linked, and what a month has used."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from bots.line import queries
from bots.line.client import Quota
from bots.line.events import LineHeard
from bots.line.models import LineAccount, LineEvent, LineMonth, LineNonce
from bots.line.shapes import OLDEST, Happened
from bots.line.views import TokenView
from oms_service.conversations import queries as conversations
from oms_service.conversations import service as talking
from oms_service.conversations.channels import LINE
from oms_service.conversations.events import MessageQueued
from oms_service.conversations.views import ConversationView
from oms_service.customers import queries as customers
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import ids

#: Longer than LINE's own link token lasts.
NONCE_KEPT: Final = timedelta(minutes=10)
#: Events are known again for longer than they may be old.
_EVENTS_KEPT: Final = OLDEST + timedelta(days=4)
#: Words that nobody has dealt with are kept no longer than this.
_WAITING_KEPT: Final = timedelta(days=30)
#: What waits for so long waits for more than its turn.
_STUCK: Final = timedelta(minutes=10)
#: A month that was used up is looked at again so often: the shop may have bought more.
_LOOK_AGAIN: Final = timedelta(hours=1)
BATCH: Final = 200


# What comes


def keep(uow: UnitOfWork, events: Sequence[Happened]) -> int:
    """Write down what happened; what is known already stays as it is. How many were new."""
    new = 0
    for user in sorted({one.user for one in events}):
        account_id = _account(uow, user)
        theirs = [one for one in events if one.user == user]
        made = sum(_keep(uow, account_id, one) for one in theirs)
        if made:
            uow.emit(LineHeard(line_account_id=account_id))
        new += made
    return new


def _keep(uow: UnitOfWork, account_id: int, event: Happened) -> bool:
    row = uow.session.execute(
        insert(LineEvent)
        .values(
            event_key=event.key,
            account_id=account_id,
            kind=event.kind,
            content=dict(event.content),
            reply_token=event.reply_token,
            happened_at=event.at,
            received_at=uow.now,
            tries=0,
        )
        .on_conflict_do_nothing(index_elements=["event_key"])
        .returning(LineEvent.id)
    ).one_or_none()
    return row is not None


def _account(uow: UnitOfWork, user: str) -> int:
    identity_id = talking.sender(uow, channel=LINE, key=user)
    uow.session.execute(
        insert(LineAccount)
        .values(identity_id=identity_id, created_at=uow.now)
        .on_conflict_do_nothing(index_elements=["identity_id"])
    )
    found = select(LineAccount.id).where(LineAccount.identity_id == identity_id)
    return uow.session.scalars(found).one()


def count_try(uow: UnitOfWork, event_id: int) -> None:
    uow.session.execute(
        update(LineEvent).where(LineEvent.id == event_id).values(tries=LineEvent.tries + 1)
    )


def settle(uow: UnitOfWork, event_id: int) -> None:
    """It has been dealt with: its words are in the conversation, and nowhere else."""
    uow.session.execute(
        update(LineEvent)
        .where(LineEvent.id == event_id, LineEvent.handled_at.is_(None))
        .values(handled_at=uow.now, content={})
    )


def take_token(uow: UnitOfWork, token: TokenView) -> bool:
    """Take a reply token, which nobody else gets from now on; whether it was still there."""
    done = uow.session.execute(
        update(LineEvent)
        .where(LineEvent.id == token.event_id, LineEvent.reply_token == token.token)
        .values(reply_token="")
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result has it


def give_back_token(uow: UnitOfWork, token: TokenView) -> None:
    """It was not used after all."""
    uow.session.execute(
        update(LineEvent).where(LineEvent.id == token.event_id).values(reply_token=token.token)
    )


def block(uow: UnitOfWork, account_id: int, *, is_blocked: bool) -> None:
    """Note that somebody has blocked the shop's account, or takes its messages again."""
    at = uow.now if is_blocked else None
    uow.session.execute(
        update(LineAccount).where(LineAccount.id == account_id).values(blocked_at=at)
    )


def forget_old(uow: UnitOfWork) -> int:
    """Forget events that nobody can deliver again, and numbers that are over.

    What nobody has dealt with for so long, as LINE was switched off, is of no use any more either.
    """
    done = uow.session.execute(
        delete(LineEvent).where(
            or_(
                and_(
                    LineEvent.received_at < uow.now - _EVENTS_KEPT,
                    LineEvent.handled_at.is_not(None),
                ),
                LineEvent.received_at < uow.now - _WAITING_KEPT,
            )
        )
    )
    over = uow.session.execute(
        delete(LineNonce).where(LineNonce.expires_at < uow.now - _EVENTS_KEPT)
    )
    return int(done.rowcount) + int(over.rowcount)  # type: ignore[attr-defined]  # as above


# Whose account it is


def make_nonce(uow: UnitOfWork, *, account_id: int, customer_id: int) -> str:
    """The number used once that LINE brings back when its user agrees; earlier ones are over."""
    uow.session.execute(
        update(LineNonce)
        .where(LineNonce.account_id == account_id, LineNonce.used_at.is_(None))
        .values(used_at=uow.now)
    )
    nonce = ids.token()
    uow.session.add(
        LineNonce(
            digest=ids.digest(nonce),
            account_id=account_id,
            customer_id=customer_id,
            made_at=uow.now,
            expires_at=uow.now + NONCE_KEPT,
        )
    )
    return nonce


def link(uow: UnitOfWork, account_id: int, nonce: str) -> int | None:
    """Link an account by the number that came back; the customer, or None if it is no good.

    What was said by another customer from this account before is closed.
    """
    row = uow.session.execute(
        update(LineNonce)
        .where(
            LineNonce.digest == ids.digest(nonce),
            LineNonce.account_id == account_id,
            LineNonce.used_at.is_(None),
            LineNonce.expires_at > uow.now,
        )
        .values(used_at=uow.now)
        .returning(LineNonce.customer_id)
    ).one_or_none()
    if row is None:
        return None
    customer_id = customers.root(uow.session, row.customer_id)
    if customers.is_erased(uow.session, customer_id):
        return None
    held, thread, key = _held(uow, account_id)
    if thread is not None and thread.customer_id not in {None, customer_id}:
        talking.leave(uow, thread.id)
    held.customer_id, held.linked_at = customer_id, uow.now
    talking.belongs(uow, channel=LINE, key=key, customer_id=customer_id)
    return customer_id


def unlink(uow: UnitOfWork, account_id: int, *, of_customer: int | None = None) -> bool:
    """End a link; whether there was one. ``of_customer``: only if it is theirs."""
    held, _thread, key = _held(uow, account_id)
    if held.customer_id is None or of_customer not in {None, held.customer_id}:
        return False
    held.customer_id = held.linked_at = None
    uow.session.flush()
    talking.part(uow, channel=LINE, key=key)
    return True


def is_linked(uow: UnitOfWork, account_id: int, customer_id: int) -> bool:
    """Whether an account is that customer's now, and stays it until this transaction ends."""
    held = uow.session.get(
        LineAccount, account_id, with_for_update={"read": True}, populate_existing=True
    )
    return held is not None and held.customer_id == customer_id


def _held(uow: UnitOfWork, account_id: int) -> tuple[LineAccount, ConversationView | None, str]:
    """An account and its open thread, both held, the thread first as by everybody; its key."""
    known = uow.session.get_one(LineAccount, account_id)
    key = conversations.key_of(uow.session, known.identity_id) or ""
    thread = conversations.open_of(uow.session, LINE, key)
    if thread is not None:
        thread = talking.lock(uow, thread.id)
    held = uow.session.get_one(
        LineAccount, account_id, with_for_update=True, populate_existing=True
    )
    return held, thread, key


# What a month allows


def note_quota(uow: UnitOfWork, quota: Quota) -> None:
    """Keep what LINE says of this month."""
    said = {
        "allowance": quota.allowance,
        "used": quota.used,
        "is_used_up": False,
        "read_at": uow.now,
    }
    uow.session.execute(
        insert(LineMonth)
        .values(month=queries.month_of(uow.now), **said)
        .on_conflict_do_update(index_elements=["month"], set_=said)
    )


def count_sent(uow: UnitOfWork) -> None:
    """One message that counts has been sent."""
    uow.session.execute(
        update(LineMonth)
        .where(LineMonth.month == queries.month_of(uow.now))
        .values(used=LineMonth.used + 1)
    )


def note_used_up(uow: UnitOfWork) -> None:
    """LINE takes no more messages this month."""
    said = {"is_used_up": True, "read_at": uow.now}
    uow.session.execute(
        insert(LineMonth)
        .values(month=queries.month_of(uow.now), allowance=None, used=0, **said)
        .on_conflict_do_update(index_elements=["month"], set_=said)
    )


def wake_waiting(uow: UnitOfWork) -> int:
    """Have what waits sent again, unless the month is known to be used up."""
    month = queries.month(uow.session, uow.now)
    if month is not None and month.is_over and month.read_at > uow.now - _LOOK_AGAIN:
        return 0
    before = uow.now - _STUCK
    found = conversations.stuck(uow.session, LINE, before=before, limit=BATCH)
    for conversation_id, message_id in found:
        uow.emit(MessageQueued(conversation_id=conversation_id, message_id=message_id))
    return len(found)
