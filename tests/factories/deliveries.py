"""Many deliveries of a shop that is there, written at once."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from oms_service.infra.uow import UnitOfWork
from oms_service.ports.carrier import CarrierStatus as S
from oms_service.shipping import bulk
from tests.factories.orders import MadeOrder


def make_deliveries(
    uow: UnitOfWork,
    order: MadeOrder,
    *,
    days: int,
    a_day: int,
    took_days: Sequence[int] = (1,),
    origin: str = "東京都",
    destination: str = "大阪府",
) -> None:
    """Parcels of Yamato on each of the last ``days`` days but the last five.

    They leave at 18:00, are on the van at 7:00 and arrive at noon, in turn after so many days.
    """
    evening = uow.now.replace(hour=9, minute=0, second=0, microsecond=0)
    count = days * a_day
    shipments = bulk.reserve_shipments(uow.session, count)
    parcels = bulk.reserve_parcels(uow.session, count)
    rows, boxes, scans = [], [], []
    for place, (shipment_id, parcel_id) in enumerate(zip(shipments, parcels, strict=True)):
        handed = evening - timedelta(days=days - place // a_day + 5)
        took = took_days[place % len(took_days)]
        came = _noon(handed) + timedelta(days=took)
        rows.append(
            bulk.ShipmentRow(
                id=shipment_id,
                number=f"H-{place}",
                order_id=order.id,
                location_id=None,
                created_at=handed,
                origin_region=origin,
                destination_region=destination,
            )
        )
        boxes.append(
            bulk.ParcelRow(
                id=parcel_id,
                shipment_id=shipment_id,
                carrier="yamato",
                tracking_number=f"H{place}",
                tracking_key=f"H{place}",
                status=S.DELIVERED,
                status_at=came,
                handed_over_at=handed,
                delivered_at=came,
            )
        )
        for status, at in ((S.OUT_FOR_DELIVERY, came - timedelta(hours=5)), (S.DELIVERED, came)):
            scans.append(
                bulk.ScanRow(
                    parcel_id=parcel_id,
                    event_key=f"{status}",
                    status=status,
                    occurred_at=at,
                    received_at=at,
                )
            )
    bulk.add(uow.session, rows, boxes, [])
    bulk.add_words(uow.session, scans, [])


def _noon(evening: datetime) -> datetime:
    """Noon in Tokyo of the day whose 18:00 it is."""
    return evening - timedelta(hours=6)
