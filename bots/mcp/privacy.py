"""What tokens keep of people: what their customer calls them. Erasure ends them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bots.mcp.models import AssistantToken
from oms_service.infra.privacy import Moved, Person, hand_back, hand_over, listing, lock, shown
from oms_service.infra.uow import UnitOfWork


def waiting(session: Session, person: Person) -> Sequence[str]:  # noqa: ARG001 - a keeper's signature
    return ()


def export(session: Session, person: Person) -> Mapping[str, Any]:
    theirs = select(*shown(AssistantToken, "public_id", "digest", "created_by")).where(
        AssistantToken.customer_id.in_(person.ids)
    )
    return {"assistant_tokens": listing(session, theirs.order_by(AssistantToken.id))}


def erase(uow: UnitOfWork, person: Person) -> None:
    ids = lock(uow.session, AssistantToken.id, AssistantToken.customer_id.in_(person.ids))
    uow.session.execute(
        update(AssistantToken)
        .where(AssistantToken.id.in_(ids))
        .values(label="", revoked_at=func.coalesce(AssistantToken.revoked_at, uow.now))
        .execution_options(synchronize_session="fetch")
    )


def move(uow: UnitOfWork, *, source: int, to: int) -> Moved:
    owner, key = AssistantToken.customer_id, AssistantToken.id
    return {"assistant_tokens": hand_over(uow.session, owner, key, source=source, to=to)}


def move_back(uow: UnitOfWork, moved: Moved, *, source: int, to: int) -> None:
    owner, key = AssistantToken.customer_id, AssistantToken.id
    given = moved.get("assistant_tokens", ())
    hand_back(uow.session, owner, key, given, source=source, to=to)
