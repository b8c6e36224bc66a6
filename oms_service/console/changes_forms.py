"""Forms of changes, read into wishes; what cannot be read is named by its field."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from oms_service.kernel.errors import Invalid, NotFound
from oms_service.operations.changes.change_wishes import (
    CallOff,
    DeliverAt,
    Expedite,
    PayOtherwise,
    SetQuantities,
    ShipElsewhere,
    Swap,
    SwapItems,
    Wish,
)
from oms_service.operations.changes.changing_book import Book
from oms_service.operations.placement import addressing
from oms_service.operations.placement.addressing import PARTS
from oms_service.orders.states import ChangeKind
from oms_service.web.texts import N_, gettext

Form = Mapping[str, str]

#: More digits than this make no id, no version and no quantity.
_DIGITS: Final = 9
_LONGEST_KEY: Final = 80
_LONGEST_WINDOW: Final = 9


def read(kind: ChangeKind, form: Form, book: Book) -> Wish:  # noqa: PLR0911 - one for each kind
    """What somebody wishes who filled this form in.

    Raises:
        Invalid: ``fields`` names what cannot be read, by the name of its input.
    """
    match kind:
        case ChangeKind.CANCEL:
            return _call_off(form, book)
        case ChangeKind.ADDRESS:
            return ShipElsewhere(address={name: form.get(name, "") for name in PARTS})
        case ChangeKind.PAYMENT:
            return _pay_otherwise(form)
        case ChangeKind.ITEMS:
            return _swap(form, book)
        case ChangeKind.QUANTITY:
            return _set_quantities(form, book)
        case ChangeKind.EXPEDITE:
            return Expedite(speed=form.get("speed", "")[:_LONGEST_KEY], method_id=_method(form))
        case ChangeKind.DELIVERY:
            return delivery(form)


def delivery(form: Form) -> DeliverAt:
    """The wished day and hours of a form.

    Raises:
        Invalid: no day.
    """
    typed = form.get("deliver_on", "").strip()
    try:
        day = date.fromisoformat(typed) if typed else None
    except ValueError:
        raise Invalid("no such day", {"deliver_on": "is no day"}) from None
    return DeliverAt(deliver_on=day, window=form.get("delivery_window", "")[:_LONGEST_WINDOW])


def key(form: Form) -> str:
    """The form's own key, made when it was shown: pressed twice, it is one change."""
    found = form.get("key", "")
    if not found or len(found) > _LONGEST_KEY or not found.isascii() or not found.isprintable():
        raise NotFound("no such form")
    return found


def version(form: Form) -> int:
    return _number(form.get("version", "")) or 0


def messages(error: Invalid) -> dict[str, str]:
    """Words for the fields that are wrong."""
    found = {}
    for field, said in error.fields.items():
        name = field.removeprefix("ship_to.").partition("[")[0]
        found[name] = str(gettext(_MESSAGES.get(name, said if said in _KNOWN else _CHECK)))
    return found or {"form": str(gettext(_CHECK))}


def lacking(kind: ChangeKind, form: Form) -> dict[str, str]:
    """Words for the parts that an address lacks; nothing for other kinds."""
    if kind is not ChangeKind.ADDRESS:
        return {}
    checked = addressing.check({name: form.get(name, "") for name in PARTS})
    return messages(Invalid("something is missing", checked.lacks)) if checked.lacks else {}


_CHECK: Final = N_("Please check this entry.")
_KNOWN: Final = frozenset({_CHECK})
_MESSAGES: Final = {
    "lines": N_("Enter how many, at least one and at most as many as there are."),
    "swaps": N_("Choose another version for at least one item."),
    "method_id": N_("Choose a payment method."),
    "reason": N_("Choose a reason."),
    "postal_code": N_("Enter a postal code of 7 digits."),
    "region": N_("Enter a prefecture."),
    "recipient": N_("Enter who receives it."),
    "city": N_("Enter the city or ward."),
    "line1": N_("Enter the street and number."),
    "deliver_on": N_("Choose a day from the calendar."),
    "delivery_window": N_("Choose the hours from the list."),
    "country": N_("Please choose a country."),
    "phone": N_("Please enter a phone number, such as 090-1234-5678, or leave it empty."),
}


def _call_off(form: Form, book: Book) -> Wish:
    reason = form.get("reason", "")
    if form.get("scope") != "part":
        return CallOff(reason=reason)
    units = {line_id: count for line_id, count in _counts(form, book).items() if count}
    if not units:
        raise Invalid("nothing is named", {"lines": "is empty"})
    return CallOff(reason=reason, lines=units)


def _pay_otherwise(form: Form) -> Wish:
    method_id = _method(form)
    if method_id is None:
        raise Invalid("no method is named", {"method_id": "is missing"})
    return PayOtherwise(method_id=method_id)


def _swap(form: Form, book: Book) -> Wish:
    counts = _counts(form, book)
    swaps = []
    for line_id, line in book.lines.items():
        variant_id = _number(form.get(f"variant-{line_id}", ""))
        if variant_id and variant_id != line.variant_id:
            units = counts.get(line_id) or book.facts.left(line_id)
            swaps.append(Swap(line_id=line_id, quantity=units, variant_id=variant_id))
    if not swaps:
        raise Invalid("nothing is chosen", {"swaps": "is empty"})
    return SwapItems(swaps=swaps, method_id=_method(form))


def _set_quantities(form: Form, book: Book) -> Wish:
    counts = _counts(form, book)
    wanted = {
        line_id: book.lines[line_id].counters.shipped + count for line_id, count in counts.items()
    }
    return SetQuantities(quantities=wanted, method_id=_method(form))


def _counts(form: Form, book: Book) -> dict[int, int]:
    """The numbers entered beside lines; an empty one is left out."""
    found = {}
    for line_id in book.lines:
        typed = form.get(f"units-{line_id}", "").strip()
        count = _number(typed)
        if typed and count is None:
            raise Invalid("not a quantity", {"lines": "must be whole numbers"})
        if count is not None:
            found[line_id] = count
    return found


def _method(form: Form) -> int | None:
    return _number(form.get("method_id", ""))


def _number(typed: str) -> int | None:
    plain = typed.strip()
    return int(plain) if plain.isdecimal() and len(plain) <= _DIGITS else None
