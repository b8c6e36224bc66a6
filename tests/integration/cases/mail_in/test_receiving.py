"""Mail of customers, from the hook to the case: each once, in its place, and never believed."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest
from flask import Flask

from cases import queries as cases
from cases import service as at_desk
from cases.mail_in.filing import Outcome
from cases.mail_in.receiving import Receiving
from cases.merging import queries as merged
from cases.service import thread_of
from cases.states import CaseState
from cases.views import CaseView
from oms_service.adapters.carriers import signing
from oms_service.adapters.mail.reading import Unreadable
from oms_service.conversations import mail_in
from oms_service.conversations import queries as conversations
from oms_service.conversations import service as talking
from oms_service.conversations.states import ByMail, DeliveryState, MailOutcome
from oms_service.customers import consents
from oms_service.customers import service as people
from oms_service.infra import inbound
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.languages import Language
from oms_service.operations.people import People
from oms_service.processes import held_by
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.apps import an_app
from tests.effects import settle
from tests.factories.cases import make_agent, make_case
from tests.factories.files import a_photo
from tests.factories.letters import a_bounce, a_complaint, a_mail
from tests.factories.orders import MAIL, make_order
from tests.factories.people import everything
from tests.factories.shop import Shop, make_shop
from tests.fakes.clock import StandingClock

SECRET = "a secret that the shop's mail server knows as well"
STRANGER = "emma@example.com"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(
        settings,
        mail_from="desk@shop.example",
        mail_reply_address="desk+{token}@shop.example",
        mail_in_secret=SECRET,
        mail_in_per_hour=5,
    )


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    """A shop whose customer has proven their mail and asked something; an agent has answered."""
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_shop(uow)
        people.prove_mail(uow, MAIL)
        make_agent(uow)
    return made


class Post:
    """The shop's mail: what comes in, and what has gone out."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.receiving = Receiving(runtime)
        self._number = 100

    def comes(self, raw: bytes) -> Outcome:
        with self.runtime.unit_of_work(SYSTEM) as uow:
            kept = mail_in.keep(uow, raw, way="test")
            if kept is None:
                return Outcome.REPEATED
        return self.receiving.receive(raw, kept).outcome

    def writes(self, text: str = "いつ届きますか。", **more: object) -> Outcome:
        self._number += 1
        return self.comes(
            a_mail(text, **{"message_id": f"<{self._number}@mail.example.jp>", **more})  # type: ignore[arg-type]  # as a_mail takes them
        )

    def sent(self) -> list[EmailMessage]:
        settle(self.runtime)
        folder: Path = self.runtime.settings.state_dir / "mail"
        letters = [
            message_from_bytes(one.read_bytes(), policy=SMTP) for one in folder.glob("*.eml")
        ]
        return sorted(letters, key=lambda one: one["Message-ID"])

    def case(self, number: str = "") -> CaseView:
        with self.runtime.database.reading() as connection:
            if number:
                return cases.by_number(connection, number)
            return cases.newest(connection).items[0]

    def said(self, case: CaseView) -> list[str]:
        with self.runtime.database.reading() as connection:
            return [one.text for one in merged.messages(connection, case.id)]


@pytest.fixture
def post(runtime: Runtime, shop: Shop) -> Post:
    return Post(runtime)


def ask_and_answer(
    post: Post, text: str = "ご希望の色をお知らせください。"
) -> tuple[CaseView, EmailMessage]:
    """A customer's case, and the letter that an agent has answered in it."""
    assert (
        post.writes(sender=MAIL, subject="色について", message_id="<first@mail.example.jp>")
        is Outcome.FILED
    )
    case = post.case()
    with post.runtime.unit_of_work(staff(1)) as uow:
        at_desk.reply(uow, case.id, text, asks=True)
    (letter,) = post.sent()
    return post.case(case.number), letter


def test_new_mail_of_a_customer_opens_a_case_marked_as_a_claim(post: Post, shop: Shop) -> None:
    assert post.writes(sender=MAIL, subject="届かない") is Outcome.FILED
    case = post.case()
    assert (case.channel, case.customer_id, case.language) == ("mail", shop.customer_id, "ja")
    with post.runtime.database.reading() as connection:
        (said,) = merged.messages(connection, case.id)
    assert (said.text, said.subject) == ("いつ届きますか。", "届かない")
    assert said.extra["mail"]["trust"] == "claimed"
    assert said.extra["thread"] == thread_of(case.id)


