"""The table of tools over the real books: each tells, proposes, or says what does not fit."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import text

from bots.tools.shapes import Kind, ToolResult, ToolsContext
from bots.tools.table import TOOLS, run
from oms_service.conversations import service as conversations
from oms_service.conversations.states import AuthorKind
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM, Actor, ActorKind
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from tests.factories.cases import make_chat
from tests.factories.coming_back import (
    adopt_claims,
    adopt_exchanges,
    adopt_returns,
    make_card,
    make_sibling,
)
from tests.factories.money import run as drain
from tests.factories.orders import make_delivered_order, make_order, make_shipped_order
from tests.factories.shop import make_customer, make_shop

OPEN, DELIVERED, SHIPPED, FOREIGN = "A-10001", "A-10003", "A-10004", "A-70007"
HOME = {"country": "JP", "postal_code": "150-0001", "region": "東京都", "city": "渋谷区"}


class Room:
    """One customer with an order at each stage and a gift card; somebody else has an order."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        with runtime.unit_of_work(SYSTEM) as uow:
            self.shop = shop = make_shop(uow)
            make_sibling(uow, shop, "BIG", price=1_500, options={"size": "500 g"})
            adopt_returns(uow, shop)
            adopt_exchanges(uow, shop)
            adopt_claims(uow, shop)
            self.gift_card = make_card(uow, shop, 50_000)
            self.open = make_order(uow, shop, number=OPEN, items={"COFFEE": 2})
            self.delivered = make_delivered_order(uow, shop, number=DELIVERED)
            make_shipped_order(uow, shop, number=SHIPPED)
            other = make_customer(uow, "mayumi.tanaka@example.jp", family_name="田中")
            make_order(uow, shop, number=FOREIGN, customer_id=other)
            self.chat = make_chat(uow, customer_id=shop.customer_id).id
            self.strangers = make_chat(uow).id
        drain(runtime)

    @contextmanager
    def within(self, *, chat: int | None = None) -> Iterator[tuple[UnitOfWork, dict[str, Any]]]:
        actor = Actor(ActorKind.CUSTOMER, str(self.shop.customer_id))
        with self.runtime.unit_of_work(actor) as uow:
            conversation = conversations.lock(uow, chat or self.chat)
            message = conversations.say(
                uow, conversation.id, author_kind=AuthorKind.BOT, text="a program asked"
            )
            yield (
                uow,
                {
                    "runtime": self.runtime,
                    "conversation": conversations.lock(uow, conversation.id),
                    "message_id": message.id,
                    "source": "a test",
                },
            )

    def ask(  # a tool, as a program would
        self,
        name: str,
        language: str = "en",
        *,
        is_masked: bool = False,
        chat: int | None = None,
        **given: Any,
    ) -> ToolResult:
        with self.within(chat=chat) as (uow, where):
            context = ToolsContext(**where, language=Language(language), is_masked=is_masked)
            return run(uow, context, name, given)
        raise AssertionError("a tool answers")

    def count(self, table: str) -> int:
        with self.runtime.database.reading() as connection:
            return int(connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0)  # noqa: S608

    def reads(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Each tool that tells, with arguments to which it has an answer."""
        yield "list_orders", {}
        for name in ("find_order", "order_status", "eta", "refund_status"):
            yield name, {"order_number": SHIPPED}
        for action, number in (
            *((one, DELIVERED) for one in ("return", "exchange", "claim", "refund")),
            *((one, OPEN) for one in ("cancel", "change_address", "change_delivery")),
            *((one, OPEN) for one in ("change_items", "change_payment")),
        ):
            yield "eligibility", {"order_number": number, "action": action}
        yield "invoice_link", {"order_number": SHIPPED, "paper": "invoice"}
        yield "balances", {}
        yield "order_policy", {"order_number": DELIVERED, "about": "returns"}
        yield "usual_address", {}
        yield "stock", {"words": "coffee コーヒー"}
        yield "product_question", {"words": "how heavy is the coffee コーヒーの重さ"}
        yield "shop_question", {"words": "how much is shipping", "topic": "shipping"}
        yield "proposal_status", {"proposal_id": "nothing"}
        yield "messages", {}

    def proposals(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Each tool that proposes, with arguments that it can propose something of."""
        (line, *_), (came, *_) = self.open.line_ids, self.delivered.line_ids
        other = self.ask("eligibility", order_number=OPEN, action="change_items").data
        version = next(
            one["variant_id"]
            for one in other["lines"][0]["variants"]
            if one["variant_id"] != other["lines"][0]["variant_id"]
        )
        swap = {"quantity": 1, "to_variant_id": version}
        back = [{"line_id": came, "quantity": 1}]
        address = {**HOME, "line1": "神宮前1-2-3"}
        yield "propose_cancel", {"order_number": OPEN, "reason": "no_longer_needed"}
        yield (
            "propose_return",
            {"order_number": DELIVERED, "items": back, "reason": "changed_mind"},
        )
        yield (
            "propose_exchange",
            {"order_number": DELIVERED, "items": [{"line_id": came, **swap}]},
        )
        yield (
            "propose_claim",
            {"order_number": DELIVERED, "items": back, "problem": "damaged", "remedy": "refund"},
        )
        yield "propose_address_change", {"order_number": OPEN, "address": address}
        yield "propose_usual_address", {"address": address}
        yield "propose_delivery_change", {"order_number": OPEN, "day": "2026-11-25"}
        yield (
            "propose_item_change",
            {
                "order_number": OPEN,
                "items": [{"line_id": line, **swap}],
                "method_id": self.gift_card,
            },
        )
        yield "propose_payment_change", {"order_number": OPEN, "method_id": self.gift_card}
        yield "propose_delay_report", {"order_number": SHIPPED}
        yield "propose_refund_chase", {"order_number": DELIVERED}
        yield "propose_complaint", {"words": "The box was wet", "order_number": DELIVERED}


@pytest.fixture
def room(runtime: Runtime) -> Room:
    return Room(runtime)


def test_every_tool_that_proposes_writes_it_down_and_does_nothing(room: Room) -> None:
    wished = dict(room.proposals())
    assert set(wished) == {name for name, tool in TOOLS.items() if tool.kind is Kind.PROPOSE}
    before = room.count("outbox")
    for name, given in wished.items():
        said = room.ask(name, "en", **given)
        if name == "propose_delay_report":
            assert said.outcome == "in_time"
            continue
        assert said.outcome == "ok", (name, said.words)
        assert said.words.endswith("This can be confirmed until today at 10:15."), said.words
        assert said.data["expires_at"] == "2026-11-22T01:15:00+00:00"
        assert said.data["decision"] in {"at_once", "agent"}
        assert "proposal" not in said.data
    assert room.count("proposals") == len(wished) - 1
    assert room.count("outbox") == before
    assert (room.count("cases"), room.count("returns")) == (0, 0)
    unknown = {
        **wished["propose_return"],
        "items": [{"line_id": room.open.line_ids[0], "quantity": 1}],
    }
    refused = room.ask("propose_return", "ja", **unknown)
    assert (refused.outcome, refused.is_error) == ("invalid", True)
    assert refused.data == {"fields": {"items[0].line_id": "eligibility tells no such line"}}
    stranger = room.ask("propose_cancel", chat=room.strangers, **wished["propose_cancel"])
    assert (stranger.outcome, stranger.data) == ("unidentified", {})
