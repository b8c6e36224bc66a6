"""What a payment provider must do: promise money, take it, let it go, give it back, tell of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from oms_service.kernel.errors import NotFound
from oms_service.kernel.money import Money
from oms_service.ports.registry import Adapters

KIND: Final = "payment"
#: Those who also tell of payments unasked, by the name in the address they call.
NOTICES: Final = "payment-notices"
#: The adapter for methods that no installed provider serves.
BY_HAND: Final = "manual"


class ProviderAway(Exception):
    """No answer, or none that says what became of it: ask again, with the same key."""


class Unreadable(ValueError):
    """A notice is not one of this provider's."""


class Outcome(StrEnum):
    """What a provider answers."""

    DONE = "done"
    WAITING = "waiting"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What became of a request.

    ``reference`` is the provider's own name for it. Waiting is for the customer (a slip to pay
    until ``expires_at``, a page to visit), for a bank, or, ``is_by_hand``, for a colleague.
    ``refusal`` is the provider's code.
    """

    outcome: Outcome
    reference: str = ""
    refusal: str = ""
    is_by_hand: bool = False
    slip_number: str = ""
    action_url: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Bill:
    """What to take: how much, by which token of the customer's, for which order, until when."""

    amount: Money
    token: str
    order_number: str
    until: datetime | None = None


class ToldKind(StrEnum):
    """What a provider tells unasked. ``OTHER`` concerns nobody here."""

    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    REFUSED = "refused"
    RELEASED = "released"
    REFUND_PAID = "refund_paid"
    REFUND_FAILED = "refund_failed"
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class Told:
    """One notice of a provider.

    ``event_id`` is its own, the same when it is sent again. ``payment_ref`` names the payment,
    ``subject_ref`` the refund or dispute. ``key`` is that of our request where it came from one,
    ``order_hint`` the order's number or the channel's reference where the payment carries it.
    ``amount`` is all that was captured so far, or what the refund or dispute is about.
    """

    event_id: str
    kind: ToldKind
    payment_ref: str
    amount: Money
    occurred_at: datetime
    subject_ref: str = ""
    key: str = ""
    order_hint: str = ""
    reason: str = ""
    due_at: datetime | None = None


class PaymentProvider(Protocol):
    """A payment provider. Installed as ``payment`` adapter under the kind of method it serves.

    Each call may come again with the same ``key`` and must then do nothing more; it raises
    ``ProviderAway`` where it cannot say what became of it.
    """

    def authorize(self, key: str, bill: Bill) -> Answer:
        """Have money promised, to be captured later."""
        ...

    def charge(self, key: str, bill: Bill) -> Answer:
        """Take money at once."""
        ...

    def capture(self, key: str, *, payment_ref: str, amount: Money, is_final: bool) -> Answer:
        """Take promised money; what is left of it is let go where ``is_final``."""
        ...

    def void(self, key: str, *, payment_ref: str) -> Answer:
        """Let promised money go."""
        ...

    def refund(self, key: str, *, payment_ref: str, amount: Money) -> Answer:
        """Pay an amount back out of a payment; ``payment_ref`` is empty where unknown."""
        ...

    def fetch(self, payment_ref: str) -> Answer:
        """How a payment stands now; waiting where only people know."""
        ...


class Telling(Protocol):
    """A provider that also tells of itself, by calls that it signs."""

    def verify(
        self, body: bytes, headers: Mapping[str, str], secret: str, *, now: datetime
    ) -> bool:
        """Whether the body comes from who knows the secret, and was sent minutes ago at most."""
        ...

    def read(self, body: bytes) -> Told:
        """What a genuine body says.

        Raises:
            Unreadable: it is not one of this provider's.
        """
        ...


def provider_for(adapters: Adapters, kind: str) -> PaymentProvider:
    """Who serves a kind of method; where nobody does, colleagues by hand."""
    slug = kind if kind in adapters.slugs(KIND) else BY_HAND
    found: PaymentProvider = adapters.get(KIND, slug)  # type: ignore[assignment]  # registered as one
    return found


def by_name(adapters: Adapters, slug: str) -> PaymentProvider:
    """The provider that is called so in the address it calls; it takes money back too.

    Raises:
        NotFound: there is none.
    """
    return teller(adapters, slug)  # type: ignore[return-value]  # who tells of payments makes them


def teller(adapters: Adapters, slug: str) -> Telling:
    """The provider that signs its calls, by the name in their address.

    Raises:
        NotFound: there is none.
    """
    try:
        found = adapters.get(NOTICES, slug)
    except LookupError:
        raise NotFound("no such provider") from None
    return found  # type: ignore[return-value]  # registered as one
