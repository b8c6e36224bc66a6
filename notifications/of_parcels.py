"""Telling customers where a parcel is: out for delivery, tried in vain, at a counter, delivered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from notifications import rules
from notifications.leaving import expected
from notifications.rules import Rule
from notifications.teller import Teller, is_news, named
from oms_service.infra.uow import UnitOfWork
from oms_service.orders import queries as orders
from oms_service.ports.carrier import CarrierStatus
from oms_service.ports.registry import Adapters
from oms_service.shipping import carriers
from oms_service.shipping import queries as parcels
from oms_service.shipping.events import ParcelDelivered, ParcelScanned

SCANS: Final[Mapping[str, Rule]] = {
    CarrierStatus.OUT_FOR_DELIVERY: rules.OUT_FOR_DELIVERY,
    CarrierStatus.ATTEMPTED: rules.ATTEMPTED,
    CarrierStatus.AVAILABLE_FOR_PICKUP: rules.AT_COUNTER,
}


@dataclass(frozen=True)
class OfParcels:
    """The reactions, which know the shop's carriers."""

    teller: Teller
    adapters: Adapters

    def scanned(self, uow: UnitOfWork, event: ParcelScanned) -> None:
        """Old news by the carrier's own time is none, and so is what is over by now."""
        rule = SCANS.get(event.status)
        if rule is None or not event.is_newest or not is_news(uow, event.occurred_at):
            return
        self._tell(uow, rule, event.order_id, event.parcel_id, status=event.status)

    def delivered(self, uow: UnitOfWork, event: ParcelDelivered) -> None:
        if is_news(uow, event.delivered_at):
            status = CarrierStatus.DELIVERED
            self._tell(uow, rules.DELIVERED, event.order_id, event.parcel_id, status=status)

    def _tell(
        self, uow: UnitOfWork, rule: Rule, order_id: int, parcel_id: int, *, status: str
    ) -> None:
        found = next(
            one for one in parcels.parcels_of(uow.session, [order_id]) if one.id == parcel_id
        )
        if found.status != status:
            return
        lines = orders.lines(uow.session, order_id)
        inside = [line for line in lines if line.id in found.lines] or lines
        facts = {
            **named(inside),
            "parcels": [
                {
                    "carrier": dict(carriers.name_of(self.adapters, found.carrier)),
                    "number": found.tracking_number,
                }
            ],
            "parcel_id": parcel_id,
        }
        if rule is rules.OUT_FOR_DELIVERY:
            facts |= expected([found])
        day = uow.now.astimezone(self.teller.zone).date()
        once = _of_day(parcel_id, day)
        self.teller.of_order(uow, rule, order_id, key=once, facts=facts, of=parcel_id)


def key(rule: Rule, parcel_id: int, day: date) -> str:
    """What a notice about a parcel is known by: it is told once a day of the shop."""
    return f"{rule.template}:{_of_day(parcel_id, day)}"


def _of_day(parcel_id: int, day: date) -> str:
    return f"{parcel_id}:{day.isoformat()}"
