"""What an order costs in a shop that is old: a thousand orders beside a million.

Two databases of one server, alike but for that; each order of the one is followed by an order of
the other, so that whatever else the machine does slows both.
"""

import http.client
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psycopg
from sqlalchemy import text

from benchmarks import shop
from benchmarks.harness import Bench, Figure, a_bench, figure
from benchmarks.shop import HotShop
from oms_service.infra.db import Database

FEW: Final = 1_000
MANY: Final = 1_000_000
ORDERS: Final = 300
WARM_UP: Final = 60
READS: Final = 40
GOAL: Final = 1.3
#: Milliseconds within which a list of a million orders is to stand.
LIST_GOAL_MS: Final = 100.0
_SMALL: Final = "small"
_SEARCHES: Final = (("number", "L-777777"), ("mail", "load777777@example.jp"))


@figure("orders")
def order_growth(_bench: Bench) -> Iterator[Figure]:
    """Milliseconds of an order, of the order list and of a search, in a table of a million."""
    with a_bench() as bench:
        house = shop.a_shop(bench)
        big = bench.database_url
        load(bench, house, 1, FEW)
        small = copy(big)
        bench.tell(f"writing {MANY} orders")
        began = time.monotonic()
        load(bench, house, FEW + 1, MANY)
        bench.tell(f"they took {time.monotonic() - began:.0f} s")
        bench.environ["DATABASE_URL"] = small
        with bench.serving("oms_service.wsgi:app", threads=2) as of_few:
            bench.environ["DATABASE_URL"] = big
            with bench.serving("oms_service.wsgi:app", threads=2) as of_many:
                few_ms, many_ms = _in_turns(house, of_few, of_many)
                yield Figure(
                    name="order_growth",
                    value=many_ms,
                    unit="ms",
                    floor=few_ms,
                    goal=GOAL,
                    at_most=True,
                )
                for what, path in _lists():
                    yield Figure(
                        name=f"order_{what}",
                        value=_reading_ms(house, of_many, path),
                        unit="ms",
                        goal=LIST_GOAL_MS,
                        at_most=True,
                    )


def _lists() -> Iterator[tuple[str, str]]:
    yield "list", "/v1/orders?limit=50"
    for what, typed in _SEARCHES:
        yield f"search_by_{what}", f"/v1/orders?limit=50&text={quote(typed)}"


def _in_turns(
    house: HotShop, of_few: tuple[str, int], of_many: tuple[str, int]
) -> tuple[float, float]:
    """The median milliseconds of one order, by one client, in either."""
    clients = [http.client.HTTPConnection(*of, timeout=30) for of in (of_few, of_many)]
    took_s: tuple[list[float], list[float]] = ([], [])
    for _ in range(WARM_UP + ORDERS):
        for client, of in zip(clients, took_s, strict=True):
            of.append(shop.order_once(client, house))
    for client in clients:
        client.close()
    few, many = (statistics.median(of[WARM_UP:]) * 1000 for of in took_s)
    return few, many


def _reading_ms(house: HotShop, of: tuple[str, int], path: str) -> float:
    """The median milliseconds of one answer.

    Raises:
        RuntimeError: it was not 200.
    """
    client = http.client.HTTPConnection(*of, timeout=60)
    took_s = []
    for _ in range(READS):
        began = time.perf_counter()
        client.request("GET", path, headers={"Authorization": f"Bearer {house.secret}"})
        answer = client.getresponse()
        said = answer.read()
        took_s.append(time.perf_counter() - began)
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {said.decode()}")
    client.close()
    return statistics.median(took_s[READS // 8 :]) * 1000


def load(bench: Bench, house: HotShop, first: int, last: int) -> None:
    """Write these orders with all that hangs on them; keys are right by how they are made."""
    database = Database(bench.database_url, pool_size=1)
    with database.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("SET LOCAL synchronous_commit = off"))
        after = connection.execute(text("SELECT coalesce(max(id), 0) FROM orders")).scalar_one()
        values = {
            "first": first,
            "last": last,
            "after": after,
            "variant": house.variant_id,
            "location": house.location_id,
        }
        for statement in Path(__file__).with_name("growth.sql").read_text().split(";\n"):
            connection.exec_driver_sql(statement, values)
    with database.reading() as connection:
        connection.execute(text("VACUUM ANALYZE"))
    database.close()


def copy(url: str) -> str:
    """Another database of the same server with the same content; its address."""
    server, _, name = url.rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {_SMALL} TEMPLATE {name}")
    return f"{server}/{_SMALL}"
