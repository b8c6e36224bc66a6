"""Many at one counter: no unit is kept twice, handed over twice, or lost when time runs out."""

from oms_service.inventory.service import OutOfStock
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import IllegalTransition
from oms_service.kernel.money import Money
from oms_service.operations.pickup import collecting
from oms_service.operations.pickup.collecting import Counter
from oms_service.operations.reconcile import audit
from oms_service.orders import queries as orders
from oms_service.orders.states import OrderState
from oms_service.pickup import queries
from oms_service.pickup.states import IdentityCheck, PickupState
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.concurrency.test_orders import at_once, refusals, shop_with
from tests.factories.orders import pay
from tests.factories.pickups import place_for_pickup, reserve, stocked_counter
from tests.factories.shop import Shop
from tests.fakes.clock import StandingClock

THREADS = 32


def counter_with(runtime: Runtime, units: int) -> tuple[Shop, int]:
    shop = shop_with(runtime, 0)
    with runtime.unit_of_work(SYSTEM) as uow:
        return shop, stocked_counter(uow, shop, units)


def test_the_last_units_are_kept_for_as_many_as_there_are(runtime: Runtime) -> None:
    shop, ginza = counter_with(runtime, 5)

    def keep(number: int) -> int:
        with runtime.unit_of_work(SYSTEM) as uow:
            return reserve(uow, shop, ginza, key=f"r{number}").id

    answers = at_once(THREADS, keep)
    assert len([one for one in answers if isinstance(one, int)]) == 5
    assert refusals(answers) == [collecting.OutOfStockHere] * (THREADS - 5)
    assert issubclass(collecting.OutOfStockHere, OutOfStock)
    assert audit(runtime.database) == ()


def test_one_key_keeps_one_reservation(runtime: Runtime) -> None:
    shop, ginza = counter_with(runtime, 5)

    def keep(_number: int) -> int:
        with runtime.unit_of_work(SYSTEM) as uow:
            return reserve(uow, shop, ginza).id

    assert len(set(at_once(8, keep))) == 1
    assert audit(runtime.database) == ()


def test_two_colleagues_hand_over_once(runtime: Runtime) -> None:
    shop, ginza = counter_with(runtime, 5)
    with runtime.unit_of_work(SYSTEM) as uow:
        pickup = reserve(uow, shop, ginza)

    def hand_over(number: int) -> PickupState:
        at = Counter(check=IdentityCheck.PHOTO_ID, key=f"press-{number}", paid=Money(1_000, "JPY"))
        with runtime.unit_of_work(SYSTEM) as uow:
            return collecting.collect(uow, pickup.id, at).state

    answers = at_once(8, hand_over)
    assert answers.count(PickupState.COLLECTED) == 1
    assert refusals(answers) == [IllegalTransition] * 7
    drain(runtime)
    assert audit(runtime.database) == ()


def test_a_late_customer_meets_the_sweep(runtime: Runtime, clock: StandingClock) -> None:
    """Whoever is first wins; the goods are with the customer or on the shelf, never both."""
    shop, ginza = counter_with(runtime, 20)
    ids = []
    for _ in range(4):
        with runtime.unit_of_work(SYSTEM) as uow:
            placed, pickup = place_for_pickup(uow, shop, ginza)
            pay(uow, placed.order.id, placed.order.total)
            collecting.make_ready(uow, pickup.id)
            ids.append((placed.order.id, pickup.id))
    clock.advance(days=9)

    def meet(number: int) -> int:
        with runtime.unit_of_work(SYSTEM) as uow:
            if number % 2:
                return collecting.end_overdue(uow)
            at = Counter(check=IdentityCheck.PHOTO_ID, key="k")
            collecting.collect(uow, ids[number // 2][1], at)
            return -1

    assert set(refusals(at_once(8, meet))) <= {IllegalTransition}
    for _ in ids:
        with runtime.unit_of_work(SYSTEM) as uow:
            collecting.end_overdue(uow)
    drain(runtime)
    with runtime.database.looking() as session:
        for order_id, pickup_id in ids:
            state = queries.by_id(session, pickup_id).state
            ended = orders.by_id(session, order_id).order_state
            assert (state, ended) in {
                (PickupState.COLLECTED, OrderState.COMPLETED),
                (PickupState.NO_SHOW, OrderState.CANCELLED),
            }
    assert audit(runtime.database) == ()
