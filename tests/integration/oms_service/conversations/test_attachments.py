"""Files of messages: taken in once, sent once, by nobody else, and gone when they should be."""

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from sqlalchemy import text

from oms_service.conversations import attachments, attachments_queries, queries, service
from oms_service.conversations.attachments import Enclosed, TooManyFiles
from oms_service.conversations.attachments_content import prepare
from oms_service.conversations.channels import WEBCHAT
from oms_service.conversations.views import ConversationView
from oms_service.infra.idempotency import KeyReused
from oms_service.kernel.actors import SYSTEM, customer
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from tests.effects import settle
from tests.factories.files import RULES, a_pdf, a_photo, upload
from tests.fakes.clock import StandingClock


@pytest.fixture
def thread(runtime: Runtime) -> ConversationView:
    with runtime.unit_of_work(SYSTEM) as uow:
        return service.open_or_resume(uow, channel=WEBCHAT, key="x", language=Language.JAPANESE)


def scope(thread: ConversationView) -> str:
    return f"conversation:{thread.id}"


def say(
    runtime: Runtime, thread: ConversationView, *public_ids: str, key: str = "c:1"
) -> dict[str, object]:
    enclosed = Enclosed(scope=scope(thread), ids=public_ids, rules=RULES)
    with runtime.unit_of_work(customer(1)) as uow:
        service.receive(uow, thread.id, key=key, text="look", enclosed=enclosed)
    with runtime.database.reading() as connection:
        said = queries.by_key(connection, thread.id, key)
    assert said is not None
    return dict(said.extra)


def states(runtime: Runtime) -> list[tuple[str, str]]:
    with runtime.database.reading() as connection:
        rows = connection.execute(text("SELECT state, name FROM attachments ORDER BY id"))
        return [(row.state, row.name) for row in rows]


def events(runtime: Runtime) -> list[str]:
    with runtime.database.reading() as connection:
        rows = connection.execute(
            text("SELECT name FROM outbox WHERE name LIKE 'attachment.%' ORDER BY id")
        )
        return list(rows.scalars())


def test_a_message_brings_its_files_along_in_their_order(
    runtime: Runtime, thread: ConversationView
) -> None:
    first = upload(runtime, SYSTEM, scope(thread), key="k1")
    second = upload(runtime, SYSTEM, scope(thread), key="k2", content=a_pdf())
    extra = say(runtime, thread, second.public_id, first.public_id)
    assert [one["id"] for one in extra["files"]] == [second.public_id, first.public_id]  # type: ignore[attr-defined]
    with runtime.database.reading() as connection:
        there = attachments_queries.shown(connection, conversation_ids=[thread.id])
    assert [(one.name, one.is_picture) for one in there] == [
        ("dent.jpg", True),
        ("dent.pdf", False),
    ]
    assert events(runtime) == ["attachment.sent", "attachment.sent"]


def test_a_redelivered_message_is_stored_once_with_its_files(
    runtime: Runtime, thread: ConversationView
) -> None:
    sent = upload(runtime, SYSTEM, scope(thread))
    assert say(runtime, thread, sent.public_id) == say(runtime, thread, sent.public_id)
    assert events(runtime) == ["attachment.sent"]


def test_one_file_goes_with_one_message_however_many_want_it(
    runtime: Runtime, thread: ConversationView
) -> None:
    sent, start = upload(runtime, SYSTEM, scope(thread)), Barrier(6)

    def deliver(number: int) -> bool:
        start.wait()
        try:
            say(runtime, thread, sent.public_id, key=f"c:{number}")
        except Invalid:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(deliver, range(6))) == [False] * 5 + [True]
    assert events(runtime) == ["attachment.sent"]


@pytest.mark.parametrize("whose", ["conversation:999999", "customer:1", ""])
def test_nobody_sends_what_somebody_else_uploaded(
    runtime: Runtime, thread: ConversationView, whose: str
) -> None:
    other = upload(runtime, SYSTEM, whose or "nobody")
    with pytest.raises(Invalid) as refused:
        say(runtime, thread, other.public_id)
    assert refused.value.fields == {"files": "is unknown or was sent before"}
    assert (states(runtime), events(runtime)) == ([("uploaded", "dent.jpg")], [])
    with runtime.database.reading() as connection:
        assert queries.thread(connection, thread.id) == []


def test_limits_of_a_message_and_of_a_thread(runtime: Runtime, thread: ConversationView) -> None:
    some = [upload(runtime, SYSTEM, scope(thread), key=f"k{n}") for n in range(4)]
    with pytest.raises(TooManyFiles):
        say(runtime, thread, *(one.public_id for one in some))
    tight = replace(RULES, matter_bytes=some[0].size_bytes * 2)
    with runtime.unit_of_work(SYSTEM) as uow:
        ids = [one.public_id for one in some[:2]]
        enclosed = Enclosed(scope=scope(thread), ids=ids, rules=tight)
        service.receive(uow, thread.id, key="c:1", text="", enclosed=enclosed)
    enclosed = Enclosed(scope=scope(thread), ids=[some[2].public_id], rules=tight)
    with pytest.raises(TooManyFiles), runtime.unit_of_work(SYSTEM) as uow:
        service.receive(uow, thread.id, key="c:2", text="", enclosed=enclosed)
    assert [state for state, _ in states(runtime)] == ["ready", "ready", "uploaded", "uploaded"]


def test_the_same_upload_again_is_the_same_file(runtime: Runtime) -> None:
    first = upload(runtime, SYSTEM, "customer:1")
    assert upload(runtime, SYSTEM, "customer:1") == first
    with pytest.raises(KeyReused):
        upload(runtime, SYSTEM, "customer:1", content=a_photo(shade=10))
    assert upload(runtime, SYSTEM, "customer:2").id != first.id


