"""What a customer is to have paid for an order by now, and how much of it came or is asked for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.orm import Session

from oms_service.operations.money import at_the_door
from oms_service.orders import queries as order_queries
from oms_service.payments import attempts
from oms_service.payments import queries as payment_queries
from oms_service.payments.attempts import AttemptView
from oms_service.payments.queries import MethodView
from oms_service.payments.states import UNDER_WAY, AttemptState, MethodKind, Purpose, RefundState
from oms_service.returns import exchanges
from oms_service.returns import queries as return_queries
from oms_service.returns.exchanges import ExchangeView
from oms_service.returns.states import ExchangeState

#: The reasons under which money is asked for: the order as placed, changed, exchanged.
ORDER_PLACED: Final = "order_placed"
ORDER_CHANGED: Final = "order_changed"
EXCHANGE: Final = "exchange"
#: The same money by another method; it adds nothing to what is asked for.
PAID_OTHERWISE: Final = "paid_otherwise"
PAID_TOO_MUCH: Final = "paid_too_much"
#: Money goes back under these because the order costs less, or was paid for twice.
LESS: Final = frozenset({ORDER_CHANGED, EXCHANGE, PAID_TOO_MUCH, PAID_OTHERWISE})
#: Customers pay these later, so that what is asked for may follow what the order costs.
PAID_LATER: Final = frozenset(
    {
        MethodKind.KONBINI,
        MethodKind.BANK_TRANSFER,
        MethodKind.CASH,
        MethodKind.CASH_ON_DELIVERY,
    }
)
_ASKS: Final = frozenset({Purpose.AUTHORIZE, Purpose.CHARGE})
_OPEN: Final = frozenset({AttemptState.REQUESTED, AttemptState.WAITING, AttemptState.REFUSED})
_FOLLOWS: Final = frozenset({ORDER_PLACED, ORDER_CHANGED})


@dataclass(frozen=True)
class Standing:
    """An order's money against what it costs, in minor units.

    ``needed_minor`` is what is to have been paid by now: what the order costs, with what was
    settled ahead for exchanges that wait, without what they settle later. ``came_minor`` was
    captured, less what goes back because the order costs less; kindnesses and returns take
    nothing off it. ``promised_minor`` is authorized, or being captured. ``asked`` are the
    requests for further money that are not over, oldest first.
    """

    needed_minor: int
    came_minor: int
    promised_minor: int
    asked: tuple[AttemptView, ...]
    methods: Mapping[int, MethodView] = field(hash=False)
    gone: frozenset[int] = frozenset()

    @property
    def covered_minor(self) -> int:
        return self.came_minor + self.promised_minor

    @property
    def asked_minor(self) -> int:
        return sum(one.amount.minor for one in self.asked)

    @property
    def missing_minor(self) -> int:
        """What is neither here nor promised."""
        return max(0, self.needed_minor - self.covered_minor)

    @property
    def loose(self) -> tuple[AttemptView, ...]:
        """Requests that may follow what the order costs: nobody is paying them just now."""
        return tuple(one for one in self.asked if one.reason in _FOLLOWS and self._is_still(one))

    @property
    def of_exchanges(self) -> tuple[AttemptView, ...]:
        """The same of exchanges: these ask for the whole difference, or for nothing any more."""
        return tuple(one for one in self.asked if one.reason == EXCHANGE and self._is_still(one))

    @property
    def will_follow(self) -> bool:
        """Whether some request follows what the order costs, now or once its provider answered."""
        is_asked_just_now = any(
            one.state is AttemptState.REQUESTED
            and one.reason in _FOLLOWS
            and self._is_paid_later(one)
            for one in self.asked
        )
        return bool(self.loose) or is_asked_just_now

    def _is_still(self, one: AttemptView) -> bool:
        if one.state is AttemptState.WAITING:
            return one.id not in self.gone and self._is_paid_later(one)
        return one.state is AttemptState.REFUSED

    def _is_paid_later(self, one: AttemptView) -> bool:
        method = self.methods.get(one.method_id or 0)
        return method is not None and method.kind in PAID_LATER


def standing(session: Session, order_id: int) -> Standing:
    """An order's money as it stands; what this transaction wrote must be flushed.

    Raises:
        NotFound: no such order.
    """
    order = order_queries.by_id(session, order_id)
    captured = payment_queries.sums(session, order_id).captured
    less = sum(
        one.amount.minor
        for one in payment_queries.refunds(session, order_id)
        if one.reason in LESS and not one.is_wish and one.state is not RefundState.DECLINED
    )
    everything = attempts.of_order(session, order_id)
    promised = sum(one.left_minor for one in payment_queries.authorizations(session, order_id))
    promised += sum(
        one.amount.minor
        for one in everything
        if one.purpose is Purpose.CAPTURE and one.state in UNDER_WAY
    )
    asked = tuple(
        one
        for one in everything
        if one.purpose in _ASKS and one.state in _OPEN and one.reason != PAID_OTHERWISE
    )
    methods = payment_queries.methods_by_id(
        session, {one.method_id for one in asked if one.method_id is not None}
    )
    return Standing(
        order.total.minor + of_exchanges(session, order_id),
        captured - less,
        promised,
        asked,
        methods,
        at_the_door.gone(session, order_id),
    )


def of_exchanges(session: Session, order_id: int, *, but: Collection[int] = ()) -> int:
    """What exchanges add to what is to have been paid by now, in minor units; ``but`` some.

    One that waits for its goods may have settled ahead; one that sent its goods before may
    settle when the old ones come.
    """
    views = return_queries.of_orders(session, [order_id])
    known = exchanges.of_returns(session, [view.id for view in views]) if views else {}
    return sum(_ahead(one) for one in known.values() if one.id not in but)


def _ahead(one: ExchangeView) -> int:
    if one.state is ExchangeState.WAITING:
        return one.settled.minor
    if one.state is ExchangeState.SENT:
        return one.settled.minor - one.difference.minor
    return 0
