"""A hundred conversations that do not go straight, on the real books: see tests/data/repairs.

After each message it is checked what is asked, what is open and filled in, what is proposed, and
that the books have changed exactly where the script says that something was done.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import text

from bots import inbound
from bots.dialogue.turns import decode
from bots.inbound import Incoming
from oms_service.conversations import queries, service
from oms_service.conversations.channels import WEBCHAT
from oms_service.conversations.states import Owner
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.processes import held_by
from oms_service.runtime import Runtime
from tests.apps import an_app, settings_for
from tests.factories.cases import make_agent
from tests.factories.shop import Shop
from tests.factories.talking import Talker, make_talker, make_talking_shop
from tests.fakes.clock import StandingClock
from tests.services import Databases

HERE: Final = Path(__file__).parents[1] / "data" / "repairs"
SCRIPTS: Final = [
    {"language": language.value, **one}
    for language in Language
    for one in tomllib.loads((HERE / f"{language}.toml").read_text(encoding="utf-8"))["dialogue"]
]
#: Figures as they are said.
SPOKEN: Final = {
    Language.ENGLISH: (
        *("zero", "one", "two", "three", "four"),
        *("five", "six", "seven", "eight", "nine"),
    ),
    Language.JAPANESE: (
        *("ゼロ", "いち", "に", "さん", "よん"),
        *("ご", "ろく", "なな", "はち", "きゅう"),
    ),
}
#: Everything of a customer's that a conversation could change, in one value.
BOOKS: Final = text(
    """
    WITH o AS (SELECT * FROM orders WHERE customer_id = :id)
    SELECT md5(concat_ws('|',
        (SELECT string_agg(o::text, ',' ORDER BY id) FROM o),
        (SELECT string_agg(l::text, ',' ORDER BY l.id) FROM order_lines l
            JOIN o ON o.id = l.order_id),
        (SELECT string_agg(r::text, ',' ORDER BY r.id) FROM returns r JOIN o ON o.id = r.order_id),
        (SELECT string_agg(c::text, ',' ORDER BY c.id) FROM claims c JOIN o ON o.id = c.order_id),
        (SELECT string_agg(p::text, ',' ORDER BY p.id)
            FROM payment_entries p JOIN o ON o.id = p.order_id),
        (SELECT string_agg(a::text, ',' ORDER BY a.id) FROM addresses a WHERE customer_id = :id)))
    """
)
PROPOSALS: Final = text(
    "SELECT kind, state::text FROM proposals WHERE conversation_id = :id ORDER BY id"
)


@dataclass(frozen=True)
class House:
    """One furnished shop for all of them; each conversation has a customer of its own."""

    runtime: Runtime
    shop: Shop


@pytest.fixture(scope="module")
def house(
    databases: Databases,
    template_database: str,
    session_valkey: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[House]:
    assert template_database
    folder = tmp_path_factory.mktemp("repairs")
    with (
        databases.a_clone() as url,
        an_app(settings_for(url, session_valkey.url, folder), clock=StandingClock()) as app,
    ):
        runtime = held_by(app)
        with runtime.unit_of_work(SYSTEM) as uow:
            shop = make_talking_shop(uow)
            make_agent(uow)
        yield House(runtime, shop)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What holds after a message; ``books`` differs once anything of the customer's does."""

    flow: str
    asks: str
    slots: Mapping[str, Any]
    language: str
    people: bool
    proposes: str
    done: list[str]
    books: str


