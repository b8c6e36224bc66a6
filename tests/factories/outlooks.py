"""Orders whose promise is in doubt, each for another reason, and orders that stand as told."""

from collections.abc import Callable
from datetime import datetime, timedelta

from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM
from oms_service.operations.outlook import assessing
from oms_service.operations.placement import holding
from oms_service.orders.states import HoldReason
from oms_service.ports.carrier import CarrierStatus, ScanFact
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.shipping import outlooks
from oms_service.shipping import service as shipping
from oms_service.shipping.jeopardy import Verdict
from oms_service.shipping.outlooks import Assessed
from oms_service.shipping.states import Cause, Jeopardy, Stage, Suggestion
from oms_service.shipping.sweeps import sweep_jeopardy
from oms_service.shipping.windows import Window
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


def make_outlook(
    uow: UnitOfWork,
    order_id: int,
    *,
    due: datetime | None = None,
    stands: Jeopardy = Jeopardy.ON_TIME,
    cause: Cause = Cause.SILENCE,
    suggestion: Suggestion = Suggestion.NONE,
) -> None:
    """An order promised within the two hours until ``due``, or never, and how that stands."""
    window = None if due is None else Window(due - timedelta(hours=2), due)
    is_fine = stands is Jeopardy.ON_TIME
    outlooks.keep(
        uow,
        Assessed(
            order_id=order_id,
            stage=Stage.HANDED_OVER,
            promised=window,
            promised_at=uow.now if window else None,
            told=window,
            estimated=None,
            median=None,
            because={},
            verdict=Verdict(stands) if is_fine else Verdict(stands, cause, suggestion),
            parcel_id=None,
            parts=(),
            risk_percent=50,
            look_again_at=None,
        ),
    )
