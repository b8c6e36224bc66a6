"""How much may go back, and which way: pure."""

from collections.abc import Sequence
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
