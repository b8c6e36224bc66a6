"""What the processes without pages share: how they start, run on through trouble, and stop."""

import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Final

# Before the house is loaded: nearly all it makes lives as long as the process, and looking for
# garbage among it every 700 objects took a fifth of the start and some of every request.
gc.set_threshold(50_000, 20, 20)

import structlog
from flask import Flask
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from oms_service.app import create_app
from oms_service.infra import logging
from oms_service.runtime import EXTENSION, Runtime
from oms_service.settings import BadSetting, Settings

log = structlog.get_logger(__name__)

#: A lost database or broker: what passes by itself.
PASSING: Final = (DBAPIError, PoolTimeout, RedisError, OSError)
_PAUSE_S: Final = 0.5


def start(process: str) -> Flask:
    """The app of one process, from the environment; a bad setting ends it with one line."""
    try:
        settings = Settings.from_env()
    except BadSetting as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from None
    logging.set_up(level=settings.log_level, process=process)
    app = create_app(settings)
    gc.freeze()  # what stands now stays: no later look goes through it again
    return app


def held_by(app: Flask) -> Runtime:
    found: Runtime = app.extensions[EXTENSION]
    return found


class Stop:
    """Set by SIGTERM and SIGINT; a loop looks at it between two pieces of work."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self._ask)
            signal.signal(signal.SIGINT, self._ask)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self._asked.set()

    def __bool__(self) -> bool:
        return self._asked.is_set()

    def wait(self, seconds: float) -> None:
        self._asked.wait(seconds)


def keep_going(stop: Stop, step: Callable[[], None]) -> None:
    """Repeat ``step`` until told to stop, waiting out a lost database or broker."""
    while not stop:
        try:
            step()
        except PASSING as error:
            log.warning("process.waiting", error=type(error).__name__, pid=os.getpid())
            time.sleep(_PAUSE_S)
