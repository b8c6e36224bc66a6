"""Keeping and reading why goods come from where: decisions are added, never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, insert, select
from sqlalchemy.orm import Session

from oms_service.infra.hot import Hot, named, value
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory.policy import Pick
from oms_service.sourcing.models import SourcingDecision
from oms_service.sourcing.states import DecisionKind

Reader = Session | Connection


@dataclass(frozen=True, kw_only=True)
class NewDecision:
    """What was decided. ``waiting`` and ``taken_back`` are units by order line."""

    order_id: int
    kind: DecisionKind
    key: str
    picks: Sequence[Pick] = ()
    waiting: Mapping[int, int] = field(default_factory=dict, hash=False)
    taken_back: Sequence[Pick] = ()
    policy_id: int | None = None
    cost_minor: int = 0
    is_exact: bool = True
    most_locations: int | None = None
    #: Each location that was looked at, with its causes; see ``sourcing.explanation``.
    looked_at: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class DecisionView:
    """One decision as it was taken."""

    id: int
    order_id: int
    kind: DecisionKind
    decided_at: datetime
    actor: str
    policy_id: int | None
    cost_minor: int
    is_exact: bool
    most_locations: int | None
    picks: tuple[Pick, ...]
    waiting: Mapping[int, int]
    taken_back: tuple[Pick, ...]
    looked_at: tuple[Mapping[str, Any], ...]


_KEEP: Final = Hot(
    insert(SourcingDecision).returning(SourcingDecision.id),
    value,
    columns=(
        "order_id",
        "kind",
        "decided_at",
        "actor",
        "policy_id",
        "cost_minor",
        "is_exact",
        "most_locations",
        "answer",
        "key",
    ),
)


def keep(uow: UnitOfWork, new: NewDecision) -> int:
    """Write a decision down; its order is held. Returns its id."""
    answer: dict[str, Any] = {
        "picks": [_as_list(pick) for pick in new.picks],
        "waiting": [[line, units] for line, units in new.waiting.items() if units],
        "taken_back": [_as_list(pick) for pick in new.taken_back],
        "looked_at": [dict(one) for one in new.looked_at],
    }
    decision_id: int = _KEEP.one(
        uow.session,
        order_id=new.order_id,
        kind=new.kind,
        decided_at=uow.now,
        actor=uow.actor.ref,
        policy_id=new.policy_id,
        cost_minor=new.cost_minor,
        is_exact=new.is_exact,
        most_locations=new.most_locations,
        answer=answer,
        key=new.key,
    )
    return decision_id


def by_key(reader: Reader, key: str) -> DecisionView | None:
    """The decision a command has led to already."""
    row = reader.execute(_SELECT.where(SourcingDecision.key == key)).one_or_none()
    return _view(row) if row else None


def of_order(reader: Reader, order_id: int) -> tuple[DecisionView, ...]:
    """Every decision about an order, oldest first."""
    return tuple(_view(row) for row in _OF_ORDER.all(reader, order_id=order_id))


_SELECT: Final = select(
    SourcingDecision.id,
    SourcingDecision.order_id,
    SourcingDecision.kind,
    SourcingDecision.decided_at,
    SourcingDecision.actor,
    SourcingDecision.policy_id,
    SourcingDecision.cost_minor,
    SourcingDecision.is_exact,
    SourcingDecision.most_locations,
    SourcingDecision.answer,
)
_OF_ORDER: Final = named(
    _SELECT.where(SourcingDecision.order_id == bindparam("order_id")).order_by(SourcingDecision.id)
)


def _as_list(pick: Pick) -> list[int]:
    return [pick.order_line_id, pick.variant_id, pick.location_id, pick.quantity]


def _view(row: Any) -> DecisionView:
    answer = row.answer
    return DecisionView(
        row.id,
        row.order_id,
        row.kind,
        row.decided_at,
        row.actor,
        row.policy_id,
        row.cost_minor,
        row.is_exact,
        row.most_locations,
        tuple(Pick(*pick) for pick in answer["picks"]),
        dict(answer["waiting"]),
        tuple(Pick(*pick) for pick in answer["taken_back"]),
        tuple(answer["looked_at"]),
    )
