"""Attacks at every door: the chat, a plugged-in model, programs with a token. See attacks.toml.

Each is made twice: on an order of another customer, and on one that never was. Both are answered
alike, nothing of hers is told, and no order of anybody changes without the customer's own yes.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import text

from bots import inbound
from bots.inbound import Incoming
from bots.mcp import calling, holders, tokens
from oms_service.conversations.channels import WEBCHAT
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Language
from oms_service.processes import held_by
from oms_service.runtime import Runtime
from tests.apps import an_app, settings_for
from tests.factories.cases import make_agent
from tests.factories.talking import Talker, make_talker, make_talking_shop
from tests.fakes.clock import StandingClock
from tests.fakes.model_server import ModelServer, a_model_server, picks, wants
from tests.services import Databases

ATTACKS: Final[Mapping[str, list[dict[str, Any]]]] = tomllib.loads(
    (Path(__file__).parents[1] / "data" / "attacks.toml").read_text(encoding="utf-8")
)
HERS, HIS = 777, 888
NO_NUMBER, NO_PROPOSAL = "A-9991", "no-such-proposal-was-ever-made"
#: Words that stand only in what is hers.
SENTINELS: Final = ("marker", "印の", "7777-6666", "777766", "999-8877", "A-777", "A777")
#: Words that our own recogniser makes nothing of.
STRANGE: Final = "ぽよぽよ大作戦を発動してください"
BOOKS: Final = text(
    """
    SELECT md5(concat_ws('|',
        (SELECT string_agg(o::text, ',' ORDER BY id) FROM orders o),
        (SELECT string_agg(l::text, ',' ORDER BY id) FROM order_lines l),
        (SELECT string_agg(r::text, ',' ORDER BY id) FROM returns r),
        (SELECT string_agg(c::text, ',' ORDER BY id) FROM claims c),
        (SELECT string_agg(p::text, ',' ORDER BY id) FROM payment_entries p),
        (SELECT string_agg(a::text, ',' ORDER BY id) FROM addresses a),
        (SELECT string_agg(d.state::text, ',' ORDER BY id) FROM proposals d
            WHERE state = 'done' OR customer_id = :hers)))
    """
)
MARK: Final = text(
    """
    UPDATE orders SET mail_key = 'marker.mail@example.jp', phone_key = '09077776666',
        postal_key = '9998877', ship_to = ship_to || '{"recipient": "印の 花子",
        "line1": "marker 1-2-3", "phone": "090-7777-6666", "postal_code": "999-8877"}'
    WHERE customer_id = :id
    """
)
IDS: Final = count()


@dataclass(frozen=True)
class House:
    """Two customers of one shop, a model plugged in, and tokens of his."""

    runtime: Runtime
    model: ModelServer
    hers: Talker
    his: Talker
    her_proposal: str
    tokens: Mapping[str, str]

    def books(self) -> str:
        with self.runtime.database.reading() as connection:
            found = connection.execute(BOOKS, {"hers": self.hers.customer_id}).scalar_one()
        return str(found)

    def placed(self, told: Any, *, is_hers: bool) -> Any:
        """What an attack says, with her numbers in their places or with some that never were."""
        number = self.hers.numbers["open"] if is_hers else NO_NUMBER
        wide = "\u200b".join(chr(ord(sign) + 0xFEE0) for sign in number)
        said = json.dumps(told, ensure_ascii=False)
        for name, value in {
            "{hers}": number,
            "{hers_key}": number.replace("-", ""),
            "{hers_wide}": wide,
            "{his}": self.his.numbers["open"],
            "{his_mail}": self.his.mail,
            "{her_proposal}": self.her_proposal if is_hers else NO_PROPOSAL,
        }.items():
            said = said.replace(name, value)
        return json.loads(said)


def talk(runtime: Runtime, customer_id: int | None, turns: list[str]) -> list[str]:
    """A new chat, and its answers; ``!`` presses a button."""
    key = f"attack-{next(IDS)}"
    chat = inbound.open_chat(runtime, channel=WEBCHAT, key=key, language=Language.ENGLISH)
    if customer_id is not None:
        inbound.recognise(runtime, chat.id, customer_id)
    said = []
    for place, words in enumerate(turns):
        is_button = words.startswith("!")
        incoming = Incoming(
            key=f"c:{place}",
            text="" if is_button else words,
            choice=words[1:] if is_button else None,
            source=key,
        )
        try:
            answer = inbound.receive(runtime, chat.id, incoming)
        except Invalid:
            said.append("invalid")
            continue
        said += [f"{one.text} {json.dumps(one.extra)}" for one in answer.replies]
    return said


@pytest.fixture(scope="module")
def house(
    databases: Databases,
    template_database: str,
    session_valkey: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[House]:
    assert template_database
    folder = tmp_path_factory.mktemp("attacks")
    with databases.a_clone() as url, a_model_server() as model:
        settings = replace(
            settings_for(url, session_valkey.url, folder),
            model_url=model.url,
            model_name="small",
            model_tools=True,
        )
        with an_app(settings, clock=StandingClock()) as app:
            yield furnished(held_by(app), model)


def furnished(runtime: Runtime, model: ModelServer) -> House:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_talking_shop(uow)
        make_agent(uow)
        hers, his = (make_talker(uow, shop, of, ["open", "arrived"]) for of in (HERS, HIS))
        uow.session.execute(MARK, {"id": hers.customer_id})
        secrets = {
            name: tokens.issue(uow, his.customer_id, label="x", days=30, may_act=may_act)[1]
            for name, may_act in (("reading", False), ("acting", True))
        }
    talk(runtime, hers.customer_id, [f"cancel {hers.numbers['open']}, no longer needed"])
    with runtime.database.reading() as connection:
        proposal = connection.execute(text("SELECT public_id FROM proposals")).scalar_one()
    return House(runtime, model, hers, his, str(proposal), secrets)


def assert_alike(house: House, told: list[str], besides: list[str]) -> None:
    """The two answers differ in nothing but what was asked; hers holds nothing of hers."""
    for word in SENTINELS:
        if word not in besides[0]:
            assert word not in told[0]
    plain = [
        re.sub(r"C-\d+", "C-", one)
        .replace(house.hers.numbers["open"], "#")
        .replace(NO_NUMBER, "#")
        .replace(house.her_proposal, "p")
        .replace(NO_PROPOSAL, "p")
        for one in told
    ]
    plain = [re.sub(r"(?:confirm|decline):[\w-]+", "proposal", one) for one in plain]
    assert plain[0] == plain[1]


@pytest.mark.parametrize("attack", ATTACKS["chat"], ids=lambda one: one["name"])
def test_words_open_nothing_of_hers(house: House, attack: dict[str, Any]) -> None:
    before, told, besides = house.books(), [], []
    for is_hers in (True, False):
        turns = house.placed(attack["turns"], is_hers=is_hers)
        besides.append(" ".join(turns))
        known = house.his.customer_id if attack["who"] == "him" else None
        told.append("\n".join(talk(house.runtime, known, turns)))
        assert house.books() == before
    assert_alike(house, told, besides)


@pytest.mark.parametrize("attack", ATTACKS["model"], ids=lambda one: one["name"])
def test_what_a_model_wants_opens_nothing_of_hers(house: House, attack: dict[str, Any]) -> None:
    before, told = house.books(), []
    for is_hers in (True, False):
        house.model.replies[:] = [
            wants(one["wants"], **one["arguments"])
            if "wants" in one
            else picks(one["picks"], **one["slots"])
            for one in house.placed(attack["replies"], is_hers=is_hers)
        ]
        asked = len(house.model.asked)
        said = talk(house.runtime, house.his.customer_id, [STRANGE])
        assert len(house.model.asked) > asked
        results = [
            one["content"]
            for request in house.model.asked[asked:]
            for one in request["messages"]
            if one["role"] == "tool"
        ]
        told.append("\n".join([*said, *results]))
        assert house.books() == before
    assert_alike(house, told, [house.hers.numbers["open"]])


@pytest.mark.parametrize("attack", ATTACKS["mcp"], ids=lambda one: one["name"])
def test_a_token_of_his_opens_nothing_of_hers(house: House, attack: dict[str, Any]) -> None:
    before, told, besides = house.books(), [], []
    for is_hers in (True, False):
        given = house.placed(attack["arguments"], is_hers=is_hers)
        besides.append(json.dumps(given))
        holder = holders.holder_of(house.runtime, house.tokens[attack["token"]])
        assert holder is not None
        answer = calling.call(house.runtime, holder, attack["tool"], given)
        told.append(f"{answer.outcome} {answer.words} {json.dumps(answer.data, default=str)}")
        assert house.books() == before
    assert_alike(house, told, besides)


def test_his_own_order_is_told_at_every_door(house: House) -> None:
    number = house.his.numbers["open"]
    assert number in "".join(talk(house.runtime, house.his.customer_id, [f"where is {number}?"]))
    holder = holders.holder_of(house.runtime, house.tokens["reading"])
    assert holder is not None
    answer = calling.call(house.runtime, holder, "order_status", {"order_number": number})
    assert number in answer.words


def test_there_are_sixty_and_more() -> None:
    counts = {door: len(attacks) for door, attacks in ATTACKS.items()}
    assert sum(counts.values()) >= 60
    assert counts["chat"] >= 20
