"""What the clock process does again and again: each sweep may run twice without harm."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from oms_service.infra.idempotency import IdempotencyKey
from oms_service.infra.outbox import Delivery, DeliveryState, EffectRow, OutboxRow
from oms_service.infra.uow import UnitOfWork

#: An idempotency key is remembered for as long as a client may sensibly retry.
KEY_KEPT = timedelta(days=2)


@dataclass(frozen=True)
class Sweep:
    """One repeated duty: its name, its interval, and what it does in one transaction.

    ``run`` returns how many rows it changed; when it says ``again_at`` or more, it is run again
    at once.
    """

    name: str
    every_s: float
    run: Callable[[UnitOfWork], int]
    again_at: int = 1_000_000


@dataclass
class Sweeps:
    """Every sweep of the house, filled at composition."""

    _sweeps: dict[str, Sweep] = field(default_factory=dict)

    def add(self, sweep: Sweep) -> None:
        if sweep.name in self._sweeps:
            raise ValueError(f"two sweeps named {sweep.name!r}")
        self._sweeps[sweep.name] = sweep

    def all(self) -> tuple[Sweep, ...]:
        return tuple(self._sweeps.values())


def forget_old_keys(uow: UnitOfWork) -> int:
    done = uow.session.execute(
        delete(IdempotencyKey).where(IdempotencyKey.created_at < uow.now - KEY_KEPT)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]  # a DELETE's result has it


def old_events(session: Session, before: datetime) -> int:
    """How many events from before then were told to everybody."""
    return session.scalar(select(func.count()).select_from(OutboxRow).where(*_told(before))) or 0


def forget_old_events(uow: UnitOfWork, before: datetime, limit: int) -> int:
    """Whatever still waits for somebody, a worker or a person, keeps its event."""
    old = select(OutboxRow.id).where(*_told(before)).order_by(OutboxRow.id).limit(limit)
    done = uow.session.execute(
        delete(OutboxRow).where(OutboxRow.id.in_(old.with_for_update(skip_locked=True)))
    )
    return int(done.rowcount)  # type: ignore[attr-defined]  # a DELETE's result has it


def _told(before: datetime) -> tuple[ColumnElement[bool], ...]:
    effects = select(EffectRow.id).where(
        EffectRow.outbox_id == OutboxRow.id, EffectRow.state != DeliveryState.DONE
    )
    parked = select(Delivery.subscriber).where(
        Delivery.outbox_id == OutboxRow.id, Delivery.state != DeliveryState.DONE
    )
    return (
        OutboxRow.reacted_at.is_not(None),
        OutboxRow.occurred_at < before,
        ~effects.exists(),
        ~parked.exists(),
    )
