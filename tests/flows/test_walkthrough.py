"""One order with two parcels, a split line, a partial refund and an exchange, with its ledgers.

``docs/one-order.md`` is what this run tells; written anew by
``python -m pytest tests/flows/test_walkthrough.py`` with WALKTHROUGH=write in the environment.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy import text

from oms_service.kernel.actors import SYSTEM, customer, staff
from oms_service.kernel.money import Money
from oms_service.operations.dispatch import shipping as dispatch
from oms_service.operations.dispatch.shipping import HandOver
from oms_service.operations.money import refunding
from oms_service.operations.money.refunding import RefundReason, Wish
from oms_service.operations.reconcile import audit
from oms_service.operations.returning import exchanging, receiving
from oms_service.operations.returning.exchanging import WantedExchange, WantedSwap
from oms_service.operations.rules.payment_rules import Giver
from oms_service.orders import queries as orders
from oms_service.payments.states import RefundPart
from oms_service.ports.carrier import CarrierStatus, ScanFact
from oms_service.returns import queries as return_queries
from oms_service.runtime import Runtime
from oms_service.shipping import service as shipping
from oms_service.shipping.service import NewParcel
from tests.effects import settle
from tests.factories.coming_back import adopt_exchanges, make_card, make_sibling
from tests.factories.orders import CARRIER, TOKYO, make_order
from tests.factories.shop import make_shop
from tests.factories.stock import make_location, stock_up

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "one-order.md"
HEAD: Final = """# One order, step by step

Two kinds of goods, of which one line has to come from two places; two parcels; some money given
back; one thing exchanged for a dearer one. After each step stand the order's states, the counters
of its lines, and what was added to the ledgers of stock and of money. Nothing here is an example
made up for the page: a test lives through it and holds the page against what it finds.

