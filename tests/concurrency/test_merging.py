"""Cases merged, split, answered and written to at the same moment: one outcome, nothing lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import text

from cases import families, queries, service
from cases.holding import AlreadyDone
from cases.merging import queries as merged
from cases.merging import service as merging
from cases.merging.service import NotOpen, Part
from cases.states import ACTIVE, CaseState, EntryKind
from cases.together import tasks
from cases.together.states import Team
from cases.together.tasks import Wish
from cases.views import CaseView
from oms_service.conversations import service as talking
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.errors import DomainError
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent, make_case, make_chat


@pytest.fixture
def agent(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_agent(uow)


@pytest.fixture
def pair(runtime: Runtime) -> tuple[CaseView, CaseView]:
    """Two cases, each with a chat in which somebody wrote once."""
    return a_case(runtime, "a"), a_case(runtime, "b")


def a_case(runtime: Runtime, words: str) -> CaseView:
    with runtime.unit_of_work(SYSTEM) as uow:
        chat = make_chat(uow)
        talking.receive(uow, chat.id, key=words, text=words)
        return make_case(uow, conversation_id=chat.id)


Do = Callable[[UnitOfWork], object]


def at_once(runtime: Runtime, by: int, *each: Do) -> list[str]:
    """Do all of it in the same moment; how each ended."""
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


def states(runtime: Runtime, *cases: CaseView) -> list[CaseState]:
    with runtime.database.reading() as connection:
        return [queries.by_id(connection, one.id).state for one in cases]


def words_of(runtime: Runtime, case_id: int) -> list[str]:
    with runtime.database.reading() as connection:
        return sorted(one.text for one in merged.messages(connection, case_id))


@pytest.mark.parametrize("attempt", range(3))
def test_two_merges_in_opposite_directions_make_one_of_them(
    runtime: Runtime, agent: int, pair: tuple[CaseView, CaseView], attempt: int
) -> None:
    one, two = pair
    ended = at_once(
        runtime,
        agent,
        lambda uow: merging.merge(uow, one.id, two.id, key=f"forth-{attempt}"),
        lambda uow: merging.merge(uow, two.id, one.id, key=f"back-{attempt}"),
    )
    assert sorted(ended) == [NotOpen.__name__, "done"]
    assert sorted(states(runtime, one, two)) == [CaseState.CLOSED, CaseState.NEW]
    with runtime.database.reading() as connection:
        (root,) = set(families.root_ids(connection, [one.id, two.id]).values())
    assert words_of(runtime, root) == ["a", "b"]


def test_the_same_merge_pressed_eight_times_is_one(
    runtime: Runtime, agent: int, pair: tuple[CaseView, CaseView]
) -> None:
    one, two = pair

    def press(uow: UnitOfWork) -> object:
        return merging.merge(uow, one.id, two.id, key="the form")

    assert at_once(runtime, agent, *[press] * 8) == ["done"] * 8
    with runtime.database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM case_merges")).scalar() == 1
        kinds = [each.kind for each in queries.entries(connection, two.id)]
    assert kinds.count(EntryKind.MERGED) == 1


def test_a_ring_of_three_merges_leaves_one_open_case(runtime: Runtime, agent: int) -> None:
    ring = [a_case(runtime, words) for words in "abc"]

    def into_next(place: int) -> Do:
        case, following = ring[place], ring[(place + 1) % 3]
        return lambda uow: merging.merge(uow, case.id, following.id, key=f"{place}")

    at_once(runtime, agent, *(into_next(place) for place in range(3)))
    with runtime.database.reading() as connection:
        roots = set(families.root_ids(connection, [one.id for one in ring]).values())
        open_ones = [one.id for one in ring if queries.by_id(connection, one.id).state in ACTIVE]
        said = [words for root in roots for words in (merged.messages(connection, root))]
    assert sorted(roots) == open_ones
    assert sorted(one.text for one in said) == ["a", "b", "c"]


@pytest.mark.parametrize("attempt", range(3))
def test_a_merge_and_an_answer_both_happen_or_the_answer_is_refused(
    runtime: Runtime, agent: int, pair: tuple[CaseView, CaseView], attempt: int
) -> None:
    loser, winner = pair
    ended = at_once(
        runtime,
        agent,
        lambda uow: merging.merge(uow, loser.id, winner.id, key=f"m{attempt}"),
        lambda uow: service.reply(uow, loser.id, "お答えします。", key=f"r{attempt}"),
    )
    assert ended[0] == "done"
    assert ended[1] in {"done", AlreadyDone.__name__}
    said = ["お答えします。"] if ended[1] == "done" else []
    assert words_of(runtime, winner.id) == sorted(["a", "b", *said])


@pytest.mark.parametrize("attempt", range(3))
def test_a_merge_and_a_customers_word_never_lose_the_word(
    runtime: Runtime, agent: int, pair: tuple[CaseView, CaseView], attempt: int
) -> None:
    loser, winner = pair
    together = Barrier(2, timeout=20)

    def write() -> None:
        with runtime.unit_of_work(SYSTEM) as uow:
            assert loser.conversation_id is not None
            talking.receive(uow, loser.conversation_id, key=f"w{attempt}", text="late")
        together.wait()
        drain(runtime)

    def merge() -> None:
        together.wait()
        with runtime.unit_of_work(staff(agent)) as uow:
            merging.merge(uow, loser.id, winner.id, key=f"m{attempt}")

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(write), pool.submit(merge)]:
            done.result(timeout=20)
    drain(runtime)
    assert words_of(runtime, winner.id) == ["a", "b", "late"]
    with runtime.database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM cases")).scalar() == 2
        record = [
            entry
            for one in pair
            for entry in queries.entries(connection, one.id)
            if entry.data.get("what") == "message"
        ]
    assert len(record) == 1


def test_a_message_is_split_off_once_whoever_is_first(
    runtime: Runtime, agent: int, pair: tuple[CaseView, CaseView]
) -> None:
    case, _other = pair
    with runtime.database.reading() as connection:
        (message,) = merged.messages(connection, case.id)

    def split(key: str) -> Do:
        part = Part(reason="payment", key=key, message_ids=[message.id])
        return lambda uow: merging.split(uow, case.id, part)

    ended = at_once(runtime, agent, *(split(f"s{number}") for number in range(4)))
    assert sorted(ended) == ["Invalid"] * 3 + ["done"]
    assert words_of(runtime, case.id) == []


def test_an_undo_pressed_twice_puts_back_once(
    runtime: Runtime, agent: int, pair: tuple[CaseView, CaseView]
) -> None:
    loser, winner = pair
    with runtime.unit_of_work(staff(agent)) as uow:
        merging.merge(uow, loser.id, winner.id, key="m")

    def undo(uow: UnitOfWork) -> object:
        return merging.unmerge(uow, loser.id)

    assert sorted(at_once(runtime, agent, *[undo] * 4)) == ["NotFound"] * 3 + ["done"]
    assert states(runtime, loser, winner) == [CaseState.NEW, CaseState.NEW]


def test_the_last_two_tasks_ended_at_once_bring_the_case_back_once(
    runtime: Runtime, agent: int, pair: tuple[CaseView, CaseView]
) -> None:
    case, _other = pair
    with runtime.unit_of_work(staff(agent)) as uow:
        numbers = [
            tasks.ask(uow, case.id, Wish(title=key, key=key, team=Team.OTHER, waits=True)).number
            for key in ("one", "two")
        ]

    def finish(number: str) -> Do:
        return lambda uow: tasks.finish(uow, number, remark="済み")

    assert at_once(runtime, agent, *(finish(one) for one in numbers * 2)).count("done") == 2
    with runtime.database.reading() as connection:
        record = queries.entries(connection, case.id)
    moves = [one.data["to"] for one in record if one.kind is EntryKind.STATE_CHANGED]
    assert moves == ["waiting_third_party", "open"]
