"""The log of what the shop said: found, narrowed, explained, masked, taken along as a file."""

import csv
import io
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from oms_service.access import staff
from oms_service.access.states import Role
from oms_service.conversations import mail_in, resending, service
from oms_service.conversations.channels import WEBCHAT
from oms_service.conversations.resending import NotAgain, Why
from oms_service.conversations.states import AuthorKind
from oms_service.customers import service as customers
from oms_service.infra import fallout
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.apps import an_app
from tests.effects import settle
from tests.factories.orders import make_order
from tests.factories.shop import Shop, make_shop
from tests.factories.staff import make_staff, post, sign_in
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
    return re.findall(r" data-row>(.*?)</a>", page.text)


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


def press(client: FlaskClient, *ids: int) -> str:
    page = client.get(f"{PATH}/again", query_string={"id": list(ids)}).text
    assert "Send again" in page
    return post(client, f"{PATH}/again", {"id": list(ids)}).headers["Location"]


def states(runtime: Runtime) -> list[tuple[str, str]]:
    with runtime.database.reading() as connection:
        rows = connection.execute(text("SELECT subject, state FROM messages ORDER BY id"))
        return [(row.subject, row.state) for row in rows]


def test_a_refused_letter_is_sent_again_by_one_press_with_the_same_key(
    app: Flask, runtime: Runtime, shop: Shop, server: SmtpServer
) -> None:
    server.refuse = 550
    message_id = write(runtime, shop, subject="Refused")
    settle(runtime)
    assert states(runtime) == [("Refused", "failed")]
    agent = come_in(app, runtime, Role.AGENT)
    assert f"{PATH}/again?id={message_id}" in agent.get(f"{PATH}/{message_id}").text
    server.refuse = None
    assert press(agent, message_id) == f"{PATH}/{message_id}"
    assert states(runtime) == [("Refused", "queued")]
    assert "on its way already" in follow(agent, post(agent, f"{PATH}/again", {"id": message_id}))
    settle(runtime)
    assert states(runtime) == [("Refused", "sent")]
    assert len(server.taken) == 1
    assert "It has been sent." in follow(agent, post(agent, f"{PATH}/again", {"id": message_id}))
    settle(runtime)
    assert len(server.taken) == 1
    page = agent.get(f"{PATH}/{message_id}").text
    assert page.index("Try failed") < page.index("Sent again by hand")
    assert "田中 葵" in page
    with runtime.database.reading() as connection:
        told = connection.execute(
            text("SELECT actor, name FROM outbox WHERE name LIKE 'message.%' ORDER BY id")
        ).all()
    assert [name for _actor, name in told] == ["message.queued", "message.failed", "message.resent"]
    assert told[-1].actor.startswith("staff:")
    auditor = come_in(app, runtime, Role.AUDITOR)
    assert "Message sent again" in auditor.get("/console/audit").text


def test_a_letter_that_was_given_up_begins_its_tries_anew(
    app: Flask, runtime: Runtime, shop: Shop, server: SmtpServer
) -> None:
    server.refuse = 451
    message_id = write(runtime, shop, subject="Given up")
    settle(runtime, rounds=8)
    agent = come_in(app, runtime, Role.AGENT)
    page = agent.get(f"{PATH}/{message_id}").text
    assert "Given up after several tries" in page
    with runtime.database.looking() as session:
        assert fallout.count(session) == 1
    server.refuse = None
    press(agent, message_id)
    with runtime.database.looking() as session:
        assert fallout.count(session) == 0
    settle(runtime)
    assert states(runtime) == [("Given up", "sent")]
    assert len(server.taken) == 1


def test_a_step_that_was_settled_by_hand_can_still_be_begun_anew(
    app: Flask, runtime: Runtime, shop: Shop, server: SmtpServer
) -> None:
    server.refuse = 451
    message_id = write(runtime, shop)
    settle(runtime, rounds=8)
    with runtime.unit_of_work(SYSTEM) as uow:
        (entry,) = fallout.waiting(uow.session)
        fallout.resolve(uow, entry.id)
    server.refuse = None
    press(come_in(app, runtime, Role.AGENT), message_id)
    settle(runtime)
    assert states(runtime) == [("Your order", "sent")]


