"""Whoever holds an order and whoever holds a case of it wait for each other, and never in a ring.

A ring would end with an error of the database for one of the two, whom nothing was wrong with.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from cases import deciding, holding
from cases.merging import queries as merged
from cases.merging import service as merging
from cases.together import linking
from cases.together.linking import Child
from cases.together.states import LinkKind
from cases.writing import answering
from cases.writing import queries as writing
from cases.writing.states import ReplyState
from oms_service.conversations import service as talking
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.errors import DomainError
from oms_service.operations.reconcile import audit
from oms_service.orders.service import hold_against_others
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent, make_case, make_chat, make_return_case
from tests.factories.orders import make_order
from tests.factories.shop import make_shop

Do = Callable[[UnitOfWork], object]
TIMES = 4


@pytest.fixture
def agent(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_agent(uow)


def doing(command: Callable[..., object], *args: object, **more: object) -> Do:
    return lambda uow: command(uow, *args, **more)


def at_once(runtime: Runtime, by: int, *each: Do) -> list[str]:
    """All of it in the same moment; how each ended. What the database refuses is raised."""
    together = Barrier(len(each), timeout=20)

    def one(do: Do) -> str:
        together.wait()
        try:
            with runtime.unit_of_work(staff(by)) as uow:
                do(uow)
        except DomainError as refused:
            return type(refused).__name__
        return "done"

    with ThreadPoolExecutor(len(each)) as pool:
        return list(pool.map(one, each))


def test_a_decision_and_a_merge_of_the_same_case(runtime: Runtime, agent: int) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
    for _ in range(TIMES):
        with runtime.unit_of_work(SYSTEM) as uow:
            about = make_return_case(uow, shop)
            other = make_case(uow, reason="payment", customer_id=shop.customer_id)
        case_id, into_id = about.id, other.id
        ended = at_once(
            runtime,
            agent,
            doing(deciding.approve_return, case_id),
            doing(merging.merge, case_id, into_id, key=f"m{case_id}"),
        )
        assert ended[0] == "done"
        assert ended[1] in {"done", "NotOpen"}
    drain(runtime)
    assert audit(runtime.database) == ()


def test_whoever_acts_on_an_order_and_whoever_opens_a_child_about_it(
    runtime: Runtime, agent: int
) -> None:
    """The order is held, then its case, while a child about that order is opened from the case."""
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        orders = [make_order(uow, shop).id for _ in range(TIMES)]
        parents = [make_case(uow, order_id=order).id for order in orders]
    for order, parent in zip(orders, parents, strict=True):
        given = (order, parent, Barrier(2, timeout=20))
        ended = at_once(
            runtime,
            agent,
            doing(_act, *given),
            doing(_open_child, *given),
        )
        assert ended == ["done", "done"]


def _act(uow: UnitOfWork, order: int, parent: int, holds: Barrier) -> None:
    hold_against_others(uow, order)
    holds.wait()
    holding.locked(uow, parent)


def _open_child(uow: UnitOfWork, order: int, parent: int, holds: Barrier) -> None:
    holds.wait()
    linking.open_child(uow, parent, Child(reason="payment", key=f"c{parent}", order_id=order))


def test_two_cases_linked_in_several_ways_at_once(runtime: Runtime, agent: int) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        one, two = make_case(uow).id, make_case(uow).id
    for _ in range(TIMES):
        ended = at_once(
            runtime,
            agent,
            lambda uow: linking.link(uow, one, two, LinkKind.RELATED),
            lambda uow: linking.link(uow, two, one, LinkKind.DUPLICATE),
            lambda uow: linking.link(uow, one, two, LinkKind.BLOCKS),
            lambda uow: linking.link(uow, two, one, LinkKind.BLOCKS),
        )
        assert ended[:2] == ["done", "done"]
        assert sorted(ended[2:]) == ["Invalid", "done"]
        for kind in LinkKind:
            for first, second in ((one, two), (two, one)):
                with runtime.unit_of_work(staff(agent)) as uow:
                    linking.unlink(uow, first, second, kind)


def test_an_answer_that_leaves_is_undone_and_merged_at_once(runtime: Runtime, agent: int) -> None:
    for attempt in range(TIMES):
        with runtime.unit_of_work(staff(agent)) as uow:
            chats = [make_chat(uow).id for _ in range(2)]
            for chat in chats:
                talking.receive(uow, chat, key=f"k{chat}", text="?")
            loser, winner = (make_case(uow, conversation_id=chat).id for chat in chats)
            pressed = answering.press(
                uow, loser, "はい。", key=f"f{attempt}", wait=timedelta(seconds=10)
            ).id
        ended = at_once(
            runtime,
            agent,
            doing(answering.send_now, pressed),
            doing(answering.undo, pressed),
            doing(merging.merge, loser, winner, key=f"m{loser}"),
        )
        assert (ended[0], ended[2]) == ("done", "done")
        with runtime.database.reading() as connection:
            state = writing.pending(connection, pressed).state
            said = [one.text for one in merged.messages(connection, winner)]
        assert state is (ReplyState.UNDONE if ended[1] == "done" else ReplyState.SENT)
        assert said.count("はい。") == (state is ReplyState.SENT)
    drain(runtime)
    assert audit(runtime.database) == ()
