"""How fast one hot SKU is sold: the whole stack beside a bare route that issues the same SQL.

Everybody wants the same row of stock, so what counts besides the work itself is how long a
transaction holds that row.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks import replay, shop
from benchmarks.harness import Bench, Figure, figure
from benchmarks.shop import HotShop
from oms_service.app import create_app
from oms_service.infra.db import Database
from oms_service.operations.reconcile import audit
from oms_service.processes import held_by
from oms_service.settings import Settings

CLIENTS: Final = 8
ROUNDS: Final = 5
ROUND_S: Final = 4.0
WARM_UP_S: Final = 1.5
GOAL: Final = 0.5
#: By environment variable, for the floor; that module runs on a server only.
RECORDING: Final = "OMS_BENCH_RECORDING"


@figure("orders")
def hot_sku(bench: Bench) -> Iterator[Figure]:
    """Orders a second of eight clients who all want the same; none oversold, none lost."""
    house = shop.a_shop(bench)
    bench.environ[RECORDING] = str(_record(bench, house))
    database = Database(bench.database_url, pool_size=1)
    ours, bare = [], []
    for turn in range(ROUNDS):
        bench.tell(f"round {turn + 1} of {ROUNDS}")
        with bench.serving("oms_service.wsgi:app") as (host, port):
            ours.append(_rate(database, house, host, port))
        with bench.serving("benchmarks.bare_order:app") as (host, port):
            bare.append(_rate(database, house, host, port))
    found = audit(database)
    database.close()
    if found:
        raise RuntimeError(f"the books do not agree: {found[:3]}")
    yield Figure(
        name="hot_sku",
        value=sorted(ours)[ROUNDS // 2],
        unit="orders/s",
        floor=sorted(bare)[ROUNDS // 2],
        goal=GOAL,
    )


def _rate(database: Database, house: HotShop, host: str, port: int) -> float:
    """Orders a second; every answer was 201, and so many units were promised."""
    before = house.allocated(database)
    warm = shop.order_for(host, port, house, clients=CLIENTS, seconds=WARM_UP_S)
    placed = shop.order_for(host, port, house, clients=CLIENTS, seconds=ROUND_S)
    if house.allocated(database) - before != (warm + placed) * shop.UNITS:
        raise RuntimeError("stock does not say what the orders say")
    return placed / ROUND_S


def _record(bench: Bench, house: HotShop) -> Path:
    """What one order asks of the database, and what it answers; in this process."""
    app = create_app(Settings.from_env(bench.environ))
    database = held_by(app).database
    client = app.test_client()

    def place(token: int) -> bytes:
        said = client.post(
            "/v1/orders",
            json=shop.wanted(token, shop.buyer(token)),
            headers=shop.headers(house, token),
        )
        if said.status_code != 201:
            raise RuntimeError(said.get_data(as_text=True))
        return said.get_data()

    place(next(house.tokens))
    token = next(house.tokens)
    with replay.recording(database.engine, database.reading_engine) as said:
        body = place(token)
    database.close()
    path = bench.room / "order.recording"
    replay.write(path, said, tokens=(token, shop.buyer(token)), body=body)
    bench.tell(f"an order takes {len(said)} statements")
    return path
