"""What a customer can do about an order now: asked of the one engine, said with the way there."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from urllib.parse import quote

from sqlalchemy.orm import Session

from oms_service.history.steps import Step
from oms_service.history.tracking import Tracking
from oms_service.kernel.text import order_key
from oms_service.operations.changes import changing_preview
from oms_service.operations.returning import returns
from oms_service.orders.states import ChangeKind


class Act(StrEnum):
    """What may be done, by its plainest name."""

    CHANGE_ADDRESS = "change_address"
    CHANGE_ITEMS = "change_items"
    CHANGE_PAYMENT = "change_payment"
    SEND_FASTER = "send_faster"
    CHANGE_DELIVERY = "change_delivery"
    CANCEL = "cancel"
    CHOOSE_DELIVERY = "choose_delivery"
    RETURN = "return"
    REPORT_PROBLEM = "report_problem"
    CONTACT = "contact"


@dataclass(frozen=True)
class Action:
    """One thing to do; ``link`` is the page where it is done."""

    act: Act
    link: str


_OF_CHANGE: Final = {
    ChangeKind.ADDRESS: Act.CHANGE_ADDRESS,
    ChangeKind.ITEMS: Act.CHANGE_ITEMS,
    ChangeKind.QUANTITY: Act.CHANGE_ITEMS,
    ChangeKind.PAYMENT: Act.CHANGE_PAYMENT,
    ChangeKind.EXPEDITE: Act.SEND_FASTER,
    ChangeKind.DELIVERY: Act.CHANGE_DELIVERY,
    ChangeKind.CANCEL: Act.CANCEL,
}
#: The carrier has it and may still be told when, or where, to hand it out.
WITH_CARRIER: Final = frozenset(
    {
        Step.SHIPPED,
        Step.IN_TRANSIT,
        Step.OUT_FOR_DELIVERY,
        Step.ATTEMPTED,
        Step.AWAITING_PICKUP,
    }
)


def actions(session: Session, found: Tracking, *, base: str, now: datetime) -> tuple[Action, ...]:
    """What the order's customer can do now, in the order of the engine; what is refused is not.

    Args:
        session: some twenty queries, none for what is on its way.
        found: where the order is.
        base: the shop's public address without a slash at the end.
        now: UTC.
    """
    page = f"{base}/orders/{quote(order_key(found.number))}"
    chat = f"{base}/chat"
    allowed = frozenset(_changes(session, found, now))
    pages = {Act.CHANGE_DELIVERY: f"{page}/when"}
    shown = [Action(act, pages.get(act, page)) for act in Act if act in allowed]
    shown += [
        Action(Act.CHOOSE_DELIVERY, parcel.link)
        for parcel in found.parcels
        if parcel.step in WITH_CARRIER and parcel.link
    ]
    shown += [Action(act, f"{page}/return") for act in _coming_back(session, found, now)]
    return (*shown, Action(Act.CONTACT, chat))


def _changes(session: Session, found: Tracking, now: datetime) -> Iterator[Act]:
    """No policy changes what has left the house, or was called off: it is not even asked."""
    is_all_sent = bool(found.parcels) and not found.more_to_come
    if is_all_sent or found.step is Step.CANCELLED:
        return
    for offer in changing_preview.offers(session, found.order_id, now=now):
        if not offer.causes:
            yield _OF_CHANGE[offer.kind]


def _coming_back(session: Session, found: Tracking, now: datetime) -> Iterator[Act]:
    if not any(parcel.step is Step.DELIVERED for parcel in found.parcels):
        return
    lines = returns.returnable_lines(session, found.order_id, now=now)
    if any(line.quantity and line.cause is None for line in lines):
        yield Act.RETURN
    if any(line.quantity for line in lines):
        yield Act.REPORT_PROBLEM
