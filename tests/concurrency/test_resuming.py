"""What was left open in one chat is taken over by one other, however many ask for it at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from bots import inbound
from bots.inbound import Incoming
from oms_service.conversations import queries
from oms_service.conversations.channels import WEBCHAT
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from tests.factories.orders import make_order
from tests.factories.shop import make_shop

TWO = 2


@pytest.fixture
def customer_id(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        make_order(uow, shop, number="A-10001")
    return shop.customer_id


def chat(runtime: Runtime, key: str, customer_id: int) -> int:
    opened = inbound.open_chat(runtime, channel=WEBCHAT, key=key, language=Language.ENGLISH)
    inbound.recognise(runtime, opened.id, customer_id)
    return opened.id


def said(runtime: Runtime, chat_id: int, key: str, text: str) -> str:
    answer = inbound.receive(runtime, chat_id, Incoming(key=key, text=text, source="here"))
    return answer.replies[0].text


def test_it_stands_open_in_one_place(runtime: Runtime, customer_id: int) -> None:
    first, *others = (chat(runtime, key, customer_id) for key in ("a", "b", "c"))
    assert "Why" in said(runtime, first, "wish", "I want to cancel order A-10001")
    together = Barrier(TWO, timeout=20)

    def ask(chat_id: int) -> str:
        together.wait()
        return said(runtime, chat_id, "go-on", "continue where we left off")

    with ThreadPoolExecutor(TWO) as pool:
        answers = list(pool.map(ask, others))
    assert any("Why do you want to cancel order A-10001?" in one for one in answers)
    with runtime.database.reading() as connection:
        chats = [queries.by_id(connection, one) for one in (first, *others)]
    open_flows = [frame["flow"] for one in chats if one for frame in one.dialogue["frames"]]
    assert open_flows == ["cancel"]
    assert "This cancels" not in said(runtime, first, "again", "ordered by mistake")