def test_two_who_press_at_once_send_once(runtime: Runtime, shop: Shop, server: SmtpServer) -> None:
    server.refuse = 550
    message_id = write(runtime, shop)
    settle(runtime)
    server.refuse = None
    start = Barrier(6)

    def pressed(_number: int) -> str:
        start.wait()
        try:
            with runtime.unit_of_work(SYSTEM) as uow:
                resending.resend(uow, message_id)
        except NotAgain as error:
            return str(error.why)
        return "sent again"

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(pressed, range(6))) == ["sent again", *[Why.UNDER_WAY] * 5]
    settle(runtime)
    assert len(server.taken) == 1


def test_nothing_happens_while_somebody_is_still_writing_down_its_end(
    runtime: Runtime, shop: Shop, server: SmtpServer
) -> None:
    server.refuse = 550
    message_id = write(runtime, shop)
    settle(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("UPDATE effects SET state = 'waiting', done_at = NULL"))
    with pytest.raises(NotAgain) as refused, runtime.unit_of_work(SYSTEM) as uow:
        resending.resend(uow, message_id)
    assert refused.value.why is Why.UNDER_WAY
    assert states(runtime) == [("Your order", "failed")]


def test_codes_and_what_is_forgotten_are_never_sent_again(
    app: Flask, runtime: Runtime, shop: Shop, server: SmtpServer
) -> None:
    server.refuse = 550
    code = write(runtime, shop, subject="123456", secret=True)
    old = write(runtime, shop, subject="Old")
    settle(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(
            text("UPDATE messages SET subject = '', text = '' WHERE id = :id"), {"id": old}
        )
    agent = come_in(app, runtime, Role.AGENT)
    server.refuse = None
    before = states(runtime)
    page = agent.get(f"{PATH}/again", query_string={"id": [code, old]}).text
    assert "is never sent twice" in page
    assert "there is nothing to send" in page
    said = follow(agent, post(agent, f"{PATH}/again", {"id": [code, old]}))
    assert "1 message was left: A code or a link" in said
    settle(runtime)
    assert states(runtime) == before
    assert server.taken == []


def test_what_nobody_may_send_is_sent_by_nobody(
    app: Flask, runtime: Runtime, shop: Shop, server: SmtpServer
) -> None:
    server.refuse = 550
    of_case = write(runtime, shop, thread="case:7")
    settle(runtime)
    auditor = come_in(app, runtime, Role.AUDITOR)
    assert post(auditor, f"{PATH}/again", {"id": of_case}).status_code == 403
    limited = come_in(app, runtime, Role.SHOP, locations=frozenset({shop.location_id}))
    post(limited, f"{PATH}/again", {"id": [of_case, 999_999, 2**63]})
    post(limited, f"{PATH}/again", {"id": "odd"})
    agent = come_in(app, runtime, Role.AGENT)
    many = post(agent, f"{PATH}/again", {"id": [of_case, *range(500, 600)]})
    assert "at most 100" in follow(agent, many)
    assert "Choose at least one" in follow(agent, agent.get(f"{PATH}/again?id=999999"))
    assert states(runtime) == [("Your order", "failed")]


def test_several_are_sent_again_together(
    app: Flask, runtime: Runtime, shop: Shop, server: SmtpServer
) -> None:
    server.refuse = 550
    ids = [write(runtime, shop, subject=f"Letter {number}") for number in range(3)]
    settle(runtime)
    server.refuse = None
    agent = come_in(app, runtime, Role.AGENT)
    assert agent.get(f"{PATH}?view=failed").text.count('name="id"') == 3
    said = follow(agent, post(agent, f"{PATH}/again", {"id": ids}))
    assert "3 messages are on their way again." in said
    settle(runtime)
    assert len(server.taken) == 3
    assert {state for _subject, state in states(runtime)} == {"sent"}


def test_what_is_older_than_its_event_is_queued_anew(
    runtime: Runtime, shop: Shop, server: SmtpServer
) -> None:
    server.refuse = 550
    message_id = write(runtime, shop)
    settle(runtime)
    server.refuse = None
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("DELETE FROM outbox"))
    with runtime.unit_of_work(SYSTEM) as uow:
        resending.resend(uow, message_id)
    settle(runtime)
    assert len(server.taken) == 1


def follow(client: FlaskClient, answer: TestResponse) -> str:
    return client.get(answer.headers["Location"]).text
