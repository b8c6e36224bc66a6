"""What may be wished of an order after it was placed, as values that rows and forms can hold."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from oms_service.kernel.errors import Invalid
from oms_service.orders.states import ChangeKind
from oms_service.shipping.wishes import ends_of

#: More units of one line than any order has.
MOST_UNITS: Final = 1_000_000
#: More lines than any wish names.
MOST_LINES: Final = 200
_CODE: Final = re.compile(r"[a-z0-9_]{1,60}")


@dataclass(frozen=True, kw_only=True)
class CallOff:
    """Cancel: the whole order, or units by order line; ``reason`` is a code."""

    reason: str
    lines: Mapping[int, int] | None = field(default=None, hash=False)

    kind: ChangeKind = field(default=ChangeKind.CANCEL, init=False)


@dataclass(frozen=True, kw_only=True)
class ShipElsewhere:
    """Another address, of the parts that ``operations.placement.addressing`` knows. Personal."""

    address: Mapping[str, Any] = field(hash=False)

    kind: ChangeKind = field(default=ChangeKind.ADDRESS, init=False)


@dataclass(frozen=True, kw_only=True)
class PayOtherwise:
    """Another one of the customer's payment methods for all that was paid."""

    method_id: int

    kind: ChangeKind = field(default=ChangeKind.PAYMENT, init=False)


@dataclass(frozen=True, kw_only=True)
class Swap:
    """Units of a line, and the variant that is wanted in their place."""

    line_id: int
    quantity: int
    variant_id: int


@dataclass(frozen=True, kw_only=True)
class SwapItems:
    """Other variants instead of some; ``method_id`` pays or receives the difference."""

    swaps: Sequence[Swap] = field(hash=False)
    method_id: int | None = None

    kind: ChangeKind = field(default=ChangeKind.ITEMS, init=False)


@dataclass(frozen=True, kw_only=True)
class SetQuantities:
    """How many of each named line are wanted from now on, shipped ones counted."""

    quantities: Mapping[int, int] = field(hash=False)
    method_id: int | None = None

    kind: ChangeKind = field(default=ChangeKind.QUANTITY, init=False)


@dataclass(frozen=True, kw_only=True)
class Expedite:
    """A faster kind of delivery, one of ``change_rules.Speed``."""

    speed: str
    method_id: int | None = None

    kind: ChangeKind = field(default=ChangeKind.EXPEDITE, init=False)


@dataclass(frozen=True, kw_only=True)
class DeliverAt:
    """Another day, or other hours as ``shipping.wishes`` names them; None and empty for any."""

    deliver_on: date | None
    window: str = ""

    kind: ChangeKind = field(default=ChangeKind.DELIVERY, init=False)


Wish = CallOff | ShipElsewhere | PayOtherwise | SwapItems | SetQuantities | Expedite | DeliverAt


def check(wish: Wish) -> None:
    """Refuse what cannot be meant, whatever the order and the policy.

    Raises:
        Invalid: ``fields`` says where.
    """
    wrong = dict(_wrong(wish))
    if wrong:
        raise Invalid("this change cannot be read", wrong)


def written(wish: Wish) -> dict[str, Any]:
    """The wish in ids, codes and numbers; an address is not among them."""
    match wish:
        case CallOff():
            return {"lines": _pairs(wish.lines)} if wish.lines is not None else {}
        case SwapItems():
            return {"swaps": [[one.line_id, one.quantity, one.variant_id] for one in wish.swaps]}
        case SetQuantities():
            return {"quantities": _pairs(wish.quantities)}
        case Expedite():
            return {"speed": wish.speed}
        case DeliverAt():
            day = wish.deliver_on.isoformat() if wish.deliver_on else ""
            return {"deliver_on": day, "window": wish.window}
        case _:
            return {}


def method_of(wish: Wish) -> int | None:
    """The payment method a wish names, if it does."""
    named: int | None = getattr(wish, "method_id", None)
    return named


def read(
    kind: ChangeKind,
    said: Mapping[str, Any],
    *,
    reason: str,
    method_id: int | None,
    address: Mapping[str, Any] | None,
) -> Wish:
    """What ``written`` wrote, with the parts of it that have columns of their own.

    Raises:
        Invalid: an address that is not kept any more, or a method that was not named.
    """
    if kind is ChangeKind.ADDRESS:
        if address is None:
            raise Invalid("this address is not kept any more", {"address": "is gone"})
        return ShipElsewhere(address=address)
    if kind is ChangeKind.PAYMENT:
        if method_id is None:
            raise Invalid("this change names no method", {"method_id": "is missing"})
        return PayOtherwise(method_id=method_id)
    if kind is ChangeKind.CANCEL:
        return CallOff(reason=reason, lines=dict(said["lines"]) if "lines" in said else None)
    return _of_goods(kind, said, method_id)


def _of_goods(kind: ChangeKind, said: Mapping[str, Any], method_id: int | None) -> Wish:
    if kind is ChangeKind.ITEMS:
        swaps = [
            Swap(line_id=line, quantity=units, variant_id=variant)
            for line, units, variant in said["swaps"]
        ]
        return SwapItems(swaps=swaps, method_id=method_id)
    if kind is ChangeKind.QUANTITY:
        return SetQuantities(quantities=dict(said["quantities"]), method_id=method_id)
    if kind is ChangeKind.DELIVERY:
        day = said["deliver_on"]
        deliver_on = date.fromisoformat(day) if day else None
        return DeliverAt(deliver_on=deliver_on, window=said["window"])
    return Expedite(speed=said["speed"], method_id=method_id)


def _pairs(units: Mapping[int, int]) -> list[list[int]]:
    return [[line_id, count] for line_id, count in sorted(units.items())]


def _wrong(wish: Wish) -> list[tuple[str, str]]:
    match wish:
        case CallOff():
            found = [] if _CODE.fullmatch(wish.reason) else [("reason", "must be a code")]
            return found + ([] if wish.lines is None else _wrong_units(wish.lines, least=1))
        case SwapItems():
            if not 1 <= len(wish.swaps) <= MOST_LINES:
                return [("swaps", f"must be 1 to {MOST_LINES}")]
            return [
                (f"swaps[{index}].quantity", f"must be 1 to {MOST_UNITS}")
                for index, one in enumerate(wish.swaps)
                if not 1 <= one.quantity <= MOST_UNITS
            ]
        case SetQuantities():
            return _wrong_units(wish.quantities, least=0)
        case DeliverAt(window=window) if window and ends_of(window) is None:
            return [("delivery_window", "must be hours such as 1416")]
        case _:
            return []


def _wrong_units(units: Mapping[int, int], *, least: int) -> list[tuple[str, str]]:
    if not 1 <= len(units) <= MOST_LINES:
        return [("lines", f"must be 1 to {MOST_LINES}")]
    return [
        ("lines", f"must have quantities of {least} to {MOST_UNITS}")
        for count in units.values()
        if not least <= count <= MOST_UNITS
    ]
