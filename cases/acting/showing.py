"""What the pages of acting show: facts for each form, and codes put into words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from cases.acting import previews, queries, undoing, words
from cases.acting.previews import Offer
from cases.acting.queries import ActView
from cases.acting.states import ActKind
from oms_service.access import queries as access
from oms_service.catalog import queries as catalog
from oms_service.console import changes_words, payments_words, returns_words
from oms_service.inventory import queries as stock
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.kernel.errors import DomainError, Invalid
from oms_service.kernel.money import Money
from oms_service.operations.money import refunding
from oms_service.operations.returning import order_book, returns
from oms_service.operations.rules import reasons
from oms_service.operations.rules.change_eligibility import ChangeRefused
from oms_service.operations.rules.eligibility import Cause
from oms_service.orders import changes
from oms_service.orders.changes import ChangeView
from oms_service.orders.queries import LineView
from oms_service.payments import queries as payments
from oms_service.payments.limits import AboveOwnLimit
from oms_service.payments.queries import RefundView
from oms_service.payments.service import RefundTooHigh
from oms_service.payments.states import RefundPart
from oms_service.returns import claim_queries
from oms_service.returns.claim_queries import ClaimView
from oms_service.returns.states import ClaimReason, ClaimState
from oms_service.web.formats import money
from oms_service.web.frame import Formats
from oms_service.web.languages import spoken
from oms_service.web.texts import N_, gettext


def _(text: str) -> str:
    return str(gettext(text))


_RETURNED_TOLD: Final = N_("The customer is told at once, with the number of the return.")
_NOT_TOLD: Final = N_("Nothing is sent by itself: tell the customer in your reply.")
_TOLD: Final = {
    ActKind.REFUND: N_("The customer is told when the money is paid."),
    ActKind.STORE_CREDIT: N_("The customer is told when it is in their balance."),
    ActKind.REPLACEMENT: N_("The customer is told when the replacement leaves."),
    ActKind.RETURN: _RETURNED_TOLD,
    ActKind.EXCHANGE: _RETURNED_TOLD,
    ActKind.LABEL: N_("The customer gets the link to the label where they wrote, else by mail."),
}
_CHECK: Final = N_("Please check this entry.")
_MESSAGES: Final = {
    "amount": N_("Enter an amount above 0."),
    "lines": N_("Enter how many, at least one and at most as many as there are."),
    "swaps": N_("Choose another version for at least one item."),
    "reason": N_("Choose a reason."),
    "scope": N_("Choose how much goes back."),
    "part": N_("Choose what the money is for."),
    "method_id": N_("Choose a payment method."),
    "refund_minor": N_("Enter an amount above 0."),
    "recipient": N_("Enter who receives it."),
    "postal_code": N_("Enter a postal code of 7 digits."),
    "region": N_("Enter a prefecture."),
    "city": N_("Enter the city or ward."),
    "line1": N_("Enter the street and number."),
    "deliver_on": N_("Choose a day from the calendar."),
    "delivery_window": N_("Choose the hours from the list."),
    "return_number": N_("Choose a return."),
}


def told(kind: ActKind) -> str:
    """What the customer hears of it by itself."""
    return _(_TOLD.get(kind, _NOT_TOLD))


def cause(one: Cause) -> str:
    return reasons.say(one, spoken())


def why_not(offer: Offer) -> list[str]:
    """Why something is not possible, in sentences."""
    if offer.why:
        return [_(words.WHY_NOT[offer.why])]
    return [cause(one) for one in offer.causes]


def messages(error: Invalid) -> dict[str, str]:
    """Words for the fields that are wrong."""
    found = {}
    for field in error.fields:
        name = field.removeprefix("ship_to.").removeprefix("address.").partition("[")[0]
        found[name] = _(_MESSAGES.get(name, _CHECK))
    return found or {"form": _(_CHECK)}


def refusal(error: DomainError) -> str:
    """Why something is not done about an order, in a sentence."""
    if isinstance(error, RefundTooHigh):
        return str(gettext("At most %(money)s is left.", money=money(error.left, spoken())))
    if isinstance(error, AboveOwnLimit):
        most = money(error.limit, spoken())
        return str(gettext("Your own limit is %(money)s. Ask a colleague.", money=most))
    if isinstance(error, ChangeRefused):
        return " ".join(cause(one) for one in error.decision.causes)
    return _(words.REFUSALS.get(error.code, "This is not possible as things stand."))


def names(session: Session) -> Mapping[int, str]:
    return access.staff_names(session)


def name_of(known: Mapping[int, str], ref: str) -> str:
    """Who did it: a colleague's name, else the system."""
    by = Actor.from_ref(ref)
    if by.kind is ActorKind.STAFF:
        return known.get(int(by.id), "")
    return _("the system")


def recorded(data: Mapping[str, Any], formats: Formats) -> str:
    """A line of the record about something done, with its amount and its number."""
    what = str(data.get("what", ""))
    said = _(words.RECORD[what])
    if what == "act_undone":
        kind = str(data.get("kind", ""))
        said = f"{said}: {_(words.KINDS[ActKind(kind)][0])}"
    parts = [said]
    if data.get("amount_minor"):
        parts.append(formats.money(Money(int(data["amount_minor"]), str(data["currency"]))))
    numbers = (data.get("return_number"), data.get("claim_number"))
    parts += [str(number) for number in numbers if number]
    if data.get("waits"):
        parts.append(_("waits for a second person"))
    return " · ".join(parts)


