"""What was under way in a case when it became part of another goes on in the one that stands."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from cases import queries, service
from cases.after import answering as writing_back
from cases.after import queries as asked
from cases.after.answering import Outcome
from cases.after.states import AskState
from cases.merging import queries as merged
from cases.merging import service as merging
from cases.states import CaseState, EntryKind
from cases.views import CaseView
from cases.writing import answering, doing, reminding
from cases.writing import queries as writing
from cases.writing.states import ReminderKind, ReplyState
from oms_service.conversations import service as talking
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.operations.reconcile import audit
from oms_service.operations.returning import returns
from oms_service.relay import drain
from oms_service.returns import queries as return_queries
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent, make_case, make_chat, make_return_case
from tests.factories.shop import make_customer, make_shop
from tests.fakes.clock import StandingClock

WORDS = "お調べします。"


@pytest.fixture
def agent(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_agent(uow)


@pytest.fixture(autouse=True)
def nothing_differs(runtime: Runtime) -> Iterator[None]:
    yield
    drain(runtime)
    assert audit(runtime.database) == ()


def read(runtime: Runtime, case_id: int) -> CaseView:
    with runtime.database.reading() as connection:
        return queries.by_id(connection, case_id)


def asking(runtime: Runtime, words: str, customer_id: int | None = None) -> CaseView:
    with runtime.unit_of_work(SYSTEM) as uow:
        chat = make_chat(uow, customer_id=customer_id)
        talking.receive(uow, chat.id, key=words, text=words)
        return make_case(uow, conversation_id=chat.id, customer_id=customer_id)


def press(runtime: Runtime, case: CaseView, by: int) -> int:
    with runtime.unit_of_work(staff(by)) as uow:
        return answering.press(uow, case.id, WORDS, key="form", wait=timedelta(seconds=10)).id


def merge(runtime: Runtime, loser: CaseView, winner: CaseView, by: int) -> None:
    with runtime.unit_of_work(staff(by)) as uow:
        merging.merge(uow, loser.id, winner.id, key="merge")
    drain(runtime)


def test_an_answer_on_its_way_is_said_by_the_case_that_stands(
    runtime: Runtime, clock: StandingClock, agent: int
) -> None:
    loser, winner = asking(runtime, "a"), asking(runtime, "b")
    reply_id = press(runtime, loser, agent)
    merge(runtime, loser, winner, agent)
    with runtime.database.reading() as connection:
        assert [one.id for one in writing.leaving(connection, winner.id)] == [reply_id]
    clock.advance(seconds=10)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert answering.send_due(uow) == 1
    with runtime.database.reading() as connection:
        assert writing.pending(connection, reply_id).state is ReplyState.SENT
        said = [one.text for one in merged.messages(connection, winner.id)]
        kinds = [one.kind for one in queries.entries(connection, winner.id)]
    assert said.count(WORDS) == 1
    assert kinds.count(EntryKind.REPLIED) == 1
    assert read(runtime, winner.id).first_reply_at == clock.now()
    assert read(runtime, loser.id).state is CaseState.CLOSED


def test_an_answer_held_back_after_the_merge_lies_in_the_box_of_the_case_that_stands(
    runtime: Runtime, agent: int
) -> None:
    loser, winner = asking(runtime, "a"), asking(runtime, "b")
    reply_id = press(runtime, loser, agent)
    merge(runtime, loser, winner, agent)
    with runtime.unit_of_work(staff(agent)) as uow:
        assert answering.undo(uow, reply_id).state is ReplyState.UNDONE
    with runtime.database.reading() as connection:
        assert writing.draft(connection, winner.id, agent) == WORDS
        assert WORDS not in [one.text for one in merged.messages(connection, winner.id)]


def test_it_is_found_by_what_was_said_in_what_it_took_in(runtime: Runtime, agent: int) -> None:
    loser, winner = asking(runtime, "ねこのごはん"), asking(runtime, "いぬのくびわ")
    drain(runtime)
    before = words_of(runtime, winner)
    merge(runtime, loser, winner, agent)
    both = words_of(runtime, winner)
    assert before != both
    with runtime.unit_of_work(staff(agent)) as uow:
        merging.unmerge(uow, loser.id)
    drain(runtime)
    assert words_of(runtime, winner) == before


def words_of(runtime: Runtime, case: CaseView) -> str:
    query = text("SELECT words FROM case_inbox WHERE case_id = :case")
    with runtime.database.reading() as connection:
        return str(connection.execute(query, {"case": case.id}).scalar_one())


@pytest.mark.parametrize("return_is_older", [True, False])
def test_a_matter_of_its_own_does_not_end_with_the_return_it_took_in(
    runtime: Runtime, agent: int, return_is_older: bool
) -> None:
    def back(uow: UnitOfWork) -> CaseView:
        return make_return_case(uow, make_shop(uow))

    with runtime.unit_of_work(SYSTEM) as uow:
        first = back(uow) if return_is_older else None
        other = make_case(uow, reason="payment")
        about = first or back(uow)
    drain(runtime)
    merge(runtime, about, other, agent)
    assert about.return_id is not None
    with runtime.unit_of_work(staff(agent)) as uow:
        found = return_queries.by_id(uow.session, about.return_id)
        returns.reject(uow, found.id, version=found.version, answer="できません。")
    drain(runtime)
    now = read(runtime, other.id)
    assert (now.state, now.resolution) == (CaseState.NEW, "")
    with runtime.database.reading() as connection:
        whats = [one.data.get("what") for one in queries.entries(connection, other.id)]
    assert whats.count("return_rejected") == 1


def test_one_that_is_put_back_finds_somebody_at_once(runtime: Runtime) -> None:
    loser, winner = asking(runtime, "a"), asking(runtime, "b")
    merge(runtime, loser, winner, 0)
    with runtime.unit_of_work(SYSTEM) as uow:
        agent = make_agent(uow)
    with runtime.unit_of_work(staff(agent)) as uow:
        merging.unmerge(uow, loser.id)
    drain(runtime)
    assert read(runtime, loser.id).assignee_id == agent


def test_room_that_a_merge_leaves_is_given_out_at_once(runtime: Runtime, agent: int) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("UPDATE agents SET capacity = 2 * weight_of_channel('webchat')"))
    one, two, waits = (asking(runtime, words) for words in "abc")
    drain(runtime)
    assert read(runtime, waits.id).assignee_id is None
    merge(runtime, two, one, agent)
    assert read(runtime, waits.id).assignee_id == agent


def test_a_macro_that_moves_a_case_lets_routing_look_again(runtime: Runtime, agent: int) -> None:
    case = asking(runtime, "a")
    drain(runtime)
    with runtime.unit_of_work(staff(agent)) as uow:
        doing.do(uow, case.id, [{"do": "queue", "value": "returns"}])
        told = [one.name for one in uow.emitted]
    assert told == ["case.edited"]


def test_a_customer_answered_where_they_wrote_last_is_asked_how_it_was(
    runtime: Runtime, clock: StandingClock, agent: int
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        person = make_customer(uow)
    winner = asking(runtime, "first", person)
    clock.advance(minutes=1)
    loser = asking(runtime, "then", person)
    merge(runtime, loser, winner, agent)
    with runtime.unit_of_work(staff(agent)) as uow:
        service.reply(uow, winner.id, WORDS)
        service.resolve(uow, winner.id, code="answered", note="済み")
    drain(runtime)
    with runtime.database.looking() as session:
        (planned,) = asked.surveys_of_case(session, winner.id)
        assert asked.surveys_of_case(session, loser.id) == ()
    assert planned.state is AskState.WAITING


def test_what_is_written_on_the_page_of_a_merged_case_wakes_the_one_that_stands(
    runtime: Runtime, agent: int
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        person = make_customer(uow)
    loser, winner = asking(runtime, "a", person), asking(runtime, "b", person)
    merge(runtime, loser, winner, agent)
    with runtime.unit_of_work(staff(agent)) as uow:
        service.ask_customer(uow, winner.id, WORDS)
    with runtime.unit_of_work(SYSTEM) as uow:
        done = writing_back.write(uow, loser.id, "これです。", key="page")
    assert done.case.id == winner.id
    assert done.outcome is Outcome.APPENDED
    drain(runtime)
    now = read(runtime, winner.id)
    assert (now.state, now.waiting_since is None) == (CaseState.OPEN, False)
    with runtime.database.reading() as connection:
        said = [one.text for one in merged.messages(connection, winner.id)]
    assert said.count("これです。") == 1


def test_a_reminder_of_a_merged_case_brings_back_the_one_that_stands(
    runtime: Runtime, clock: StandingClock, agent: int
) -> None:
    loser, winner = asking(runtime, "a"), asking(runtime, "b")
    with runtime.unit_of_work(staff(agent)) as uow:
        due = uow.now + timedelta(hours=1)
        reminding.remind(uow, loser.id, ReminderKind.REMIND, due)
    merge(runtime, loser, winner, agent)
    with runtime.unit_of_work(staff(agent)) as uow:
        service.wait_for_others(uow, winner.id)
    clock.advance(hours=1)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert reminding.come_back(uow) == 1
    with runtime.unit_of_work(SYSTEM) as uow:
        assert reminding.come_back(uow) == 0
    assert read(runtime, winner.id).state is CaseState.OPEN
