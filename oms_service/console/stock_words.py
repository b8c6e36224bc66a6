"""Words about stock for colleagues: what moved, why, who did it, and what went wrong."""

from collections.abc import Collection, Mapping
from typing import Final

from flask import url_for
from flask_babel import get_locale
from sqlalchemy.orm import Session

from oms_service.access import queries as access
from oms_service.catalog.queries import VariantView
from oms_service.inventory import papers, queries
from oms_service.inventory.counting import BeingCounted
from oms_service.inventory.handling import BY_HAND
from oms_service.inventory.service import OutOfStock
from oms_service.inventory.states import (
    CountState,
    Explanation,
    Handling,
    MovementKind,
    PurchaseState,
    TransferState,
)
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.kernel.errors import DomainError, IllegalTransition, Invalid, Stale
from oms_service.kernel.languages import Language, Words, say
from oms_service.orders import queries as orders
from oms_service.web import wares
from oms_service.web.texts import N_, gettext


def _(text: str, **values: object) -> str:
    return str(gettext(text, **values))


MOVEMENTS: Final[Mapping[MovementKind, str]] = {
    MovementKind.OPENING: N_("Opening stock"),
    MovementKind.RECEIVED: N_("Came in from a supplier"),
    MovementKind.ALLOCATED: N_("Promised to an order"),
    MovementKind.RELEASED: N_("No longer promised"),
    MovementKind.SHIPPED: N_("Sent out"),
    MovementKind.RESERVED: N_("Reserved"),
    MovementKind.UNRESERVED: N_("No longer reserved"),
    MovementKind.RETURNED: N_("Came back"),
    MovementKind.ADJUSTED: N_("Put right"),
    MovementKind.TRANSFERRED_OUT: N_("Left for another location"),
    MovementKind.TRANSFERRED_IN: N_("Came from another location"),
    MovementKind.SET_ASIDE: N_("Came back, to be checked"),
    MovementKind.REDEEMED: N_("Reserved units became an order's"),
    MovementKind.EXPECTED: N_("Goods on the way"),
    MovementKind.NO_LONGER_EXPECTED: N_("No longer on its way"),
    MovementKind.RECEIVED_DAMAGED: N_("Arrived damaged"),
    MovementKind.QUARANTINED: N_("Set aside for a check"),
    MovementKind.CLEARED: N_("Checked and back on the shelf"),
    MovementKind.DAMAGED: N_("Found damaged"),
    MovementKind.CONDEMNED: N_("Checked and found damaged"),
    MovementKind.MENDED: N_("Repaired and back on the shelf"),
    MovementKind.DISCARDED: N_("Thrown away"),
}
COLUMNS: Final[Mapping[str, str]] = {
    "on_hand": N_("On hand"),
    "allocated": N_("Allocated"),
    "reserved": N_("Reserved"),
    "incoming": N_("Incoming"),
    "damaged": N_("Damaged"),
    "quality_control": N_("Being checked"),
}
#: What can be done by hand, with what it means.
HANDLINGS: Final[Mapping[Handling, tuple[str, str]]] = {
    Handling.ADJUST: (
        N_("Put the number right"),
        N_("More or fewer are on the shelf than written. Use a minus for fewer."),
    ),
    Handling.QUARANTINE: (N_("Set aside for a check"), N_("From the shelf to quality control.")),
    Handling.CLEAR: (N_("Back on the shelf"), N_("From quality control: they are sound.")),
    Handling.DAMAGE: (N_("Mark as damaged"), N_("From the shelf to the damaged ones.")),
    Handling.CONDEMN: (
        N_("Found damaged in the check"),
        N_("From quality control to the damaged ones."),
    ),
    Handling.MEND: (N_("Repaired"), N_("From the damaged ones back to the shelf.")),
    Handling.DISCARD: (N_("Throw away"), N_("Damaged ones leave the house.")),
}
PURCHASES: Final[Mapping[PurchaseState, tuple[str, str]]] = {
    PurchaseState.ORDERED: (N_("On order"), "accent"),
    PurchaseState.PARTLY_RECEIVED: (N_("Partly here"), "attention"),
    PurchaseState.RECEIVED: (N_("All here"), "success"),
    PurchaseState.CLOSED: (N_("Ended short"), ""),
    PurchaseState.CANCELLED: (N_("Called off"), ""),
}
TRANSFERS: Final[Mapping[TransferState, tuple[str, str]]] = {
    TransferState.REQUESTED: (N_("Asked for"), ""),
    TransferState.IN_TRANSIT: (N_("Between locations"), "accent"),
    TransferState.RECEIVED: (N_("Arrived in full"), "success"),
    TransferState.DISCREPANT: (N_("Does not add up"), "attention"),
    TransferState.SETTLED: (N_("Explained"), "success"),
    TransferState.CANCELLED: (N_("Called off"), ""),
}
COUNTS: Final[Mapping[CountState, tuple[str, str]]] = {
    CountState.OPEN: (N_("Being counted"), "accent"),
    CountState.SUBMITTED: (N_("Waits for approval"), "attention"),
    CountState.APPROVED: (N_("Approved"), "success"),
    CountState.CANCELLED: (N_("Called off"), ""),
}
EXPLANATIONS: Final[Mapping[Explanation, str]] = {
    Explanation.CAME_LATER: N_("They came later and are here now"),
    Explanation.STAYED_BEHIND: N_("They never left the sender"),
    Explanation.LOST: N_("They are lost"),
    Explanation.SENT_MORE: N_("The sender sent more than was written down"),
    Explanation.SURPLUS: N_("They are a surplus nobody misses"),
}
_ENDS: Final = {
    "released": N_("let go by hand"),
    "expired": N_("the time ran out"),
    "redeemed": N_("it became an order"),
}
_FIELDS: Final = {
    "supplier": N_("Say who the supplier is."),
    "lines": N_("Add at least one item."),
    "quantity": N_("Check the quantities: whole numbers, up to a million."),
    "expected_on": N_("Choose a day from today on, within two years."),
    "location": N_("Choose a location that is in use."),
    "from_location": N_("Choose a location that is in use."),
    "to_location": N_("Choose another location than the goods come from."),
    "reason": N_("Choose a reason."),
    "explanations": N_("Say of every difference what became of it."),
    "safety_stock": N_("Safety stock is a whole number, up to a million."),
    "reorder_point": N_("The reorder point is a whole number, up to a million."),
}


