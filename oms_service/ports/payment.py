"""What a payment provider must do to give money back."""

from dataclasses import dataclass
from typing import Protocol

from oms_service.kernel.money import Money


@dataclass(frozen=True)
class RefundAnswer:
    """What became of a refund: paid, with the provider's own reference, or waiting for a person."""

    is_paid: bool
    reference: str = ""


class PaymentProvider(Protocol):
    """A payment provider. Installed as ``payment`` adapter under the kind of method it serves."""

    def refund(self, key: str, *, payment_ref: str, amount: Money) -> RefundAnswer:
        """Pay an amount back; called again with the same ``key`` it must not pay twice.

        Args:
            key: the refund's own, the same in every try.
            payment_ref: the provider's reference of the payment, empty where unknown.
            amount: what to pay.
        """
        ...
