"""Customers come in by a code in their mail; who is not known learns nothing."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from oms_service.access import codes
from oms_service.access.models import LoginCode, Session
from oms_service.access.sweeps import forget_old_codes
from oms_service.conversations.models import Message
from oms_service.kernel import ids
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from tests.factories.shop import make_customer
from tests.factories.staff import proof
from tests.fakes.clock import StandingClock

MAIL = "misaki.sato@example.jp"


@pytest.fixture
def customer_id(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_customer(uow, MAIL)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def ask(runtime: Runtime, mail: str = MAIL, language: Language = Language.JAPANESE) -> str:
    """Ask for a code; the one in the newest mail."""
    with runtime.unit_of_work(SYSTEM) as uow:
        codes.send_code(uow, mail, language)
    return newest_code(runtime)


def newest_code(runtime: Runtime) -> str:
    with runtime.database.looking() as session:
        text = session.scalar(select(Message.text).order_by(Message.id.desc()).limit(1)) or ""
    found = re.search(r"\d{6}", text)
    return found[0] if found else ""


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def attempt(runtime: Runtime, code: str, mail: str = MAIL) -> int | None:
    with runtime.unit_of_work(SYSTEM) as uow:
        return codes.check_code(uow, mail, code)


def mails(runtime: Runtime) -> int:
    with runtime.database.looking() as session:
        return session.scalar(select(func.count()).select_from(Message)) or 0


def send(client: FlaskClient, path: str, **data: str) -> TestResponse:
    """Send a form as an English reader's browser would."""
    token = proof(client, "/sign-in")
    english = {"Accept-Language": "en"}
    return client.post(path, data={"csrf_token": token, **data}, headers=english)


def test_the_code_in_the_mail_is_the_customers_once(runtime: Runtime, customer_id: int) -> None:
    code = ask(runtime)
    assert attempt(runtime, code) == customer_id
    assert attempt(runtime, code) is None


def test_the_mail_is_secret_and_its_subject_does_not_say_the_code(
    runtime: Runtime, customer_id: int
) -> None:
    code = ask(runtime, language=Language.ENGLISH)
    with runtime.database.looking() as session:
        mail = session.scalars(select(Message)).one()
    assert mail.is_secret
    assert (mail.subject, mail.language) == ("Your code", Language.ENGLISH)
    assert f"Your code is {code}." in mail.text
    assert "within 10 minutes" in mail.text


def test_the_table_does_not_know_the_code(runtime: Runtime, customer_id: int) -> None:
    code = ask(runtime)
    with runtime.database.looking() as session:
        row = session.scalars(select(LoginCode)).one()
    assert code not in row.digest
    assert row.digest != ids.digest(code)


def test_a_mail_is_found_however_it_is_written(runtime: Runtime, customer_id: int) -> None:
    code = ask(runtime, mail=" Misaki.Sato@EXAMPLE.jp ")
    assert attempt(runtime, code, mail="ＭＩＳＡＫＩ.sato@example.jp") == customer_id


def test_an_unknown_mail_gets_no_mail_and_no_code_fits(runtime: Runtime) -> None:
    assert ask(runtime, mail="nobody@example.jp") == ""
    assert mails(runtime) == 0
    assert attempt(runtime, "000000", mail="nobody@example.jp") is None


def test_a_code_is_void_after_ten_minutes(
    runtime: Runtime, clock: StandingClock, customer_id: int
) -> None:
    code = ask(runtime)
    clock.advance(minutes=10)
    assert attempt(runtime, code) is None


def test_five_wrong_tries_void_the_right_code(runtime: Runtime, customer_id: int) -> None:
    code = ask(runtime)
    for _ in range(5):
        assert attempt(runtime, wrong(code)) is None
    assert attempt(runtime, code) is None


def test_the_fifth_try_may_be_the_right_one(runtime: Runtime, customer_id: int) -> None:
    code = ask(runtime)
    for _ in range(4):
        attempt(runtime, wrong(code))
    assert attempt(runtime, code) == customer_id


def test_a_newer_code_voids_the_older(runtime: Runtime, customer_id: int) -> None:
    first = ask(runtime)
    second = ask(runtime)
    if first != second:
        assert attempt(runtime, first) is None
    assert attempt(runtime, second) == customer_id


def test_a_code_belongs_to_its_mail(runtime: Runtime, customer_id: int) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_customer(uow, "emma@example.com")
    code = ask(runtime)
    ask(runtime, mail="emma@example.com")
    if newest_code(runtime) != code:
        assert attempt(runtime, code, mail="emma@example.com") is None


def test_the_pages_let_a_customer_in_and_out(
    client: FlaskClient, runtime: Runtime, customer_id: int
) -> None:
    asked = send(client, "/sign-in", mail=MAIL, next="/orders")
    assert asked.status_code == 200
    assert f"If {MAIL} is known to us" in asked.text
    came = send(client, "/sign-in/code", mail=MAIL, code=newest_code(runtime), next="/orders")
    assert (came.status_code, came.headers["Location"]) == (303, "/orders")
    cookie = client.get_cookie("oms_customer")
    assert cookie is not None
    assert cookie.http_only
    assert client.get("/sign-in").status_code == 303
    gone = send(client, "/sign-out")
    assert (gone.status_code, client.get_cookie("oms_customer")) == (303, None)
    client.set_cookie("oms_customer", cookie.value)
    assert client.get("/sign-in").status_code == 200


def test_known_and_unknown_read_the_very_same_page(client: FlaskClient, customer_id: int) -> None:
    def page(mail: str) -> str:
        text: str = send(client, "/sign-in", mail=mail).text
        return re.sub(r"[0-9a-f]{64}", "", text).replace(mail, "MAIL")

    assert page(MAIL) == page("nobody@example.jp")


def test_a_wrong_code_is_said_kindly_and_counted(
    client: FlaskClient, runtime: Runtime, customer_id: int
) -> None:
    send(client, "/sign-in", mail=MAIL)
    refused = send(client, "/sign-in/code", mail=MAIL, code=wrong(newest_code(runtime)))
    assert refused.status_code == 401
    assert "does not match or is no longer valid" in refused.text
    with runtime.database.looking() as session:
        assert session.scalar(select(LoginCode.attempts)) == 1
        assert session.scalar(select(func.count()).select_from(Session)) == 0


def test_a_mail_may_ask_five_times_an_hour(client: FlaskClient, customer_id: int) -> None:
    statuses = [send(client, "/sign-in", mail=MAIL).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]


def test_who_comes_in_by_each_code_asks_as_often_as_they_like(
    client: FlaskClient, runtime: Runtime, customer_id: int
) -> None:
    for _ in range(6):
        assert send(client, "/sign-in", mail=MAIL).status_code == 200
        code = newest_code(runtime)
        assert send(client, "/sign-in/code", mail=MAIL, code=code).status_code == 303
        assert send(client, "/sign-out").status_code == 303


def test_what_is_no_mail_address_is_said_at_the_field(client: FlaskClient) -> None:
    refused = send(client, "/sign-in", mail="misaki")
    assert refused.status_code == 422
    assert 'aria-invalid="true"' in refused.text


def test_codes_are_forgotten_after_a_day(
    runtime: Runtime, clock: StandingClock, customer_id: int
) -> None:
    ask(runtime)
    clock.advance(days=1, minutes=11)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert forget_old_codes(uow) == 1
    with runtime.unit_of_work(SYSTEM) as uow:
        assert forget_old_codes(uow) == 0
