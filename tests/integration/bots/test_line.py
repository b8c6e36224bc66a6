"""LINE over real HTTP: signed calls in, answers out, each once and in order, whatever fails."""

import io
import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import text

from bots.line import service as line_service
from bots.line.client import Api
from bots.line.commands import examine
from bots.line.linking import LinkPages
from cases import service as cases
from notifications import preferences
from notifications import rules as notices
from notifications import service as telling
from notifications.rules import Kind
from notifications.service import Told
from oms_service.access import sessions
from oms_service.access.states import SessionKind
from oms_service.adapters.mail.mailbox import letters
from oms_service.conversations import queries, service
from oms_service.conversations.channels import LINE
from oms_service.conversations.states import AuthorKind, DeliveryState, Direction
from oms_service.conversations.views import ConversationView, MessageView
from oms_service.infra import relay
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.operations.people import People
from oms_service.operations.rules import policy as rules
from oms_service.processes import held_by
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.apps import an_app
from tests.effects import settle
from tests.factories.files import a_photo
from tests.factories.orders import MAIL, make_delivered_order, make_order, make_shipped_order
from tests.factories.shop import Shop, make_customer, make_shop
from tests.factories.staff import make_staff, post
from tests.factories.staff import sign_in as sign_in_staff
from tests.fakes.clock import StandingClock
from tests.fakes.line import MONTHLY, SECRET, TOKEN, USER, Call, LineServer, a_line, signed

OTHER = "U" + "0" * 32


@pytest.fixture
def line() -> Iterator[LineServer]:
    with a_line() as server:
        yield server


@pytest.fixture
def app(settings: Settings, clock: StandingClock, line: LineServer) -> Iterator[Flask]:
    """The house, on LINE."""
    on_line = replace(
        settings,
        line_channel_secret=SECRET,
        line_channel_token=TOKEN,
        line_api_url=line.url,
        line_data_url=line.url,
        line_login_url="https://access.line.example",
        line_account="@minato",
    )
    with an_app(on_line, clock=clock) as made:
        yield made


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    return held_by(app)


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_shop(uow)
        rules.adopt(
            uow,
            channel_id=made.channel_id,
            rules={"window_days": 30},
            text={"ja": "返品特約", "en": "Returns"},
        )
        make_shipped_order(uow, made, number="A-10001")
    return made


class Phone:
    """Somebody's LINE, and what LINE does with it."""

    def __init__(self, app: Flask, runtime: Runtime, user: str = USER) -> None:
        self.client = app.test_client()
        self.runtime = runtime
        self.user = user
        self._ids = count(1)

    def event(self, kind: str, **said: Any) -> dict[str, Any]:
        number = next(self._ids)
        return {
            "type": kind,
            "mode": "active",
            "webhookEventId": f"01EVENT{self.user[-1]}{number:04}",
            "deliveryContext": {"isRedelivery": False},
            "timestamp": int(self.runtime.clock.now().timestamp() * 1000),
            "source": {"type": "user", "userId": self.user},
            "replyToken": f"token-{self.user[-1]}-{number}",
            **said,
        }

    def words(self, said: str, message_id: str = "") -> dict[str, Any]:
        number = message_id or f"5{self.user[-1]}{next(self._ids):04}"
        return self.event("message", message={"id": number, "type": "text", "text": said})

    def deliver(self, *events: Mapping[str, Any]) -> int:
        body = json.dumps({"destination": USER, "events": events}).encode()
        return self.client.post("/line/webhook", data=body, headers=signed(body)).status_code

    def say(self, *said: str) -> None:
        assert self.deliver(*(self.words(one) for one in said)) == 200
        settle(self.runtime)

    def press(self, action: Mapping[str, str]) -> None:
        assert self.deliver(self.event("postback", postback={"data": action["data"]})) == 200
        settle(self.runtime)

    def conversation(self) -> ConversationView:
        with self.runtime.database.reading() as connection:
            found = queries.open_of(connection, "line", self.user)
        assert found is not None
        return found

    def thread(self) -> list[MessageView]:
        with self.runtime.database.reading() as connection:
            return queries.thread(connection, self.conversation().id)


