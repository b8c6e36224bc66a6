"""What proposals keep of people: what was asked for and shown. That it was proposed stays."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bots.proposing.models import Proposal
from oms_service.infra.privacy import Moved, Person, hand_back, hand_over, listing, lock, shown
from oms_service.infra.uow import UnitOfWork


def waiting(session: Session, person: Person) -> Sequence[str]:  # noqa: ARG001 - a keeper's signature
    return ()


def export(session: Session, person: Person) -> Mapping[str, Any]:
    theirs = select(*shown(Proposal, "public_id", "digest")).where(
        Proposal.customer_id.in_(person.ids)
    )
    return {"proposals": listing(session, theirs.order_by(Proposal.id))}


def erase(uow: UnitOfWork, person: Person) -> None:
    ids = lock(uow.session, Proposal.id, Proposal.customer_id.in_(person.ids))
    uow.session.execute(
        update(Proposal)
        .where(Proposal.id.in_(ids))
        .values(arguments={}, shown={}, digest="")
        .execution_options(synchronize_session="fetch")
    )


def move(uow: UnitOfWork, *, source: int, to: int) -> Moved:
    owner, key = Proposal.customer_id, Proposal.id
    return {"proposals": hand_over(uow.session, owner, key, source=source, to=to)}


def move_back(uow: UnitOfWork, moved: Moved, *, source: int, to: int) -> None:
    owner, key = Proposal.customer_id, Proposal.id
    hand_back(uow.session, owner, key, moved.get("proposals", ()), source=source, to=to)
