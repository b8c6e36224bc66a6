"""A message and its answer: once, in order, for its own customer, and never silence."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import text

from bots import inbound
from bots.dialogue.turns import Data, Result
from bots.inbound import Answer, Incoming
from bots.skills.context import Context, Skill
from bots.skills.table import SKILLS
from oms_service.conversations import queries, service
from oms_service.conversations.channels import WEBCHAT
from oms_service.conversations.states import AuthorKind, Owner
from oms_service.conversations.views import ConversationView
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Language
from oms_service.operations.rules import policy
from oms_service.ports.carrier import CarrierStatus, ScanFact
from oms_service.runtime import Runtime
from oms_service.shipping import service as shipping
from tests.factories.orders import (
    CARRIER,
    MAIL,
    PHONE,
    POSTAL_CODE,
    TOKYO,
    make_delivered_order,
    make_order,
    make_shipped_order,
)
from tests.factories.shop import Shop, make_customer, make_shop
from tests.fakes.clock import StandingClock

UNKNOWN = "ご入力の内容に一致するご注文が見つかりませんでした。"
POLICY = {"window_days": 30, "reasons": {"damaged": {"waives": ["window"], "approval": "person"}}}


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_shop(uow)
        policy.adopt(
            uow,
            channel_id=made.channel_id,
            rules=POLICY,
            text={"ja": "返品特約", "en": "Returns"},
        )
        return made


class Chat:
    """One browser, writing."""

    def __init__(self, runtime: Runtime, key: str = "a", language: str = "ja") -> None:
        self.runtime = runtime
        opened = inbound.open_chat(runtime, channel=WEBCHAT, key=key, language=Language(language))
        self.id = opened.id
        self.count = 0

    def send(
        self,
        words: str = "",
        *,
        choice: str | None = None,
        key: str | None = None,
        table: Mapping[str, Skill] = SKILLS,
    ) -> Answer:
        self.count += 1
        incoming = Incoming(
            key=key or f"c:{self.count}", text=words, choice=choice, source="192.0.2.1"
        )
        return inbound.receive(self.runtime, self.id, incoming, skills_by_name=table)

    def ask(self, words: str = "", *, choice: str | None = None) -> str:
        return "\n".join(said.text for said in self.send(words, choice=choice).replies)

    def now(self) -> ConversationView:
        with self.runtime.database.reading() as connection:
            found = queries.by_id(connection, self.id)
        assert found is not None
        return found

    def thread(self) -> list[str]:
        with self.runtime.database.reading() as connection:
            return [one.author_kind.value for one in queries.thread(connection, self.id)]


def rows(runtime: Runtime, query: str) -> list[object]:
    with runtime.database.reading() as connection:
        return list(connection.execute(text(query)).scalars())


def test_a_new_chat_begins_with_a_greeting_and_is_resumed_without_one(runtime: Runtime) -> None:
    chat, again = Chat(runtime), Chat(runtime)
    assert chat.id == again.id
    assert chat.thread() == ["bot"]


@pytest.mark.parametrize("proof", [MAIL, PHONE, POSTAL_CODE, "０９０ー１２３４ー５６７８"])
def test_a_number_and_any_one_proof_answer_where_an_order_is(
    runtime: Runtime, shop: Shop, proof: str
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_shipped_order(uow, shop, number="A-10423")
    chat = Chat(runtime)
    chat.ask("注文はどこですか")
    chat.ask("a 10423")
    said = chat.ask(proof)
    assert "A-10423" in said
    assert "ドリップコーヒー" in said
    assert chat.now().customer_id == shop.customer_id


def test_unknown_and_not_yours_are_told_in_the_very_same_words(
    runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_shipped_order(uow, shop, number="A-10423")
    answers = set()
    for key, number in (("one", "A-10423"), ("two", "A-99999")):
        chat = Chat(runtime, key)
        chat.ask("注文はどこですか")
        chat.ask(number)
        answers.add(chat.ask("eve@example.com"))
    assert len(answers) == 1
    assert answers.pop().startswith(UNKNOWN)
    assert rows(runtime, "SELECT customer_id FROM conversations") == [None, None]


def test_an_identified_customer_does_not_see_another_ones_order(
    runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_shipped_order(uow, shop, number="A-10423")
        other = make_customer(uow, "emma.wilson@example.com", family_name="Wilson")
        make_order(uow, shop, number="A-20000", customer_id=other)
    chat = Chat(runtime)
    chat.ask("A-10423")
    chat.ask(MAIL)
    foreign, unknown = chat.ask("注文 A-20000 はどこですか"), None
    fresh = Chat(runtime, "b")
    fresh.ask("A-10423")
    fresh.ask(MAIL)
    unknown = fresh.ask("注文 A-20001 はどこですか")
    assert foreign == unknown
    assert foreign.startswith(UNKNOWN)


def test_guessing_is_stopped_with_a_time_to_come_back(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_shipped_order(uow, shop, number="A-10423")
    chat = Chat(runtime)
    chat.ask("注文はどこですか")
    said = [chat.ask(f"A-10423 guess{number}@example.com") for number in range(11)]
    assert all(one.startswith(UNKNOWN) for one in said[:10])
    assert said[10].startswith("確認の回数が上限に達しました。")
    assert chat.now().customer_id is None


def test_a_redelivered_message_gets_the_answer_it_got(runtime: Runtime) -> None:
    chat = Chat(runtime)
    first = chat.send("注文はどこですか", key="c:same")
    again = chat.send("注文はどこですか", key="c:same")
    assert (first.message, first.replies) == (again.message, again.replies)
    assert again.is_repeat
    assert chat.thread() == ["bot", "customer", "bot"]


def test_the_same_message_many_times_at_once_is_answered_once(runtime: Runtime) -> None:
    chat = Chat(runtime)
    start = Barrier(6)

    def deliver(_number: int) -> Answer:
        start.wait()
        return chat.send("注文はどこですか", key="c:same")

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(deliver, range(6)))
    assert len({answer.replies[0].id for answer in answers}) == 1
    assert [answer.is_repeat for answer in answers].count(False) == 1
    assert chat.thread() == ["bot", "customer", "bot"]


def test_messages_written_at_once_are_each_answered_after_the_other(runtime: Runtime) -> None:
    chat = Chat(runtime)
    start = Barrier(5)

    def write(number: int) -> Answer:
        start.wait()
        return chat.send("こんにちは", key=f"c:at-once-{number}")

    with ThreadPoolExecutor(5) as pool:
        assert all(answer.replies for answer in pool.map(write, range(5)))
    assert chat.thread() == ["bot"] + ["customer", "bot"] * 5


def test_a_person_is_one_press_away_and_then_the_bot_is_silent(
    runtime: Runtime, shop: Shop
) -> None:
    chat = Chat(runtime)
    said = chat.ask(choice="human")
    (number,) = rows(runtime, "SELECT number FROM cases")
    assert str(number) in said
    assert chat.now().owner is Owner.PEOPLE
    assert chat.send("もしもし").replies == ()
    assert rows(runtime, "SELECT name FROM outbox WHERE name = 'message.received'") == [
        "message.received"
    ]
    with runtime.unit_of_work(SYSTEM) as uow:
        service.hand_to_bot(uow, chat.id)
    assert chat.ask("こんにちは") != ""


def test_two_misses_in_a_row_hand_over(runtime: Runtime, shop: Shop) -> None:
    chat = Chat(runtime)
    assert chat.send("ほげほげ").replies
    assert chat.now().owner is Owner.BOT
    chat.send("ふがふが")
    assert chat.now().owner is Owner.PEOPLE
    assert rows(runtime, "SELECT failed_rule FROM cases") == ["not_understood"]


def crash(context: Context, given: Data) -> Result:
    context.uow.session.execute(text("UPDATE channel_identities SET claimed_mail = 'half done'"))
    raise ZeroDivisionError


def test_a_skill_that_breaks_is_undone_and_ends_with_a_person(runtime: Runtime, shop: Shop) -> None:
    chat = Chat(runtime)
    chat.ask("注文はどこですか")
    answer = chat.send("A-10423 a@example.jp", table={**SKILLS, "identify": crash})
    assert answer.replies[0].text.startswith("こちらの不具合で、お調べできませんでした。")
    assert chat.now().owner is Owner.PEOPLE
    assert rows(runtime, "SELECT failed_rule FROM cases") == ["trouble"]
    assert rows(runtime, "SELECT claimed_mail FROM channel_identities") == [""]
    assert chat.thread() == ["bot", "customer", "bot", "customer", "bot"]


def test_when_even_handing_over_breaks_the_customer_is_told_so(runtime: Runtime) -> None:
    chat = Chat(runtime)
    answer = chat.send(choice="human", table={**SKILLS, "hand_off": crash})
    assert answer.replies[0].text.startswith("ただいま担当者におつなぎできませんでした。")
    assert chat.now().owner is Owner.BOT


def test_a_button_that_was_never_shown_is_refused_and_nothing_is_stored(runtime: Runtime) -> None:
    chat = Chat(runtime)
    with pytest.raises(Invalid):
        chat.send(choice="order:EVIL")
    assert chat.thread() == ["bot"]


def test_what_a_button_said_is_what_the_customer_said(runtime: Runtime) -> None:
    chat = Chat(runtime)
    assert chat.send(choice="intent:track_order").message.text == "配送状況を確認する"


def test_a_proof_is_forgotten_after_half_a_day(
    runtime: Runtime, shop: Shop, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_shipped_order(uow, shop, number="A-10423")
    chat = Chat(runtime)
    chat.ask("A-10423")
    assert "A-10423" in chat.ask(MAIL)
    clock.advance(hours=13)
    assert "A-10423" not in chat.ask("注文はどこですか")


def test_a_code_by_mail_shows_who_one_is(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_shipped_order(uow, shop, number="A-10423")
    chat = Chat(runtime)
    chat.ask("注文はどこですか")
    chat.ask(choice="identify:code")
    chat.ask("Misaki.Sato@example.jp")
    (code,) = rows(runtime, "SELECT substring(text from '[0-9]{6}') FROM messages WHERE is_secret")
    wrong = "000000" if code != "000000" else "111111"
    assert chat.ask(wrong).startswith("確認コードが一致しませんでした。")
    assert "A-10423" in chat.ask(str(code))
    assert chat.now().customer_id == shop.customer_id
    assert rows(
        runtime, "SELECT claimed_mail FROM channel_identities WHERE channel = 'webchat'"
    ) == [""]


def return_of_coffee(chat: Chat, reason: str) -> str:
    chat.ask("返品したい")
    chat.ask("A-10423")
    chat.ask(MAIL)
    if "個" in chat.ask("ドリップコーヒー"):
        chat.ask("1")
    chat.ask(choice=f"reason:{reason}")
    return chat.ask("はい")


def test_a_return_allowed_at_once_is_made_and_the_bot_goes_on(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_delivered_order(uow, shop, items={"COFFEE": 1, "MUG": 1}, number="A-10423")
    chat = Chat(runtime)
    said = return_of_coffee(chat, "changed_mind")
    (number,) = rows(runtime, "SELECT number FROM returns WHERE state = 'approved'")
    assert str(number) in said
    assert rows(runtime, "SELECT number FROM cases") == []
    assert chat.now().owner is Owner.BOT


def test_a_return_a_person_decides_opens_a_case_and_the_bot_still_answers(
    runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_delivered_order(uow, shop, items={"COFFEE": 1, "MUG": 1}, number="A-10423")
    chat = Chat(runtime)
    said = return_of_coffee(chat, "damaged")
    (number,) = rows(runtime, "SELECT number FROM cases")
    assert str(number) in said
    assert chat.now().owner is Owner.BOT
    assert "A-10423" in chat.ask("注文はどこですか")


def test_what_a_customer_answers_to_a_person_goes_to_people(runtime: Runtime, shop: Shop) -> None:
    chat = Chat(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        service.say(uow, chat.id, author_kind=AuthorKind.AGENT, text="写真をお送りください。")
    assert chat.send("送りました").replies == ()


def test_a_late_parcel_comes_with_its_cause(
    runtime: Runtime, shop: Shop, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_shipped_order(uow, shop, number="A-10423")
    clock.advance(hours=12)
    with runtime.unit_of_work(SYSTEM) as uow:
        fact = ScanFact(
            carrier=CARRIER,
            tracking_number=order.tracking_number,
            event_key="snow",
            status=CarrierStatus.DELAYED,
            occurred_at=uow.now,
            reason="snow",
            estimate_from=uow.now + timedelta(days=5),
            estimate_until=uow.now + timedelta(days=6),
        )
        shipping.record_scans(uow, [fact], zone=TOKYO)
    chat = Chat(runtime)
    chat.ask("A-10423")
    said = chat.ask(MAIL)
    assert "大雪のため、東京方面の便に遅れが出ています。" in said
    assert "申し訳ございません" in said
