"""Search and lists on a real database: what finds a case, what comes first, what does not."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from cases import inbox, service
from cases.finding import queries
from cases.finding.filters import GIVEN, Filters, Key, View, Wanted
from cases.finding.queries import Found, Viewer
from cases.finding.states import Sort
from cases.states import Priority
from cases.taxonomy import sorting, tags
from cases.taxonomy.sorting import Sorting
from cases.views import CaseView
from oms_service.conversations import service as talking
from oms_service.customers import service as customers
from oms_service.customers.states import IdentityKind
from oms_service.kernel import pages
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.errors import Invalid
from oms_service.operations.reconcile import audit
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent, make_case
from tests.factories.shop import Shop
from tests.fakes.clock import StandingClock


def find(
    runtime: Runtime,
    typed: str = "",
    filters: Filters | None = None,
    *,
    sort: Sort = Sort.PRIORITY,
    cursor: str = "",
    limit: int = 50,
    me: int = 0,
) -> Found:
    with runtime.database.reading() as connection:
        return queries.page(
            connection,
            Wanted(filters or {}, typed, sort),
            Viewer(me),
            now=runtime.clock.now(),
            zone=runtime.settings.zone,
            cursor=cursor,
            limit=limit,
        )


def numbers(found: Found) -> list[str]:
    return [line.number for line in found.page.items]


def projected(runtime: Runtime) -> list[tuple[object, ...]]:
    with runtime.database.reading() as connection:
        rows = connection.execute(text("SELECT * FROM case_inbox ORDER BY case_id"))
        return [tuple(row) for row in rows]


def tracking_number(runtime: Runtime) -> str:
    with runtime.database.reading() as connection:
        return str(connection.execute(text("SELECT tracking_number FROM parcels")).scalar_one())


def test_a_case_is_found_by_all_that_people_know_of_it(
    runtime: Runtime, asked: CaseView, many: list[CaseView]
) -> None:
    number = str(asked.snapshot["number"])
    tracking = tracking_number(runtime)
    for typed in (
        *(asked.number, asked.number.lower(), f"＃{number}", number.replace("-", "")),
        *(tracking, f"{tracking[:4]}-{tracking[4:8]}-{tracking[8:]}"),
        *(
            "佐藤",
            "佐藤 美咲",
            "美咲佐藤",
            "美咲 佐藤",
            "サトウ",
            "ｻﾄｳ ﾐｻｷ",
            "さとう",
            "misaki.sato@example.jp",
        ),
        *("割れて", "コーヒーミル", "ｺｰﾋｰﾐﾙ", "佐藤 割れて"),
    ):
        found = find(runtime, typed)
        assert numbers(found) == [asked.number], typed
        assert not found.is_close
    assert numbers(find(runtime, "割れて 返品")) == []
    # By what they come to be known by, from then on.
    before = find(runtime, "qz77@kuroneko.test")
    assert before.is_close or not numbers(before)
    with runtime.unit_of_work(SYSTEM) as uow:
        who = asked.customer_id or 0
        customers.add_identity(uow, who, IdentityKind.MAIL, "qz77@kuroneko.test")
    drain(runtime)
    known = find(runtime, "qz77@kuroneko.test")
    assert (numbers(known), known.is_close) == ([asked.number], False)


def test_mistakes_in_what_is_typed_find_what_comes_close(
    runtime: Runtime, asked: CaseView, many: list[CaseView]
) -> None:
    for typed in ("コーヒミル", "さとお みさき", "misaki.sto@example.jp"):
        found = find(runtime, typed)
        assert found.is_close, typed
        assert numbers(found) == [asked.number], typed
    nothing = find(runtime, "zzqqxx")
    assert (numbers(nothing), nothing.is_close) == ([], False)


def test_the_words_are_shown_where_they_stand(runtime: Runtime, asked: CaseView) -> None:
    (line,) = find(runtime, "ﾐﾙ 割れて").page.items
    assert [part.text for part in line.parts if part.is_hit] == ["ミル", "割れて"]


def test_a_whole_number_comes_before_whoever_mentions_it(
    runtime: Runtime, shop: Shop, asked: CaseView
) -> None:
    agent = make_one_agent(runtime)
    with runtime.unit_of_work(staff(agent)) as uow:
        other = make_case(uow)
        service.note(uow, other.id, f"see {asked.number}, said 佐藤")
    drain(runtime)
    assert numbers(find(runtime, asked.number)) == [asked.number, other.number]
    assert numbers(find(runtime, "佐藤")) == [asked.number, other.number]


def make_one_agent(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_agent(uow)


def test_filters_narrow_a_search_down(
    runtime: Runtime, asked: CaseView, many: list[CaseView]
) -> None:
    agent = make_one_agent(runtime)
    with runtime.unit_of_work(staff(agent)) as uow:
        tags.put(uow, many[0].id, "VIP")
        sorting.sort(uow, many[1].id, Sorting(priority=Priority.URGENT, queue="returns"))
        service.resolve(uow, many[2].id, code="answered", note="済み")
    drain(runtime)
    with runtime.database.reading() as connection:
        tag_id = connection.execute(text("SELECT id FROM case_tags")).scalar_one()
    cases: list[tuple[Filters, str]] = [
        ({Key.TAG: (str(tag_id),)}, many[0].number),
        ({Key.PRIORITY: ("urgent",)}, many[1].number),
        ({Key.STATE: ("settled",)}, many[2].number),
        ({Key.STATE: ("resolved",), Key.CHANNEL: ("webchat",)}, many[2].number),
        ({Key.REASON: ("damaged",)}, asked.number),
        ({Key.QUEUE: ("returns",), Key.PRIORITY: ("urgent",)}, many[1].number),
    ]
    for held, number in cases:
        assert numbers(find(runtime, "", held)) == [number], held
    assert numbers(find(runtime, "佐藤", {Key.REASON: ("damaged",)})) == [asked.number]
    assert numbers(find(runtime, "佐藤", {Key.PRIORITY: ("urgent",)})) == []
    today = runtime.clock.now().astimezone(runtime.settings.zone).date()
    assert len(numbers(find(runtime, "", {Key.AFTER: (today.isoformat(),)}))) == 6
    assert numbers(find(runtime, "", {Key.BEFORE: (today.isoformat(),)})) == []
    tomorrow = (today + timedelta(days=1)).isoformat()
    assert (
        len(numbers(find(runtime, "", {Key.BEFORE: (tomorrow,), Key.STATE: ("open_ones",)}))) == 5
    )


def test_every_order_gives_each_case_once_page_by_page(
    runtime: Runtime, asked: CaseView, many: list[CaseView]
) -> None:
    agent = make_one_agent(runtime)
    with runtime.unit_of_work(staff(agent)) as uow:
        service.resolve(uow, many[3].id, code="answered", note="済み")
    drain(runtime)
    for sort in Sort:
        for filters, count in (({}, 6), (GIVEN[View.OPEN].filters, 5)):
            whole = numbers(find(runtime, "", filters, sort=sort))
            seen: list[str] = []
            cursor: str | None = ""
            while cursor is not None:
                found = find(runtime, "", filters, sort=sort, cursor=cursor, limit=2)
                seen += numbers(found)
                cursor = found.page.next_cursor
            assert seen == whole
            assert len(set(seen)) == len(seen) == count


def test_a_search_goes_on_page_by_page(runtime: Runtime, many: list[CaseView]) -> None:
    first = find(runtime, "C", limit=3)
    then = find(runtime, "C", limit=3, cursor=first.page.next_cursor or "")
    assert len(numbers(first)) == 3
    assert len(numbers(then)) == 2
    assert then.page.next_cursor is None
    assert sorted(numbers(first) + numbers(then)) == sorted(one.number for one in many)


def test_a_cursor_that_somebody_made_up_is_refused(runtime: Runtime) -> None:
    for cursor in (
        "nonsense",
        pages.write(["priority", 1, "9999-99-99T00:00:00+00:00", 1]),
        pages.write(["priority", 1, "2026-11-22", 1]),
        pages.write(["due", "2026-11-22T00:00:00+00:00", 1]),
        pages.write([1, "2026-11-22T00:00:00+00:00", 1]),
    ):
        for typed in ("", "佐藤"):
            with pytest.raises(Invalid):
                find(runtime, typed, cursor=cursor)


def test_what_is_due_comes_from_the_clocks_and_counts_as_due(
    runtime: Runtime, clock: StandingClock, asked: CaseView
) -> None:
    (line,) = find(runtime).page.items
    assert line.due_at is not None
    assert line.due_metric == "first_response"
    views = {str(view): GIVEN[view].filters for view in (View.OPEN, View.DUE_SOON, View.OVERDUE)}

    def counts() -> dict[str, int]:
        with runtime.database.reading() as connection:
            return queries.counts(
                connection,
                views,
                Viewer(1),
                now=runtime.clock.now(),
                zone=runtime.settings.zone,
            )

    before = counts()
    assert (before["open"], before["overdue"]) == (1, 0)
    clock.advance(seconds=(line.due_at - runtime.clock.now()).total_seconds() - 60)
    assert counts() == {"open": 1, "due_soon": 1, "overdue": 0}
    clock.advance(seconds=120)
    assert counts() == {"open": 1, "due_soon": 0, "overdue": 1}
    agent = make_one_agent(runtime)
    with runtime.unit_of_work(staff(agent)) as uow:
        service.resolve(uow, asked.id, code="answered", note="済み")
    drain(runtime)
    (settled,) = find(runtime).page.items
    assert (settled.due_at, settled.due_metric) == (None, "")


def test_built_anew_the_inbox_is_as_reactions_left_it(
    runtime: Runtime, clock: StandingClock, asked: CaseView, many: list[CaseView]
) -> None:
    agent = make_one_agent(runtime)
    for n, case in enumerate([asked, *many]):
        clock.advance(seconds=60)
        with runtime.unit_of_work(staff(agent)) as uow:
            service.note(uow, case.id, f"note {n}")
            if n % 2:
                service.take(uow, case.id)
        with runtime.unit_of_work(staff(agent)) as uow:
            tags.put(uow, case.id, "長い")
        drain(runtime)
    with runtime.unit_of_work(staff(agent)) as uow:
        service.reply(uow, asked.id, "新しいものをお送りします。", asks=True)
    drain(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert asked.conversation_id is not None
        talking.receive(uow, asked.conversation_id, key="m2", text="お願いします。住所は同じです。")
    drain(runtime)
    before = projected(runtime)
    clock.advance(seconds=3600)
    with runtime.unit_of_work(SYSTEM) as uow:
        inbox.forget(uow)
        for chunk in inbox.chunks(uow):
            inbox.project(uow, chunk, holds=True)
    assert projected(runtime) == before
    assert numbers(find(runtime, "住所は同じ")) == [asked.number]
    assert audit(runtime.database) == ()
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("UPDATE case_inbox SET priority_rank = 0 WHERE case_id = 1"))
    (wrong,) = audit(runtime.database)
    assert (wrong.check, wrong.subject) == ("the inbox lists cases as they are", "case 1")


def test_lists_and_searches_go_by_an_index(runtime: Runtime, asked: CaseView) -> None:
    """With sequential scans forbidden, no plan needs one: there is an index for each."""
    plans = (
        "SELECT case_id FROM case_inbox WHERE is_active ORDER BY due_by, case_id LIMIT 51",
        "SELECT case_id FROM case_inbox WHERE search LIKE '%佐佐藤藤%' LIMIT 51",
        "SELECT case_id FROM case_inbox WHERE '佐佐藤藤' <% words LIMIT 51",
        "SELECT case_id FROM case_inbox WHERE tags && ARRAY[1] LIMIT 51",
    )
    with runtime.database.reading() as connection:
        connection.execute(text("SET enable_seqscan = off"))
        for plan in plans:
            told = "\n".join(connection.execute(text(f"EXPLAIN {plan}")).scalars())
            assert "Index" in told, plan
            assert "Seq Scan" not in told, plan
        connection.execute(text("RESET enable_seqscan"))


def test_a_search_that_takes_too_long_is_ended_and_leaves_nothing_behind(
    runtime: Runtime, asked: CaseView
) -> None:
    with runtime.database.engine.begin() as other:
        other.execute(text("LOCK TABLE case_inbox IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(Invalid) as refused:
            find(runtime, "a b c d e f g h")
    assert refused.value.fields == {"text": "is too little"}
    assert numbers(find(runtime, "ミル")) == [asked.number]
    with runtime.database.reading() as connection:
        assert connection.execute(text("SHOW statement_timeout")).scalar_one() == "0"


#: 3,300 cases like one: ``M-1`` and so on, each changed a second after the one before it.
COPIES = (
    "CREATE TEMP SEQUENCE numbers START 1001",
    (
        "CREATE TEMP TABLE copies AS SELECT cases.* FROM cases, generate_series(1, 3300)"
        " WHERE cases.id = :case"
    ),
    "UPDATE copies SET id = nextval('numbers'), order_id = NULL, return_id = NULL",
    "UPDATE copies SET number = 'M-' || id - 1000",
    "INSERT INTO cases OVERRIDING SYSTEM VALUE SELECT * FROM copies",
    (
        "CREATE TEMP TABLE lines AS SELECT case_inbox.* FROM case_inbox, copies"
        " WHERE case_inbox.case_id = :case"
    ),
    "ALTER SEQUENCE numbers RESTART",
    "UPDATE lines SET case_id = nextval('numbers')",
    (
        "UPDATE lines SET number = 'M-' || case_id - 1000, is_active = (case_id - 1000) % 3 = 0,"
        " updated_at = updated_at + (case_id - 1000) * interval '1 second',"
        " search = CASE WHEN case_id % 2 = 0 THEN ' 長長谷谷川川 ' ELSE ' 五五十十嵐嵐 ' END"
    ),
    "INSERT INTO case_inbox SELECT * FROM lines",
)


def test_words_of_very_many_cases_are_read_from_the_newest_page_by_page(
    runtime: Runtime, asked: CaseView
) -> None:
    """Far more cases than are put in order: every second one of them is of the same name."""
    with runtime.unit_of_work(SYSTEM) as uow:
        for statement in COPIES:
            given = {"case": asked.id} if ":case" in statement else {}
            uow.session.execute(text(statement), given)
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        found = find(runtime, "長谷川", cursor=cursor, limit=200)
        seen += numbers(found)
        cursor = found.page.next_cursor
    assert seen == [f"M-{n}" for n in range(3300, 0, -2)]
    only_open = find(runtime, "長谷川", {Key.STATE: ("open_ones",)}, limit=3)
    assert numbers(only_open) == ["M-3300", "M-3294", "M-3288"]
