"""A worker's trainer: it takes a training that was asked for, and sees it through.

A process apart does the work; every few seconds the trainer says how far it is. When it dies, or
is told to stop, the training is taken up anew by another worker; what is in use stays until the
end.
"""

import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from subprocess import PIPE, Popen
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any, Final

import structlog

from bots.learning import queries, versions
from bots.learning.versions import Fitted
from bots.understanding.seed import Seed
from oms_service.infra.db import Database
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import ids
from oms_service.kernel.actors import SYSTEM

log = structlog.get_logger(__name__)

OpenUnitOfWork = Callable[..., AbstractContextManager[UnitOfWork]]

#: The process that trains; it takes the file for the weights as its last argument.
PROGRAM: Final = (sys.executable, "-m", "bots.learning.fitting")
#: How often to look for a training that is wanted, and to say that one goes on.
LOOK_EVERY_S: Final = 3.0
TELL_EVERY_S: Final = 5.0
#: One thread of the processor, whatever the libraries think.
_MODEST: Final = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class _Ended(Exception):
    """The training came to no result."""


@dataclass(frozen=True)
class Trainer:
    """Trains what was asked for, one training at a time.

    ``is_stopping`` tells whether this process is to end; ``program`` is what trains.
    """

    database: Database
    open_uow: OpenUnitOfWork
    is_stopping: Callable[[], bool]
    program: Sequence[str] = PROGRAM
    tell_every_s: float = TELL_EVERY_S

    def step(self) -> bool:
        """See one training through, if one waits; whether there was one."""
        runner = ids.token()
        with self.open_uow(SYSTEM) as uow:
            version = versions.take(uow, runner)
        if version is None:
            return False
        try:
            fitted = self._fitted(version, runner)
        except (_Ended, OSError, ValueError, KeyError, TypeError) as error:
            log.error("recogniser.training_failed", version=version, cause=type(error).__name__)  # noqa: TRY400 - the kind is enough
            with self.open_uow(SYSTEM) as uow:
                versions.fail(uow, version, runner)
            return True
        with self.open_uow(SYSTEM) as uow:
            if fitted is None:
                versions.leave(uow, version, runner)
            else:
                versions.finish(uow, version, runner, fitted)
        return True

    def _fitted(self, version: int, runner: str) -> Fitted | None:
        """What the process apart brings; None where this one is to end or is no longer asked."""
        with self.database.looking() as session:
            own = queries.taught(session)
        with TemporaryDirectory() as folder:
            file = Path(folder) / "weights.npz"
            told: Queue[str | None] = Queue()
            command = [*self.program, str(file)]
            environ = {**os.environ, **_MODEST}
            with Popen(command, stdin=PIPE, stdout=PIPE, text=True, env=environ) as process:  # noqa: S603 - our own program
                try:
                    Thread(target=_talk, args=(process, own, told), daemon=True).start()
                    result = self._watch(told, version, runner)
                finally:
                    process.kill()
            if result is None:
                return None
            return Fitted(weights=file.read_bytes(), **result)

    def _watch(self, told: "Queue[str | None]", version: int, runner: str) -> dict[str, Any] | None:
        """Pass on how far it is until it has a result.

        Raises:
            _Ended: it ended without one.
        """
        done = 0
        while True:
            try:
                line = told.get(timeout=self.tell_every_s)
            except Empty:
                line = ""
            if line is None:
                raise _Ended
            said = json.loads(line) if line else {}
            if "result" in said:
                return dict(said["result"])
            done = int(said.get("done", done))
            with self.open_uow(SYSTEM) as uow:
                is_ours = versions.tell(uow, version, runner, done)
            if not is_ours or self.is_stopping():
                return None


def _talk(process: "Popen[str]", own: Sequence[Seed], told: "Queue[str | None]") -> None:
    """Hand the utterances over, then pass on each line; None at the end."""
    try:
        if process.stdin is None or process.stdout is None:
            return
        with process.stdin as given:
            for one in own:
                row = {"text": one.text, "lang": str(one.language), "intent": one.label}
                given.write(json.dumps(row) + "\n")
        for line in process.stdout:
            told.put(line)
    except (OSError, ValueError):
        return  # it has ended, and the end is told below
    finally:
        told.put(None)
