"""What payments keep of people: the ways they pay. The ledger names nobody and stays."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session, aliased

from oms_service.infra.privacy import (
    Moved,
    Person,
    erased_key,
    hand_back,
    hand_over,
    listing,
    lock,
    shown,
)
from oms_service.infra.uow import UnitOfWork
from oms_service.payments.models import PaymentAttempt, PaymentEntry, PaymentMethod, Refund
from oms_service.payments.queries import OWED


def waiting(session: Session, person: Person) -> Sequence[str]:
    owed = session.scalars(
        select(Refund.amount_minor)
        .where(Refund.order_id.in_(person.order_ids), Refund.state.in_(OWED))
        .order_by(Refund.id)
    ).all()
    left = session.scalars(
        select(PaymentMethod.balance_minor)
        .where(PaymentMethod.customer_id.in_(person.ids), PaymentMethod.balance_minor > 0)
        .order_by(PaymentMethod.id)
    ).all()
    return [
        *("a refund is owed" for _ in owed),
        *("a gift card or store credit has a balance" for _ in left),
    ]


def export(session: Session, person: Person) -> Mapping[str, Any]:
    ways = select(*shown(PaymentMethod)).where(PaymentMethod.customer_id.in_(person.ids))
    paid = select(*shown(PaymentEntry, "key")).where(PaymentEntry.order_id.in_(person.order_ids))
    back = select(*shown(Refund, "key")).where(Refund.order_id.in_(person.order_ids))
    asked = select(*shown(PaymentAttempt, "key")).where(
        PaymentAttempt.order_id.in_(person.order_ids)
    )
    return {
        "methods": listing(session, ways.order_by(PaymentMethod.id)),
        "payments": listing(session, paid.order_by(PaymentEntry.id)),
        "refunds": listing(session, back.order_by(Refund.id)),
        "requests": listing(session, asked.order_by(PaymentAttempt.id)),
    }


def erase(uow: UnitOfWork, person: Person) -> None:
    """No way to pay can be used or recognised any more; balances stay where the ledger says."""
    ids = lock(uow.session, PaymentMethod.id, PaymentMethod.customer_id.in_(person.ids))
    uow.session.execute(
        update(PaymentMethod)
        .where(PaymentMethod.id.in_(ids))
        .values(token=erased_key(PaymentMethod.id), brand="", last_four="", is_active=False)
        .execution_options(synchronize_session="fetch")
    )
    uow.session.execute(
        update(PaymentAttempt)
        .where(PaymentAttempt.order_id.in_(person.order_ids))
        .values(slip_number="", action_url="")
        .execution_options(synchronize_session="fetch")
    )


def move(uow: UnitOfWork, *, source: int, to: int) -> Moved:
    """A way to pay that both records have stays with each: entries point at either."""
    twin = aliased(PaymentMethod)
    known = exists().where(twin.customer_id == to, twin.token == PaymentMethod.token)
    owner, key = PaymentMethod.customer_id, PaymentMethod.id
    return {
        "methods": hand_over(uow.session, owner, key, source=source, to=to, where=~known),
    }


def move_back(uow: UnitOfWork, moved: Moved, *, source: int, to: int) -> None:
    owner, key = PaymentMethod.customer_id, PaymentMethod.id
    hand_back(uow.session, owner, key, moved.get("methods", ()), source=source, to=to)
