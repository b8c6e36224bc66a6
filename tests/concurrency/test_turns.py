"""Turns: one at a time, and nobody keeps the turn of a job that was ended while it waited."""

import ctypes
import time
from contextlib import suppress
from threading import Thread
from typing import Final

from sqlalchemy import text

from oms_service.infra import locks
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime

NAME: Final = "somebody's door"


class Ended(Exception):
    """What ends a job that takes too long, as a worker's timer raises it."""


def waiting(runtime: Runtime) -> int:
    with runtime.database.reading() as connection:
        found = connection.execute(
            text(
                "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
                " WHERE d.datname = current_database() AND locktype = 'advisory' AND NOT granted"
            )
        )
        return int(found.scalar_one())


def test_a_turn_that_ends_while_it_is_waited_for_is_nobodys(runtime: Runtime) -> None:
    reached = []

    def wait_in_vain() -> None:
        with suppress(Ended), locks.turn(runtime.database, NAME):
            reached.append(True)

    waiter = Thread(target=wait_in_vain)
    with locks.turn(runtime.database, NAME):
        waiter.start()
        until = time.monotonic() + 10
        while not waiting(runtime) and time.monotonic() < until:
            time.sleep(0.01)
        assert waiter.ident is not None
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(waiter.ident), ctypes.py_object(Ended)
        )
    waiter.join(timeout=10)
    assert reached == []
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("SET LOCAL lock_timeout = '5s'"))
        locks.a_name(uow.session, f"turn {NAME}")
