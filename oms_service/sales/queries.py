"""Reading sales channels and what holds in them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    Connection,
    String,
    bindparam,
    func,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from oms_service.infra.hot import Hot
from oms_service.infra.once import once
from oms_service.kernel import pages
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.kernel.languages import Language, Words
from oms_service.kernel.pages import Page
from oms_service.sales.models import Policy, SalesChannel, SellingRule
from oms_service.sales.states import ChannelKind, SellingMode, TaxMode

Reader = Session | Connection


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


@dataclass(frozen=True)
class RuleView:
    """How a variant is sold once its stock is gone; ``channel_id`` is empty where everywhere."""

    id: int
    variant_id: int
    channel_id: int | None
    mode: SellingMode
    limit_units: int | None
    ships_by: date | None
    version: int


@once
def channel(session: Session, code: str) -> ChannelView:
    """The channel of that code.

    Raises:
        NotFound: there is none.
    """
    found = _BY_CODE.first(session, code=code)
    if found is None:
        raise NotFound(f"no sales channel {code!r}")
    return found


@once
def channel_by_id(session: Session, channel_id: int) -> ChannelView:
    """The channel an order points at; it always exists."""
    return _BY_CHANNEL_ID.one(session, channel_id=channel_id)


@once
def channels(session: Session) -> tuple[ChannelView, ...]:
    """Every channel, by code."""
    return tuple(_CHANNELS.all(session))


@once
def codes(reader: Reader) -> dict[int, str]:
    """The code of every channel, by id."""
    return dict(_CODES.all(reader))


@once
def policy(session: Session, channel_id: int, kind: str, *, at: datetime) -> PolicyView | None:
    """The version in force at ``at``, or None where the channel has no such policy."""
    return _IN_FORCE.first(session, channel_id=channel_id, kind=kind, at=at)


@once
def policy_by_id(session: Session, policy_id: int) -> PolicyView:
    """One version of a policy, whether or not it still holds.

    Raises:
        NotFound: there is none.
    """
    row = session.get(Policy, policy_id)
    if row is None:
        raise NotFound(f"no policy {policy_id}")
    return policy_view(row)


def policies(
    session: Session, channel_id: int, kinds: Collection[str], *, at: datetime
) -> dict[str, Mapping[str, Any]]:
    """The rules in force at ``at``, by kind, in one query; a kind without any is left out."""
    found = in_force(session, channel_id, kinds, at=at)
    return {kind: policy.rules for kind, policy in found.items()}


def in_force(
    session: Session, channel_id: int, kinds: Collection[str], *, at: datetime
) -> dict[str, PolicyView]:
    """The versions in force at ``at``, by kind, in one query; a kind without any is left out."""
    found = _ALL_IN_FORCE.all(session, channel_id=channel_id, kinds=list(kinds), at=at)
    return {policy.kind: policy for policy in found}


def selling_rules(
    reader: Reader, variant_ids: Collection[int], channel_id: int
) -> dict[int, RuleView]:
    """What holds for these variants in a channel; its own rule wins over the one for all."""
    query = (
        select(*_RULE)
        .where(
            SellingRule.variant_id.in_(variant_ids),
            SellingRule.channel_id.is_(None) | (SellingRule.channel_id == channel_id),
        )
        .order_by(SellingRule.channel_id.asc().nulls_first())
    )
    return {row.variant_id: RuleView(*row) for row in reader.execute(query)}


def rules_of_variant(reader: Reader, variant_id: int) -> tuple[RuleView, ...]:
    """Every rule of a variant: the one for all channels first."""
    query = (
        select(*_RULE)
        .where(SellingRule.variant_id == variant_id)
        .order_by(SellingRule.channel_id.asc().nulls_first())
    )
    return tuple(RuleView(*row) for row in reader.execute(query))


def rules_of_variants(reader: Reader, variant_ids: Collection[int]) -> tuple[RuleView, ...]:
    """Every rule of these variants: of each the one for all channels first."""
    query = (
        select(*_RULE)
        .where(SellingRule.variant_id.in_(variant_ids))
        .order_by(SellingRule.variant_id, SellingRule.channel_id.asc().nulls_first())
    )
    return tuple(RuleView(*row) for row in reader.execute(query))


def rules_that_sell_ahead(reader: Reader, *, cursor: str = "", limit: int) -> Page[RuleView]:
    """One page of the rules by which something is sold before it is there, the next day first.

    Raises:
        Invalid: a cursor of another list.
    """
    by_day = func.coalesce(SellingRule.ships_by, _NO_DAY)
    query = select(*_RULE).where(SellingRule.mode != SellingMode.IN_STOCK)
    if cursor:
        day, rule_id = pages.read(cursor, str, int)
        query = query.where(tuple_(by_day, SellingRule.id) > tuple_(_day(str(day)), rule_id))
    rows = reader.execute(query.order_by(by_day, SellingRule.id).limit(limit + 1)).all()
    return pages.cut(
        rows,
        limit,
        shown=lambda row: RuleView(*row),
        key=lambda row: [(row.ships_by or _NO_DAY).isoformat(), row.id],
    )


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise Invalid("this cursor is not valid here", {"cursor": "not of this list"}) from None


#: Where what has no day stands in a list by days: last.
_NO_DAY: Final = date.max
_RULE = (
    SellingRule.id,
    SellingRule.variant_id,
    SellingRule.channel_id,
    SellingRule.mode,
    SellingRule.limit_units,
    SellingRule.ships_by,
    SellingRule.version,
)


def _code(channel_id: int, code: str) -> tuple[int, str]:
    return channel_id, code


_CHANNEL: Final = tuple(getattr(SalesChannel, name) for name in ChannelView.__dataclass_fields__)
_BY_CODE: Final = Hot(select(*_CHANNEL).where(SalesChannel.code == bindparam("code")), ChannelView)
_BY_CHANNEL_ID: Final = Hot(
    select(*_CHANNEL).where(SalesChannel.id == bindparam("channel_id")), ChannelView
)
_CHANNELS: Final = Hot(select(*_CHANNEL).order_by(SalesChannel.code), ChannelView)
_CODES: Final = Hot(select(SalesChannel.id, SalesChannel.code), _code)
_POLICY: Final = tuple(getattr(Policy, name) for name in PolicyView.__dataclass_fields__)
_ALL_IN_FORCE: Final = Hot(
    select(*_POLICY)
    .ext(distinct_on(Policy.kind))
    .where(
        Policy.channel_id == bindparam("channel_id"),
        Policy.kind == func.any(bindparam("kinds", type_=ARRAY(String))),
        Policy.in_force_from <= bindparam("at"),
    )
    .order_by(Policy.kind, Policy.version.desc()),
    PolicyView,
)
_IN_FORCE: Final = Hot(
    select(*_POLICY)
    .where(
        Policy.channel_id == bindparam("channel_id"),
        Policy.kind == bindparam("kind"),
        Policy.in_force_from <= bindparam("at"),
    )
    .order_by(Policy.version.desc())
    .limit(literal_column("1")),
    PolicyView,
)


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
