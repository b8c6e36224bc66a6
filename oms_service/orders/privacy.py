"""What orders keep of people: where they went and what the buyer gave; sums and lines stay."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, null, select, update
from sqlalchemy.orm import Session

from oms_service.infra.privacy import Moved, Person, hand_back, hand_over, listing, lock, shown
from oms_service.infra.uow import UnitOfWork
from oms_service.orders.models import Order, OrderChange, OrderLine
from oms_service.orders.states import OrderState

_OVER = (OrderState.COMPLETED, OrderState.CANCELLED, OrderState.DRAFT)
_DERIVED = (
    "number_key",
    "digits_key",
    "content_key",
    "mail_key",
    "phone_key",
    "postal_key",
    "version",
)


def waiting(session: Session, person: Person) -> Sequence[str]:
    numbers = session.scalars(
        select(Order.number)
        .where(Order.customer_id.in_(person.ids), Order.order_state.not_in(_OVER))
        .order_by(Order.id)
    )
    return [f"order {number} is not completed" for number in numbers]


def export(session: Session, person: Person) -> Mapping[str, Any]:
    lines = (
        select(Order.number.label("order"), *shown(OrderLine))
        .join(Order, Order.id == OrderLine.order_id)
        .where(Order.customer_id.in_(person.ids))
        .order_by(Order.id, OrderLine.position)
    )
    own = (
        select(*shown(Order, *_DERIVED), Order.mail_key.label("mail"))
        .add_columns(Order.phone_key.label("phone"))
        .where(Order.customer_id.in_(person.ids))
        .order_by(Order.id)
    )
    changes = (
        select(Order.number.label("order"), *shown(OrderChange, "digest", "key"))
        .join(Order, Order.id == OrderChange.order_id)
        .where(Order.customer_id.in_(person.ids))
        .order_by(OrderChange.order_id, OrderChange.position)
    )
    return {
        "orders": listing(session, own),
        "lines": listing(session, lines),
        "changes": listing(session, changes),
    }


def erase(uow: UnitOfWork, person: Person) -> None:
    ids = lock(uow.session, Order.id, Order.customer_id.in_(person.ids))
    named = func.concat(Order.mail_key, Order.phone_key, Order.postal_key, Order.content_key) != ""
    uow.session.execute(
        update(Order)
        .where(Order.id.in_(ids), named | Order.ship_to.is_not(None))
        .values(
            ship_to=null(),
            content_key="",
            mail_key="",
            phone_key="",
            postal_key="",
            version=Order.version + 1,
        )
        .execution_options(synchronize_session="fetch")
    )
    uow.session.execute(
        update(OrderChange)
        .where(
            OrderChange.order_id.in_(ids),
            (OrderChange.digest != "")
            | OrderChange.address.is_not(None)
            | OrderChange.address_before.is_not(None),
        )
        .values(address=null(), address_before=null(), digest="")
        .execution_options(synchronize_session="fetch")
    )


def move(uow: UnitOfWork, *, source: int, to: int) -> Moved:
    return {"orders": hand_over(uow.session, Order.customer_id, Order.id, source=source, to=to)}


def move_back(uow: UnitOfWork, moved: Moved, *, source: int, to: int) -> None:
    ids = moved.get("orders", ())
    hand_back(uow.session, Order.customer_id, Order.id, ids, source=source, to=to)
