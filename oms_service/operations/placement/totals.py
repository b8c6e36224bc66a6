"""What an order costs once its lines or its way have changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.money import Money
from oms_service.operations.placement.pricing import Priced, Totals, price
from oms_service.orders import queries as order_queries
from oms_service.orders import service as orders
from oms_service.orders.policy import PricedLine
from oms_service.orders.queries import OrderView, TaxView
from oms_service.orders.service import NewTax, NewTotals
from oms_service.sales import queries as sales
from oms_service.sales.states import TaxMode


@dataclass(frozen=True)
class Bill:
    """An order's money as it stands, and all that adding it up anew needs."""

    order: OrderView
    lines: tuple[PricedLine, ...]
    taxes: tuple[TaxView, ...]
    mode: TaxMode

    @property
    def shipping_rate_bp(self) -> int | None:
        """At which rate sending is taxed: where more is taxed than the lines come to."""
        of_lines = _by_rate(_totals(self.lines, self.mode, shipping_minor=0, rate_bp=None))
        for one in self.taxes:
            taxable, _ = of_lines.get(one.rate_bp, (0, 0))
            if one.taxable.minor - taxable == self.order.shipping.minor > 0:
                return one.rate_bp
        return None


@dataclass(frozen=True)
class Anew:
    """What an order will cost; ``taxes`` is None where its source said nothing of rates."""

    totals: NewTotals
    taxes: tuple[NewTax, ...] | None = field(hash=False)


@dataclass(frozen=True)
class Retotalled:
    """What the customer owed for the order before, and owes now."""

    before: Money
    after: Money

    @property
    def difference(self) -> Money:
        """Above nothing when the customer owes more."""
        return self.after - self.before


def bill(session: Session, order: OrderView) -> Bill:
    """The money of an order as it stands."""
    return Bill(
        order,
        tuple(line.priced for line in order_queries.lines(session, order.id)),
        order_queries.taxes(session, order.id),
        sales.channel_by_id(session, order.channel_id).tax_mode,
    )


def after_change(
    before: Bill, lines: Sequence[PricedLine], *, shipping_minor: int | None = None
) -> Anew:
    """The order's money once its lines are these; pure.

    Every sum moves by as much as the change brings, so that an order which came in with a tax
    or a total of its own keeps what was its own.

    Args:
        before: as it stands.
        lines: every line as it will be, new ones included.
        shipping_minor: what sending costs from now on; unchanged where not given.
    """
    order, rate_bp = before.order, before.shipping_rate_bp
    shipping = order.shipping.minor if shipping_minor is None else shipping_minor
    was = _totals(before.lines, before.mode, shipping_minor=order.shipping.minor, rate_bp=rate_bp)
    will = _totals(lines, before.mode, shipping_minor=shipping, rate_bp=rate_bp)
    taxes = _moved(before.taxes, was, will) if before.taxes else None
    tax = max(0, order.tax.minor + will.tax_minor - was.tax_minor)
    return Anew(
        NewTotals(
            items_minor=will.items_minor,
            discount_minor=will.discount_minor,
            shipping_minor=shipping,
            tax_minor=tax,
            total_minor=max(0, order.total.minor + will.total_minor - was.total_minor),
        ),
        taxes,
    )


def retotal(uow: UnitOfWork, before: Bill, *, shipping_minor: int | None = None) -> Retotalled:
    """Bring an order's total up to its lines; the order must be held. Rederive afterwards.

    Args:
        uow: the transaction.
        before: the order's ``bill`` as it was before its lines changed.
        shipping_minor: what sending costs from now on; unchanged where not given.
    """
    uow.session.flush()
    order = before.order
    lines = [line.priced for line in order_queries.lines(uow.session, order.id)]
    new = after_change(before, lines, shipping_minor=shipping_minor)
    orders.retotal(uow, order.id, new.totals)
    if new.taxes is not None:
        orders.replace_taxes(uow, order.id, new.taxes)
    return Retotalled(order.total, Money(new.totals.total_minor, order.total.currency))


def _totals(
    lines: Sequence[PricedLine], mode: TaxMode, *, shipping_minor: int, rate_bp: int | None
) -> Totals:
    """What the units still charged cost, with shipping and tax."""
    return price(
        [
            Priced(
                unit_price_minor=line.unit_price_minor,
                quantity=line.charged,
                tax_rate_bp=line.tax_rate_bp,
                discount_minor=line.charged_discount_minor,
            )
            for line in lines
        ],
        mode=mode,
        shipping_minor=shipping_minor,
        shipping_tax_rate_bp=rate_bp,
    )


def _by_rate(totals: Totals) -> Mapping[int, tuple[int, int]]:
    return {one.rate_bp: (one.taxable_minor, one.tax_minor) for one in totals.taxes}


def _moved(taxes: Sequence[TaxView], was: Totals, will: Totals) -> tuple[NewTax, ...]:
    """Each rate, moved by the change; a rate that nothing is taxed at any more is left out."""
    before, after = _by_rate(was), _by_rate(will)
    stands = {one.rate_bp: (one.taxable.minor, one.tax.minor) for one in taxes}
    found = []
    for rate in sorted(stands.keys() | before.keys() | after.keys()):
        taxable, tax = (
            max(
                0,
                stands.get(rate, (0, 0))[at]
                + after.get(rate, (0, 0))[at]
                - before.get(rate, (0, 0))[at],
            )
            for at in (0, 1)
        )
        if taxable:
            found.append(NewTax(rate, taxable, tax))
    return tuple(found)
