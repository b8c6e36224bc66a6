"""The queues, and the only import of RQ outside the worker."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from redis import Redis
from rq import Queue, Worker
from rq.worker import WorkerStatus

#: A job that failed or was lost is sent again from the database, so RQ need not keep it.
FAILURE_TTL_S: Final = 3600
JOB_TIMEOUT_S: Final = 300
#: Effects that are sent together share a job: the queue takes as long over a job as a letter takes
#: to leave. Few, so that one that waits for somebody's server keeps few others waiting.
EFFECTS_A_JOB: Final = 4


class QueueName(StrEnum):
    """Every queue; a worker listens to all of them, in this order."""

    EFFECTS = "effects"


EFFECT_JOB: Final = "oms_service.worker.run_effect"


@dataclass(frozen=True)
class WorkerSign:
    """One worker: where it runs, whether it works on something, when it was last heard of.

    ``done`` counts the jobs it has brought to their end. Times are UTC.
    """

    name: str
    host: str
    process: int | None
    done: int
    began_at: datetime | None
    is_busy: bool
    seen_at: datetime | None


class Jobs:
    """Puts jobs on queues by dotted name, so that producers never import consumers."""

    def __init__(self, connection: Redis) -> None:
        self._connection = connection
        self._queues = {
            name: Queue(name, connection=connection, serializer="json") for name in QueueName
        }

    def put_effects(self, effects: Sequence[tuple[int, int]]) -> None:
        """Send effects by (id, attempt); the attempt makes the job id of a re-sent one new."""
        queue = self._queues[QueueName.EFFECTS]
        together = [
            effects[begin : begin + EFFECTS_A_JOB]
            for begin in range(0, len(effects), EFFECTS_A_JOB)
        ]
        queue.enqueue_many(
            [
                Queue.prepare_data(
                    EFFECT_JOB,
                    args=tuple(effect_id for effect_id, _attempt in few),
                    job_id="effect-{}-{}".format(*few[0]),
                    timeout=JOB_TIMEOUT_S,
                    result_ttl=0,
                    failure_ttl=FAILURE_TTL_S,
                )
                for few in together
            ]
        )

    def signs_of_life(self) -> tuple[WorkerSign, ...]:
        """Every worker that has signed on, the one that began first in front."""
        return tuple(
            WorkerSign(
                name=one.name,
                host=one.hostname or "",
                process=one.pid,
                done=one.successful_job_count,
                began_at=one.birth_date.replace(tzinfo=UTC) if one.birth_date else None,
                is_busy=one.state == WorkerStatus.BUSY,
                seen_at=one.last_heartbeat.replace(tzinfo=UTC) if one.last_heartbeat else None,
            )
            for one in sorted(
                Worker.all(connection=self._connection, serializer="json"),
                key=lambda one: (str(one.birth_date), str(one.name)),
            )
        )

    def workers(self) -> int:
        """How many workers have signed on."""
        return Worker.count(connection=self._connection)

    def waiting(self) -> dict[str, int]:
        """How many jobs wait on each queue."""
        return {str(name): len(queue) for name, queue in self._queues.items()}