def test_an_answer_goes_into_the_case_of_its_letter_and_wakes_it(post: Post) -> None:
    case, letter = ask_and_answer(post)
    assert case.state is CaseState.WAITING_CUSTOMER
    assert letter["Subject"] == "Re: 色について"
    assert letter["In-Reply-To"] == "<first@mail.example.jp>"
    assert letter["Auto-Submitted"] is None, "a colleague wrote it"
    reply_to = str(letter["Reply-To"])
    assert reply_to.startswith("desk+r")
    text = (
        f"青でお願いします。\n\n2026年11月22日(日) 10:05 みなと商店 <{reply_to}>:\n> ご希望の色は"
    )
    assert (
        post.writes(text, sender=MAIL, to=reply_to.upper(), subject="Re: 色について")
        is Outcome.FILED
    )
    assert post.case(case.number).state is CaseState.OPEN
    assert post.said(case) == [
        "いつ届きますか。",
        "ご希望の色をお知らせください。",
        "青でお願いします。",
    ]
    with post.runtime.database.reading() as connection:
        last = merged.messages(connection, case.id)[-1]
    assert last.extra["mail"]["trust"] == "answered"
    assert last.extra["mail"]["rest"].endswith("> ご希望の色は")


def test_letters_of_a_case_are_one_thread_to_their_reader(post: Post) -> None:
    case, first = ask_and_answer(post)
    post.writes(
        "青です", sender=MAIL, to=str(first["Reply-To"]), message_id="<second@mail.example.jp>"
    )
    with post.runtime.unit_of_work(staff(1)) as uow:
        at_desk.reply(uow, case.id, "承りました。")
    letters = post.sent()
    second = next(one for one in letters if one["Message-ID"] != first["Message-ID"])
    named = str(second["References"]).split()
    assert named[1:] == ["<first@mail.example.jp>", first["Message-ID"], "<second@mail.example.jp>"]
    assert str(first["References"]).split()[0] == named[0]
    assert second["In-Reply-To"] == "<second@mail.example.jp>"


def test_an_answer_from_another_address_is_filed_and_said_to_be_so(post: Post) -> None:
    case, letter = ask_and_answer(post)
    post.writes("夫です。青で。", sender="taro@example.jp", to=str(letter["Reply-To"]))
    with post.runtime.database.reading() as connection:
        last = merged.messages(connection, case.id)[-1]
    assert (last.extra["mail"]["trust"], last.extra["mail"]["from"]) == (
        "answered_elsewhere",
        "taro@example.jp",
    )


def test_a_forged_address_answers_nothing(post: Post) -> None:
    case, letter = ask_and_answer(post)
    addresses = post.runtime.mail_addresses
    reply_to = str(letter["Reply-To"])
    forged = (
        reply_to.replace(reply_to[-17], "a" if reply_to[-17] != "a" else "b"),
        addresses.reply_to(999_999),
        addresses.bounces_to(2),
    )
    for to in forged:
        said = post.writes("教えて", sender=STRANGER, to=to, subject="Re: 色について")
        assert said is Outcome.FILED
        assert post.case().id != case.id
        assert post.case().customer_id is None
    assert post.said(case)[-1] == "ご希望の色をお知らせください。"


def test_a_letter_named_by_its_id_is_believed_of_its_reader_alone(post: Post) -> None:
    case, letter = ask_and_answer(post)
    named = {"In-Reply-To": str(letter["Message-ID"])}
    post.writes("青です", sender=MAIL, more=named)
    assert post.said(case)[-1] == "青です"
    post.writes("赤です", sender=STRANGER, more=named)
    assert post.said(case)[-1] == "青です"
    assert post.case().customer_id is None


def test_an_order_in_the_subject_leads_to_it_only_for_its_customer(post: Post, shop: Shop) -> None:
    with post.runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, shop, number="A-10423")
    post.writes(sender=STRANGER, subject="A-10423 はどこ")
    assert post.case().order_id is None
    post.writes(sender=MAIL, subject="注文 A-10423 について")
    case = post.case()
    assert case.order_id == order.id
    post.writes("追記です", sender=MAIL, subject=f"{case.number} の件")
    assert post.said(case)[-1] == "追記です"


def test_an_answer_to_a_notice_is_about_its_order(post: Post, shop: Shop) -> None:
    with post.runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, shop, number="A-10423")
        talking.say_by_mail(
            uow,
            to=MAIL,
            customer_id=shop.customer_id,
            language=Language.JAPANESE,
            subject="お届けが遅れます",
            text="申し訳ございません。",
            extra={talking.THREAD: f"order:{order.id}"},
        )
    letter = next(one for one in post.sent() if one["Subject"] == "お届けが遅れます")
    post.writes("キャンセルしたいです", sender=MAIL, to=str(letter["Reply-To"]))
    case = post.case()
    assert (case.order_id, case.customer_id) == (order.id, shop.customer_id)
    post.writes("やはり待ちます", sender=MAIL, to=str(letter["Reply-To"]))
    assert post.said(case)[-2:] == ["キャンセルしたいです", "やはり待ちます"]


