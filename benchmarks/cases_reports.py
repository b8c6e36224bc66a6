"""The page of figures about cases, with a hundred thousand of them: what it costs the database."""

import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from benchmarks.harness import Bench, Figure, figure
from cases.reports import board, pages, queries
from cases.reports.asking import pace
from cases.reports.figures import By, Wanted
from oms_service.infra.db import Database
from oms_service.shipping.accuracy import Period

CASES: Final = 100_000
ROUNDS: Final = 5
#: A page for four weeks is looked at every day; one for a quarter now and then.
GOALS_MS: Final = {"reports": 300.0, "reports_of_a_quarter": 1_000.0}
_LONG: Final = "90 days"
_NOW: Final = datetime(2026, 11, 22, 3, tzinfo=UTC)
_ZONE: Final = ZoneInfo("Asia/Tokyo")
_FIRST_ID: Final = 5_000_000


@figure("cases")
def reports(bench: Bench) -> Iterator[Figure]:
    """Milliseconds of the reads of one page of figures, and of the board, at the database."""
    database = Database(bench.database_url, pool_size=1)
    with database.engine.begin() as connection:
        bench.tell(f"writing {CASES} counted cases")
        _write(connection)
    with database.reading() as connection:
        connection.execute(text("VACUUM ANALYZE case_facts, case_spans"))
        took = dict(_timed(bench, connection))
    database.close()
    for name, goal in GOALS_MS.items():
        is_long = name != "reports"
        every = sorted(
            one
            for asked, each in took.items()
            if asked.startswith(_LONG) == is_long
            for one in each
        )
        value = every[int(len(every) * 0.95)]
        yield Figure(name=name, value=value, unit="ms", goal=goal, at_most=True)


def _timed(bench: Bench, connection: Connection) -> Iterator[tuple[str, list[float]]]:
    """Pages of a week, four weeks, a quarter; each split; narrowed; and the board."""
    last = date(2026, 11, 22)
    asked: dict[str, tuple[Wanted, By]] = {}
    for days in (7, 28, 90):
        wanted = Wanted(period=Period(date.fromordinal(last.toordinal() - days + 1), last, _ZONE))
        asked |= {f"{days} days by {by}": (wanted, by) for by in By}
        narrow = Wanted(period=wanted.period, reason="delay", channel="webchat")
        asked[f"{days} days, narrowed"] = (narrow, By.AGENT)
    for name, (wanted, by) in asked.items():
        yield name, _rounds(bench, name, partial(_page, connection, wanted, by))
    yield "board", _rounds(bench, "board", lambda: board.board(connection, now=_NOW, zone=_ZONE))


def _page(connection: Connection, wanted: Wanted, by: By) -> None:
    """What ``cases.reports.pages.overview`` reads."""
    queries.compared(connection, wanted, now=_NOW)
    course = {*pages.LOADS, *pages.SHARES}
    queries.report(connection, wanted, now=_NOW, by=pace(wanted), figures=course)
    queries.report(connection, wanted, now=_NOW, by=by, figures=pages.SPLIT)


def _rounds(bench: Bench, name: str, ask: Callable[[], object]) -> list[float]:
    took = []
    for nth in range(ROUNDS + 1):
        began = time.perf_counter()
        ask()
        if nth:
            took.append((time.perf_counter() - began) * 1000)
    bench.tell(f"{name}: {statistics.median(took):.1f} ms")
    return took


def _write(connection: Connection) -> None:
    """Two years of cases with their facts and spans, one in twenty open yet."""
    values = {"now": _NOW, "first": _FIRST_ID, "last": _FIRST_ID + CASES - 1}
    for statement in _STATEMENTS:
        connection.execute(text(statement), values)


_STATEMENTS: Final = (
    """INSERT INTO cases (id, number, reason, state, priority, queue_id, assignee_id, language,
        channel, snapshot, wanted, failed_rule, opened_at, opened_by, resolved_at, resolution,
        is_internal, version)
    OVERRIDING SYSTEM VALUE
    SELECT n, 'R-' || n, (SELECT array_agg(code ORDER BY code) FROM case_reasons)[1 + n % 12],
        CASE WHEN n % 20 = 0 THEN 'open' ELSE 'closed' END, 'normal',
        (SELECT array_agg(id ORDER BY id) FROM queues)
            [1 + n % (SELECT count(*)::int FROM queues)], NULL,
        CASE WHEN n % 4 = 0 THEN 'en' ELSE 'ja' END,
        (ARRAY['webchat', 'mail', 'line', 'portal'])[1 + n % 4], '{}', '{}', '',
        opened, 'system:', CASE WHEN n % 20 = 0 THEN NULL
            ELSE opened + make_interval(mins => 10 + n % 3000) END, '', false, 1
    FROM (SELECT n, :now - make_interval(mins => ((n::bigint * 7919) % 1050000)::int) AS opened
          FROM generate_series(:first, :last) n) made""",
    """INSERT INTO case_facts (case_id, queue_id, assignee_id, reason, channel, language, tags,
        carriers, skus, is_counted, is_contact, opened_at, first_assigned_at, first_resolved_at,
        resolved_at, replies, reopenings)
    SELECT id, queue_id, 1 + id % 30, reason, channel, language, ARRAY[(id % 5)::int],
        ARRAY[(ARRAY['yamato', 'sagawa', 'japanpost'])[(1 + id % 3)::int]],
        ARRAY['SKU-' || id % 200, 'SKU-' || (id * 7) % 200], true, id % 10 > 0, opened_at,
        opened_at + make_interval(secs => id % 50), resolved_at, resolved_at, (1 + id % 4)::int,
        (id % 9 = 0)::int
    FROM cases WHERE id BETWEEN :first AND :last""",
    """INSERT INTO case_spans (case_id, metric, round, staff_id, ended_at, calendar_s, business_s,
        is_done, is_kept)
    SELECT c.id, m.metric, m.round, 1 + c.id % 30,
        c.opened_at + make_interval(mins => (m.round * (1 + c.id % 200))::int),
        60 * m.round * (1 + c.id % 200), 30 * m.round * (1 + c.id % 200), true, c.id % 7 > 0
    FROM cases c
    CROSS JOIN (VALUES ('first_response', 1), ('next_response', 1), ('next_response', 2),
                       ('resolution', 1)) m (metric, round)
    WHERE c.id BETWEEN :first AND :last AND c.resolved_at IS NOT NULL""",
)
