"""What RQ workers run. The job functions live here, so that their dotted names never move."""

import threading
from functools import cache

from flask import Flask
from rq import SimpleWorker
from rq.timeouts import TimerDeathPenalty

from bots.learning.trainer import LOOK_EVERY_S as LOOK_FOR_TRAINING_S
from bots.learning.trainer import Trainer
from oms_service.infra import relay
from oms_service.infra.live import connect
from oms_service.infra.queues import QueueName
from oms_service.processes import Stop, held_by, keep_going, start
from oms_service.runtime import Runtime
from oms_service.webhooks.delivering import Couriers, Delivering
from oms_service.webhooks.sending import Sender

#: How often to look for webhooks that are due; one statement each time.
LOOK_EVERY_S = 0.5
#: How often to look for posts that may leave, which is one small statement; and how many threads
#: send them, so that a slow answer in one channel delays no other.
LOOK_AT_SLACK_EVERY_S = 0.2
SLACK_COURIERS = 3


@cache
def process_app() -> Flask:
    return start("worker")


def run_effect(*effect_ids: int) -> int:
    """Run some effects, those that are not done; the rows remember, so a lost job loses nothing.

    Returns:
        How many ran to their end.
    """
    app = process_app()
    with app.app_context():
        return sum(relay.run_effect(held_by(app).tools, one) for one in effect_ids)


def delivering(runtime: Runtime) -> Delivering:
    """What tells partners' servers of events."""
    settings = runtime.settings
    sender = Sender(private=settings.webhooks_private)
    return Delivering(runtime.unit_of_work, sender, master=settings.secret_key)


def send_webhooks(runtime: Runtime, stop: Stop) -> None:
    """Send couriers out until told to stop: threads of their own, so no effect waits for them."""
    couriers = Couriers(delivering(runtime))

    def work() -> None:
        if not couriers.step():
            stop.wait(LOOK_EVERY_S)

    keep_going(stop, work)


def send_to_slack(app: Flask, stop: Stop) -> None:
    """Bring to Slack what waits for its channels, until told to stop."""
    from bots.slack import drawing  # noqa: PLC0415 - no Slack, no framework
    from bots.slack.home.publishing import Drawing  # noqa: PLC0415 - as above
    from bots.slack.syncing.catching_up import Catching  # noqa: PLC0415 - as above

    house = held_by(app)
    sending, homes, catching = drawing.sending(house), Drawing(house), Catching(house)

    def work() -> None:
        with app.app_context():
            is_done = sending.step() or homes.step() or catching.step()
        if not is_done:
            stop.wait(LOOK_AT_SLACK_EVERY_S)

    keep_going(stop, work)


def train(runtime: Runtime, stop: Stop) -> None:
    """See trainings of the chat through, in a process apart, until told to stop."""
    trainer = Trainer(runtime.database, runtime.unit_of_work, is_stopping=stop.__bool__)

    def work() -> None:
        if not trainer.step():
            stop.wait(LOOK_FOR_TRAINING_S)

    keep_going(stop, work)


class EffectWorker(SimpleWorker):
    """A worker that does not fork: effects wait for others' servers, not for our processor."""

    death_penalty_class = TimerDeathPenalty


def main() -> None:
    """Listen to every queue until told to stop."""
    runtime = held_by(process_app())
    stop = Stop()
    threading.Thread(
        target=send_webhooks, args=(runtime, stop), name="webhooks", daemon=True
    ).start()
    if runtime.settings.has_slack:
        for _ in range(SLACK_COURIERS):
            threading.Thread(
                target=send_to_slack, args=(process_app(), stop), name="slack", daemon=True
            ).start()
    threading.Thread(target=train, args=(runtime, stop), name="training", daemon=True).start()

    def work() -> None:
        connection = connect(runtime.settings.redis_url, timeout_s=30)
        worker = EffectWorker(
            [str(name) for name in QueueName],
            connection=connection,
            serializer="json",
            worker_ttl=20,
        )
        worker.work(logging_level="WARNING", with_scheduler=False)
        if not stop:
            raise SystemExit(0)

    keep_going(stop, work)


if __name__ == "__main__":
    main()