def test_a_stranger_gets_a_case_that_shows_nothing(post: Post, shop: Shop) -> None:
    assert post.writes("Where is my order?", sender=STRANGER, subject="Order") is Outcome.FILED
    case = post.case()
    assert (case.customer_id, case.order_id, case.language) == (None, None, "en")


def test_the_same_mail_twice_and_at_once_is_one_message(post: Post) -> None:
    raw = a_mail(sender=MAIL)
    other = raw.replace(b"Date: Sun", b"X-Way: 2\r\nDate: Sun")
    with post.runtime.unit_of_work(SYSTEM) as uow:
        ids = [mail_in.keep(uow, one, way="test") for one in (raw, other)]
    with ThreadPoolExecutor(6) as pool:
        done = list(
            pool.map(
                lambda one: (
                    post.receiving.receive((raw, other)[one % 2], ids[one % 2] or 0).outcome
                ),
                range(6),
            )
        )
    assert sorted(done) == [Outcome.FILED, *[Outcome.REPEATED] * 5]
    assert post.said(post.case()) == ["いつ届きますか。"]


def test_two_first_mails_of_one_sender_at_once_are_one_case(post: Post) -> None:
    with ThreadPoolExecutor(2) as pool:
        raws = [a_mail(f"{one}通目", sender=MAIL, message_id=f"<{one}@x.jp>") for one in (1, 2)]
        assert set(pool.map(post.comes, raws)) == {Outcome.FILED}
    assert sorted(post.said(post.case())) == ["1通目", "2通目"]


def test_what_no_person_wrote_wakes_no_case_and_gets_no_answer(post: Post) -> None:
    case, letter = ask_and_answer(post)
    before = len(post.sent())
    for more in (
        {"Auto-Submitted": "auto-replied"},
        {"List-Id": "<news.example.jp>"},
        {"Return-Path": "<>"},
        {"From": "desk@shop.example"},
    ):
        to = str(letter["Reply-To"])
        assert post.writes("ただいま不在です", sender=MAIL, to=to, more=more) is Outcome.IGNORED
    assert post.case(case.number).state is CaseState.WAITING_CUSTOMER
    assert len(post.sent()) == before


def test_a_letter_of_ours_that_comes_back_is_known(post: Post) -> None:
    _, letter = ask_and_answer(post)
    assert post.writes(sender=MAIL, message_id=str(letter["Message-ID"])) is Outcome.IGNORED


def test_who_writes_too_often_waits_until_there_is_room(post: Post, clock: StandingClock) -> None:
    for _ in range(5):
        assert post.writes(sender=STRANGER) is Outcome.FILED
    assert post.writes("六通目", sender=STRANGER) is Outcome.HELD
    assert post.writes("別の人", sender=MAIL) is Outcome.FILED
    with post.runtime.unit_of_work(SYSTEM) as uow:
        assert mail_in.let_held_in(uow, 5) == 0
    clock.advance(minutes=61)
    with post.runtime.unit_of_work(SYSTEM) as uow:
        assert mail_in.let_held_in(uow, 5) == 1
    settle(post.runtime)
    with post.runtime.database.reading() as connection:
        thread = conversations.open_of(connection, "mail", STRANGER)
        assert thread is not None
        assert [one.text for one in conversations.thread(connection, thread.id)][-1] == "六通目"


def test_a_settled_case_comes_back_and_thanks_leave_it_settled(post: Post) -> None:
    case, letter = ask_and_answer(post)
    to = str(letter["Reply-To"])
    with post.runtime.unit_of_work(staff(1)) as uow:
        at_desk.resolve(uow, case.id, code="answered", note="色を確認")
    post.writes("ありがとうございました", sender=MAIL, to=to)
    assert post.case(case.number).state is CaseState.RESOLVED
    post.writes("まだ届きません", sender=MAIL, to=to)
    assert post.case(case.number).state is CaseState.OPEN


