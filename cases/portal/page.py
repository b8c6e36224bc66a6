"""All that the pages of orders show, read in a number of queries that does not grow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from cases import progress, queries
from cases.delivery import view
from cases.delivery.view import DeliveryView, Saying
from cases.portal import words
from cases.views import PublicCase
from oms_service.history import actions, tracking
from oms_service.history.actions import Action
from oms_service.history.steps import Step
from oms_service.history.tracking import TrackedParcel, Tracking
from oms_service.inventory import queries as stock
from oms_service.kernel.languages import Words
from oms_service.kernel.money import Money
from oms_service.orders import queries as orders
from oms_service.orders.policy import Sums
from oms_service.orders.queries import LineView, OrderView
from oms_service.orders.states import OrderState
from oms_service.payments import queries as payments
from oms_service.payments.queries import RefundView
from oms_service.pickup import queries as pickups
from oms_service.pickup.states import OPEN, PickupState
from oms_service.returns import claim_queries as claims
from oms_service.returns import queries as returns
from oms_service.returns.claim_queries import ClaimView
from oms_service.returns.queries import ReturnView
from oms_service.runtime import Runtime
from oms_service.shipping import wishes
from oms_service.shipping.wishes import Wish

#: Nobody waits for what was called off, or comes back to us.
_NOT_AWAITED: Final = frozenset({Step.CANCELLED, Step.RETURNING, Step.UNDELIVERABLE})


@dataclass(frozen=True)
class OrderCard:
    """An order in the list."""

    order: OrderView
    tracking: Tracking
    lines: Sequence[LineView]

    @property
    def tone(self) -> str:
        return progress.tone_of(self.tracking.step)


@dataclass(frozen=True)
class CardPage:
    """One page of the list, and the cursor of the next."""

    cards: tuple[OrderCard, ...]
    next_cursor: str | None


@dataclass(frozen=True)
class Collecting:
    """Where, by which code and until when an order is collected in a shop.

    ``hours``: from Monday, as a clock shows them; None where the shop is closed.
    """

    state: PickupState
    code: str
    ready_by: datetime
    collect_by: datetime | None
    shop: Words
    address: Words
    hours: tuple[str | None, ...]

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def days(self) -> list[tuple[int, int, str | None]]:
        """Days one after the other with the same hours: the first, the last (0 is Monday), when."""
        found: list[tuple[int, int, str | None]] = []
        for day, hours in enumerate(self.hours):
            if found and found[-1][2] == hours:
                found[-1] = (found[-1][0], day, hours)
            else:
                found.append((day, day, hours))
        return found


@dataclass(frozen=True)
class OrderPage:
    """One order, whole."""

    order: OrderView
    delivery: DeliveryView
    acts: Sequence[Action]
    lines: Sequence[LineView]
    sums: Sums
    #: Those that are decided; what a colleague still looks at, or declined, was never promised.
    refunds: Sequence[RefundView]
    returns: Sequence[ReturnView]
    claims: Sequence[ClaimView]
    cases: Sequence[PublicCase]
    pickup: "Collecting | None" = None
    #: When it is wished, in words; empty for any time.
    wished: str = ""

    @property
    def answer(self) -> str:
        """The answer in one sentence, as a msgid."""
        if self.pickup is not None and self.tracking.why != "on_hold":
            return words.COLLECTING[self.pickup.state]
        return self.delivery.answer

    @property
    def tracking(self) -> Tracking:
        return self.delivery.tracking

    @property
    def delivered_at(self) -> datetime | None:
        """When the last of it arrived; what is collected in a shop arrives nowhere."""
        return self.delivery.delivered_at if self.pickup is None else None

    @property
    def is_under_way(self) -> bool:
        """Whether a date is owed."""
        return self.pickup is None and self.tracking.is_under_way

    @property
    def paid(self) -> Money:
        return Money(self.sums.captured, self.order.total.currency)

    @property
    def added_tax(self) -> Money:
        return Money(self.order.added_tax_minor, self.order.total.currency)

    @property
    def has_left(self) -> bool:
        """Whether anything was sent, so that it can come back or be missed."""
        return any(line.counters.shipped for line in self.lines)

    @property
    def may_return(self) -> bool:
        """Whether anything was delivered that has not gone back; policy speaks in the chat."""
        return any(line.counters.returnable for line in self.lines)

    @property
    def may(self) -> Sequence[str]:
        """What the shop's rules let the customer do now, by its plainest name."""
        return [str(one.act) for one in self.acts]

    @property
    def may_report_late(self) -> bool:
        """Whether it left, or should have, so that it can be said not to have come."""
        found = self.tracking
        has_gone = self.has_left or found.is_late
        return self.pickup is None and has_gone and found.step not in _NOT_AWAITED

    @property
    def waits(self) -> bool:
        """Whether some of it waits for stock, so that the customer may choose something else."""
        return self.order.order_state is not OrderState.CANCELLED and any(
            line.counters.backordered for line in self.lines
        )

    def lines_of(self, asked: ReturnView) -> list[tuple[LineView, int]]:
        """What a return is about."""
        of = {line.id: line for line in self.lines}
        return [(of[one.order_line_id], one.quantity) for one in asked.lines]

    def lines_in(self, parcel: TrackedParcel) -> list[tuple[LineView, int]]:
        """What is in a parcel."""
        of = {line.id: line for line in self.lines}
        return [(of[line_id], units) for line_id, units in parcel.lines.items() if line_id in of]


