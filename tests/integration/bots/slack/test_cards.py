"""Cards in channels: there when a case is, as it is now, once, where it belongs."""

from typing import Any

import pytest

from bots.slack import drawing
from bots.slack.couriers import Sending
from cases import service as cases
from cases.views import CaseView
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.actors import staff as a_colleague
from oms_service.kernel.languages import Language
from tests.factories.cases import make_case, make_chat
from tests.factories.shop import Shop, make_shop
from tests.slack_desk import SlackDesk


@pytest.fixture
def sending(desk: SlackDesk) -> Sending:
    return drawing.sending(desk.runtime)


@pytest.fixture
def shop(desk: SlackDesk) -> Shop:
    with desk.runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow)


def a_case(desk: SlackDesk, shop: Shop, **given: Any) -> CaseView:
    with desk.runtime.unit_of_work(SYSTEM) as uow:
        chat = make_chat(uow, customer_id=shop.customer_id)
        return make_case(uow, customer_id=shop.customer_id, conversation_id=chat.id, **given)


def queue_of(desk: SlackDesk, case: CaseView) -> str:
    with desk.runtime.database.reading() as connection:
        row = connection.exec_driver_sql("SELECT code FROM queues WHERE id = %s", (case.queue_id,))
        return str(row.scalar_one())


def cards(desk: SlackDesk, channel: str) -> list[dict[str, Any]]:
    here = desk.slack.book.channels.get(channel)
    return [
        one
        for one in here.messages.values()
        if not one.get("thread_ts") or one["thread_ts"] == one["ts"]
    ]


def test_a_new_case_stands_in_its_queues_channel(
    desk: SlackDesk, shop: Shop, sending: Sending
) -> None:
    probe = a_case(desk, shop)
    channel = desk.channel_of(queue_of(desk, probe))
    case = a_case(desk, shop)
    assert desk.bring(sending) == 2  # the first one, too: it was told of when the channel was there
    found = [one for one in cards(desk, channel) if case.number in one["text"]]
    assert len(found) == 1
    assert found[0]["metadata"]["event_type"] == "order_desk_post"


def test_a_change_is_drawn_into_the_same_card_and_many_are_drawn_once(
    desk: SlackDesk, shop: Shop, sending: Sending
) -> None:
    first = a_case(desk, shop)
    channel = desk.channel_of(queue_of(desk, first))
    desk.bring(sending)
    (before,) = cards(desk, channel)
    was = str(before["blocks"])
    _player, staff = desk.colleague("Rin Mori", language=Language.JAPANESE)
    with desk.runtime.unit_of_work(a_colleague(staff.id)) as uow:
        cases.take(uow, first.id)
    with desk.runtime.unit_of_work(a_colleague(staff.id)) as uow:
        cases.note(uow, first.id, "looked at it")
    with desk.runtime.unit_of_work(a_colleague(staff.id)) as uow:
        cases.reply(uow, first.id, "We look into it.")
    assert desk.bring(sending) == 3  # the card, the note and the answer
    (after,) = cards(desk, channel)
    assert after["ts"] == before["ts"]
    assert "Rin Mori" in str(after["blocks"])
    assert "Rin Mori" not in was
    assert len(desk.slack.stage.of("chat.postMessage")) == 3
    assert len(desk.slack.stage.of("chat.update")) == 1


def test_a_card_that_was_deleted_in_slack_is_posted_anew(
    desk: SlackDesk, shop: Shop, sending: Sending
) -> None:
    _player, staff = desk.colleague("Rin Mori")
    case = a_case(desk, shop)
    channel = desk.channel_of(queue_of(desk, case))
    desk.bring(sending)
    (before,) = cards(desk, channel)
    book = desk.slack.book
    book.messages.delete(book.channels.get(channel), before["ts"], book.bot)
    with desk.runtime.unit_of_work(a_colleague(staff.id)) as uow:
        cases.take(uow, case.id)
    desk.bring(sending)
    (after,) = cards(desk, channel)
    assert after["ts"] != before["ts"]
    assert case.number in after["text"]


def test_a_case_without_a_channel_is_worked_on_the_desk_alone(
    desk: SlackDesk, shop: Shop, sending: Sending
) -> None:
    a_case(desk, shop)
    assert desk.bring(sending) == 0
    assert desk.slack.stage.of("chat.postMessage") == []