@pytest.fixture
def phone(app: Flask, runtime: Runtime, shop: Shop) -> Phone:
    return Phone(app, runtime)


def tried(runtime: Runtime, message_id: int) -> list[tuple[DeliveryState, str]]:
    with runtime.database.reading() as connection:
        return [(one.state, one.detail) for one in queries.tries(connection, message_id)]


def buttons(line: LineServer) -> dict[str, Mapping[str, str]]:
    """The buttons that a customer sees: those under what was shown last."""
    items = line.shown[-1].get("quickReply", {"items": []})["items"]
    return {one["action"]["label"]: one["action"] for one in items}


def agent_says(runtime: Runtime, conversation_id: int, words: str) -> MessageView:
    with runtime.unit_of_work(SYSTEM) as uow:
        return service.say(uow, conversation_id, author_kind=AuthorKind.AGENT, text=words)


def test_where_is_my_order_is_answered_with_a_card_free_of_charge(
    phone: Phone, line: LineServer, runtime: Runtime
) -> None:
    phone.say("A-10001はどこ?")
    assert "ご本人の確認" in line.texts[-1] or "メールアドレス" in line.texts[-1]
    phone.say(MAIL)
    card, words = line.shown[-2:]
    assert card["type"] == "flex"
    assert card["altText"].startswith("ご注文 A-10001: ")
    said = json.dumps(card, ensure_ascii=False)
    assert "ドリップコーヒー" in said
    assert "× 2" in said
    assert card["contents"]["footer"]["contents"][0]["action"]["uri"].startswith("http://localhost")
    assert "A-10001" in words["text"]
    assert "担当者と話す" in buttons(line)
    assert line.of("/push") == []
    assert len(line.of("/reply")) == 2
    assert [one.state for one in phone.thread() if one.direction is Direction.OUT] == [
        DeliveryState.SENT
    ] * 3
    assert tried(runtime, phone.thread()[-1].id) == [(DeliveryState.SENT, "line.reply")]
    with runtime.database.reading() as connection:
        left = connection.execute(text("SELECT DISTINCT content::text FROM line_events")).scalars()
        assert list(left) == ["{}"]


def test_the_language_is_the_profiles_and_events_count_once_in_the_order_they_happened(
    phone: Phone, line: LineServer, runtime: Runtime
) -> None:
    line.language = "en-US"
    follow = phone.event("follow")
    again = {**follow, "deliveryContext": {"isRedelivery": True}}
    assert phone.deliver(follow, again) == 200
    settle(runtime)
    assert line.texts[0].startswith("Hello")
    assert "http://localhost:8000/account/line?link=" in line.texts[1]
    before = len(phone.thread()), len(line.calls)
    assert phone.deliver(again) == 200
    settle(runtime)
    assert (len(phone.thread()), len(line.calls)) == before
    early, late = phone.words("返品したい"), phone.words("やめます")
    late["timestamp"] += 1000
    assert phone.deliver(late) == 200
    assert phone.deliver(early) == 200
    settle(runtime)
    said = [one.text for one in phone.thread() if one.direction is Direction.IN]
    assert said == ["返品したい", "やめます"]
    assert "注文番号" in line.texts[-2]
    assert line.of("/push") == []


