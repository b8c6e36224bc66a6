"""The bulk door of sales channels: what a shop is loaded with before it sells."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_service.infra import bulk
from oms_service.kernel.languages import Language, Words
from oms_service.sales.models import Policy, SalesChannel
from oms_service.sales.states import ChannelKind, TaxMode


@dataclass(frozen=True, kw_only=True, slots=True)
class NewChannel:
    """A channel to open."""

    code: str
    name: Words
    kind: ChannelKind
    currency: str
    tax_mode: TaxMode
    zone: str
    locale: Language
    stock_buffer: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyRow:
    """One version of one rule book of a channel."""

    channel_id: int
    kind: str
    version: int
    rules: dict[str, Any]
    text: Words
    in_force_from: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownChannel:
    """What a load needs to know of a channel."""

    id: int
    code: str
    kind: ChannelKind
    currency: str
    tax_mode: TaxMode
    zone: str
    locale: Language


def channel(session: Session, code: str) -> KnownChannel | None:
    """The channel called ``code``, or None."""
    found = session.scalar(select(SalesChannel).where(SalesChannel.code == code))
    return _known(found) if found else None


def channel_codes(session: Session) -> list[str]:
    return list(session.scalars(select(SalesChannel.code).order_by(SalesChannel.code)))


def open_channel(session: Session, wanted: NewChannel) -> tuple[KnownChannel, bool]:
    """The channel called ``wanted.code``, and whether it had to be opened."""
    known = channel(session, wanted.code)
    if known is not None:
        return known, False
    row = SalesChannel(**asdict(wanted))
    session.add(row)
    session.flush()
    return _known(row), True


def add_policies(session: Session, rows: Iterable[PolicyRow]) -> int:
    return bulk.insert(session, Policy, list(rows))


def _known(row: SalesChannel) -> KnownChannel:
    return KnownChannel(
        id=row.id,
        code=row.code,
        kind=row.kind,
        currency=row.currency,
        tax_mode=row.tax_mode,
        zone=row.zone,
        locale=row.locale,
    )