Prices contain tax: coffee 1,000 yen and a big coffee 1,500 yen at 8 %, a mug 2,500 yen at 10 %.
The warehouse in Tokyo has two coffees, Osaka has one. The customer pays by a gift card of 10,000
yen; the shop sends exchanged goods once the old ones are back.
"""
SHOWN: Final = (
    *("ordered", "allocated", "shipped", "delivered", "cancelled"),
    *("return_requested", "returned", "refunded"),
)


@dataclass
class Book:
    """Writes down what each step changed."""

    runtime: Runtime
    order_id: int
    movements: int
    money: int = 0
    balance: int = 0
    parts: list[str] = field(default_factory=lambda: [HEAD])

    def step(self, title: str, words: str) -> None:
        settle(self.runtime)
        assert audit(self.runtime.database) == ()
        number = len(self.parts)
        self.parts += [f"## {number}. {title}\n\n{words}\n\n{self._state()}{self._ledgers()}"]

    def _state(self) -> str:
        with self.runtime.database.reading() as connection:
            order = orders.by_id(connection, self.order_id)
            lines = orders.lines(connection, self.order_id)
        rows = [
            "| line | sku | " + " | ".join(name.replace("_", " ") for name in SHOWN) + " |",
            "|---|---|" + "---|" * len(SHOWN),
        ]
        for line in lines:
            counters = [str(getattr(line.counters, name) or "") for name in SHOWN]
            rows.append(f"| {line.position} | {line.sku} | " + " | ".join(counters) + " |")
        return (
            f"Order **{order.order_state}**, payment **{order.payment_state}**, fulfilment "
            f"**{order.fulfilment_state}**; it costs {order.total.minor:,} yen.\n\n"
            + "\n".join(rows)
            + "\n"
        )

    def _ledgers(self) -> str:
        found = self._rows(
            """
            SELECT m.id, m.kind, v.sku, l.code, m.on_hand, m.allocated, m.reserved
            FROM stock_movements m JOIN variants v ON v.id = m.variant_id
            JOIN locations l ON l.id = m.location_id WHERE m.id > :since ORDER BY m.id
            """,
            self.movements,
        )
        stock = [
            f"| {kind} | {sku} | {place} | {_signed(here)} | {_signed(given)} | {_signed(held)} |"
            for _, kind, sku, place, here, given, held in found
        ]
        self.movements = max([self.movements, *(row[0] for row in found)])
        paid = self._rows(
            "SELECT id, kind, amount_minor FROM payment_entries WHERE id > :since ORDER BY id",
            self.money,
        )
        self.money = max([self.money, *(row[0] for row in paid)])
        stored = self._rows(
            "SELECT id, amount_minor, sum(amount_minor) OVER (ORDER BY id) "
            "FROM stored_value_entries ORDER BY id",
            0,
        )
        fresh = [row for row in stored if row[0] > self.balance]
        self.balance = max([self.balance, *(row[0] for row in stored)])
        money = [f"| order | {kind} | {amount:,} | |" for _, kind, amount in paid]
        money += [f"| gift card | | {_signed(by)} | {left:,} |" for _, by, left in fresh]
        tables = [
            _table("| stock | sku | place | on hand | allocated | reserved |", stock),
            _table("| money | kind | yen | balance |", money),
        ]
        return "".join(f"\n{table}" for table in tables if table)

    def _rows(self, query: str, since: int) -> list[tuple[int, ...]]:
        with self.runtime.database.reading() as connection:
            return [tuple(row) for row in connection.execute(text(query), {"since": since})]


def _signed(units: int) -> str:
    return f"{units:+,}" if units else ""


def _table(heading: str, rows: list[str]) -> str:
    columns = heading.count("|") - 1
    return "\n".join([heading, "|" + "---|" * columns, *rows]) + "\n" if rows else ""


def test_the_walkthrough_is_what_happens(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow, stock=0)
        osaka = make_location(uow, "osaka", region="大阪府")
        for variant, place, units in (
            (shop.coffee_id, shop.location_id, 2),
            (shop.mug_id, shop.location_id, 5),
            (shop.coffee_id, osaka, 1),
        ):
            stock_up(uow, variant, place, units)
        make_sibling(uow, shop, "COFFEE-BIG", price=1_500, stock=4)
        adopt_exchanges(uow, shop)
        card = make_card(uow, shop, 10_000)
        opened = uow.session.execute(text("SELECT max(id) FROM stock_movements")).scalar_one()
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, shop, items={"COFFEE": 3, "MUG": 1}, method_id=card)
    coffee, mug = order.line_ids
    book = Book(runtime, order.id, movements=opened)
    book.step(
        "Placed and paid",
        "No place has three coffees, so line 1 is split: two from Tokyo, one from Osaka.",
    )

    for place, number, lines in (
        (shop.location_id, "4000 1", {coffee: 2, mug: 1}),
        (osaka, "4000 2", {coffee: 1}),
    ):
        with runtime.unit_of_work(staff(1)) as uow:
            dispatch.hand_over(
                uow,
                HandOver(
                    order_id=order.id,
                    number=f"S-{number}",
                    location_id=place,
                    parcels=[NewParcel(carrier=CARRIER, tracking_number=number, lines=lines)],
                ),
            )
    book.step("Two parcels leave", "Each place sends what is allocated there, and nothing else.")

    _arrive(runtime, "4000 1")
    book.step("The first parcel arrives", "The order waits for the second one.")
    _arrive(runtime, "4000 2")
    book.step("The second parcel arrives", "Everything is with the customer: the order is done.")

    with runtime.unit_of_work(staff(1)) as uow:
        refunding.request(
            uow,
            Wish(
                order_id=order.id,
                amount=Money(300, "JPY"),
                part=RefundPart.GOODWILL,
                reason=RefundReason.LATE,
                key="sorry",
                givers=[Giver.LEAD],
            ),
        )
    book.step(
        "Some money goes back",
        "The second parcel was late: 300 yen as goodwill. No goods come back for it.",
    )

    with runtime.unit_of_work(customer(shop.customer_id)) as uow:
        made = exchanging.request(
            uow,
            WantedExchange(
                order_id=order.id,
                swaps=[WantedSwap(line_id=coffee, sku="COFFEE-BIG", quantity=1)],
                channel="portal",
                key="swap",
                method_id=card,
            ),
        )
    book.step(
        "One coffee is to become a big one",
        "The policy allows it at once. The big one is reserved, so that nobody else can buy it; "
        "the 500 yen more are taken when the old one is back.",
    )

    with runtime.unit_of_work(staff(2)) as uow:
        view = return_queries.by_id(uow.session, made.view.id)
        receiving.receive(uow, view.id, version=view.version, location_id=shop.location_id)
    book.step(
        "The old coffee is back",
        "It goes on the shelf in Tokyo. The reservation becomes an allocation of a new line, and "
        "the difference is paid.",
    )

    with runtime.unit_of_work(staff(1)) as uow:
        new = orders.lines(uow.session, order.id)[-1]
        dispatch.hand_over(
            uow,
            HandOver(
                order_id=order.id,
                number="S-4000 3",
                location_id=shop.location_id,
                parcels=[NewParcel(carrier=CARRIER, tracking_number="4000 3", lines={new.id: 1})],
            ),
        )
    _arrive(runtime, "4000 3")
    book.step(
        "The big coffee arrives",
        "Of 6,000 yen that came, 300 went back: the gift card holds 4,300 of its 10,000 yen.",
    )

    page = "\n".join(book.parts)
    if os.environ.get("WALKTHROUGH") == "write":
        PAGE.write_text(page)
    assert page == PAGE.read_text()
    assert "| gift card | | -500 | 4,300 |" in page


def _arrive(runtime: Runtime, tracking_number: str) -> None:
    fact = ScanFact(
        carrier=CARRIER,
        tracking_number=tracking_number,
        event_key=f"delivered-{tracking_number}",
        status=CarrierStatus.DELIVERED,
        occurred_at=runtime.clock.now(),
    )
    with runtime.unit_of_work(SYSTEM) as uow:
        shipping.record_scans(uow, [fact], zone=TOKYO)
