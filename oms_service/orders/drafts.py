"""Orders that are not placed yet: their rows may still be rewritten, or go away."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import text
from oms_service.kernel.errors import NotFound
from oms_service.kernel.languages import Language
from oms_service.orders import service
from oms_service.orders.models import Order, OrderLine, OrderTax
from oms_service.orders.service import NewOrder, Written


@dataclass(frozen=True)
class DraftLine:
    """What a draft holds of one variant."""

    sku: str
    ordered: int


@dataclass(frozen=True)
class Contents:
    """All that a draft holds; personal. ``mail`` and ``phone`` in their comparable form."""

    channel_id: int
    customer_id: int
    language: Language
    ship_to: Mapping[str, Any] | None
    mail: str
    phone: str
    discount_minor: int
    shipping_minor: int
    lines: tuple[DraftLine, ...]
    pickup_location_id: int | None = None
    deliver_on: date | None = None
    delivery_window: str = ""


def contents(session: Session, order_id: int) -> Contents:
    """What a draft holds.

    Raises:
        NotFound: no such draft.
    """
    row = session.execute(
        select(
            Order.channel_id,
            Order.customer_id,
            Order.language,
            Order.ship_to,
            Order.mail_key,
            Order.phone_key,
            Order.discount_minor,
            Order.shipping_minor,
            Order.pickup_location_id,
            Order.deliver_on,
            Order.delivery_window,
        ).where(Order.id == order_id, Order.is_draft)
    ).one_or_none()
    if row is None:
        raise NotFound("no such draft")
    lines = session.execute(
        select(OrderLine.sku, OrderLine.ordered)
        .where(OrderLine.order_id == order_id)
        .order_by(OrderLine.position)
    )
    return Contents(
        row.channel_id,
        row.customer_id,
        row.language,
        row.ship_to,
        row.mail_key,
        row.phone_key,
        row.discount_minor,
        row.shipping_minor,
        tuple(DraftLine(line.sku, line.ordered) for line in lines),
        row.pickup_location_id,
        row.deliver_on,
        row.delivery_window,
    )


def rewrite(uow: UnitOfWork, order_id: int, new: NewOrder) -> Written:
    """Let a draft say what ``new`` says, but for its number and reference; it must be held."""
    row = service.hold_against_others(uow, order_id)
    _empty(uow, order_id)
    row.customer_id = new.customer_id
    row.language = new.language
    row.ship_to = dict(new.ship_to) if new.ship_to else None
    row.mail_key = text.mail_key(new.mail)
    row.phone_key = text.phone_key(new.phone)
    row.postal_key = text.postal_key(str((new.ship_to or {}).get("postal_code", "")))
    row.pickup_location_id = new.pickup_location_id
    row.deliver_on = new.deliver_on
    row.delivery_window = new.delivery_window
    row.items_minor = new.items_minor
    row.discount_minor = new.discount_minor
    row.shipping_minor = new.shipping_minor
    row.tax_minor = new.tax_minor
    row.total_minor = new.total_minor
    row.is_draft = new.is_draft
    row.placed_at = new.placed_at
    row.version += 1
    uow.session.flush()
    line_ids = service.write_lines(uow, order_id, new)
    uow.touch(f"order:{order_id}")
    return Written(order_id, line_ids, is_new=True)


def remove(uow: UnitOfWork, order_id: int) -> None:
    """Take a draft away; it must be held."""
    row = service.hold_against_others(uow, order_id)
    _empty(uow, order_id)
    uow.session.delete(row)
    uow.session.flush()


def _empty(uow: UnitOfWork, order_id: int) -> None:
    for of_order in (
        delete(OrderTax).where(OrderTax.order_id == order_id),
        delete(OrderLine).where(OrderLine.order_id == order_id),
    ):
        uow.session.execute(of_order.execution_options(synchronize_session="fetch"))
