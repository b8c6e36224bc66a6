"""By which clock customers live: what they chose, never what was guessed."""

from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session

from oms_service.customers.models import Customer
from oms_service.customers.service import held
from oms_service.infra.hot import Hot, value
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid

Reader = Connection | Session

_REGIONS: Final = (
    "Africa/",
    "America/",
    "Antarctica/",
    "Arctic/",
    "Asia/",
    "Atlantic/",
    "Australia/",
    "Europe/",
    "Indian/",
    "Pacific/",
)


@cache
def known() -> frozenset[str]:
    """Zones by region and city; abbreviations and offsets are none, since summers differ."""
    return frozenset(one for one in available_timezones() if one.startswith(_REGIONS))


def chosen(reader: Reader, customer_id: int) -> str:
    """The name of the zone that a customer chose; empty where they did not."""
    return _CHOSEN.first(reader, customer_id=customer_id) or ""


_CHOSEN: Final[Hot[str]] = Hot(
    select(Customer.zone).where(Customer.id == bindparam("customer_id")), value
)


def of(reader: Reader, customer_id: int, *, shop: ZoneInfo) -> ZoneInfo:
    """A customer's zone, the shop's where they chose none or what they chose is no more."""
    name = chosen(reader, customer_id)
    try:
        return ZoneInfo(name) if name else shop
    except (ZoneInfoNotFoundError, ValueError):
        return shop


def choose(uow: UnitOfWork, customer_id: int, zone: str) -> None:
    """Live by that clock from now on; empty for the shop's.

    Raises:
        Invalid: no such zone.
        NotFound: no such customer, or erased.
    """
    if zone and zone not in known():
        raise Invalid("no such zone", {"zone": "is not a time zone"})
    held(uow, customer_id).zone = zone
    uow.session.flush()
