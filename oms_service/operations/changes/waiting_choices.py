"""What a customer chooses for a line that waits for stock: to wait on, another variant, or out."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final

from sqlalchemy.orm import Session

from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError, Invalid, NotFound
from oms_service.operations.changes import changing, changing_preview
from oms_service.operations.changes.change_wishes import CallOff, Swap, SwapItems, Wish
from oms_service.operations.changes.changing_book import Book, open_book
from oms_service.operations.changes.changing_preview import Preview
from oms_service.operations.placement import selling
from oms_service.orders import changes
from oms_service.orders.changes import ChangeView

#: Why such a line is called off, the first that the shop's policy accepts.
_REASONS: Final = ("takes_too_long", "no_longer_needed")


class Choice(StrEnum):
    """What may be done about a line that waits."""

    WAIT = "wait"
    SUBSTITUTE = "substitute"
    CANCEL = "cancel"


class NothingWaits(DomainError):
    """No unit of that line waits any more: it was sent, called off, or is there now."""

    code: ClassVar[str] = "nothing-waits"


class AskedAlready(DomainError):
    """A wish about this order waits for a colleague; a second one would only confuse."""

    code: ClassVar[str] = "asked-already"


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """A choice for one line. ``variant_id`` is what is wanted instead, where it is a substitute.

    ``key``, ``version`` and ``digest`` are those of ``changing.Wanted``.
    """

    order_id: int
    line_id: int
    choice: Choice
    variant_id: int | None = None
    channel: str
    key: str
    version: int | None = None
    digest: str | None = None


def preview(session: Session, chosen: Chosen, book: Book) -> Preview:
    """What a choice other than waiting would bring; changes nothing.

    Raises:
        NotFound: no such line in the order.
        NothingWaits: nothing of it waits any more.
        Invalid: a substitute that is not named, or is none.
    """
    return changing_preview.look(session, book, _wish(book, chosen))[0]


def choose(uow: UnitOfWork, chosen: Chosen) -> ChangeView | None:
    """Do what was chosen; waiting is noted and answers None. Said again it is done once.

    What policy leaves to a person stays proposed, as ``changing.request`` does it.

    Raises:
        NotFound: no such order, or no such line in it.
        NothingWaits: nothing of the line waits any more.
        AskedAlready: a wish about this order waits for a colleague.
        Invalid: a substitute that is not named, or is none.
        ChangeRefused: the policy does not allow it, or the substitute is gone; nothing is changed.
        StaleOrder: the order, or what was shown, has changed meanwhile.
    """
    if chosen.choice is Choice.WAIT:
        if not selling.wait_on(uow, chosen.order_id, chosen.line_id):
            raise NothingWaits("nothing of this line waits")
        return None
    known = changes.by_key(uow.session, chosen.key)
    if known is not None and known.order_id == chosen.order_id:
        return known
    if any(one.is_open for one in changes.of_order(uow.session, chosen.order_id)):
        raise AskedAlready("a wish about this order is being looked at")
    book = open_book(uow.session, chosen.order_id, now=uow.now)
    return changing.request(
        uow,
        changing.Wanted(
            order_id=chosen.order_id,
            wish=_wish(book, chosen),
            channel=chosen.channel,
            key=chosen.key,
            version=chosen.version,
            digest=chosen.digest,
        ),
    )


def _wish(book: Book, chosen: Chosen) -> Wish:
    line = book.lines.get(chosen.line_id)
    if line is None:
        raise NotFound("no such line in this order")
    units = line.counters.backordered
    if not units:
        raise NothingWaits("nothing of this line waits")
    if chosen.choice is Choice.CANCEL:
        return CallOff(reason=_reason(book), lines={line.id: units})
    if chosen.choice is Choice.SUBSTITUTE and chosen.variant_id is not None:
        swap = Swap(line_id=line.id, quantity=units, variant_id=chosen.variant_id)
        names = book.rules.items is not None and book.rules.items.names_method
        return SwapItems(swaps=[swap], method_id=book.usual_method_id if names else None)
    raise Invalid("nothing is chosen", {"substitute": "is missing"})


def _reason(book: Book) -> str:
    accepted = book.rules.cancel.reasons if book.rules.cancel else None
    if not accepted:
        return _REASONS[0]
    return next((one for one in _REASONS if one in accepted), min(accepted))
