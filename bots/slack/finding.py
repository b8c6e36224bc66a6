"""Finding in Slack: as the desk does, with the same limits for the same colleague."""

from typing import Final

from sqlalchemy.orm import Session

from bots.slack import seeing
from bots.slack.blocks.results import MOST, Found, Names
from bots.slack.blocks.speaking import Sight, Voice
from cases import queries as cases
from cases.finding import queries as lists
from cases.finding.filters import Wanted
from cases.finding.queries import Viewer
from cases.finding.states import Sort
from cases.views import CaseView
from oms_service.access import queries as access
from oms_service.access.queries import StaffView
from oms_service.access.states import ScopeKind
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.orders import queries as orders
from oms_service.orders.queries import OrderSummary, OrderView
from oms_service.runtime import Runtime

#: Longer words are no search.
LONGEST: Final = 100


def viewer(me: StaffView) -> Viewer:
    """Who looks, as the inbox knows them."""
    return Viewer(me.id, me.queues, sees_people=me.may("customers:personal"))


def voice(house: Runtime, session: Session, me: StaffView) -> Voice:
    """How things are said to them, and how much of a customer they may read."""
    sight = Sight.ALL if me.may("customers:personal") else Sight.NONE
    return seeing.voice(house, session, sight)


def names(session: Session) -> Names:
    """What codes and ids of lists are called."""
    reasons = {code: one.name for code, one in cases.reasons(session).items()}
    return Names(reasons=reasons, staff=access.staff_names(session))


def find(house: Runtime, session: Session, me: StaffView, words: str) -> Found:
    """Cases and orders that fit; an order by its whole number, or by whom it is of.

    Raises:
        Invalid: nothing was written.
    """
    searched = " ".join(words.split())[:LONGEST]
    if not searched:
        raise Invalid("say what to look for", {"query": "is empty"})
    wanted = Wanted(typed=searched, sort=Sort.CHANGED)
    found = lists.page(
        session,
        wanted,
        viewer(me),
        now=house.clock.now(),
        zone=house.settings.zone,
        limit=2 * MOST,
    )
    return Found(
        searched=searched,
        cases=found.page.items,
        orders=_orders(session, me, searched),
        count=len(found.page.items),
        is_close=found.is_close,
    )


def _orders(session: Session, me: StaffView, searched: str) -> list[OrderSummary]:
    order = order_of(session, me, searched)
    if order is None:
        return []
    found = orders.summaries(session, order.customer_id, limit=50) if order.customer_id else ()
    return [one for one in found if one.order.id == order.id]


def order_of(session: Session, me: StaffView, number: str) -> OrderView | None:
    """The order of a number, if they may read orders and are limited to no place."""
    if not me.may("orders:read") or me.scope(ScopeKind.LOCATION):
        return None
    try:
        return orders.find(session, number)
    except NotFound:
        return None


def case_of(session: Session, me: StaffView, number: str) -> CaseView | None:
    """The case of a number, if it is one of theirs; unknown and foreign ones look the same."""
    if not me.may("cases:read"):
        return None
    found = lists.numbered(session, [number.upper()], viewer(me))
    return cases.by_id(session, found[0]) if found else None
