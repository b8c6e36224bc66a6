"""Shelves, a carrier and variants of their own for those who work with goods."""

from sqlalchemy import select

from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.languages import in_both
from oms_service.shipping import services
from oms_service.shipping.services import NewService
from oms_service.warehouse.models import Bin
from tests.browser.journeys.place import Place
from tests.factories.stock import make_variant, stock_up
from tests.factories.warehouse import furnish

CARRIER = "yamato"


def shelve(uow: UnitOfWork, place: Place) -> None:
    """The warehouse has shelves, boxes and a carrier: the first journey brings them."""
    if uow.session.scalar(select(Bin.id).limit(1)) is not None:
        return
    furnish(uow, place.shop)
    services.offer_service(
        uow,
        NewService(
            carrier=CARRIER,
            service="takkyubin",
            name=in_both("TA-Q-BIN"),
            currency="JPY",
            max_weight_g=30_000,
            rates={"steps": [{"up_to_g": 30_000, "by_distance": [900, 1_000]}]},
            remote={},
        ),
    )


def own_variant(uow: UnitOfWork, place: Place, sku: str, *, stock: int = 10) -> int:
    """Goods of one journey alone, so that their numbers are its own."""
    variant_id = make_variant(uow, sku, price=1_000)
    if stock:
        stock_up(uow, variant_id, place.shop.location_id, stock)
    return variant_id


def on_hand(place: Place, sku: str, location_id: int) -> tuple[int, int, int]:
    """On hand, damaged and being checked of a SKU at a location."""
    query = """
        SELECT on_hand, damaged, quality_control FROM stock_levels
        WHERE location_id = :at AND variant_id = (SELECT id FROM variants WHERE sku = :sku)
    """
    found = place.rows(query, at=location_id, sku=sku)
    return tuple(found[0]) if found else (0, 0, 0)


def code_of(place: Place, location_id: int) -> str:
    return str(place.one("SELECT code FROM locations WHERE id = :id", id=location_id))
