"""Children that need not load the house again: they are forked from a process that has.

Each of the five processes took four seconds of a core to load the same two thousand modules. Now
one process loads them once, while the servers start, and every child stands at once. What they
share they hold in memory once.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from oms_service.embedded import processes
from oms_service.embedded.birth import NOBODY, Order

#: What loads the house, slow machines included.
PATIENCE_S: Final = 120
_POLL_S: Final = 0.01


class NoNursery(Exception):
    """It is gone, or never came to stand; its log says why."""


class Born:
    """A forked child: what is needed of ``subprocess.Popen``, of a process that is ours."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit status, below zero for a signal; None while it lives."""
        if self.returncode is None:
            try:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:  # somebody else was told
                self.returncode = 0
            else:
                if pid:
                    self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit status, once there is one.

        Raises:
            subprocess.TimeoutExpired: there was none in time.
        """
        until = None if timeout is None else time.monotonic() + timeout
        while (status := self.poll()) is None:
            if until is not None and time.monotonic() >= until:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            time.sleep(_POLL_S)
        return status

    def send_signal(self, sign: int) -> None:
        """Nothing happens to a child that has ended: its number may be a stranger's by now."""
        if self.poll() is None:
            os.kill(self.pid, sign)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Nursery:
    """The process that children are forked from. Use it from the main thread only."""

    def __init__(self, module: str, log: Path) -> None:
        """``module`` is what to load; what goes wrong with that is written to ``log``."""
        self._module = module
        self._log = log
        self._line: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self, environ: Mapping[str, str]) -> None:
        """Begin to load; it returns at once."""
        processes.adopt_grandchildren()
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._line.settimeout(PATIENCE_S)
        command = (sys.executable, "-m", "oms_service.embedded.birth", str(theirs.fileno()))
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with theirs, self._log.open("ab") as log:
            self._process = processes.spawn(
                (*command, self._module),
                output=log.fileno(),
                environ=environ,
                keep=[theirs.fileno()],
                at_orphaning=signal.SIGKILL,
            )

    def bear(
        self, name: str, command: Sequence[str], *, output: int, environ: Mapping[str, str]
    ) -> Born:
        """Fork a child that goes on as ``python -m`` would with these words.

        It waits until the house is loaded.

        Args:
            name: what lists of processes call it.
            command: a module and its arguments.
            output: descriptor for both standard output and standard error.
            environ: of the child.

        Raises:
            NoNursery: there is nothing to fork from.
        """
        if self._line is None:
            raise NoNursery("it was not started")
        module, *arguments = command
        order = Order(name, module, arguments, dict(environ), os.getpid())
        try:
            socket.send_fds(self._line, [order.encode()], [output])
            pid = self._line.recv(32)
        except OSError as error:
            self.stop()
            raise NoNursery(str(error)) from error
        if pid in (b"", NOBODY):
            self.stop()
            raise NoNursery(f"it ended (log: {self._log})")
        return Born(int(pid))

    def stop(self) -> None:
        """End it; the children live on."""
        if self._line is not None:
            self._line.close()
            self._line = None
        if self._process is not None:
            processes.stop(self._process, politely=signal.SIGKILL)
            self._process = None
