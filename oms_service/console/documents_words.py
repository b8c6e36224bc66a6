"""Words of staff about documents, labels and carriers' files."""

from collections.abc import Mapping
from typing import Any, Final

from oms_service.documents.states import DocumentKind
from oms_service.web.texts import lazy

KINDS: Final[Mapping[DocumentKind, Any]] = {
    DocumentKind.INVOICE: lazy("Invoice"),
    DocumentKind.RECEIPT: lazy("Receipt"),
    DocumentKind.CREDIT_NOTE: lazy("Credit note"),
}

FIELDS: Final[Mapping[str, Any]] = {
    "recipient": lazy("Say whom it names, in at most 200 characters."),
    "purpose": lazy("Say what it is for, in at most 100 characters."),
}

#: What is wrong with a row of a carrier's file.
PROBLEMS: Final[Mapping[str, Any]] = {
    "missing": lazy("is missing"),
    "too_long": lazy("is too long"),
    "not_a_number": lazy("is no tracking number"),
    "rounded_by_a_spreadsheet": lazy(
        "was rounded by a spreadsheet: export the file again and do not open it in between"
    ),
}

#: Why a file cannot be read at all.
FILES: Final[Mapping[str, Any]] = {
    "empty": lazy("The file is empty."),
    "not_csv": lazy("This is not a CSV file that the carrier's program wrote."),
    "too_large": lazy("The file is too large."),
    "too_many_rows": lazy("The file has too many rows."),
    "columns_missing": lazy(
        "The columns of the box number and the tracking number are missing. Export the shipped "
        "parcels, with their head."
    ),
}

_REFUSALS: Final[Mapping[str, Any]] = {
    "nothing-to-bill": lazy("Nothing of this order is charged, so there is nothing to bill."),
    "nothing-received": lazy("No money has come for this order yet."),
    "invoice-already-credited": lazy(
        "Some of the last invoice was credited. Write a new one by hand."
    ),
    "order-does-not-add-up": lazy(
        "The lines, shipping and tax of this order are not its total. Correct the order first."
    ),
    "no-label-provider": lazy("Labels of this carrier come from its own program."),
    "box-not-packed": lazy("The box is not packed, or has left."),
    "not-found": lazy("There is no such box of this carrier."),
    "tracking-number-taken": lazy("Another box has this tracking number."),
    "illegal-transition": lazy("The box is not packed, or has left."),
}
_ANY: Final = lazy("This cannot be done now.")


def refusal(code: str) -> Any:
    """A refusal in words, by its code."""
    return _REFUSALS.get(code, _ANY)
