"""The floor of ``hot_sku``: a bare route that issues the SQL of one placed order, no more."""

import gc
import os
from pathlib import Path
from typing import Any, Final

import psycopg
from flask import Flask, Response, request
from psycopg_pool import ConnectionPool

from benchmarks.replay import Replay

RECORDING: Final = "OMS_BENCH_RECORDING"

_replay: Final = Replay(Path(os.environ[RECORDING]))
_reading: Final[ConnectionPool[psycopg.Connection[Any]]] = ConnectionPool(
    os.environ["DATABASE_URL"], min_size=8, max_size=10, kwargs={"autocommit": True}, open=True
)
_writing: Final[ConnectionPool[psycopg.Connection[Any]]] = ConnectionPool(
    os.environ["DATABASE_URL"], min_size=8, max_size=10, open=True
)
app: Final = Flask("bare")


@app.post("/v1/orders")
def place() -> Response:
    said = request.get_json()
    tokens = int(said["external_ref"]), int(said["customer"]["mail"].partition("@")[0])
    with _reading.connection() as connection:
        _replay.read(connection)
    with _writing.connection() as connection:
        _replay.write(connection, tokens)
    return Response(_replay.body, 201, mimetype="application/json")


# As the product's own processes do: the figure compares code, not settings of the collector.
gc.set_threshold(50_000, 20, 20)
gc.freeze()
