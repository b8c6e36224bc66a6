"""The order somebody asks about, with what proves that they may: one small, ready statement."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import BindParameter, Connection, String, bindparam, or_, select
from sqlalchemy.orm import Session

from oms_service.infra.hot import Hot
from oms_service.kernel import text
from oms_service.orders.models import Order
from oms_service.orders.states import FulfilmentState, OrderState, PaymentState


@dataclass(frozen=True)
class Asked:
    """An order and its proofs. The keys are personal: for comparing, never for showing."""

    id: int
    number: str
    customer_id: int
    placed_at: datetime | None
    order_state: OrderState
    payment_state: PaymentState
    fulfilment_state: FulfilmentState
    mail_key: str
    phone_key: str
    postal_key: str


class _Row(NamedTuple):
    id: int
    number: str
    customer_id: int
    placed_at: datetime | None
    order_state: OrderState
    payment_state: PaymentState
    fulfilment_state: FulfilmentState
    mail_key: str
    phone_key: str
    postal_key: str
    number_key: str


_COLUMNS: Final = (
    Order.id,
    Order.number,
    Order.customer_id,
    Order.placed_at,
    Order.order_state,
    Order.payment_state,
    Order.fulfilment_state,
    Order.mail_key,
    Order.phone_key,
    Order.postal_key,
    Order.number_key,
)
_KEY: Final[BindParameter[str]] = bindparam("key", type_=String)
_BY_NUMBER: Final = Hot(
    select(*_COLUMNS).where(Order.number_key == _KEY, Order.is_draft.is_(False)), _Row
)
#: Bare digits fit a number that is just these, else the one order that has them.
_BY_DIGITS: Final = Hot(
    select(*_COLUMNS)
    .where(or_(Order.number_key == _KEY, Order.digits_key == _KEY), Order.is_draft.is_(False))
    .order_by((Order.number_key == _KEY).desc())
    .limit(2),
    _Row,
)


def asked_for(reader: Session | Connection, typed: str) -> Asked | None:
    """The order a person means, as ``orders.queries.find`` finds it; None when none fits."""
    key = text.order_key(typed)
    if not key:
        return None
    query = _BY_DIGITS if key.isdecimal() else _BY_NUMBER
    found = query.all(reader, key=key)
    exact = [row for row in found if row.number_key == key]
    if len(exact or found) != 1:
        return None
    return Asked(*(exact or found)[0][:-1])
