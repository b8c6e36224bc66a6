"""Tokens that customers give to programs of theirs: made, found, ended."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, func, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from bots.mcp.models import AssistantToken
from oms_service.customers import queries as customers
from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import ids
from oms_service.kernel.errors import DomainError, Invalid, NotFound

#: What each begins with, so that it is known for what it is wherever it turns up.
START: Final = "omsa_"
LONGEST_LABEL: Final = 60
#: For how many days one may hold.
MOST_DAYS: Final = 365
#: As many as one customer may have in force.
MOST: Final = 10
#: That it was used is noted at most so often.
_NOTED_EVERY: Final = timedelta(minutes=5)


class TooManyTokens(DomainError):
    """The customer has as many tokens as anybody may."""

    code = "too-many-tokens"


@dataclass(frozen=True)
class TokenView:
    """A token without its secret."""

    id: int
    public_id: str
    customer_id: int
    label: str
    prefix: str
    may_act: bool
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    used_at: datetime | None


def issue(
    uow: UnitOfWork, customer_id: int, *, label: str, days: int, may_act: bool = False
) -> tuple[TokenView, str]:
    """A new token and its secret, which cannot be read again.

    Raises:
        NotFound: no such customer.
        Invalid: no label, or more days than there are.
        TooManyTokens: the customer has enough of them.
    """
    fields = {}
    label = label.strip()
    if not 1 <= len(label) <= LONGEST_LABEL or not label.isprintable():
        fields["label"] = f"must have 1 to {LONGEST_LABEL} characters"
    if not 1 <= days <= MOST_DAYS:
        fields["days"] = f"must be 1 to {MOST_DAYS}"
    if fields:
        raise Invalid("; ".join(f"{name} {what}" for name, what in fields.items()), fields)
    person = customers.find(uow.session, customer_id)
    if person is None:
        raise NotFound("no such customer")
    # Two at once are counted one after the other.
    locks.a_name(uow.session, f"assistant-tokens {person.id}")
    in_force = select(func.count()).where(
        AssistantToken.customer_id == person.id,
        AssistantToken.revoked_at.is_(None),
        AssistantToken.expires_at > uow.now,
    )
    if (uow.session.scalar(in_force) or 0) >= MOST:
        raise TooManyTokens(f"{MOST} tokens are in force; end one first")
    secret = START + ids.token()
    row = AssistantToken(
        public_id=ids.token(),
        customer_id=person.id,
        label=label,
        prefix=secret[:12],
        digest=ids.digest(secret),
        may_act=may_act,
        created_by=uow.actor.ref,
        created_at=uow.now,
        expires_at=uow.now + timedelta(days=days),
    )
    uow.session.add(row)
    uow.session.flush()
    return _view(row), secret


def revoke(uow: UnitOfWork, public_id: str, *, customer_id: int | None = None) -> None:
    """End a token: calls with it are refused from now on; one that has ended stays so.

    Raises:
        NotFound: there is none, or it is not this customer's.
    """
    query = select(AssistantToken).where(AssistantToken.public_id == public_id)
    if customer_id is not None:
        query = query.where(AssistantToken.customer_id == customer_id)
    found = uow.session.scalars(query.with_for_update()).one_or_none()
    if found is None:
        raise NotFound("no such token")
    found.revoked_at = found.revoked_at or uow.now


def of_customer(reader: Connection | Session, customer_id: int) -> list[TokenView]:
    """Those that were not ended, the newest first."""
    query = select(*_COLUMNS).where(
        AssistantToken.customer_id == customer_id, AssistantToken.revoked_at.is_(None)
    )
    rows = reader.execute(query.order_by(AssistantToken.id.desc()))
    return [TokenView(*row) for row in rows]


def by_public_id(reader: Connection | Session, public_id: str) -> TokenView:
    """A token, ended or not.

    Raises:
        NotFound: there is none.
    """
    query = select(*_COLUMNS).where(AssistantToken.public_id == public_id)
    row = reader.execute(query).one_or_none()
    if row is None:
        raise NotFound("no such token")
    return TokenView(*row)


def by_secret(reader: Connection | Session, secret: str, *, now: datetime) -> TokenView | None:
    """The token in force that is this secret."""
    row = reader.execute(
        select(*_COLUMNS).where(
            AssistantToken.digest == ids.digest(secret),
            AssistantToken.revoked_at.is_(None),
            AssistantToken.expires_at > now,
        )
    ).one_or_none()
    return TokenView(*row) if row is not None else None


def held(uow: UnitOfWork, token_id: int) -> TokenView | None:
    """The token if it is still in force; nobody ends it before this transaction does.

    Calls with one token wait for each other here, before the conversation they share.
    """
    row = uow.session.scalars(
        select(AssistantToken)
        .where(AssistantToken.id == token_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None or row.revoked_at is not None or row.expires_at <= uow.now:
        return None
    return _view(row)


def note_use(uow: UnitOfWork, token_id: int) -> None:
    """When a token was used last, as nearly as its customer needs to know."""
    uow.session.execute(
        update(AssistantToken)
        .where(
            AssistantToken.id == token_id,
            func.coalesce(AssistantToken.used_at, AssistantToken.created_at)
            <= uow.now - _NOTED_EVERY,
        )
        .values(used_at=uow.now)
    )


def _view(row: AssistantToken) -> TokenView:
    return TokenView(*(getattr(row, column.key) for column in _COLUMNS))


_COLUMNS: Final[tuple[InstrumentedAttribute[Any], ...]] = (
    AssistantToken.id,
    AssistantToken.public_id,
    AssistantToken.customer_id,
    AssistantToken.label,
    AssistantToken.prefix,
    AssistantToken.may_act,
    AssistantToken.created_at,
    AssistantToken.expires_at,
    AssistantToken.revoked_at,
    AssistantToken.used_at,
)
