"""Children that fall, and what their supervisor does about it."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from oms_service.embedded import processes
from oms_service.embedded.crew import Crew, Program, stop_leftovers

#: Ignores a polite end and leaves a grandchild in a process group of its own, as RQ does.
STUBBORN = (
    "import os, signal, time\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "if os.fork() == 0:\n"
    "    os.setpgrp()\n"
    "time.sleep(60)\n"
)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def crew(tmp_path: Path, said: list[str]) -> Iterator[Callable[[str], Crew]]:
    started: list[Crew] = []

    def start(program: str) -> Crew:
        made = Crew(dict(os.environ), tmp_path / "logs", tmp_path / "run", say=said.append)
        started.append(made)
        made.start([Program("one", (sys.executable, "-c", program), patience_s=0.5)])
        return made

    yield start
    for each in started:
        each.stop()


def test_a_fallen_child_comes_back_after_a_pause(
    crew: Callable[[str], Crew], said: list[str]
) -> None:
    made = crew("import time; time.sleep(60)")
    member = made.members[0]
    first = _child(made)
    os.kill(first, 9)
    _tend(made, until=lambda: member.child is None)
    assert said == [
        f"one ended with signal 9; starting it again in 0.5 s (log: {member.log})",
    ]
    _tend(made, until=lambda: member.child is not None)
    assert _child(made) != first
    assert (member.note).read_text().split()[0] == str(_child(made))


def test_the_pause_doubles_and_ends_at_half_a_minute(crew: Callable[[str], Crew]) -> None:
    member = crew("import time; time.sleep(60)").members[0]
    assert [member.rest() for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]


def test_stopping_leaves_no_grandchild(crew: Callable[[str], Crew]) -> None:
    made = crew(STUBBORN)
    session = _child(made)
    _until(lambda: len(_session(session)) == 2)
    made.stop()
    assert _session(session) == []
    assert list((made.notes).iterdir()) == []


def test_what_a_killed_supervisor_left_is_found_and_ended(
    crew: Callable[[str], Crew], tmp_path: Path
) -> None:
    made = crew("import time; time.sleep(60)")
    session = _child(made)
    assert stop_leftovers(tmp_path / "run") == ["one"]
    _until(lambda: _session(session) == [])
    assert stop_leftovers(tmp_path / "run") == []


def test_only_warnings_reach_the_terminal(crew: Callable[[str], Crew], said: list[str]) -> None:
    made = crew(
        'print(\'{"level": "info", "event": "quiet"}\', flush=True)\n'
        'print(\'{"level": "warning", "event": "loud"}\', flush=True)\n'
        "import time; time.sleep(60)"
    )
    _tend(made, until=lambda: bool(said))
    assert said == ['one | {"level": "warning", "event": "loud"}']
    assert "quiet" in made.members[0].log.read_text()


def _child(crew: Crew) -> int:
    child = crew.members[0].child
    assert child is not None
    return child.pid


def _session(number: int) -> list[int]:
    return [seen.pid for seen in processes.table() if seen.session == number and seen.state != "Z"]


def _tend(crew: Crew, *, until: Callable[[], bool]) -> None:
    def done() -> bool:
        crew.tend()
        return until()

    _until(done)


def _until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not done():
        assert time.monotonic() < deadline, "waited 10 s"
        time.sleep(0.02)