def test_a_button_pressed_twice_asks_twice_and_does_once(
    phone: Phone, line: LineServer, runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_order(uow, shop, number="A-10005")
    phone.say("A-10005をキャンセルしたい", MAIL)
    for _ in range(6):
        sure = next((a for a in buttons(line).values() if a["data"].startswith("c:confirm:")), None)
        if sure is not None:
            break
        phone.press(next(iter(buttons(line).values())))
    assert sure is not None
    phone.press(sure)
    phone.press(sure)
    with runtime.database.reading() as connection:
        done = connection.execute(text("SELECT count(*) FROM order_changes WHERE state = 'done'"))
        cancelled = connection.execute(
            text("SELECT order_state FROM orders WHERE number = 'A-10005'")
        ).scalar_one()
        proposals = connection.execute(
            text("SELECT state FROM proposals ORDER BY id DESC LIMIT 1")
        ).scalar_one()
    assert (cancelled, proposals) == ("cancelled", "done")
    assert done.scalar() in {0, 1}


def test_many_orders_become_numbers_and_a_typed_number_picks_one(
    phone: Phone, line: LineServer, runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        for number in range(4):
            make_order(uow, shop, number=f"A-2000{number}")
    phone.say("A-20000はどこ?", MAIL)
    phone.say("注文履歴を見せて")
    assert "1. " in line.texts[-1]
    assert all(len(label) <= 20 for label in buttons(line))
    named = next(one for one in line.texts[-1].split("\n") if one.startswith("2. "))
    phone.say("2")
    assert line.shown[-2]["type"] == "flex"
    assert line.shown[-2]["altText"].split(":")[0].split(" ")[1] in named


def test_what_an_agent_says_is_pushed_in_order_and_the_bot_is_silent(
    phone: Phone, line: LineServer, runtime: Runtime, clock: StandingClock
) -> None:
    phone.say("担当者と話したい")
    thread = phone.conversation()
    assert thread.owner.value == "people"
    shown = len(line.shown)
    phone.say("まだですか")
    assert len(line.shown) == shown
    clock.advance(seconds=120)
    first = agent_says(runtime, thread.id, "お待たせしました。")
    agent_says(runtime, thread.id, "確認いたします。")
    line.script = [(500, ""), (429, "slow down")]
    settle(runtime)
    assert line.texts[-2:] == ["お待たせしました。", "確認いたします。"]
    pushes = line.of("/push")
    assert len({one.headers["X-Line-Retry-Key"] for one in pushes}) == 2
    assert [one.body["to"] for one in pushes] == [USER] * len(pushes)
    assert tried(runtime, first.id)[-1] == (DeliveryState.SENT, "line.push")
    with runtime.database.reading() as connection:
        case_id = connection.execute(text("SELECT id FROM cases")).scalar_one()
    with runtime.unit_of_work(SYSTEM) as uow:
        cases.reply(uow, case_id, "担当の田中です。")
    settle(runtime)
    assert line.texts[-1] == "担当の田中です。"
    assert len(line.of("/push")) == len(pushes) + 1


def test_what_broke_off_arrives_once_and_a_token_that_is_gone_is_no_loss(
    phone: Phone, line: LineServer, runtime: Runtime, clock: StandingClock
) -> None:
    line.script = [(0, "")]
    phone.say("こんにちは")
    assert len(line.texts) == len(set(line.texts)) == 2
    assert (len(line.of("/reply")), line.of("/push")) == (2, [])
    clock.advance(seconds=120)
    said = agent_says(runtime, phone.conversation().id, "一度だけ")
    line.script = [(0, "")]
    settle(runtime)
    assert line.texts.count("一度だけ") == 1
    assert len(line.of("/push")) == 2
    assert tried(runtime, said.id)[-1][0] is DeliveryState.SENT
    with runtime.unit_of_work(SYSTEM) as uow:
        service.hand_to_bot(uow, phone.conversation().id)
    event = phone.words("こんにちは")
    line.dead_tokens.add(event["replyToken"])
    assert phone.deliver(event) == 200
    settle(runtime)
    assert (len(line.of("/reply")), len(line.of("/push"))) == (3, 3)
    assert phone.deliver(phone.words("配送状況")) == 200
    clock.advance(seconds=60)
    settle(runtime)
    assert (len(line.of("/reply")), len(line.of("/push"))) == (3, 4)


def test_a_notice_comes_here_by_choice_and_by_mail_where_it_cannot(
    phone: Phone, line: LineServer, app: Flask, runtime: Runtime, clock: StandingClock, shop: Shop
) -> None:
    phone.say("担当者と話したい")
    with runtime.unit_of_work(SYSTEM) as uow:
        service.identify(uow, phone.conversation().id, shop.customer_id)
    told: list[tuple[str, str]] = []

    def tell(key: str) -> None:
        with runtime.unit_of_work(SYSTEM) as uow:
            notice = Told(
                rule=notices.REFUND_PAID,
                key=key,
                customer_id=shop.customer_id,
                language=Language.JAPANESE,
                facts={"order": key, "refund_minor": 500, "currency": "JPY"},
            )
            telling.tell(uow, notice, zone=runtime.settings.zone)
        settle(runtime)
        query = text("SELECT state, channel FROM notices WHERE key = :key")
        with runtime.database.looking() as session:
            told.append(tuple(session.execute(query, {"key": key}).one()))

    tell("B-2001")
    with runtime.unit_of_work(SYSTEM) as uow:
        chosen = {(Kind.REFUNDS, LINE): True}
        preferences.choose(uow, shop.customer_id, chosen, source="portal")
    clock.advance(seconds=120)
    tell("B-2002")
    assert any("B-2002" in one for one in line.texts)
    clock.advance(seconds=700)
    line.allowance, line.used = 200, 200
    tell("B-2003")
    line.allowance = None
    clock.advance(seconds=700)
    assert phone.deliver(phone.event("unfollow")) == 200
    settle(runtime)
    tell("B-2004")
    assert told == [("spoken", "mail"), ("spoken", "line"), ("spoken", "mail"), ("spoken", "mail")]
    assert not any("B-2003" in one or "B-2004" in one for one in line.texts)
    mails = "".join(one.text for one in letters(runtime.settings.state_dir / "mail"))
    assert ["B-2001" in mails, "B-2002" in mails, "B-2003" in mails, "B-2004" in mails] == [
        True,
        False,
        True,
        True,
    ]


def test_a_month_that_is_used_up_loses_nothing_and_who_blocks_us_gets_nothing(
    phone: Phone, line: LineServer, app: Flask, runtime: Runtime, clock: StandingClock
) -> None:
    phone.say("担当者と話したい")
    thread = phone.conversation().id
    line.allowance, line.used = 200, 200
    clock.advance(seconds=120)
    said = agent_says(runtime, thread, "お調べしました。")
    settle(runtime)
    assert "お調べしました。" not in line.texts
    assert line.of("/push") == []
    assert tried(runtime, said.id) == [(DeliveryState.QUEUED, "line.used_up")]
    with runtime.unit_of_work(SYSTEM) as uow:
        assert line_service.wake_waiting(uow) == 0
        make_staff(uow)
    desk = app.test_client()
    sign_in_staff(desk)
    with runtime.database.reading() as connection:
        number = connection.execute(text("SELECT number FROM cases")).scalar_one()
    assert "今月のLINEの通数" in desk.get(f"/desk/cases/{number}").text
    phone.say("ありがとう")
    assert line.texts[-1] == "お調べしました。"
    assert tried(runtime, said.id)[-1] == (DeliveryState.SENT, "line.reply")
    line.allowance = None
    clock.advance(seconds=700)
    agent_says(runtime, thread, "一つ目")
    line.script = [(429, MONTHLY)]
    settle(runtime)
    agent_says(runtime, thread, "二つ目")
    settle(runtime)
    assert len(line.of("/push")) == 1
    clock.advance(days=32)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert line_service.wake_waiting(uow) == 1
    settle(runtime)
    assert line.texts[-2:] == ["一つ目", "二つ目"]
    pushes = len(line.of("/push"))
    phone.deliver(phone.event("unfollow"))
    settle(runtime)
    clock.advance(seconds=120)
    said = agent_says(runtime, phone.conversation().id, "届きません")
    settle(runtime)
    assert tried(runtime, said.id) == [(DeliveryState.FAILED, "line.blocked")]
    assert len(line.of("/push")) == pushes
    phone.deliver(phone.event("follow"))
    settle(runtime)
    assert "link=" in line.texts[-1]


def test_a_photo_comes_in_as_a_file_without_its_secrets(
    phone: Phone, line: LineServer, runtime: Runtime
) -> None:
    line.files = {"9001": a_photo(), "9002": b"\x7fELF\x00\x01\x02"}
    photo = phone.event("message", message={"id": "9001", "type": "image"})
    bad = phone.event(
        "message", message={"id": "9002", "type": "file", "fileName": "a.exe", "fileSize": 12}
    )
    gone = phone.event("message", message={"id": "9003", "type": "image"})
    assert phone.deliver(photo, bad, gone) == 200
    settle(runtime)
    came = [one for one in phone.thread() if one.direction is Direction.IN]
    assert [len(one.extra.get("files", ())) for one in came] == [1, 0, 0]
    assert "受け取れませんでした" in line.texts[-1]
    assert len(line.of("/loading/start")) == 3
    with runtime.database.reading() as connection:
        stored = connection.execute(
            text("SELECT store_key FROM attachments WHERE state = 'ready'")
        ).scalar_one()
    kept = runtime.files.get(stored).read()
    assert not Image.open(io.BytesIO(kept)).getexif()


def test_stickers_are_answered_kindly_and_what_is_taken_back_is_gone(
    phone: Phone, line: LineServer, runtime: Runtime
) -> None:
    sticker = {"id": "1", "type": "sticker", "packageId": "1", "stickerId": "2"}
    voice = {"id": "2", "type": "audio", "duration": 1}
    assert phone.deliver(phone.event("message", message=sticker)) == 200
    assert phone.deliver(phone.event("message", message=voice)) == 200
    settle(runtime)
    assert line.texts[-2].startswith("スタンプをありがとう")
    assert "開けません" in line.texts[-1]
    assert phone.conversation().owner.value == "bot"
    phone.deliver(phone.words("秘密の言葉", "777"))
    settle(runtime)
    for _ in range(2):
        phone.deliver(phone.event("unsend", unsend={"messageId": "777"}))
        settle(runtime)
    came = [one.text for one in phone.thread() if one.direction is Direction.IN]
    assert came[-1] == "(お客様がこのメッセージの送信を取り消しました)"
    with runtime.database.reading() as connection:
        found = connection.execute(
            text("SELECT count(*) FROM messages WHERE text LIKE '%秘密%'")
        ).scalar()
    assert found == 0
    phone.deliver(phone.words("秘密の言葉", "778"))
    settle(runtime)
    over = phone.conversation().id
    with runtime.unit_of_work(SYSTEM) as uow:
        service.leave(uow, over)
    stranger = Phone(phone.client.application, runtime, OTHER)
    stranger.deliver(stranger.event("unsend", unsend={"messageId": "778"}))
    settle(runtime)
    with runtime.database.reading() as connection:
        assert "秘密の言葉" in [one.text for one in queries.thread(connection, over)]
    phone.deliver(phone.event("unsend", unsend={"messageId": "778"}))
    settle(runtime)
    with runtime.database.reading() as connection:
        assert "秘密の言葉" not in [one.text for one in queries.thread(connection, over)]


def test_what_fails_again_and_again_goes_to_people_and_the_next_comes_to_its_turn(
    phone: Phone, line: LineServer, runtime: Runtime
) -> None:
    phone.say("こんにちは")
    line.pending = {"9009"}
    phone.deliver(phone.event("message", message={"id": "9009", "type": "image"}))
    settle(runtime)
    came = [one.text for one in phone.thread() if one.direction is Direction.IN]
    assert came == ["こんにちは", "(受け取れなかったファイル)"]
    assert phone.conversation().owner.value == "people"
    with runtime.database.reading() as connection:
        left = connection.execute(
            text("SELECT count(*) FROM line_events WHERE handled_at IS NULL")
        ).scalar()
    assert left == 0


def test_two_workers_and_three_deliveries_at_once_make_one_conversation_in_order(
    phone: Phone, line: LineServer, runtime: Runtime
) -> None:
    events = [phone.words(f"メモ{n}") for n in range(3)]
    for n, one in enumerate(events):
        one["timestamp"] += n
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(lambda _: phone.deliver(*events), range(3))) == [200] * 3
    drain(runtime)
    with runtime.database.reading() as connection:
        due = list(connection.execute(text("SELECT id FROM effects")).scalars()) * 3
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda effect_id: relay.run_effect(runtime.tools, effect_id), due))
    settle(runtime)
    said = [one.text for one in phone.thread() if one.direction is Direction.IN]
    assert said == ["メモ0", "メモ1", "メモ2"]
    out = [one.text for one in phone.thread() if one.direction is Direction.OUT]
    assert line.texts == out


