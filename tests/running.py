"""The product's own processes on a test's own database and broker, for browsers and flows."""

import atexit
import http.client
import os
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from oms_service.app import build_runtime
from oms_service.embedded.crew import Crew
from oms_service.embedded.nursery import Nursery
from oms_service.embedded.ports import LOCALHOST, free_ports
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from oms_service.supervisor import LOADED, programs
from tests import templates

#: Five processes that start on two busy cores: nobody waits longer than they take.
PATIENCE_S = 180


@cache
def the_nursery() -> Nursery:
    """What the processes of all houses of this test process are forked from, as ``oms up`` does."""
    made = Nursery(LOADED, Path(tempfile.gettempdir()) / f"nursery-{os.getpid()}.log")
    made.start(os.environ)
    atexit.register(made.stop)
    return made


@dataclass(frozen=True)
class RunningHouse:
    """Where it answers, and the same database for the test to arrange and to look into."""

    url: str
    streams_url: str
    runtime: Runtime
    environ: dict[str, str]
    crew: Crew


@contextmanager
def a_running_house(
    database_url: str, redis_url: str, folder: Path, *, without: Collection[str] = (), **more: str
) -> Iterator[RunningHouse]:
    """Web, streams, relay, worker and clock, as ``oms up`` starts them, until the block ends.

    ``without`` names processes that a test has no use for: each takes seconds to start. ``more``
    are further variables of the environment.
    """
    port, streams_port = free_ports(2)
    url, streams_url = (f"http://{LOCALHOST}:{number}" for number in (port, streams_port))
    environ = {
        **os.environ,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": "a key for tests, thirty-two characters and more",
        "STATE_DIR": str(folder / "state"),
        "PORT": str(port),
        "STREAMS_PORT": str(streams_port),
        "WEB_WORKERS": "1",  # two take twice the time to start, and the tests have two cores
        "PUBLIC_URL": url,
        "STREAMS_URL": streams_url,
        "DEMO": "1",
        "LOG_LEVEL": "WARNING",
        **more,
    }
    doors, rooms = programs(environ)
    crew = Crew(
        environ,
        folder / "logs",
        folder / "notes",
        say=lambda line: None,
        nursery=the_nursery(),
    )
    runtime = build_runtime(Settings.from_env(environ))
    templates.lend(folder / "state")
    try:
        crew.start([one for one in (*doors, *rooms) if one.name not in without])
        _await(port, "/health/ready")
        if "streams" not in without:
            _await(streams_port, "/health/live")
        templates.learn(folder / "state")
        yield RunningHouse(url, streams_url, runtime, environ, crew)
    finally:
        crew.stop()
        runtime.database.close()


def _await(port: int, path: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection(LOCALHOST, port, timeout=5)
        try:
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    raise TimeoutError(f"nothing is ready at port {port}")