class Talk:
    """One customer's conversation, and what there is to see of it."""

    def __init__(self, house: House, number: int, script: Mapping[str, Any]) -> None:
        self.runtime, self._number, self._sent = house.runtime, number, 0
        self.language = Language(script["language"])
        with self.runtime.unit_of_work(SYSTEM) as uow:
            kinds = script.get("orders", ["open"])
            self.talker: Talker = make_talker(uow, house.shop, number, kinds)
        self.id = inbound.open_chat(
            self.runtime, channel=WEBCHAT, key=f"repair-{number}", language=self.language
        ).id
        if script.get("is_known", True):
            inbound.recognise(self.runtime, self.id, self.talker.customer_id)

    def filled(self, words: str) -> str:
        """The words with this customer's own numbers in their places."""
        for kind, number in self.talker.numbers.items():
            words = words.replace(f"{{{kind}}}", number)
            digits = number.removeprefix("A-")
            words = words.replace(f"{{{kind}:digits}}", " ".join(digits))
            spoken = " ".join(SPOKEN[self.language][int(digit)] for digit in digits)
            words = words.replace(f"{{{kind}:spoken}}", spoken)
        return words.replace("{own_mail}", self.talker.mail)

    def take(self, turn: Mapping[str, Any]) -> str:
        """One message, or what a person does; what was answered."""
        if turn.get("hands_back"):
            with self.runtime.unit_of_work(SYSTEM) as uow:
                service.hand_to_bot(uow, self.id)
            return ""
        self._sent += 1
        pressed = turn.get("press")
        incoming = Incoming(
            key=f"c:{self._sent}",
            text=self.filled(turn.get("say", "")),
            choice=self._button(pressed) if pressed else None,
            source=f"192.0.2.{self._number}",
        )
        answer = inbound.receive(self.runtime, self.id, incoming)
        return "\n".join(said.text for said in answer.replies)

    def _button(self, name: str) -> str:
        """The newest button of that name: ``confirm:`` stands for any that agrees."""
        wanted = self.filled(name).replace("A-", "A") if name.startswith("order:") else name
        with self.runtime.database.reading() as connection:
            thread = queries.thread(connection, self.id)
        shown = [
            str(choice["value"])
            for message in reversed(thread)
            for choice in message.extra.get("choices", ())
        ]
        if not wanted.endswith(":"):
            return wanted
        first = name == "first-confirm:"
        of = [one for one in shown if one.startswith(wanted.removeprefix("first-"))]
        return of[-1] if first else of[0]

    def seen(self) -> Seen:
        """What holds now."""
        with self.runtime.database.reading() as connection:
            found = queries.by_id(connection, self.id)
            books = connection.execute(BOOKS, {"id": self.talker.customer_id}).scalar_one()
            proposals = connection.execute(PROPOSALS, {"id": self.id}).all()
        assert found is not None
        state = decode(found.dialogue)
        return Seen(
            flow=state.top.flow if state.top else "",
            asks=state.question.say.key if state.question else "",
            slots=dict(state.top.data.get("slots", {})) if state.top else {},
            language=state.language.value,
            people=found.owner is Owner.PEOPLE,
            proposes=next((kind for kind, its in reversed(proposals) if its == "open"), ""),
            done=[kind for kind, its in proposals if its == "done"],
            books=str(books),
        )


@pytest.mark.parametrize("number", range(len(SCRIPTS)), ids=[one["name"] for one in SCRIPTS])
def test_the_conversation_comes_to_what_was_wanted(house: House, number: int) -> None:
    script = SCRIPTS[number]
    talk = Talk(house, 100 + number, script)
    before = talk.seen()
    for turn in script["turns"]:
        said = talk.take(turn)
        now = talk.seen()
        where = (turn.get("say") or turn.get("press"), said)
        for name in ("flow", "asks", "language", "proposes"):
            assert turn.get(name, getattr(now, name)) == getattr(now, name), (name, where)
        assert turn.get("slots", {}).items() <= now.slots.items(), (now.slots, where)
        assert now.people is turn.get("people", False), where
        assert [one for one in turn.get("tells", ()) if talk.filled(one) not in said] == [], where
        assert now.done == before.done + ([turn["does"]] if "does" in turn else []), where
        assert (now.books != before.books) is ("does" in turn), where
        before = now


def test_there_are_fifty_in_each_language() -> None:
    names = [(one["language"], one["name"]) for one in SCRIPTS]
    assert len(set(names)) == len(names)
    assert min(sum(one == each for one, _ in names) for each in Language) >= 50
