"""The label that goes onto a parcel that comes back: our own, read by scanners at the dock."""

from datetime import datetime
from typing import ClassVar, Final

from sqlalchemy.orm import Session

from oms_service.documents.issuer import Issuer
from oms_service.documents.papers import Party, ShippingLabel
from oms_service.kernel.errors import DomainError
from oms_service.kernel.languages import Language, Words, say
from oms_service.operations.dispatch.printing import Paper, party_of
from oms_service.operations.returning import order_book
from oms_service.orders import queries as order_queries
from oms_service.returns import queries as return_queries

_TITLE: Final[Words] = {"ja": "返品", "en": "Return"}
#: As much of a name as a label has room for.
_LONGEST: Final = 20


class NotExpected(DomainError):
    """No goods of this return are awaited: it was not allowed, called off, or they are here."""

    code: ClassVar[str] = "return-not-expected"


def print_label(session: Session, return_id: int, *, issuer: Issuer, now: datetime) -> Paper:
    """The label of a return, from the customer to the shop, with its number as bars and QR.

    It can be printed as often as it is wanted; receiving finds the return by what is scanned.

    Raises:
        NotFound: no such return.
        NotExpected: its goods are not awaited.
    """
    from oms_service.documents import slips  # noqa: PLC0415 - loads the PDF library

    view = return_queries.by_id(session, return_id)
    if not view.is_expected:
        raise NotExpected("no goods of this return are awaited")
    book = order_book.open_book(session, view.order_id, now=now)
    language = book.order.language
    sender: Party = party_of(order_queries.destination(session, view.order_id))
    names = [say(book.lines[one.order_line_id].name, language) for one in view.lines]
    paper = ShippingLabel(
        language=language,
        carrier=say(_TITLE, language),
        service="",
        number=view.number,
        order_number=book.order.number,
        box_index=1,
        box_count=1,
        sender=sender,
        recipient=issuer.party,
        ships_on=(view.send_back_by or now).astimezone(book.zone).date(),
        contents=_contents(names, language),
    )
    return Paper(f"{view.number}.pdf", slips.label(paper))


def _contents(names: list[str], language: Language) -> str:
    short = names[0][:_LONGEST]
    more = len(names) - 1
    if not more:
        return short
    return f"{short}ほか{more}点" if language is Language.JAPANESE else f"{short} + {more}"
