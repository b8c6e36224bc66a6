"""What Slack shows when something happens in the house: cards appear, move, and are drawn anew."""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import select

from bots.slack import lanes, leaving
from bots.slack.models import SlackThread
from bots.slack.syncing import mirroring
from cases import queries as cases
from cases.events import AboutCase, CaseAppended, CaseOpened, CaseReplied
from cases.states import ACTIVE
from oms_service.conversations.events import MessageTakenBack
from oms_service.customers.events import CustomerErased
from oms_service.infra.subscribers import Subscribers
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import events
from oms_service.kernel.errors import NotFound
from oms_service.kernel.events import Event

#: As many cases of one order as are drawn anew for one event; further ones with their own next.
_MOST: Final = 20


def subscribe(subscribers: Subscribers) -> None:
    """Hear of every event that says which case or order it is about."""
    for kind in _about(events.known().values()):
        if issubclass(kind, AboutCase):
            subscribers.react(kind, of_case)
        else:
            subscribers.react(kind, of_order)
    for told in (CaseReplied, CaseAppended):
        subscribers.react(told, leaving.follow)
    subscribers.react(MessageTakenBack, mirroring.taken_back)
    subscribers.react(CustomerErased, mirroring.erased)


def _about(known: Iterable[type[Event]]) -> list[type[Event]]:
    """Events with a case's or an order's id, in the order of their names."""
    return sorted(
        (
            one
            for one in known
            if issubclass(one, AboutCase) or "order_id" in getattr(one, "__dataclass_fields__", {})
        ),
        key=lambda one: one.name,
    )


def of_case(uow: UnitOfWork, event: AboutCase) -> None:
    """The case stands in its queue's channel, and its card says what is so now."""
    try:
        case = cases.by_id(uow.session, event.case_id)
    except NotFound:
        return
    if case.state in ACTIVE:
        lanes.stand(uow, case.id, case.queue_id)
    else:
        lanes.come_back(uow, case.id, case.queue_id)
    if not isinstance(event, CaseOpened):
        lanes.redraw(uow, case.id)
    mirroring.follow(uow, event)


def of_order(uow: UnitOfWork, event: Any) -> None:
    """Cards that show the order show how it is now."""
    if event.order_id is None:
        return
    found = cases.ids_of_order(uow.session, event.order_id, limit=_MOST)
    standing = select(SlackThread.case_id).where(
        SlackThread.case_id.in_(found), SlackThread.left_at.is_(None)
    )
    for case_id in uow.session.scalars(standing):
        lanes.redraw(uow, case_id)