def test_a_shop_that_takes_no_mail_says_so_once_a_day(
    settings: Settings, clock: StandingClock, shop: Shop
) -> None:
    with an_app(replace(settings, mail_in_strangers=ByMail.REFUSE), clock=clock) as app:
        post = Post(held_by(app))
        for _ in range(3):
            assert post.writes("hello there", sender=STRANGER, subject="Hi") is Outcome.REFUSED
        (letter,) = post.sent()
        assert letter["To"] == STRANGER
        assert letter["Auto-Submitted"] == "auto-generated"
        assert letter["Subject"] == "Re: Hi"
        assert "We are sorry" in letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]  # there is one
        assert post.writes(sender=MAIL) is Outcome.FILED
        clock.advance(days=1)
        post.writes("again", sender=STRANGER)
        assert len(post.sent()) == 2


def test_files_come_along_and_what_is_refused_is_named(post: Post) -> None:
    files = {
        "箱.jpg": ("image/jpeg", a_photo()),
        "virus.exe": ("application/octet-stream", b"MZ\x90\x00\xff"),
    }
    assert post.writes("写真です", sender=MAIL, files=files) is Outcome.FILED
    with post.runtime.database.reading() as connection:
        (said,) = merged.messages(connection, post.case().id)
    assert [one["name"] for one in said.extra["files"]] == ["箱.jpg"]
    assert said.extra["mail"]["left_out"] == [{"name": "virus.exe", "why": "file-type-refused"}]


def test_a_dead_address_is_marked_and_works_again_when_its_owner_writes(post: Post) -> None:
    _, letter = ask_and_answer(post)
    raw = a_bounce(str(letter["Message-ID"]), to="desk@shop.example", gone=MAIL)
    assert post.comes(raw) is Outcome.REPORTED
    with post.runtime.unit_of_work(SYSTEM) as uow:
        dead = mail_in.unreachable(uow.session, MAIL.upper())
        assert dead is not None
        assert dead.why == "5.1.1"
        thread = conversations.open_of(uow.session, "mail", MAIL)
        assert thread is not None
        last = conversations.thread(uow.session, thread.id)[-1]
        assert last.state is DeliveryState.FAILED
        tries = conversations.tries(uow.session, last.id)
        assert [one.state for one in tries] == [DeliveryState.SENT, DeliveryState.FAILED]
        assert "@" not in tries[-1].detail
    post.writes("届いています", sender=MAIL, to=str(letter["Reply-To"]))
    with post.runtime.unit_of_work(SYSTEM) as uow:
        assert mail_in.unreachable(uow.session, MAIL) is None


def test_a_full_or_slow_mailbox_is_no_dead_address(post: Post) -> None:
    _, letter = ask_and_answer(post)
    about = str(letter["Message-ID"])
    for status, action in (("4.4.1", "delayed"), ("5.2.2", "failed")):
        raw = a_bounce(about, to="x@y.jp", gone=MAIL, status=status, action=action)
        assert post.comes(raw) is Outcome.REPORTED
    with post.runtime.unit_of_work(SYSTEM) as uow:
        assert mail_in.unreachable(uow.session, MAIL) is None


def test_a_report_on_no_letter_of_ours_changes_nothing(post: Post) -> None:
    ask_and_answer(post)
    forged = f"<a2-{'a' * 16}@shop.example>"
    assert post.comes(a_bounce(forged, to="desk@shop.example", gone=MAIL)) is Outcome.IGNORED
    with post.runtime.unit_of_work(SYSTEM) as uow:
        assert mail_in.unreachable(uow.session, MAIL) is None


def test_who_calls_it_spam_is_asked_no_more(post: Post, shop: Shop) -> None:
    _, letter = ask_and_answer(post)
    assert (
        post.comes(a_complaint(str(letter["Message-ID"]), to="x@shop.example", by=MAIL))
        is Outcome.REPORTED
    )
    with post.runtime.database.reading() as connection:
        (word,) = consents.said(connection, shop.customer_id)
    assert (word.purpose, word.granted, word.source) == ("surveys", False, "complaint")


def test_the_shops_own_server_may_vouch_for_a_sender(
    settings: Settings, clock: StandingClock, shop: Shop
) -> None:
    with an_app(replace(settings, mail_in_server="mx.shop.example"), clock=clock) as app:
        post = Post(held_by(app))
        said = "mx.shop.example; dkim=pass header.d=example.jp; spf=pass"
        results = [
            (said, "checked"),
            (said.replace("mx.", "evil."), "claimed"),
            (said.replace("=example.jp", "=example.jp.evil.example"), "claimed"),
            (said.replace("dkim=pass", "dkim=fail"), "claimed"),
            # What its sender may have written within that word proves nothing.
            ('mx.shop.example; dkim=pass header.i="a@example.jp"@evil.example', "claimed"),
            ("mx.shop.example; dkim=pass header.d=evil.example (header.d=example.jp)", "claimed"),
            ("mx.shop.example; dmarc=fail (p=none; dkim=pass) header.from=example.jp", "claimed"),
            ('mx.shop.example; dkim=fail reason="; dkim=pass header.d=example.jp"', "claimed"),
        ]
        for header, trust in results:
            post.writes(sender=MAIL, more={"Authentication-Results": header})
            with post.runtime.database.reading() as connection:
                last = merged.messages(connection, post.case().id)[-1]
            assert last.extra["mail"]["trust"] == trust


