"""Conversations: one thread a person, no message twice, none out of order, none lost."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import text

from oms_service import relay as process
from oms_service.adapters.mail.mailbox import letters
from oms_service.conversations import queries, service
from oms_service.conversations.channels import MAIL, WEBCHAT
from oms_service.conversations.states import AuthorKind, DeliveryState, Owner
from oms_service.conversations.views import ConversationView
from oms_service.infra import relay
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.errors import NotFound
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime


def opened(runtime: Runtime, key: str = "somebody") -> ConversationView:
    with runtime.unit_of_work(SYSTEM) as uow:
        return service.open_or_resume(uow, channel=WEBCHAT, key=key, language=Language.JAPANESE)


def events(runtime: Runtime) -> list[str]:
    with runtime.database.reading() as connection:
        return list(connection.execute(text("SELECT name FROM outbox ORDER BY id")).scalars())


def test_two_first_messages_at_once_make_one_conversation(runtime: Runtime) -> None:
    start = Barrier(8)

    def first_message(number: int) -> int:
        start.wait()
        with runtime.unit_of_work(SYSTEM) as uow:
            thread = service.open_or_resume(
                uow, channel=WEBCHAT, key="same", language=Language.ENGLISH
            )
            service.receive(uow, thread.id, key=f"c:{number}", text=f"hello {number}")
            return thread.id

    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(first_message, range(8)))
    assert len(ids) == 1
    with runtime.database.reading() as connection:
        said = queries.thread(connection, ids.pop())
    assert [message.seq for message in said] == list(range(1, 9))
    assert {message.text for message in said} == {f"hello {number}" for number in range(8)}


def test_a_redelivered_message_is_stored_once_whoever_comes_first(runtime: Runtime) -> None:
    thread = opened(runtime)
    start = Barrier(8)

    def deliver(_number: int) -> bool:
        start.wait()
        with runtime.unit_of_work(SYSTEM) as uow:
            return service.receive(uow, thread.id, key="c:1", text="hello") is not None

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(deliver, range(8))) == [False] * 7 + [True]
    with runtime.database.reading() as connection:
        (message,) = queries.thread(connection, thread.id)
        again = queries.by_id(connection, thread.id)
    assert message.seq == 1
    assert again is not None
    assert again.message_count == 1


def test_saying_twice_under_one_key_says_it_once(runtime: Runtime) -> None:
    thread = opened(runtime)
    with runtime.unit_of_work(staff(7)) as uow:
        first = service.say(uow, thread.id, author_kind=AuthorKind.AGENT, text="はい", key="k")
        second = service.say(uow, thread.id, author_kind=AuthorKind.AGENT, text="いいえ", key="k")
    assert first == second
    assert (first.author, first.text, first.state) == ("staff:7", "はい", DeliveryState.SENT)
    assert events(runtime) == []


def test_while_people_answer_a_message_tells_them_and_before_it_tells_nobody(
    runtime: Runtime,
) -> None:
    thread = opened(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        service.receive(uow, thread.id, key="c:1", text="one")
        service.hand_to_people(uow, thread.id, reason="asked")
        service.hand_to_people(uow, thread.id, reason="asked")
        service.receive(uow, thread.id, key="c:2", text="two")
    assert events(runtime) == ["conversation.handed_over", "message.received"]
    with runtime.unit_of_work(SYSTEM) as uow:
        service.hand_to_bot(uow, thread.id)
        assert service.lock(uow, thread.id).owner is Owner.BOT


def test_read_never_goes_back_to_delivered(runtime: Runtime) -> None:
    thread = opened(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        service.receive(uow, thread.id, key="c:1", text="?")
        service.say(uow, thread.id, author_kind=AuthorKind.BOT, text="!")
        assert service.mark(uow, thread.id, up_to=2, state=DeliveryState.READ) == 1
        assert service.mark(uow, thread.id, up_to=2, state=DeliveryState.DELIVERED) == 0
        (_, said) = queries.thread(uow.session, thread.id)
    assert said.state is DeliveryState.READ


def test_a_closed_conversation_is_followed_by_a_new_one(runtime: Runtime) -> None:
    first = opened(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        service.close(uow, first.id)
    second = opened(runtime)
    assert second.is_new
    assert second.id != first.id


def test_an_unknown_conversation_takes_nothing(runtime: Runtime) -> None:
    with pytest.raises(NotFound), runtime.unit_of_work(SYSTEM) as uow:
        service.receive(uow, 404, key="c:1", text="hello")
    assert events(runtime) == []


def test_mail_goes_out_once_by_its_transport_and_a_secret_leaves_no_trace(
    runtime: Runtime,
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        message = service.say_by_mail(
            uow,
            to="Misaki.Sato@example.jp",
            customer_id=None,
            language=Language.JAPANESE,
            subject="確認コード 123456",
            text="確認コードは 123456 です。",
            is_secret=True,
        )
    assert events(runtime) == ["message.queued"]
    ((effect_id, _),) = relay.react_once(runtime.unit_of_work, runtime.subscribers).effects
    assert relay.run_effect(runtime.tools, effect_id) is True
    assert process.drain(runtime) == 0

    (letter,) = letters(runtime.settings.state_dir / "mail")
    assert (letter.to, letter.subject) == ("misaki.sato@example.jp", "確認コード 123456")
    with runtime.database.reading() as connection:
        stored = queries.by_key(connection, message.conversation_id, message.key)
        assert stored is not None
        assert (stored.subject, stored.text, stored.state) == ("", "", DeliveryState.SENT)
        assert [one.state for one in queries.tries(connection, message.id)] == [DeliveryState.SENT]
        thread = queries.open_of(connection, MAIL, "misaki.sato@example.jp")
    assert thread is not None


def test_a_second_mail_to_one_address_stays_in_its_thread(runtime: Runtime) -> None:
    threads = set()
    for number in range(2):
        with runtime.unit_of_work(SYSTEM) as uow:
            message = service.say_by_mail(
                uow,
                to="emma.wilson@example.com",
                customer_id=None,
                language=Language.ENGLISH,
                subject="Hello",
                text=f"{number}",
            )
            threads.add(message.conversation_id)
    assert len(threads) == 1
