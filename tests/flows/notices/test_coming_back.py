"""Returns, exchanges and claims, step by step."""

from notifications import rules
from oms_service.kernel.actors import SYSTEM, customer, staff
from oms_service.operations.returning import claiming, exchanging, receiving, returns
from oms_service.operations.returning.claiming import ClaimedLine, WantedClaim
from oms_service.operations.returning.exchanging import WantedExchange, WantedSwap
from oms_service.operations.returning.returns import Wanted, WantedLine
from oms_service.operations.rules.payment_rules import Giver
from oms_service.payments import queries as payments
from oms_service.payments import refunds
from oms_service.payments import service as paying
from oms_service.ports.carrier import CarrierStatus, ScanFact
from oms_service.returns import claim_queries
from oms_service.returns import queries as return_queries
from oms_service.returns.queries import ReturnView
from oms_service.returns.service import Arrived
from oms_service.returns.states import ClaimReason, Disposition, Remedy, ReturnReason
from tests.factories.coming_back import (
    adopt_claims,
    adopt_exchanges,
    adopt_returns,
    make_card,
    make_sibling,
)
from tests.factories.orders import CARRIER, make_delivered_order
from tests.flows.notices.walking import Customer, House, tells

LEAD = {Giver.LEAD}


def has(house: House, one: Customer, *, units: int = 2, method_id: int | None = None) -> None:
    """Coffees for 1,000 yen each were delivered three days ago."""
    one.buys(
        lambda uow: make_delivered_order(
            uow,
            one.shop,
            number=f"A-4000{one.tag}",
            mail=one.mail,
            items={"COFFEE": units},
            method_id=method_id,
        )
    )
    house.skip()


def asks_back(house: House, one: Customer, *, units: int = 1) -> ReturnView:
    """On a page, twice."""
    line = WantedLine(
        line_id=one.order.line_ids[0], quantity=units, reason=ReturnReason.CHANGED_MIND
    )
    wanted = Wanted(order_id=one.order.id, lines=[line], channel="portal", key=f"r{one.tag}")
    for _twice in range(2):
        asked = house.do(lambda uow: returns.request(uow, wanted), customer(one.id))
    return asked.view


def now(house: House, made: ReturnView) -> ReturnView:
    with house.runtime.database.reading() as connection:
        return return_queries.by_id(connection, made.id)


def arrives(
    house: House, one: Customer, made: ReturnView, units: int, *, is_last: bool = True
) -> None:
    version = now(house, made).version
    came = {one.order.line_ids[0]: [Arrived(quantity=units, disposition=Disposition.RESTOCK)]}
    house.do(
        lambda uow: receiving.receive(uow, made.id, version=version, arrived=came, is_last=is_last),
        staff(1),
    )


def is_paid_back(house: House, one: Customer) -> None:
    with house.runtime.database.reading() as connection:
        owed = [refund.id for refund in payments.refunds(connection, one.order.id)]
    for refund_id in owed:
        for _twice in range(2):
            house.do(lambda uow: paying.confirm_paid(uow, refund_id), staff(1))


@tells(
    rules.RETURN_ASKED,
    rules.RETURN_APPROVED,
    rules.RETURN_PARTLY_RECEIVED,
    rules.RETURN_RECEIVED,
    rules.REFUND_PAID,
    rules.REFUND_PAID,
)
def test_a_return_is_asked_for_approved_comes_in_two_parcels_and_is_paid(house: House) -> None:
    house.do(lambda uow: adopt_returns(uow, house.shop, approval="person"))
    for one in house.customers:
        has(house, one)
        made = asks_back(house, one, units=2)
        one.hears(rules.RETURN_ASKED, made.number)
        house.do(
            lambda uow: returns.approve(uow, made.id, version=made.version, givers=LEAD),
            staff(1),
        )
        one.hears(rules.RETURN_APPROVED, made.number, ("2,000円", "¥2,000"))
        arrives(house, one, made, 1, is_last=False)
        one.hears(rules.RETURN_PARTLY_RECEIVED, made.number, ("1,000円", "¥1,000"))
        arrives(house, one, made, 1)
        last = one.hears(
            rules.RETURN_RECEIVED,
            made.number,
            ("残りの商品の分として、1,000円", "We are now refunding ¥1,000 for the rest"),
        )
        assert "2,000" not in last.text, "what was told before is not told as new"
        is_paid_back(house, one)
        for _parcel in range(2):
            one.hears(rules.REFUND_PAID, one.order.number, ("1,000円", "¥1,000"))


