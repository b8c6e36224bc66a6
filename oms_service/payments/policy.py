"""How much may go back, and which way: pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Paid:
    """What one payment method still has of an order: captured, less all that went or will go back.

    ``method_id`` is None where the method is not known.
    """

    method_id: int | None
    left_minor: int


def refundable(paid: Sequence[Paid]) -> int:
    """The most that may still be refunded."""
    return max(0, sum(one.left_minor for one in paid))


def split(amount_minor: int, paid: Sequence[Paid]) -> list[Paid]:
    """Send an amount back the ways it came, filling each in the order given.

    Returns:
        A part for each method used; together ``amount_minor``.

    Raises:
        ValueError: more than there is.
    """
    if amount_minor > refundable(paid):
        raise ValueError("more than was paid")
    parts: list[Paid] = []
    missing = amount_minor
    for one in paid:
        units = min(missing, max(0, one.left_minor))
        if units:
            parts.append(Paid(one.method_id, units))
            missing -= units
    return parts


@dataclass(frozen=True)
class Authorization:
    """Money promised by one method under one reference, and how much of it is still free."""

    method_id: int | None
    payment_ref: str
    left_minor: int


@dataclass(frozen=True)
class Use:
    """Part of an authorization that was taken or let go, or is about to be."""

    method_id: int | None
    payment_ref: str
    amount_minor: int


def open_authorizations(
    given: Iterable[Authorization], uses: Iterable[Use]
) -> tuple[Authorization, ...]:
    """What may still be captured, in the order it was authorized.

    A use goes to the authorization of its reference. One without reference goes to those of its
    method, oldest first; money taken without any authorization uses none.
    """
    left: dict[tuple[int | None, str], int] = {}
    for one in given:
        place = one.method_id, one.payment_ref
        left[place] = left.get(place, 0) + one.left_minor
    for use in sorted(uses, key=lambda use: not use.payment_ref):
        named = (use.method_id, use.payment_ref)
        places = [named] if named in left else []
        if not use.payment_ref:
            places = [place for place in left if place[0] == use.method_id]
        missing = use.amount_minor
        for place in places:
            taken = min(missing, left[place])
            left[place] -= taken
            missing -= taken
    return tuple(
        Authorization(method_id, payment_ref, amount)
        for (method_id, payment_ref), amount in left.items()
        if amount > 0
    )
