"""By which way somebody came to an order, and where from there its pages are."""

from dataclasses import dataclass
from typing import Any, Final

from flask import url_for

from cases.portal import guests
from cases.portal.links import ComingBackLinks, PaperLinks, WaitingLinks
from cases.portal.paths import plain_number, url_of
from oms_service.access.guard import customer_id
from oms_service.kernel.errors import NotFound
from oms_service.orders import queries as orders
from oms_service.orders.queries import OrderView
from oms_service.orders.states import OrderState
from oms_service.runtime import runtime

GUEST: Final = "a guest has shown the order's number and one thing of its buyer; it opens no other"


@dataclass(frozen=True)
class Door:
    """One order, and the addresses of its pages for whoever looks at it."""

    order: OrderView
    is_guest: bool

    @property
    def page(self) -> str:
        return url_for("portal_find.order") if self.is_guest else url_of(self.order.number)

    @property
    def change(self) -> str:
        """What may be changed."""
        return self._url("portal_changes.choose")

    def change_of(self, what: str) -> str:
        """One kind of change."""
        return self._url("portal_changes.change", what=what)

    @property
    def late(self) -> str:
        """Where to say that it has not come."""
        return self._url("portal_late.report")

    @property
    def waiting(self) -> str:
        """What to do about goods that wait for stock."""
        if self.is_guest:
            return WaitingLinks(*_signing()).path(self.order.id, self.order.customer_id)
        return url_for("portal_waiting.mine", number=plain_number(self.order.number))

    @property
    def coming_back(self) -> str:
        """Sending something back, exchanging it, saying what is wrong."""
        if self.is_guest:
            return ComingBackLinks(*_signing()).path(self.order.id, self.order.customer_id)
        return url_for("portal_coming_back.start_mine", number=plain_number(self.order.number))

    def result(self, of: str) -> str:
        """How a return or a claim stands."""
        return f"{self.coming_back}/of/{of}"

    def paper(self, kind: str) -> str:
        """Where an invoice or a receipt is made; only for guests, others press a button."""
        return f"{PaperLinks(*_signing()).path(self.order.id, self.order.customer_id)}/{kind}"

    def case(self, number: str) -> str | None:
        """A case of the order; guests are not shown what was written."""
        return None if self.is_guest else url_for("portal_cases.mine", number=number)

    @property
    def ask(self) -> str:
        """Where to write to us about it."""
        if self.is_guest:
            return url_for("access.customer_sign_in", next=f"{url_of(self.order.number)}/cases/new")
        return url_for("portal_cases.new_of_order", number=plain_number(self.order.number))

    def _url(self, endpoint: str, **values: Any) -> str:
        if self.is_guest:
            return url_for(f"{endpoint}_as_guest", **values)
        return url_for(f"{endpoint}_mine", number=plain_number(self.order.number), **values)


def own(number: str) -> Door:
    """An order of whoever is signed in.

    Raises:
        NotFound: unknown and somebody else's alike.
    """
    with runtime().database.looking() as session:
        order = orders.own(session, number, customer_id())
    if order.order_state is OrderState.DRAFT:
        raise NotFound("no such order")
    return Door(order, is_guest=False)


def guest() -> Door | None:
    """The order of a guest; None where there is none, or the while is over."""
    order = guests.order()
    return None if order is None else Door(order, is_guest=True)


def _signing() -> tuple[str, Any]:
    house = runtime()
    return house.settings.secret_key, house.clock
