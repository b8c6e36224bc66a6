"""Claims: goods that stay, goods that come back first, and never a unit twice."""

from typing import Any

import pytest

from oms_service import relay as process
from oms_service.kernel.actors import SYSTEM, customer, staff
from oms_service.kernel.errors import Invalid
from oms_service.kernel.money import Money
from oms_service.operations.reconcile import audit
from oms_service.operations.returning import claiming, receiving, returns
from oms_service.operations.returning.claiming import (
    Claimed,
    ClaimedLine,
    ClaimRefused,
    WantedClaim,
)
from oms_service.operations.returning.returns import Refused, Wanted, WantedLine
from oms_service.operations.rules import payment_rules
from oms_service.operations.rules.eligibility import Code, Outcome
from oms_service.operations.rules.payment_rules import Giver
from oms_service.orders import queries as orders
from oms_service.payments import queries as payments
from oms_service.payments import refunds
from oms_service.payments.queries import RefundView
from oms_service.payments.refunds import SecondPersonNeeded
from oms_service.payments.states import RefundState
from oms_service.returns import claim_queries
from oms_service.returns import queries as return_queries
from oms_service.returns.claims import ClaimAlreadyDecided
from oms_service.returns.states import (
    ClaimReason,
    ClaimState,
    Goods,
    Remedy,
    ReturnKind,
    ReturnReason,
)
from oms_service.runtime import Runtime
from tests.factories.coming_back import adopt_claims
from tests.factories.orders import MadeOrder, make_delivered_order, make_order, make_shipped_order
from tests.factories.shop import Shop, make_shop

LEAD = frozenset({Giver.LEAD})
AGENT = frozenset({Giver.AGENT})


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow, stock=10)


def begin(runtime: Runtime, shop: Shop, *, days_ago: float = 3, **rules: Any) -> MadeOrder:
    with runtime.unit_of_work(SYSTEM) as uow:
        adopt_claims(uow, shop, **{"at_once_up_to_minor": 1_500, **rules})
        made = make_delivered_order(uow, shop, days_ago=days_ago)
    process.drain(runtime)
    return made


def wish(
    order: MadeOrder,
    quantity: int = 1,
    *,
    reason: ClaimReason = ClaimReason.DAMAGED,
    remedy: Remedy = Remedy.REFUND,
    key: str = "c",
    **given: Any,
) -> WantedClaim:
    line = ClaimedLine(line_id=order.line_ids[0], quantity=quantity, reason=reason)
    return WantedClaim(
        order_id=order.id, lines=[line], remedy=remedy, channel="portal", key=key, **given
    )


def ask(runtime: Runtime, wanted: WantedClaim) -> Claimed:
    with runtime.unit_of_work(customer(1)) as uow:
        return claiming.request(uow, wanted)


def test_a_small_claim_is_refunded_at_once_and_the_goods_stay(runtime: Runtime, shop: Shop) -> None:
    order = begin(runtime, shop)
    made = ask(runtime, wish(order))
    assert (made.outcome, made.view.state, made.view.goods) == (
        Outcome.AT_ONCE,
        ClaimState.REMEDIED,
        Goods.STAY,
    )
    assert ask(runtime, wish(order)) == made
    with runtime.database.reading() as connection:
        (refund,) = payments.refunds(connection, order.id)
    assert (refund.amount, refund.reason) == (Money(1_000, "JPY"), "claim")
    process.drain(runtime)
    assert audit(runtime.database) == ()


def test_no_unit_is_put_right_twice_nor_returned_as_well(runtime: Runtime, shop: Shop) -> None:
    order = begin(runtime, shop)
    ask(runtime, wish(order))
    ask(runtime, wish(order, key="d", remedy=Remedy.REPLACEMENT))
    with pytest.raises(ClaimRefused) as twice:
        ask(runtime, wish(order, key="e"))
    assert twice.value.decision.causes[0].code is Code.ALREADY_CLAIMED
    line = WantedLine(line_id=order.line_ids[0], quantity=1, reason=ReturnReason.DAMAGED)
    with pytest.raises(Refused) as back, runtime.unit_of_work(customer(1)) as uow:
        returns.request(uow, Wanted(order_id=order.id, lines=[line], channel="portal", key="r"))
    assert back.value.decision.causes[0].code is Code.ALREADY_CLAIMED
    process.drain(runtime)
    assert audit(runtime.database) == ()


def test_a_replacement_costs_no_more_and_is_charged_instead(runtime: Runtime, shop: Shop) -> None:
    order = begin(runtime, shop)
    made = ask(runtime, wish(order, remedy=Remedy.REPLACEMENT))
    with runtime.database.reading() as connection:
        found = orders.by_id(connection, order.id)
        old, new = orders.lines(connection, order.id)
    assert (found.total, new.counters.allocated) == (Money(2_000, "JPY"), 1)
    assert (new.unit_price, new.discount) == (Money(1_000, "JPY"), Money(0, "JPY"))
    assert (old.counters.charged, new.counters.charged) == (1, 1)
    assert made.view.lines[0].new_line_id == new.id
    process.drain(runtime)
    assert audit(runtime.database) == ()


