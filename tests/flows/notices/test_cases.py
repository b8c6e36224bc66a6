"""Requests of customers: received, answered, waiting for them, settled, asked about."""

from cases import opening, service
from cases.after import feedback, surveys
from cases.views import CaseView
from notifications import rules
from oms_service.kernel.actors import customer, staff
from tests.factories.cases import make_agent
from tests.factories.orders import make_delivered_order
from tests.flows.notices.walking import Customer, House, tells


def asks(house: House, one: Customer) -> CaseView:
    return house.do(
        lambda uow: opening.open_case(
            uow,
            reason="other",
            language=one.language,
            channel="portal",
            customer_id=one.id,
        ),
        customer(one.id),
    )


@tells(
    rules.CASE_OPENED,
    rules.CASE_ANSWERED,
    rules.CASE_RESOLVED,
    rules.SATISFACTION,
)
def test_a_request_from_the_first_word_to_the_question_how_it_was(house: House) -> None:
    house.turn_on(rules.CASE_ANSWERED)
    agent = house.do(make_agent)
    made = {one: asks(house, one) for one in house.customers}
    for one, case in made.items():
        one.hears(rules.CASE_OPENED, case.number)
        for _twice in range(2):
            house.do(
                lambda uow: service.reply(uow, case.id, "We look into case.", key="a"),
                staff(agent),
            )
        heard = [letter.subject for letter in house.letters(one.mail)]
        assert len(heard) == 2
        house.skip_reply(one)
        one.hears(rules.CASE_ANSWERED, case.number)
        house.do(
            lambda uow: service.resolve(uow, case.id, code="answered", note="by mail"),
            staff(agent),
        )
        one.hears(rules.CASE_RESOLVED, case.number)
    house.clock.advance(hours=1)
    for _twice in range(2):
        house.do(surveys.ask_due)
    for one, case in made.items():
        one.hears(rules.SATISFACTION, case.number)


@tells(rules.FEEDBACK)
def test_how_a_delivery_was_is_asked_once(house: House) -> None:
    for one in house.customers:
        one.buys(
            lambda uow: make_delivered_order(
                uow, one.shop, number=f"A-5000{one.tag}", mail=one.mail, days_ago=0.1
            )
        )
    house.skip()
    house.clock.advance(days=4)
    for _twice in range(2):
        house.do(feedback.ask_due)
    for one in house.customers:
        one.hears(rules.FEEDBACK, one.order.number)