@tells(rules.REFUND_DELAYED)
def test_money_that_cannot_be_paid_back_is_told_of_once(house: House) -> None:
    house.do(lambda uow: adopt_returns(uow, house.shop))
    for one in house.customers:
        has(house, one)
        made = asks_back(house, one)
        arrives(house, one, made, 1)
        house.skip()
        with house.runtime.database.reading() as connection:
            (owed,) = payments.refunds(connection, one.order.id)
        for _twice in range(2):
            house.do(lambda uow: refunds.fail(uow, owed.id, "account_closed"))
        one.hears(rules.REFUND_DELAYED, one.order.number, ("1,000円", "¥1,000"))


@tells(rules.RETURN_REJECTED)
def test_a_return_is_rejected_with_its_reason(house: House) -> None:
    house.do(lambda uow: adopt_returns(uow, house.shop, approval="person"))
    for one in house.customers:
        has(house, one)
        made = asks_back(house, one)
        house.skip()
        house.do(
            lambda uow: returns.reject(
                uow, made.id, version=made.version, answer="This one was used."
            ),
            staff(1),
        )
        one.hears(rules.RETURN_REJECTED, made.number, "This one was used.")


@tells(rules.RETURN_OVERDUE, rules.RETURN_WITHDRAWN)
def test_a_return_is_waited_for_and_called_off(house: House) -> None:
    house.do(lambda uow: adopt_returns(uow, house.shop, send_back_within_days=14))
    for one in house.customers:
        has(house, one)
    made = {one: asks_back(house, one) for one in house.customers}
    house.skip()
    house.clock.advance(days=15)
    for _twice in range(2):
        house.do(receiving.notice_overdue)
    for one in house.customers:
        one.hears(rules.RETURN_OVERDUE, made[one].number)
        view = now(house, made[one])
        house.do(
            lambda uow: returns.withdraw(uow, view.id, version=view.version),
            customer(one.id),
        )
        one.hears(rules.RETURN_WITHDRAWN, made[one].number)


@tells(rules.RETURN_SENT, rules.RETURN_RECEIVED)
def test_a_return_leaves_in_two_parcels_and_comes(house: House) -> None:
    house.turn_on(rules.RETURN_SENT)
    house.do(lambda uow: adopt_returns(uow, house.shop))
    for one in house.customers:
        has(house, one)
        made = asks_back(house, one, units=2)
        house.skip()
        for number in (f"7401234567{one.tag}1", f"7401234567{one.tag}2"):
            house.do(
                lambda uow: receiving.announce(
                    uow, made.id, carrier=CARRIER, tracking_number=number
                ),
                customer(one.id),
            )
            fact = ScanFact(
                carrier=CARRIER,
                tracking_number=number,
                event_key=f"{number}-left",
                status=CarrierStatus.IN_TRANSIT,
                occurred_at=house.clock.now(),
            )
            for _twice in range(2):
                assert house.do(lambda uow: receiving.take_scans(uow, [fact])) == ()
        one.hears(rules.RETURN_SENT, made.number, one.order.number)
        arrives(house, one, made, 2)
        one.hears(
            rules.RETURN_RECEIVED,
            made.number,
            ("2,000円の返金のお手続きに入ります", "We are now refunding ¥2,000 and"),
        )


@tells(
    rules.RETURN_SENT,
    rules.REFUND_PAID,
    rules.RETURN_PARTLY_RECEIVED,
    rules.RETURN_RECEIVED,
)
def test_what_was_refunded_while_it_was_on_its_way_is_not_promised_again(house: House) -> None:
    house.turn_on(rules.RETURN_SENT)
    house.do(lambda uow: adopt_returns(uow, house.shop, refund_when="on_scan"))
    for one in house.customers:
        has(house, one)
        made = asks_back(house, one, units=2)
        house.skip()
        number = f"7401234568{one.tag}1"
        house.do(
            lambda uow: receiving.announce(uow, made.id, carrier=CARRIER, tracking_number=number)
        )
        fact = ScanFact(
            carrier=CARRIER,
            tracking_number=number,
            event_key="left",
            status=CarrierStatus.IN_TRANSIT,
            occurred_at=house.clock.now(),
        )
        house.do(lambda uow: receiving.take_scans(uow, [fact]))
        one.hears(rules.RETURN_SENT, made.number)
        is_paid_back(house, one)
        one.hears(rules.REFUND_PAID, one.order.number, ("2,000円", "¥2,000"))
        for rule, is_last in ((rules.RETURN_PARTLY_RECEIVED, False), (rules.RETURN_RECEIVED, True)):
            arrives(house, one, made, 1, is_last=is_last)
            letter = one.hears(rule, made.number)
            assert "返金" not in letter.text, "it is paid already"
            assert "refund" not in letter.text.lower(), "it is paid already"


