"""Orders as the API says them."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from oms_service.kernel.money import Money
from oms_service.orders import queries as orders
from oms_service.orders.queries import LineView, OrderView, TaxView
from oms_service.orders.states import HoldReason
from oms_service.sales import queries as sales


def money(amount: Money) -> dict[str, Any]:
    return {"minor": amount.minor, "currency": amount.currency}


def order(reader: Session | Connection, view: OrderView) -> dict[str, Any]:
    """One order with its lines and money, as ``PlacedOrderSchema``."""
    return whole(
        view,
        sales.codes(reader)[view.channel_id],
        taxes=orders.taxes(reader, view.id),
        holds=orders.open_holds(reader, view.id),
        of=orders.lines(reader, view.id),
    )


def whole(
    view: OrderView,
    channel: str,
    *,
    taxes: Iterable[TaxView],
    holds: Iterable[HoldReason],
    of: Sequence[LineView],
) -> dict[str, Any]:
    """The same of an order whose parts are known."""
    return {
        **head(view, channel),
        "items": money(view.items),
        "discount": money(view.discount),
        "shipping": money(view.shipping),
        "tax": money(view.tax),
        "taxes": [
            {"rate_bp": one.rate_bp, "taxable": money(one.taxable), "tax": money(one.tax)}
            for one in taxes
        ],
        "holds": [str(reason) for reason in holds],
        "deliver_on": view.deliver_on.isoformat() if view.deliver_on else None,
        "delivery_window": view.delivery_window,
        "lines": lines(of),
    }


def head(view: OrderView, channel: str) -> dict[str, Any]:
    """One order in a list, as ``OrderHeadSchema``."""
    return {
        "number": view.number,
        "channel": channel,
        "placed_at": view.placed_at.isoformat() if view.placed_at else None,
        "order_state": view.order_state,
        "payment_state": view.payment_state,
        "fulfilment_state": view.fulfilment_state,
        "total": money(view.total),
        "version": view.version,
    }


def lines(of: Sequence[LineView]) -> list[dict[str, Any]]:
    return [
        {
            "sku": line.sku,
            "name": dict(line.name),
            "options": dict(line.options),
            "unit_price": money(line.unit_price),
            "discount": money(line.discount),
            "tax_rate_bp": line.tax_rate_bp,
            "ships_by": line.ships_by.isoformat() if line.ships_by else None,
            "counters": vars(line.counters),
        }
        for line in of
    ]
