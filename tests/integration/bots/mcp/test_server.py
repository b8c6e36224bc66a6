"""Agents with the official client, over real HTTP: what each may use, and what comes of it."""

import httpx2
import pytest
from mcp.shared.exceptions import MCPError

from bots.tools.shapes import Kind
from bots.tools.table import TOOLS
from oms_service.orders.states import OrderState
from oms_service.runtime import Runtime
from tests.fakes.clock import StandingClock
from tests.integration.bots.mcp.agents import Agent, served
from tests.integration.bots.mcp.test_calling import House, rows
from tests.integration.bots.test_changing import order
from tests.integration.bots.tools.test_table import DELIVERED, FOREIGN, OPEN

ACTING = {name for name, tool in TOOLS.items() if tool.kind is not Kind.READ}


@pytest.fixture
def house(runtime: Runtime) -> House:
    return House(runtime)


def test_an_agent_reads_in_both_languages_and_has_its_customers_wish_done_once(
    house: House,
) -> None:
    with served(house.runtime) as url:
        agent = Agent(url, house.token(may_act=True))
        assert set(agent.tools()) == set(TOOLS)
        reads = list(house.room.reads())
        both = [
            agent.calls([(name, {**given, "language": one}) for name, given in reads])
            for one in ("en", "ja")
        ]
        for (name, _), english, japanese in zip(reads, *both, strict=True):
            assert english.outcome == japanese.outcome, name
            assert not english.is_error, name
            assert english.words != japanese.words, name
            assert english.told["words"] == english.words
        shown = agent.call(
            "propose_cancel", order_number=OPEN, reason="no_longer_needed", language="en"
        )
        assert OPEN in shown.words
        assert "¥2,000" in shown.words
        assert shown.data["settled"] == {"minor": -2_000, "currency": "JPY"}
        assert shown.data["expires_at"] == "2026-11-22T01:15:00+00:00"
        assert order(house.runtime, OPEN).order_state is not OrderState.CANCELLED
        proposal = {"proposal_id": shown.data["proposal_id"]}
        others = (house.token(may_act=True), house.token(may_act=True, of=house.other))
        for other in others:
            assert Agent(url, other).call("confirm_action", **proposal).outcome == "unknown"
        assert order(house.runtime, OPEN).order_state is not OrderState.CANCELLED
        old = Agent(url, agent.secret, mode="legacy")
        done = old.call("confirm_action", **proposal)
        assert (done.outcome, done.is_error) == ("ok", False)
        assert order(house.runtime, OPEN).order_state is OrderState.CANCELLED
        assert agent.call("confirm_action", **proposal).outcome == "already"
        handed = agent.call("request_human", words="I want to thank a person", about="other")
        assert handed.outcome == "ok"
        assert agent.call("propose_complaint", words="x").outcome == "with_people"
        assert agent.call("messages").data == {"messages": [], "answers": "people"}
    said = rows(house.runtime, "SELECT text FROM messages WHERE direction = 'in'")
    assert "[request_human] I want to thank a person" in said
    assert rows(house.runtime, "SELECT count(*) FROM cases WHERE conversation_id IS NOT NULL") == [
        1
    ]


def test_whoever_shows_no_secret_in_force_hears_one_answer(
    house: House, clock: StandingClock
) -> None:
    with served(house.runtime) as url:
        agent = Agent(url, house.token(days=1))
        assert set(agent.tools()) == set(TOOLS) - ACTING
        ended = house.token()
        house.end(ended)
        asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        refused = set()
        for secret in (
            "x",
            "omsa_",
            "oms_",
            ended,
            house.key("orders:read"),
            "omsa_\u3042",
            "x" * 9_000,
        ):
            headers = {b"Authorization": f"Bearer {secret}".encode()}
            said = httpx2.post(url, json=asked, headers=headers)
            refused.add((said.status_code, said.text, said.headers["www-authenticate"]))
        assert refused == {(401, '{"error":"invalid_token"}', "Bearer")}
        for _ in range(60):
            said = httpx2.post(url, json=asked, headers={"Authorization": "Bearer omsa_guess"})
        assert (said.status_code, said.json()) == (429, {"error": "too-many-requests"})
        # Whoever has a token may come from the very same address: that of the shop's own proxy.
        assert not agent.call("stock", words="coffee").is_error
        clock.advance(days=2)
        with pytest.raises((MCPError, ExceptionGroup)):
            agent.call("stock", words="coffee")


def test_bodies_that_are_no_calls_change_nothing(house: House) -> None:
    secret = house.token(may_act=True)
    headers = {
        "Authorization": f"Bearer {secret}",
        "Accept": "application/json, text/event-stream",
        "Content-Type": "application/json",
    }
    before = house.counts()
    with served(house.runtime) as url:
        for body in (
            b"",
            b"{",
            b"[]",
            b"null",
            b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call"}',
            b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": 7}}',
            b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": []}',
            b'{"jsonrpc": "2.0", "id": 1, "method": "resources/list", "params": {}}',
            b"\xff\xfe" * 100,
            b"[" * 20_000,
        ):
            said = httpx2.post(url, content=body, headers=headers)
            assert said.status_code < 500, (body[:60], said.text)
            assert "result" not in said.json(), body[:60]
        large = httpx2.post(url, content=b"x" * 70_000, headers=headers)
        assert large.status_code == 413
        with pytest.raises((MCPError, ExceptionGroup)):
            Agent(url, secret).call("drop_tables")
        found = Agent(url, secret).call("find_order", order_number=FOREIGN, language="en")
        assert (
            found.words
            == Agent(url, secret).call("find_order", order_number="A-99999", language="en").words
        )
    assert house.counts() == before
    assert DELIVERED not in found.words
