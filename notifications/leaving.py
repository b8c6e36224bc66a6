"""Telling customers that their goods are on the way: what is in the parcel, who carries it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from notifications import rules, service
from notifications.service import Told
from notifications.stops import Stops
from notifications.teller import NEWS
from oms_service.history.links import Links
from oms_service.infra.uow import UnitOfWork
from oms_service.orders import queries as orders
from oms_service.orders.queries import LineView
from oms_service.ports.carrier import CarrierStatus
from oms_service.ports.registry import Adapters
from oms_service.shipping import carriers
from oms_service.shipping import queries as parcels
from oms_service.shipping.events import ParcelHandedOver
from oms_service.shipping.queries import ParcelView


@dataclass(frozen=True)
class TellingOfParcels:
    """The reaction, which knows the shop's zone, its links and its carriers."""

    zone: ZoneInfo
    links: Links
    adapters: Adapters
    stops: Stops | None = None

    def left(self, uow: UnitOfWork, event: ParcelHandedOver) -> None:
        """Parcels of an order that leave together are told in one notice.

        What leaves later on the same day is told the next morning, together as well. What is
        delivered by the time this is heard, as over a counter, is not told.
        """
        if datetime.fromisoformat(event.handed_over_at) < uow.now - NEWS:
            return
        if event.parcel_id in service.parcels_told(uow.session, event.order_id, with_waiting=True):
            return
        told = service.parcels_told(uow.session, event.order_id)
        going = [
            one
            for one in parcels.parcels_of(uow.session, [event.order_id])
            if one.id not in told and _is_news(one, uow.now)
        ]
        if any(one.id == event.parcel_id for one in going):
            self._tell(uow, event, going)

    def _tell(self, uow: UnitOfWork, event: ParcelHandedOver, going: Sequence[ParcelView]) -> None:
        order = orders.by_id(uow.session, event.order_id)
        lines = orders.lines(uow.session, event.order_id)
        inside = {line_id for one in going for line_id in one.lines}
        sent = [line for line in lines if line.id in inside]
        token = self.links.token(order.number, order.customer_id, uow.now)
        told = Told(
            rule=rules.SHIPPED,
            key=f"{rules.SHIPPED.template}:{event.parcel_id}",
            customer_id=order.customer_id,
            language=order.language,
            facts={
                "order": order.number,
                "first_item": dict(sent[0].name) if sent else {},
                "further_items": max(0, len(sent) - 1),
                "parcels": [self._said(one) for one in going],
                "parcel_ids": [one.id for one in going],
                "parcel_id": going[0].id if len(going) == 1 else None,
                "more_follows": any(_waits(line) for line in lines),
                **expected(going),
                "page": self.links.page(token),
                "calendar": self.links.calendar(token),
            },
            order_id=event.order_id,
        )
        service.tell(uow, told, zone=self.zone, stops=self.stops)

    def _said(self, parcel: ParcelView) -> dict[str, Any]:
        return {
            "carrier": dict(carriers.name_of(self.adapters, parcel.carrier)),
            "number": parcel.tracking_number,
        }


def _is_news(parcel: ParcelView, now: datetime) -> bool:
    left = parcel.handed_over_at
    is_there = parcel.status is CarrierStatus.DELIVERED
    return left is not None and left >= now - NEWS and not is_there


def _waits(line: LineView) -> bool:
    return line.counters.shipped < line.counters.wanted


def expected(going: Sequence[ParcelView]) -> dict[str, str | None]:
    """From the first to the last of them; nothing unless it is known of each."""
    windows = [one.estimated for one in going if one.estimated is not None]
    is_known = len(windows) == len(going)
    return {
        "expected_from": min(one.start for one in windows).isoformat() if is_known else None,
        "expected_until": max(one.until for one in windows).isoformat() if is_known else None,
    }
