"""Payments are waited for, received, refused."""

from notifications import rules
from oms_service.payments import attempts
from oms_service.payments.states import MethodKind
from tests.factories.money import make_method, order_paid_by
from tests.flows.notices.walking import Customer, House, tells


def pays_by_slip(house: House, one: Customer) -> int:
    one.buys(
        lambda uow: order_paid_by(
            uow, one.shop, make_method(uow, one.shop, MethodKind.KONBINI, name=f"k{one.tag}")
        )
    )
    house.settle()
    with house.runtime.database.looking() as session:
        (attempt,) = attempts.of_order(session, one.order.id)
    return attempt.id


@tells(rules.RECEIVED, rules.PAYMENT_DUE, rules.PAYMENT_RECEIVED)
def test_a_slip_is_made_out_and_paid(house: House) -> None:
    for one in house.customers:
        attempt_id = pays_by_slip(house, one)
        one.hears(rules.RECEIVED, one.order.number, ("2,000円", "¥2,000"))
        one.hears(rules.PAYMENT_DUE, one.order.number, ("2,000円", "¥2,000"))
        for _twice in range(2):
            house.do(lambda uow: attempts.finish(uow, attempt_id))
        one.hears(rules.PAYMENT_RECEIVED, one.order.number, ("2,000円", "¥2,000"))


@tells(rules.PAYMENT_FAILED)
def test_a_payment_is_refused(house: House) -> None:
    for one in house.customers:
        attempt_id = pays_by_slip(house, one)
        house.skip()
        for _twice in range(2):
            house.do(lambda uow: attempts.refuse(uow, attempt_id, "expired_card", round_=1))
        one.hears(rules.PAYMENT_FAILED, one.order.number, ("2,000円", "¥2,000"))
