"""Every skill of the chat x who writes: nobody known, somebody else, and whose order it is.

Whoever adds a skill adds a row to its table and says there whom it is for; this walks over all of
them by itself. What a skill takes is filled in by the names and kinds of its contract.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import text

from bots.dialogue import calls
from bots.dialogue.turns import Result
from bots.skills.context import Context, Declared, Needs
from bots.skills.table import SKILLS
from oms_service.conversations import service as conversations
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM, Actor, ActorKind
from oms_service.kernel.errors import DomainError
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_chat
from tests.factories.orders import MAIL, make_delivered_order, make_order
from tests.factories.shop import make_customer, make_shop

OTHERS_MAIL = "mayumi.tanaka@example.jp"
#: What never was; two of each, so that what merely echoes the question can be told apart.
NOBODYS = (
    {
        "order_key": "A-99998",
        "mail": "nobody@example.jp",
        "phone": "0311112222",
        "postal": "0010001",
    },
    {
        "order_key": "A-99999",
        "mail": "noone@example.jp",
        "phone": "0311113333",
        "postal": "0020002",
    },
)


class Room:
    """Two customers with an order each, and a chat for each level of identity."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        with runtime.unit_of_work(SYSTEM) as uow:
            shop = make_shop(uow)
            self.order = make_delivered_order(uow, shop)
            other = make_customer(uow, OTHERS_MAIL, family_name="田中")
            make_order(uow, shop, number="A-70007", customer_id=other)
            self.line_ids = self.order.line_ids
            self.chats = {
                "stranger": make_chat(uow).id,
                "by_proof": make_chat(uow).id,
                "signed_in": make_chat(uow, customer_id=shop.customer_id).id,
                "other": make_chat(uow, customer_id=other).id,
            }
        drain(runtime)
        with self.writing("by_proof", key="proves", keeps=True) as context:
            shown = {"order_key": self.order.number, "mail": MAIL, "phone": None, "postal": None}
            assert SKILLS["identify"](context, shown).outcome == "ok"

    @contextmanager
    def writing(self, who: str, *, key: str = "asks", keeps: bool = False) -> Iterator[Context]:
        """Whatever is done within is taken back, so that each skill is asked of the same shop."""
        with self.runtime.unit_of_work(Actor(ActorKind.CUSTOMER)) as uow:
            done = uow.session.begin_nested()
            asked = conversations.receive(uow, self.chats[who], key=key, text="A question")
            assert asked is not None
            chat = conversations.lock(uow, self.chats[who])
            yield Context(self.runtime, uow, chat, asked.id, f"test of {who}")
            if not keeps:
                done.rollback()

    def ask(self, name: str, who: str, about: Mapping[str, str], ids: int) -> tuple[Result, int]:
        """What a skill says, and how many facts it stated."""
        with self.writing(who) as context:
            before = facts(context.uow)
            try:
                said = SKILLS[name](context, arguments(name, about, ids))
            except (DomainError, ValueError, LookupError) as refused:  # it looked further
                said = Result(name, f"refused: {type(refused).__name__}")
            return said, facts(context.uow) - before
        raise AssertionError("a skill says something")

    @property
    def theirs(self) -> Mapping[str, str]:
        return {"order_key": self.order.number, "mail": OTHERS_MAIL, "postal": "1000001"}


def facts(uow: UnitOfWork) -> int:
    uow.session.flush()
    return int(uow.session.scalar(text("SELECT count(*) FROM outbox")) or 0)


def arguments(name: str, about: Mapping[str, str], ids: int) -> dict[str, Any]:
    """What the contract of a skill asks for: by name where it tells of people, else by kind."""
    found: dict[str, Any] = {}
    for key, kinds in calls.SKILLS[name].arguments.items():
        if key in about:
            found[key] = about[key]
        elif str in kinds:
            found[key] = about["order_key"] if "key" in key or "number" in key else str(ids)
        elif int in kinds:
            found[key] = ids
        elif bool in kinds:
            found[key] = False
        elif dict in kinds:
            found[key] = {"order_key": about["order_key"], "wish": "track"}
        elif list in kinds or tuple in kinds:
            found[key] = []
        else:
            found[key] = None
    return found


def stable(first: Any, second: Any, said: Any) -> Any:
    """What is said, without what differs between two answers about nothing: echoes and numbers."""
    if isinstance(first, Mapping) and isinstance(said, Mapping):
        return {key: stable(first.get(key), second.get(key), said[key]) for key in said}
    return said if first == second else "differs"


@pytest.fixture
def room(runtime: Runtime) -> Room:
    return Room(runtime)


def test_every_skill_says_whom_it_is_for_and_has_a_contract() -> None:
    undeclared = [name for name, skill in SKILLS.items() if not isinstance(skill, Declared)]
    assert undeclared == [], "say known_customer(...) or public(...) in the row of the skill"
    assert set(SKILLS) == set(calls.SKILLS)


def test_nobody_learns_anything_of_an_order_that_is_not_theirs(room: Room) -> None:
    for name, skill in SKILLS.items():
        assert isinstance(skill, Declared)
        for who in ("stranger", "other"):
            (first, _), (second, _) = (room.ask(name, who, one, 10**9) for one in NOBODYS)
            (foreign, stated) = room.ask(name, who, room.theirs, room.line_ids[0])
            assert foreign.outcome == first.outcome == second.outcome, (name, who)
            assert stable(first.data, second.data, foreign.data) == stable(
                first.data, second.data, first.data
            ), (name, who)
            if skill.needs is Needs.KNOWN_CUSTOMER and who == "stranger":
                assert (foreign.outcome, dict(foreign.data), stated) == ("unidentified", {}, 0)


def test_an_order_with_its_proof_opens_as_much_as_signing_in(room: Room) -> None:
    own = {"order_key": room.order.number, "mail": MAIL}
    for name, skill in SKILLS.items():
        if not isinstance(skill, Declared) or skill.needs is not Needs.KNOWN_CUSTOMER:
            continue
        outcomes = {
            room.ask(name, who, own, room.line_ids[0])[0].outcome
            for who in ("by_proof", "signed_in")
        }
        assert len(outcomes) == 1, name
        assert outcomes != {"unidentified"}, name
