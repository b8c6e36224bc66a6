"""The conversation to take along: by mail to a proven address only, or as a file."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import count
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from oms_service.adapters.mail.mailbox import letters
from oms_service.customers import service as customers
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from tests.codes import code_in
from tests.effects import settle
from tests.factories.orders import MAIL, make_shipped_order
from tests.factories.shop import Shop, make_shop
from tests.factories.staff import bearer

IDS: Iterator[int] = count()


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_shop(uow)
        make_shipped_order(uow, made, number="A-10001")
    return made


@pytest.fixture
def browser(app: Flask, shop: Shop) -> FlaskClient:
    return app.test_client()


def begin(browser: FlaskClient) -> dict[str, str]:
    opened = browser.post("/chat/session?lang=en", json={"language": "en"})
    return bearer(opened.headers["X-Chat-Token"])


def sent(browser: FlaskClient, token: dict[str, str], **body: str) -> dict[str, Any]:
    body = {"id": f"message-{next(IDS)}", **body}
    answer = browser.post("/chat/messages?plain=1", json=body, headers=token)
    assert answer.status_code == 200, answer.text
    if new := answer.headers.get("X-Chat-Token"):
        token |= bearer(new)
    assert answer.json is not None
    said: dict[str, Any] = answer.json["messages"][-1]
    return said


def mailed(runtime: Runtime) -> list[EmailMessage]:
    """The transcripts that left, as letters."""
    settle(runtime)
    with runtime.database.reading() as connection:
        sent_off = connection.exec_driver_sql(
            "SELECT detail FROM delivery_log JOIN messages ON messages.id = message_id"
            " WHERE key LIKE 'transcript:%%' ORDER BY message_id"
        ).scalars()
        names = sent_off.all()
    box = runtime.settings.state_dir / "mail"
    return [
        message_from_bytes((box / f"{name}.eml").read_bytes(), policy=policy.default)
        for name in names
    ]


def code_of(runtime: Runtime) -> str:
    settle(runtime)
    told = (code_in(one.text) for one in letters(runtime.settings.state_dir / "mail"))
    return next(code for code in told if code)


def test_it_goes_to_an_address_that_a_code_has_proven_and_once_for_a_press(
    browser: FlaskClient, runtime: Runtime
) -> None:
    token = begin(browser)
    assert "A-10001" in sent(browser, token, text=f"where is A-10001, {MAIL}")["text"]
    asked = sent(browser, token, text="Please send me this conversation by mail")
    assert "To which mail address" in asked["text"]
    assert mailed(runtime) == []
    assert "on its way" in sent(browser, token, text=MAIL)["text"]
    done = sent(browser, token, text=code_of(runtime))
    assert "to m…@example.jp" in done["text"]
    press = {"id": "the-one-press", "choice": "transcript:mail"}
    for _twice in range(2):
        assert "to m…@example.jp" in sent(browser, token, **press)["text"]
    letter, again = mailed(runtime)
    assert letter["To"] == again["To"] == MAIL
    plain, page = (letter.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert page is not None
    for body in (plain.get_content(), page.get_content()):
        assert "where is A-10001" in body
        assert "Automatic reply" in body
    for _third in range(2):
        last = sent(browser, token, choice="transcript:mail")
    assert "only a moment ago" in last["text"]


def test_a_stranger_is_asked_who_they_are_and_gets_a_file_at_most(
    browser: FlaskClient, app: Flask, runtime: Runtime
) -> None:
    token = begin(browser)
    assert "Which mail address" in sent(browser, token, choice="transcript:mail")["text"]
    sent(browser, token, text="<b>nobody@example.com</b>")
    assert mailed(runtime) == []
    file = browser.get("/chat/transcript", headers=token)
    assert file.headers["Content-Disposition"] == 'attachment; filename="chat.txt"'
    assert "<b>nobody@example.com</b>" in file.text
    assert app.test_client().get("/chat/transcript").status_code == 401


def test_while_people_answer_it_troubles_nobody(
    browser: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        customers.prove_mail(uow, MAIL)
    token = begin(browser)
    sent(browser, token, text=f"where is A-10001, {MAIL}")
    sent(browser, token, choice="human")
    done = sent(browser, token, choice="transcript:mail")
    assert "to m…@example.jp" in done["text"]
    with runtime.database.reading() as connection:
        told = connection.exec_driver_sql(
            "SELECT count(*) FROM outbox WHERE name = 'message.received'"
        )
        assert told.scalar_one() == 0
    assert len(mailed(runtime)) == 1


def test_a_number_picks_the_button_with_that_number(browser: FlaskClient) -> None:
    token = begin(browser)
    menu = sent(browser, token, text="help")
    labels = [one["label"] for one in menu["choices"]]
    assert menu["plain"].split("\n")[-len(labels) :] == [
        f"{number}. {label}" for number, label in enumerate(labels, 1)
    ]
    picked = sent(browser, token, text="２番")
    assert picked["asks"] == "order"
    assert "code" in picked["choices"][0]["label"]
    by_code = sent(browser, token, text="1")
    assert by_code["asks"] == "mail"
    beyond = sent(browser, token, text="99")
    assert beyond["asks"] == "mail"