class Ledger:
    """Puts the ledger's codes into words; reads what it needs once."""

    def __init__(self, session: Session, causes: Collection[str] = ()) -> None:
        self._reasons = papers.reason_words(session)
        self._staff = access.staff_names(session)
        numbers = {_order_id(cause) for cause in causes} - {None}
        found = orders.by_ids(session, [one for one in numbers if one is not None])
        self._orders = {order_id: order.number for order_id, order in found.items()}

    def reason(self, code: str) -> str:
        """A reason in words; what is no code is shown as it was written."""
        if code in self._reasons:
            return in_words(self._reasons[code])
        if code in EXPLANATIONS:
            return _(EXPLANATIONS[Explanation(code)])
        return _(_ENDS[code]) if code in _ENDS else code

    def actor(self, ref: str | None) -> str:
        """A colleague's name, or what sort of party it was."""
        if not ref:
            return ""
        actor = Actor.from_ref(ref)
        if actor.kind is ActorKind.STAFF:
            return self._staff.get(int(actor.id), "") or _("A former colleague")
        if actor.kind is ActorKind.INTEGRATION:
            return _("A connected system")
        return _("A customer") if actor.kind is ActorKind.CUSTOMER else _("Automatic")

    def cause(self, cause: str) -> tuple[str, str]:
        """What a movement belongs to, and where it can be seen; both empty where nothing is."""
        kind, _colon, what = cause.partition(":")
        order_id = _order_id(cause)
        if order_id is not None:
            return _("Order %(number)s", number=self._orders.get(order_id, "")), ""
        if kind in _PAPERS:
            words, endpoint = _PAPERS[kind]
            return _(words, number=what), url_for(endpoint, number=what)
        if kind in _PLAIN:
            return _(_PLAIN[kind], number=what), ""
        return "", ""


_PAPERS: Final = {
    "purchase": (N_("Purchase order %(number)s"), "console_purchases.one"),
    "transfer": (N_("Transfer %(number)s"), "console_transfers.one"),
    "count": (N_("Count %(number)s"), "console_counts.one"),
}
_PLAIN: Final = {
    "shipment": N_("Shipment %(number)s"),
    "reservation": N_("Reservation %(number)s"),
    "return": N_("A return"),
    BY_HAND: N_("By hand"),
}


def in_words(words: Words) -> str:
    """The text in the reader's language."""
    return say(words, Language(str(get_locale())))


def named(variant: VariantView) -> str:
    """A variant as people know it: its name and its choices."""
    return f"{in_words(variant.name)} {wares.choices_of(variant)}".strip()


def places(session: Session) -> dict[int, str]:
    """Every location's name, those closed too."""
    return {one.id: in_words(one.name) for one in queries.all_locations(session)}


def errors_of(error: Invalid) -> dict[str, str]:
    """What a form says of each field that is wrong."""
    return {name: _(_FIELDS.get(name, N_("Please check this."))) for name in error.fields}


def refusal(error: DomainError, known: Mapping[int, VariantView]) -> str:
    """Why something could not be done, and the way on."""
    if isinstance(error, OutOfStock):
        lacking = [known[one.variant_id].sku for one in error.shortages if one.variant_id in known]
        return _(
            "Nothing was changed: there is not as much of %(skus)s, or orders have been promised "
            "it. Look at its page to see who has it.",
            skus=", ".join(lacking),
        )
    if isinstance(error, BeingCounted):
        return _("Nothing was changed: another count of this is open. Finish that one first.")
    if isinstance(error, Stale):
        return _("Somebody changed this meanwhile. This is how it stands now.")
    if isinstance(error, IllegalTransition):
        return _("That has been done already, or cannot be done any more.")
    if isinstance(error, Invalid) and error.fields:
        return " ".join(dict.fromkeys(errors_of(error).values()))
    return _("That was not possible. Nothing was changed.")


def _order_id(cause: str) -> int | None:
    kind, _colon, what = cause.partition(":")
    return int(what) if kind == "order" and what.isdecimal() else None
