"""Every figure of a small history, to the second; split, narrowed, and written anew."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from cases.reports import facts, queries
from cases.reports.figures import (
    By,
    Count,
    Figure,
    Line,
    Rate,
    Satisfied,
    Share,
    Spread,
    Wanted,
)
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.operations import reconcile
from oms_service.runtime import Runtime
from tests.factories.counted import DAYS, NOW, History, make_history
from tests.fakes.clock import StandingClock

HOUR = 3600.0


@pytest.fixture
def history(runtime: Runtime, clock: StandingClock) -> History:
    return make_history(runtime, clock)


def report(runtime: Runtime, wanted: Wanted = DAYS, by: By | None = None) -> dict[str, Line]:
    with runtime.database.reading() as connection:
        found = queries.report(connection, wanted, now=NOW, by=by)
    return {one.key: one for one in found}


def rows(runtime: Runtime) -> list[tuple[object, ...]]:
    with runtime.database.reading() as connection:
        return [
            tuple(row)
            for table in ("case_facts", "case_spans")
            for row in connection.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2, 3"))  # noqa: S608 - our own names
        ]


def audited(runtime: Runtime) -> set[str]:
    found = reconcile.audit(runtime.database)
    return {one.check for one in found if one.check.startswith("figures ")}


def test_each_figure_is_what_its_definition_says(runtime: Runtime, history: History) -> None:
    assert report(runtime)[""].figures == {
        Figure.OPENED: Count(3),
        Figure.SETTLED: Count(2),
        # 47 h 10 min and 30 min; in opening hours 10 min and 30 min.
        Figure.FIRST_RESPONSE: Spread(2, 85_800.0, 153_000.0, 1_200.0, 1_680.0),
        Figure.NEXT_RESPONSE: Spread(1, 300.0, 300.0, 300.0, 300.0),
        # 47 h 30 min, and 2 h with the hour after it came back; in opening hours 30 min and 3 h.
        Figure.RESOLUTION: Spread(2, 90_900.0, 154_980.0, 6_300.0, 9_900.0),
        Figure.TO_SETTLING: Spread(2, 92_700.0, 155_340.0),
        # Kept: one first answer, the next answer, both settlings. Missed: the other first answer.
        Figure.IN_TIME: Share(4, 5),
        Figure.BACKLOG: Spread(1, HOUR, HOUR),
        Figure.REOPENED: Share(1, 2),
        Figure.ONE_TOUCH: Share(1, 2),
        Figure.SATISFACTION: Satisfied(1, 2, 8),
        Figure.CONTACT_RATE: Rate(3, 2),
        Figure.REFUND_CYCLE: Spread(1, 6 * HOUR, 6 * HOUR),
        # Promised until nine in the morning, it came at noon.
        Figure.PROMISE_SLIP: Spread(1, 3 * HOUR, 3 * HOUR),
        Figure.CONTAINMENT: Share(1, 4),
        Figure.ROUTING: Spread(2, 85_800.0, 153_000.0),
    }


def test_figures_are_split_narrowed_and_compared(runtime: Runtime, history: History) -> None:
    reasons = report(runtime, by=By.REASON)
    assert {key: one.figures[Figure.OPENED] for key, one in reasons.items()} == {
        "other": Count(1),
        "damaged": Count(1),
        "question": Count(1),
    }
    assert reasons["damaged"].figures[Figure.REOPENED] == Share(1, 1)
    assert reasons["damaged"].figures[Figure.SATISFACTION] == Satisfied(0, 1, 3)
    assert reasons["damaged"].figures[Figure.REFUND_CYCLE] == Spread(1, 6 * HOUR, 6 * HOUR)
    agents = report(runtime, by=By.AGENT)
    me = agents[str(history.agent_id)].figures
    assert me[Figure.FIRST_RESPONSE] == Spread(2, 85_800.0, 153_000.0, 1_200.0, 1_680.0)
    assert agents[""].figures[Figure.BACKLOG] == Spread(1, HOUR, HOUR)
    (channel,) = report(runtime, by=By.CHANNEL).values()
    assert (channel.key, channel.figures[Figure.CONTAINMENT]) == ("webchat", Share(1, 4))
    carriers = report(runtime, by=By.CARRIER)
    assert carriers["yamato"].figures[Figure.CONTACT_RATE] == Rate(1, 1)
    assert carriers["yamato"].figures[Figure.PROMISE_SLIP] == Spread(1, 3 * HOUR, 3 * HOUR)
    products = report(runtime, by=By.SKU)
    assert products["COFFEE"].figures[Figure.CONTACT_RATE] == Rate(1, 2)
    assert sum(one.weight for one in report(runtime, by=By.QUEUE).values()) == 3 + 2
    days = report(runtime, by=By.DAY)
    assert list(days) == ["2026-11-22", "2026-11-24"]
    assert days["2026-11-22"].figures[Figure.OPENED] == Count(1)
    assert days["2026-11-24"].figures[Figure.SETTLED] == Count(2)
    weeks = report(runtime, by=By.WEEK)
    assert list(weeks) == ["2026-11-16", "2026-11-23"]
    mine = report(runtime, replace(DAYS, reason="damaged"))[""].figures
    assert mine[Figure.OPENED] == Count(1)
    assert mine[Figure.FIRST_RESPONSE] == Spread(1, 1_800.0, 1_800.0, 1_800.0, 1_800.0)
    assert mine[Figure.IN_TIME] == Share(2, 3)
    assert Figure.CONTAINMENT not in mine
    assert report(runtime, replace(DAYS, tag_id=7))[""].figures == {}
    english = report(runtime, replace(DAYS, language=Language.ENGLISH))[""].figures
    assert english == {}
    before = DAYS.before()
    assert (str(before.period.first), str(before.period.last)) == ("2026-11-19", "2026-11-21")
    assert report(runtime, before)[""].figures == {}
    period = replace(DAYS.period, last=DAYS.period.last - timedelta(days=1))
    then = report(runtime, replace(DAYS, period=period))[""].figures
    assert then[Figure.BACKLOG] == Spread(1, 38 * HOUR, 38 * HOUR)


def test_two_periods_counted_together_say_what_each_says_alone(
    runtime: Runtime, history: History
) -> None:
    last = DAYS.period.last
    after = replace(DAYS, period=replace(DAYS.period, first=last, last=last + timedelta(days=1)))
    narrowed = replace(after, reason="damaged", channel="webchat", language=Language.JAPANESE)
    for wanted in (DAYS, after, narrowed, replace(after, agent_id=history.agent_id)):
        with runtime.database.reading() as connection:
            whole, before = queries.compared(connection, wanted, now=NOW)
        assert whole == report(runtime, wanted)[""]
        assert before == report(runtime, wanted.before())[""]
    assert isinstance(before.figures[Figure.BACKLOG], Spread)


def test_written_anew_nothing_changes_and_the_auditor_agrees(
    runtime: Runtime, history: History
) -> None:
    before = rows(runtime)
    assert len(before) == 3 + 5
    with runtime.unit_of_work(SYSTEM) as uow:
        facts.forget(uow)
        assert [facts.derive(uow, chunk, holds=True) for chunk in facts.chunks(uow)] == [3]
    assert rows(runtime) == before
    assert audited(runtime) == set()
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("DELETE FROM case_spans"))
        uow.session.execute(text("DELETE FROM case_facts"))
    assert audited(runtime) == {
        "figures count cases as they are",
        "figures count every answer as its clock does",
    }
    with runtime.unit_of_work(SYSTEM) as uow:
        assert facts.catch_up(uow) == 3
        assert facts.catch_up(uow) == 0
    assert rows(runtime) == before
