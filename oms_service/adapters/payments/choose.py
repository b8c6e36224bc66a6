"""Which provider serves which kind of method, from what the shop has set up."""

from collections.abc import Mapping
from typing import Final

from oms_service.adapters.payments.manual import AtTheDoor, Manual, Slip
from oms_service.adapters.payments.stripe_payments import StripePayments
from oms_service.ports.payment import BY_HAND, KIND, NOTICES

#: Under which name Stripe calls us.
STRIPE: Final = "stripe"


def providers(*, stripe_api_key: str, stripe_api_url: str) -> Mapping[tuple[str, str], object]:
    """The payment adapters by (kind, slug); cards go by Stripe where there is a key for it."""
    found: dict[tuple[str, str], object] = {
        (KIND, BY_HAND): Manual(),
        (KIND, "konbini"): Slip(),
        (KIND, "bank_transfer"): Slip(),
        (KIND, "cash_on_delivery"): AtTheDoor(),
    }
    if stripe_api_key:
        stripe = StripePayments(stripe_api_key, api_url=stripe_api_url)
        found[KIND, "card"] = stripe
        found[NOTICES, STRIPE] = stripe
    return found
