"""What stands on a document as it is stored, and read back: everything but names of people."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from oms_service.documents.papers import Bill, BillLine, Party, RateSum
from oms_service.kernel.languages import Language

#: What a row keeps in columns of its own.
_APART = ("recipient", "purpose", "is_reissue", "number")
_DAYS = ("issued_on", "sold_on", "about_on")


def written(bill: Bill) -> dict[str, Any]:
    """The document without its number, its recipient and what they asked for, as JSON."""
    said = {name: value for name, value in asdict(bill).items() if name not in _APART}
    return said | {name: said[name].isoformat() if said[name] else None for name in _DAYS}


def read(
    facts: Mapping[str, Any], *, number: str, recipient: str, purpose: str, is_reissue: bool = False
) -> Bill:
    """The document again; ``read(written(bill))`` with the rest is ``bill``."""
    said = dict(facts)
    days = {name: date.fromisoformat(said[name]) if said[name] else None for name in _DAYS}
    issuer = said["issuer"]
    return Bill(
        **{
            **said,
            **days,
            "language": Language(said["language"]),
            "issuer": Party(**{**issuer, "lines": tuple(issuer["lines"])}),
            "lines": tuple(BillLine(**line) for line in said["lines"]),
            "rates": tuple(RateSum(**rate) for rate in said["rates"]),
        },
        number=number,
        recipient=recipient,
        purpose=purpose,
        is_reissue=is_reissue,
    )
