"""PostgreSQL and Valkey as the demo runs them."""

import contextlib
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import redis

from oms_service.embedded import processes
from oms_service.embedded.failures import CannotStart, explain, require_space
from oms_service.embedded.ports import LOCALHOST, a_free_port, is_answering, is_free, on_a_free_port
from oms_service.embedded.postgres import Postgres
from oms_service.embedded.valkey import Valkey


@pytest.fixture
def postgres(tmp_path: Path) -> Postgres:
    return Postgres(tmp_path / "pg", tmp_path / "logs" / "postgres.log")


def test_data_survive_an_orderly_stop_and_a_kill(postgres: Postgres) -> None:
    postgres.start()
    try:
        with psycopg.connect(postgres.url()) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        postgres.stop()
        assert not is_answering(postgres.port)
        postgres.start()
        with psycopg.connect(postgres.url()) as connection:
            connection.execute("INSERT INTO kept VALUES (43)")
        postgres.kill()
        postgres.start()
        with psycopg.connect(postgres.url()) as connection:
            rows = connection.execute("SELECT answer FROM kept ORDER BY 1").fetchall()
        assert rows == [(42,), (43,)]
    finally:
        postgres.stop()


def test_japanese_is_found_by_trigram(postgres: Postgres) -> None:
    postgres.start()
    try:
        with psycopg.connect(postgres.url()) as connection:
            connection.execute("CREATE EXTENSION pg_trgm")
            row = connection.execute("SELECT similarity('珈琲豆', '珈琲'), '珈琲' % '珈琲豆'")
            assert row.fetchone() == (0.4, True)
    finally:
        postgres.stop()


def test_nobody_enters_without_the_password(postgres: Postgres, own_valkey: Valkey) -> None:
    postgres.start()
    try:
        with pytest.raises(psycopg.OperationalError, match="no password supplied"):
            psycopg.connect(host="127.0.0.1", port=postgres.port, user="oms", dbname="oms")
        password = postgres.folder / "password"
        assert stat.S_IMODE(password.stat().st_mode) == 0o600
        assert password.read_text() not in _command_line(postgres.process)
    finally:
        postgres.stop()
    with (
        redis.Redis(port=own_valkey.port) as stranger,
        pytest.raises((redis.AuthenticationError, redis.ResponseError)),
    ):
        stranger.ping()
    assert (own_valkey.folder / "password").read_text() not in _command_line(own_valkey.process)


def test_a_server_left_by_a_killed_parent_makes_room(postgres: Postgres) -> None:
    postgres.start()
    left = postgres.process
    assert left is not None
    successor = Postgres(postgres.folder, postgres.log)
    try:
        successor.start()
        assert left.wait(5) == 0  # it was asked, not killed
        with psycopg.connect(successor.url()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        successor.stop()
        postgres.stop()


def test_a_server_ends_with_its_parent(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path;"
        "from oms_service.embedded.postgres import Postgres;"
        "from oms_service.embedded.valkey import Valkey;"
        "room = Path(sys.argv[1]);"
        "p = Postgres(room / 'pg', room / 'p.log'); p.start();"
        "v = Valkey(room / 'valkey', room / 'v.log'); v.start();"
        "print(p.process.pid, v.process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        children = [int(pid) for pid in parent.stdout.readline().split()]
        parent.kill()
    deadline = time.monotonic() + 10
    while any(_alive(pid) for pid in children) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(children) == 2
    assert not any(_alive(pid) for pid in children)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to lend PostgreSQL an account")
def test_root_runs_it_as_nobody_in_a_folder_nobody_can_reach(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = Postgres(closed / "pg", tmp_path / "postgres.log")
    server.start()
    try:
        assert server.process is not None
        owner = Path(f"/proc/{server.process.pid}").stat().st_uid
        assert owner != 0
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
        assert (closed / "pg" / "data").stat().st_uid == owner
        assert (closed / "pg" / "password").stat().st_uid == 0
    finally:
        server.stop()


def test_a_full_disk_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=r"^The disk is full: \d+ MB free under .*needed\.$"):
        require_space(tmp_path, needed=shutil.disk_usage(tmp_path).total)
    log = tmp_path / "postgres.log"
    log.write_text("FATAL:  could not write lock file: No space left on device\n")
    assert str(explain("PostgreSQL", log)) == (
        f"The disk is full: PostgreSQL could not write under {tmp_path}."
    )


def test_a_failed_start_names_the_reason_and_the_log(postgres: Postgres) -> None:
    broken = Postgres(postgres.folder, postgres.log, settings={"shared_buffers": "nonsense"})
    with pytest.raises(CannotStart, match='invalid value for parameter "shared_buffers"') as said:
        broken.start()
    assert "\n" not in str(said.value)
    assert str(postgres.log) in str(said.value)


def test_a_port_is_taken_while_somebody_listens(own_valkey: Valkey) -> None:
    assert not is_free(own_valkey.port)
    assert a_free_port(own_valkey.port) != own_valkey.port


def test_a_port_that_somebody_takes_first_is_given_up_for_another() -> None:
    tried: list[int] = []
    with contextlib.ExitStack() as quicker:

        def start(port: int) -> None:
            tried.append(port)
            if len(tried) < 3:
                quicker.enter_context(socket.create_server((LOCALHOST, port)))
                raise CannotStart("could not create any TCP/IP sockets")

        on_a_free_port(start)
    assert len(set(tried)) == len(tried) == 3


def test_a_start_that_fails_for_another_reason_is_not_tried_again() -> None:
    tried: list[int] = []

    def start(port: int) -> None:
        tried.append(port)
        raise CannotStart("no such setting")

    with pytest.raises(CannotStart, match="no such setting"):
        on_a_free_port(start)
    assert len(tried) == 1


def test_a_leftover_with_a_recycled_number_is_left_alone(tmp_path: Path) -> None:
    note = tmp_path / "web"
    with subprocess.Popen(["/bin/sleep", "60"], start_new_session=True) as stranger:
        note.write_text(f"{stranger.pid} 1\n")  # an earlier process of this number
        assert processes.stop_leftover(note) is False
        assert stranger.poll() is None
        stranger.send_signal(signal.SIGKILL)
    assert not note.exists()


def _alive(pid: int) -> bool:
    seen = processes.look_up(pid)
    return seen is not None and seen.state != "Z"


def _command_line(child: "subprocess.Popen[bytes] | None") -> str:
    assert child is not None
    return Path(f"/proc/{child.pid}/cmdline").read_text()
