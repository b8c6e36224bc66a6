"""What the warehouse's states, reasons and refusals are called on its pages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask_babel import get_locale

from oms_service.kernel.errors import DomainError, IllegalTransition, Invalid, NotFound, Stale
from oms_service.kernel.languages import Language, say
from oms_service.kernel.money import Money
from oms_service.operations.dispatch import fulfilling, packing, picking
from oms_service.operations.sources import sourcing_words
from oms_service.shipping.rates import Cause, Code
from oms_service.shipping.service import TrackingNumberTaken
from oms_service.warehouse import boxes, lists
from oms_service.warehouse.fitting import Why
from oms_service.warehouse.states import (
    BoxState,
    ListState,
    ServiceReason,
    ShortReason,
    WeightReason,
    WorkState,
)
from oms_service.web import formats
from oms_service.web.texts import N_, gettext

_: Callable[..., str] = gettext

#: Each state in words, the tone of its badge and its icon.
STATES: Final = {
    WorkState.OPEN: (N_("To pick"), "accent", "inbox"),
    WorkState.SCHEDULED: (N_("Kept for later"), "", "clock"),
    WorkState.ON_HOLD: (N_("On hold"), "attention", "pause"),
    WorkState.IN_PROGRESS: (N_("Being worked on"), "accent", "arrow"),
    WorkState.INCOMPLETE: (N_("Short or partly sent"), "attention", "alert"),
    WorkState.CLOSED: (N_("Sent"), "success", "check"),
    WorkState.CANCELLED: (N_("Called off"), "", "stop"),
}
LIST_STATES: Final = {
    ListState.PICKING: (N_("Being picked"), "accent", "arrow"),
    ListState.PAUSED: (N_("Paused"), "attention", "pause"),
    ListState.DONE: (N_("Picked"), "success", "check"),
    ListState.CANCELLED: (N_("Given up"), "", "stop"),
}
BOX_STATES: Final = {
    BoxState.OPEN: (N_("Being packed"), "accent", "parcel"),
    BoxState.PACKED: (N_("Needs a label"), "attention", "parcel"),
    BoxState.LABELLED: (N_("Ready to go"), "accent", "check"),
    BoxState.HANDED_OVER: (N_("With the carrier"), "success", "truck"),
    BoxState.UNPACKED: (N_("Unpacked"), "", "return"),
}
SHORT_REASONS: Final = {
    ShortReason.NOT_FOUND: N_("Not there: the books are wrong"),
    ShortReason.DAMAGED: N_("There, but damaged"),
    ShortReason.MISPLACED: N_("Probably on another shelf"),
}
WEIGHT_REASONS: Final = {
    WeightReason.PACKING_MATERIAL: N_("Padding or a gift wrap"),
    WeightReason.CATALOGUE_WRONG: N_("The catalogue has a wrong weight"),
    WeightReason.CHECKED: N_("Opened and counted again: it is right"),
}
SERVICE_REASONS: Final = {
    ServiceReason.CUSTOMER_ASKED: N_("The customer asked for it"),
    ServiceReason.TOO_LATE_FOR_TODAY: N_("The proposed one has collected already"),
    ServiceReason.GOODS_NEED_IT: N_("These goods need it"),
    ServiceReason.CARRIER_DISTURBED: N_("The proposed one has a disturbance"),
}
PROPOSALS: Final = {
    Why.ONE_BOX: N_("The cheapest box that everything fits into."),
    Why.SEVERAL_BOXES: N_("No single box holds everything, so these are as few as we found."),
    Why.NO_BOXES: N_("No boxes are set up yet. Choose the goods' own packaging, or add boxes."),
    Why.SIZE_UNKNOWN: N_("Something here was never measured. Choose a box by eye."),
    Why.TOO_LARGE: N_("Something here fits into none of our boxes."),
    Why.TOO_MANY: N_("That is too much to propose boxes for. Choose by eye."),
}


def reader() -> Language:
    """The language of the page that is being read."""
    return Language(str(get_locale()))


def explain(error: DomainError, language: Language) -> str:  # noqa: PLR0911 - one sentence each
    """A refusal in words a colleague can act on."""
    match error:
        case picking.WrongItem():
            return _wrong(error, language)
        case picking.TooMany(left=0):
            return _("No more of this is wanted.")
        case picking.TooMany():
            return _("That is too many: %(left)s more are wanted.", left=error.left)
        case packing.WeightOff():
            return _(
                "It weighs %(weight)s g, but %(expected)s g are expected. Check what is in it,"
                " then choose a reason or correct the weight.",
                weight=error.weight_g,
                expected=error.expected_g,
            )
        case Invalid():
            return _("Please check what you entered.")
    for kind, words in _PLAIN.items():
        if isinstance(error, kind):
            return _(words)
    return _("That cannot be done now.")


def _wrong(error: picking.WrongItem, language: Language) -> str:
    wanted = " / ".join(f"{say(one.name, language)} ({one.sku})" for one in error.wanted)
    if error.scanned is None:
        return _("That code is not in the catalogue. Wanted: %(wanted)s.", wanted=wanted)
    return _(
        "Wrong item: this is %(scanned)s. Wanted: %(wanted)s.",
        scanned=f"{say(error.scanned.name, language)} ({error.scanned.sku})",
        wanted=wanted,
    )


_PLAIN: Final[dict[type[DomainError], str]] = {
    fulfilling.OnHold: N_("This order is on hold. Lay aside what you have of it."),
    fulfilling.NotYet: N_("This is kept for later. Nobody picks it yet."),
    fulfilling.NothingHere: N_("This order was called off, or has left already."),
    picking.NothingToPick: N_("Nothing is left to pick here, or a colleague is at it."),
    picking.ListPaused: N_("This list is paused or over."),
    lists.NotYours: N_("A colleague picks this list. Take it over first."),
    lists.NothingToUndo: N_("Nothing of this is picked, or it lies in a box already."),
    packing.NotPacked: N_("Nothing is in the box, or nothing is left to pack."),
    packing.CollectedHere: N_("The customer fetches this here. No carrier gets it."),
    packing.ReasonNeeded: N_("Choose why you do not take the proposed service."),
    boxes.NumberInUse: N_("Another box has this tracking number."),
    TrackingNumberTaken: N_("Another parcel has this tracking number."),
    Stale: N_("This has changed meanwhile. Here is how it stands now."),
    IllegalTransition: N_("That has been done already, or is not possible any more."),
    NotFound: N_("There is no such thing here."),
}


@dataclass(frozen=True)
class ServiceWhy:
    """Why a carrier's service was proposed: sentences, of it and of those it was chosen over."""

    carrier: str
    service: str
    cost: Money
    days: int
    why: tuple[str, ...]
    others: tuple[tuple[str, str, tuple[str, ...]], ...]


def why_service(choice: Mapping[str, Any], language: Language) -> ServiceWhy | None:
    """What is kept of a choice, in words; None where nothing was proposed."""
    kept = choice.get("instead_of", choice)
    if not kept.get("carrier"):
        return None
    currency = kept["currency"]

    def said(causes: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
        return tuple(
            sourcing_words.why_service(
                Cause(Code(one["code"]), one.get("facts", {})),
                language,
                money=lambda minor: formats.money(Money(minor, currency), language),
            )
            for one in causes
        )

    return ServiceWhy(
        kept["carrier"],
        kept["service"],
        Money(kept["cost_minor"], currency),
        kept["days"],
        said(kept["why"]),
        tuple((one["carrier"], one["service"], said(one["why_not"])) for one in kept["others"]),
    )
