"""Reading what is kept of LINE."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, select
from sqlalchemy.orm import Session

from bots.line.models import LineAccount, LineEvent, LineMonth
from bots.line.shapes import Kind
from bots.line.views import AccountView, EventView, MonthView, TokenView
from oms_service.conversations import queries as conversations
from oms_service.conversations.channels import LINE

#: A reply token is good for a minute; a call takes some of it.
TOKEN_GOOD: Final = timedelta(seconds=45)
#: LINE counts months as Japan does.
_JAPAN: Final = ZoneInfo("Asia/Tokyo")

Reader = Connection | Session


def account(reader: Reader, account_id: int) -> AccountView | None:
    return _account(reader, LineAccount.id == account_id)


def of_sender(reader: Reader, identity_id: int) -> AccountView | None:
    """The account of a sender, as conversations know senders."""
    return _account(reader, LineAccount.identity_id == identity_id)


def of_customer(reader: Reader, customer_id: int) -> Sequence[AccountView]:
    """The accounts that a customer has linked, oldest first."""
    rows = reader.execute(
        select(*_ACCOUNT)
        .where(LineAccount.customer_id == customer_id)
        .order_by(LineAccount.linked_at, LineAccount.id)
    )
    return [AccountView(*row) for row in rows]


def next_event(reader: Reader, account_id: int) -> EventView | None:
    """The oldest event of somebody that nobody has dealt with."""
    row = reader.execute(
        select(
            LineEvent.id,
            LineEvent.event_key,
            LineEvent.kind,
            LineEvent.content,
            LineEvent.tries,
        )
        .where(LineEvent.account_id == account_id, LineEvent.handled_at.is_(None))
        .order_by(LineEvent.happened_at, LineEvent.id)
        .limit(1)
    ).one_or_none()
    return None if row is None else EventView(row.id, row.event_key, Kind(row.kind), *row[3:])


def token(reader: Reader, account_id: int, *, now: datetime) -> TokenView | None:
    """The newest reply token of somebody that is still good."""
    row = reader.execute(
        select(LineEvent.id, LineEvent.reply_token)
        .where(
            LineEvent.account_id == account_id,
            LineEvent.reply_token != "",
            LineEvent.received_at > now - TOKEN_GOOD,
        )
        .order_by(LineEvent.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else TokenView(*row)


def month_of(now: datetime) -> str:
    return now.astimezone(_JAPAN).strftime("%Y-%m")


def month(reader: Reader, now: datetime) -> MonthView | None:
    """What is known of this month's messages."""
    row = reader.execute(
        select(LineMonth.allowance, LineMonth.used, LineMonth.is_used_up, LineMonth.read_at).where(
            LineMonth.month == month_of(now)
        )
    ).one_or_none()
    return None if row is None else MonthView(*row)


_ACCOUNT = (
    LineAccount.id,
    LineAccount.identity_id,
    LineAccount.customer_id,
    LineAccount.linked_at,
    LineAccount.blocked_at,
)


def _account(reader: Reader, where: ColumnElement[bool]) -> AccountView | None:
    row = reader.execute(select(*_ACCOUNT).where(where)).one_or_none()
    return None if row is None else AccountView(*row)


def of_user(reader: Reader, user: str) -> AccountView | None:
    """The account of a user, by LINE's id of them."""
    identity_id = conversations.sender_of(reader, LINE, user)
    return None if identity_id is None else of_sender(reader, identity_id)
