"""What a channel charges for sending and when an order has to wait: policies read from data."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Words
from oms_service.operations.rules.rule_reader import RuleReader
from oms_service.orders.states import HoldReason
from oms_service.sales import service as sales
from oms_service.sales.queries import PolicyView

#: The kinds under which these policies are stored.
SHIPPING: Final = "shipping"
HOLDS: Final = "holds"


@dataclass(frozen=True, kw_only=True)
class Rate:
    """What sending costs to some countries, or to some of their regions."""

    countries: frozenset[str]
    regions: frozenset[str] = frozenset()
    charge_minor: int

    def fits(self, country: str, region: str) -> bool:
        return country in self.countries and (not self.regions or region in self.regions)


@dataclass(frozen=True, kw_only=True)
class ShippingRules:
    """What sending costs; the first rate that fits holds.

    As data::

        {"rates": [{"countries": ["JP"], "regions": ["沖縄県"], "charge_minor": 1500},
                   {"countries": ["JP"], "charge_minor": 550}],
         "free_from_minor": 8000, "tax_rate_bp": 1000}

    ``free_from_minor`` is of the items less discounts. Countries without a rate are not served.
    """

    rates: Sequence[Rate]
    free_from_minor: int | None = None
    tax_rate_bp: int | None = None

    @property
    def served(self) -> frozenset[str]:
        return frozenset().union(*(rate.countries for rate in self.rates))

    def charge(self, country: str, region: str, *, items_minor: int) -> int | None:
        """What sending costs there, in minor units; None where nothing is sent to."""
        rate = next((one for one in self.rates if one.fits(country, region)), None)
        if rate is None:
            return None
        is_free = self.free_from_minor is not None and items_minor >= self.free_from_minor
        return 0 if is_free else rate.charge_minor


@dataclass(frozen=True, kw_only=True)
class HoldRules:
    """What makes an order wait for a person; a rule that is not given does not hold.

    As data, every key optional::

        {"total_above_minor": 100000, "first_order_above_minor": 50000,
         "mismatches_from": 2, "unpaid": true, "cash_on_delivery_above_minor": 300000,
         "incomplete_address": true, "whole_only": true}

    ``mismatches_from`` counts what does not fit the customer: another mail address, another
    phone number, a recipient of another name. ``incomplete_address`` keeps an order whose
    address lacks something; without it such an order is refused. ``whole_only`` keeps an order
    until all of its units are there.
    """

    total_above_minor: int | None = None
    first_order_above_minor: int | None = None
    mismatches_from: int | None = None
    unpaid: bool = False
    cash_on_delivery_above_minor: int | None = None
    incomplete_address: bool = False
    whole_only: bool = False


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the rules look at. Amounts in minor units; what no rule asks for may stay empty."""

    total_minor: int
    promised_minor: int
    is_first_order: bool = False
    mismatches: int = 0
    is_cash_on_delivery: bool = False
    lacks_address: bool = False
    lacks_stock: bool = False


@dataclass(frozen=True)
class Waits:
    """A reason to wait, and the code of the rule that says so."""

    reason: HoldReason
    rule: str


def reasons_to_wait(rules: HoldRules, facts: Facts) -> tuple[Waits, ...]:
    """Why an order waits, each reason once: the first rule that says so is named."""
    found: dict[HoldReason, Waits] = {}
    for waits in _broken(rules, facts):
        found.setdefault(waits.reason, waits)
    return tuple(found.values())


def _broken(rules: HoldRules, facts: Facts) -> Iterator[Waits]:
    first_limit = rules.first_order_above_minor if facts.is_first_order else None
    doubts = rules.mismatches_from
    cash_limit = rules.cash_on_delivery_above_minor if facts.is_cash_on_delivery else None
    is_unpaid = not facts.is_cash_on_delivery and facts.promised_minor < facts.total_minor
    says = (
        (
            HoldReason.ADDRESS,
            "incomplete_address",
            facts.lacks_address and rules.incomplete_address,
        ),
        (HoldReason.FRAUD, "total_above_minor", _above(facts.total_minor, rules.total_above_minor)),
        (HoldReason.FRAUD, "first_order_above_minor", _above(facts.total_minor, first_limit)),
        (HoldReason.FRAUD, "mismatches_from", doubts is not None and facts.mismatches >= doubts),
        (
            HoldReason.PAYMENT,
            "cash_on_delivery_above_minor",
            _above(facts.total_minor, cash_limit),
        ),
        (HoldReason.PAYMENT, "unpaid", rules.unpaid and is_unpaid),
        (HoldReason.STOCK, "whole_only", facts.lacks_stock and rules.whole_only),
    )
    return (Waits(reason, rule) for reason, rule, holds in says if holds)


def _above(amount: int, limit: int | None) -> bool:
    return limit is not None and amount > limit


def read_shipping(rules: Mapping[str, Any]) -> ShippingRules:
    """The charges that ``rules`` write down.

    Raises:
        Invalid: ``fields`` names each wrong key, such as ``rates[0].charge_minor``.
    """
    reader = RuleReader(rules)
    found = ShippingRules(
        rates=[_rate(row) for row in reader.rows("rates")],
        free_from_minor=reader.whole("free_from_minor"),
        tax_rate_bp=reader.whole("tax_rate_bp", most=10_000),
    )
    reader.finish("table of shipping charges")
    return found


def _rate(row: RuleReader) -> Rate:
    row.needs("countries")
    row.needs("charge_minor")
    found = Rate(
        countries=row.texts("countries"),
        regions=row.texts("regions"),
        charge_minor=row.whole("charge_minor", 0) or 0,
    )
    row.close()
    return found


def read_holds(rules: Mapping[str, Any]) -> HoldRules:
    """The hold rules that ``rules`` write down.

    Raises:
        Invalid: ``fields`` names each wrong key.
    """
    reader = RuleReader(rules)
    found = HoldRules(
        total_above_minor=reader.whole("total_above_minor"),
        first_order_above_minor=reader.whole("first_order_above_minor"),
        mismatches_from=reader.whole("mismatches_from", least=1),
        unpaid=reader.flag("unpaid", default=False),
        cash_on_delivery_above_minor=reader.whole("cash_on_delivery_above_minor"),
        incomplete_address=reader.flag("incomplete_address", default=False),
        whole_only=reader.flag("whole_only", default=False),
    )
    reader.finish("list of hold rules")
    return found


_READERS: Final[Mapping[str, Callable[[Mapping[str, Any]], object]]] = {
    SHIPPING: read_shipping,
    HOLDS: read_holds,
}


def adopt(
    uow: UnitOfWork,
    *,
    channel_id: int,
    kind: str,
    rules: Mapping[str, Any],
    text: Words,
    since: datetime | None = None,
) -> PolicyView:
    """Put new shipping charges or hold rules in force for a channel.

    Raises:
        Invalid: another kind of policy, or rules that cannot be read; nothing is changed.
    """
    if kind not in _READERS:
        raise Invalid("no such policy", {"kind": f"must be one of {', '.join(_READERS)}"})
    _READERS[kind](rules)
    return sales.put_in_force(
        uow, channel_id=channel_id, kind=kind, rules=rules, text=text, since=since
    )
