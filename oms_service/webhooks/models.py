"""Webhooks as stored: endpoints, what each is told, and every try."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from oms_service.infra.db import PLAIN, ActorRef, Key, Model, enum_column, ref
from oms_service.webhooks.states import DeliveryState, Outcome


class WebhookEndpoint(Model):
    """A partner's server that is told of events whose names fit ``patterns``.

    ``secret_seed`` is what its secret is computed from; after a rotation the former one is good
    until ``former_until``. ``busy_until`` keeps two couriers from serving one endpoint at a time;
    one that fails ``rests_until`` some time later.
    """

    __tablename__ = "webhook_endpoints"
    __table_args__ = (
        CheckConstraint("(former_seed IS NULL) = (former_until IS NULL)", name="former"),
        CheckConstraint("failures >= 0", name="failures"),
        CheckConstraint("(failing_since IS NULL) = (failures = 0)", name="failing_since"),
        CheckConstraint("stopped_at IS NULL OR NOT is_active", name="stopped"),
        CheckConstraint("ended_at IS NULL OR NOT is_active", name="ended"),
        CheckConstraint("version > 0", name="version"),
        CheckConstraint("jsonb_array_length(patterns) BETWEEN 1 AND 50", name="patterns"),
        Index("uq_webhook_endpoints_number", "number", unique=True),
        Index("ix_webhook_endpoints_active", "id", postgresql_where=text("is_active")),
    )

    id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(20), info=PLAIN)
    label: Mapped[str] = mapped_column(String(80), info=PLAIN)
    url: Mapped[str] = mapped_column(String(500), info=PLAIN)
    patterns: Mapped[list[str]] = mapped_column(info=PLAIN)
    secret_seed: Mapped[str] = mapped_column(String(64), info=PLAIN)
    former_seed: Mapped[str | None] = mapped_column(String(64), info=PLAIN)
    former_until: Mapped[datetime | None]
    is_active: Mapped[bool]
    #: Set where the house itself switched it off.
    stopped_at: Mapped[datetime | None]
    failures: Mapped[int]
    failing_since: Mapped[datetime | None]
    busy_until: Mapped[datetime | None]
    rests_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by: Mapped[ActorRef]
    ended_at: Mapped[datetime | None]
    version: Mapped[int]


class WebhookDelivery(Model):
    """One event for one endpoint: told at least once, noted once. It goes with its event."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        CheckConstraint("(state = 'waiting') = (next_at IS NOT NULL)", name="next_at"),
        CheckConstraint("(state = 'delivered') = (delivered_at IS NOT NULL)", name="delivered_at"),
        CheckConstraint("tries BETWEEN 0 AND 12", name="tries"),
        Index(
            "uq_webhook_deliveries_endpoint_id_outbox_id", "endpoint_id", "outbox_id", unique=True
        ),
        Index("ix_webhook_deliveries_outbox_id", "outbox_id"),
        Index("ix_webhook_deliveries_endpoint_id_id", "endpoint_id", "id"),
        Index(
            "ix_webhook_deliveries_waiting",
            "endpoint_id",
            "next_at",
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: Mapped[Key]
    endpoint_id: Mapped[int] = mapped_column(BigInteger, ref("webhook_endpoints.id"))
    outbox_id: Mapped[int] = mapped_column(BigInteger, ref("outbox.id", ondelete="CASCADE"))
    event_name: Mapped[str] = mapped_column(String(80), info=PLAIN)
    state: Mapped[DeliveryState] = mapped_column(enum_column(DeliveryState, "state"))
    #: Of this round; a replay begins another.
    tries: Mapped[int]
    next_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]


class WebhookAttempt(Model):
    """One try, for good as long as its event; ``excerpt`` is the beginning of the answer."""

    __tablename__ = "webhook_attempts"
    __table_args__ = (
        CheckConstraint(
            "(status IS NOT NULL) = (outcome IN ('accepted', 'refused'))", name="status"
        ),
        CheckConstraint("took_ms >= 0", name="took_ms"),
        Index("ix_webhook_attempts_delivery_id_id", "delivery_id", "id"),
    )

    id: Mapped[Key]
    delivery_id: Mapped[int] = mapped_column(
        BigInteger, ref("webhook_deliveries.id", ondelete="CASCADE")
    )
    at: Mapped[datetime]
    took_ms: Mapped[int]
    outcome: Mapped[Outcome] = mapped_column(enum_column(Outcome, "outcome"))
    status: Mapped[int | None] = mapped_column(SmallInteger)
    #: What a partner's server says to ids, codes and amounts: nothing personal was sent to it.
    excerpt: Mapped[str] = mapped_column(String(300), info=PLAIN)
