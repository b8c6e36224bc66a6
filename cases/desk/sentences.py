"""The past of an order in sentences, for colleagues: each kind of fact has one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from cases.progress import SCANS
from cases.words import RESOLUTIONS
from oms_service.access import personal
from oms_service.kernel.languages import Words
from oms_service.kernel.money import Money
from oms_service.ports.carrier import CarrierStatus
from oms_service.ports.registry import Adapters
from oms_service.ports.timeline import Entry
from oms_service.shipping import carriers
from oms_service.web.frame import Formats
from oms_service.web.texts import N_, gettext


@dataclass(frozen=True)
class Sentence:
    """One fact as a colleague reads it."""

    text: str
    icon: str
    tone: str = ""


_PLAIN: Final[Mapping[str, tuple[str, str, str]]] = {
    "order.placed": (N_("Order %(number)s placed, %(money)s"), "inbox", "accent"),
    "order.cancelled": (N_("Order cancelled"), "cross", "danger"),
    "order.completed": (N_("Everything delivered"), "check", "success"),
    "order.held": (N_("Order put on hold"), "pause", "attention"),
    "order.released": (N_("Hold released"), "arrow", ""),
    "order.changed": (N_("Order changed"), "note", ""),
    "order.lines_cancelled": (N_("Part of the order cancelled"), "cross", "danger"),
    "order.date_moved": (N_("%(sku)s leaves by %(day)s"), "clock", "attention"),
    "order.waits": (N_("The customer waits for %(sku)s"), "clock", ""),
    "payment.authorized": (N_("Payment of %(money)s authorised"), "refund", ""),
    "payment.captured": (N_("Payment of %(money)s received"), "refund", "success"),
    "payment.voided": (N_("Payment authorisation cancelled"), "refund", ""),
    "payment.charged_back": (N_("The bank took %(money)s back"), "refund", "danger"),
    "refund.requested": (N_("Refund of %(money)s requested"), "refund", "attention"),
    "refund.paid": (N_("Refund of %(money)s paid"), "refund", "success"),
    "return.requested": (N_("Return %(number)s requested"), "return", "attention"),
    "return.approved": (N_("Return %(number)s approved"), "return", "success"),
    "return.rejected": (N_("Return %(number)s rejected"), "return", "danger"),
    "return.withdrawn": (N_("Return %(number)s withdrawn"), "return", ""),
    "return.received": (N_("Goods of return %(number)s came back"), "return", "success"),
    "exchange.sent": (N_("Exchange %(number)s: the new items may leave"), "return", ""),
    "claim.requested": (N_("Claim %(number)s opened"), "inbox", "attention"),
    "claim.refunded": (N_("Claim %(number)s settled by a refund"), "check", "success"),
    "claim.replaced": (N_("Claim %(number)s settled by a replacement"), "check", "success"),
    "claim.rejected": (N_("Claim %(number)s rejected"), "cross", "danger"),
    "claim.withdrawn": (N_("Claim %(number)s withdrawn"), "cross", ""),
    "document.invoice": (N_("Invoice %(number)s issued, %(money)s"), "note", ""),
    "document.receipt": (N_("Receipt %(number)s issued, %(money)s"), "note", ""),
    "document.credit_note": (N_("Credit note %(number)s issued, %(money)s"), "note", ""),
    "parcel.handed_over": (N_("Handed over to %(carrier)s, %(tracking)s"), "truck", "accent"),
    "parcel.scanned": ("", "truck", ""),
    "parcel.promised": (N_("Expected arrival: %(window)s"), "clock", ""),
    "parcel.told": (N_("The customer was told: %(window)s"), "speech", ""),
    "message.in": (N_("The customer wrote: %(excerpt)s"), "speech", "accent"),
    "message.out": (N_("We wrote: %(excerpt)s"), "speech", ""),
    "case.opened": (N_("Case %(number)s opened"), "inbox", "attention"),
    "case.resolved": (N_("Case %(number)s settled: %(ending)s"), "check", "success"),
    "case.rated": (N_("The customer judged case %(number)s: %(score)s of 5"), "speech", ""),
    "order.rated": (N_("The customer judged the delivery: %(score)s of 5"), "speech", ""),
    "notice.told": (N_("Told the customer: %(told)s"), "speech", ""),
}


#: Says what somebody wrote as far as who reads it may see it.
Shown = Callable[[object], str]


def teller(
    adapters: Adapters, shown: Shown = personal.shown
) -> Callable[[Entry, Formats], Sentence]:
    """Says facts with the names of the carriers that the shop works with.

    ``shown`` says what somebody wrote as far as its reader may see it; who sent the request,
    where nothing else is said.
    """

    def told(entry: Entry, said: Formats) -> Sentence:
        code = str(entry.facts.get("carrier", ""))
        names = {code: carriers.name_of(adapters, code)} if code else {}
        return sentence(entry, said, names, shown)

    return told


def sentence(
    entry: Entry, said: Formats, carriers: Mapping[str, Words], shown: Shown = personal.shown
) -> Sentence:
    """The sentence of one fact; one of a kind without a sentence shows its kind."""
    text, icon, tone = _PLAIN.get(entry.kind, (entry.kind, "dot", ""))
    if entry.kind not in _PLAIN:
        return Sentence(entry.kind, icon, tone)
    facts = _spoken(entry.facts, said, carriers, shown)
    if entry.kind == "parcel.scanned":
        joined = " · ".join(one for one in (facts["status"], facts["place"]) if one)
        return Sentence(joined, icon, tone)
    return Sentence(_(text) % facts, icon, tone)


def _spoken(
    facts: Mapping[str, Any], said: Formats, carriers: Mapping[str, Words], shown: Shown
) -> dict[str, str]:
    minor = facts.get("amount_minor", facts.get("total_minor", facts.get("refund_minor")))
    status = facts.get("status")
    window = ""
    if facts.get("from"):
        start, until = (datetime.fromisoformat(facts[name]) for name in ("from", "until"))
        window = said.window(start, until)
    return {
        "number": str(facts.get("number", "")),
        "money": said.money(Money(minor, facts["currency"])) if minor is not None else "",
        "carrier": _carrier(str(facts.get("carrier", "")), said, carriers),
        "tracking": str(facts.get("tracking_number", "")),
        "status": _(SCANS[CarrierStatus(status)]) if status else "",
        "place": shown(facts.get("place", "")),
        "sku": str(facts.get("sku", "")),
        "score": str(facts.get("score", "")),
        "day": said.day(date.fromisoformat(facts["new_day"])) if facts.get("new_day") else "",
        "window": window,
        "excerpt": shown(facts.get("excerpt", "")),
        "ending": _(RESOLUTIONS.get(str(facts.get("resolution", "")), "")) or "—",
        "told": _(str(facts.get("told", ""))),
    }


def _carrier(code: str, said: Formats, carriers: Mapping[str, Words]) -> str:
    return said.words(carriers[code]) if code in carriers else code


def _(text: str) -> str:
    return str(gettext(text)) if text else ""
