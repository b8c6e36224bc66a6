"""Two cases become one, and two again: nothing is lost, nothing is doubled."""

from collections.abc import Sequence

import pytest
from sqlalchemy import text

from cases import queries, service
from cases.merging import queries as merged
from cases.merging import service as merging
from cases.merging.service import NotOpen, OtherCustomer, Part, TakenElsewhere
from cases.models import CaseLine, CaseOrder
from cases.states import CaseState, EntryKind
from cases.together import queries as together
from cases.together import watching
from cases.views import CaseView
from oms_service.conversations import queries as conversations
from oms_service.conversations import service as talking
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.errors import Invalid, NotFound, Stale
from oms_service.operations import reconcile
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent, make_case, make_chat
from tests.factories.orders import make_order
from tests.factories.shop import make_customer, make_shop
from tests.fakes.clock import StandingClock


@pytest.fixture
def agent(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_agent(uow)


def read(runtime: Runtime, case_id: int) -> CaseView:
    with runtime.database.reading() as connection:
        return queries.by_id(connection, case_id)


def texts(runtime: Runtime, case_id: int) -> list[str]:
    with runtime.database.reading() as connection:
        return [one.text for one in merged.messages(connection, case_id)]


def whats(runtime: Runtime, case_id: int, kind: EntryKind = EntryKind.MERGED) -> list[str]:
    with runtime.database.reading() as connection:
        found = queries.entries(connection, case_id)
    return [str(one.data["what"]) for one in found if one.kind is kind]


def a_chat_case(runtime: Runtime, words: str, **more: int | None) -> CaseView:
    """A chat in which somebody wrote once, and its case."""
    with runtime.unit_of_work(SYSTEM) as uow:
        chat = make_chat(uow, customer_id=more.get("customer_id"))
        talking.receive(uow, chat.id, key=words, text=words)
        return make_case(uow, conversation_id=chat.id, customer_id=more.get("customer_id"))


def hear(runtime: Runtime, case: CaseView, words: str) -> None:
    assert case.conversation_id is not None
    with runtime.unit_of_work(SYSTEM) as uow:
        talking.receive(uow, case.conversation_id, key=words, text=words)
    drain(runtime)


def merge(runtime: Runtime, loser: CaseView, winner: CaseView, by: int, key: str = "m") -> CaseView:
    with runtime.unit_of_work(staff(by)) as uow:
        return merging.merge(uow, loser.id, winner.id, key=key)


def unmerge(runtime: Runtime, loser: CaseView, by: int) -> CaseView:
    with runtime.unit_of_work(staff(by)) as uow:
        return merging.unmerge(uow, loser.id)


def ids_of(runtime: Runtime, case_id: int, table: type[CaseOrder] | type[CaseLine]) -> list[int]:
    column = "order_id" if table is CaseOrder else "order_line_id"
    query = f"SELECT {column} FROM {table.__tablename__} WHERE case_id = :case ORDER BY 1"  # noqa: S608 - names of our own
    with runtime.database.reading() as connection:
        return list(connection.execute(text(query), {"case": case_id}).scalars())


def test_a_merged_case_ends_and_its_words_stand_in_the_other(runtime: Runtime, agent: int) -> None:
    winner, loser = a_chat_case(runtime, "一通目"), a_chat_case(runtime, "二通目")
    drain(runtime)
    done = merge(runtime, loser, winner, agent)
    assert done.id == winner.id
    ended = read(runtime, loser.id)
    assert (ended.state, ended.resolution) == (CaseState.CLOSED, "merged")
    assert ended.merged_into_id == winner.id
    assert texts(runtime, winner.id) == ["一通目", "二通目"]
    assert texts(runtime, loser.id) == ["二通目"]
    assert whats(runtime, winner.id) == ["took_in"]
    assert whats(runtime, loser.id) == ["merged_into"]


def test_merging_again_under_the_same_key_changes_nothing(runtime: Runtime, agent: int) -> None:
    winner, loser = a_chat_case(runtime, "a"), a_chat_case(runtime, "b")
    first = merge(runtime, loser, winner, agent)
    again = merge(runtime, loser, winner, agent)
    assert first == again
    assert whats(runtime, winner.id) == ["took_in"]
    third = a_chat_case(runtime, "c")
    with pytest.raises(Invalid):
        merge(runtime, third, winner, agent)


def test_late_messages_follow_through_chains_of_merges(runtime: Runtime, agent: int) -> None:
    first, second, third = (a_chat_case(runtime, words) for words in "abc")
    merge(runtime, first, second, agent, "one")
    merge(runtime, second, third, agent, "two")
    hear(runtime, first, "late")
    with runtime.database.reading() as connection:
        entries = queries.entries(connection, third.id)
        count = connection.execute(text("SELECT count(*) FROM cases")).scalar()
    assert [one.data["what"] for one in entries if one.kind is EntryKind.APPENDED] == ["message"]
    assert texts(runtime, third.id) == ["a", "b", "c", "late"]
    assert count == 3
    with runtime.database.reading() as connection:
        assert merged.in_place_of(connection, read(runtime, first.id)).number == third.number


def test_a_message_wakes_the_case_that_stands_for_both(runtime: Runtime, agent: int) -> None:
    winner, loser = a_chat_case(runtime, "a"), a_chat_case(runtime, "b")
    merge(runtime, loser, winner, agent)
    with runtime.unit_of_work(staff(agent)) as uow:
        service.reply(uow, winner.id, "確認します。", asks=True)
    hear(runtime, loser, "はい")
    assert read(runtime, winner.id).state is CaseState.OPEN


def test_the_answer_goes_where_the_customer_wrote_last(runtime: Runtime, agent: int) -> None:
    winner, loser = a_chat_case(runtime, "a"), a_chat_case(runtime, "b")
    merge(runtime, loser, winner, agent)
    hear(runtime, loser, "late")
    with runtime.unit_of_work(staff(agent)) as uow:
        service.reply(uow, winner.id, "お答えします。")
    assert loser.conversation_id is not None
    with runtime.database.reading() as connection:
        said = [one.text for one in conversations.thread(connection, loser.conversation_id)]
    assert said == ["b", "late", "お答えします。"]


def test_the_same_matter_goes_to_the_case_that_took_it_in(runtime: Runtime, agent: int) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        order = make_order(uow, shop)
        loser = make_case(uow, order_id=order.id, reason="damaged")
        winner = make_case(uow, order_id=order.id, reason="missing")
    merge(runtime, loser, winner, agent)
    with runtime.unit_of_work(SYSTEM) as uow:
        again = make_case(uow, order_id=order.id, reason="damaged")
    assert (again.id, again.is_new) == (winner.id, False)
    with runtime.unit_of_work(SYSTEM) as uow:
        service.resolve(uow, winner.id, code="answered")
    with runtime.unit_of_work(SYSTEM) as uow:
        new = make_case(uow, order_id=order.id, reason="damaged")
    assert new.is_new
    with pytest.raises(TakenElsewhere):
        unmerge(runtime, loser, agent)


def test_undoing_puts_both_back_as_they_were(
    runtime: Runtime, agent: int, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        one, two = make_order(uow, shop), make_order(uow, shop)
        winner = make_case(uow, order_id=one.id, reason="missing")
        loser = make_case(uow, order_id=two.id, reason="damaged")
        uow.session.add(CaseLine(case_id=loser.id, order_line_id=two.line_ids[0], quantity=1))
        service.wait_for_others(uow, winner.id)
        watching.watch(uow, loser.id, agent)
    before = (read(runtime, winner.id), read(runtime, loser.id))
    clock.advance(minutes=5)
    merge(runtime, loser, winner, agent)
    assert read(runtime, winner.id).state is CaseState.OPEN
    assert ids_of(runtime, winner.id, CaseOrder) == [two.id]
    assert ids_of(runtime, winner.id, CaseLine) == [two.line_ids[0]]
    with runtime.database.reading() as connection:
        assert together.watchers(connection, winner.id) == [agent]
    clock.advance(minutes=5)
    unmerge(runtime, loser, agent)
    for was in before:
        now = read(runtime, was.id)
        assert now.version > was.version
        assert {**vars(now), "version": 0} == {**vars(was), "version": 0}
    assert ids_of(runtime, winner.id, CaseOrder) == ids_of(runtime, winner.id, CaseLine) == []
    with runtime.database.reading() as connection:
        assert together.watchers(connection, winner.id) == []
        assert together.watchers(connection, loser.id) == [agent]


def test_what_two_merges_brought_stays_while_one_of_them_holds(
    runtime: Runtime, agent: int
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        order = make_order(uow, shop)
        winner = make_case(uow, customer_id=shop.customer_id)
        first = make_case(uow, order_id=order.id, reason="missing")
        second = make_case(uow, order_id=order.id, reason="damaged")
    merge(runtime, first, winner, agent, "one")
    merge(runtime, second, winner, agent, "two")
    unmerge(runtime, first, agent)
    assert ids_of(runtime, winner.id, CaseOrder) == [order.id]
    unmerge(runtime, second, agent)
    assert ids_of(runtime, winner.id, CaseOrder) == []


def test_what_came_in_its_own_conversation_goes_back_with_a_case(
    runtime: Runtime, agent: int, clock: StandingClock
) -> None:
    winner, loser = a_chat_case(runtime, "a"), a_chat_case(runtime, "b")
    with runtime.unit_of_work(staff(agent)) as uow:
        service.ask_customer(uow, loser.id, "どちらですか。")
    clock.advance(minutes=1)
    merge(runtime, loser, winner, agent)
    clock.advance(minutes=1)
    hear(runtime, loser, "late")
    written_at = clock.now()
    clock.advance(minutes=1)
    unmerge(runtime, loser, agent)
    assert texts(runtime, winner.id) == ["a"]
    assert texts(runtime, loser.id) == ["b", "どちらですか。", "late"]
    now = read(runtime, loser.id)
    assert (now.state, now.waiting_since) == (CaseState.OPEN, written_at)
    hear(runtime, loser, "later still")
    assert texts(runtime, loser.id)[-1] == "later still"


def test_only_the_latest_of_a_chain_is_undone(runtime: Runtime, agent: int) -> None:
    first, second, third = (a_chat_case(runtime, words) for words in "abc")
    merge(runtime, first, second, agent, "one")
    merge(runtime, second, third, agent, "two")
    with pytest.raises(TakenElsewhere):
        unmerge(runtime, first, agent)
    unmerge(runtime, second, agent)
    unmerge(runtime, first, agent)
    assert [texts(runtime, one.id) for one in (first, second, third)] == [["a"], ["b"], ["c"]]
    with pytest.raises(NotFound):
        unmerge(runtime, first, agent)


def refused(runtime: Runtime, cases: Sequence[CaseView]) -> None:
    """Nothing changed, nothing was emitted."""
    for one in cases:
        assert read(runtime, one.id).version == one.version
    with runtime.database.reading() as connection:
        names = connection.execute(text("SELECT name FROM outbox")).scalars().all()
    assert "case.merged" not in names


def test_cases_of_two_customers_are_never_one(runtime: Runtime, agent: int) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        other = make_customer(uow, "other@example.jp")
        mine = make_case(uow, customer_id=shop.customer_id)
        theirs = make_case(uow, customer_id=other)
        nobodys = make_case(uow)
    with pytest.raises(OtherCustomer):
        merge(runtime, mine, theirs, agent)
    refused(runtime, [mine, theirs])
    merge(runtime, mine, nobodys, agent)
    assert read(runtime, nobodys.id).customer_id == shop.customer_id
    with pytest.raises(OtherCustomer):
        merge(runtime, theirs, nobodys, agent, "n")
    unmerge(runtime, mine, agent)
    assert read(runtime, nobodys.id).customer_id is None


def test_settled_and_unknown_cases_and_the_case_itself_are_refused(
    runtime: Runtime, agent: int
) -> None:
    one, two = a_chat_case(runtime, "a"), a_chat_case(runtime, "b")
    with pytest.raises(Invalid):
        merge(runtime, one, one, agent)
    with runtime.unit_of_work(staff(agent)) as uow, pytest.raises(NotFound):
        merging.merge(uow, one.id, 999_999, key="x")
    with runtime.unit_of_work(staff(agent)) as uow, pytest.raises(Stale):
        merging.merge(uow, one.id, two.id, key="x", version=one.version + 1)
    refused(runtime, [one, two])
    with runtime.unit_of_work(SYSTEM) as uow:
        service.resolve(uow, two.id, code="answered")
    with pytest.raises(NotOpen):
        merge(runtime, one, two, agent)


def test_chosen_messages_become_a_case_and_come_back(runtime: Runtime, agent: int) -> None:
    case = a_chat_case(runtime, "返品したい")
    hear(runtime, case, "別件で領収書もください")
    with runtime.database.reading() as connection:
        said = merged.messages(connection, case.id)
    with runtime.unit_of_work(staff(agent)) as uow:
        part = Part(reason="payment", key="s", message_ids=[said[1].id])
        new = merging.split(uow, case.id, part)
        assert merging.split(uow, case.id, part).id == new.id
    assert texts(runtime, case.id) == ["返品したい"]
    assert texts(runtime, new.id) == ["別件で領収書もください"]
    hear(runtime, case, "返品はまだですか")
    assert texts(runtime, case.id) == ["返品したい", "返品はまだですか"]
    with runtime.unit_of_work(staff(agent)) as uow:
        service.reply(uow, new.id, "宛名は？", asks=True)
    drain(runtime)
    hear(runtime, case, "株式会社です")
    assert texts(runtime, new.id) == ["別件で領収書もください", "宛名は？", "株式会社です"]
    assert read(runtime, new.id).state is CaseState.OPEN
    with runtime.unit_of_work(staff(agent)) as uow:
        merging.unsplit(uow, new.id)
    assert len(texts(runtime, case.id)) == 5
    ended = read(runtime, new.id)
    assert (ended.state, ended.merged_into_id) == (CaseState.CLOSED, case.id)
    hear(runtime, case, "ところで返品は")
    assert texts(runtime, case.id)[-1] == "ところで返品は"


def test_nothing_and_foreign_things_are_not_split_off(runtime: Runtime, agent: int) -> None:
    case, other = a_chat_case(runtime, "a"), a_chat_case(runtime, "b")
    with runtime.database.reading() as connection:
        (foreign,) = merged.messages(connection, other.id)
    wrong = (
        Part(reason="payment", key="s"),
        Part(reason="payment", key="s", message_ids=[foreign.id]),
        Part(reason="payment", key="s", line_ids=[1]),
    )
    for part in wrong:
        with runtime.unit_of_work(staff(agent)) as uow, pytest.raises(Invalid):
            merging.split(uow, case.id, part)
    refused(runtime, [case, other])


def test_lines_go_with_the_case_that_is_split_off(runtime: Runtime, agent: int) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, make_shop(uow))
        case = make_case(uow, order_id=order.id, reason="missing")
        uow.session.add(CaseLine(case_id=case.id, order_line_id=order.line_ids[0], quantity=1))
    part = Part(reason="damaged", key="s", line_ids=[order.line_ids[0]], order_id=order.id)
    with runtime.unit_of_work(staff(agent)) as uow:
        new = merging.split(uow, case.id, part)
    assert ids_of(runtime, case.id, CaseLine) == []
    assert ids_of(runtime, new.id, CaseLine) == [order.line_ids[0]]
    with runtime.unit_of_work(staff(agent)) as uow:
        merging.unsplit(uow, new.id)
    assert ids_of(runtime, case.id, CaseLine) == [order.line_ids[0]]
    assert ids_of(runtime, new.id, CaseLine) == []


def test_what_is_alike_is_offered_until_somebody_says_otherwise(
    runtime: Runtime, agent: int
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        order = make_order(uow, shop)
        one = make_case(uow, order_id=order.id, reason="damaged")
        two = make_case(uow, order_id=order.id, reason="missing")
        make_case(uow, customer_id=make_customer(uow, "other@example.jp"))
    with runtime.database.reading() as connection:
        found = merged.suggestions(connection, one)
    assert [each.case.number for each in found] == [two.number]
    assert [str(why) for why in found[0].score.why] == ["customer", "order", "group", "time"]
    with runtime.unit_of_work(staff(agent)) as uow:
        merging.not_same(uow, two.id, one.id)
        merging.not_same(uow, one.id, two.id)
    with runtime.database.reading() as connection:
        assert merged.suggestions(connection, one) == []
        assert merged.suggestions(connection, two) == []


def test_the_auditor_finds_a_merge_that_points_elsewhere(runtime: Runtime, agent: int) -> None:
    winner, loser, third = (a_chat_case(runtime, words) for words in "abc")
    merge(runtime, loser, winner, agent)
    with runtime.database.reading() as connection:
        (message,) = merged.messages(connection, third.id)
    part = Part(reason="payment", key="s", message_ids=[message.id])
    with runtime.unit_of_work(staff(agent)) as uow:
        new = merging.split(uow, third.id, part)
    assert reconcile.audit(runtime.database) == ()
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(
            text("UPDATE cases SET merged_into_id = :third WHERE id = :loser"),
            {"third": third.id, "loser": loser.id},
        )
        uow.session.execute(
            text("UPDATE case_messages SET case_id = :third WHERE case_id = :new"),
            {"third": third.id, "new": new.id},
        )
    assert [one.subject for one in reconcile.audit(runtime.database)] == [
        f"case {loser.id}",
        f"message {message.id}",
    ]