def test_bytes_that_are_no_mail_wait_for_a_colleague(app: Flask, post: Post) -> None:
    with pytest.raises(Unreadable):
        post.receiving.receive(b"\x00\xff", 1)
    with post.runtime.unit_of_work(SYSTEM) as uow:
        kept = mail_in.keep(uow, b"\x00\xff", way="test")
    settle(post.runtime)
    with post.runtime.unit_of_work(SYSTEM) as uow:
        assert kept is not None
        assert inbound.read_bodies(uow.session, [kept])
        assert mail_in.outcomes(uow.session, since=uow.now.replace(year=2000)) == {}


def test_the_hook_takes_what_is_signed_and_nothing_else(
    app: Flask, post: Post, clock: StandingClock
) -> None:
    client, raw = app.test_client(), a_mail("フックから", sender=MAIL)
    signed = signing.headers(SECRET, clock.now(), raw)
    for headers, body in (
        ({}, raw),
        (signing.headers("x" * 40, clock.now(), raw), raw),
        (signed, raw + b"x"),
        (signing.headers(SECRET, clock.now().replace(year=2025), raw), raw),
    ):
        assert client.post("/hooks/mail", data=body, headers=headers).status_code == 401
    for _ in range(2):
        assert client.post("/hooks/mail", data=raw, headers=signed).status_code == 204
    settle(post.runtime)
    assert post.said(post.case()) == ["フックから"]
    empty = signing.headers(SECRET, clock.now(), b"")
    assert client.post("/hooks/mail", data=b"", headers=empty).status_code == 422
    with post.runtime.unit_of_work(SYSTEM) as uow:
        assert mail_in.outcomes(uow.session, since=uow.now.replace(year=2000)) == {
            MailOutcome.FILED: 1
        }


def test_the_hook_is_unknown_without_a_secret_and_refuses_what_is_too_large(
    settings: Settings, clock: StandingClock
) -> None:
    with an_app(replace(settings, mail_in_secret=""), clock=clock) as app:
        assert app.test_client().post("/hooks/mail", data=b"x").status_code == 404
    with an_app(replace(settings, mail_in_mb=1), clock=clock) as app:
        raw = b"x" * (1024 * 1024 + 1)
        assert app.test_client().post("/hooks/mail", data=raw).status_code == 413


def test_who_is_erased_leaves_no_mail_behind(post: Post, shop: Shop) -> None:
    _, letter = ask_and_answer(post)
    post.writes("夫のアドレスから", sender="taro@example.jp", to=str(letter["Reply-To"]))
    post.comes(a_bounce(str(letter["Message-ID"]), to="x@y.jp", gone=MAIL))
    post.writes("知らない人の", sender=STRANGER)
    with post.runtime.unit_of_work(SYSTEM) as uow:
        People(post.runtime.keepers).erase(uow, shop.customer_id, force=True)
    settle(post.runtime)
    kept = {
        table: rows
        for table, rows in everything(post.runtime, but=frozenset({"outbox"})).items()
        if any(MAIL in row or MAIL.encode().hex() in row or "taro@" in row for row in rows)
    }
    assert kept == {}
    with post.runtime.unit_of_work(SYSTEM) as uow:
        bodies = inbound.read_bodies(uow.session, range(1, 20))
    assert [STRANGER.encode() in raw for _, raw in bodies.values()] == [True]


def test_what_is_written_in_a_chat_goes_no_other_way_than_before(post: Post, shop: Shop) -> None:
    with post.runtime.unit_of_work(SYSTEM) as uow:
        thread = talking.open_or_resume(uow, channel="webchat", key="k", language=Language.JAPANESE)
        case = make_case(uow, conversation_id=thread.id, customer_id=shop.customer_id)
    with post.runtime.unit_of_work(staff(1)) as uow:
        at_desk.reply(uow, case.id, "こんにちは")
    with post.runtime.database.reading() as connection:
        (said,) = merged.messages(connection, case.id)
    assert dict(said.extra) == {}
