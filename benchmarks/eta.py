"""How fast scans come in: from the signed call to parcel, estimate and events committed."""

import http.client
import json
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import text

from benchmarks.harness import Bench, Figure, figure
from oms_service.adapters.carriers import signing
from oms_service.infra.db import Database
from oms_service.kernel.clock import SystemClock

SECRET: Final = "a-secret-for-measurements-of-this-machine"  # noqa: S105 - of a server that is thrown away
PARCELS: Final = 2_000
CLIENTS: Final = 16
#: A carrier's call tells of several parcels, an eager one's of one.
A_BATCH: Final = 20
GOAL: Final = 500
#: What each parcel hears in turn.
STORY: Final = ("荷物受付", "発送済み", "作業店通過", "配達店到着", "配達中")


@figure("eta")
def scans_in(bench: Bench) -> Iterator[Figure]:
    """Scans a second, in calls of twenty and one by one; every one of them is found afterwards."""
    bench.environ["CARRIER_WEBHOOK_SECRETS"] = f"yamato={SECRET}"
    _prepare(bench)
    with bench.serving("oms_service.wsgi:app", threads=CLIENTS) as (host, port):
        _send(host, port, _bodies("warm up", A_BATCH, PARCELS // 10))
        for name, size, parcels in (
            ("scans_per_s", A_BATCH, PARCELS),
            ("scans_per_s_one_by_one", 1, PARCELS),
        ):
            total = 0
            took_s = 0.0
            for step in STORY if size > 1 else STORY[-1:]:
                bodies = _bodies(f"{name} {step}", size, parcels, step)
                took_s += _send(host, port, bodies)
                total += parcels
            _check(bench, name, total)
            # A call for each scan is told beside it: it measures calls, and has no goal.
            goal = GOAL if size > 1 else None
            yield Figure(name=name, value=total / took_s, unit="scans/s", goal=goal)


def _bodies(label: str, size: int, parcels: int, step: str = STORY[0]) -> list[bytes]:
    """Calls of ``size`` scans, one of each parcel."""
    now = SystemClock().now()
    scans = [
        {
            "tracking_number": f"Y{number}",
            "event_id": f"{label} {number}",
            "status": step,
            "occurred_at": (now - timedelta(minutes=5)).isoformat(),
            "place": "新宿センター",
        }
        for number in range(1, parcels + 1)
    ]
    return [
        json.dumps({"scans": scans[first : first + size]}).encode()
        for first in range(0, parcels, size)
    ]


def _send(host: str, port: int, bodies: Sequence[bytes]) -> float:
    """How many seconds it takes until every call is answered."""
    left = list(bodies)
    wrong: list[int] = []

    def work() -> None:
        client = http.client.HTTPConnection(host, port, timeout=60)
        while left:
            try:
                body = left.pop()
            except IndexError:
                break
            signed = signing.headers(SECRET, datetime.now(UTC), body)  # noqa: TID251 - a client's own clock
            client.request("POST", "/webhooks/carriers/yamato", body, signed)
            answer = client.getresponse()
            answer.read()
            if answer.status != 204:
                wrong.append(answer.status)
        client.close()

    threads = [threading.Thread(target=work) for _ in range(CLIENTS)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took_s = time.monotonic() - began
    if wrong:
        raise RuntimeError(f"{len(wrong)} calls were answered {sorted(set(wrong))}")
    return took_s


def _check(bench: Bench, label: str, sent: int) -> None:
    """Every scan is kept, told of, and believed."""
    database = Database(bench.database_url, pool_size=1)
    with database.reading() as connection:
        kept = connection.execute(
            text(
                "SELECT count(*), count(e.id) FROM scans s LEFT JOIN outbox e"
                " ON e.name = 'parcel.scanned' AND (e.payload->>'scan_id')::bigint = s.id"
                " WHERE s.event_key LIKE :label || ' %'"
            ),
            {"label": label},
        ).one()
        behind = connection.scalar(
            text("SELECT count(*) FROM parcels WHERE status <> 'out_for_delivery'")
        )
    database.close()
    if tuple(kept) != (sent, sent) or behind:
        raise RuntimeError(f"of {sent} scans {kept[0]} are kept, {kept[1]} told; {behind} behind")


def _prepare(bench: Bench) -> None:
    bench.tell(f"writing {PARCELS} parcels")
    database = Database(bench.database_url, pool_size=1)
    with database.engine.begin() as connection:
        for statement in Path(__file__).with_name("track.sql").read_text().split(";\n"):
            if statement.strip():
                connection.execute(text(statement), {"orders": PARCELS})
        connection.execute(
            text("UPDATE shipments SET origin_region = '大阪府', destination_region = '東京都'")
        )
    with database.reading() as connection:
        connection.execute(text("ANALYZE"))
    database.close()