@tells(rules.EXCHANGE_SENT, rules.EXCHANGE_CANCELLED)
def test_an_exchange_leaves_at_once_and_is_called_off(house: House) -> None:
    with house.runtime.unit_of_work(SYSTEM) as uow:
        adopt_exchanges(uow, house.shop, sends="at_once", settles="at_once")
        make_sibling(uow, house.shop, "BIG", price=1_500)
    for one in house.customers:
        card = house.do(lambda uow: make_card(uow, one.shop, 9_000, name=one.tag))
        has(house, one, method_id=card)
        wanted = WantedExchange(
            order_id=one.order.id,
            swaps=[WantedSwap(line_id=one.order.line_ids[0], sku="BIG", quantity=1)],
            channel="portal",
            key=f"x{one.tag}",
            method_id=card,
        )
        for _twice in range(2):
            asked = house.do(lambda uow: exchanging.request(uow, wanted), customer(one.id))
        one.hears(rules.EXCHANGE_SENT, asked.view.number)
        view = now(house, asked.view)
        with house.runtime.unit_of_work(customer(one.id)) as uow:
            returns.withdraw(uow, view.id, version=view.version)
        house.settle()
        unread = {letter.subject for letter in house.letters(one.mail)}
        assert any(asked.view.number in subject for subject in unread)
        one.hears(rules.EXCHANGE_CANCELLED, asked.view.number)
        house.skip()


def claims(house: House, one: Customer, *, units: int = 1, remedy: Remedy = Remedy.REFUND) -> int:
    line = ClaimedLine(line_id=one.order.line_ids[0], quantity=units, reason=ClaimReason.DAMAGED)
    wanted = WantedClaim(
        order_id=one.order.id,
        lines=[line],
        remedy=remedy,
        channel="portal",
        key=f"{remedy}{one.tag}",
    )
    for _twice in range(2):
        made = house.do(lambda uow: claiming.request(uow, wanted), customer(one.id))
    return made.view.id


def number_of(house: House, claim_id: int) -> str:
    with house.runtime.database.reading() as connection:
        return claim_queries.by_id(connection, claim_id).number


@tells(rules.CLAIM_ASKED, rules.CLAIM_REFUNDED)
def test_a_claim_is_asked_about_and_refunded(house: House) -> None:
    house.do(lambda uow: adopt_claims(uow, house.shop, at_once_up_to_minor=1_500))
    for one in house.customers:
        has(house, one)
        claim = claims(house, one, units=2)
        one.hears(rules.CLAIM_ASKED, number_of(house, claim))
        house.do(
            lambda uow: claiming.approve(
                uow,
                claim,
                version=claim_queries.by_id(uow.session, claim).version,
                givers=LEAD,
                refund_minor=1_200,
            ),
            staff(1),
        )
        one.hears(rules.CLAIM_REFUNDED, number_of(house, claim), ("1,200円", "¥1,200"))


@tells(rules.CLAIM_REJECTED)
def test_a_claim_is_rejected(house: House) -> None:
    house.do(lambda uow: adopt_claims(uow, house.shop, at_once_up_to_minor=1_500))
    for one in house.customers:
        has(house, one)
        claim = claims(house, one, units=2)
        house.skip()
        house.do(
            lambda uow: claiming.reject(
                uow,
                claim,
                version=claim_queries.by_id(uow.session, claim).version,
                answer="It works as described.",
            ),
            staff(1),
        )
        one.hears(rules.CLAIM_REJECTED, number_of(house, claim), "It works as described.")


@tells(rules.CLAIM_ASKED, rules.CLAIM_APPROVED)
def test_a_claim_is_put_right_once_the_goods_are_back(house: House) -> None:
    back = {"damaged": {"goods": "come_back"}}
    house.do(lambda uow: adopt_claims(uow, house.shop, channels_at_once=[], reasons=back))
    for one in house.customers:
        has(house, one)
        claim = claims(house, one)
        one.hears(rules.CLAIM_ASKED, number_of(house, claim))
        house.do(
            lambda uow: claiming.approve(
                uow,
                claim,
                version=claim_queries.by_id(uow.session, claim).version,
                givers=LEAD,
            ),
            staff(1),
        )
        one.hears(rules.CLAIM_APPROVED, number_of(house, claim))


@tells(rules.CLAIM_REPLACED)
def test_a_claim_is_put_right_by_another_piece(house: House) -> None:
    house.do(lambda uow: adopt_claims(uow, house.shop, at_once_up_to_minor=1_500))
    for one in house.customers:
        has(house, one)
        claim = claims(house, one, remedy=Remedy.REPLACEMENT)
        one.hears(rules.CLAIM_REPLACED, number_of(house, claim))
