"""Reading endpoints, what they were told and every try."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row, Select, func, select
from sqlalchemy.orm import Session

from oms_service.infra.outbox import OutboxRow
from oms_service.kernel import pages
from oms_service.kernel.errors import NotFound
from oms_service.kernel.pages import Page
from oms_service.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from oms_service.webhooks.states import DeliveryState, Outcome

Reader: TypeAlias = Connection | Session


@dataclass(frozen=True)
class EndpointView:
    """``former_until``: until when the secret before the last rotation signs too."""

    id: int
    number: str
    label: str
    url: str
    patterns: tuple[str, ...]
    is_active: bool
    stopped_at: datetime | None
    failures: int
    failing_since: datetime | None
    former_until: datetime | None
    created_at: datetime
    created_by: str
    version: int


@dataclass(frozen=True)
class DeliveryView:
    """One event for one endpoint; ``tries`` of this round, ``next_at`` while it waits."""

    id: int
    event_id: uuid.UUID
    event_name: str
    aggregate: str
    occurred_at: datetime
    sequence: int
    state: DeliveryState
    tries: int
    next_at: datetime | None
    delivered_at: datetime | None


@dataclass(frozen=True)
class AttemptView:
    at: datetime
    took_ms: int
    outcome: Outcome
    status: int | None
    excerpt: str


def find(reader: Reader, number: str) -> EndpointView:
    """The endpoint of that number.

    Raises:
        NotFound: none, or it was taken away.
    """
    row = reader.execute(_endpoints().where(WebhookEndpoint.number == number)).one_or_none()
    if row is None:
        raise NotFound("no such webhook endpoint")
    return _endpoint(row)


def endpoints(reader: Reader, *, cursor: str = "", limit: int = 100) -> Page[EndpointView]:
    """Every endpoint that was not taken away, oldest first.

    Raises:
        Invalid: a bad cursor.
    """
    query = _endpoints().order_by(WebhookEndpoint.id).limit(limit + 1)
    if cursor:
        (after,) = pages.read(cursor, int)
        query = query.where(WebhookEndpoint.id > after)
    rows = reader.execute(query).all()
    return pages.cut(rows, limit, shown=_endpoint, key=lambda row: [row.id])


def deliveries(
    reader: Reader,
    endpoint_id: int,
    *,
    state: DeliveryState | None = None,
    name: str = "",
    cursor: str = "",
    limit: int = 100,
) -> Page[DeliveryView]:
    """What an endpoint was told, newest first.

    Raises:
        Invalid: a bad cursor.
    """
    query = (
        _deliveries()
        .where(WebhookDelivery.endpoint_id == endpoint_id)
        .order_by(WebhookDelivery.id.desc())
        .limit(limit + 1)
    )
    if state is not None:
        query = query.where(WebhookDelivery.state == state)
    if name:
        query = query.where(WebhookDelivery.event_name == name)
    if cursor:
        (before,) = pages.read(cursor, int)
        query = query.where(WebhookDelivery.id < before)
    rows = reader.execute(query).all()
    return pages.cut(rows, limit, shown=_delivery, key=lambda row: [row.id])


def delivery(reader: Reader, endpoint_id: int, event_id: uuid.UUID) -> DeliveryView:
    """What became of one event at one endpoint.

    Raises:
        NotFound: it was never meant to be told there, or long ago.
    """
    query = _deliveries().where(
        WebhookDelivery.endpoint_id == endpoint_id, OutboxRow.event_id == event_id
    )
    row = reader.execute(query).one_or_none()
    if row is None:
        raise NotFound("no such delivery")
    return _delivery(row)


def attempts(
    reader: Reader, delivery_ids: Sequence[int], *, limit: int = 200
) -> dict[int, tuple[AttemptView, ...]]:
    """The newest tries of these deliveries, by delivery, oldest first."""
    query = (
        select(
            WebhookAttempt.delivery_id,
            WebhookAttempt.at,
            WebhookAttempt.took_ms,
            WebhookAttempt.outcome,
            WebhookAttempt.status,
            WebhookAttempt.excerpt,
        )
        .where(WebhookAttempt.delivery_id.in_(delivery_ids))
        .order_by(WebhookAttempt.id.desc())
        .limit(limit)
    )
    found: dict[int, list[AttemptView]] = {one: [] for one in delivery_ids}
    for row in reader.execute(query):
        found[row.delivery_id].insert(
            0, AttemptView(row.at, row.took_ms, row.outcome, row.status, row.excerpt)
        )
    return {one: tuple(those) for one, those in found.items()}


def counts(reader: Reader, endpoint_ids: Sequence[int]) -> dict[int, Mapping[DeliveryState, int]]:
    """How many deliveries each endpoint has that are not done, by state."""
    query = (
        select(WebhookDelivery.endpoint_id, WebhookDelivery.state, func.count())
        .where(
            WebhookDelivery.endpoint_id.in_(endpoint_ids),
            WebhookDelivery.state != DeliveryState.DELIVERED,
        )
        .group_by(WebhookDelivery.endpoint_id, WebhookDelivery.state)
    )
    found: dict[int, dict[DeliveryState, int]] = {one: {} for one in endpoint_ids}
    for endpoint_id, state, many in reader.execute(query):
        found[endpoint_id][state] = many
    return dict(found)


def seed(reader: Reader, endpoint_id: int) -> str:
    """What the endpoint's secret is computed from."""
    query = select(WebhookEndpoint.secret_seed).where(WebhookEndpoint.id == endpoint_id)
    return reader.execute(query).scalar_one()


def _endpoints() -> Select[*tuple[Any, ...]]:
    return select(
        WebhookEndpoint.id,
        WebhookEndpoint.number,
        WebhookEndpoint.label,
        WebhookEndpoint.url,
        WebhookEndpoint.patterns,
        WebhookEndpoint.is_active,
        WebhookEndpoint.stopped_at,
        WebhookEndpoint.failures,
        WebhookEndpoint.failing_since,
        WebhookEndpoint.former_until,
        WebhookEndpoint.created_at,
        WebhookEndpoint.created_by,
        WebhookEndpoint.version,
    ).where(WebhookEndpoint.ended_at.is_(None))


def _endpoint(row: Row[*tuple[Any, ...]]) -> EndpointView:
    return EndpointView(**{**row._asdict(), "patterns": tuple(row.patterns)})


def view_of(row: WebhookEndpoint) -> EndpointView:
    """The view of a row that is held."""
    fields = EndpointView.__dataclass_fields__
    values = {name: getattr(row, name) for name in fields}
    return EndpointView(**{**values, "patterns": tuple(row.patterns)})


def _deliveries() -> Select[*tuple[Any, ...]]:
    return select(
        WebhookDelivery.id,
        OutboxRow.event_id,
        WebhookDelivery.event_name,
        OutboxRow.aggregate,
        OutboxRow.occurred_at,
        OutboxRow.id.label("sequence"),
        WebhookDelivery.state,
        WebhookDelivery.tries,
        WebhookDelivery.next_at,
        WebhookDelivery.delivered_at,
    ).join(OutboxRow, OutboxRow.id == WebhookDelivery.outbox_id)


def _delivery(row: Row[*tuple[Any, ...]]) -> DeliveryView:
    return DeliveryView(**row._asdict())
