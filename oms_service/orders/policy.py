"""What state an order is in, from its lines, its money and its holds: pure, and never guessed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from oms_service.kernel.money import share
from oms_service.orders.states import FulfilmentState, OrderState, PaymentState


@dataclass(frozen=True, kw_only=True)
class Counters:
    """How far the units of one line got; see ``orders.models.OrderLine``."""

    ordered: int
    allocated: int = 0
    backordered: int = 0
    picked: int = 0
    packed: int = 0
    shipped: int = 0
    delivered: int = 0
    cancelled: int = 0
    return_requested: int = 0
    returned: int = 0
    refunded: int = 0
    removed: int = 0

    @property
    def wanted(self) -> int:
        """Units that were not cancelled."""
        return self.ordered - self.cancelled

    @property
    def charged(self) -> int:
        """Units that count in the order's total."""
        return self.ordered - self.removed

    @property
    def returnable(self) -> int:
        """Delivered units that neither came back nor are announced to."""
        return max(0, self.delivered - self.return_requested - self.returned)


#: The counters of a line, in the order of the table.
COUNTERS: Final = tuple(Counters.__dataclass_fields__)


@dataclass(frozen=True, kw_only=True)
class Sums:
    """What the payments ledger of one order adds up to, in minor units."""

    authorized: int = 0
    voided: int = 0
    captured: int = 0
    refunded: int = 0
    charged_back: int = 0

    @property
    def kept(self) -> int:
        """What the shop has of the customer's money; below nothing only where a bank took more."""
        return self.captured - self.refunded - self.charged_back

    @property
    def open_authorization(self) -> int:
        """What may still be captured."""
        return max(0, self.authorized - self.voided - self.captured)


@dataclass(frozen=True)
class States:
    """The three axes of an order."""

    order: OrderState
    payment: PaymentState
    fulfilment: FulfilmentState


def derive(
    lines: Sequence[Counters],
    sums: Sums,
    *,
    total_minor: int,
    is_draft: bool = False,
    is_held: bool = False,
) -> States:
    """All three axes at once.

    Args:
        lines: every line of the order; none at all is an order with nothing to send.
        sums: its payments ledger.
        total_minor: what the customer owes for the order as placed.
        is_draft: not placed yet.
        is_held: some hold is open.
    """
    return States(
        order_state(lines, is_draft=is_draft, is_held=is_held),
        payment_state(sums, total_minor=total_minor),
        fulfilment_state(lines),
    )


def order_state(
    lines: Sequence[Counters], *, is_draft: bool = False, is_held: bool = False
) -> OrderState:
    """Cancelled and completed outlast a hold: nothing is left that could wait."""
    if lines and all(line.wanted == 0 for line in lines):
        return OrderState.CANCELLED
    if is_draft:
        return OrderState.DRAFT
    if lines and all(line.delivered == line.wanted for line in lines):
        return OrderState.COMPLETED
    return OrderState.ON_HOLD if is_held else OrderState.PLACED


def payment_state(sums: Sums, *, total_minor: int) -> PaymentState:
    """Money that went back speaks first, then money that came, then money that was promised.

    What went back only because the order became cheaper, or was paid another way, leaves it paid.
    """
    back = sums.refunded + sums.charged_back
    is_settled = not sums.charged_back and sums.kept >= total_minor > 0
    if back and not is_settled:
        return PaymentState.REFUNDED if back >= sums.captured else PaymentState.PARTIALLY_REFUNDED
    if sums.captured >= total_minor:
        return PaymentState.PAID
    if sums.captured:
        return PaymentState.PARTIALLY_PAID
    return PaymentState.AUTHORIZED if sums.open_authorization else PaymentState.UNPAID


def fulfilment_state(lines: Iterable[Counters]) -> FulfilmentState:
    """The least advanced unit speaks; "partially" when others are ahead of it."""
    live = [line for line in lines if line.wanted]
    wanted = sum(line.wanted for line in live)
    if not wanted:
        return FulfilmentState.CANCELLED
    shipped = sum(line.shipped for line in live)
    if shipped:
        return _on_the_road(wanted, shipped, sum(line.delivered for line in live))
    return _in_the_house(live, wanted)


def _on_the_road(wanted: int, shipped: int, delivered: int) -> FulfilmentState:
    if shipped < wanted:
        return FulfilmentState.PARTIALLY_SHIPPED
    if delivered == wanted:
        return FulfilmentState.DELIVERED
    return FulfilmentState.PARTIALLY_DELIVERED if delivered else FulfilmentState.SHIPPED


def _in_the_house(live: Sequence[Counters], wanted: int) -> FulfilmentState:
    allocated = sum(line.allocated for line in live)
    if allocated < wanted:
        if allocated:
            return FulfilmentState.PARTIALLY_ALLOCATED
        waiting = any(line.backordered for line in live)
        return FulfilmentState.BACKORDERED if waiting else FulfilmentState.UNALLOCATED
    if sum(line.packed for line in live) == wanted:
        return FulfilmentState.PACKED
    started = any(line.picked for line in live)
    return FulfilmentState.PICKING if started else FulfilmentState.ALLOCATED


@dataclass(frozen=True, kw_only=True)
class PricedLine:
    """What one line was sold for; ``removed`` of its units are no longer charged."""

    line_id: int
    ordered: int
    unit_price_minor: int
    discount_minor: int
    tax_rate_bp: int
    removed: int = 0

    @property
    def charged(self) -> int:
        return self.ordered - self.removed

    @property
    def charged_discount_minor(self) -> int:
        """The part of the discount that stands for the units still charged."""
        return self.discount_minor * self.charged // self.ordered

    @property
    def net_minor(self) -> int:
        return self.unit_price_minor * self.ordered - self.discount_minor

    @property
    def charged_net_minor(self) -> int:
        return self.unit_price_minor * self.charged - self.charged_discount_minor


def line_values(lines: Sequence[PricedLine], *, added_tax_minor: int) -> dict[int, int]:
    """What each line, all units ordered of it, costs the customer, added tax included.

    Of a line with units that are no longer charged, the others come to just what they are charged,
    counted as ``value_of_units`` does behind those.

    Args:
        lines: every line of the order.
        added_tax_minor: tax on top of the prices; 0 where prices contain it.
    """
    taxes = share(added_tax_minor, [line.charged_net_minor * line.tax_rate_bp for line in lines])
    return {
        line.line_id: (line.charged_net_minor + tax) * line.ordered // line.charged
        if line.charged
        else line.net_minor
        for line, tax in zip(lines, taxes, strict=True)
    }


def value_of_units(line_value: int, ordered: int, *, before: int, units: int) -> int:
    """What ``units`` of a line cost, when ``before`` of them were accounted for already.

    Parts taken one after another add up to the line exactly, however it is cut.
    """
    return line_value * (before + units) // ordered - line_value * before // ordered
