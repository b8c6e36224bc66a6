"""A retail file in the database: whole, once, adding up, or not at all."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from oms_service.importing.report import IMPORTER, Damaged, Report
from oms_service.importing.retail import load, reading
from oms_service.operations.reconcile import audit
from oms_service.runtime import Runtime

SMALL = Path(__file__).parents[3] / "data" / "retail_small.json"


def rows(runtime: Runtime, query: str) -> list[tuple[Any, ...]]:
    with runtime.database.reading() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def run(runtime: Runtime, data: dict[str, Any] | None = None, *, stock: int = 10) -> Report:
    whole = SMALL.read_text(encoding="utf-8") if data is None else json.dumps(data)
    with runtime.unit_of_work(IMPORTER) as uow:
        return load.load(uow, reading.read(whole), opening_stock=stock)


def test_every_row_of_the_file_arrives(runtime: Runtime) -> None:
    report = run(runtime)
    assert report.new == {
        "channels": 1,
        "products": 2,
        "variants": 5,
        "opening movements": 3,
        "customers": 3,
        "payment methods": 5,
        "opening balances": 1,
        "orders": 7,
        "order lines": 10,
        "parcels": 5,
        "payments and refunds": 8,
        "returns": 1,
    }
    assert rows(
        runtime,
        "SELECT number, order_state, payment_state, fulfilment_state, total_minor"
        " FROM orders ORDER BY number",
    ) == [
        ("#T1000001", "placed", "paid", "partially_allocated", 10299),
        ("#T1000002", "placed", "paid", "shipped", 12010),
        ("#T1000003", "completed", "paid", "delivered", 16605),
        ("#T1000004", "cancelled", "refunded", "cancelled", 12010),
        ("#T1000005", "placed", "paid", "allocated", 4805),
        ("#T1000006", "completed", "paid", "delivered", 15160),
        ("#T1000007", "completed", "paid", "delivered", 4805),
    ]


def test_everything_adds_up(runtime: Runtime) -> None:
    run(runtime)
    assert audit(runtime.database) == ()


def test_what_the_file_does_not_say_stays_unknown(runtime: Runtime) -> None:
    run(runtime)
    assert rows(runtime, "SELECT DISTINCT placed_at FROM orders") == [(None,)]
    assert rows(runtime, "SELECT DISTINCT at FROM payment_entries") == [(None,)]
    assert rows(
        runtime,
        "SELECT DISTINCT carrier, status_at, handed_over_at, delivered_at, promised_until,"
        " estimated_until FROM parcels",
    ) == [("other", None, None, None, None, None)]
    assert rows(runtime, "SELECT count(*) FROM promises") == [(0,)]


def test_opening_stock_is_a_movement_and_open_orders_take_from_it(runtime: Runtime) -> None:
    run(runtime, stock=2)
    assert rows(
        runtime,
        "SELECT sku, on_hand, allocated FROM stock_levels JOIN variants v ON v.id = variant_id"
        " ORDER BY sku",
    ) == [
        ("6000000001", 2, 2),
        ("6000000002", 2, 1),
        ("6000000003", 0, 0),
        ("6000000011", 2, 0),
        ("6000000012", 0, 0),
    ]
    assert rows(
        runtime,
        "SELECT kind, sum(on_hand), sum(allocated) FROM stock_movements GROUP BY 1 ORDER BY 1",
    ) == [("allocated", 0, 3), ("opening", 6, 0)]
    assert rows(
        runtime,
        "SELECT l.sku, allocated, backordered FROM order_lines l JOIN orders o"
        " ON o.id = order_id WHERE number = '#T1000001' ORDER BY position",
    ) == [("6000000001", 2, 0), ("6000000003", 0, 1)]


def test_without_opening_stock_open_orders_wait(runtime: Runtime) -> None:
    run(runtime, stock=0)
    assert rows(
        runtime, "SELECT DISTINCT fulfilment_state FROM orders WHERE number = '#T1000001'"
    ) == [("backordered",)]
    assert audit(runtime.database) == ()


def test_a_gift_card_brings_its_balance_with_an_opening_entry(runtime: Runtime) -> None:
    run(runtime)
    assert rows(
        runtime,
        "SELECT token, balance_minor FROM payment_methods WHERE kind = 'gift_card' ORDER BY token",
    ) == [("gift_card_1", 7525), ("gift_card_3", 0)]
    assert rows(runtime, "SELECT amount_minor, cause FROM stored_value_entries") == [
        (7525, "opening")
    ]


def test_a_cancelled_order_keeps_its_tracking_number_on_an_empty_parcel(runtime: Runtime) -> None:
    run(runtime)
    assert rows(
        runtime,
        "SELECT p.tracking_number, p.status, count(l.*) FROM parcels p LEFT JOIN parcel_lines l"
        " ON l.parcel_id = p.id WHERE p.tracking_number = '800000000003' GROUP BY 1, 2",
    ) == [("800000000003", "unknown", 0)]


def test_a_requested_return_waits_for_a_decision(runtime: Runtime) -> None:
    run(runtime)
    assert rows(
        runtime,
        "SELECT r.state, r.refund_minor, m.token, l.quantity FROM returns r"
        " JOIN return_lines l ON l.return_id = r.id"
        " JOIN payment_methods m ON m.id = r.refund_method_id",
    ) == [("requested", 12010, "gift_card_3", 1)]


def test_an_exchange_stands_in_the_log(runtime: Runtime) -> None:
    run(runtime)
    assert rows(runtime, "SELECT data FROM order_log WHERE kind = 'exchange_requested'") == [
        ({"items": {"6000000002": 1}, "wanted": ["6000000001"]},)
    ]


def test_a_second_run_changes_nothing(runtime: Runtime) -> None:
    run(runtime)
    before = fingerprint(runtime)
    report = run(runtime)
    assert report.total_new == 0
    assert report.as_lines()[0] == "0 new"
    assert fingerprint(runtime) == before


def test_a_longer_file_adds_only_what_is_new(runtime: Runtime) -> None:
    data = json.loads(SMALL.read_text(encoding="utf-8"))
    last = data["orders"].pop("#T1000005")
    run(runtime, data)
    data["orders"]["#T1000005"] = last
    report = run(runtime, data)
    assert (report.new["orders"], report.unchanged["orders"]) == (1, 6)
    assert audit(runtime.database) == ()


def test_a_customer_known_by_mail_is_not_doubled(runtime: Runtime) -> None:
    data = json.loads(SMALL.read_text(encoding="utf-8"))
    run(runtime, data)
    with runtime.unit_of_work(IMPORTER) as uow:
        uow.session.execute(text("DELETE FROM identities WHERE kind = 'external'"))
    report = run(runtime, data)
    assert report.new["customers"] == 0
    assert rows(runtime, "SELECT count(*) FROM identities WHERE kind = 'external'") == [(3,)]


def test_a_tracking_number_of_another_parcel_refuses_the_file(runtime: Runtime) -> None:
    data = json.loads(SMALL.read_text(encoding="utf-8"))
    run(runtime, data)
    order = data["orders"].pop("#T1000002")
    data["orders"]["#T1000009"] = {**order, "order_id": "#T1000009"}
    before = fingerprint(runtime)
    with pytest.raises(Damaged) as caught:
        run(runtime, data)
    assert [str(one) for one in caught.value.problems] == [
        (
            'orders["#T1000009"].fulfillments[0].tracking_id[0]:'
            " '800000000001' belongs to another parcel of the shop"
        )
    ]
    assert fingerprint(runtime) == before


def fingerprint(runtime: Runtime) -> list[tuple[Any, ...]]:
    """The number of rows in every table, and what must not move in some."""
    with runtime.database.reading() as connection:
        tables = connection.execute(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        ).scalars()
        counts = [
            (name, connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one())  # noqa: S608
            for name in tables
        ]
    return counts + rows(runtime, "SELECT sum(on_hand), sum(allocated) FROM stock_levels")