def test_a_large_one_waits_for_a_person_who_may_give_part(runtime: Runtime, shop: Shop) -> None:
    order = begin(runtime, shop)
    made = ask(runtime, wish(order, 2))
    assert (made.outcome, made.view.referred_by_rule) == (Outcome.PERSON, "above_limit")
    with pytest.raises(Invalid), runtime.unit_of_work(staff(1)) as uow:
        claiming.approve(
            uow, made.view.id, version=made.view.version, givers=LEAD, refund_minor=2_001
        )
    with runtime.unit_of_work(staff(1)) as uow:
        done = claiming.approve(
            uow,
            made.view.id,
            version=made.view.version,
            givers=LEAD,
            refund_minor=1_200,
            note="half is fine",
            answer="We refund 1,200 yen.",
        )
    assert (done.refund, done.answer) == (Money(1_200, "JPY"), "We refund 1,200 yen.")
    with pytest.raises(ClaimAlreadyDecided), runtime.unit_of_work(staff(2)) as uow:
        claiming.approve(uow, made.view.id, version=done.version, givers=LEAD)
    process.drain(runtime)
    assert audit(runtime.database) == ()


def test_evidence_that_is_missing_sends_it_to_a_person(runtime: Runtime, shop: Shop) -> None:
    order = begin(runtime, shop, reasons={"damaged": {"evidence": ["photo"]}})
    without = ask(runtime, wish(order))
    assert without.view.referred_by_rule == "evidence_needed"
    shown = ask(runtime, wish(order, key="d", evidence=frozenset({"photo"})))
    assert shown.outcome is Outcome.AT_ONCE


@pytest.mark.parametrize("remedy", list(Remedy))
def test_goods_that_come_back_first_are_remedied_on_receipt(
    runtime: Runtime, shop: Shop, remedy: Remedy
) -> None:
    order = begin(runtime, shop, reasons={"defective": {"goods": "come_back"}})
    wanted = wish(order, 2, reason=ClaimReason.DEFECTIVE, remedy=remedy)
    made = ask(runtime, wanted)
    assert (made.view.state, made.outcome) == (ClaimState.AWAITING_GOODS, Outcome.AT_ONCE)
    assert made.view.return_id is not None
    with runtime.unit_of_work(staff(1)) as uow:
        view = return_queries.by_id(uow.session, made.view.return_id)
        assert view.kind is ReturnKind.CLAIM
        receiving.receive(uow, view.id, version=view.version)
    process.drain(runtime)
    with runtime.database.looking() as session:
        assert claim_queries.by_id(session, made.view.id).state is ClaimState.REMEDIED
        refunds = [one.amount.minor for one in payments.refunds(session, order.id)]
        lines = orders.lines(session, order.id)
    assert refunds == ([2_000] if remedy is Remedy.REFUND else [])
    assert [line.counters.ordered for line in lines] == ([2] if remedy is Remedy.REFUND else [2, 2])
    assert audit(runtime.database) == ()


def test_goods_of_a_claim_that_are_called_off_may_be_claimed_again(
    runtime: Runtime, shop: Shop
) -> None:
    order = begin(runtime, shop, reasons={"defective": {"goods": "come_back"}})
    made = ask(runtime, wish(order, 2, reason=ClaimReason.DEFECTIVE))
    assert made.view.return_id is not None
    with runtime.unit_of_work(customer(1)) as uow:
        view = return_queries.by_id(uow.session, made.view.return_id)
        returns.withdraw(uow, view.id, version=view.version)
        assert claim_queries.by_id(uow.session, made.view.id).state is ClaimState.CANCELLED
    again = ask(runtime, wish(order, 2, reason=ClaimReason.DEFECTIVE, key="d"))
    assert again.view.state is ClaimState.AWAITING_GOODS
    process.drain(runtime)
    assert audit(runtime.database) == ()


@pytest.mark.parametrize(
    ("given", "rules", "code"),
    [
        ({"quantity": 3}, {}, Code.TOO_MANY),
        (
            {"remedy": Remedy.REPLACEMENT},
            {"reasons": {"damaged": {"remedies": ["refund"]}}},
            Code.REMEDY_NOT_OFFERED,
        ),
        (
            {},
            {"days_ago": 20, "reasons": {"damaged": {"window_days": 14}}},
            Code.CLAIM_WINDOW_CLOSED,
        ),
    ],
)
def test_a_refusal_is_named_and_changes_nothing(
    runtime: Runtime, shop: Shop, given: dict[str, Any], rules: dict[str, Any], code: Code
) -> None:
    order = begin(runtime, shop, **rules)
    with pytest.raises(ClaimRefused) as refused:
        ask(runtime, wish(order, **given))
    assert [cause.code for cause in refused.value.decision.causes] == [code]
    with runtime.database.reading() as connection:
        assert claim_queries.of_orders(connection, [order.id]) == ()
        assert payments.refunds(connection, order.id) == ()


