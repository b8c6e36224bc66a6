"""A shop to sell in while measuring: one hot SKU, plenty of it, and orders placed over HTTP."""

import http.client
import itertools
import json
import statistics
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from sqlalchemy import text

from benchmarks.harness import Bench
from benchmarks.replay import FIRST_ID, FIRST_TOKEN
from oms_service.access import keys
from oms_service.infra.db import Database
from oms_service.infra.uow import transaction
from oms_service.inventory import queries as stock
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.clock import SystemClock
from tests.factories.orders import PHONE, SHIP_TO
from tests.factories.shop import make_customer, make_shop
from tests.factories.stock import stock_up

SKU: Final = "COFFEE"
UNITS: Final = 2
#: Known to the shop, each with a mail address of their own.
BUYERS: Final = 1_000
#: Each receipt, and how many: all of it stays below the ids, so that no count is taken for one.
_RECEIPT: Final = 1_000_000
_RECEIPTS: Final = 8
#: How far apart the ids of two tables begin.
_APART: Final = 1_000_000
_RATE: Final = "100000000/minute"
_SCOPES: Final = ("orders:place", "orders:read")


@dataclass(frozen=True)
class HotShop:
    """Where the hot SKU is sold from, and the secret of the key that may place orders."""

    variant_id: int
    location_id: int
    secret: str
    tokens: Iterator[int]

    def allocated(self, database: Database) -> int:
        """Units of the hot SKU that orders were promised; the rest is free."""
        with database.looking() as session:
            (level,) = stock.availability(session, [self.variant_id])
        if level.on_hand != _RECEIPT * _RECEIPTS:
            raise RuntimeError("nothing was shipped, and yet less is on hand")
        return level.allocated


@cache
def a_shop(bench: Bench) -> HotShop:
    """One for all measurements of a run. Ids from now on can be told apart by their table."""
    bench.environ["API_RATE"] = _RATE
    database = Database(bench.database_url, pool_size=1)
    with transaction(
        database.session(), clock=SystemClock(), actor=SYSTEM, after_commit=_nothing
    ) as uow:
        shop = make_shop(uow, stock=0)
        for _ in range(_RECEIPTS):
            stock_up(uow, shop.coffee_id, shop.location_id, _RECEIPT)
        _, secret = keys.create(uow, label="benchmark", scopes=_SCOPES)
    with database.engine.begin() as connection:
        sequences = connection.execute(text("SELECT sequencename FROM pg_sequences ORDER BY 1"))
        for position, name in enumerate(sequences.scalars(), start=1):
            connection.execute(
                text("SELECT setval(CAST(:name AS regclass), :first)"),
                {"name": name, "first": FIRST_ID + _APART * position},
            )
    with transaction(
        database.session(), clock=SystemClock(), actor=SYSTEM, after_commit=_nothing
    ) as uow:
        for number in range(BUYERS):
            make_customer(uow, f"{FIRST_TOKEN + number}@example.jp")
    with database.reading() as connection:
        connection.execute(text("ANALYZE"))
    database.close()
    tokens = itertools.count(FIRST_TOKEN * 10)
    return HotShop(shop.coffee_id, shop.location_id, secret, tokens)


def buyer(token: int) -> int:
    """Who orders: a number that stands in their mail address."""
    return FIRST_TOKEN + token % BUYERS


def wanted(token: int, of: int) -> dict[str, Any]:
    """The body of ``POST /v1/orders`` for two of the hot SKU, paid, sent within Tokyo."""
    return {
        "channel": "web",
        "external_ref": str(token),
        "number": f"W-{token}",
        "customer": {"mail": f"{of}@example.jp"},
        "phone": PHONE,
        "ship_to": SHIP_TO,
        "lines": [{"sku": SKU, "quantity": UNITS}],
        "payments": [
            {"kind": "captured", "amount": {"minor": 1_000 * UNITS, "currency": "JPY"}},
        ],
    }


def headers(shop: HotShop, token: int) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {shop.secret}",
        "Content-Type": "application/json",
        "Idempotency-Key": str(token),
    }


def order_once(client: http.client.HTTPConnection, shop: HotShop) -> float:
    """Place one order; the seconds it took.

    Raises:
        RuntimeError: the answer was not 201.
    """
    token = next(shop.tokens)
    body = json.dumps(wanted(token, buyer(token)))
    began = time.perf_counter()
    client.request("POST", "/v1/orders", body, headers(shop, token))
    answer = client.getresponse()
    said = answer.read()
    took_s = time.perf_counter() - began
    if answer.status != 201:
        raise RuntimeError(f"{answer.status}: {said.decode()}")
    return took_s


def order_for(host: str, port: int, shop: HotShop, *, clients: int, seconds: float) -> int:
    """Orders that so many clients placed, each busy on one connection for so long."""
    until = time.monotonic() + seconds
    placed = [0] * clients
    wrong: list[BaseException] = []

    def keep_ordering(number: int) -> None:
        client = http.client.HTTPConnection(host, port, timeout=30)
        try:
            while time.monotonic() < until:
                order_once(client, shop)
                placed[number] += 1
        except (RuntimeError, OSError, http.client.HTTPException) as error:
            wrong.append(error)
        finally:
            client.close()

    threads = [threading.Thread(target=keep_ordering, args=(n,)) for n in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise wrong[0]
    return sum(placed)


def median_ms(host: str, port: int, shop: HotShop, *, orders: int) -> float:
    """What one order of one client takes, after some to warm up."""
    client = http.client.HTTPConnection(host, port, timeout=30)
    for _ in range(orders // 5):
        order_once(client, shop)
    took_s = [order_once(client, shop) for _ in range(orders)]
    client.close()
    return statistics.median(took_s) * 1000


def _nothing(*, emitted: bool, topics: list[str]) -> None:
    del emitted, topics