def is_recorded_here(data: Mapping[str, Any]) -> bool:
    return str(data.get("what", "")) in words.RECORD


def facts(session: Session, order_id: int, kind: ActKind, *, now: datetime) -> dict[str, Any]:
    """What the form of one kind offers, where it is no change of the order."""
    book = order_book.open_book(session, order_id, now=now)
    lines = list(book.lines.values())
    found: dict[str, Any] = {"lines": lines}
    if kind in {ActKind.REFUND, ActKind.STORE_CREDIT}:
        here = [one for one in lines if book.facts[one.id].ordered > book.facts[one.id].cancelled]
        found |= {
            "lines": here,
            "left": {
                one.id: book.facts[one.id].ordered - book.facts[one.id].cancelled for one in here
            },
            "refundable": refunding.refundable(session, order_id),
            "scopes": _options(words.SCOPES),
            "parts_of": _options(payments_words.PARTS, leave={RefundPart.SHIPPING}),
            "reasons": _options(payments_words.REASONS),
        }
    elif kind is ActKind.REPLACEMENT:
        here = [one for one in lines if book.facts[one.id].shipped > book.facts[one.id].gone]
        found |= {
            "lines": here,
            "left": {one.id: book.facts[one.id].shipped - book.facts[one.id].gone for one in here},
            "reasons": _options(returns_words.CLAIM_REASONS),
        }
    elif kind in {ActKind.RETURN, ActKind.EXCHANGE}:
        open_lines = returns.returnable_lines(session, order_id, now=now)
        here = [one.line for one in open_lines if one.quantity]
        found |= {
            "lines": here,
            "left": {one.line.id: one.quantity for one in open_lines},
            "against": {one.line.id: cause(one.cause) for one in open_lines if one.cause},
            "reasons": _options(returns_words.REASONS),
        }
        if kind is ActKind.EXCHANGE:
            found |= _others(session, book, here)
    elif kind is ActKind.LABEL:
        found["labels"] = [(one.number, one.number) for one in previews.labels(session, order_id)]
    elif kind is ActKind.HOLD:
        found["reasons"] = _options(words.HOLDS)
    else:
        now_held = previews.holding_now(session, order_id)
        found["reasons"] = [(one.value, _(words.HOLDS[one])) for one in now_held]
    return found


def _options(of: Mapping[Any, str], *, leave: set[Any] | None = None) -> list[tuple[str, str]]:
    return [(str(one), _(word)) for one, word in of.items() if one not in (leave or set())]


def _others(session: Session, book: order_book.Book, here: list[LineView]) -> dict[str, Any]:
    """Other versions of what may be exchanged, with price and stock, and the customer's methods."""
    others = catalog.siblings(session, {line.variant_id for line in here})
    wanted = {one.id for of in others.values() for one in of}
    currency = book.channel.currency
    prices = catalog.prices(session, wanted, currency=currency, channel_id=book.channel.id)
    methods = [one for one in payments.methods(session, book.order.customer_id) if one.is_active]
    return {
        "others": others,
        "free": stock.to_promise(session, wanted, buffer=book.channel.stock_buffer),
        "prices": {one: Money(minor, currency) for one, minor in prices.items()},
        "methods": methods,
    }


# Beside a case


class Beside:
    """What the box of a case shows of one order: what waits, what was done."""

    def __init__(self, session: Session, case_id: int, order_id: int, *, me: str) -> None:
        """Read it all; a number of queries that grows only with what was done."""
        self.acts = queries.of_case(session, case_id)
        refunds = {one.id: one for one in payments.refunds(session, order_id)}
        self.waiting: list[RefundView] = [
            one for one in refunds.values() if one.state == "awaiting_approval"
        ]
        self.refunds_of = {
            act.id: [refunds[one] for one in act.refund_ids if one in refunds] for act in self.acts
        }
        self.not_undone = {act.id: undoing.why_not(session, act, by=me) for act in self.acts}
        self.wishes: list[ChangeView] = [
            one for one in changes.of_order(session, order_id) if one.is_open
        ]
        self.claims: list[ClaimView] = [
            one
            for one in claim_queries.of_orders(session, [order_id])
            if one.state is ClaimState.REQUESTED
        ]
        self.names = access.staff_names(session)

    def amount(self, act: ActView) -> Money | None:
        """The money of an act, where it has any."""
        minor = act.facts.get("amount_minor")
        return Money(int(minor), str(act.facts["currency"])) if minor else None

    def number(self, act: ActView) -> str:
        """What people call the thing that came of it."""
        return str(act.facts.get("return_number") or act.facts.get("claim_number") or "")


def claim_reason(claim: ClaimView) -> str:
    reason: ClaimReason = claim.lines[0].reason
    return _(returns_words.CLAIM_REASONS[reason])


def wish_name(change: ChangeView) -> str:
    return _(changes_words.KINDS[change.kind][0])


def rule(code: str) -> str:
    """Why a wish waits for a person; a rule whose words need numbers is not put into words."""
    found = next((one for one in reasons.WORDS if str(one) == code), None)
    if found is None or "{" in reasons.WORDS[found]["en"]:
        return ""
    return cause(Cause(found))
