"""What an order costs once its lines or its way have changed."""

from collections.abc import Sequence
from dataclasses import dataclass

from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.money import Money
from oms_service.operations.pricing import Priced, Totals, price
from oms_service.orders import queries as order_queries
from oms_service.orders import service as orders
from oms_service.orders.policy import PricedLine
from oms_service.orders.queries import OrderView
from oms_service.orders.service import NewTotals
from oms_service.sales import queries as sales
from oms_service.sales.states import TaxMode


@dataclass(frozen=True)
class Retotalled:
    """What the customer owed for the order before, and owes now."""

    before: Money
    after: Money

    @property
    def difference(self) -> Money:
        """Above nothing when the customer owes more."""
        return self.after - self.before


def totals_of(lines: Sequence[PricedLine], *, mode: TaxMode, shipping_minor: int) -> Totals:
    """What the units still charged cost, with shipping and tax; pure."""
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
    )


def after_change(
    order: OrderView,
    before: Sequence[PricedLine],
    after: Sequence[PricedLine],
    *,
    mode: TaxMode,
    shipping_minor: int | None = None,
) -> NewTotals:
    """The order's money once its lines are ``after`` instead of ``before``; pure.

    Tax moves by as much as the change brings, so that an order which came in with tax of its
    own keeps it.

    Args:
        order: as it stands, with the lines ``before``.
        before: every line as it stands.
        after: every line as it will be, new ones included.
        mode: whether prices contain tax.
        shipping_minor: what sending costs from now on; unchanged where not given.
    """
    shipping = order.shipping.minor if shipping_minor is None else shipping_minor
    was = totals_of(before, mode=mode, shipping_minor=order.shipping.minor)
    will = totals_of(after, mode=mode, shipping_minor=shipping)
    return NewTotals(
        items_minor=will.items_minor,
        discount_minor=will.discount_minor,
        shipping_minor=shipping,
        tax_minor=max(0, order.tax.minor + will.tax_minor - was.tax_minor),
        total_minor=max(0, order.total.minor + will.total_minor - was.total_minor),
    )


def retotal(
    uow: UnitOfWork,
    order: OrderView,
    before: Sequence[PricedLine],
    *,
    shipping_minor: int | None = None,
) -> Retotalled:
    """Bring an order's total up to its lines; the order must be held. Rederive afterwards.

    Args:
        uow: the transaction.
        order: as it was before its lines changed.
        before: its lines then.
        shipping_minor: what sending costs from now on; unchanged where not given.
    """
    uow.session.flush()
    new = after_change(
        order,
        before,
        [line.priced for line in order_queries.lines(uow.session, order.id)],
        mode=sales.channel_by_id(uow.session, order.channel_id).tax_mode,
        shipping_minor=shipping_minor,
    )
    orders.retotal(uow, order.id, new)
    return Retotalled(order.total, Money(new.total_minor, order.total.currency))