def test_what_has_not_been_sent_or_is_on_its_way_cannot_be_claimed(
    runtime: Runtime, shop: Shop
) -> None:
    begin(runtime, shop)
    with runtime.unit_of_work(SYSTEM) as uow:
        waits, sent = make_order(uow, shop), make_shipped_order(uow, shop)
    codes = []
    for order, reason in (
        (waits, ClaimReason.NOT_RECEIVED),
        (sent, ClaimReason.DAMAGED),
    ):
        with pytest.raises(ClaimRefused) as refused:
            ask(runtime, wish(order, reason=reason))
        codes.append(refused.value.decision.causes[0].code)
    assert codes == [Code.NOT_SHIPPED, Code.NOT_DELIVERED]


def test_nothing_is_replaced_from_an_empty_shelf(runtime: Runtime, shop: Shop) -> None:
    order = begin(runtime, shop)
    with runtime.unit_of_work(SYSTEM) as uow:
        make_order(uow, shop, items={"COFFEE": 8})
    with pytest.raises(ClaimRefused) as refused:
        ask(runtime, wish(order, remedy=Remedy.REPLACEMENT))
    assert refused.value.decision.causes[0].code is Code.VARIANT_OUT_OF_STOCK


def test_a_rejected_claim_may_be_made_again(runtime: Runtime, shop: Shop) -> None:
    order = begin(runtime, shop, approval="person")
    made = ask(runtime, wish(order, 2))
    with runtime.unit_of_work(staff(1)) as uow:
        claiming.reject(uow, made.view.id, version=made.view.version, answer="Sorry.")
    again = ask(runtime, wish(order, 2, key="d"))
    with runtime.unit_of_work(customer(1)) as uow:
        done = claiming.withdraw(uow, again.view.id, version=None)
    assert done.state is ClaimState.CANCELLED


def limited(runtime: Runtime, shop: Shop, agent: int = 1_500) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        payment_rules.adopt(
            uow,
            channel_id=shop.channel_id,
            rules={"refund_up_to_minor": {"agent": agent}},
            text={"ja": "返金", "en": "Refunds"},
        )


def approve(
    runtime: Runtime, made: Claimed, givers: frozenset[Giver], *, by: int = 1
) -> claim_queries.ClaimView:
    with runtime.unit_of_work(staff(by)) as uow:
        view = made.view
        return claiming.approve(uow, view.id, version=view.version, givers=givers)


def owed(runtime: Runtime, order: MadeOrder) -> tuple[RefundView, ...]:
    with runtime.database.looking() as session:
        return payments.refunds(session, order.id)


@pytest.mark.parametrize("goods", list(Goods))
def test_above_the_limit_of_who_approves_it_takes_two(
    runtime: Runtime, shop: Shop, goods: Goods
) -> None:
    order = begin(runtime, shop, reasons={"damaged": {"goods": goods, "approval": "person"}})
    limited(runtime, shop)
    made = ask(runtime, wish(order, 2))
    assert made.view.goods is goods
    done = approve(runtime, made, AGENT)
    assert done.needs_second_person
    if done.return_id is not None:
        assert owed(runtime, order) == ()
        with runtime.unit_of_work(staff(9)) as uow:
            receiving.receive(uow, done.return_id, version=None)
    process.drain(runtime)
    (refund,) = owed(runtime, order)
    assert (refund.amount, refund.state, refund.requested_by) == (
        Money(2_000, "JPY"),
        RefundState.AWAITING_APPROVAL,
        "staff:1",
    )
    with pytest.raises(SecondPersonNeeded), runtime.unit_of_work(staff(1)) as uow:
        refunds.approve(uow, refund.id)
    with runtime.unit_of_work(staff(2)) as uow:
        agreed = refunds.approve(uow, refund.id)
    assert (agreed.state, agreed.decided_by) == (RefundState.REQUESTED, "staff:2")
    process.drain(runtime)
    assert audit(runtime.database) == ()


def test_within_their_limit_one_person_is_enough(runtime: Runtime, shop: Shop) -> None:
    order = begin(runtime, shop)
    limited(runtime, shop, agent=2_000)
    done = approve(runtime, ask(runtime, wish(order, 2)), AGENT)
    assert not done.needs_second_person
    assert [one.state for one in owed(runtime, order)] == [RefundState.REQUESTED]


def test_small_claims_of_one_order_add_up_to_the_limit(runtime: Runtime, shop: Shop) -> None:
    order = begin(runtime, shop, approval="person")
    limited(runtime, shop)
    for key, needs in (("c", False), ("d", True)):
        done = approve(runtime, ask(runtime, wish(order, key=key)), AGENT)
        assert done.needs_second_person is needs
    states = {one.state for one in owed(runtime, order)}
    assert states == {RefundState.REQUESTED, RefundState.AWAITING_APPROVAL}


def test_what_policy_approves_is_under_no_limit(runtime: Runtime, shop: Shop) -> None:
    order = begin(runtime, shop)
    limited(runtime, shop, agent=0)
    assert not ask(runtime, wish(order)).view.needs_second_person
    assert [one.state for one in owed(runtime, order)] == [RefundState.REQUESTED]
