"""Where a customer's refunds are, and by when each should have arrived."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from oms_service.orders import queries as orders
from oms_service.payments import queries as payments
from oms_service.payments.queries import RefundView
from oms_service.payments.states import MethodKind, RefundState
from oms_service.sales import queries as sales

#: How many days it takes until a customer sees money that was paid back; banks take the longest.
ARRIVES_WITHIN_DAYS: Final = {
    MethodKind.CARD: 14,
    MethodKind.PAYPAL: 5,
    MethodKind.KONBINI: 7,
    MethodKind.BANK_TRANSFER: 7,
    MethodKind.CASH_ON_DELIVERY: 7,
    MethodKind.CASH: 0,
    MethodKind.GIFT_CARD: 0,
    MethodKind.STORE_CREDIT: 0,
}
#: Where nobody knows how it was paid.
_USUAL_DAYS: Final = 14
#: How long we ourselves may take to pay.
_OURS_DAYS: Final = 3


class Stand(StrEnum):
    """Where a refund is, as a customer would say it."""

    BEING_CHECKED = "being_checked"
    COMING = "coming"
    ARRIVED = "arrived"
    OVERDUE = "overdue"
    FAILED = "failed"


@dataclass(frozen=True)
class RefundNews:
    """One refund: where it is, and by which day it should be there; None while that is unknown."""

    refund: RefundView
    stand: Stand
    method: MethodKind | None
    expected_by: date | None

    @property
    def needs_person(self) -> bool:
        return self.stand in {Stand.OVERDUE, Stand.FAILED}


def of_order(session: Session, order_id: int, *, now: datetime) -> tuple[RefundNews, ...]:
    """Every refund of an order that was not declined, oldest first; days are of its channel.

    Raises:
        NotFound: no such order.
    """
    order = orders.by_id(session, order_id)
    zone = ZoneInfo(sales.channel_by_id(session, order.channel_id).zone)
    found = [
        one for one in payments.refunds(session, order_id) if one.state is not RefundState.DECLINED
    ]
    ids = [one.method_id for one in found if one.method_id is not None]
    known = payments.methods_by_id(session, ids)
    news = []
    for one in found:
        method = known.get(one.method_id or 0)
        kind = method.kind if method else None
        news.append(stand_of(one, kind, now=now, zone=zone))
    return tuple(news)


def stand_of(
    refund: RefundView, method: MethodKind | None, *, now: datetime, zone: ZoneInfo
) -> RefundNews:
    """Where one refund is; pure."""
    if refund.state is RefundState.AWAITING_APPROVAL:
        return RefundNews(refund, Stand.BEING_CHECKED, method, None)
    if refund.state is RefundState.FAILED:
        return RefundNews(refund, Stand.FAILED, method, None)
    days = ARRIVES_WITHIN_DAYS[method] if method else _USUAL_DAYS
    paid_at = refund.settled_at
    since = paid_at or refund.requested_at + timedelta(days=_OURS_DAYS)
    by = (since + timedelta(days=days)).astimezone(zone).date()
    today = now.astimezone(zone).date()
    if paid_at is not None and days == 0:
        return RefundNews(refund, Stand.ARRIVED, method, by)
    return RefundNews(refund, Stand.OVERDUE if today > by else Stand.COMING, method, by)
