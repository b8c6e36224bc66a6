"""Children that are forked from a process which has loaded what they need."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from oms_service.embedded import processes
from oms_service.embedded.crew import Program, begin
from oms_service.embedded.nursery import Born, NoNursery, Nursery

CHILD = "tests.embedded_child"

#: A supervisor that has a child born, says both numbers, and waits to be killed.
SUPERVISOR = f"""
import os, sys, time
from pathlib import Path
from oms_service.embedded.nursery import Nursery
nursery = Nursery("sqlite3", Path(sys.argv[1]))
nursery.start(os.environ)
child = nursery.bear("one", ("{CHILD}", "stay"), output=os.open("/dev/null", os.O_WRONLY),
                     environ=os.environ)
print(nursery.pid, child.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def nursery(tmp_path: Path) -> Iterator[Nursery]:
    made = Nursery("sqlite3", tmp_path / "nursery.log")
    made.start(os.environ)
    yield made
    made.stop()


def test_a_child_is_what_a_fresh_process_would_be(nursery: Nursery, tmp_path: Path) -> None:
    child, said = _born(nursery, tmp_path, "3", "おはよう", environ={"LANG": "C.UTF-8", "A": "b"})
    assert child.wait(10) == 3
    assert said() == {
        "arguments": ["3", "おはよう"],
        "environ": {"LANG": "C.UTF-8", "A": "b"},
        "loaded": True,
        "session": True,
        "name": "one",
    }
    child.send_signal(signal.SIGKILL)  # it has ended: nobody is hit
    assert child.poll() == 3


def test_how_a_child_ends_is_known(nursery: Nursery, tmp_path: Path) -> None:
    child, said = _born(nursery, tmp_path, "stay")
    said()
    assert child.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        child.wait(0)
    child.terminate()
    assert child.wait(10) == -signal.SIGTERM


def test_children_end_with_their_supervisor(tmp_path: Path) -> None:
    log = tmp_path / "nursery.log"
    with subprocess.Popen(  # noqa: S603 - the program above
        [sys.executable, "-c", SUPERVISOR, str(log)], stdout=subprocess.PIPE, text=True
    ) as supervisor:
        assert supervisor.stdout is not None
        pids = [int(word) for word in supervisor.stdout.readline().split()]
        assert len(pids) == 2
        assert all(_lives(pid) for pid in pids)
        supervisor.kill()
    _until(lambda: not any(_lives(pid) for pid in pids))


def test_children_outlive_their_nursery_and_more_come_without_it(
    nursery: Nursery, tmp_path: Path
) -> None:
    child, said = _born(nursery, tmp_path, "stay")
    said()
    assert nursery.pid is not None
    os.kill(nursery.pid, signal.SIGKILL)
    program = Program("two", (sys.executable, "-m", CHILD, "4"))
    with (tmp_path / "two").open("wb") as output:
        alone = begin(program, output.fileno(), os.environ, nursery)
    assert alone.wait(10) == 4
    assert not json.loads((tmp_path / "two").read_text())["loaded"]
    assert child.poll() is None
    child.kill()
    assert child.wait(10) == -signal.SIGKILL


def test_what_cannot_be_loaded_is_said_in_its_log(tmp_path: Path) -> None:
    made = Nursery("no_such_module", tmp_path / "nursery.log")
    with pytest.raises(NoNursery, match="was not started"):
        _born(made, tmp_path, "0")
    made.start(os.environ)
    with pytest.raises(NoNursery):
        _born(made, tmp_path, "0")
    assert "No module named 'no_such_module'" in (tmp_path / "nursery.log").read_text()


def _born(
    nursery: Nursery, folder: Path, *words: str, environ: dict[str, str] | None = None
) -> tuple[Born, Callable[[], Any]]:
    """A child, and what it says once it has."""
    place = folder / "said"
    given = {**os.environ} if environ is None else environ
    with place.open("wb") as output:
        child = nursery.bear("one", (CHILD, *words), output=output.fileno(), environ=given)

    def said() -> Any:
        _until(lambda: place.read_text().endswith("\n"))
        return json.loads(place.read_text())

    return child, said


def _lives(pid: int) -> bool:
    seen = processes.look_up(pid)
    return seen is not None and seen.state != "Z"


def _until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not done():
        assert time.monotonic() < deadline, "waited 10 s"
        time.sleep(0.02)
