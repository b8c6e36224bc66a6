"""What waits for whoever looks, besides what the navigation counts: each opens its own rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from flask import url_for

from oms_service.access import queries as access
from oms_service.access.guard import staff
from oms_service.console import reach
from oms_service.console.orders import VIEWS, count_of
from oms_service.inventory import papers, queries
from oms_service.inventory.queries import Only
from oms_service.orders import listing
from oms_service.runtime import Runtime
from oms_service.web.texts import N_, gettext

#: Nobody works off more in a day; beyond it the number says no more than "many".
MOST: Final = 100
_ORDERS: Final = ("to_send", "on_hold", "waiting", "unpaid")
_ICONS: Final = {"to_send": "parcel", "on_hold": "pause", "waiting": "clock", "unpaid": "refund"}


@dataclass(frozen=True)
class Need:
    """So much of one kind that waits, at most ``MOST`` counted, and where it is worked off."""

    label: str
    url: str
    count: int
    icon: str

    @property
    def is_more(self) -> bool:
        return self.count > MOST


LOW: Final = N_("Stock running low")
ENDING: Final = N_("API keys that end soon")
COMING: Final = N_("Purchase orders to receive")


def mine(runtime: Runtime) -> list[Need]:
    """What the colleague at hand may see and has to see to; what there is none of is left out."""
    return [one for one in (*_orders(runtime), *_goods(runtime), *_keys(runtime)) if one.count]


def _orders(runtime: Runtime) -> Iterator[Need]:
    if not staff().may("orders:read"):
        return
    with runtime.database.reading() as connection:
        counts = listing.open_counts(connection)
    for view in _ORDERS:
        label = f"{gettext('Orders')}: {gettext(VIEWS[view][0])}"
        url = url_for("console_orders.several", view=view)
        yield Need(label, url, count_of(view, counts), _ICONS[view])


def _keys(runtime: Runtime) -> Iterator[Need]:
    if not staff().may("keys:manage"):
        return
    with runtime.database.reading() as connection:
        ending = access.keys_ending(connection, now=runtime.clock.now())
    yield Need(str(gettext(ENDING)), url_for("console.keys"), ending, "lock")


def _goods(runtime: Runtime) -> Iterator[Need]:
    if not staff().may("stock:read"):
        return
    mine = reach.mine()
    with runtime.database.looking() as session:
        at = next((one.id for one in reach.places(session)), 0) if mine else None
        low = queries.levels(session, only=Only.LOW, location_id=at, limit=MOST)
        coming = papers.purchases(session, is_open=True, among=mine, limit=MOST)
    for found, label, url, icon in (
        (low, LOW, url_for("console_stock.listed", view=Only.LOW.value), "alert"),
        (coming, COMING, url_for("console_purchases.listed"), "truck"),
    ):
        count = len(found.items) + (found.next_cursor is not None)
        yield Need(str(gettext(label)), url, count, icon)
