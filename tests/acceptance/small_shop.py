"""A shop file of our own: two products, two people, orders in every status."""

from typing import Any

NINA, TOM = "nina_berg_1001", "tom_adeyemi_1002"
ASH, OAK, TEAK, PINE = "6000000001", "6000000002", "6000000003", "6000000004"
MINT, SAND = "6000000011", "6000000012"
#: Pending orders of Nina's: paid by card, by gift card, and with one item twice.
BY_CARD, BY_GIFT, TWICE = "#T2000001", "#T2000002", "#T2000003"
#: Nina's other orders, by status, and a pending one of Tom's.
PROCESSED, DELIVERED, CANCELLED, PAIR, TOMS = (
    "#T2000004",
    "#T2000005",
    "#T2000006",
    "#T2000007",
    "#T2000008",
)
CARD, OTHER_CARD, PAYPAL = "credit_card_1", "credit_card_2", "paypal_1"
#: Gift cards: one that covers any order, one that covers a small difference, an empty one.
RICH, POOR, EMPTY = "gift_card_1", "gift_card_2", "gift_card_3"
TOMS_CARD = "credit_card_9"

_TRAY, _FAN = "5000000001", "5000000002"
_ITEMS = {
    ASH: (_TRAY, "Tea Tray", {"wood": "ash"}, True, 31.5),
    OAK: (_TRAY, "Tea Tray", {"wood": "oak"}, True, 48.05),
    TEAK: (_TRAY, "Tea Tray", {"wood": "teak"}, False, 39.99),
    PINE: (_TRAY, "Tea Tray", {"wood": "pine"}, True, 20.1),
    MINT: (_FAN, "Desk Fan", {"color": "mint"}, True, 120.1),
    SAND: (_FAN, "Desk Fan", {"color": "sand"}, True, 118.0),
}
HOME = {
    "address1": "11 Harbour Lane",
    "address2": "Floor 2",
    "city": "Portland",
    "country": "USA",
    "state": "OR",
    "zip": "97201",
}
AWAY = {
    "address1": "40 Mill Road",
    "address2": "",
    "city": "Austin",
    "country": "USA",
    "state": "TX",
    "zip": "73301",
}


def small_shop() -> dict[str, Any]:
    """The file, as ``oms import retail`` reads it."""
    return {
        "products": {
            product: {
                "name": name,
                "product_id": product,
                "variants": {
                    item: {
                        "item_id": item,
                        "options": options,
                        "available": available,
                        "price": price,
                    }
                    for item, (of, _name, options, available, price) in _ITEMS.items()
                    if of == product
                },
            }
            for product, name in ((_TRAY, "Tea Tray"), (_FAN, "Desk Fan"))
        },
        "users": {
            NINA: _user(NINA, "Nina", "Berg", [CARD, OTHER_CARD, PAYPAL, RICH, POOR, EMPTY]),
            TOM: _user(TOM, "Tom", "Adeyemi", [TOMS_CARD]),
        },
        "orders": {
            order["order_id"]: order
            for order in (
                _order(BY_CARD, "pending", [ASH, MINT], CARD),
                _order(BY_GIFT, "pending", [OAK], RICH),
                _order(TWICE, "pending", [ASH, ASH], PAYPAL),
                _order(PROCESSED, "processed", [ASH], CARD),
                _order(DELIVERED, "delivered", [OAK, MINT], CARD),
                _order(CANCELLED, "cancelled", [MINT], CARD),
                _order(PAIR, "delivered", [ASH, ASH, SAND], RICH),
                _order(TOMS, "pending", [ASH], TOMS_CARD, user=TOM),
            )
        },
    }


def _user(user_id: str, first: str, last: str, methods: list[str]) -> dict[str, Any]:
    return {
        "user_id": user_id,
        "name": {"first_name": first, "last_name": last},
        "address": HOME,
        "email": f"{user_id}@example.com",
        "payment_methods": {name: _method(name) for name in methods},
        "orders": [],
    }


def _method(name: str) -> dict[str, Any]:
    source = name.rpartition("_")[0]
    found: dict[str, Any] = {"source": source, "id": name}
    if source == "credit_card":
        found |= {"brand": "visa", "last_four": f"000{name[-1]}"}
    if source == "gift_card":
        found |= {"balance": {RICH: 500, POOR: 16.55, EMPTY: 0}[name]}
    return found


def _order(
    number: str, status: str, items: list[str], method: str, *, user: str = NINA
) -> dict[str, Any]:
    lines = [
        {
            "name": _ITEMS[item][1],
            "product_id": _ITEMS[item][0],
            "item_id": item,
            "price": _ITEMS[item][4],
            "options": _ITEMS[item][2],
        }
        for item in items
    ]
    total = round(sum(_ITEMS[item][4] for item in items), 2)
    history = [{"transaction_type": "payment", "amount": total, "payment_method_id": method}]
    sent = [] if status == "pending" else [{"tracking_id": [f"7{number[2:]}"], "item_ids": items}]
    if status == "cancelled":
        history.append({"transaction_type": "refund", "amount": total, "payment_method_id": method})
    return {
        "order_id": number,
        "user_id": user,
        "address": HOME,
        "items": lines,
        "status": status,
        "fulfillments": sent,
        "payment_history": history,
        **({"cancel_reason": "no longer needed"} if status == "cancelled" else {}),
    }
