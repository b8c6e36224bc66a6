"""Answers pressed, undone and sent from many sides at once: each is one of the two, once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from cases import service
from cases.holding import AlreadyDone
from cases.views import CaseView
from cases.writing import answering, queries
from cases.writing.states import ReplyState
from oms_service.conversations import queries as conversations
from oms_service.conversations import service as talking
from oms_service.conversations.attachments import Enclosed
from oms_service.kernel.actors import SYSTEM, Actor
from oms_service.kernel.actors import staff as a_colleague
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent, make_case, make_chat
from tests.factories.files import RULES, upload
from tests.factories.shop import make_shop
from tests.fakes.clock import StandingClock

ROUNDS = 6
WAIT = timedelta(seconds=10)


@pytest.fixture
def case(runtime: Runtime) -> tuple[CaseView, Actor]:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        aoi = make_agent(uow)
        chat = make_chat(uow, customer_id=shop.customer_id)
        talking.receive(uow, chat.id, key="m1", text="いつ届きますか")
        return make_case(uow, conversation_id=chat.id), a_colleague(aoi)


def at_once(*doing: Callable[[], object]) -> list[object]:
    """Everybody at the same moment; what each answered, or how it was refused."""
    start = Barrier(len(doing))

    def one(do: Callable[[], object]) -> object:
        start.wait()
        try:
            return do()
        except AlreadyDone as refused:
            return refused

    with ThreadPoolExecutor(len(doing)) as threads:
        return list(threads.map(one, doing))


def said(runtime: Runtime, case: CaseView) -> list[str]:
    assert case.conversation_id is not None
    with runtime.database.reading() as connection:
        thread = conversations.thread(connection, case.conversation_id)
    return [one.text for one in thread if str(one.direction) == "out"]


def test_sending_and_undoing_at_once_leaves_it_sent_or_undone(
    runtime: Runtime, clock: StandingClock, case: tuple[CaseView, Actor]
) -> None:
    view, aoi = case

    def press(key: str) -> int:
        with runtime.unit_of_work(aoi) as uow:
            return answering.press(uow, view.id, key, key=key, wait=WAIT).id

    def undo(reply_id: int) -> str:
        with runtime.unit_of_work(aoi) as uow:
            return answering.undo(uow, reply_id).state

    def sweep() -> int:
        with runtime.unit_of_work(SYSTEM) as uow:
            return answering.send_due(uow)

    sent: list[str] = []
    for turn in range(ROUNDS):
        key = f"answer {turn}"
        pressed = at_once(lambda key=key: press(key), lambda key=key: press(key))  # type: ignore[misc]  # a default binds the loop's value
        reply_id = int(str(pressed[0]))
        assert pressed == [reply_id, reply_id]  # two presses of one form are one answer
        clock.advance(seconds=10)
        at_once(
            lambda reply_id=reply_id: undo(reply_id),  # type: ignore[misc]
            sweep,
            lambda reply_id=reply_id: undo(reply_id),  # type: ignore[misc]
            sweep,
        )
        with runtime.database.reading() as connection:
            found = queries.pending(connection, reply_id)
        assert found.state in {ReplyState.SENT, ReplyState.UNDONE}
        if found.state is ReplyState.SENT:
            sent.append(key)
        assert said(runtime, view) == sent


def test_resolving_while_it_leaves_sends_it_once(
    runtime: Runtime, clock: StandingClock, case: tuple[CaseView, Actor]
) -> None:
    view, aoi = case
    with runtime.unit_of_work(aoi) as uow:
        answering.press(uow, view.id, "はい", key="one", wait=WAIT)
    clock.advance(seconds=10)

    def sweep() -> int:
        with runtime.unit_of_work(SYSTEM) as uow:
            return answering.send_due(uow)

    def resolve() -> int:
        with runtime.unit_of_work(aoi) as uow:
            count = answering.send_waiting(uow, view.id)
            service.resolve(uow, view.id, code="answered", note="済み")
            return count

    at_once(sweep, resolve, sweep)
    assert said(runtime, view) == ["はい"]


def test_who_dies_before_the_commit_has_sent_nothing(
    runtime: Runtime, clock: StandingClock, case: tuple[CaseView, Actor]
) -> None:
    view, aoi = case
    scope = aoi.ref
    file = upload(runtime, aoi, scope).public_id
    enclosed = Enclosed(scope=scope, ids=[file], rules=RULES)
    with runtime.unit_of_work(aoi) as uow:
        for key in ("one", "two"):  # both name the same file
            answering.press(uow, view.id, "はい", key=key, wait=WAIT, enclosed=enclosed)
    clock.advance(seconds=10)

    def send_and_die() -> None:
        with runtime.unit_of_work(SYSTEM) as uow:
            answering.send_due(uow)
            raise KeyboardInterrupt

    def sweep() -> int:
        with runtime.unit_of_work(SYSTEM) as uow:
            return answering.send_due(uow)

    with pytest.raises(KeyboardInterrupt):
        send_and_die()
    assert said(runtime, view) == []
    for _ in range(3):
        at_once(sweep, sweep)
    assert said(runtime, view) == ["はい"]
    with runtime.database.reading() as connection:
        states = [queries.pending(connection, one).state for one in (1, 2)]
    assert sorted(states) == [ReplyState.FAILED, ReplyState.SENT]
