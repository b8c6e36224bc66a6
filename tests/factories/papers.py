"""Purchase orders, transfers and counts as a warehouse makes them."""

from collections.abc import Mapping
from datetime import timedelta

from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import counting, purchasing, transfers
from oms_service.inventory.counting import NewCount
from oms_service.inventory.papers import CountView, PurchaseView, TransferView
from oms_service.inventory.purchasing import Came, NewPurchase
from oms_service.inventory.transfers import NewTransfer
from oms_service.kernel.ids import readable_code


def make_purchase(
    uow: UnitOfWork, location_id: int, units: Mapping[int, int], *, came: int = 0
) -> PurchaseView:
    """Ordered for next week; of each variant ``came`` units were delivered."""
    view = purchasing.order(
        uow,
        NewPurchase(
            supplier="珈琲商会",
            location_id=location_id,
            expected_on=uow.now.date() + timedelta(days=7),
            units=units,
            key=readable_code(16),
        ),
    )
    if came:
        brought = {variant_id: Came(received=came) for variant_id in units}
        view = purchasing.receive(uow, view.id, brought, key=readable_code(16))
    return view


def make_transfer(
    uow: UnitOfWork, origin: int, target: int, units: Mapping[int, int], *, is_sent: bool = True
) -> TransferView:
    wanted = NewTransfer(
        from_location_id=origin, to_location_id=target, units=units, key=readable_code(16)
    )
    view = transfers.request(uow, wanted)
    return transfers.dispatch(uow, view.id) if is_sent else view


def make_count(
    uow: UnitOfWork, location_id: int, counted: Mapping[int, int], *, is_approved: bool = True
) -> CountView:
    view = counting.start(
        uow, NewCount(location_id=location_id, variant_ids=list(counted), key=readable_code(16))
    )
    view = counting.submit(uow, counting.enter(uow, view.id, counted).id)
    return counting.approve(uow, view.id) if is_approved else view
