"""The one folder in which a demo keeps everything: who holds it, its secret, how to reach it."""

import fcntl
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final

from oms_service.embedded.failures import CannotStart

#: What may be deleted by a reset. Nothing else is, whatever folder was named by mistake.
OURS: Final = (
    "accounts.txt",
    "environment",
    "files",
    "logs",
    "mail",
    "pg",
    "run",
    "secret-key",
    "valkey",
)


class StateFolder:
    """Held by one supervisor at a time: ``with StateFolder(path) as state: ...``."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._lock: int | None = None

    def __enter__(self) -> "StateFolder":
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.path.chmod(0o700)
            lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise CannotStart(f"{self.path} cannot be used: {error.strerror}.") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(lock, 20).decode().strip()
            os.close(lock)
            raise CannotStart(
                f"Order Desk already runs from {self.path} (process {holder or 'unknown'})."
            ) from None
        os.truncate(lock, 0)
        os.write(lock, f"{os.getpid()}\n".encode())
        self._lock = lock
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        (self.path / "environment").unlink(missing_ok=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def notes(self) -> Path:
        """Where running children are remembered."""
        return self.path / "run"

    def wipe(self) -> None:
        """Forget everything; stop the servers first."""
        for name in OURS:
            entry = self.path / name
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink(missing_ok=True)

    def secret_key(self) -> str:
        """Made once, so that sessions outlive a restart."""
        path = self.path / "secret-key"
        if not path.exists() or not path.read_text().strip():
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(48) + "\n")
        return path.read_text().strip()

    def publish(self, environ: Mapping[str, str]) -> None:
        """Let other commands reach what runs here; see ``running_environment``."""
        path = self.path / "environment"
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text("".join(f"{name}={value}\n" for name, value in environ.items()))


def running_environment(path: Path) -> dict[str, str]:
    """Settings of the demo that runs from this folder; empty when none runs or it is not ours."""
    try:
        lock = os.open(path / "lock", os.O_RDWR)
    except OSError:
        return {}
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        pass  # somebody holds it, so what it published is true
    else:
        return {}
    finally:
        os.close(lock)
    try:
        lines = (path / "environment").read_text().splitlines()
    except OSError:
        return {}
    return dict(line.split("=", 1) for line in lines if "=" in line)
