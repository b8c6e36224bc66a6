"""Stripe, by its official library: payment intents with manual capture, refunds, signed notices."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final

from oms_service.kernel.money import EXPONENTS, Money
from oms_service.ports.payment import (
    Answer,
    Bill,
    Outcome,
    ProviderAway,
    Told,
    ToldKind,
    Unreadable,
)

#: A call is given up after this; it must be well below the lease of an effect.
TIMEOUT_S: Final = 20
#: How old a signed notice may be. Source: the library's own default tolerance.
TOLERANCE: Final = timedelta(minutes=5)

_PAYMENT: Final[Mapping[str, Outcome]] = {
    "succeeded": Outcome.DONE,
    "requires_capture": Outcome.DONE,
    "processing": Outcome.WAITING,
    "requires_action": Outcome.WAITING,
    "requires_confirmation": Outcome.WAITING,
    "requires_payment_method": Outcome.REFUSED,
    "canceled": Outcome.REFUSED,
}
_REFUND: Final[Mapping[str, Outcome]] = {
    "succeeded": Outcome.DONE,
    "pending": Outcome.WAITING,
    "requires_action": Outcome.WAITING,
    "failed": Outcome.REFUSED,
    "canceled": Outcome.REFUSED,
}
_TOLD: Final[Mapping[str, ToldKind]] = {
    "payment_intent.amount_capturable_updated": ToldKind.AUTHORIZED,
    "payment_intent.succeeded": ToldKind.CAPTURED,
    "payment_intent.payment_failed": ToldKind.REFUSED,
    "payment_intent.canceled": ToldKind.RELEASED,
}
_DISPUTES: Final[Mapping[str, ToldKind]] = {
    "won": ToldKind.DISPUTE_WON,
    "lost": ToldKind.DISPUTE_LOST,
}


class StripePayments:
    """Serves cards.

    A token is a payment method, ``pm_...``, or ``cus_...:pm_...`` where it is kept for a customer.
    """

    def __init__(self, api_key: str, *, api_url: str = "") -> None:
        self._api_key = api_key
        self._api_url = api_url

    @cached_property
    def _client(self) -> Any:
        import stripe  # noqa: PLC0415 - 200 ms and 30 MB that only who calls Stripe pays

        return stripe.StripeClient(
            self._api_key,
            base_addresses={"api": self._api_url} if self._api_url else None,
            max_network_retries=0,
            http_client=stripe.RequestsClient(timeout=TIMEOUT_S),
        )

    def authorize(self, key: str, bill: Bill) -> Answer:
        return self._pay(key, bill, how="manual")

    def charge(self, key: str, bill: Bill) -> Answer:
        return self._pay(key, bill, how="automatic")

    def capture(self, key: str, *, payment_ref: str, amount: Money, is_final: bool) -> Answer:
        params: dict[str, Any] = {"amount_to_capture": amount.minor}
        if not is_final:
            params["final_capture"] = False
        return self._answer(
            lambda: self._client.v1.payment_intents.capture(
                payment_ref, params=params, options={"idempotency_key": key}
            )
        )

    def void(self, key: str, *, payment_ref: str) -> Answer:
        return self._answer(
            lambda: self._client.v1.payment_intents.cancel(
                payment_ref, options={"idempotency_key": key}
            ),
            of={**_PAYMENT, "canceled": Outcome.DONE},
        )

    def refund(self, key: str, *, payment_ref: str, amount: Money) -> Answer:
        of = "charge" if payment_ref.startswith("ch_") else "payment_intent"
        params = {of: payment_ref, "amount": amount.minor, "metadata": {"oms_key": key}}
        return self._answer(
            lambda: self._client.v1.refunds.create(params=params, options={"idempotency_key": key}),
            of=_REFUND,
        )

    def fetch(self, payment_ref: str) -> Answer:
        return self._answer(lambda: self._client.v1.payment_intents.retrieve(payment_ref))

    def verify(
        self, body: bytes, headers: Mapping[str, str], secret: str, *, now: datetime
    ) -> bool:
        """Whether Stripe signed it with our secret, at most five minutes from ``now``."""
        import stripe  # noqa: PLC0415 - as above

        header = headers.get("Stripe-Signature", "")
        try:
            stripe.WebhookSignature.verify_header(body, header, secret)
            signed_at = datetime.fromtimestamp(_timestamp(header), UTC)
        except (stripe.SignatureVerificationError, ValueError, OverflowError, OSError):
            return False
        return abs(now - signed_at) <= TOLERANCE

    def read(self, body: bytes) -> Told:
        """What a notice says.

        Raises:
            Unreadable: it is no event of Stripe's, or lacks what its kind must have.
        """
        try:
            return _told(json.loads(body))
        except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
            raise Unreadable("not an event of Stripe's") from error

    def _pay(self, key: str, bill: Bill, *, how: str) -> Answer:
        customer, _, method = bill.token.rpartition(":")
        params: dict[str, Any] = {
            "amount": bill.amount.minor,
            "currency": bill.amount.currency.lower(),
            "payment_method": method,
            "capture_method": how,
            "confirm": True,
            "off_session": True,
            "metadata": {"oms_key": key, "order_number": bill.order_number},
        }
        if customer:
            params["customer"] = customer
        if how == "manual":
            params["payment_method_options"] = {"card": {"request_multicapture": "if_available"}}
        return self._answer(
            lambda: self._client.v1.payment_intents.create(
                params=params, options={"idempotency_key": key}
            )
        )

    def _answer(self, call: Callable[[], Any], *, of: Mapping[str, Outcome] = _PAYMENT) -> Answer:
        """Make a call, and say in the port's words what became of it."""
        import stripe  # noqa: PLC0415 - as above

        try:
            found = call().to_dict()
        except stripe.CardError as error:
            return _refused(error)
        except stripe.IdempotencyError as error:
            raise ProviderAway("the key was used for something else") from error
        except stripe.InvalidRequestError as error:
            return _refused(error)
        except stripe.StripeError as error:
            raise ProviderAway(type(error).__name__) from error
        outcome = of.get(str(found.get("status")), Outcome.WAITING)
        action = found.get("next_action") or {}
        return Answer(
            outcome=outcome,
            reference=str(found["id"]),
            refusal=_why(found) if outcome is Outcome.REFUSED else "",
            is_by_hand=found.get("object") == "refund" and found["status"] == "requires_action",
            action_url=str((action.get("redirect_to_url") or {}).get("url") or "")[:500],
        )


