"""What stands in the product's tables, said as the retail file says it."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, text

from oms_service.importing.retail.load import CHANNEL
from tests.acceptance.retail_simulator import (
    CANCELLED,
    DELIVERED,
    EXCHANGED,
    MODIFIED,
    PENDING,
    RETURNED,
)
from tests.acceptance.retail_state import Ledger, OrderState, ShopState, address

PROCESSED: Final = "processed"
_GONE: Final = {"shipped", "partially_shipped", "partially_delivered"}

_ORDERS: Final = """
    SELECT o.id, o.number, o.order_state, o.fulfilment_state, o.cancel_reason, o.ship_to,
           EXISTS (SELECT 1 FROM order_changes c WHERE c.order_id = o.id
                   AND c.kind = 'items' AND c.state = 'confirmed') AS is_modified,
           r.kind AS return_kind, r.id AS return_id, r.refund_minor,
           coalesce(rm.token, '') AS return_method,
           coalesce(xm.token, '') AS exchange_method,
           coalesce(x.difference_minor, 0) AS exchange_cents
    FROM orders o
    JOIN sales_channels s ON s.id = o.channel_id AND s.code = :channel
    LEFT JOIN returns r ON r.order_id = o.id AND r.state NOT IN ('rejected', 'cancelled')
    LEFT JOIN payment_methods rm ON rm.id = r.refund_method_id
    LEFT JOIN exchanges x ON x.return_id = r.id
    LEFT JOIN payment_methods xm ON xm.id = x.method_id
"""
_LINES: Final = """
    SELECT order_id, sku, unit_price_minor, ordered - removed AS units
    FROM order_lines WHERE ordered > removed
"""
_MONEY: Final = """
    SELECT e.order_id, coalesce(m.token, '') AS token, e.kind = 'captured' AS came,
           sum(e.amount_minor) AS cents
    FROM (
        SELECT order_id, method_id, kind, amount_minor FROM payment_entries
        WHERE kind IN ('captured', 'refunded')
        UNION ALL
        SELECT order_id, method_id, 'refunded', amount_minor FROM refunds
        WHERE state IN ('requested', 'failed', 'awaiting_approval')
    ) e LEFT JOIN payment_methods m ON m.id = e.method_id
    GROUP BY 1, 2, 3
"""
_COMING_BACK: Final = """
    SELECT r.order_id, l.sku, rl.quantity FROM return_lines rl
    JOIN returns r ON r.id = rl.return_id AND r.kind = 'return'
    JOIN order_lines l ON l.id = rl.order_line_id
    WHERE r.state NOT IN ('rejected', 'cancelled')
"""
_PAIRS: Final = """
    SELECT x.order_id, l.sku AS old, v.sku AS new, xl.quantity FROM exchange_lines xl
    JOIN exchanges x ON x.id = xl.exchange_id
    JOIN order_lines l ON l.id = xl.order_line_id
    JOIN variants v ON v.id = xl.variant_id
"""
_PEOPLE: Final = """
    SELECT i.shown AS user_id, a.country, a.postal_code, a.region, a.city, a.line1, a.line2
    FROM identities i JOIN addresses a ON a.customer_id = i.customer_id AND a.is_default
    WHERE i.kind = 'external' AND i.key LIKE :prefix
"""
_BALANCES: Final = """
    SELECT i.shown AS user_id, m.token, m.balance_minor FROM payment_methods m
    JOIN identities i ON i.customer_id = m.customer_id
    WHERE i.kind = 'external' AND i.key LIKE :prefix AND m.balance_minor IS NOT NULL
"""
_UNDONE: Final = """
    SELECT name FROM outbox WHERE reacted_at IS NULL
    UNION ALL
    SELECT subscriber FROM effects WHERE state <> 'done'
"""


def read(connection: Connection) -> ShopState:
    """The whole shop in six queries."""
    prefix = {"prefix": f"{CHANNEL}:%"}
    items: dict[int, Counter[tuple[str, int]]] = {}
    for row in connection.execute(text(_LINES)):
        items.setdefault(row.order_id, Counter())[row.sku, row.unit_price_minor] += row.units
    paid, refunded = _money(connection)
    coming = _counted(connection, _COMING_BACK, "sku")
    pairs = _counted(connection, _PAIRS, "old", "new")
    orders = {}
    for row in connection.execute(text(_ORDERS), {"channel": CHANNEL}):
        is_return, is_exchange = row.return_kind == "return", row.return_kind == "exchange"
        # Where no way is named, money goes back the way it came.
        came = paid.get(row.id, Ledger()).as_mapping()
        only_way = next(iter(came)) if len(came) == 1 else ""
        orders[row.number] = OrderState(
            status=_status(row),
            cancel_reason=row.cancel_reason.replace("_", " "),
            address=_address(row.ship_to or {}),
            items=tuple(sorted(items.get(row.id, Counter()).elements())),
            paid=came,
            refunded=refunded.get(row.id, Ledger()).as_mapping(),
            return_items=tuple(sorted(one for (one,) in coming.get(row.id, Counter()).elements())),
            return_method=(row.return_method or only_way) if is_return else "",
            return_cents=row.refund_minor if is_return else 0,
            exchange_pairs=tuple(
                sorted((old, new) for old, new in pairs.get(row.id, Counter()).elements())
            ),
            exchange_method=(row.exchange_method or only_way) if is_exchange else "",
            exchange_cents=row.exchange_cents,
        )
    return ShopState(
        orders=orders,
        addresses={
            row.user_id: _address(dict(row._mapping))
            for row in connection.execute(text(_PEOPLE), prefix)
        },
        balances={
            f"{row.user_id}/{row.token}": row.balance_minor
            for row in connection.execute(text(_BALANCES), prefix)
        },
    )


def undone(connection: Connection) -> list[str]:
    """Steps that should have followed of themselves and have not."""
    return list(connection.scalars(text(_UNDONE)))


def _status(row: Any) -> str:
    if row.order_state == "cancelled":
        return CANCELLED
    if row.return_kind is not None:
        return EXCHANGED if row.return_kind == "exchange" else RETURNED
    if row.fulfilment_state == "delivered":
        return DELIVERED
    if row.fulfilment_state in _GONE:
        return PROCESSED
    return MODIFIED if row.is_modified else PENDING


def _money(connection: Connection) -> tuple[dict[int, Ledger], dict[int, Ledger]]:
    paid: dict[int, Ledger] = {}
    refunded: dict[int, Ledger] = {}
    for row in connection.execute(text(_MONEY)):
        side = paid if row.came else refunded
        side.setdefault(row.order_id, Ledger()).add(row.token, int(row.cents))
    return paid, refunded


def _counted(
    connection: Connection, query: str, *columns: str
) -> dict[int, Counter[tuple[str, ...]]]:
    found: dict[int, Counter[tuple[str, ...]]] = {}
    for row in connection.execute(text(query)):
        key = tuple(row._mapping[column] for column in columns)
        found.setdefault(row.order_id, Counter())[key] += row.quantity
    return found


def _address(parts: Mapping[str, Any]) -> dict[str, str]:
    return address(
        line1=parts.get("line1", ""),
        line2=parts.get("line2", ""),
        city=parts.get("city", ""),
        region=parts.get("region", ""),
        country=parts.get("country", ""),
        postal_code=parts.get("postal_code", ""),
    )
