"""The link in a customer's mail, where they are signed in, and how they end it."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from oms_service.access import codes
from oms_service.access.codes import MailLinks
from oms_service.access.models import Session
from oms_service.conversations.models import Message
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from tests.factories.shop import make_customer
from tests.factories.staff import proof
from tests.fakes.clock import StandingClock

MAIL = "misaki.sato@example.jp"


@pytest.fixture(autouse=True)
def customer_id(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_customer(uow, MAIL)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def send(client: FlaskClient, path: str, **data: str) -> TestResponse:
    return client.post(path, data={"csrf_token": proof(client, "/sign-in"), **data})


def mail(runtime: Runtime) -> str:
    with runtime.database.looking() as session:
        return session.scalar(select(Message.text).order_by(Message.id.desc()).limit(1)) or ""


def ask(client: FlaskClient, runtime: Runtime, next_path: str = "") -> str:
    """Ask for a mail; the path of the link in it."""
    send(client, "/sign-in", mail=MAIL, next=next_path)
    found = re.search(r"http://localhost:8000(/sign-in/link\?\S+)", mail(runtime))
    assert found is not None
    return found[1]


def key_of(path: str) -> str:
    return re.sub(r".*key=([^&]+).*", r"\1", path)


def press(client: FlaskClient, path: str, **data: str) -> TestResponse:
    return send(client, "/sign-in/link", key=key_of(path), **data)


def is_in(client: FlaskClient) -> bool:
    return client.get("/account/sign-ins").status_code == 200


def open_sessions(runtime: Runtime) -> int:
    with runtime.database.looking() as session:
        return session.scalar(select(func.count()).where(Session.revoked_at.is_(None))) or 0


def come_in(client: FlaskClient, runtime: Runtime) -> None:
    assert press(client, ask(client, runtime)).status_code == 303


def test_opening_the_link_signs_nobody_in_and_its_button_does_once_in_any_browser(
    app: Flask, client: FlaskClient, runtime: Runtime
) -> None:
    path = ask(client, runtime, "/orders")
    other = app.test_client()
    for _ in range(3):  # as programs do that look into mails
        opened = other.get(path)
        assert opened.status_code == 200
    assert MAIL in opened.text
    assert open_sessions(runtime) == 0
    came = press(other, path, next="/orders")
    assert (came.status_code, came.headers["Location"]) == (303, "/orders")
    assert is_in(other)
    assert not is_in(client)
    assert press(client, path).status_code == 410
    assert client.get(path).status_code == 410
    code = re.findall(r"\d{6}", mail(runtime))[0]
    assert send(client, "/sign-in/code", mail=MAIL, code=code).status_code == 401


def test_a_link_is_over_with_its_code(
    client: FlaskClient, runtime: Runtime, clock: StandingClock
) -> None:
    first = ask(client, runtime)
    newer = ask(client, runtime)
    assert client.get(first).status_code == 410
    assert press(client, first).status_code == 410
    clock.advance(minutes=10)
    assert press(client, newer).status_code == 410
    tried = ask(client, runtime)
    for _ in range(5):
        send(client, "/sign-in/code", mail=MAIL, code="00000x")
    assert press(client, tried).status_code == 410
    used = ask(client, runtime)
    code = re.findall(r"\d{6}", mail(runtime))[0]
    assert send(client, "/sign-in/code", mail=MAIL, code=code).status_code == 303
    assert press(client, used).status_code == 410


@pytest.mark.parametrize("key", ["", "1", "MQ.forged", "x" * 300, "a\x00b", "ÿ"])
def test_a_forged_link_is_none(client: FlaskClient, runtime: Runtime, key: str) -> None:
    ask(client, runtime)
    assert client.get("/sign-in/link", query_string={"key": key}).status_code in {400, 410}
    assert send(client, "/sign-in/link", key=key).status_code in {400, 410}
    assert open_sessions(runtime) == 0


def test_another_shops_key_writes_no_link_of_ours(client: FlaskClient, runtime: Runtime) -> None:
    ask(client, runtime)
    forged = MailLinks("another key of thirty-two characters", "").url(1, "")
    assert press(client, forged).status_code == 410


def test_of_many_presses_at_once_one_signs_in(client: FlaskClient, runtime: Runtime) -> None:
    settings = runtime.settings
    links, key = MailLinks(settings.secret_key, ""), key_of(ask(client, runtime))

    def use(_number: int) -> int | None:
        with runtime.unit_of_work(SYSTEM) as uow:
            return codes.check_link(uow, links, key)

    with ThreadPoolExecutor(4) as pool:
        assert sum(one is not None for one in pool.map(use, range(4))) == 1


def test_a_code_asked_for_in_the_chat_brings_no_link(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        codes.send_code(uow, MAIL, Language.ENGLISH)
    assert "/sign-in/link" not in mail(runtime)


def test_the_way_on_never_leads_off_this_site(client: FlaskClient, runtime: Runtime) -> None:
    path = ask(client, runtime, "https://evil.example/")
    assert "evil" not in path
    assert press(client, path, next="//evil.example").headers["Location"] == "/"


def test_customers_see_and_end_their_own_sign_ins_alone(
    app: Flask, client: FlaskClient, runtime: Runtime
) -> None:
    others = [app.test_client() for _ in range(3)]
    for browser in (client, *others[:2]):
        come_in(browser, runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        make_customer(uow, "emma@example.com")
    stranger = others[2]
    send(stranger, "/sign-in", mail="emma@example.com")
    code = re.findall(r"\d{6}", mail(runtime))[0]
    send(stranger, "/sign-in/code", mail="emma@example.com", code=code)
    page = client.get("/account/sign-ins?lang=en").text
    numbers = re.findall(r"/account/sign-ins/(\d+)/end", page)
    assert len(numbers) == 2
    assert page.count("This one") == 1
    ends = f"/account/sign-ins/{numbers[0]}/end"
    assert send(stranger, ends).status_code == 404
    assert send(client, ends).status_code == 303
    assert [is_in(one) for one in others] == [True, False, True]
    assert send(client, "/account/sign-ins/end-others").status_code == 303
    assert [is_in(one) for one in (client, *others)] == [True, False, False, True]
    assert app.test_client().get("/account/sign-ins").status_code == 303
