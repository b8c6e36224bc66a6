"""Which way money for goods goes back, in a word, and whether the customer may choose it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from oms_service.kernel.errors import Invalid
from oms_service.operations.rules.policy import RefundWay
from oms_service.orders.queries import OrderView
from oms_service.payments import policy
from oms_service.payments import queries as payment_queries
from oms_service.payments.policy import Paid
from oms_service.payments.queries import MethodView
from oms_service.payments.states import STORED_VALUE, MethodKind

#: Where the money goes, in a word, for kinds that cannot simply be reversed.
_BY_TRANSFER: Final = frozenset(
    {MethodKind.KONBINI, MethodKind.CASH_ON_DELIVERY, MethodKind.CASH, MethodKind.BANK_TRANSFER}
)


@dataclass(frozen=True)
class Wallet:
    """What may go back for an order, and where the customer wants it."""

    paid: tuple[Paid, ...]
    chosen: MethodView | None

    @property
    def refundable(self) -> int:
        """Minor units."""
        return policy.refundable(self.paid)

    @property
    def way(self) -> RefundWay:
        """Back the way it came, also where the customer names that very method."""
        came = {part.method_id for part in self.paid if part.left_minor}
        if self.chosen is None or came == {self.chosen.id}:
            return RefundWay.ORIGINAL
        return RefundWay(str(self.chosen.kind))


def open_wallet(session: Session, order: OrderView, method_id: int | None) -> Wallet:
    """What was paid for an order, and the method to pay back to.

    Raises:
        Invalid: neither the method the money came by nor stored value of the customer.
    """
    paid = tuple(payment_queries.left_by_method(session, order.id))
    if method_id is None:
        return Wallet(paid, None)
    own = {method.id: method for method in payment_queries.methods(session, order.customer_id)}
    chosen = own.get(method_id)
    came = {part.method_id for part in paid if part.left_minor}
    if chosen is None or (chosen.kind not in STORED_VALUE and came != {chosen.id}):
        raise Invalid(
            "money goes back the way it came, or to a gift card or credit of the customer",
            {"refund_method_id": "is not one of the customer's"},
        )
    return Wallet(paid, chosen)


def word(session: Session, wallet: Wallet, amount_minor: int) -> str:
    """``original_payment``, ``gift_card``, ``store_credit``, ``bank_transfer`` or ``mixed``."""
    if wallet.chosen is not None:
        return _word(wallet.chosen)
    ways = _ways(wallet.paid, amount_minor)
    known = payment_queries.methods_by_id(session, [way for way in ways if way is not None])
    words = {_word(known.get(way or 0)) for way in ways}
    if len(words) > 1:
        return "mixed"
    return next(iter(words), "original_payment")


def _ways(paid: Sequence[Paid], amount_minor: int) -> list[int | None]:
    return [part.method_id for part in policy.split(amount_minor, paid)]


def _word(method: MethodView | None) -> str:
    if method is None:
        return "original_payment"
    if method.kind in STORED_VALUE:
        return str(method.kind)
    return "bank_transfer" if method.kind in _BY_TRANSFER else "original_payment"
