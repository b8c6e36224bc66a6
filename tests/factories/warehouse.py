"""People who work in a warehouse, and shelves for them to walk by."""

from oms_service.catalog import boxes as catalog_boxes
from oms_service.catalog.boxes import BoxView
from oms_service.catalog.models import Variant
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import Actor, staff
from oms_service.operations.dispatch import packing, picking
from oms_service.operations.dispatch.packing import Weighed
from oms_service.operations.dispatch.picking import WantedList
from oms_service.warehouse import queries, service, work
from oms_service.warehouse.queries import Fulfilment, PackedBox, Walk
from oms_service.warehouse.work import NewBin
from tests.factories.orders import CARRIER, MadeOrder
from tests.factories.shop import Shop

PICKER: Actor = staff(901)
COLLEAGUE: Actor = staff(902)
COFFEE_BARCODE = "4901234567894"


def furnish(uow: UnitOfWork, shop: Shop) -> None:
    """Shelves, a barcode, weights and sizes, and two boxes: S (200 x 150 x 100) and M (twice)."""
    work.shelve(
        uow,
        [
            NewBin(location_id=shop.location_id, variant_id=shop.coffee_id, zone="A", code="A-10"),
            NewBin(location_id=shop.location_id, variant_id=shop.mug_id, zone="B", code="B-2"),
        ],
    )
    coffee = uow.session.get_one(Variant, shop.coffee_id)
    coffee.barcode, coffee.weight_g = COFFEE_BARCODE, 120
    coffee.length_mm, coffee.width_mm, coffee.height_mm = 150, 100, 40
    mug = uow.session.get_one(Variant, shop.mug_id)
    mug.weight_g = 350
    mug.length_mm = mug.width_mm = mug.height_mm = 100
    for code, scale in (("S", 1), ("M", 2)):
        catalog_boxes.keep(
            uow,
            BoxView(
                code=code,
                name={"ja": f"{code}箱", "en": f"Box {code}"},
                length_mm=200 * scale,
                width_mm=150 * scale,
                height_mm=100 * scale,
                wall_mm=3,
                max_weight_g=5_000 * scale,
                tare_g=80 * scale,
                cost_minor=50 * scale,
            ),
        )
    uow.session.flush()


def fulfilment_of(uow: UnitOfWork, order: MadeOrder, location_id: int) -> Fulfilment:
    return next(
        one
        for one in queries.fulfilments_of(uow.session, order.id)
        if one.location_id == location_id
    )


def pick_all(uow: UnitOfWork, walk: Walk, codes: dict[int, str]) -> None:
    """Scan everything a list asks for; ``codes`` by variant."""
    for task in walk.tasks:
        picking.scan(uow, task.id, code=codes[task.variant_id], quantity=task.left)


def start_list(uow: UnitOfWork, shop: Shop, *, key: str = "list", most: int = 10) -> Walk:
    return picking.start(uow, WantedList(location_id=shop.location_id, most=most), key=key)


def pack_all(uow: UnitOfWork, fulfilment: Fulfilment, *, weight_g: int = 320) -> PackedBox:
    """Everything that is picked goes into one box M."""
    return packing.pack(
        uow,
        fulfilment.id,
        packing.unpacked(uow.session, fulfilment),
        Weighed(weight_g=weight_g, carrier=CARRIER),
        box_code="M",
    )


def label(uow: UnitOfWork, box: PackedBox, number: str) -> PackedBox:
    return service.give_tracking(uow, box.id, CARRIER, number)
