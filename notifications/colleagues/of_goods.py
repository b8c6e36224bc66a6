"""Telling colleagues of goods: few left on a shelf, an order of a case of theirs that is late."""

from dataclasses import dataclass
from urllib.parse import quote

from cases import queries as cases
from cases.states import ACTIVE
from notifications.colleagues import planner, rules, service
from notifications.colleagues.rules import Rule
from notifications.colleagues.service import Fact
from notifications.colleagues.states import End
from notifications.colleagues.teller import Teller, path_of
from oms_service.access import queries as access
from oms_service.access.states import Role
from oms_service.catalog import queries as catalog
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import queries as inventory
from oms_service.inventory.events import StockBecameAvailable, StockLevelLow
from oms_service.inventory.queries import LevelView
from oms_service.inventory.states import LocationKind
from oms_service.orders import queries as orders
from oms_service.orders.events import OrderCancelled
from oms_service.shipping import outlooks
from oms_service.shipping.events import AboutOutlook, OrderLate, OrderRecovered, OrderStalled


@dataclass(frozen=True)
class OfGoods:
    """The reactions."""

    teller: Teller

    def low(self, uow: UnitOfWork, event: StockLevelLow) -> None:
        """Those at the location and whoever buys; a level that is filled by now is no news."""
        level = _level(uow, event.variant_id, event.location_id)
        if level is None or not level.is_low:
            return
        everybody = access.all_staff(uow.session)
        place = inventory.location(uow.session, event.location_id)
        goods = catalog.variants(uow.session, [event.variant_id])[event.variant_id]
        here = planner.at_place(everybody, place.id, is_shop=place.kind is LocationKind.SHOP)
        buyers = planner.with_role(everybody, Role.OPERATIONS)
        fact = Fact(
            rule=rules.STOCK_LOW,
            key=f"{rules.STOCK_LOW.code}:{event.variant_id}:{place.id}:{uow.causation_id}",
            matter=_shelf(event.variant_id, place.id),
            path=f"/console/stock/{quote(goods.sku, safe='')}",
            facts={
                "sku": goods.sku,
                "first_item": dict(goods.name),
                "further_items": 0,
                "place": dict(place.name),
                "units": str(max(0, level.free)),
            },
            location_id=place.id,
        )
        self.teller.tell(uow, fact, (*here, *buyers))

    def came(self, uow: UnitOfWork, event: StockBecameAvailable) -> None:
        level = _level(uow, event.variant_id, event.location_id)
        if level is not None and not level.is_low:
            service.outdate(uow, End.CAME, _shelf(event.variant_id, event.location_id))

    def late(self, uow: UnitOfWork, event: OrderLate) -> None:
        self._stands(uow, rules.ORDER_LATE, event)

    def stalled(self, uow: UnitOfWork, event: OrderStalled) -> None:
        self._stands(uow, rules.ORDER_STALLED, event)

    def recovered(self, uow: UnitOfWork, event: OrderRecovered) -> None:
        service.outdate(uow, End.RECOVERED, _order(event.order_id))

    def called_off(self, uow: UnitOfWork, event: OrderCancelled) -> None:
        service.outdate(uow, End.RECOVERED, _order(event.order_id))

    def _stands(self, uow: UnitOfWork, rule: Rule, event: AboutOutlook) -> None:
        """Whoever has an open case about the order, of the case that is theirs.

        A case that is opened because of it is given to somebody, who hears of that.
        """
        now = outlooks.of_order(uow.session, event.order_id)
        if now is None or not now.is_open or now.change != event.change:
            return
        order = orders.by_id(uow.session, event.order_id)
        told: set[int] = set()
        for case in cases.newest(uow.session, order_id=order.id).items:
            if case.state not in ACTIVE or case.assignee_id is None or case.assignee_id in told:
                continue
            told.add(case.assignee_id)
            fact = Fact(
                rule=rule,
                key=f"{rule.code}:{order.id}:{event.change}",
                matter=_order(order.id),
                path=path_of(case),
                facts={
                    "order": order.number,
                    "case": case.number,
                    "expected_from": event.estimated_from,
                    "expected_until": event.estimated_until,
                },
                case_id=case.id,
                queue_id=case.queue_id,
            )
            self.teller.tell(uow, fact, (access.staff_by_id(uow.session, case.assignee_id),))


def _level(uow: UnitOfWork, variant_id: int, location_id: int) -> LevelView | None:
    levels = inventory.availability(uow.session, [variant_id])
    return next((one for one in levels if one.location_id == location_id), None)


def _shelf(variant_id: int, location_id: int) -> str:
    return f"stock:{variant_id}:{location_id}"


def _order(order_id: int) -> str:
    return f"order:{order_id}"
