"""Child processes that end with their parent, and are found again should one outlive it."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15
PR_SET_CHILD_SUBREAPER = 36
POLL_S = 0.02


@dataclass(frozen=True)
class Owner:
    """The account a child runs under."""

    uid: int
    gid: int


class Child(Protocol):
    """A child of this process, however it came to be."""

    pid: int

    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, sig: int, /) -> None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


@dataclass(frozen=True)
class Seen:
    """One line of the process table."""

    pid: int
    parent: int
    session: int
    state: str
    started: int


def spawn(
    command: Sequence[str | os.PathLike[str]],
    *,
    output: int,
    environ: Mapping[str, str] | None = None,
    owner: Owner | None = None,
    keep: Sequence[int] = (),
    at_orphaning: signal.Signals = signal.SIGTERM,
    note: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start ``command`` in a session of its own. Call it from the main thread only.

    Args:
        command: program and arguments.
        output: descriptor for both standard output and standard error.
        environ: of the child; this process's own when None.
        owner: the account to run under, with "/" as its folder; this process's when None.
        keep: descriptors the child inherits.
        at_orphaning: what the kernel sends the child when this process dies without a word.
        note: file that remembers the child, for ``stop_leftover``.
    """
    child = subprocess.Popen(  # noqa: S603 - only programs this product brings along
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        env=dict(environ) if environ is not None else None,
        cwd="/" if owner else None,
        user=owner.uid if owner else None,
        group=owner.gid if owner else None,
        extra_groups=[] if owner else None,
        pass_fds=tuple(keep),
        start_new_session=True,
        # Safe: it only makes a system call, and this process starts children from one thread.
        preexec_fn=told_of_orphaning(at_orphaning, parent=os.getpid()),  # noqa: PLW1509
    )
    if note is not None:
        remember(child, note)
    return child


def remember(child: Child, note: Path) -> None:
    """Write down who a child is, for ``stop_leftover``."""
    seen = look_up(child.pid)
    note.write_text(f"{child.pid} {seen.started if seen else 0}\n")


def stop(
    child: Child,
    *,
    politely: signal.Signals = signal.SIGTERM,
    patience_s: float = 10,
    note: Path | None = None,
) -> None:
    """Ask the child to end, insist after ``patience_s``, and sweep up its session."""
    if child.poll() is None:
        child.send_signal(politely)
        try:
            child.wait(patience_s)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    kill_session(child.pid)
    if note is not None:
        note.unlink(missing_ok=True)


def stop_leftover(
    note: Path, *, politely: signal.Signals = signal.SIGTERM, patience_s: float = 10
) -> bool:
    """End what an earlier, killed parent left behind; true when there was something."""
    remembered = _read(note)
    note.unlink(missing_ok=True)
    if remembered is None:
        return False
    pid, started = remembered
    leader = look_up(pid)
    if leader is not None and leader.started != started:
        return False  # the number belongs to a stranger by now
    found = bool(_members(pid))
    if leader is not None and leader.state != "Z":
        os.kill(pid, politely)
        _until(lambda: _gone(pid), patience_s)
    kill_session(pid)
    return found


def kill_session(session: int) -> None:
    """SIGKILL whatever is left of a child's session, forked grandchildren included."""
    for seen in _members(session):
        try:
            os.kill(seen.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    _until(lambda: not _members(session), 2)


def adopt_grandchildren() -> None:
    """Become the parent of descendants whose own parent dies, so that they can be reaped."""
    _libc().prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap_adopted(own: Sequence[int]) -> None:
    """Collect the dead among adopted grandchildren; children in ``own`` wait for their Popen."""
    for seen in table():
        if seen.parent == os.getpid() and seen.state == "Z" and seen.pid not in own:
            try:
                os.waitpid(seen.pid, os.WNOHANG)
            except ChildProcessError:
                continue


def table() -> Iterator[Seen]:
    """All processes of this machine, as the kernel lists them."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (seen := look_up(int(entry.name))):
            yield seen


def look_up(pid: int) -> Seen | None:
    """One process, or None when there is none of that number."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()  # the name before it may hold spaces
    return Seen(
        pid=pid,
        state=fields[0],
        parent=int(fields[1]),
        session=int(fields[3]),
        started=int(fields[19]),
    )


def _members(session: int) -> list[Seen]:
    own = os.getsid(0)
    return [
        seen for seen in table() if seen.session == session and seen.state != "Z" and session != own
    ]


def _read(note: Path) -> tuple[int, int] | None:
    try:
        pid, started = note.read_text().split()
        return int(pid), int(started)
    except (OSError, ValueError):
        return None


def _gone(pid: int) -> bool:
    seen = look_up(pid)
    return seen is None or seen.state == "Z"


def _until(done: Callable[[], bool], patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    while not done() and time.monotonic() < deadline:
        time.sleep(POLL_S)


def be_called(name: str) -> None:
    """What ``top`` and ``ps -o comm`` call this process; its first 15 bytes."""
    _libc().prctl(PR_SET_NAME, name.encode(), 0, 0, 0)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def told_of_orphaning(sign: signal.Signals, *, parent: int) -> Callable[[], None]:
    """What a child calls so that the kernel sends it ``sign`` when its parent dies."""
    libc, number = _libc(), int(sign)

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:  # it died in between
            os._exit(1)

    return ask
