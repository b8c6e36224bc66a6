"""Couriers: they tell endpoints what waits for them, one courier an endpoint at a time.

A turn serves one endpoint. It reads what is due and closes its transaction, sends without one,
and notes each try in a transaction of its own. The first failure ends a turn and lets the endpoint
rest, so that a server that hangs costs one courier's ten seconds now and then, and delays nobody
else. A courier that dies leaves its endpoint to another when its lease has run out.
"""

import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Thread
from typing import Final

import structlog
from sqlalchemy import or_, select, update

from oms_service.infra import fallout
from oms_service.infra.fallout import FalloutKind
from oms_service.infra.outbox import OutboxRow
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM
from oms_service.webhooks import envelope, policy, service, signing
from oms_service.webhooks.events import WebhookStopped
from oms_service.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from oms_service.webhooks.sending import Answer, Sender
from oms_service.webhooks.states import DeliveryState, Outcome

log = structlog.get_logger(__name__)

OpenUnitOfWork = Callable[..., AbstractContextManager[UnitOfWork]]

#: How many events one turn tells at most, and for how long it goes on.
TURN: Final = 50
TURN_S: Final = 30.0
#: After so long a courier is taken for dead; well above a turn and its last try.
LEASE: Final = timedelta(seconds=90)
#: So many endpoints are served at the same time by one process.
COURIERS: Final = 4
AGENT: Final = "OrderDesk-Webhooks/1"


@dataclass(frozen=True)
class Message:
    """One event as it goes out; ``tries`` as they were when it was read."""

    delivery_id: int
    tries: int
    event_id: str
    event_name: str
    body: bytes


@dataclass(frozen=True)
class Turn:
    """What one courier was given: an endpoint, its secrets and what is due."""

    endpoint_id: int
    url: str
    seeds: tuple[str, ...]
    messages: tuple[Message, ...]


class Delivering:
    """Serves endpoints, a turn at a time."""

    def __init__(
        self,
        open_uow: OpenUnitOfWork,
        sender: Sender,
        *,
        master: str,
        spread: Callable[[], float] = random.random,
    ) -> None:
        self._open = open_uow
        self._sender = sender
        self._master = master
        self._spread = spread

    def turn(self) -> int:
        """Serve the endpoint that has waited longest; returns how many events were tried."""
        taken = self.take()
        return self.serve(taken) if taken else 0

    def take(self) -> Turn | None:
        """Lease an endpoint for which something is due, or None when there is none."""
        with self._open(SYSTEM) as uow:
            endpoint = _lease(uow)
            return _turn_of(uow, endpoint) if endpoint is not None else None

    def serve(self, turn: Turn) -> int:
        """Tell an endpoint what is due, until it fails or the turn is over."""
        began, tried, accepted = time.monotonic(), 0, True
        try:
            for message in turn.messages:
                if time.monotonic() - began >= TURN_S:
                    break
                tried += 1
                accepted = self._tell(turn, message)
                if not accepted:
                    break
        finally:
            with self._open(SYSTEM) as uow:
                uow.session.execute(
                    update(WebhookEndpoint)
                    .where(WebhookEndpoint.id == turn.endpoint_id)
                    .values(busy_until=uow.now)
                )
        return tried

    def _tell(self, turn: Turn, message: Message) -> bool:
        with self._open(SYSTEM) as uow:
            at = uow.now
        secrets = [signing.secret(self._master, seed) for seed in turn.seeds]
        proof = signing.headers(
            secrets, event_id=message.event_id, timestamp=int(at.timestamp()), body=message.body
        )
        headers = {"Content-Type": "application/json", "User-Agent": AGENT, **proof}
        answer = self._sender.post(turn.url, headers, message.body)
        with self._open(SYSTEM) as uow:
            self._note(uow, turn.endpoint_id, message, answer, at)
        return answer.outcome is Outcome.ACCEPTED

    def _note(
        self, uow: UnitOfWork, endpoint_id: int, message: Message, answer: Answer, at: datetime
    ) -> None:
        uow.session.add(
            WebhookAttempt(
                delivery_id=message.delivery_id,
                at=at,
                took_ms=answer.took_ms,
                outcome=answer.outcome,
                status=answer.status,
                excerpt=answer.excerpt,
            )
        )
        endpoint = uow.session.get_one(
            WebhookEndpoint, endpoint_id, with_for_update={"key_share": True}
        )
        tries = message.tries + 1
        if answer.outcome is Outcome.ACCEPTED:
            endpoint.failures, endpoint.failing_since, endpoint.rests_until = 0, None, None
            _settle(uow, message, state=DeliveryState.DELIVERED, delivered_at=uow.now, next_at=None)
            return
        log.warning(
            "webhook.failed",
            endpoint_id=endpoint_id,
            delivery_id=message.delivery_id,
            outcome=answer.outcome,
            status=answer.status,
        )
        wait_s = policy.wait_s(tries, self._spread())
        if wait_s is None:
            _settle(uow, message, state=DeliveryState.FAILED, next_at=None)
        else:
            _settle(uow, message, next_at=uow.now + timedelta(seconds=wait_s))
        _count_failure(uow, endpoint, answer)


