"""A shop with a counter, beside the warehouse of ``make_shop``."""

from collections.abc import Mapping
from typing import Final

from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import service as inventory
from oms_service.inventory.service import NewLocation
from oms_service.inventory.states import LocationKind
from oms_service.kernel.ids import readable_code
from oms_service.operations.pickup import collecting
from oms_service.operations.pickup.collecting import Reserve
from oms_service.operations.placement import placing
from oms_service.operations.placement.placing import Placed, PlaceOrder, WantedLine
from oms_service.pickup import queries
from oms_service.pickup import service as pickups
from oms_service.pickup.policy import Terms
from oms_service.pickup.queries import PickupView
from tests.factories.shop import Shop
from tests.factories.stock import stock_up

#: Ten to eight, closed on Wednesdays.
HOURS: Final = tuple(None if day == 2 else (10 * 60, 20 * 60) for day in range(7))


def make_counter(
    uow: UnitOfWork,
    code: str = "ginza",
    *,
    region: str = "東京都",
    at: tuple[float, float] | None = None,
) -> int:
    """A shop where customers fetch things: two hours to make ready, kept for seven days."""
    location_id = inventory.open_location(
        uow,
        NewLocation(
            code=code,
            kind=LocationKind.SHOP,
            name={"ja": f"{code}店", "en": f"{code} shop"},
            region=region,
            is_pickup_point=True,
        ),
    )
    pickups.set_terms(
        uow,
        location_id,
        Terms(
            hours=HOURS,
            address={"ja": "東京都中央区銀座1-2-3", "en": "1-2-3 Ginza, Chuo, Tokyo"},
            latitude=at[0] if at else None,
            longitude=at[1] if at else None,
        ),
    )
    return location_id


def stocked_counter(uow: UnitOfWork, shop: Shop, units: int = 5, code: str = "ginza") -> int:
    location_id = make_counter(uow, code)
    if units:
        for variant_id in (shop.coffee_id, shop.mug_id):
            stock_up(uow, variant_id, location_id, units)
    return location_id


def reserve(
    uow: UnitOfWork, shop: Shop, location_id: int, *, key: str = "r", coffees: int = 1
) -> PickupView:
    """Coffee kept for the shop's customer, who buys it when they come."""
    wanted = Reserve(
        channel="web",
        customer_id=shop.customer_id,
        location_id=location_id,
        units={"COFFEE": coffees},
        key=key,
    )
    return collecting.reserve(uow, wanted)


def place_for_pickup(
    uow: UnitOfWork, shop: Shop, location_id: int, items: Mapping[str, int] | None = None
) -> tuple[Placed, PickupView]:
    """An order that its customer fetches; nothing is paid yet."""
    placed = placing.place(
        uow,
        PlaceOrder(
            channel="web",
            external_ref=readable_code(12),
            customer_id=shop.customer_id,
            lines=[WantedLine(sku=sku, quantity=n) for sku, n in (items or {"COFFEE": 2}).items()],
            pickup_location_id=location_id,
        ),
    )
    found = queries.of_order(uow.session, placed.order.id)
    assert found is not None
    return placed, found
