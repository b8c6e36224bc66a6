"""A letter comes back, and what it told is said by the next way that its reader chose: once."""

import dataclasses
from collections.abc import Iterator

import pytest

from bots.line.service import keep
from bots.line.shapes import Happened, Kind
from cases import service
from cases.after.links import Opens
from cases.mail_in.filing import Outcome
from cases.mail_in.receiving import Receiving
from notifications import preferences, rules, turns
from oms_service.conversations import mail_in
from oms_service.conversations import queries as conversations
from oms_service.conversations import service as talking
from oms_service.conversations.channels import LINE, MAIL, SMS, WEBCHAT
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.settings import Settings
from tests.factories.cases import make_agent, make_chat
from tests.factories.letters import a_bounce
from tests.factories.orders import make_order
from tests.fakes import line as fake_line
from tests.fakes.line import LineServer, a_line
from tests.fakes.receiver import Receiver
from tests.fakes.smtp import SmtpServer
from tests.flows.notices.reading import Letter
from tests.flows.notices.test_cases import asks
from tests.flows.notices.test_parcels import is_sent
from tests.flows.notices.test_short_messages import SECRET, handed, proves
from tests.flows.notices.walking import Customer, House


@pytest.fixture
def line() -> Iterator[LineServer]:
    with a_line() as server:
        yield server


@pytest.fixture
def settings(
    settings: Settings, mail_server: SmtpServer, provider: Receiver, line: LineServer
) -> Settings:
    return dataclasses.replace(
        settings,
        smtp_url=mail_server.url,
        sms_url=provider.url,
        sms_hook_secret=SECRET,
        line_api_url=line.url,
        line_channel_token=fake_line.TOKEN,
        line_channel_secret=fake_line.SECRET,
        line_account="@minato",
    )


def comes_back(house: House, one: Customer, letter: Letter) -> None:
    """Two servers say that there is no such mailbox."""
    receiving = Receiving(house.runtime)
    for status in (f"5.1.{one.tag}", f"5.1.{one.tag}0"):
        raw = a_bounce(letter.message_id, to="desk@shop.example", gone=one.mail, status=status)
        with house.runtime.unit_of_work(SYSTEM) as uow:
            kept = mail_in.keep(uow, raw, way="test")
        assert kept is not None
        assert receiving.receive(raw, kept).outcome is Outcome.REPORTED
        house.settle()


def prefers_mail(house: House, one: Customer) -> None:
    order = (MAIL, SMS, WEBCHAT)
    house.do(lambda uow: turns.choose(uow, one.id, order, among=order))


def writes_on_line(house: House, one: Customer, user: str) -> None:
    """They have talked with the shop there, and want to hear of orders there as well."""
    house.do(
        lambda uow: keep(
            uow, [Happened(f"e{one.tag}", user, Kind.TEXT, uow.now, "", {"id": "1", "text": "?"})]
        )
    )
    house.settle()

    def is_known(uow: UnitOfWork) -> None:
        talk = conversations.open_of(uow.session, LINE, user)
        assert talk is not None
        talking.identify(uow, talk.id, one.id)
        wanted = {(rules.Kind.ORDERS, LINE): True}
        preferences.choose(uow, one.id, wanted, source="portal")

    house.do(is_known)


def test_a_letter_that_comes_back_is_said_once_on_the_telephone(
    house: House, provider: Receiver
) -> None:
    for one in house.customers:
        number = proves(house, provider, one)
        prefers_mail(house, one)
        is_sent(house, one)
        one.hears(rules.RECEIVED, one.order.number)
        shipped = one.hears(rules.SHIPPED, one.order.number)
        assert len(handed(provider, number)) == 1, "so far only the code that proved it"
        comes_back(house, one, shipped)
        (_code, text) = handed(provider, number)
        assert one.order.number in text["text"]
    house.nothing_else()


def test_a_letter_that_comes_back_is_said_once_in_the_chat(house: House) -> None:
    for one in house.customers:
        chat = house.do(lambda uow: make_chat(uow, customer_id=one.id))
        one.buys(lambda uow: make_order(uow, one.shop, number=f"A-7000{one.tag}", mail=one.mail))
        house.settle()
        received = one.hears(rules.RECEIVED, one.order.number)
        comes_back(house, one, received)
        with house.runtime.database.reading() as connection:
            (said,) = conversations.thread(connection, chat.id, limit=50)
        assert one.order.number in said.text
    house.nothing_else()


def test_a_letter_that_comes_back_is_said_once_on_line(house: House, line: LineServer) -> None:
    for one in house.customers:
        user = f"U{one.tag * 32}"
        writes_on_line(house, one, user)
        line.calls.clear()
        line.shown.clear()
        one.buys(lambda uow: make_order(uow, one.shop, number=f"A-7200{one.tag}", mail=one.mail))
        house.settle()
        received = one.hears(rules.RECEIVED, one.order.number)
        assert line.texts == [], "what is a record to keep goes by mail, as long as it arrives"
        comes_back(house, one, received)
        (text,) = line.texts
        assert one.order.number in text
        (call,) = line.of("/push")
        assert call.body["to"] == user
    house.nothing_else()


def test_a_question_whose_letter_comes_back_is_told_once_in_the_chat(house: House) -> None:
    agent = house.do(make_agent)
    for one in house.customers:
        case = asks(house, one)
        house.skip()
        house.do(lambda uow: service.ask_customer(uow, case.id, "Which size?"), staff(agent))
        (question,) = house.letters(one.mail)
        house.skip_reply(one)
        chat = house.do(lambda uow: make_chat(uow, customer_id=one.id))
        comes_back(house, one, question)
        with house.runtime.database.reading() as connection:
            (said,) = conversations.thread(connection, chat.id, limit=50)
        assert case.number in said.text
        assert f"/{Opens.CASE}/" in said.text, "where it can be answered"
    house.nothing_else()


def test_a_letter_that_comes_back_is_said_nowhere_that_was_not_chosen(
    house: House, provider: Receiver
) -> None:
    """The telephone was chosen for deliveries: what became of an order is not sent there."""
    for one in house.customers:
        number = proves(house, provider, one)
        one.buys(lambda uow: make_order(uow, one.shop, number=f"A-7100{one.tag}", mail=one.mail))
        house.settle()
        comes_back(house, one, one.hears(rules.RECEIVED, one.order.number))
        assert len(handed(provider, number)) == 1
    house.nothing_else()
