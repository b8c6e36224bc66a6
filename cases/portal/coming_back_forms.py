"""The form about goods that come back, read into a wish; what cannot be read is named."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from oms_service.kernel.errors import Invalid
from oms_service.kernel.money import Money
from oms_service.orders.queries import LineView
from oms_service.payments.attempts import MOST_MINOR
from oms_service.returns.states import ClaimReason, Condition, Remedy, ReturnReason

Form = Mapping[str, str]

#: More digits than this make no quantity and no id.
_DIGITS: Final = 9
_LONGEST_SKU: Final = 64
_LONGEST_AMOUNT: Final = 20


class Kind(StrEnum):
    """What is to be done with the goods."""

    RETURN = "return"
    EXCHANGE = "exchange"
    PROBLEM = "problem"


class Way(StrEnum):
    """How a problem is to be put right, as a customer chooses it."""

    REPLACEMENT = "replacement"
    REFUND = "refund"
    PART = "part"


@dataclass(frozen=True)
class Pick:
    """Some units of a line; ``sku`` is what is wanted instead, empty but for an exchange."""

    line_id: int
    quantity: int
    reason: str
    sku: str = ""
    condition: Condition | None = None


@dataclass(frozen=True)
class Wish:
    """What a customer wants to do with some lines of an order.

    ``way`` and ``part`` are of a problem: how to put it right, and how much of the money where
    it is a part. ``method_id`` pays or gets the difference of an exchange.
    """

    kind: Kind
    picks: tuple[Pick, ...]
    way: Way | None = None
    part: Money | None = None
    method_id: int | None = None

    @property
    def remedy(self) -> Remedy:
        return Remedy.REPLACEMENT if self.way is Way.REPLACEMENT else Remedy.REFUND

    def fields(self) -> Iterator[tuple[str, str]]:
        """The wish as the hidden fields of the next step, which are read as the form is."""
        for pick in self.picks:
            yield f"units-{pick.line_id}", str(pick.quantity)
            yield f"reason-{pick.line_id}", pick.reason
            if pick.sku:
                yield f"sku-{pick.line_id}", pick.sku
            if pick.condition is not None:
                yield f"condition-{pick.line_id}", str(pick.condition)
        if self.way is not None:
            yield "way", str(self.way)
        if self.part is not None:
            yield "amount", str(self.part.decimal)
        if self.method_id is not None:
            yield "method_id", str(self.method_id)


def read(kind: Kind, lines: Sequence[LineView], form: Form, currency: str) -> Wish:
    """What the form says.

    Raises:
        Invalid: ``fields`` names each wrong input, ``lines`` where nothing is chosen.
    """
    wrong: dict[str, str] = {}
    picks = [pick for line in lines if (pick := _pick(kind, line, form, wrong)) is not None]
    if not picks and not wrong:
        wrong["lines"] = "is empty"
    way, part = _way(kind, form, currency, wrong)
    if wrong:
        raise Invalid("the form is not complete", wrong)
    method_id = number(form.get("method_id", "")) if kind is Kind.EXCHANGE else None
    return Wish(kind, tuple(picks), way, part, method_id)


def number(typed: str) -> int | None:
    """A whole number as people type it; None where it is none, or none of ours."""
    plain = typed.strip()
    return int(plain) if plain.isascii() and plain.isdecimal() and len(plain) <= _DIGITS else None


def _pick(kind: Kind, line: LineView, form: Form, wrong: dict[str, str]) -> Pick | None:
    units = f"units-{line.id}"
    typed = form.get(units, "").strip()
    quantity = number(typed) if typed else 0
    if quantity is None:
        wrong[units] = "must be a whole number"
        return None
    if not quantity:
        return None
    reason = form.get(f"reason-{line.id}", "")
    if reason not in (set(ClaimReason) if kind is Kind.PROBLEM else set(ReturnReason)):
        wrong[f"reason-{line.id}"] = "is not chosen"
    sku = form.get(f"sku-{line.id}", "") if kind is Kind.EXCHANGE else ""
    if kind is Kind.EXCHANGE and (not sku.isprintable() or not 0 < len(sku) <= _LONGEST_SKU):
        wrong[f"sku-{line.id}"] = "is not chosen"
    said = form.get(f"condition-{line.id}", "")
    condition = Condition(said) if said in set(Condition) and kind is Kind.RETURN else None
    return Pick(line.id, quantity, reason, sku, condition)


def _way(
    kind: Kind, form: Form, currency: str, wrong: dict[str, str]
) -> tuple[Way | None, Money | None]:
    if kind is not Kind.PROBLEM:
        return None, None
    said = form.get("way", "")
    if said not in set(Way):
        wrong["way"] = "is not chosen"
        return None, None
    way = Way(said)
    return way, _part(form, currency, wrong) if way is Way.PART else None


def _part(form: Form, currency: str, wrong: dict[str, str]) -> Money | None:
    typed = form.get("amount", "").strip().replace(",", "")[:_LONGEST_AMOUNT]
    try:
        amount = Money.parse(typed, currency)
    except ValueError:
        wrong["amount"] = "is not an amount"
        return None
    if not 0 < amount.minor <= MOST_MINOR:
        wrong["amount"] = "is not an amount"
        return None
    return amount
