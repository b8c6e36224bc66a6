"""Tables in files: rows that arrive, rows that are refused by place, runs that repeat."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from oms_service.importing.report import IMPORTER, Damaged
from oms_service.importing.tables.run import How, load_file
from oms_service.inventory.service import NewLocation, open_location
from oms_service.inventory.states import LocationKind
from oms_service.kernel.languages import Language
from oms_service.operations.reconcile import audit
from oms_service.runtime import Runtime
from oms_service.sales import service as sales
from oms_service.sales.states import ChannelKind, TaxMode

PRODUCTS = """product_code,sku,name_ja,name_en,tax_rate,price,option:size,weight_g
tee,TEE-M,Tシャツ,T-shirt,10,3900,M,240
tee,TEE-L,Tシャツ,T-shirt,10,3900,L,250
bean,BEAN,コーヒー豆,Beans,8,1500,,220
"""
STOCK = "sku,location,on_hand,safety\nTEE-M,w1,3,\nTEE-L,w1,5,1\nBEAN,w1,10,\n"
ORDERS = (
    "order_ref,placed_at,mail,family_name,given_name,postal_code,region,city,line1,sku,quantity,"
    "unit_price,shipping_fee,status,paid,paid_at,payment_method,carrier,tracking_number,"
    "shipped_at,delivered_at\n"
    "EX-1,2026-11-01T10:00,a@example.jp,佐藤,花,1600022,東京都,新宿区,1-2-3,TEE-M,2,3900,500,"
    "delivered,9800,2026-11-01T10:01,card,yamato,1111-2222-3333,2026-11-02T16:00,2026-11-03T11:00\n"
    "EX-1,,,,,,,,,BEAN,1,1500,,,,,,yamato,1111-2222-3333,,\n"
    "EX-2,2026-11-20T10:00,a@example.jp,佐藤,花,1600022,東京都,新宿区,1-2-3,TEE-M,4,3900,,,,,,,,,\n"
    "EX-3,,b@example.jp,Lee,Ann,,,,,BEAN,1,1500,,cancelled,,,,,,,\n"
)


@pytest.fixture
def shop(runtime: Runtime) -> Runtime:
    with runtime.unit_of_work(IMPORTER) as uow:
        sales.open_channel(
            uow,
            sales.NewChannel(
                code="web",
                name={"ja": "ウェブ", "en": "Web"},
                kind=ChannelKind.WEB,
                currency="JPY",
                tax_mode=TaxMode.INCLUSIVE,
                zone="Asia/Tokyo",
                locale=Language.JAPANESE,
            ),
        )
        open_location(uow, NewLocation(code="w1", kind=LocationKind.WAREHOUSE, name={"ja": "倉庫"}))
    return runtime


@pytest.fixture
def stocked(shop: Runtime, tmp_path: Path) -> Runtime:
    run(shop, "products", tmp_path, PRODUCTS)
    run(shop, "stock", tmp_path, STOCK)
    return shop


def run(
    runtime: Runtime,
    table: str,
    folder: Path,
    body: str | bytes,
    *,
    name: str = "file.csv",
    **how: Any,
) -> Any:
    path = folder / name
    path.write_bytes(body.encode() if isinstance(body, str) else body)
    return load_file(runtime, table, path, How(channel="web", **how))


def refused(runtime: Runtime, table: str, folder: Path, body: str | bytes, **how: Any) -> list[str]:
    before = counts(runtime)
    with pytest.raises(Damaged) as caught:
        run(runtime, table, folder, body, **how)
    assert counts(runtime) == before
    return [str(problem) for problem in caught.value.problems]


def rows(runtime: Runtime, query: str) -> list[tuple[Any, ...]]:
    with runtime.database.reading() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


TABLES = (
    "products",
    "variants",
    "prices",
    "stock_levels",
    "stock_movements",
    "customers",
    "identities",
    "orders",
    "order_lines",
    "parcels",
    "payment_entries",
    "payment_methods",
    "allocations",
    "outbox",
)


def counts(runtime: Runtime) -> list[int]:
    return [rows(runtime, f"SELECT count(*) FROM {name}")[0][0] for name in TABLES]  # noqa: S608


def test_products_arrive_and_a_second_run_corrects_what_differs(
    shop: Runtime, tmp_path: Path
) -> None:
    first = run(shop, "products", tmp_path, PRODUCTS)
    assert first.new == {"products": 2, "variants": 3}
    assert run(shop, "products", tmp_path, PRODUCTS).total_new == 0
    dearer = PRODUCTS.replace("TEE-L,Tシャツ,T-shirt,10,3900", "TEE-L,Tシャツ,T-shirt,10,4200")
    again = run(shop, "products", tmp_path, dearer)
    assert (again.new["variants"], again.changed["variants"], again.unchanged["variants"]) == (
        0,
        1,
        2,
    )
    assert rows(
        shop,
        "SELECT sku, options, tax_rate_bp, amount_minor FROM variants v JOIN prices p"
        " ON p.variant_id = v.id ORDER BY sku",
    ) == [
        ("BEAN", {}, 800, 1500),
        ("TEE-L", {"size": "L"}, 1000, 4200),
        ("TEE-M", {"size": "M"}, 1000, 3900),
    ]


def test_counted_stock_becomes_movements_by_the_difference(
    stocked: Runtime, tmp_path: Path
) -> None:
    report = run(stocked, "stock", tmp_path, STOCK.replace("TEE-M,w1,3", "TEE-M,w1,1"))
    assert (report.new["levels"], report.changed["levels"], report.unchanged["levels"]) == (0, 1, 2)
    assert rows(
        stocked,
        "SELECT m.kind, m.on_hand FROM stock_movements m JOIN variants v ON v.id = variant_id"
        " WHERE sku = 'TEE-M' ORDER BY m.id",
    ) == [("opening", 3), ("adjusted", -2)]
    assert audit(stocked.database) == ()


def test_orders_arrive_with_customers_parcels_money_and_promises_of_stock(
    stocked: Runtime, tmp_path: Path
) -> None:
    report = run(stocked, "orders", tmp_path, ORDERS)
    assert report.new == {"customers": 2, "orders": 3, "order lines": 4, "parcels": 1}
    assert report.notes == {"units promised to open orders": 3, "units backordered": 1}
    assert rows(
        stocked,
        "SELECT number, order_state, payment_state, fulfilment_state, total_minor, tax_minor"
        " FROM orders ORDER BY number",
    ) == [
        ("EX-1", "completed", "paid", "delivered", 9800, 866),
        ("EX-2", "placed", "unpaid", "partially_allocated", 15600, 1418),
        ("EX-3", "cancelled", "unpaid", "cancelled", 1500, 111),
    ]
    assert rows(
        stocked,
        "SELECT tracking_key, status, delivered_at AT TIME ZONE 'UTC', (SELECT sum(quantity)"
        " FROM parcel_lines WHERE parcel_id = p.id) FROM parcels p",
    )[0][0::3] == ("111122223333", 3)
    assert audit(stocked.database) == ()


def test_orders_that_are_there_are_left_as_they_are(stocked: Runtime, tmp_path: Path) -> None:
    run(stocked, "orders", tmp_path, ORDERS)
    before = counts(stocked)
    report = run(stocked, "orders", tmp_path, ORDERS)
    assert (report.total_new, report.unchanged["orders"]) == (0, 3)
    assert counts(stocked) == before


def test_a_dry_run_looks_at_everything_and_changes_nothing(
    stocked: Runtime, tmp_path: Path
) -> None:
    before = counts(stocked)
    report = run(stocked, "orders", tmp_path, ORDERS, is_dry=True)
    assert report.new["orders"] == 3
    assert counts(stocked) == before


def test_json_lines_hold_the_same_columns(stocked: Runtime, tmp_path: Path) -> None:
    body = (
        '{"order_ref": "J-1", "mail": "c@example.jp", "sku": "BEAN", "quantity": 2,'
        ' "unit_price": 1500, "paid": 3000, "line_discount": null}\n'
    )
    assert run(stocked, "orders", tmp_path, body, name="f.jsonl").new["orders"] == 1
    assert rows(stocked, "SELECT payment_state, total_minor FROM orders") == [("paid", 3000)]


def test_shift_jis_and_a_byte_order_mark_are_read(shop: Runtime, tmp_path: Path) -> None:
    run(shop, "products", tmp_path, PRODUCTS.encode("cp932"), encoding="shift_jis")
    assert run(shop, "products", tmp_path, PRODUCTS.encode("utf-8-sig")).total_new == 0
    assert rows(shop, "SELECT name FROM products WHERE code = 'bean'") == [
        ({"ja": "コーヒー豆", "en": "Beans"},)
    ]


def test_customers_arrive_once_and_are_corrected(shop: Runtime, tmp_path: Path) -> None:
    body = (
        "customer_ref,mail,phone,family_name,given_name,tier\n"
        "C1,a@example.jp,090-0123-4567,佐藤,花,gold\n"
        "C2,,090-0123-4567,佐藤,太郎,\n"
    )
    assert run(shop, "customers", tmp_path, body).new == {"customers": 2}
    again = run(shop, "customers", tmp_path, body.replace("花", "華"))
    assert (again.new, again.changed, again.unchanged) == (
        {"customers": 0},
        {"customers": 1},
        {"customers": 1},
    )
    assert rows(shop, "SELECT given_name, tier FROM customers ORDER BY id") == [
        ("華", "gold"),
        ("太郎", "standard"),
    ]


ONE = "order_ref,mail,sku,quantity,unit_price,{more}\nE1,a@example.jp,BEAN,1,1500,{cell}\n"

WRONG_ORDERS = [
    ("paid", "-1", "row 2, paid: is negative"),
    ("paid", "1.5", "row 2, paid: '1.5' is not an amount in JPY"),
    ("placed_at", "yesterday", "row 2, placed_at: 'yesterday' is not a time like"),
    ("status", "gone", "row 2, status: 'gone' is none of open, shipped, delivered, cancelled"),
    ("phone", "12", "row 2, phone: '12' is not a phone number"),
    ("country", "Japan", "row 2, country: 'Japan' is not a country code of two letters"),
    ("tracking_number", "1", "row 2, tracking_number: an order that is open was not sent"),
    ("delivered_at", "2026-01-01", "row 2, delivered_at: an order that is open has not arrived"),
    ("order_discount", "1501", "row 2, order_discount: takes off more than the price"),
    ("refunded", "10", "row 2, refunded: is more than was paid"),
    ("number", "none", "row 2, number: should have a digit"),
    ("family_name", "x" * 81, "row 2, family_name: is longer than 80 characters"),
]


@pytest.mark.parametrize(("column", "cell", "says"), WRONG_ORDERS, ids=[w[0] for w in WRONG_ORDERS])
def test_a_wrong_cell_is_named_by_row_and_column(
    stocked: Runtime, tmp_path: Path, column: str, cell: str, says: str
) -> None:
    problems = refused(stocked, "orders", tmp_path, ONE.format(more=column, cell=cell))
    assert len(problems) == 1
    assert problems[0].startswith(says)


WRONG_FILES = [
    ("", "the file: is empty"),
    ("a,b\n1,2\n", "row 1, a: is no column of orders"),
    ("order_ref,order_ref\n", "row 1, order_ref: stands twice"),
    ("order_ref\nE1\n", "row 1, sku: is missing"),
    ("order_ref,sku,quantity,unit_price\nE1,BEAN\n", "row 2: has 2 cells under 4 headings"),
    ('order_ref,sku,quantity,unit_price\n"E1,BEAN,1,1\n', "row 2: cannot be read"),
    (
        "order_ref,mail,sku,quantity,unit_price\nE1,a@b.jp,NOPE,1,1\n",
        "row 2, sku: 'NOPE' is not known",
    ),
    (
        "order_ref,sku,quantity,unit_price\nE1,BEAN,1,1\n",
        "row 2, mail: one of customer_ref, mail and phone is needed",
    ),
    (
        (
            "order_ref,mail,sku,quantity,unit_price\nE1,a@b.jp,BEAN,1,1\nE2,a@b.jp,BEAN,1,1\n"
            "E1,a@b.jp,BEAN,1,1\n"
        ),
        "row 4, order_ref: 'E1' stood before",
    ),
    (
        "order_ref,mail,sku,quantity,unit_price\nE1,a@b.jp,BEAN,1,1\nE1,c@b.jp,BEAN,1,1\n",
        "row 3, mail: differs from the first row of this order",
    ),
    (
        (
            "order_ref,number,mail,sku,quantity,unit_price\nE1,#1,a@b.jp,BEAN,1,1\n"
            "E2,1,a@b.jp,BEAN,1,1\n"
        ),
        "row 3, number: '1' is the number of another order",
    ),
    (
        (
            "order_ref,mail,sku,quantity,unit_price,status,tracking_number\n"
            "E1,a@b.jp,BEAN,1,1,shipped,12-3\nE2,a@b.jp,BEAN,1,1,shipped,123\n"
        ),
        "row 3, tracking_number: belongs to a parcel of another order",
    ),
]


@pytest.mark.parametrize(("body", "says"), WRONG_FILES, ids=[w[1][:40] for w in WRONG_FILES])
def test_a_wrong_file_is_refused_whole(
    stocked: Runtime, tmp_path: Path, body: str, says: str
) -> None:
    assert any(one.startswith(says) for one in refused(stocked, "orders", tmp_path, body))


def test_what_is_not_utf_8_is_said_so(shop: Runtime, tmp_path: Path) -> None:
    (problem,) = refused(shop, "products", tmp_path, PRODUCTS.encode("cp932"))
    assert problem.startswith("the file: is not utf-8")


def test_an_unknown_channel_is_named(runtime: Runtime, tmp_path: Path) -> None:
    assert refused(runtime, "stock", tmp_path, STOCK) == ["--channel: no sales channel 'web'"]


def test_less_than_what_is_promised_cannot_be_counted(stocked: Runtime, tmp_path: Path) -> None:
    run(stocked, "orders", tmp_path, ORDERS)
    assert refused(stocked, "stock", tmp_path, STOCK.replace("TEE-M,w1,3", "TEE-M,w1,2")) == [
        "row 2, on_hand: is less than what is promised to orders"
    ]


def test_wrong_rows_can_be_left_out_and_are_written_down(stocked: Runtime, tmp_path: Path) -> None:
    body = ORDERS.replace("BEAN,1,1500,,cancelled", "BEAN,0,1500,,cancelled")
    errors = tmp_path / "errors.csv"
    report = run(stocked, "orders", tmp_path, body, errors=errors)
    assert report.new["orders"] == 2
    assert report.notes["rows left out"] == 1
    heading, row = errors.read_text(encoding="utf-8-sig").splitlines()
    assert heading.startswith("row,problem,order_ref")
    assert row.startswith("5,quantity: should be at least 1,EX-3")
    assert audit(stocked.database) == ()


def test_one_wrong_line_leaves_its_whole_order_out(stocked: Runtime, tmp_path: Path) -> None:
    body = ORDERS.replace(",BEAN,1,1500,,,,,,yamato", ",NOPE,1,1500,,,,,,yamato")
    report = run(stocked, "orders", tmp_path, body, errors=tmp_path / "errors.csv")
    assert (report.new["orders"], report.notes["rows left out"]) == (2, 2)
    assert rows(stocked, "SELECT count(*) FROM orders WHERE number = 'EX-1'") == [(0,)]
