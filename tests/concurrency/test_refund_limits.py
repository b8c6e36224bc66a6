"""A limit that is lowered while its colleague presses: the money goes before, or it waits."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

from oms_service.access import staff as colleagues
from oms_service.access.queries import changes_of
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.money import Money
from oms_service.operations.money import refunding
from oms_service.operations.money.refunding import RefundReason, Wish
from oms_service.operations.reconcile import audit
from oms_service.operations.rules.payment_rules import Giver
from oms_service.payments import queries as payments
from oms_service.payments.limits import OwnLimit
from oms_service.payments.states import RefundPart, RefundState
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent
from tests.factories.orders import make_delivered_order
from tests.factories.shop import make_shop

NOTHING = OwnLimit(currency="JPY", refund_up_to_minor=0)


def wish(order_id: int, key: str) -> Wish:
    return Wish(
        order_id=order_id,
        amount=Money(100, "JPY"),
        part=RefundPart.ORDER,
        reason=RefundReason.QUALITY,
        key=key,
        givers={Giver.AGENT},
    )


def test_a_limit_waits_for_the_refund_that_is_being_made_and_holds_for_the_next(
    runtime: Runtime,
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        agent = make_agent(uow)
        orders = [make_delivered_order(uow, shop).id for _ in range(2)]
    drain(runtime)
    made, lowered = Event(), Event()

    def give_slowly() -> bool:
        with runtime.unit_of_work(staff(agent)) as uow:
            refunding.request(uow, wish(orders[0], "first"))
            made.set()
            return lowered.wait(0.3)  # the limit is not lowered while this is open

    def lower() -> None:
        made.wait()
        with runtime.unit_of_work(SYSTEM) as uow:
            colleagues.set_refund_limits(uow, agent, [NOTHING])
            lowered.set()

    with ThreadPoolExecutor(2) as pool:
        giving, lowering = pool.submit(give_slowly), pool.submit(lower)
        assert giving.result() is False
        lowering.result()
    with runtime.unit_of_work(staff(agent)) as uow:
        (second,) = refunding.request(uow, wish(orders[1], "second"))
    assert second.state is RefundState.AWAITING_APPROVAL


def test_pressed_and_lowered_at_one_moment_each_refund_is_before_or_waits(
    runtime: Runtime,
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        agent = make_agent(uow)
        orders = [make_delivered_order(uow, shop).id for _ in range(4)]
    drain(runtime)
    start = Barrier(len(orders) + 1)

    def give(order_id: int) -> None:
        start.wait()
        with runtime.unit_of_work(staff(agent)) as uow:
            refunding.request(uow, wish(order_id, "once"))

    def lower() -> None:
        start.wait()
        with runtime.unit_of_work(SYSTEM) as uow:
            colleagues.set_refund_limits(uow, agent, [NOTHING])

    with ThreadPoolExecutor(len(orders) + 1) as pool:
        for one in [*(pool.submit(give, order) for order in orders), pool.submit(lower)]:
            one.result()
    with runtime.database.reading() as connection:
        assert len(changes_of(connection, agent)) == 1
        states = [payments.refunds(connection, order)[0].state for order in orders]
    assert set(states) <= {RefundState.REQUESTED, RefundState.AWAITING_APPROVAL}
    drain(runtime)
    assert audit(runtime.database) == ()
