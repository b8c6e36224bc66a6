"""Payments without a provider's machine: by a colleague, at the bank, by slip, at the door."""

import hashlib
from typing import Final

from oms_service.kernel.money import Money
from oms_service.ports.payment import Answer, Bill, Outcome

#: A slip's number has as many digits, the last of them a check digit.
SLIP_DIGITS: Final = 12

_BY_HAND: Final = Answer(outcome=Outcome.WAITING, is_by_hand=True)


class Manual:
    """Does nothing itself: each request waits until staff say that it is done.

    Only promised money is let go at once: nobody here will take it.
    """

    def authorize(self, key: str, bill: Bill) -> Answer:  # noqa: ARG002 - the protocol's arguments
        return _BY_HAND

    def charge(self, key: str, bill: Bill) -> Answer:  # noqa: ARG002 - the protocol's arguments
        return _BY_HAND

    def capture(self, key: str, *, payment_ref: str, amount: Money, is_final: bool) -> Answer:  # noqa: ARG002 - the protocol's arguments
        return _BY_HAND

    def void(self, key: str, *, payment_ref: str) -> Answer:  # noqa: ARG002 - the protocol's arguments
        return Answer(outcome=Outcome.DONE, reference=payment_ref)

    def refund(self, key: str, *, payment_ref: str, amount: Money) -> Answer:  # noqa: ARG002 - the protocol's arguments
        return _BY_HAND

    def fetch(self, payment_ref: str) -> Answer:  # noqa: ARG002 - the protocol's arguments
        return _BY_HAND


class Slip(Manual):
    """A slip the customer pays at a convenience store or a bank, found again by its number.

    Nothing is called: the number follows from the key, so asked again it is the same slip.
    """

    def authorize(self, key: str, bill: Bill) -> Answer:
        return self.charge(key, bill)

    def charge(self, key: str, bill: Bill) -> Answer:
        number = slip_number(key)
        return Answer(
            outcome=Outcome.WAITING,
            is_by_hand=True,
            reference=f"slip-{number}",
            slip_number=number,
            expires_at=bill.until,
        )


class AtTheDoor(Manual):
    """Cash on delivery: the carrier takes it, so it waits for the parcels and for nobody here."""

    def authorize(self, key: str, bill: Bill) -> Answer:
        return self.charge(key, bill)

    def charge(self, key: str, bill: Bill) -> Answer:  # noqa: ARG002 - the protocol's arguments
        return Answer(outcome=Outcome.WAITING, reference=f"door-{slip_number(key)}")


def slip_number(key: str) -> str:
    """Digits that stand for a request, with a check digit, so that a typing slip is noticed."""
    digest = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8])
    body = str(digest % 10 ** (SLIP_DIGITS - 1)).zfill(SLIP_DIGITS - 1)
    return body + _check_digit(body)


def _check_digit(digits: str) -> str:
    """Luhn: every single wrong digit and nearly every swapped pair gives another one."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value // 10 + value % 10
    return str(-total % 10)
