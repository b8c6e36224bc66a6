"""The floor of ``track_lookup``: a bare route with the same SQL, broker calls and answer."""

import gc
import json
import os
import time
from pathlib import Path
from typing import Any, Final

import psycopg
from flask import Flask, Response
from limits.storage import storage_from_string
from limits.storage.redis import RedisStorage
from psycopg_pool import ConnectionPool

RECORDING: Final = "OMS_BENCH_RECORDING"

_recorded: Final[dict[str, Any]] = json.loads(Path(os.environ[RECORDING]).read_text())
_body: Final[bytes] = _recorded["body"].encode()
_statements: Final[list[tuple[str, dict[str, Any]]]] = [
    (statement, parameters) for statement, parameters in _recorded["statements"]
]
_pool: Final[ConnectionPool[psycopg.Connection[tuple[Any, ...]]]] = ConnectionPool(
    os.environ["DATABASE_URL"], min_size=8, max_size=10, kwargs={"autocommit": True}, open=True
)
_storage: Final = storage_from_string(os.environ["REDIS_URL"])
app: Final = Flask("bare")


@app.get("/v1/track")
def track() -> Response:
    assert isinstance(_storage, RedisStorage)
    with _pool.connection() as connection:
        (key, *order) = _statements
        connection.execute(key[0], key[1]).fetchall()
        now = time.time()
        _storage.lua_acquire_moving_window(["bare-key"], [now, 100_000_000, 60, 1])
        _storage.lua_moving_window(["bare-proof"], [now - 900, 10])
        for statement, parameters in order:
            connection.execute(statement, parameters).fetchall()
    return Response(_body, mimetype="application/json")


# As the product's own processes do: the figure compares code, not settings of the collector.
gc.set_threshold(50_000, 20, 20)
gc.freeze()
