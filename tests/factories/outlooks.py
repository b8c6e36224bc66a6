"""Orders whose promise is in doubt, each for another reason."""

from collections.abc import Callable
from datetime import timedelta

from oms_service.kernel.actors import SYSTEM
from oms_service.operations.outlook import assessing
from oms_service.operations.placement import holding
from oms_service.orders.states import HoldReason
from oms_service.ports.carrier import CarrierStatus, ScanFact
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.shipping import service as shipping
from oms_service.shipping.sweeps import sweep_jeopardy
from tests.factories.orders import CARRIER, TOKYO, MadeOrder, make_order, ship
from tests.factories.shop import Shop


def make_orders_in_doubt(
    runtime: Runtime, shop: Shop, advance: Callable[[timedelta], None]
) -> dict[str, MadeOrder]:
    """One at risk for its address, one late on the road, one silent, one that is well.

    Args:
        runtime: of the house; its clock must be the one that ``advance`` moves.
        shop: where they are bought.
        advance: moves the clock.
    """
    with runtime.unit_of_work(SYSTEM) as uow:
        silent = make_order(uow, shop, number="A-101")
        late = make_order(uow, shop, number="A-102")
    drain(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        silent, late = ship(uow, shop, silent), ship(uow, shop, late)
    drain(runtime)
    advance(timedelta(days=4))
    say(runtime, late, CarrierStatus.DELAYED, reason="snow")
    with runtime.unit_of_work(SYSTEM) as uow:
        address = make_order(uow, shop, number="A-103")
        holding.hold(uow, address.id, HoldReason.ADDRESS)
        well = make_order(uow, shop, number="A-104")
    drain(runtime)
    sweep(runtime)
    return {"silent": silent, "late": late, "address": address, "well": well}


def say(runtime: Runtime, order: MadeOrder, status: CarrierStatus, *, reason: str = "") -> None:
    """Its carrier says something now; everybody hears of it."""
    with runtime.unit_of_work(SYSTEM) as uow:
        fact = ScanFact(
            carrier=CARRIER,
            tracking_number=order.tracking_number,
            event_key=f"{status}-{uow.now.isoformat()}",
            status=status,
            occurred_at=uow.now,
            reason=reason,
        )
        shipping.record_scans(uow, [fact], zone=TOKYO)
    drain(runtime)


def sweep(runtime: Runtime) -> int:
    """As the clock does: parcels, then orders; answers how many orders were looked at."""
    with runtime.unit_of_work(SYSTEM) as uow:
        sweep_jeopardy(TOKYO)(uow)
    drain(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        looked = assessing.sweep(uow)
    drain(runtime)
    return looked
