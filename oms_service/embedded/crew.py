"""A crew of child processes: started together, restarted when they fall, stopped together."""

import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from oms_service.embedded import processes
from oms_service.embedded.failures import NEEDED_BYTES, CannotStart, require_space, tail
from oms_service.embedded.nursery import NoNursery, Nursery

FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 30.0
#: A child that lived this long had started well; its next fall is a new story.
STEADY_S: Final = 30.0
LARGEST_LOG: Final = 20 * 1024 * 1024
#: Warnings and worse, save granian's opinion of our number of threads.
WORTH_SHOWING: Final = re.compile(
    r"^(?!.*Configuration allows spawning)(?:[\w.]*(?:Error|Exception)\b|.*(?:"
    r'"level": ?"(?:warning|error|critical)"|\b(?:WARNING|ERROR|CRITICAL|PANIC|FATAL)\b|'
    r"\[(?:warning|error|critical)\s*\]))"
)


@dataclass(frozen=True)
class Program:
    """One process: its name and how to start it."""

    name: str
    command: tuple[str, ...]
    patience_s: float = 10


@dataclass
class Member:
    """A program and the child that runs it now."""

    program: Program
    log: Path
    note: Path
    child: processes.Child | None = None
    falls: int = 0
    started: float = 0.0
    again_at: float = 0.0
    read_to: int = 0

    def start(self, environ: Mapping[str, str], nursery: Nursery | None = None) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.note.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.child = begin(self.program, log.fileno(), environ, nursery)
        processes.remember(self.child, self.note)
        self.started = time.monotonic()

    def fell(self) -> int | None:
        """The exit status of a child that is gone; None while it lives."""
        return None if self.child is None else self.child.poll()

    def rest(self) -> float:
        """Seconds to wait before the next try: twice as long after each quick fall."""
        if time.monotonic() - self.started > STEADY_S:
            self.falls = 0
        self.falls += 1
        return float(min(FIRST_PAUSE_S * 2 ** (self.falls - 1), LONGEST_PAUSE_S))

    def new_lines(self) -> list[str]:
        """What the log gained since the last look, whole lines only."""
        try:
            with self.log.open("rb") as stream:
                stream.seek(self.read_to)
                text = stream.read(256 * 1024)
        except OSError:
            return []
        whole = text.rpartition(b"\n")
        self.read_to += len(whole[0]) + len(whole[1])
        return whole[0].decode(errors="replace").splitlines()


def begin(
    program: Program, output: int, environ: Mapping[str, str], nursery: Nursery | None
) -> processes.Child:
    """A child from the nursery where the program is a module of Python's, else by itself."""
    if nursery is not None and program.command[:2] == (sys.executable, "-m"):
        try:
            words = program.command[2:]
            return nursery.bear(program.name, words, output=output, environ=environ)
        except NoNursery:
            pass  # it loads what it needs by itself, only later
    return processes.spawn(program.command, output=output, environ=environ)


def on_terminal(line: str) -> None:
    """Say it to the person who started us."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@dataclass
class Crew:
    """Children of one supervisor. Call ``tend`` several times a second."""

    environ: Mapping[str, str]
    logs: Path
    notes: Path
    say: Callable[[str], None] = on_terminal
    nursery: Nursery | None = None
    members: list[Member] = field(default_factory=list)

    def start(self, programs: Sequence[Program]) -> None:
        for program in programs:
            log = self.logs / f"{program.name}.log"
            _turn_over(log)
            member = Member(program, log, self.notes / program.name)
            member.read_to = log.stat().st_size if log.exists() else 0
            self.members.append(member)
            member.start(self.environ, self.nursery)

    def tend(self) -> None:
        """Restart the fallen, collect the adopted dead, pass on warnings."""
        for member in self.members:
            for line in member.new_lines():
                if WORTH_SHOWING.search(line):
                    self.say(f"{member.program.name} | {line}")
            status = member.fell()
            if status is not None:
                self._bury(member, status)
            if member.child is None and time.monotonic() >= member.again_at:
                member.start(self.environ, self.nursery)
        own = [member.child.pid for member in self.members if member.child]
        if self.nursery is not None and self.nursery.pid is not None:
            own.append(self.nursery.pid)
        processes.reap_adopted(own)

    def weakest(self) -> Member:
        """The member that fell most often."""
        return max(self.members, key=lambda member: member.falls)

    def stop(self) -> None:
        """All at once are asked, then each is waited for."""
        for member in self.members:
            if member.child is not None and member.child.poll() is None:
                member.child.terminate()
        for member in self.members:
            if member.child is not None:
                processes.stop(member.child, patience_s=member.program.patience_s, note=member.note)
                member.child = None

    def _bury(self, member: Member, status: int) -> None:
        if member.child is not None:
            processes.kill_session(member.child.pid)  # its own children must not serve on
        member.child = None
        pause = member.rest()
        member.again_at = time.monotonic() + pause
        how = f"signal {-status}" if status < 0 else f"status {status}"
        self.say(
            f"{member.program.name} ended with {how}; starting it again in {pause:.1f} s "
            f"(log: {member.log})"
        )
        try:
            require_space(self.logs, NEEDED_BYTES // 20)
        except CannotStart as full:
            self.say(str(full))


def stop_leftovers(notes: Path) -> list[str]:
    """End children of an earlier supervisor that was killed; their names."""
    return [
        note.name for note in sorted(notes.glob("*")) if processes.stop_leftover(note, patience_s=5)
    ]


def last_words(member: Member) -> str:
    """The last line of a member's log."""
    lines = [line for line in tail(member.log).splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it said nothing"


def _turn_over(log: Path) -> None:
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_suffix(".log.1"))