# Linking


def sign_in(browser: FlaskClient, runtime: Runtime, customer_id: int) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        token = sessions.start(
            uow, SessionKind.CUSTOMER, customer_id, device="a test", instead_of=None
        )
    browser.set_cookie(sessions.COOKIES[SessionKind.CUSTOMER], token)


def begin(app: Flask, runtime: Runtime, customer_id: int, url: str) -> tuple[FlaskClient, str]:
    """The page on the portal, up to the number that LINE is given."""
    browser = app.test_client()
    sign_in(browser, runtime, customer_id)
    path = url.removeprefix("http://localhost:8000")
    page = browser.get(f"{path}&lang=ja")
    assert "LINEと連携しますか" in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "form-action 'self' https://access.line.example;" in policy
    gone = post(browser, "/account/line", {"link": path.partition("link=")[2]})
    assert gone.status_code == 303
    there = gone.headers["Location"]
    assert there.startswith("https://access.line.example/dialog/bot/accountLink?linkToken=link-")
    return browser, there.partition("nonce=")[2]


def test_an_account_is_linked_once_and_known_from_then_on_until_it_is_ended(
    phone: Phone, line: LineServer, app: Flask, runtime: Runtime, shop: Shop, clock: StandingClock
) -> None:
    phone.say("連携")
    url = line.texts[-1][line.texts[-1].index("http") :]
    browser, nonce = begin(app, runtime, shop.customer_id, url)
    linked = phone.event("accountLink", link={"result": "ok", "nonce": nonce})
    thief = Phone(app, runtime, OTHER)
    thief.deliver(thief.event("accountLink", link={"result": "ok", "nonce": nonce}))
    phone.deliver(phone.event("accountLink", link={"result": "failed", "nonce": nonce}))
    settle(runtime)
    assert "LINEと連携済み" not in browser.get("/account/line?lang=ja").text
    phone.deliver(linked)
    settle(runtime)
    assert line.texts[-1].startswith("アカウントを連携しました")
    assert "LINEと連携済み" in browser.get("/account/line?lang=ja").text
    phone.say("注文はどこ?")
    assert "A-10001" in line.texts[-1]
    clock.advance(days=2)
    phone.say("A-10001はどこ?")
    assert line.shown[-2]["type"] == "flex"
    thief.say("A-10001はどこ?")
    assert "A-10001" not in line.texts[-1]
    assert post(browser, "/account/line/unlink").status_code == 303
    phone.say("A-10001はどこ?")
    assert line.shown[-1]["type"] == "text"
    assert line.shown[-2]["type"] == "text"


