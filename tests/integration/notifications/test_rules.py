"""The shop changes its notices: what is told when and in which words, and back again."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from notifications import rules, service, versions
from notifications.examples import facts_of
from notifications.render import Wording, source
from notifications.rules import RULES, Kind, Urgency
from notifications.rules_words import RULES as NAMES
from notifications.service import Told
from notifications.stops import Stops
from notifications.versions import NotWorded, Wanted
from oms_service.access import staff
from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import Stale
from oms_service.kernel.languages import Language
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_chat
from tests.factories.orders import make_order
from tests.factories.shop import make_customer, make_shop
from tests.factories.staff import make_staff, post, sign_in
from tests.fakes.clock import StandingClock
from tests.integration.cases.test_portal_waiting import signed_in

PAGE = "/console/notices/case_opened"
FACTS = {"case_number": "C-1001", "link": "https://shop.example/case/x"}
AS_IS = Wanted(
    is_on=True,
    urgency=Urgency.AT_ONCE,
    once_a_day=False,
    quiet_from_h=21,
    quiet_until_h=8,
    texts={},
)


@pytest.fixture
def boss(app: Flask, runtime: Runtime) -> FlaskClient:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, Role.OPERATIONS, mail="boss@shop.example")
    client = app.test_client()
    sign_in(client, "boss@shop.example")
    return client


def rows(runtime: Runtime, query: str) -> list[tuple[object, ...]]:
    with runtime.database.looking() as session:
        return [tuple(row) for row in session.execute(text(query))]


def tell(runtime: Runtime, customer_id: int, key: str) -> None:
    told = Told(
        rule=rules.CASE_OPENED,
        key=key,
        customer_id=customer_id,
        language=Language.ENGLISH,
        facts=FACTS,
    )
    with runtime.unit_of_work(SYSTEM) as uow:
        service.tell(uow, told, zone=runtime.settings.zone)


def test_every_rule_has_a_name_and_stands_on_the_page(boss: FlaskClient) -> None:
    assert set(NAMES) == {rule.template for rule in RULES}
    page = boss.get("/console/notices?lang=en").text
    assert [one.template for one in RULES if f"/console/notices/{one.template}" not in page] == []
    one = boss.get(f"{PAGE}?lang=en").text
    assert "We have your request (C-1001)" in one
    assert "お問い合わせを受け付けました" in one
    assert boss.get("/console/notices/nothing").status_code == 404


def test_what_the_shop_writes_is_told_from_then_on_and_taken_back(
    runtime: Runtime, boss: FlaskClient
) -> None:
    body = source("case_opened", Language.ENGLISH).body + "\nHave a nice day, {case_number}."
    form = {
        "version": "0",
        "is_on": "1",
        "urgency": "at_once",
        "quiet_from_h": "22",
        "quiet_until_h": "7",
        "subject-en": "Hello {case_number}",
        "body-en": body,
        "subject-ja": source("case_opened", Language.JAPANESE).subject,
        "body-ja": source("case_opened", Language.JAPANESE).body,
    }
    shown = post(boss, f"{PAGE}/preview", form)
    assert "Have a nice day, C-1001." in shown.text
    assert rows(runtime, "SELECT count(*) FROM notice_rule_versions") == [(0,)]
    for _ in range(2):
        assert post(boss, PAGE, form).status_code == 303
    assert rows(
        runtime, "SELECT version, quiet_from_h, texts->'en'->>'subject' FROM notice_rule_versions"
    ) == [(1, 22, "Hello {case_number}")]
    with runtime.unit_of_work(SYSTEM) as uow:
        customer = make_customer(uow)
    tell(runtime, customer, "one")
    assert rows(runtime, "SELECT subject FROM messages") == [("Hello C-1001",)]
    assert rows(runtime, "SELECT rule_version FROM notices") == [(1,)]
    assert post(boss, f"{PAGE}/back", {"to": "0", "version": "1"}).status_code == 303
    tell(runtime, customer, "two")
    assert rows(runtime, "SELECT rule_version FROM notices WHERE key = 'two'") == [(2,)]
    assert post(boss, PAGE, {**form, "version": "2", "is_on": ""} | {"is_on": "1"}).status_code
    off = {key: value for key, value in form.items() if key != "is_on"}
    assert post(boss, PAGE, {**off, "version": "3"}).status_code == 303
    tell(runtime, customer, "three")
    assert rows(runtime, "SELECT count(*) FROM notices") == [(2,)]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"body-en": "No link here, {case_number}."}, "{link} has to be in the text"),
        ({"body-en": "{secret} [x]({link})"}, "{secret} is not known to this notice"),
        ({"subject-en": ""}, "Please write something here."),
        ({"body-en": "x\x07 [x]({link})"}, "There is a sign here that cannot be shown"),
        ({"quiet_from_h": "24"}, "Please choose an hour from 0 to 23."),
        ({"quiet_until_h": "9" * 40}, "Please choose an hour from 0 to 23."),
    ],
)
def test_what_cannot_be_told_is_refused_by_name_and_nothing_is_kept(
    runtime: Runtime, boss: FlaskClient, changed: dict[str, str], words: str
) -> None:
    form = {"version": "0", "is_on": "1", "quiet_from_h": "21", "quiet_until_h": "8"}
    for language in Language:
        own = source("case_opened", language)
        form |= {f"subject-{language}": own.subject, f"body-{language}": own.body}
    answer = post(boss, f"{PAGE}?lang=en", {**form, **changed})
    assert answer.status_code == 422
    assert words in answer.text
    assert rows(runtime, "SELECT count(*) FROM notice_rule_versions") == [(0,)]


def test_a_trial_goes_to_oneself_once_for_each_press(runtime: Runtime, boss: FlaskClient) -> None:
    for _ in range(2):
        assert post(boss, f"{PAGE}/try", {"token": "t1"}).status_code == 303
    found = rows(
        runtime,
        "SELECT i.key, m.extra ? 'html' FROM messages m JOIN conversations c"
        " ON c.id = m.conversation_id JOIN channel_identities i ON i.id = c.identity_id",
    )
    assert found == [("boss@shop.example", True)]


def test_only_who_may_sees_them(app: Flask, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, Role.AGENT)
    client = app.test_client()
    sign_in(client)
    assert client.get("/console/notices").status_code == 403


def test_two_who_change_one_rule_at_once_make_one_version(runtime: Runtime) -> None:
    def change(hour: int) -> str:
        try:
            with runtime.unit_of_work(SYSTEM) as uow:
                versions.change(uow, "case_opened", replace(AS_IS, quiet_from_h=hour), version=0)
        except Stale:
            return "stale"
        return "kept"

    with ThreadPoolExecutor(4) as pool:
        said = sorted(pool.map(change, [1, 2, 3, 4]))
    # The same person's same wish twice is one change; another one meanwhile is refused.
    assert said == ["kept", "stale", "stale", "stale"]
    assert rows(runtime, "SELECT version FROM notice_rule_versions") == [(1,)]


def test_one_notice_told_by_many_at_once_is_told_once(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        customer = make_customer(uow)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: tell(runtime, customer, "same"), range(4)))
    assert rows(runtime, "SELECT count(*) FROM messages") == [(1,)]


def test_texts_of_the_house_are_not_kept_as_the_shops_own() -> None:
    own = {language: source("delay", language) for language in Language}
    assert versions.checked_texts("delay", own) == {}
    with pytest.raises(NotWorded):
        versions.checked_texts("delay", {Language.ENGLISH: Wording("x", "y")})


@pytest.mark.parametrize("url", ["javascript:alert", "data:text/html,x", "//evil.example", "x"])
def test_a_button_leads_to_the_web_or_to_a_fact_and_nowhere_else(url: str) -> None:
    own = source("satisfaction", Language.ENGLISH)
    more = Wording(own.subject, f"{own.body}\n[Press]({url})")
    with pytest.raises(NotWorded) as wrong:
        versions.checked_texts("satisfaction", {Language.ENGLISH: more})
    assert wrong.value.fields == {"body-en": "link"}
    right = Wording(own.subject, f"{own.body}\n[Press](https://shop.example/x)")
    assert versions.checked_texts("satisfaction", {Language.ENGLISH: right})


@pytest.mark.parametrize("template", [rule.template for rule in RULES])
def test_every_button_of_the_house_may_be_kept(template: str) -> None:
    for language in Language:
        own = source(template, language)
        tidy = versions.checked_texts(template, {language: Wording(f"{own.subject}!", own.body)})
        assert set(tidy) == {language}


def test_a_link_ends_one_kind_of_mail_whoever_presses_it_and_however_often(
    app: Flask, runtime: Runtime
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        customer = make_customer(uow)
    settings = runtime.settings
    stops = Stops(settings.secret_key, settings.public_url)
    url = stops.url(customer, Kind.DELIVERY, runtime.clock.now())
    path = url[url.index("/stop-mail") :]
    client = app.test_client()
    assert "Stop this mail" in client.get(f"{path}?lang=en").text
    assert rows(runtime, "SELECT count(*) FROM consents") == [(0,)]
    for _ in range(2):
        said = client.post(path, data={"List-Unsubscribe": "One-Click"})
        assert said.status_code == 200
    assert rows(runtime, "SELECT purpose, channel, granted, source FROM consents") == [
        ("notice.delivery", "mail", False, "mail_link")
    ]
    for wrong in ("x", path[11:] + "x", "y" * 500):
        assert client.post(f"/stop-mail/{wrong}").status_code == 404
    needed = stops.url(customer, Kind.REFUNDS, runtime.clock.now())
    assert client.post(needed[needed.index("/stop-mail") :]).status_code == 404


def test_a_letter_is_shown_in_its_frame_and_does_nothing_there(
    app: Flask, runtime: Runtime, boss: FlaskClient
) -> None:
    browser, path = boss, "/console/notices/order_received"
    page = browser.get(path).text
    assert f'src="{path}/letter/ja"' in page
    assert f'src="{path}/letter/en"' in page
    said = browser.get(f"{path}/letter/en")
    assert said.status_code == 200
    assert said.text.startswith("<!doctype html>")
    assert "prefers-color-scheme:dark" in said.text
    cage = said.headers["Content-Security-Policy"]
    assert cage.startswith("default-src 'none'")
    assert cage.endswith("sandbox")
    assert "frame-ancestors 'self'" in cage
    assert said.headers["X-Frame-Options"] == "SAMEORIGIN"
    held = source("order_received", Language.ENGLISH)
    typed = {"subject-en": held.subject, "body-en": f"{held.body}\n<b>Bold & new</b>"}
    other = source("order_received", Language.JAPANESE)
    typed |= {"subject-ja": other.subject, "body-ja": other.body}
    shown = post(browser, f"{path}/letter/en", typed)
    assert "&lt;b&gt;Bold &amp; new&lt;/b&gt;" in shown.text
    wrong = post(browser, f"{path}/letter/en", {**typed, "body-en": "{no_such_place}"})
    assert wrong.status_code == 200
    assert wrong.text == said.text, "what cannot be told is shown as it holds"
    assert rows(runtime, "SELECT count(*) FROM notice_rule_versions") == [(0,)]
    assert browser.get(f"{path}/letter/xx").status_code == 404
    assert browser.get("/console/notices/none/letter/en").status_code == 404
    assert app.test_client().get(f"{path}/letter/en").status_code == 303


def test_facts_of_an_order_are_for_whom_is_limited_to_nothing(
    app: Flask, runtime: Runtime, boss: FlaskClient
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        order = make_order(uow, shop)
        here = make_staff(uow, Role.OPERATIONS, mail="here@shop.example")
        staff.limit(uow, here.id, queues=[], locations=[shop.location_id])
    drain(runtime)
    path = f"/console/notices/order_received/letter/en?order={order.number}"
    limited = app.test_client()
    sign_in(limited, "here@shop.example")
    assert order.number in boss.get(path).text
    assert order.number not in limited.get(path).text
    page = limited.get(f"/console/notices/order_received?order={order.number}")
    assert 'name="order"' not in page.text


def test_customers_find_what_they_were_told_and_why(app: Flask, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        customer = make_customer(uow)
        other = make_customer(uow, mail="other@example.jp")
    mine = signed_in(app, runtime, customer)
    assert "Nothing yet" in mine.get("/account/inbox?lang=en").text
    tell(runtime, customer, "mine")
    tell(runtime, other, "theirs")
    found = rows(runtime, "SELECT id FROM notices ORDER BY id")
    ours, theirs = found[0][0], found[1][0]
    inbox = mine.get("/account/inbox?lang=en").text
    assert inbox.count("We have your request (C-1001)") == 1
    assert "Mark all as read" in inbox
    page = mine.get(f"/account/inbox/{ours}?lang=en").text
    assert "Why you got this" in page
    assert "Answers to your questions: we have to tell you this." in page
    assert "Mark all as read" not in mine.get("/account/inbox?lang=en").text
    assert mine.get(f"/account/inbox/{theirs}").status_code == 404
    assert mine.get("/account/inbox/999999").status_code == 404
    assert mine.get("/account/inbox?cursor=x").status_code == 422
    tell(runtime, customer, "again")
    for _ in range(2):
        assert post(mine, "/account/inbox/read").status_code == 303
    unread = "SELECT count(*) FROM notices WHERE read_at IS NULL"
    assert rows(runtime, unread) == [(1,)]


def test_an_address_that_gives_letters_back_is_not_written_to_and_a_chat_takes_its_place(
    runtime: Runtime,
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        customer = make_customer(uow)
    tell(runtime, customer, "first")
    dead = "UPDATE channel_identities SET unreachable_at = now(), unreachable_why = 'gone'"
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text(dead))
    tell(runtime, customer, "second")
    with runtime.unit_of_work(SYSTEM) as uow:
        make_chat(uow, customer_id=customer)
    tell(runtime, customer, "third")
    assert rows(runtime, "SELECT state, channel, why FROM notices ORDER BY id") == [
        ("spoken", "mail", ""),
        ("suppressed", "", "unreachable"),
        ("spoken", "webchat", ""),
    ]


def test_a_later_step_makes_an_earlier_one_old_that_waits_for_the_morning(
    runtime: Runtime, clock: StandingClock
) -> None:
    clock.set(datetime.fromisoformat("2026-11-22T23:00:00+09:00"))
    with runtime.unit_of_work(SYSTEM) as uow:
        customer = make_customer(uow)
        for rule, parcel in (
            (rules.OUT_FOR_DELIVERY, 1),
            (rules.DELIVERED, 1),
            (rules.ATTEMPTED, 2),
        ):
            told = Told(
                rule=rule,
                key=f"{rule.template}:{parcel}",
                customer_id=customer,
                language=Language.ENGLISH,
                facts=facts_of(rule.template),
                of=parcel,
            )
            service.tell(uow, told, zone=runtime.settings.zone)
    assert rows(runtime, "SELECT template, state, why FROM notices ORDER BY id") == [
        ("out_for_delivery", "suppressed", "superseded"),
        ("delivered", "waiting", "quiet"),
        ("attempted", "waiting", "quiet"),
    ]


def test_what_a_letter_could_not_bring_is_said_in_the_chat_once(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        customer = make_customer(uow)
    tell(runtime, customer, "one")
    ((letter,),) = rows(runtime, "SELECT message_id FROM notices")
    assert isinstance(letter, int)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert not service.fall_back(uow, letter, zone=runtime.settings.zone)
        make_chat(uow, customer_id=customer)

    def again(_: int) -> bool:
        with runtime.unit_of_work(SYSTEM) as uow:
            return service.fall_back(uow, letter, zone=runtime.settings.zone)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(again, range(4))) == [False, False, False, True]
    said = "SELECT count(*) FROM messages WHERE author_kind = 'notice'"
    assert rows(runtime, said) == [(2,)]
    assert rows(runtime, "SELECT state, channel FROM notices") == [("spoken", "webchat")]
