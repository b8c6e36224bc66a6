"""What returns and claims keep of people: the words of their decisions. They go with orders."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from oms_service.infra.privacy import Moved, Person, listing, shown
from oms_service.infra.uow import UnitOfWork
from oms_service.returns.models import Claim, Return
from oms_service.returns.states import OPEN_STATES, ClaimState


def waiting(session: Session, person: Person) -> Sequence[str]:
    returns = session.scalars(
        select(Return.number)
        .where(Return.order_id.in_(person.order_ids), Return.state.in_(OPEN_STATES))
        .order_by(Return.id)
    )
    open_claims = (ClaimState.REQUESTED, ClaimState.AWAITING_GOODS)
    claims = session.scalars(
        select(Claim.number)
        .where(Claim.order_id.in_(person.order_ids), Claim.state.in_(open_claims))
        .order_by(Claim.id)
    )
    return [
        *(f"return {number} is under way" for number in returns),
        *(f"claim {number} is under way" for number in claims),
    ]


def export(session: Session, person: Person) -> Mapping[str, Any]:
    returns = select(*shown(Return, "key", "version")).where(Return.order_id.in_(person.order_ids))
    claims = select(*shown(Claim, "key", "version")).where(Claim.order_id.in_(person.order_ids))
    return {
        "returns": listing(session, returns.order_by(Return.id)),
        "claims": listing(session, claims.order_by(Claim.id)),
    }


def erase(uow: UnitOfWork, person: Person) -> None:
    for kind in (Return, Claim):
        uow.session.execute(
            update(kind)
            .where(
                kind.order_id.in_(person.order_ids),
                (kind.decision_note != "") | (kind.answer != ""),
            )
            .values(decision_note="", answer="")
            .execution_options(synchronize_session="fetch")
        )


def move(uow: UnitOfWork, *, source: int, to: int) -> Moved:  # noqa: ARG001 - a keeper's signature
    return {}


def move_back(uow: UnitOfWork, moved: Moved, *, source: int, to: int) -> None:
    """Nothing moved."""
