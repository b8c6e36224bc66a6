"""What a report on accuracy costs beside a million parcels: the whole page's reading."""

import statistics
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from benchmarks.harness import Bench, Figure, a_bench, figure
from oms_service.console.accuracy import SPOKEN
from oms_service.infra.db import Database
from oms_service.kernel.clock import SystemClock
from oms_service.shipping import accuracy
from oms_service.shipping.accuracy import By, Period

#: Two years of them, each foretold at three stages and looked at a day ahead.
PARCELS: Final = 1_000_000
DAYS: Final = 730
WEEKS: Final = 12
READS: Final = 5
#: Milliseconds within which the figures of twelve weeks are to stand.
GOAL_MS: Final = 2_000.0
TOKYO: Final = ZoneInfo("Asia/Tokyo")

_LOAD: Final = """
INSERT INTO forecasts (order_id, parcel_id, stage, said_at, early, median, late, promised_until,
    chance_late, is_at_risk, model_version, carrier, origin_region, destination_region,
    delivered_at, told_until)
SELECT n, n, s.stage, due - interval '26 hours', due - interval '15 hours',
    due - interval '10 hours', due - interval '4 hours', due, 0.1, mod(n, 17) = 0, 1,
    (ARRAY['yamato', 'sagawa', 'japanpost'])[1 + mod(n, 3)], '大阪府',
    (ARRAY['東京都', '愛知県', '福岡県', '北海道', '宮城県'])[1 + mod(n, 5)],
    due - interval '16 hours' + mod(mod(n, 1000) * 7919, 1000) * interval '1 minute', due
FROM (
    SELECT n, date_trunc('day', now()) - interval '1 day'
        - (%(parcels)s - n) * (%(days)s * interval '1 day' / %(parcels)s) AS due
    FROM generate_series(1, %(parcels)s) AS n
) AS parcels, (VALUES ('placement'), ('handover'), ('scan'), ('day_before')) AS s (stage)
ORDER BY n
"""


@figure("eta")
def accuracy_report(_bench: Bench) -> Iterator[Figure]:
    """Milliseconds of twelve weeks, as the page reads them, in a log of four million forecasts."""
    with a_bench() as bench:
        database = Database(bench.database_url, pool_size=1)
        bench.tell(f"writing the forecasts of {PARCELS} parcels")
        with database.engine.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text("SET LOCAL synchronous_commit = off"))
            connection.exec_driver_sql(_LOAD, {"parcels": PARCELS, "days": DAYS})
        with database.reading() as connection:
            connection.execute(text("VACUUM ANALYZE forecasts"))
            yield Figure(
                name="accuracy_page_ms",
                value=_page_ms(connection),
                unit="ms",
                goal=GOAL_MS,
                at_most=True,
            )
        database.close()


def _page_ms(connection: Connection) -> float:
    now = SystemClock().now()
    last = now.astimezone(TOKYO).date()
    period = Period(last - timedelta(weeks=WEEKS), last, TOKYO)
    took_s = []
    for _ in range(READS):
        began = time.perf_counter()
        for by in (None, By.WEEK, By.CARRIER):
            if not accuracy.report(connection, period, now=now, by=by, stages=SPOKEN):
                raise RuntimeError("nothing was counted")
        took_s.append(time.perf_counter() - began)
    return statistics.median(took_s) * 1000
