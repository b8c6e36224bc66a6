"""Reading sales channels and what holds in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_service.kernel.errors import NotFound
from oms_service.kernel.languages import Language, Words
from oms_service.sales.models import Policy, SalesChannel
from oms_service.sales.states import ChannelKind, TaxMode


@dataclass(frozen=True)
class ChannelView:
    id: int
    code: str
    name: Words
    kind: ChannelKind
    currency: str
    tax_mode: TaxMode
    zone: str
    locale: Language
    stock_buffer: int
    is_active: bool


@dataclass(frozen=True)
class PolicyView:
    """One version of a policy: ``rules`` as stored, ``text`` as customers read it."""

    id: int
    channel_id: int
    kind: str
    version: int
    rules: Mapping[str, Any]
    text: Words
    in_force_from: datetime


def channel(session: Session, code: str) -> ChannelView:
    """The channel of that code.

    Raises:
        NotFound: there is none.
    """
    row = session.scalar(select(SalesChannel).where(SalesChannel.code == code))
    if row is None:
        raise NotFound(f"no sales channel {code!r}")
    return channel_view(row)


def channel_by_id(session: Session, channel_id: int) -> ChannelView:
    """The channel an order points at; it always exists."""
    return channel_view(session.get_one(SalesChannel, channel_id))


def channels(session: Session) -> tuple[ChannelView, ...]:
    """Every channel, by code."""
    rows = session.scalars(select(SalesChannel).order_by(SalesChannel.code))
    return tuple(channel_view(row) for row in rows)


def policy(session: Session, channel_id: int, kind: str, *, at: datetime) -> PolicyView | None:
    """The version in force at ``at``, or None where the channel has no such policy."""
    query = (
        select(Policy)
        .where(Policy.channel_id == channel_id, Policy.kind == kind, Policy.in_force_from <= at)
        .order_by(Policy.version.desc())
        .limit(1)
    )
    row = session.scalar(query)
    return policy_view(row) if row else None


def channel_view(row: SalesChannel) -> ChannelView:
    return ChannelView(
        row.id,
        row.code,
        row.name,
        row.kind,
        row.currency,
        row.tax_mode,
        row.zone,
        row.locale,
        row.stock_buffer,
        row.is_active,
    )


def policy_view(row: Policy) -> PolicyView:
    return PolicyView(
        row.id, row.channel_id, row.kind, row.version, row.rules, row.text, row.in_force_from
    )
