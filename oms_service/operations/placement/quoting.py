"""What an order would cost and what of it is there, before anybody places it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from oms_service.catalog import queries as catalog
from oms_service.catalog.queries import VariantView
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import queries as stock
from oms_service.inventory.policy import available
from oms_service.kernel.errors import Invalid
from oms_service.kernel.money import Money
from oms_service.operations.placement import addressing
from oms_service.operations.placement.pricing import Priced, Totals, price
from oms_service.operations.rules import placing_rules
from oms_service.operations.rules.eligibility import Cause, Code
from oms_service.operations.rules.placing_rules import HOLDS, SHIPPING, HoldRules, ShippingRules
from oms_service.operations.rules.sourcing_rules import SOURCING
from oms_service.operations.sources import wishing
from oms_service.operations.sources.wishing import Reach, WishRefused
from oms_service.orders import queries as orders
from oms_service.orders.service import NewLine, NewTax
from oms_service.sales import queries as sales
from oms_service.sales.queries import ChannelView, PolicyView, RuleView
from oms_service.sales.states import SellingMode
from oms_service.shipping.wishes import ANY_TIME, Wish

#: More of one variant in one line is a mistake, and so is a dearer piece or a larger sum.
MOST_UNITS: Final = 100_000
MOST_MINOR: Final = 10**12
MOST_LINES: Final = 500


@dataclass(frozen=True, kw_only=True)
class WantedLine:
    """Some of a variant. Without a price, what the catalogue says for the channel."""

    sku: str
    quantity: int
    unit_price_minor: int | None = None
    discount_minor: int = 0


@dataclass(frozen=True, kw_only=True)
class Basket:
    """What is asked for in one channel, and where it should go.

    ``shipping_minor`` is what sending costs the customer: None stands for what the channel's
    charges say. ``ship_to`` holds recipient, country, postal_code, region, city, line1, line2
    and phone.
    """

    channel: ChannelView
    lines: Sequence[WantedLine]
    ship_to: Mapping[str, Any] | None = None
    discount_minor: int = 0
    shipping_minor: int | None = 0
    shipping_tax_rate_bp: int | None = None
    wish: Wish = ANY_TIME


@dataclass(frozen=True)
class Settled:
    """A basket with names, prices, tax and address as they are now.

    ``lacks`` says what the address lacks, by part; ``holds`` what makes an order wait;
    ``sourcing`` is what the channel says about where its orders come from.
    """

    lines: tuple[NewLine, ...]
    totals: Totals
    taxes: tuple[NewTax, ...]
    ship_to: Mapping[str, str] | None
    lacks: Mapping[str, str] = field(hash=False)
    holds: HoldRules
    sourcing: PolicyView | None


@dataclass(frozen=True)
class QuotedLine:
    """One line of a quote: ``waiting`` of its units are not there and leave by ``ships_by``.

    ``may_wait`` is false where the line could not be sold as it stands.
    """

    line: NewLine
    in_stock: int
    waiting: int
    may_wait: bool
    ships_by: date | None


@dataclass(frozen=True)
class Quote:
    """What an order would come to; nothing is promised by it."""

    channel: ChannelView
    lines: tuple[QuotedLine, ...]
    totals: Totals
    ship_to: Mapping[str, str] | None
    lacks: Mapping[str, str] = field(hash=False)
    #: Which days and hours may be wished; None where it is not said where to.
    reach: Reach | None = field(default=None, compare=False)

    @property
    def total(self) -> Money:
        return Money(self.totals.total_minor, self.channel.currency)

    @property
    def can_be_placed(self) -> bool:
        return all(one.may_wait or not one.waiting for one in self.lines)


def quote(uow: UnitOfWork, basket: Basket, *, may_backorder: bool = False) -> Quote:
    """A preview of an order, by the rules that hold when it is placed.

    Raises:
        Invalid: unknown SKUs, no price, odd quantities, discounts or address.
        AddressNotServed: the channel does not send there.
        WishRefused: it could not be delivered when it is wished.
    """
    session = uow.session
    settled = settle(uow, basket)
    variant_ids = {line.variant_id for line in settled.lines}
    there_is = free(session, variant_ids, basket.channel.stock_buffer)
    rules = sales.selling_rules(session, variant_ids, basket.channel.id)
    lines = []
    for line in settled.lines:
        there = min(line.ordered, there_is.get(line.variant_id, 0))
        there_is[line.variant_id] = there_is.get(line.variant_id, 0) - there
        rule = rules.get(line.variant_id)
        waiting = line.ordered - there
        may_wait = _may_wait(session, rule, waiting, may_backorder=may_backorder)
        day = rule.ships_by if rule is not None and waiting else None
        lines.append(QuotedLine(line, there, waiting, may_wait, day))
    reach = _reach(uow, basket, settled)
    return Quote(
        basket.channel, tuple(lines), settled.totals, settled.ship_to, settled.lacks, reach
    )


def _reach(uow: UnitOfWork, basket: Basket, settled: Settled) -> Reach | None:
    """When it could be delivered, and whether it can be when it is wished."""
    wishing.check_readable(basket.wish, None)
    if settled.ship_to is None:
        if basket.wish:
            raise WishRefused(Cause(Code.WISH_NOT_OFFERED))
        return None
    found = wishing.reach(
        uow.session,
        ZoneInfo(basket.channel.zone),
        destination=settled.ship_to,
        currency=basket.channel.currency,
        now=uow.now,
    )
    cause = found.why_not(basket.wish)
    if cause is not None:
        raise WishRefused(cause)
    return found


def settle(uow: UnitOfWork, basket: Basket) -> Settled:
    """Names, prices and tax as they are now: what is sold never changes later.

    Raises:
        Invalid: unknown SKUs, no price, odd quantities, discounts or address; ``fields`` says
            where.
        AddressNotServed: the channel does not send there.
    """
    _check(basket)
    policies = sales.in_force(
        uow.session, basket.channel.id, (SHIPPING, HOLDS, SOURCING), at=uow.now
    )
    shipping = (
        placing_rules.read_shipping(policies[SHIPPING].rules) if SHIPPING in policies else None
    )
    holds = placing_rules.read_holds(policies[HOLDS].rules if HOLDS in policies else {})
    address = (
        addressing.check(basket.ship_to, served=shipping.served if shipping else None)
        if basket.ship_to
        else None
    )
    if address is not None and address.lacks and not holds.incomplete_address:
        wrong = {f"ship_to.{name}": says for name, says in address.lacks.items()}
        raise Invalid("nothing can be sent to this address", wrong)
    variants, priced = _priced(uow.session, basket)
    ship_to = address.address if address else None
    totals = _totals(basket, priced, ship_to, shipping)
    pairs = zip(variants, priced, totals.discounts, strict=True)
    return Settled(
        tuple(_new_line(variant, one, off) for variant, one, off in pairs),
        totals,
        tuple(NewTax(one.rate_bp, one.taxable_minor, one.tax_minor) for one in totals.taxes),
        ship_to,
        address.lacks if address else {},
        holds,
        policies.get(SOURCING),
    )


def _check(basket: Basket) -> None:
    wrong = {
        f"lines[{index}].quantity": f"must be 1 to {MOST_UNITS}"
        for index, line in enumerate(basket.lines)
        if not 1 <= line.quantity <= MOST_UNITS
    }
    wrong |= {
        f"lines[{index}]": f"has an amount that is not 0 to {MOST_MINOR}"
        for index, line in enumerate(basket.lines)
        if not 0 <= (line.unit_price_minor or 0) <= MOST_MINOR
        or not 0 <= line.discount_minor <= MOST_MINOR
    }
    if not 1 <= len(basket.lines) <= MOST_LINES:
        wrong["lines"] = f"must be 1 to {MOST_LINES}"
    for name, amount in (
        ("discount_minor", basket.discount_minor),
        ("shipping_minor", basket.shipping_minor or 0),
    ):
        if not 0 <= amount <= MOST_MINOR:
            wrong[name] = f"must be 0 to {MOST_MINOR}"
    if wrong:
        raise Invalid("this order cannot be placed", wrong)


def _priced(session: Session, basket: Basket) -> tuple[list[VariantView], list[Priced]]:
    known = catalog.variants_by_sku(session, {line.sku for line in basket.lines})
    prices = catalog.prices(
        session,
        [variant.id for variant in known.values()],
        currency=basket.channel.currency,
        channel_id=basket.channel.id,
    )
    wrong = {
        f"lines[{index}].sku": "is not in the catalogue"
        for index, line in enumerate(basket.lines)
        if line.sku not in known or not known[line.sku].is_active
    } or {
        f"lines[{index}].unit_price_minor": "is missing, and the catalogue has no price"
        for index, line in enumerate(basket.lines)
        if line.unit_price_minor is None and known[line.sku].id not in prices
    }
    if wrong:
        raise Invalid("some lines cannot be sold", wrong)
    variants = [known[line.sku] for line in basket.lines]
    return variants, [
        Priced(
            unit_price_minor=prices[variant.id]
            if line.unit_price_minor is None
            else line.unit_price_minor,
            quantity=line.quantity,
            tax_rate_bp=variant.tax_rate_bp,
            discount_minor=line.discount_minor,
        )
        for line, variant in zip(basket.lines, variants, strict=True)
    ]


def _totals(
    basket: Basket,
    priced: Sequence[Priced],
    ship_to: Mapping[str, str] | None,
    shipping: ShippingRules | None,
) -> Totals:
    off = basket.discount_minor
    charge = basket.shipping_minor
    if charge is None:
        charge = _charge(ship_to, shipping, sum(line.net_minor for line in priced) - off)
    rate = basket.shipping_tax_rate_bp
    if rate is None and shipping is not None:
        rate = shipping.tax_rate_bp
    try:
        return price(
            priced,
            mode=basket.channel.tax_mode,
            discount_minor=off,
            shipping_minor=charge,
            shipping_tax_rate_bp=rate,
        )
    except ValueError as error:
        raise Invalid(str(error), {"discount_minor": "is above the price"}) from None


def _charge(
    ship_to: Mapping[str, str] | None, shipping: ShippingRules | None, items_minor: int
) -> int:
    if ship_to is None or shipping is None:
        return 0
    charge = shipping.charge(ship_to["country"], ship_to["region"], items_minor=items_minor)
    if charge is None:
        raise addressing.AddressNotServed("this channel does not send to that region")
    return charge


def _new_line(variant: VariantView, priced: Priced, discount_minor: int) -> NewLine:
    return NewLine(
        variant_id=variant.id,
        sku=variant.sku,
        name=variant.name,
        options=variant.options,
        unit_price_minor=priced.unit_price_minor,
        tax_rate_bp=variant.tax_rate_bp,
        ordered=priced.quantity,
        discount_minor=discount_minor,
    )


def free(session: Session, variant_ids: Collection[int], buffer: int) -> dict[int, int]:
    """Units of each variant that could be promised now, over the locations in use."""
    open_ids = {place.id for place in stock.locations(session)}
    units_of: dict[int, int] = {}
    for level in stock.availability(session, variant_ids):
        if level.location_id in open_ids:
            units = available(
                on_hand=level.on_hand,
                allocated=level.allocated,
                reserved=level.reserved,
                safety=level.safety,
                buffer=buffer,
            )
            units_of[level.variant_id] = units_of.get(level.variant_id, 0) + units
    return units_of


def _may_wait(
    session: Session, rule: RuleView | None, waiting: int, *, may_backorder: bool
) -> bool:
    if not waiting:
        return True
    if rule is None:
        return may_backorder
    if rule.mode is SellingMode.IN_STOCK:
        return False
    if rule.limit_units is None:
        return True
    taken = orders.waiting_units(session, rule.variant_id, channel_id=rule.channel_id)
    return taken + waiting <= rule.limit_units
