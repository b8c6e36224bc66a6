"""``oms up`` with its real children: one command starts everything, one signal ends it."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from oms_service import supervisor
from oms_service.embedded.ports import free_ports, is_answering
from oms_service.embedded.processes import look_up
from oms_service.embedded.state import running_environment
from tests import templates

#: What runs without being asked for.
STARTED = supervisor.COMMANDS.keys() - supervisor.ON_DEMAND.keys()
PATIENCE_S = 90


@dataclass
class Up:
    """One run of the command."""

    process: "subprocess.Popen[bytes]"
    port: int
    state: Path
    output: Path

    def said(self) -> str:
        return self.output.read_text()

    def wait_for(self, words: str, times: int = 1) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while self.said().count(words) < times:
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.05)

    def end(self, sign: signal.Signals) -> int:
        self.process.send_signal(sign)
        return self.process.wait(PATIENCE_S)

    def pid_of(self, name: str) -> int:
        return int((self.state / "run" / name).read_text().split()[0])


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Callable[..., Up]]:
    """Starts ``oms up`` on one state folder, without the demo shop's data."""
    runs: list[Up] = []
    templates.lend(tmp_path / "state")

    def start(*arguments: str, port: int = 0, **environ: str) -> Up:
        port = port or free_ports(2)[0]
        output = tmp_path / f"output-{len(runs)}"
        with output.open("wb") as stream:
            process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", "oms_service.cli", "up", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                env=_clean_environ(tmp_path / "state", port) | environ,
                start_new_session=True,
            )
        runs.append(Up(process, port, tmp_path / "state", output))
        return runs[-1]

    yield start
    for run in runs:
        if run.process.poll() is None:
            run.end(signal.SIGTERM)


def test_one_command_starts_it_what_falls_comes_back_and_one_signal_ends_it(
    up: Callable[..., Up],
) -> None:
    run = up()
    run.wait_for("Order Desk is ready")
    _until(lambda: set(_children(run)) == STARTED)
    with urllib.request.urlopen(f"http://127.0.0.1:{run.port}/health/ready") as answer:
        assert answer.status == 200
    environ = running_environment(run.state)
    assert environ["PORT"] == str(run.port)
    everything = _everything_of(run.state)
    assert len(everything) >= len(STARTED) + 2

    fallen = run.pid_of("worker")
    os.kill(fallen, signal.SIGKILL)
    run.wait_for("worker ended with signal 9; starting it again in 0.5 s")
    _until(lambda: run.pid_of("worker") != fallen)

    for server, words in (("pg", "PostgreSQL ended"), ("valkey", "Valkey ended")):
        note = run.state / server / "running"
        before = note.read_text()
        os.kill(int(before.split()[0]), signal.SIGKILL)
        run.wait_for(words)
        _until(lambda note=note, before=before: note.exists() and note.read_text() != before)  # type: ignore[misc]
    _until(lambda: _status(run.port) == 200)
    assert running_environment(run.state) == environ

    assert run.end(signal.SIGINT) == 0
    assert run.said().endswith("Stopping ...\nOrder Desk has stopped.\n")
    assert _everything_of(run.state) == []
    assert not is_answering(run.port)
    assert not is_answering(run.port + 1)
    assert running_environment(run.state) == {}


def test_a_killed_supervisor_leaves_nothing_in_the_way(up: Callable[..., Up]) -> None:
    first = up()
    first.wait_for("Order Desk is ready")
    key = (first.state / "secret-key").read_text()
    assert first.end(signal.SIGKILL) == -signal.SIGKILL
    second = up(port=first.port)
    second.wait_for("Order Desk is ready")
    _until(lambda: set(_children(second)) == STARTED)
    assert (second.state / "secret-key").read_text() == key
    assert second.end(signal.SIGTERM) == 0
    assert _everything_of(second.state) == []


def test_a_second_one_on_the_same_folder_is_refused(up: Callable[..., Up]) -> None:
    first = up()
    first.wait_for("PostgreSQL")
    second = up()
    assert second.process.wait(PATIENCE_S) == 1
    assert second.said() == (
        f"Order Desk already runs from {first.state} (process {first.process.pid}).\n"
    )
    assert first.end(signal.SIGTERM) == 0


@pytest.mark.parametrize("offset", [0, 1], ids=["web", "streams"])
def test_a_port_in_use_gets_one_line(up: Callable[..., Up], offset: int) -> None:
    port = free_ports(2)[0]
    with _listening(port + offset):
        run = up(port=port)
        assert run.process.wait(PATIENCE_S) == 1
    assert run.said() == (
        f"Port {port + offset} is in use: end what listens there, "
        f"or choose another port with PORT={port + 100}.\n"
    )
    assert _everything_of(run.state) == []


@pytest.mark.parametrize(
    ("environ", "line"),
    [
        ({"PORT": "many"}, "PORT, STREAMS_PORT and MCP_PORT must be numbers\n"),
        ({"PORT": "70000"}, "PORT: must be a port from 1 to 65535\n"),
    ],
)
def test_a_bad_setting_gets_one_line(
    up: Callable[..., Up], environ: dict[str, str], line: str
) -> None:
    run = up(**environ)
    assert run.process.wait(PATIENCE_S) == 1
    assert run.said() == line


def test_a_signal_during_start_up_ends_it_too(up: Callable[..., Up]) -> None:
    run = up()
    run.wait_for("Starting PostgreSQL")
    assert run.end(signal.SIGTERM) == 0
    assert _everything_of(run.state) == []


def test_a_reset_forgets_only_what_is_ours(up: Callable[..., Up]) -> None:
    run = up()
    run.wait_for("Starting Valkey")
    _until((run.state / "secret-key").exists)
    key = (run.state / "secret-key").read_text()
    assert run.end(signal.SIGTERM) == 0
    (run.state / "diary.txt").write_text("not ours")
    again = up("--reset")
    again.wait_for("Starting Valkey")
    _until((run.state / "secret-key").exists)
    assert (run.state / "secret-key").read_text() != key
    assert (run.state / "diary.txt").read_text() == "not ours"
    assert again.end(signal.SIGTERM) == 0


def _clean_environ(state: Path, port: int) -> dict[str, str]:
    theirs = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "STREAMS_PORT", "PUBLIC_URL"}
    kept = {name: value for name, value in os.environ.items() if name not in theirs}
    ours = {"STATE_DIR": str(state), "PORT": str(port), "DEMO": "0", "WEB_WORKERS": "1"}
    return kept | ours


def _children(run: Up) -> dict[str, int]:
    return {
        note.name: pid
        for note in (run.state / "run").iterdir()
        if (seen := look_up(pid := int(note.read_text().split()[0]))) and seen.state != "Z"
    }


def _everything_of(state: Path) -> list[int]:
    """All processes that were told of this state folder."""
    mark = f"STATE_DIR={state}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and mark in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def _status(port: int) -> int | None:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready") as answer:
            return int(answer.status)
    except OSError:
        return None


@contextmanager
def _listening(port: int) -> Iterator[None]:
    with socket.create_server(("127.0.0.1", port)):
        yield


def _until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < deadline, f"waited {PATIENCE_S} s"
        time.sleep(0.05)