def test_a_number_is_good_once_and_soon_and_saying_so_ends_the_link(
    phone: Phone, line: LineServer, app: Flask, runtime: Runtime, shop: Shop, clock: StandingClock
) -> None:
    phone.say("link account")
    url = line.texts[-1][line.texts[-1].index("http") :]
    _, first = begin(app, runtime, shop.customer_id, url)
    _, second = begin(app, runtime, shop.customer_id, url)
    late = []
    for nonce in (first, "forged-number"):
        phone.deliver(phone.event("accountLink", link={"result": "ok", "nonce": nonce}))
        settle(runtime)
        late.append(phone.conversation().customer_id)
    assert late == [None, None]
    clock.advance(seconds=601)
    phone.deliver(phone.event("accountLink", link={"result": "ok", "nonce": second}))
    settle(runtime)
    assert phone.conversation().customer_id is None
    _, third = begin(app, runtime, shop.customer_id, url)
    phone.deliver(phone.event("accountLink", link={"result": "ok", "nonce": third}))
    settle(runtime)
    with runtime.database.looking() as session:
        kept = People(runtime.keepers).export(session, shop.customer_id)["line"]["linked"]
    assert len(kept) == 1
    phone.say("連携解除")
    assert line.texts[-1].startswith("アカウントの連携を解除しました")
    phone.say("A-10001はどこ?")
    assert phone.conversation().customer_id is None
    pages = LinkPages(runtime.settings.secret_key, "http://localhost:8000", clock)
    assert pages.read("forged") is None
    clock.advance(days=2)
    assert pages.read(url.partition("link=")[2]) is None
    browser = app.test_client()
    sign_in(browser, runtime, shop.customer_id)
    assert post(browser, "/account/line", {"link": url.partition("link=")[2]}).status_code == 303