class Couriers:
    """Some threads of one process that serve endpoints beside everything else it does."""

    def __init__(self, delivering: Delivering, *, many: int = COURIERS) -> None:
        self._delivering = delivering
        self._many = many
        self._out: list[Thread] = []

    def step(self) -> int:
        """Send couriers out while some are here and something is due; returns how many went."""
        sent = 0
        self._out = [one for one in self._out if one.is_alive()]
        while len(self._out) < self._many:
            turn = self._delivering.take()
            if turn is None:
                break
            # None of them keeps the process from ending: what it was at comes back by its lease.
            courier = Thread(target=self._serve, args=(turn,), name="courier", daemon=True)
            courier.start()
            self._out.append(courier)
            sent += 1
        return sent

    def wait(self) -> None:
        """Until those that are out are back."""
        for one in self._out:
            one.join()

    def _serve(self, turn: Turn) -> None:
        try:
            self._delivering.serve(turn)
        except Exception as error:  # noqa: BLE001 - a courier's trouble is noted and ends with it
            log.warning("webhook.turn_broke", cause=fallout.cause_of(error))


def _lease(uow: UnitOfWork) -> WebhookEndpoint | None:
    due = (
        select(WebhookDelivery.id)
        .where(
            WebhookDelivery.endpoint_id == WebhookEndpoint.id,
            WebhookDelivery.state == DeliveryState.WAITING,
            WebhookDelivery.next_at <= uow.now,
        )
        .exists()
    )
    query = (
        select(WebhookEndpoint)
        .where(
            WebhookEndpoint.is_active,
            or_(WebhookEndpoint.busy_until.is_(None), WebhookEndpoint.busy_until <= uow.now),
            or_(WebhookEndpoint.rests_until.is_(None), WebhookEndpoint.rests_until <= uow.now),
            due,
        )
        .order_by(WebhookEndpoint.busy_until.nulls_first(), WebhookEndpoint.id)
        .limit(1)
        .with_for_update(key_share=True, skip_locked=True)
    )
    endpoint = uow.session.scalar(query)
    if endpoint is not None:
        endpoint.busy_until = uow.now + LEASE
    return endpoint


def _turn_of(uow: UnitOfWork, endpoint: WebhookEndpoint) -> Turn:
    query = (
        select(WebhookDelivery, OutboxRow)
        .join(OutboxRow, OutboxRow.id == WebhookDelivery.outbox_id)
        .where(
            WebhookDelivery.endpoint_id == endpoint.id,
            WebhookDelivery.state == DeliveryState.WAITING,
            WebhookDelivery.next_at <= uow.now,
        )
        .order_by(WebhookDelivery.outbox_id)
        .limit(TURN)
    )
    found = [(delivery, row) for delivery, row in uow.session.execute(query)]
    bodies = envelope.bodies(uow.session, [row for _, row in found])
    is_former_good = endpoint.former_until is not None and endpoint.former_until > uow.now
    former = (endpoint.former_seed,) if is_former_good and endpoint.former_seed else ()
    messages = tuple(
        Message(delivery.id, delivery.tries, str(row.event_id), row.name, bodies[row.id])
        for delivery, row in found
    )
    return Turn(endpoint.id, endpoint.url, (endpoint.secret_seed, *former), messages)


def _settle(uow: UnitOfWork, message: Message, **values: object) -> None:
    """Note what became of a delivery, unless it was replayed or parked while it was told."""
    uow.session.execute(
        update(WebhookDelivery)
        .where(
            WebhookDelivery.id == message.delivery_id,
            WebhookDelivery.state == DeliveryState.WAITING,
            WebhookDelivery.tries == message.tries,
        )
        .values(tries=message.tries + 1, **values)
        .execution_options(synchronize_session=False)
    )


def _count_failure(uow: UnitOfWork, endpoint: WebhookEndpoint, answer: Answer) -> None:
    """Let the endpoint rest; after days of failure, switch it off and ask a colleague to look."""
    endpoint.failures += 1
    endpoint.failing_since = endpoint.failing_since or uow.now
    endpoint.rests_until = uow.now + timedelta(seconds=policy.rest_s(endpoint.failures))
    if not endpoint.is_active or uow.now - endpoint.failing_since < policy.OFF_AFTER:
        return
    service.switch_off(uow, endpoint)
    endpoint.stopped_at = uow.now
    endpoint.version += 1
    status = f" {answer.status}" if answer.status is not None else ""
    fallout.record(
        uow,
        FalloutKind.WEBHOOK,
        subject_id=endpoint.id,
        step=service.STEP,
        what=f"webhook endpoint {endpoint.number}",
        cause=f"{answer.outcome}{status}",
        owner="operations",
        attempts=endpoint.failures,
    )
    uow.emit(WebhookStopped(webhook_endpoint_id=endpoint.id, failures=endpoint.failures))
