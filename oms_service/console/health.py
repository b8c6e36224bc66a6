"""How the running house is, gathered for one page: what waits, who works, on what it all stands."""

import importlib.metadata
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

from redis.exceptions import RedisError

from oms_service.console import policy
from oms_service.console.doctor import room_of
from oms_service.console.policy import ClockView, Health
from oms_service.conversations import mail_in
from oms_service.conversations.breaker import Rest
from oms_service.conversations.mail_in import Box
from oms_service.infra import backlog, vitals
from oms_service.infra.backlog import Backlog
from oms_service.infra.queues import WorkerSign
from oms_service.infra.vitals import Vitals
from oms_service.runtime import Runtime

DISTRIBUTION: Final = "order-desk"


@dataclass(frozen=True)
class Broker:
    """What the broker knows: jobs in its queues, who has signed on, how the duties stand."""

    queued: int
    workers: Sequence[WorkerSign]
    clock: ClockView


@dataclass(frozen=True)
class House:
    """Everything the overview says of the system; ``broker`` is None while it does not answer."""

    at: datetime
    waits: Backlog
    database: Vitals
    broker: Broker | None
    free_bytes: int
    version: str
    health: Health
    #: Channels that rest, since their provider does not answer.
    rests: Sequence[Rest] = ()
    #: The mailbox that cannot be read, and since when.
    mailbox: Box | None = None

    @property
    def late_minutes(self) -> int:
        """For how long the oldest event has waited, in minutes, one at the least."""
        return max(1, round(self.waits.age_s(self.at)) // 60)

    @property
    def transaction_minutes(self) -> int:
        """For how long the oldest transaction has run, in minutes."""
        return round(self.database.running_s(self.at)) // 60


def look(runtime: Runtime) -> House:
    """Look at everything once; what is not there is said, not raised, except the database."""
    now = runtime.clock.now()
    with runtime.database.reading() as connection:
        waits, database = backlog.look(connection), vitals.look(connection)
        boxes = mail_in.boxes(connection) if runtime.settings.mail_in_url else []
    mailbox = next((one for one in boxes if one.failed_at is not None), None)
    broker = _broker(runtime, now)
    rests = runtime.breaker.resting(*runtime.transports.channels()) if broker else ()
    free_bytes = shutil.disk_usage(room_of(runtime)).free
    return House(
        at=now,
        waits=waits,
        database=database,
        broker=broker,
        free_bytes=free_bytes,
        version=version(),
        health=policy.judge(
            waits,
            now=now,
            is_broker_there=broker is not None,
            workers=len(broker.workers) if broker else None,
            clock=broker.clock if broker else None,
            database=database,
            free_bytes=free_bytes,
            resting=len(rests),
            is_mailbox_away=mailbox is not None,
        ),
        rests=rests,
        mailbox=mailbox,
    )


@cache
def version() -> str:
    """The release that runs; empty where it runs from files that were never installed."""
    try:
        return importlib.metadata.version(DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _broker(runtime: Runtime, now: datetime) -> Broker | None:
    try:
        return Broker(
            queued=sum(runtime.jobs.waiting().values()),
            workers=runtime.jobs.signs_of_life(),
            clock=policy.judge_clock(runtime.sweeps.all(), runtime.rounds.last(), now=now),
        )
    except (RedisError, OSError):
        return None