def test_who_ends_the_link_while_they_write_is_a_stranger_at_once(
    phone: Phone,
    line: LineServer,
    app: Flask,
    runtime: Runtime,
    shop: Shop,
    clock: StandingClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    phone.say("連携")
    url = line.texts[-1][line.texts[-1].index("http") :]
    browser, nonce = begin(app, runtime, shop.customer_id, url)
    phone.deliver(phone.event("accountLink", link={"result": "ok", "nonce": nonce}))
    settle(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        service.leave(uow, phone.conversation().id)
    answer = line.answer

    def unlinked_meanwhile(method: str, path: str, call: Call) -> tuple[int, Any]:
        if "/profile/" in path:
            assert post(browser, "/account/line/unlink").status_code == 303
        return answer(method, path, call)

    monkeypatch.setattr(line, "answer", unlinked_meanwhile)
    phone.say("A-10001はどこ?")
    assert phone.conversation().customer_id is None
    assert line.shown[-1]["type"] == "text"
    phone.deliver(phone.words("聞こえますか"))
    clock.advance(days=8)
    with runtime.unit_of_work(SYSTEM) as uow:
        line_service.forget_old(uow)
    with runtime.database.reading() as connection:
        left = connection.execute(text("SELECT content ->> 'text' FROM line_events")).scalars()
        assert list(left) == ["聞こえますか"]
    clock.advance(days=23)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert line_service.forget_old(uow) == 1


def test_linking_to_another_customer_leaves_the_first_ones_talk_behind(
    phone: Phone, line: LineServer, app: Flask, runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        other = make_customer(uow, "mayumi.tanaka@example.jp", family_name="田中")
        make_delivered_order(uow, shop, number="A-30001", customer_id=other)
    phone.say("A-10001はどこ?", MAIL)
    before = phone.conversation()
    assert before.customer_id == shop.customer_id
    phone.say("連携")
    url = line.texts[-1][line.texts[-1].index("http") :]
    _, nonce = begin(app, runtime, other, url)
    phone.deliver(phone.event("accountLink", link={"result": "ok", "nonce": nonce}))
    settle(runtime)
    after = phone.conversation()
    assert (after.customer_id, after.id == before.id) == (other, False)
    phone.say("A-10001はどこ?")
    assert line.shown[-1]["type"] == "text"
    assert "見つかりませんでした" in line.texts[-1]


# Hostile calls


def test_calls_that_are_not_lines_own_are_refused_and_odd_words_are_words(
    phone: Phone, line: LineServer, runtime: Runtime, clock: StandingClock
) -> None:
    good = json.dumps({"events": [phone.words("こんにちは")]}).encode()
    client = phone.client
    wrong = {**signed(good), "X-Line-Signature": "bm9uc2Vuc2U="}
    for headers in (wrong, {}, signed(good, "another secret"), {"X-Line-Signature": "\xff"}):
        assert client.post("/line/webhook", data=good, headers=headers).status_code == 401
    for body in (b"", b"[]", b"{", b'{"events": {}}', b"\xff\xfe", b"[" * 100_000, b"null"):
        refused = client.post("/line/webhook", data=body, headers=signed(body))
        assert refused.status_code == 400, body[:20]
    large = b"x" * (1024 * 1024 + 1)
    assert client.post("/line/webhook", data=large, headers=signed(large)).status_code == 413
    assert client.get("/line/webhook").status_code == 405
    odd: list[Any] = [
        None,
        7,
        {},
        {"type": "message"},
        phone.event("message", message=None),
        phone.event("message", message={"id": "1", "type": "text", "text": "\x00"}),
        phone.event("message", message={"id": "../1", "type": "image"}),
        phone.event("something new", something={"a": 1}),
        phone.event("postback", postback={"data": "x" * 301}),
        phone.event("postback", postback={"data": "not ours"}) | {"mode": "standby"},
        phone.words("群れ") | {"source": {"type": "group", "groupId": "C1", "userId": USER}},
        phone.words("誰") | {"source": {"type": "user", "userId": "U1"}},
        phone.words("昔") | {"timestamp": 1},
        phone.words("未来") | {"timestamp": 10**30},
        phone.words("古い")
        | {"timestamp": int((clock.now() - timedelta(days=4)).timestamp() * 1000)},
        phone.words("鍵") | {"webhookEventId": "x" * 65},
        phone.event("unsend", unsend={}),
        phone.event("join"),
        phone.event("leave"),
    ]
    assert phone.deliver(*odd) == 200
    assert phone.deliver() == 200
    settle(runtime)
    with runtime.database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM line_events")).scalar() == 0
        assert (
            connection.execute(
                text("SELECT count(*) FROM conversations WHERE channel = 'line'")
            ).scalar()
            == 0
        )
    assert line.calls == []
    phone.say("\ud800注文\x00は\ud83d\ude00どこ?" + "長" * 4000)
    came = phone.thread()[1]
    assert came.text.startswith("注文は😀どこ?")
    assert len(came.text) == 2000
    phone.press({"data": "c:order:A10001\nA-10001はどこ?"})
    phone.press({"data": "nothing of ours"})
    assert phone.conversation().owner.value == "bot"


def test_without_a_secret_line_is_off(
    settings: Settings, clock: StandingClock, line: LineServer
) -> None:
    with an_app(settings, clock=clock) as made:
        client = made.test_client()
        assert client.post("/line/webhook", data=b"{}", headers=signed(b"{}")).status_code == 404
        house = held_by(made)
        with house.unit_of_work(SYSTEM) as uow:
            shop = make_shop(uow)
            key = {"channel": "line", "key": USER}
            thread = service.open_or_resume(uow, **key, language=Language.JAPANESE)
        sign_in(client, house, shop.customer_id)
        assert client.get("/account/line").status_code == 404
        said = agent_says(house, thread.id, "後ほど")
        settle(house)
        assert tried(house, said.id) == [(DeliveryState.QUEUED, "line.off")]
    found = list(examine(settings, Api.of(settings)))
    assert [(one.said, one.advice) for one in found] == [("off", "")]
    assert line.calls == []
