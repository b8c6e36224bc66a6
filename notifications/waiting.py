"""Telling customers that what waits for stock leaves by another day, with what they may do."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from cases.portal.links import WaitingLinks
from notifications import rules, service
from notifications.service import Told
from notifications.stops import Stops
from oms_service.infra.uow import UnitOfWork
from oms_service.orders import queries as orders
from oms_service.orders.events import OrderDateMoved


@dataclass(frozen=True)
class TellingOfDays:
    """The reaction, which knows the shop's zone, its address and how its links are signed."""

    zone: ZoneInfo
    site: str
    links: WaitingLinks
    stops: Stops | None = None

    def moved(self, uow: UnitOfWork, event: OrderDateMoved) -> None:
        """What is not waited for any more by the time this is heard is not told."""
        waiting = [
            line
            for line in orders.lines(uow.session, event.order_id)
            if line.variant_id == event.variant_id and line.counters.backordered
        ]
        if not waiting:
            return
        order = orders.by_id(uow.session, event.order_id)
        told = Told(
            rule=rules.DATE_MOVED,
            key=f"{rules.DATE_MOVED.template}:{order.id}:{uow.causation_id}",
            customer_id=order.customer_id,
            language=order.language,
            facts={
                "order": order.number,
                "first_item": dict(waiting[0].name),
                "further_items": 0,
                "old_day": event.old_day,
                "new_day": event.new_day,
                "link": self.site.rstrip("/") + self.links.path(order.id, order.customer_id),
            },
            order_id=order.id,
            of=order.id,
        )
        service.tell(uow, told, zone=self.zone, stops=self.stops)
