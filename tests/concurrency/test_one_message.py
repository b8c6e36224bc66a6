"""What comes twice, or twice at once, is heard once: at the door of the chat, down to the case."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import text

from bots import inbound
from bots.inbound import Answer, Incoming
from oms_service.conversations import queries
from oms_service.conversations.channels import WEBCHAT
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_case

MANY = 8


def count(runtime: Runtime, query: str) -> int:
    with runtime.database.reading() as connection:
        return int(connection.execute(text(query)).scalar_one())


def test_two_who_open_the_chat_at_once_are_greeted_once(runtime: Runtime) -> None:
    together = Barrier(MANY, timeout=20)

    def come(_: int) -> int:
        together.wait()
        return inbound.open_chat(
            runtime, channel=WEBCHAT, key="one browser", language=Language.JAPANESE
        ).id

    with ThreadPoolExecutor(MANY) as pool:
        assert len(set(pool.map(come, range(MANY)))) == 1
    assert count(runtime, "SELECT count(*) FROM messages") == 1


def deliver(runtime: Runtime, chat_id: int, *keys: str) -> list[Answer]:
    together = Barrier(len(keys), timeout=20)

    def one(key: str) -> Answer:
        together.wait()
        return inbound.receive(runtime, chat_id, Incoming(key=key, text="注文はどこですか"))

    with ThreadPoolExecutor(len(keys)) as pool:
        return list(pool.map(one, keys))


def test_one_message_delivered_many_times_is_answered_once(runtime: Runtime) -> None:
    chat = inbound.open_chat(runtime, channel=WEBCHAT, key="a", language=Language.JAPANESE)
    answers = deliver(runtime, chat.id, *["c:1"] * MANY)
    assert sorted(one.is_repeat for one in answers) == [False] + [True] * (MANY - 1)
    assert len({one.message.id for one in answers}) == 1
    assert {one.replies[0].id for one in answers} == {answers[0].replies[0].id}
    assert count(runtime, "SELECT count(*) FROM messages") == 3


def test_while_people_answer_a_redelivered_message_is_one_line_of_the_case(
    runtime: Runtime,
) -> None:
    chat = inbound.open_chat(runtime, channel=WEBCHAT, key="a", language=Language.JAPANESE)
    with runtime.unit_of_work(SYSTEM) as uow:
        make_case(uow, conversation_id=chat.id)
    deliver(runtime, chat.id, *["c:1", "c:2"] * (MANY // 2))
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: drain(runtime), range(2)))
    drain(runtime)
    appended = "SELECT count(*) FROM case_entries WHERE data->>'what' = 'message'"
    assert count(runtime, appended) == 2
    assert count(runtime, "SELECT count(*) FROM cases") == 1
    with runtime.database.reading() as connection:
        said = queries.thread(connection, chat.id)
    assert [one.seq for one in said] == [1, 2, 3]