def listed(
    runtime: Runtime, session: Session, customer_id: int, *, cursor: str | None, limit: int
) -> CardPage:
    """One page of a customer's orders, newest first; three queries.

    Raises:
        Invalid: a cursor of another list.
    """
    shown = orders.page_of_customer(session, customer_id, cursor=cursor, limit=limit)
    standing = tracking.track_all(session, runtime.adapters, shown.items, now=runtime.clock.now())
    lines = orders.lines_of(session, [one.id for one in shown.items])
    cards = (OrderCard(one, standing[one.id], lines.get(one.id, ())) for one in shown.items)
    return CardPage(tuple(cards), shown.next_cursor)


def read(runtime: Runtime, session: Session, order: OrderView, *, saying: Saying) -> OrderPage:
    """One order, for whoever may see it.

    Ten queries, three more in a shop; where something may still be changed, those of the shop's
    rules besides.
    """
    of = [order.id]
    found = tracking.track_all(session, runtime.adapters, [order], now=saying.now)
    standing = found[order.id]
    return OrderPage(
        order=order,
        delivery=view.of(session, standing, saying),
        acts=actions.actions(session, standing, base=runtime.links.base, now=saying.now),
        lines=orders.lines(session, order.id),
        sums=payments.sums(session, order.id),
        refunds=[one for one in payments.refunds(session, order.id) if one.state in words.REFUNDS],
        returns=returns.of_orders(session, of),
        claims=[one for one in claims.of_orders(session, of) if one.return_id is None],
        cases=queries.public_of_orders(session, of),
        pickup=_collecting(session, order.id),
        wished=wishes.said(Wish(order.deliver_on, order.delivery_window), saying.language),
    )


def _collecting(session: Session, order_id: int) -> Collecting | None:
    found = pickups.of_order(session, order_id)
    if found is None:
        return None
    terms = pickups.terms(session, found.location_id)
    return Collecting(
        state=found.state,
        code=found.shown_code,
        ready_by=found.ready_by,
        collect_by=found.collect_by,
        shop=stock.location(session, found.location_id).name,
        address=terms.address,
        hours=tuple(_clock(*day) if day else None for day in terms.hours),
    )


def _clock(opens: int, closes: int) -> str:
    return f"{opens // 60}:{opens % 60:02}–{closes // 60}:{closes % 60:02}"
