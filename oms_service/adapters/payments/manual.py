"""Refunds that a person pays by hand, at the bank or on the provider's own pages."""

from oms_service.kernel.money import Money
from oms_service.ports.payment import RefundAnswer


class Manual:
    """Pays nothing itself: the refund waits until staff say that it is paid."""

    def refund(self, key: str, *, payment_ref: str, amount: Money) -> RefundAnswer:  # noqa: ARG002 - the protocol's arguments
        return RefundAnswer(is_paid=False)
