"""Notices of an order, its payment by transfer of the facts, and what holds it up."""

from notifications import rules
from oms_service.operations.placement import holding
from oms_service.orders.states import HoldReason
from tests.factories.orders import make_order
from tests.flows.notices.walking import House, tells


@tells(rules.RECEIVED, rules.HELD, rules.RELEASED)
def test_an_order_is_received_waits_for_its_address_and_goes_on(house: House) -> None:
    for one in house.customers:
        order = one.buys(
            lambda uow, one=one: make_order(uow, one.shop, number=f"A-1000{one.tag}", mail=one.mail)
        )
        house.settle()
        one.hears(rules.RECEIVED, order.number, ("2,000円", "2,000"))
        house.do(lambda uow, order=order: holding.hold(uow, order.id, HoldReason.ADDRESS))
        one.hears(rules.HELD, order.number)
        house.do(lambda uow, order=order: holding.release(uow, order.id, HoldReason.ADDRESS))
        one.hears(rules.RELEASED, order.number)
