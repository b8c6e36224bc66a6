"""What the demo shop is at today: every order in its plight, and the books in order."""

from typing import Any

from sqlalchemy import text

from oms_service.demo_shop import today
from oms_service.demo_shop.generate import generate
from oms_service.demo_shop.today import House
from oms_service.documents.issuer import Issuer
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.operations.reconcile import audit
from oms_service.relay import drain
from oms_service.runtime import Runtime

HOUSE = House(
    issuer=Issuer(name="みなと商店", registration="T9000000000000"),
    secret="only for this test",
    agent=staff(1),
    picker=staff(2),
    seller=staff(3),
)
LOOK = """
    SELECT o.number, o.order_state, o.payment_state, o.fulfilment_state,
           array_agg(f.state ORDER BY f.id) FILTER (WHERE f.id IS NOT NULL)
      FROM orders o LEFT JOIN fulfilments f ON f.order_id = o.id
     WHERE o.number = ANY (:numbers) GROUP BY o.id ORDER BY o.number
"""


def rows(runtime: Runtime, query: str, **values: Any) -> list[tuple[Any, ...]]:
    with runtime.database.reading() as connection:
        return [tuple(row) for row in connection.execute(text(query), values)]


def one_by_one(runtime: Runtime, query: str) -> list[Any]:
    return [row[0] for row in rows(runtime, query)]


def test_every_order_is_in_its_plight_and_the_books_are_in_order(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        today.add(uow, generate(uow, many=200), HOUSE)
    assert audit(runtime.database) == ()
    drain(runtime)
    assert audit(runtime.database) == ()
    numbers = [scene.number for scene in today.SCENES]
    found = rows(runtime, LOOK, numbers=numbers)
    assert {number: tuple(states) for number, *states in found} == {
        "A-10441": ("placed", "authorized", "allocated", ["open"]),
        "A-10442": ("placed", "authorized", "picking", ["in_progress"]),
        "A-10443": ("placed", "authorized", "packed", ["in_progress"]),
        "A-10444": ("placed", "authorized", "packed", ["in_progress"]),
        "A-10445": ("placed", "paid", "shipped", ["closed"]),
        "A-10446": ("on_hold", "authorized", "allocated", ["on_hold"]),
        "A-10447": ("on_hold", "unpaid", "allocated", ["on_hold"]),
        "A-10448": ("placed", "authorized", "backordered", None),
        "A-10449": ("placed", "authorized", "backordered", None),
        "A-10450": ("placed", "authorized", "partially_shipped", ["closed", "in_progress"]),
        "A-10451": ("completed", "paid", "delivered", ["closed"]),
        "A-10452": ("completed", "paid", "delivered", ["closed"]),
        "A-10453": ("completed", "paid", "delivered", ["closed"]),
        "A-10454": ("completed", "paid", "delivered", ["closed"]),
        "A-10455": ("completed", "paid", "delivered", ["closed"]),
        "A-10456": ("placed", "paid", "allocated", ["open"]),
        "G-900001": ("placed", "paid", "allocated", ["open"]),
    }
    assert one_by_one(runtime, "SELECT state FROM packed_boxes ORDER BY id") == [
        "packed",
        "labelled",
        "handed_over",
        "handed_over",
        "labelled",
    ]
    assert one_by_one(runtime, "SELECT state FROM purchase_orders ORDER BY id") == [
        "ordered",
        "ordered",
        "partly_received",
    ]
    assert one_by_one(runtime, "SELECT state FROM transfers ORDER BY id") == [
        "in_transit",
        "discrepant",
    ]
    assert one_by_one(runtime, "SELECT state FROM stock_counts") == ["open"]
    assert one_by_one(runtime, "SELECT state FROM claims") == ["requested"]
    assert one_by_one(runtime, "SELECT state FROM exchanges") == ["waiting"]
    assert one_by_one(runtime, "SELECT state FROM gift_cards ORDER BY id") == ["claimed", "issued"]
    assert one_by_one(runtime, "SELECT kind FROM documents") == ["invoice"]
    assert one_by_one(runtime, "SELECT count(*) FROM orders WHERE order_state = 'draft'") == [2]
    assert one_by_one(
        runtime, "SELECT count(*) FROM refunds WHERE state = 'awaiting_approval'"
    ) == [1]
    assert one_by_one(
        runtime,
        "SELECT count(*) FROM stock_levels WHERE reorder_point > 0"
        " AND on_hand - allocated - reserved - safety <= reorder_point",
    ) == [3]
    assert rows(
        runtime,
        "SELECT count(*) FROM orders WHERE fulfilment_state = 'allocated'"
        " AND id NOT IN (SELECT order_id FROM fulfilments)",
    ) == [(0,)]
