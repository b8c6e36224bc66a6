"""How fast an order is found: the whole stack beside a bare route with the same calls.

The floor is a Flask route under the same server with the same number of threads that issues the
same SQL by psycopg and the same broker calls by redis-py, and sends the same bytes.
"""

import http.client
import json
import os
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy import event, text

from benchmarks.harness import Bench, Figure, figure
from oms_service.access import keys
from oms_service.app import create_app
from oms_service.infra.db import Database
from oms_service.infra.uow import transaction
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.clock import SystemClock
from oms_service.processes import held_by
from oms_service.settings import Settings

ORDERS: Final = 5_000
CLIENTS: Final = 8
ROUNDS: Final = 3
ROUND_S: Final = 4.0
WARM_UP_S: Final = 1.5
GOAL: Final = 0.6
#: By environment variable, for the floor; that module runs on a server only.
RECORDING: Final = "OMS_BENCH_RECORDING"
RATE: Final = "100000000/minute"


@figure("house")
def track_lookup(bench: Bench) -> Iterator[Figure]:
    """Look-ups a second through key, limits, proof, order, parcels and scans."""
    bench.environ["API_RATE"] = RATE
    secret = _prepare(bench)
    headers = {"Authorization": f"Bearer {secret}"}
    recording = bench.room / "track.json"
    recording.write_text(json.dumps(_record(bench, headers)))
    bench.environ[RECORDING] = str(recording)
    ours, bare = [], []
    for turn in range(ROUNDS):
        bench.tell(f"round {turn + 1} of {ROUNDS}")
        with bench.serving("oms_service.wsgi:app") as (host, port):
            ours.append(_rate(host, port, headers))
        with bench.serving("benchmarks.bare_track:app") as (host, port):
            bare.append(_rate(host, port, headers))
    yield Figure(
        name="track_lookup",
        value=sorted(ours)[ROUNDS // 2],
        unit="requests/s",
        floor=sorted(bare)[ROUNDS // 2],
        goal=GOAL,
    )


def _record(bench: Bench, headers: Mapping[str, str]) -> dict[str, Any]:
    """What one look-up asks of the database, and what it answers; in this process."""
    app = create_app(Settings.from_env(bench.environ))
    database = held_by(app).database
    statements: list[tuple[str, object]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        statements.append((statement, parameters))

    client = app.test_client()
    client.get(_path(1), headers=dict(headers))
    event.listen(database.reading_engine, "before_cursor_execute", note)
    answer = client.get(_path(1), headers=dict(headers))
    database.close()
    if answer.status_code != 200:
        raise RuntimeError(answer.get_data(as_text=True))
    return {"statements": statements, "body": answer.get_data(as_text=True)}


def _prepare(bench: Bench) -> str:
    """Orders with one parcel and three scans each, and a key; returns its secret."""
    bench.tell(f"writing {ORDERS} orders")
    database = Database(bench.database_url, pool_size=1)
    with database.engine.begin() as connection:
        for statement in Path(__file__).with_name("track.sql").read_text().split(";\n"):
            if statement.strip():
                connection.execute(text(statement), {"orders": ORDERS})
    with transaction(
        database.session(), clock=SystemClock(), actor=SYSTEM, after_commit=_nothing
    ) as uow:
        _, secret = keys.create(uow, label="benchmark", scopes=["track:read"])
    with database.reading() as connection:
        connection.execute(text("ANALYZE"))
    database.close()
    return secret


def _nothing(*, emitted: bool, topics: list[str]) -> None:
    del emitted, topics


def _path(number: int) -> str:
    order = f"T-{number:06}"
    return f"/v1/track?{urlencode({'order': order, 'mail': f'buyer{number}@example.jp'})}"


@dataclass
class _Count:
    done: int = 0
    wrong: int = 0


def _rate(host: str, port: int, headers: Mapping[str, str]) -> float:
    """Right answers a second to clients that each keep one connection busy."""
    _spin(host, port, headers, WARM_UP_S)
    counts = _spin(host, port, headers, ROUND_S)
    if any(one.wrong for one in counts):
        raise RuntimeError("some answers were not 200")
    return sum(one.done for one in counts) / ROUND_S


def _spin(host: str, port: int, headers: Mapping[str, str], seconds: float) -> list[_Count]:
    counts = [_Count() for _ in range(CLIENTS)]
    until = time.monotonic() + seconds

    def ask(mine: _Count, number: int) -> None:
        client = http.client.HTTPConnection(host, port, timeout=10)
        while time.monotonic() < until:
            client.request("GET", _path(number % ORDERS + 1), headers=dict(headers))
            answer = client.getresponse()
            answer.read()
            mine.done += 1
            mine.wrong += answer.status != 200
            number += CLIENTS
        client.close()

    threads = [
        threading.Thread(target=ask, args=(mine, number + os.getpid()))
        for number, mine in enumerate(counts)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return counts
