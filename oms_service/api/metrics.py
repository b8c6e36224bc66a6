"""``/metrics`` for Prometheus: requests of this process, and what waits in the house.

A scrape reaches one of several web processes, so request figures carry the process's id; sum
over it. What waits is read from the database and is the same whoever answers.
"""

import os
import time
from collections.abc import Iterable
from typing import Final

from flask import Blueprint, Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from oms_service.access import guard
from oms_service.conversations import queries as conversations
from oms_service.infra import backlog
from oms_service.runtime import Runtime

#: Nothing else is kept of a call that does not prove itself.
CALLS_REFUSED: Final = Counter(
    "oms_webhooks_refused", "Calls in with a wrong signature", ["source"], registry=None
)
_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Waiting(Collector):
    """What waits, read when asked."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Nothing beforehand: registration must not touch the database."""
        return ()

    def collect(self) -> Iterable[GaugeMetricFamily]:
        try:
            with self._runtime.database.reading() as connection:
                seen = backlog.look(connection)
                again = conversations.perhaps_again(connection)
        except SQLAlchemyError:
            yield _gauge("oms_database_up", "Whether the database answers", 0)
        else:
            now = self._runtime.clock.now()
            yield _gauge("oms_database_up", "Whether the database answers", 1)
            yield _gauge("oms_outbox_backlog", "Events without reactions", seen.events)
            yield _gauge("oms_outbox_oldest_seconds", "Age of the oldest", seen.age_s(now))
            yield _gauge("oms_effects_waiting", "Effects not yet done", seen.effects)
            yield _gauge("oms_inbound_waiting", "Bodies not yet read", seen.bodies)
            yield _gauge("oms_messages_perhaps_sent_twice", "Of those that are kept", again)
            yield _gauge("oms_fallout_open", "Failed steps nobody settled", seen.fallout)
        try:
            depth = self._runtime.jobs.waiting()
        except (RedisError, OSError):
            yield _gauge("oms_broker_up", "Whether the broker answers", 0)
        else:
            yield _gauge("oms_broker_up", "Whether the broker answers", 1)
            queues = GaugeMetricFamily("oms_queue_depth", "Jobs on a queue", labels=["queue"])
            for name, count in depth.items():
                queues.add_metric([name], count)
            yield queues


def register(app: Flask, runtime: Runtime) -> None:
    """Time every request of ``app`` and serve the figures."""
    registry = CollectorRegistry()
    registry.register(Waiting(runtime))
    registry.register(CALLS_REFUSED)
    requests = Histogram(
        "oms_request_seconds",
        "Requests by route",
        ["method", "route", "status", "process"],
        buckets=_BUCKETS,
        registry=registry,
    )
    blueprint = Blueprint("metrics", __name__)

    @app.after_request
    def note(response: Response) -> Response:
        began = g.get("began")
        if began is not None:
            route = request.endpoint or "none"
            labels = request.method, route, str(response.status_code), str(os.getpid())
            requests.labels(*labels).observe(time.perf_counter() - began)
        return response

    @blueprint.get("/metrics")
    @guard.guard(scope="health:read")
    def metrics() -> Response:
        """Figures for Prometheus; its bearer token is an API key."""
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    app.register_blueprint(blueprint)


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, value=value)
