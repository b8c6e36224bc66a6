"""The log of what the shop said: found, narrowed, explained, masked, taken along as a file."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from oms_service.access import staff
from oms_service.access.states import Role
from oms_service.conversations import mail_in, service
from oms_service.conversations.channels import WEBCHAT
from oms_service.conversations.states import AuthorKind
from oms_service.customers import service as customers
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.apps import an_app
from tests.effects import settle
from tests.factories.orders import make_order
from tests.factories.shop import Shop, make_shop
from tests.factories.staff import make_staff, sign_in
from tests.fakes.clock import StandingClock
from tests.fakes.smtp import SmtpServer, a_mail_server
from tests.queries import counted

PATH = "/console/messages"
TO = "misaki.sato@example.jp"


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with a_mail_server() as made:
        yield made


@pytest.fixture
def app(settings: Settings, clock: StandingClock, server: SmtpServer) -> Iterator[Flask]:
    """The house with a real mail server."""
    with an_app(replace(settings, smtp_url=server.url), clock=clock) as made:
        yield made


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_shop(uow)
        customers.refresh_search(uow, customers.held(uow, made.customer_id))
        return made


def write(
    runtime: Runtime,
    shop: Shop,
    *,
    subject: str = "Your order",
    secret: bool = False,
    thread: str = "",
) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return service.say_by_mail(
            uow,
            to=TO,
            customer_id=shop.customer_id,
            language=Language.ENGLISH,
            subject=subject,
            text=f"{subject} in words",
            is_secret=secret,
            extra={"thread": thread} if thread else None,
        ).id


def come_in(
    app: Flask, runtime: Runtime, role: Role, *, locations: frozenset[int] = frozenset()
) -> FlaskClient:
    with runtime.unit_of_work(SYSTEM) as uow:
        view = make_staff(
            uow, role, mail=f"{role}-{len(locations)}@shop.example", language=Language.ENGLISH
        )
        staff.limit(uow, view.id, queues=set(), locations=locations)
    client = app.test_client()
    sign_in(client, view.mail)
    return client


def subjects(client: FlaskClient, query: str = "") -> list[str]:
    """What stands in the list, as it stands."""
    page = client.get(f"{PATH}?{query}")
    assert page.status_code == 200
    heads = page.text.split('<th scope="row" class="is-whole"><a href="')[1:]
    return [head.partition('">')[2].partition("</a>")[0] for head in heads]


def test_each_message_says_how_far_it_got_and_why_not_further(
    app: Flask, runtime: Runtime, shop: Shop, server: SmtpServer
) -> None:
    sent = write(runtime, shop, subject="Taken")
    settle(runtime)
    server.refuse = 550
    refused = write(runtime, shop, subject="Refused")
    settle(runtime)
    server.refuse = 451
    waiting = write(runtime, shop, subject="Put off")
    settle(runtime, rounds=2)
    agent = come_in(app, runtime, Role.AGENT)
    assert subjects(agent) == ["Put off", "Refused", "Taken"]
    assert subjects(agent, "view=failed") == ["Refused"]
    assert subjects(agent, "view=waiting") == ["Put off"]
    assert subjects(agent, "state=sent") == ["Taken"]
    page = agent.get(f"{PATH}/{refused}").text
    assert "The mail server refused the address." in page
    assert "550" not in page
    assert "SMTP" not in agent.get(f"{PATH}/{waiting}").text
    page = agent.get(f"{PATH}/{waiting}").text
    assert page.count("Try failed") == 2
    assert "The mail server does not take mail for this address now." in page
    page = agent.get(f"{PATH}/{sent}").text
    assert "The mail server took it." in page
    assert "Taken in words" in page
    assert len(server.taken) == 1


def test_what_comes_back_later_stands_in_its_course(
    app: Flask, runtime: Runtime, shop: Shop
) -> None:
    message_id = write(runtime, shop)
    settle(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        letter = mail_in.written(uow.session, message_id)
        assert letter is not None
        mail_in.note_failed(uow, letter, why="5.2.2", detail="over quota", is_final=False)
    page = come_in(app, runtime, Role.AGENT).get(f"{PATH}/{message_id}").text
    assert "The mailbox is full." in page
    assert "over quota" not in page


def test_the_log_is_narrowed_by_order_recipient_channel_kind_and_day(
    app: Flask, runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_order(uow, shop, number="A-1")
        thread = service.open_or_resume(
            uow, channel=WEBCHAT, key="somebody", language=Language.ENGLISH
        )
        service.say(uow, thread.id, author_kind=AuthorKind.BOT, text="Hello from the chat")
    settle(runtime)
    write(runtime, shop, subject="Something else")
    agent = come_in(app, runtime, Role.AGENT)
    everything = subjects(agent)
    about = subjects(agent, "q=A-1")
    assert about
    assert "Something else" not in about
    assert set(about) < set(everything)
    assert subjects(agent, "channel=webchat") == ["Hello from the chat"]
    assert subjects(agent, "kind=bot") == ["Hello from the chat"]
    assert "Hello from the chat" not in subjects(agent, f"q={TO.upper()}")
    assert "Something else" in subjects(agent, f"q={TO}")
    assert subjects(agent, "q=nobody@example.com") == []
    assert subjects(agent, "from=2030-01-01") == []
    assert subjects(agent, "until=2001-01-01") == []
    assert subjects(agent, "channel=odd&kind=odd&state=odd&view=odd&from=odd") == everything
    assert agent.get(f"{PATH}?cursor=nonsense").status_code == 302
    assert "What we told them" in agent.get("/console/orders/A-1").text


def test_the_pages_hold_each_message_once(app: Flask, runtime: Runtime, shop: Shop) -> None:
    for number in range(45):
        write(runtime, shop, subject=f"Letter {number}")
    agent = come_in(app, runtime, Role.AGENT)
    first = subjects(agent)
    page = agent.get(PATH).text
    cursor = page.split("cursor=")[1].split('"')[0]
    second = subjects(agent, f"cursor={cursor}")
    assert first + second == [f"Letter {number}" for number in reversed(range(45))]


def test_the_file_holds_what_the_list_holds_and_is_noted(
    app: Flask, runtime: Runtime, shop: Shop
) -> None:
    write(runtime, shop, subject="One")
    write(runtime, shop, subject="Code", secret=True)
    settle(runtime)
    agent = come_in(app, runtime, Role.AGENT)
    answer = agent.get(f"{PATH}/export.csv?state=sent")
    rows = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert [row[3] for row in rows] == ["Kind", "Code or link to sign in", "Notice"]
    assert [row[2] for row in rows[1:]] == [TO, TO]
    assert "in words" not in answer.text
    with runtime.database.reading() as connection:
        noted = connection.execute(text("SELECT count(*) FROM outbox WHERE name = 'export.made'"))
        assert noted.scalar_one() == 1


def test_a_code_is_never_shown_even_before_it_is_sent(
    app: Flask, runtime: Runtime, shop: Shop
) -> None:
    message_id = write(runtime, shop, subject="123456", secret=True)
    agent = come_in(app, runtime, Role.AGENT)
    assert "123456" not in agent.get(PATH).text
    assert "123456" not in agent.get(f"{PATH}/{message_id}").text


def test_who_need_not_know_people_reads_masks(app: Flask, runtime: Runtime, shop: Shop) -> None:
    message_id = write(runtime, shop, subject="Dear Misaki")
    auditor = come_in(app, runtime, Role.AUDITOR)
    for path in (PATH, f"{PATH}/{message_id}", f"{PATH}/export.csv"):
        page = auditor.get(path)
        assert page.status_code == 200
        assert TO not in page.text
        assert "Misaki" not in page.text
    assert subjects(auditor, f"q={TO}") == []
    warehouse = come_in(app, runtime, Role.WAREHOUSE)
    assert warehouse.get(PATH).status_code == 403
    assert warehouse.get(f"{PATH}/{message_id}").status_code == 403


def test_who_is_limited_sees_what_was_told_of_orders_alone(
    app: Flask, runtime: Runtime, shop: Shop
) -> None:
    of_order = write(runtime, shop, subject="Of an order", thread="order:7")
    of_case = write(runtime, shop, subject="Of a case", thread="case:7")
    limited = come_in(app, runtime, Role.SHOP, locations=frozenset({shop.location_id}))
    assert subjects(limited) == ["Of an order"]
    assert limited.get(f"{PATH}/{of_order}").status_code == 200
    for unknown in (of_case, 999_999, 2**63):
        assert limited.get(f"{PATH}/{unknown}").status_code == 404


def test_the_list_costs_the_same_for_any_number(app: Flask, runtime: Runtime, shop: Shop) -> None:
    write(runtime, shop)
    agent = come_in(app, runtime, Role.AGENT)
    agent.get(PATH)
    with counted(runtime.database) as few:
        agent.get(PATH)
    for _number in range(10):
        write(runtime, shop)
    with counted(runtime.database) as many:
        agent.get(PATH)
    assert len(many) == len(few)