def _refused(error: Any) -> Answer:
    """The bank's own code where there is one, else Stripe's."""
    of_bank = getattr(error.error, "decline_code", None)
    return Answer(outcome=Outcome.REFUSED, refusal=str(of_bank or error.code or "refused")[:60])


def _why(found: Mapping[str, Any]) -> str:
    of_payment = found.get("last_payment_error") or {}
    said = of_payment.get("decline_code") or of_payment.get("code") or found.get("failure_reason")
    return str(said or found["status"])[:60]


def _timestamp(header: str) -> int:
    for part in header.split(","):
        name, _, value = part.partition("=")
        if name == "t":
            return int(value)
    raise ValueError("no time in the signature")


def _told(event: Mapping[str, Any]) -> Told:
    name, found = str(event["type"]), event["data"]["object"]
    told: dict[str, Any] = {
        "event_id": _short(event["id"]),
        "occurred_at": datetime.fromtimestamp(int(event["created"]), UTC),
    }
    if name in _TOLD:
        return _of_payment(told, _TOLD[name], found)
    if name in {"refund.created", "refund.updated", "refund.failed"}:
        return _of_refund(told, found)
    if name in {"charge.dispute.created", "charge.dispute.closed"}:
        return _of_dispute(told, found, is_over=name.endswith("closed"))
    return Told(**told, kind=ToldKind.OTHER, payment_ref="", amount=Money(0, "JPY"))


def _of_payment(told: Mapping[str, Any], kind: ToldKind, found: Mapping[str, Any]) -> Told:
    amount = found["amount_received"] if kind is ToldKind.CAPTURED else found["amount"]
    metadata = found.get("metadata") or {}
    return Told(
        **told,
        kind=kind,
        payment_ref=_short(found["id"]),
        amount=_money(amount, found["currency"]),
        key=str(metadata.get("oms_key", ""))[:120],
        order_hint=str(metadata.get("order_number", ""))[:80],
        reason=_why(found) if kind is ToldKind.REFUSED else "",
    )


def _of_refund(told: Mapping[str, Any], found: Mapping[str, Any]) -> Told:
    outcome = _REFUND.get(str(found["status"]), Outcome.WAITING)
    kinds = {Outcome.DONE: ToldKind.REFUND_PAID, Outcome.REFUSED: ToldKind.REFUND_FAILED}
    return Told(
        **told,
        kind=kinds.get(outcome, ToldKind.OTHER),
        payment_ref=_short(found.get("payment_intent") or found.get("charge") or ""),
        subject_ref=_short(found["id"]),
        amount=_money(found["amount"], found["currency"]),
        key=str((found.get("metadata") or {}).get("oms_key", ""))[:120],
        reason=str(found.get("failure_reason") or "")[:60],
    )


def _of_dispute(told: Mapping[str, Any], found: Mapping[str, Any], *, is_over: bool) -> Told:
    due = (found.get("evidence_details") or {}).get("due_by")
    kind = _DISPUTES.get(str(found["status"]), ToldKind.OTHER)
    return Told(
        **told,
        kind=kind if is_over else ToldKind.DISPUTE_OPENED,
        payment_ref=_short(found.get("payment_intent") or found.get("charge") or ""),
        subject_ref=_short(found["id"]),
        amount=_money(found["amount"], found["currency"]),
        reason=str(found.get("reason") or "")[:60],
        due_at=datetime.fromtimestamp(int(due), UTC) if due else None,
    )


def _money(minor: object, currency: object) -> Money:
    amount, code = int(str(minor)), str(currency).upper()
    if code not in EXPONENTS or not 0 <= amount <= 10**15:
        raise ValueError("not an amount")
    return Money(amount, code)


def _short(reference: object) -> str:
    """A reference as a column holds it."""
    text = str(reference)
    if len(text) > 120 or "\x00" in text:  # noqa: PLR2004 - the width of the column
        raise ValueError("not a reference")
    return text