def test_the_same_upload_at_once_is_one_file(runtime: Runtime) -> None:
    start = Barrier(6)

    def send(_number: int) -> int:
        start.wait()
        return upload(runtime, SYSTEM, "customer:1").id

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(send, range(6)))) == 1


def test_nobody_lets_thousands_of_files_wait(runtime: Runtime) -> None:
    prepared = prepare(io.BytesIO(b"words"), "a", most_bytes=10)
    for number in range(attachments.MOST_WAITING):
        with runtime.unit_of_work(SYSTEM) as uow:
            attachments.begin(uow, scope="s", key=f"k{number}", prepared=prepared)
    with pytest.raises(TooManyFiles), runtime.unit_of_work(SYSTEM) as uow:
        attachments.begin(uow, scope="s", key="one more", prepared=prepared)
    assert len(states(runtime)) == attachments.MOST_WAITING


def test_what_a_crash_left_half_way_is_seen_by_nobody_and_swept(
    runtime: Runtime, clock: StandingClock
) -> None:
    prepared = prepare(io.BytesIO(a_photo()), "a", most_bytes=10**6)
    with runtime.unit_of_work(SYSTEM) as uow:
        begun = attachments.begin(uow, scope="s", key="k", prepared=prepared)
    runtime.files.put(begun.store_key, io.BytesIO(prepared.content))
    with runtime.database.reading() as connection, pytest.raises(NotFound):
        attachments_queries.by_public_id(connection, begun.view.public_id)
    waiting = upload(runtime, SYSTEM, "s", key="k2")
    clock.advance(hours=23)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert attachments.sweep_unsent(uow) == 0
    clock.advance(hours=2)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert attachments.sweep_unsent(uow) == 2
    settle(runtime)
    assert states(runtime) == [("removed", ""), ("removed", "")]
    assert not runtime.files.exists(begun.store_key)
    with pytest.raises(NotFound), runtime.unit_of_work(SYSTEM) as uow:
        attachments.finish(uow, begun.view.id)
    with runtime.database.reading() as connection:
        keys = connection.execute(text("SELECT store_key, preview_key FROM attachments")).all()
    assert {tuple(row) for row in keys} == {(None, None)}
    assert waiting.public_id


def test_a_removed_file_leaves_its_message_and_its_store(
    runtime: Runtime, thread: ConversationView
) -> None:
    sent = [upload(runtime, SYSTEM, scope(thread), key=f"k{n}") for n in range(2)]
    say(runtime, thread, *(one.public_id for one in sent))
    with runtime.database.reading() as connection:
        places = [attachments_queries.by_public_id(connection, one.public_id) for one in sent]
    with runtime.unit_of_work(SYSTEM) as uow:
        assert attachments.remove(uow, [sent[0].id], why="retention") == 1
        assert attachments.remove(uow, [sent[0].id], why="retention") == 0
    settle(runtime)
    with runtime.database.reading() as connection:
        said = queries.by_key(connection, thread.id, "c:1")
    assert said is not None
    assert [one["id"] for one in said.extra["files"]] == [sent[1].public_id]
    assert [runtime.files.exists(one.store_key) for one in places] == [False, True]
    assert states(runtime) == [("removed", ""), ("ready", "dent.jpg")]


def test_what_is_sent_is_not_discarded(runtime: Runtime, thread: ConversationView) -> None:
    sent = upload(runtime, SYSTEM, scope(thread))
    say(runtime, thread, sent.public_id)
    with pytest.raises(NotFound), runtime.unit_of_work(SYSTEM) as uow:
        attachments.discard(uow, scope=scope(thread), public_id=sent.public_id)
    waits = upload(runtime, SYSTEM, scope(thread), key="k2")
    with pytest.raises(NotFound), runtime.unit_of_work(SYSTEM) as uow:
        attachments.discard(uow, scope="conversation:0", public_id=waits.public_id)
    for _ in range(2):
        with runtime.unit_of_work(SYSTEM) as uow:
            attachments.discard(uow, scope=scope(thread), public_id=waits.public_id)
    assert [state for state, _ in states(runtime)] == ["ready", "removed"]


def test_a_file_whose_content_is_gone_is_found(runtime: Runtime) -> None:
    sent = [upload(runtime, SYSTEM, "s", key=f"k{n}") for n in range(2)]
    with runtime.database.reading() as connection:
        assert attachments_queries.lost(connection, runtime.files) == []
        place = attachments_queries.by_public_id(connection, sent[1].public_id)
        runtime.files.delete(place.store_key)
        assert attachments_queries.lost(connection, runtime.files) == [sent[1].public_id]


def test_only_a_picture_by_the_customer_is_evidence(
    runtime: Runtime, thread: ConversationView
) -> None:
    def evidence() -> frozenset[str]:
        with runtime.database.reading() as connection:
            return attachments_queries.evidence(connection, order_id=7, conversation_id=thread.id)

    paper = upload(runtime, customer(1), scope(thread), key="k1", content=a_pdf())
    by_shop = upload(runtime, SYSTEM, scope(thread), key="k2")
    say(runtime, thread, paper.public_id, by_shop.public_id, key="c:1")
    assert evidence() == frozenset()
    photo = upload(runtime, customer(1), scope(thread), key="k3")
    assert evidence() == frozenset()
    say(runtime, thread, photo.public_id, key="c:2")
    assert evidence() == {"photo"}
