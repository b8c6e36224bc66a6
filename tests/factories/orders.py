"""Orders as customers place them, and as carriers deliver them.

Each wants a shop from ``tests.factories.shop.make_shop`` in the same database.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import queries as stock
from oms_service.kernel.ids import numeric_code, readable_code
from oms_service.kernel.money import Money
from oms_service.operations.dispatch import shipping as operations_shipping
from oms_service.operations.dispatch.shipping import HandOver
from oms_service.operations.placement import placing
from oms_service.operations.placement.placing import PlaceOrder, WantedLine
from oms_service.payments import service as payments
from oms_service.payments.service import NewEntry
from oms_service.payments.states import EntryKind
from oms_service.ports.carrier import CarrierStatus, ScanFact
from oms_service.shipping import queries as parcels
from oms_service.shipping import service as shipping
from oms_service.shipping.events import ParcelDelivered
from oms_service.shipping.service import NewParcel
from oms_service.shipping.wishes import ANY_TIME, Wish
from tests.factories.shop import Shop

CARRIER = "yamato"
TOKYO = ZoneInfo("Asia/Tokyo")
MAIL = "misaki.sato@example.jp"
PHONE = "090-1234-5678"
POSTAL_CODE = "160-0022"
SHIP_TO = {
    "recipient": "佐藤 美咲",
    "country": "JP",
    "postal_code": POSTAL_CODE,
    "region": "東京都",
    "city": "新宿区",
    "line1": "新宿1-2-3",
    "line2": "",
    "phone": PHONE,
}


@dataclass(frozen=True)
class MadeOrder:
    """Ids and number of an order; ``line_ids`` as in ``items``; a parcel where one was sent."""

    id: int
    number: str
    line_ids: tuple[int, ...]
    tracking_number: str = ""


def make_order(
    uow: UnitOfWork,
    shop: Shop,
    *,
    items: Mapping[str, int] | None = None,
    number: str | None = None,
    customer_id: int | None = None,
    placed_at: datetime | None = None,
    is_paid: bool = True,
    method_id: int | None = None,
    may_backorder: bool = False,
    wish: Wish = ANY_TIME,
    mail: str = MAIL,
) -> MadeOrder:
    """A placed order, of two coffees unless ``items`` (quantity by SKU) says otherwise."""
    lines = [WantedLine(sku=sku, quantity=n) for sku, n in (items or {"COFFEE": 2}).items()]
    wanted = PlaceOrder(
        channel="web",
        external_ref=readable_code(12),
        customer_id=customer_id or shop.customer_id,
        lines=lines,
        number=number,
        ship_to=SHIP_TO,
        mail=mail,
        phone=PHONE,
        placed_at=placed_at,
        may_backorder=may_backorder,
        deliver_on=wish.deliver_on,
        delivery_window=wish.hours,
    )
    placed = placing.place(uow, wanted)
    if is_paid:
        pay(uow, placed.order.id, placed.order.total, method_id=method_id)
    return MadeOrder(placed.order.id, placed.order.number, placed.line_ids)


def pay(uow: UnitOfWork, order_id: int, amount: Money, *, method_id: int | None = None) -> None:
    payments.record(
        uow,
        NewEntry(
            order_id=order_id,
            kind=EntryKind.CAPTURED,
            amount=amount,
            key=f"test:{readable_code(12)}",
            method_id=method_id,
        ),
    )
    payments.rederive(uow, order_id)


def ship(uow: UnitOfWork, shop: Shop, order: MadeOrder) -> MadeOrder:
    """Everything that is allocated leaves in one parcel."""
    here = {p.order_line_id: p.quantity for p in stock.promised(uow.session, order.line_ids)}
    tracking_number = numeric_code(12)
    operations_shipping.hand_over(
        uow,
        HandOver(
            order_id=order.id,
            number=f"S-{readable_code(10)}",
            location_id=shop.location_id,
            parcels=[NewParcel(carrier=CARRIER, tracking_number=tracking_number, lines=here)],
        ),
    )
    return replace(order, tracking_number=tracking_number)


def deliver(uow: UnitOfWork, order: MadeOrder, at: datetime) -> None:
    """Its carrier says that it was delivered at ``at``; counted at once."""
    fact = ScanFact(
        carrier=CARRIER,
        tracking_number=order.tracking_number,
        event_key=f"delivered-{at.isoformat()}",
        status=CarrierStatus.DELIVERED,
        occurred_at=at,
    )
    shipping.record_scans(uow, [fact], zone=TOKYO)
    (parcel,) = parcels.parcels_of(uow.session, [order.id])
    operations_shipping.mark_delivered(
        uow,
        ParcelDelivered(order_id=order.id, parcel_id=parcel.id, delivered_at=at.isoformat()),
    )


def make_shipped_order(
    uow: UnitOfWork,
    shop: Shop,
    *,
    items: Mapping[str, int] | None = None,
    number: str | None = None,
    customer_id: int | None = None,
    mail: str = MAIL,
) -> MadeOrder:
    """Paid, allocated and on its way."""
    order = make_order(uow, shop, items=items, number=number, customer_id=customer_id, mail=mail)
    return ship(uow, shop, order)


def make_delivered_order(
    uow: UnitOfWork,
    shop: Shop,
    *,
    items: Mapping[str, int] | None = None,
    number: str | None = None,
    customer_id: int | None = None,
    days_ago: float = 3,
    method_id: int | None = None,
    mail: str = MAIL,
) -> MadeOrder:
    """Paid, sent and delivered ``days_ago``, placed two days before that."""
    delivered_at = uow.now - timedelta(days=days_ago)
    order = make_order(
        uow,
        shop,
        items=items,
        number=number,
        customer_id=customer_id,
        placed_at=delivered_at - timedelta(days=2),
        method_id=method_id,
        mail=mail,
    )
    sent = ship(uow, shop, order)
    deliver(uow, sent, delivered_at)
    return sent
