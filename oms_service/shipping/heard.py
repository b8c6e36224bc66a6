"""What carriers have said of parcels, as estimates read it."""

from sqlalchemy import ColumnElement, Connection, select
from sqlalchemy.orm import Session

from oms_service.shipping.models import Scan
from oms_service.shipping.standing import Said


def heard(reader: Session | Connection, which: ColumnElement[bool]) -> dict[int, list[Said]]:
    """The scans of these parcels by parcel, in no order; one query.

    Args:
        reader: a session or a connection.
        which: a condition on the scans' parcels.
    """
    query = select(
        Scan.parcel_id,
        Scan.status,
        Scan.occurred_at,
        Scan.event_key,
        Scan.reason,
        Scan.estimate_from,
        Scan.estimate_until,
    ).where(which)
    found: dict[int, list[Said]] = {}
    for row in reader.execute(query):
        said = Said(
            row.status,
            row.occurred_at,
            row.event_key,
            row.reason,
            row.estimate_from,
            row.estimate_until,
        )
        found.setdefault(row.parcel_id, []).append(said)
    return found
