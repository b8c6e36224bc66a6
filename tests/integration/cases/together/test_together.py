"""Watching, calling colleagues, links, child cases and side tasks, on a real database."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from cases import queries, service
from cases.holding import AlreadyDone
from cases.states import CaseState, EntryKind
from cases.together import linking, tasks, watching
from cases.together import queries as together
from cases.together.linking import Child, OthersOpen
from cases.together.queries import Shown
from cases.together.states import LinkKind, NewsKind, TaskState, Team
from cases.together.tasks import TooLate, Wish
from cases.views import CaseView
from oms_service.access import queries as access
from oms_service.access.states import Role
from oms_service.conversations import service as talking
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.errors import IllegalTransition, Invalid, NotFound
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent, make_case, make_chat
from tests.factories.orders import make_order
from tests.factories.shop import make_shop
from tests.factories.staff import make_staff
from tests.fakes.clock import StandingClock


@pytest.fixture
def aoi(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_agent(uow)


@pytest.fixture
def ken(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_staff(uow, Role.WAREHOUSE, mail="ken@shop.example", name="佐藤 健").id


@pytest.fixture
def case(runtime: Runtime) -> CaseView:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_case(uow, conversation_id=make_chat(uow).id)


def read(runtime: Runtime, case_id: int) -> CaseView:
    with runtime.database.reading() as connection:
        return queries.by_id(connection, case_id)


def news(runtime: Runtime, staff_id: int) -> list[tuple[NewsKind, int, bool]]:
    with runtime.database.reading() as connection:
        found = together.news(connection, access.staff_by_id(connection, staff_id)).items
    return [(one.kind, one.times, one.is_read) for one in found]


def whats(runtime: Runtime, case_id: int, kind: EntryKind) -> list[str]:
    with runtime.database.reading() as connection:
        found = queries.entries(connection, case_id)
    return [str(one.data["what"]) for one in found if one.kind is kind]


def events(runtime: Runtime) -> list[str]:
    with runtime.database.reading() as connection:
        return list(connection.execute(text("SELECT name FROM outbox ORDER BY id")).scalars())


def test_a_name_in_a_note_calls_a_colleague_and_lets_them_watch(
    runtime: Runtime, aoi: int, ken: int, case: CaseView
) -> None:
    with runtime.unit_of_work(staff(aoi)) as uow:
        service.note(uow, case.id, "@佐藤さん、棚を見てもらえますか。@田中 @nobody a@b.example")
    assert news(runtime, ken) == [(NewsKind.MENTIONED, 1, False)]
    assert news(runtime, aoi) == []
    assert events(runtime).count("case.mentioned") == 1
    with runtime.database.reading() as connection:
        assert together.watchers(connection, case.id) == [ken]
        assert together.unread(connection, access.staff_by_id(connection, ken)) == 1
        (line,) = together.news(connection, access.staff_by_id(connection, ken)).items
        payload = connection.execute(
            text("SELECT payload FROM outbox WHERE name = 'case.mentioned'")
        ).scalar_one()
    assert line.text.startswith("@佐藤さん")
    assert set(payload) == {"case_id", "staff_id", "entry_id"}
    with runtime.unit_of_work(staff(ken)) as uow:
        assert watching.read_news(uow, ken, up_to=line.id) == 1
    assert news(runtime, ken) == [(NewsKind.MENTIONED, 1, True)]


def test_a_mention_is_no_message_to_the_customer(
    runtime: Runtime, aoi: int, ken: int, case: CaseView
) -> None:
    with runtime.unit_of_work(staff(aoi)) as uow:
        service.note(uow, case.id, "@warehouse お願いします")
    drain(runtime)
    assert NewsKind.MENTIONED in {kind for kind, *_ in news(runtime, ken)}
    with runtime.database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM messages")).scalar() == 0


def test_watchers_are_told_and_who_left_stays_away(
    runtime: Runtime, aoi: int, ken: int, case: CaseView
) -> None:
    assert case.conversation_id is not None
    with runtime.unit_of_work(staff(ken)) as uow:
        watching.watch(uow, case.id, ken)
    with runtime.unit_of_work(staff(aoi)) as uow:
        service.reply(uow, case.id, "お調べします。")
    drain(runtime)
    for words in ("まだですか", "お願いします"):
        with runtime.unit_of_work(SYSTEM) as uow:
            talking.receive(uow, case.conversation_id, key=words, text=words)
        drain(runtime)
    told = {kind: times for kind, times, _ in news(runtime, ken)}
    assert told[NewsKind.REPLIED] == 1
    assert told[NewsKind.MESSAGE] == 2
    assert [kind for kind, *_ in news(runtime, aoi)] == [NewsKind.MESSAGE]
    with runtime.unit_of_work(staff(aoi)) as uow:
        watching.unwatch(uow, case.id, aoi)
        service.reply(uow, case.id, "もう少々お待ちください。")
    drain(runtime)
    with runtime.database.reading() as connection:
        assert together.watchers(connection, case.id) == [ken]


def test_who_may_not_read_cases_neither_watches_nor_is_called(
    runtime: Runtime, aoi: int, case: CaseView
) -> None:
    with runtime.unit_of_work(staff(aoi)) as uow, pytest.raises(Invalid):
        watching.watch(uow, case.id, 999)
    with runtime.unit_of_work(staff(aoi)) as uow, pytest.raises(NotFound):
        watching.watch(uow, 999_999, aoi)


def test_links_stand_in_both_records_once(runtime: Runtime, aoi: int, case: CaseView) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        other = make_case(uow)
    with runtime.unit_of_work(staff(aoi)) as uow:
        for _ in range(2):
            linking.link(uow, other.id, case.id, LinkKind.RELATED)
            linking.link(uow, case.id, other.id, LinkKind.RELATED)
        linking.link(uow, case.id, other.id, LinkKind.DUPLICATE)
    assert whats(runtime, case.id, EntryKind.LINKED) == ["linked_related", "linked_duplicate_of"]
    assert whats(runtime, other.id, EntryKind.LINKED) == ["linked_related", "linked_duplicated_by"]
    with runtime.database.reading() as connection:
        found = together.links(connection, case.id)
    assert {(one.kind, one.is_from) for one in found} == {
        (LinkKind.RELATED, True),
        (LinkKind.DUPLICATE, True),
    }
    with runtime.unit_of_work(staff(aoi)) as uow:
        linking.unlink(uow, other.id, case.id, LinkKind.RELATED)
        linking.unlink(uow, other.id, case.id, LinkKind.RELATED)
    assert whats(runtime, case.id, EntryKind.LINKED)[-1] == "unlinked_related"
    with runtime.unit_of_work(staff(aoi)) as uow, pytest.raises(Invalid):
        linking.link(uow, case.id, case.id, LinkKind.RELATED)


def test_a_case_that_waits_for_others_is_settled_only_when_somebody_says_so(
    runtime: Runtime, aoi: int, case: CaseView
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        other = make_case(uow)
    with runtime.unit_of_work(staff(aoi)) as uow:
        wish = Child(reason="payment", key="c", is_blocking=True, note="請求書の件")
        child = linking.open_child(uow, case.id, wish, assignee_id=aoi)
        assert linking.open_child(uow, case.id, wish).id == child.id
        linking.link(uow, other.id, case.id, LinkKind.BLOCKS)
        with pytest.raises(Invalid):
            linking.link(uow, case.id, other.id, LinkKind.BLOCKS)
    assert child.assignee_id == aoi
    with runtime.database.reading() as connection:
        (shown,) = together.children(connection, case.id)
        above = together.parent(connection, child.id)
    assert (shown.number, shown.is_blocking) == (child.number, True)
    assert above is not None
    assert above.number == case.number
    with runtime.unit_of_work(staff(aoi)) as uow, pytest.raises(OthersOpen) as refused:
        service.resolve(uow, case.id, code="answered", note="済み")
    assert refused.value.fields["others"] == ", ".join(sorted([child.number, other.number]))
    assert read(runtime, case.id).state is CaseState.NEW
    with runtime.unit_of_work(staff(aoi)) as uow:
        service.resolve(uow, child.id, code="answered", note="済み")
        service.resolve(uow, case.id, code="answered", note="済み", despite_others=True)
    assert read(runtime, case.id).state is CaseState.RESOLVED


def test_a_case_is_neither_its_own_child_nor_that_of_two(runtime: Runtime, aoi: int) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, make_shop(uow))
        case = make_case(uow, order_id=order.id, reason="damaged")
        other = make_case(uow)
    wrong = (
        Child(reason="damaged", key="a", order_id=order.id),
        Child(reason="never_heard_of", key="b"),
        Child(reason="payment", key="c", note="x" * 3000),
    )
    for wish in wrong:
        with runtime.unit_of_work(staff(aoi)) as uow, pytest.raises(Invalid):
            linking.open_child(uow, case.id, wish)
    with runtime.unit_of_work(staff(aoi)) as uow:
        linking.open_child(uow, other.id, Child(reason="damaged", key="d", order_id=order.id))
    with runtime.database.reading() as connection:
        assert [one.number for one in together.children(connection, other.id)] == [case.number]


def ask(runtime: Runtime, by: int, case: CaseView, key: str = "t", *, waits: bool = False) -> str:
    wish = Wish(title="棚Bを見る", key=key, team=Team.WAREHOUSE, waits=waits)
    with runtime.unit_of_work(staff(by)) as uow:
        return tasks.ask(uow, case.id, wish).number


def test_a_task_is_asked_once_done_once_and_lands_in_the_record(
    runtime: Runtime, aoi: int, ken: int, case: CaseView
) -> None:
    number = ask(runtime, aoi, case)
    assert ask(runtime, aoi, case) == number
    with runtime.unit_of_work(staff(ken)) as uow:
        tasks.start(uow, number)
        with pytest.raises(IllegalTransition):
            tasks.start(uow, number)
        done = tasks.finish(uow, number, remark="ありました")
    assert (done.state, done.assignee_id) == (TaskState.DONE, ken)
    with runtime.unit_of_work(staff(aoi)) as uow, pytest.raises(AlreadyDone):
        tasks.finish(uow, number, remark="again")
    assert whats(runtime, case.id, EntryKind.TASK) == ["task_asked", "task_started", "task_done"]
    with runtime.database.reading() as connection:
        assert queries.entries(connection, case.id)[-1].text == "ありました"
    drain(runtime)
    assert (NewsKind.TASK, 1, False) in news(runtime, aoi)


def test_a_case_comes_back_when_its_last_task_has_ended(
    runtime: Runtime, aoi: int, ken: int, case: CaseView
) -> None:
    first, second = (ask(runtime, aoi, case, key, waits=True) for key in ("one", "two"))
    assert read(runtime, case.id).state is CaseState.WAITING_THIRD_PARTY
    with runtime.unit_of_work(staff(ken)) as uow:
        tasks.finish(uow, first, remark="済み")
    assert read(runtime, case.id).state is CaseState.WAITING_THIRD_PARTY
    with runtime.unit_of_work(staff(ken)) as uow:
        tasks.cancel(uow, second)
    back = read(runtime, case.id)
    assert (back.state, back.waiting_since is not None) == (CaseState.OPEN, True)
    with runtime.unit_of_work(staff(ken)) as uow:
        tasks.undo(uow, second)
    assert read(runtime, case.id).state is CaseState.WAITING_THIRD_PARTY


def test_what_was_done_is_taken_back_for_a_while_only(
    runtime: Runtime, aoi: int, ken: int, case: CaseView, clock: StandingClock
) -> None:
    number = ask(runtime, aoi, case)
    with runtime.unit_of_work(staff(ken)) as uow:
        tasks.finish(uow, number, remark="済み")
    clock.advance(minutes=15)
    with runtime.unit_of_work(staff(ken)) as uow:
        again = tasks.undo(uow, number)
        assert (again.state, again.remark, again.ended_at) == (TaskState.DOING, "", None)
        tasks.finish(uow, number, remark="本当に済み")
    clock.advance(minutes=16)
    with runtime.unit_of_work(staff(ken)) as uow, pytest.raises(TooLate):
        tasks.undo(uow, number)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("title", Wish(title=" ", key="k", team=Team.OTHER)),
        ("title", Wish(title="x" * 201, key="k", team=Team.OTHER)),
        ("detail", Wish(title="x", key="k", team=Team.OTHER, detail="x" * 4001)),
        ("assignee", Wish(title="x", key="k", team=Team.OTHER, assignee_id=999)),
    ],
)
def test_a_task_that_says_nothing_is_refused(
    runtime: Runtime, aoi: int, case: CaseView, field: str, wrong: Wish
) -> None:
    with runtime.unit_of_work(staff(aoi)) as uow, pytest.raises(Invalid) as refused:
        tasks.ask(uow, case.id, wrong)
    assert set(refused.value.fields) == {field}
    assert whats(runtime, case.id, EntryKind.TASK) == []


def test_each_team_sees_its_tasks_by_when_they_are_due(
    runtime: Runtime, aoi: int, ken: int, case: CaseView, clock: StandingClock
) -> None:
    soon, later = (clock.now() + timedelta(days=days) for days in (1, 2))
    with runtime.unit_of_work(staff(aoi)) as uow:
        for key, due, team in (
            ("none", None, Team.WAREHOUSE),
            ("later", later, Team.WAREHOUSE),
            ("soon", soon, Team.OTHER),
            ("money", soon, Team.FINANCE),
        ):
            tasks.ask(uow, case.id, Wish(title=key, key=key, team=team, due_at=due))
    with runtime.database.reading() as connection:
        viewer = access.staff_by_id(connection, ken)
        assert together.waiting_for(connection, viewer) == 3
        first = together.listed(connection, viewer=viewer, limit=2)
        rest = together.listed(connection, viewer=viewer, limit=2, cursor=first.next_cursor)
        mine = together.listed(connection, viewer=viewer, shown=Shown.MINE)
    assert [one.title for one in (*first.items, *rest.items)] == ["soon", "later", "none"]
    assert mine.items == ()
