"""Opening sales channels and putting policies in force."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.languages import Language, Words
from oms_service.sales.models import Policy, SalesChannel
from oms_service.sales.queries import ChannelView, PolicyView, channel_view, policy_view
from oms_service.sales.states import ChannelKind, TaxMode


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


def put_in_force(
    uow: UnitOfWork,
    *,
    channel_id: int,
    kind: str,
    rules: Mapping[str, Any],
    text: Words,
    since: datetime | None = None,
) -> PolicyView:
    """A new version of a policy; ``operations.policy.adopt`` calls it with rules it has read."""
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
