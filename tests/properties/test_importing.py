"""Any shop that a retail file can hold comes in, adds up, and comes in only once."""

import json
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oms_service.importing.report import IMPORTER
from oms_service.importing.retail import load, reading
from oms_service.infra.db import Database
from oms_service.operations.reconcile import audit
from oms_service.runtime import Runtime
from tests.services import Databases

PRICES = st.integers(0, 500_000).map(lambda cents: cents / 100)


@st.composite
def shops(draw: st.DrawFn) -> dict[str, Any]:
    """Up to eight orders of up to three customers over six items."""
    variants: dict[str, dict[str, Any]] = {
        f"60{n}": {
            "item_id": f"60{n}",
            "options": {"kind": str(n)},
            "available": draw(st.booleans()),
            "price": draw(PRICES),
        }
        for n in range(6)
    }
    products = {"50": {"name": "Thing", "product_id": "50", "variants": variants}}
    place = {
        "address1": "1 Road",
        "address2": "",
        "city": "Town",
        "state": "ST",
        "zip": "00001",
        "country": "USA",
    }
    users = {
        f"u{n}": {
            "user_id": f"u{n}",
            "name": {"first_name": "A", "last_name": "B"},
            "address": place,
            "email": f"u{n}@example.com",
            "payment_methods": {
                "g": {"source": "gift_card", "id": "g", "balance": draw(PRICES)},
            },
        }
        for n in range(3)
    }
    orders = {}
    for n in range(draw(st.integers(0, 8))):
        items = draw(st.lists(st.sampled_from(sorted(variants)), min_size=1, max_size=5))
        status = draw(st.sampled_from(["pending", "processed", "delivered", "cancelled"]))
        total = round(sum(variants[item]["price"] for item in items), 2)
        history = [
            {"transaction_type": kind, "amount": total, "payment_method_id": "g"}
            for kind in ("payment", "refund")[: 2 if status == "cancelled" else 1]
            if total
        ]
        orders[f"#Q{n}"] = {
            "order_id": f"#Q{n}",
            "user_id": draw(st.sampled_from(sorted(users))),
            "address": place,
            "items": [
                {
                    "name": "Thing",
                    "product_id": "50",
                    "item_id": item,
                    "price": variants[item]["price"],
                    "options": {},
                }
                for item in items
            ],
            "status": status,
            "fulfillments": []
            if status == "pending"
            else [{"tracking_id": [f"7{n}"], "item_ids": items}],
            "payment_history": history,
        }
    return {"products": products, "users": users, "orders": orders}


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(shop=shops(), stock=st.integers(0, 6))
def test_any_shop_comes_in_adds_up_and_comes_in_once(
    runtime: Runtime, databases: Databases, shop: dict[str, Any], stock: int
) -> None:
    with databases.a_clone() as url:
        other = _in(runtime, url)
        file = reading.read(json.dumps(shop))
        with other.unit_of_work(IMPORTER) as uow:
            first = load.load(uow, file, opening_stock=stock)
        assert first.new["orders"] == len(shop["orders"])
        assert audit(other.database) == ()
        with other.unit_of_work(IMPORTER) as uow:
            assert load.load(uow, file, opening_stock=stock).total_new == 0
        assert audit(other.database) == ()
        other.database.close()


def _in(runtime: Runtime, url: str) -> Runtime:
    """The same collaborators over another database."""
    return replace(runtime, database=Database(url, pool_size=2))
