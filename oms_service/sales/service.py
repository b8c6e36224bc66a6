"""Opening sales channels and putting policies in force."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid, Stale
from oms_service.kernel.languages import Language, Words
from oms_service.sales.models import Policy, SalesChannel, SellingRule
from oms_service.sales.queries import (
    ChannelView,
    PolicyView,
    RuleView,
    channel_view,
    policy_view,
    rules_of_variant,
)
from oms_service.sales.states import ChannelKind, SellingMode, TaxMode

#: The largest number of units a limit names.
MOST_UNITS = 1_000_000


@dataclass(frozen=True, kw_only=True)
class NewChannel:
    code: str
    name: Words
    kind: ChannelKind
    currency: str
    tax_mode: TaxMode
    zone: str
    locale: Language
    stock_buffer: int = 0


def open_channel(uow: UnitOfWork, new: NewChannel) -> ChannelView:
    """A channel to sell in; asked again, the one of that code as it is."""
    locks.a_name(uow.session, f"sales_channel {new.code}")
    row = uow.session.scalar(select(SalesChannel).where(SalesChannel.code == new.code))
    if row is None:
        row = SalesChannel(
            code=new.code,
            name=new.name,
            kind=new.kind,
            currency=new.currency,
            tax_mode=new.tax_mode,
            zone=new.zone,
            locale=new.locale,
            stock_buffer=new.stock_buffer,
            is_active=True,
        )
        uow.session.add(row)
        uow.session.flush()
    return channel_view(row)


def hold(uow: UnitOfWork, channel_id: int) -> None:
    """Let nobody else change the policies of a channel meanwhile.

    Raises:
        NotFound: no such channel.
    """
    locks.one(uow.session, SalesChannel, channel_id)


def put_in_force(
    uow: UnitOfWork,
    *,
    channel_id: int,
    kind: str,
    rules: Mapping[str, Any],
    text: Words,
    since: datetime | None = None,
) -> PolicyView:
    """A new version of a policy; ``rules.policy.adopt`` calls it with rules it has read."""
    locks.one(uow.session, SalesChannel, channel_id)
    newest = uow.session.scalar(
        select(func.max(Policy.version)).where(Policy.channel_id == channel_id, Policy.kind == kind)
    )
    row = Policy(
        channel_id=channel_id,
        kind=kind,
        version=(newest or 0) + 1,
        rules=dict(rules),
        text=text,
        in_force_from=since or uow.now,
    )
    uow.session.add(row)
    uow.session.flush()
    return policy_view(row)


def sell_as(
    uow: UnitOfWork,
    *,
    variant_id: int,
    channel_id: int | None,
    mode: SellingMode,
    limit_units: int | None = None,
    ships_by: date | None = None,
    version: int | None = None,
) -> RuleView:
    """Say how a variant is sold once its stock is gone; said again alike, nothing changes.

    Args:
        uow: the transaction.
        variant_id: which variant.
        channel_id: only there; everywhere where not given.
        mode: whether it may wait, and as what.
        limit_units: how many units may wait; any number where not given.
        ships_by: the day by which they leave; a pre-order needs one.
        version: the one that was read; 0 where there was no rule yet.

    Raises:
        Invalid: a limit below nothing, or a pre-order without a day.
        Stale: the rule has another version now.
    """
    wrong = {}
    if limit_units is not None and not 0 <= limit_units <= MOST_UNITS:
        wrong["limit_units"] = f"must be 0 to {MOST_UNITS}"
    if mode is SellingMode.PREORDER and ships_by is None:
        wrong["ships_by"] = "is missing: a pre-order has a day"
    if wrong:
        raise Invalid("this variant cannot be sold so", wrong)
    made = uow.session.scalar(
        insert(SellingRule)
        .values(
            variant_id=variant_id,
            channel_id=channel_id,
            mode=mode,
            limit_units=limit_units,
            ships_by=ships_by,
        )
        .on_conflict_do_nothing(index_elements=["variant_id", "channel_id"])
        .returning(SellingRule.id)
    )
    (row,) = locks.those(
        uow.session,
        SellingRule,
        (SellingRule.variant_id == variant_id)
        & SellingRule.channel_id.is_not_distinct_from(channel_id),
        by=[SellingRule.id],
    )
    if version is not None and version != (0 if made is not None else row.version):
        raise Stale("this rule has changed since you read it")
    wanted = (mode, limit_units, ships_by)
    if made is None and (row.mode, row.limit_units, row.ships_by) != wanted:
        row.mode, row.limit_units, row.ships_by = wanted
        row.version += 1
        uow.session.flush()
    return next(
        one for one in rules_of_variant(uow.session, variant_id) if one.channel_id == channel_id
    )


def hold_rules(uow: UnitOfWork, rule_ids: Collection[int]) -> None:
    """Hold these rules, in the order of their keys, while units are counted under them."""
    locks.those(uow.session, SellingRule, SellingRule.id.in_(sorted(rule_ids)), by=[SellingRule.id])
