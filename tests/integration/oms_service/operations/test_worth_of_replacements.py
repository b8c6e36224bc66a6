"""Replacements are worth what they replace; what undoes a remedy brings the claim back."""

import pytest

from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.money import Money
from oms_service.operations.changes import changing
from oms_service.operations.changes.change_wishes import CallOff, SetQuantities
from oms_service.operations.changes.changing import Wanted as WantedChange
from oms_service.operations.reconcile import audit
from oms_service.operations.returning import claiming, exchanging, receiving, returns
from oms_service.operations.returning.claiming import Claimed, ClaimedLine, WantedClaim
from oms_service.operations.returning.exchanging import WantedExchange, WantedSwap
from oms_service.operations.returning.returns import Refused, Wanted, WantedLine
from oms_service.operations.rules import change_rules
from oms_service.operations.rules.payment_rules import Giver
from oms_service.orders import queries as orders
from oms_service.orders.queries import LineView
from oms_service.payments import queries as payments
from oms_service.payments import refunds
from oms_service.payments.states import RefundState
from oms_service.ports.carrier import CarrierStatus, ScanFact
from oms_service.returns import claim_queries
from oms_service.returns.states import ClaimReason, ClaimState, Goods, Remedy, ReturnReason
from oms_service.runtime import Runtime
from oms_service.shipping import service as shipping
from tests.factories.coming_back import (
    TEXT,
    adopt_claims,
    adopt_exchanges,
    adopt_returns,
    make_sibling,
)
from tests.factories.money import adopt, make_card, run
from tests.factories.orders import CARRIER, TOKYO, MadeOrder, make_delivered_order, ship
from tests.factories.shop import Shop, make_shop

LEAD, AGENT = {Giver.LEAD}, {Giver.AGENT}


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_shop(uow, stock=20)
        make_sibling(uow, made, "BIG", price=1_500)
        adopt_returns(uow, made)
        adopt_exchanges(uow, made, sends="at_once", settles="at_once")
        adopt_claims(uow, made, reasons={"defective": {"goods": "come_back", "approval": "person"}})
        adopt(uow, made, refund_up_to_minor={"agent": 1_500})
        rules = {
            "cancel": {"in_part": True, "partly_shipped": True},
            "quantity": {"partly_shipped": True},
        }
        change_rules.adopt(uow, channel_id=made.channel_id, rules=rules, text=TEXT)
    return made


def bought(runtime: Runtime, shop: Shop, units: int = 2) -> MadeOrder:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_delivered_order(
            uow, shop, items={"COFFEE": units}, method_id=make_card(uow, shop)
        )
    run(runtime)
    return order


def claim(
    runtime: Runtime,
    order: MadeOrder,
    line_id: int,
    *,
    units: int = 1,
    remedy: Remedy = Remedy.REPLACEMENT,
    reason: ClaimReason = ClaimReason.DAMAGED,
    key: str = "claim",
) -> Claimed:
    with runtime.unit_of_work(staff(5)) as uow:
        return claiming.request(
            uow,
            WantedClaim(
                order_id=order.id,
                lines=[ClaimedLine(line_id=line_id, quantity=units, reason=reason)],
                remedy=remedy,
                channel="desk",
                key=key,
            ),
        )


def allow(runtime: Runtime, claim_id: int, givers: set[Giver] | None = None, by: int = 1) -> None:
    with runtime.unit_of_work(staff(by)) as uow:
        view = claim_queries.by_id(uow.session, claim_id)
        if view.state is ClaimState.REQUESTED:
            claiming.approve(uow, claim_id, version=view.version, givers=givers or LEAD)


def state_of(runtime: Runtime, claim_id: int) -> ClaimState:
    with runtime.database.reading() as connection:
        return claim_queries.by_id(connection, claim_id).state


def lines_of(runtime: Runtime, order: MadeOrder) -> tuple[LineView, ...]:
    with runtime.database.reading() as connection:
        return orders.lines(connection, order.id)


def total(runtime: Runtime, order: MadeOrder) -> int:
    with runtime.database.reading() as connection:
        return orders.by_id(connection, order.id).total.minor


def back(runtime: Runtime, order: MadeOrder) -> list[int]:
    with runtime.database.reading() as connection:
        return [one.amount.minor for one in payments.refunds(connection, order.id)]


def arrive(runtime: Runtime, shop: Shop, order: MadeOrder, line_id: int) -> None:
    """The replacement is sent, and is there."""
    with runtime.unit_of_work(SYSTEM) as uow:
        sent = ship(uow, shop, MadeOrder(order.id, order.number, (line_id,)))
        fact = ScanFact(
            carrier=CARRIER,
            tracking_number=sent.tracking_number,
            event_key=f"there-{line_id}",
            status=CarrierStatus.DELIVERED,
            occurred_at=uow.now,
        )
        shipping.record_scans(uow, [fact], zone=TOKYO)
    run(runtime)


def replaced(runtime: Runtime, shop: Shop, order: MadeOrder, line_id: int, key: str) -> int:
    """The line of a replacement that has arrived."""
    made = claim(runtime, order, line_id, key=key)
    allow(runtime, made.view.id)
    run(runtime)
    new = lines_of(runtime, order)[-1].id
    arrive(runtime, shop, order, new)
    return new


def give_back(runtime: Runtime, order: MadeOrder, line_id: int, units: int, key: str) -> None:
    line = WantedLine(line_id=line_id, quantity=units, reason=ReturnReason.CHANGED_MIND)
    with runtime.unit_of_work(SYSTEM) as uow:
        wanted = Wanted(order_id=order.id, lines=[line], channel="desk", key=key)
        made = returns.request(uow, wanted)
        receiving.receive(uow, made.view.id, version=None)
    run(runtime)


def test_a_replacement_that_comes_back_is_refunded_in_full(runtime: Runtime, shop: Shop) -> None:
    order = bought(runtime, shop)
    new = replaced(runtime, shop, order, order.line_ids[0], "a")
    assert total(runtime, order) == 2_000
    give_back(runtime, order, new, 1, "r")
    assert back(runtime, order) == [1_000]
    with pytest.raises(Refused):
        give_back(runtime, order, order.line_ids[0], 2, "both")
    give_back(runtime, order, order.line_ids[0], 1, "other")
    assert back(runtime, order) == [1_000, 1_000]
    assert audit(runtime.database) == ()


def test_a_replacement_of_a_replacement_is_worth_it_too(runtime: Runtime, shop: Shop) -> None:
    order = bought(runtime, shop, 1)
    first = replaced(runtime, shop, order, order.line_ids[0], "a")
    second = replaced(runtime, shop, order, first, "b")
    made = claim(runtime, order, second, remedy=Remedy.REFUND, key="c")
    allow(runtime, made.view.id)
    run(runtime)
    assert back(runtime, order) == [1_000]
    assert audit(runtime.database) == ()


def test_a_replacement_is_exchanged_at_its_worth(runtime: Runtime, shop: Shop) -> None:
    order = bought(runtime, shop)
    new = replaced(runtime, shop, order, order.line_ids[0], "a")
    with runtime.database.looking() as session:
        swap = WantedSwap(line_id=new, sku="BIG", quantity=1)
        now = orders.by_id(session, order.id).placed_at
        assert now is not None
        seen = exchanging.preview(session, order.id, [swap], now=now)
    assert seen.difference == Money(500, "JPY")
    with runtime.unit_of_work(SYSTEM) as uow:
        exchanging.request(
            uow,
            WantedExchange(
                order_id=order.id,
                swaps=[swap],
                channel="desk",
                key="x",
                method_id=make_card(uow, shop),
            ),
        )
    run(runtime)
    assert total(runtime, order) == 2_500
    assert audit(runtime.database) == ()


@pytest.mark.parametrize("way", ["cancel", "quantity"])
@pytest.mark.parametrize("reason", [ClaimReason.DAMAGED, ClaimReason.DEFECTIVE])
def test_a_replacement_called_off_before_it_leaves_brings_the_claim_back(
    runtime: Runtime, shop: Shop, way: str, reason: ClaimReason
) -> None:
    order = bought(runtime, shop, 3)
    made = claim(runtime, order, order.line_ids[0], units=2, reason=reason)
    allow(runtime, made.view.id)
    if reason is ClaimReason.DEFECTIVE:
        with runtime.unit_of_work(staff(9)) as uow:
            view = claim_queries.by_id(uow.session, made.view.id)
            receiving.receive(uow, view.return_id or 0, version=None)
    run(runtime)
    assert state_of(runtime, made.view.id) is ClaimState.REMEDIED
    new = lines_of(runtime, order)[-1]
    assert new.counters.wanted == 2
    call_off = CallOff(reason="no_longer_needed", lines={new.id: 1})
    wish = call_off if way == "cancel" else SetQuantities(quantities={new.id: 1})
    with runtime.unit_of_work(staff(1)) as uow:
        changing.request(uow, WantedChange(order_id=order.id, wish=wish, channel="desk", key="c"))
    run(runtime)
    assert (total(runtime, order), back(runtime, order)) == (3_000, [])
    assert state_of(runtime, made.view.id) is ClaimState.REQUESTED
    assert audit(runtime.database) == ()
    allow(runtime, made.view.id)
    run(runtime)
    again = lines_of(runtime, order)[-1]
    assert (again.counters.ordered, again.counters.charged) == (1, 1)
    assert state_of(runtime, made.view.id) is ClaimState.REMEDIED
    assert (total(runtime, order), back(runtime, order)) == (3_000, [])
    assert audit(runtime.database) == ()


@pytest.mark.parametrize("goods", list(Goods))
def test_a_refund_the_second_person_declines_leaves_the_claim_open(
    runtime: Runtime, shop: Shop, goods: Goods
) -> None:
    order = bought(runtime, shop)
    reason = ClaimReason.DAMAGED if goods is Goods.STAY else ClaimReason.DEFECTIVE
    made = claim(runtime, order, order.line_ids[0], units=2, remedy=Remedy.REFUND, reason=reason)
    allow(runtime, made.view.id, AGENT)
    if goods is Goods.COME_BACK:
        with runtime.unit_of_work(staff(9)) as uow:
            view = claim_queries.by_id(uow.session, made.view.id)
            receiving.receive(uow, view.return_id or 0, version=None)
    run(runtime)
    with runtime.unit_of_work(staff(2)) as uow:
        (waits,) = payments.refunds(uow.session, order.id)
        assert (waits.state, waits.requested_by) == (RefundState.AWAITING_APPROVAL, "staff:1")
        refunds.decline(uow, waits.id)
    run(runtime)
    assert state_of(runtime, made.view.id) is ClaimState.REQUESTED
    assert audit(runtime.database) == ()
    allow(runtime, made.view.id, LEAD)
    run(runtime)
    assert state_of(runtime, made.view.id) is ClaimState.REMEDIED
    assert back(runtime, order) == [2_000, 2_000]
    assert audit(runtime.database) == ()


def test_a_return_above_the_limit_of_who_allows_it_takes_two(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        adopt_returns(uow, shop, at_once_up_to_minor=500)
    order = bought(runtime, shop)
    line_id = order.line_ids[0]
    for number, waits in ((1, False), (2, True)):
        line = WantedLine(line_id=line_id, quantity=1, reason=ReturnReason.CHANGED_MIND)
        with runtime.unit_of_work(SYSTEM) as uow:
            wanted = Wanted(order_id=order.id, lines=[line], channel="desk", key=f"r{number}")
            made = returns.request(uow, wanted)
        with runtime.unit_of_work(staff(1)) as uow:
            view = returns.approve(uow, made.view.id, version=made.view.version, givers=AGENT)
        assert view.needs_second_person is waits
    with runtime.unit_of_work(staff(9)) as uow:
        receiving.receive(uow, made.view.id, version=None)
    run(runtime)
    with runtime.database.reading() as connection:
        (refund,) = payments.refunds(connection, order.id)
    assert (refund.state, refund.requested_by) == (RefundState.AWAITING_APPROVAL, "staff:1")
    with runtime.unit_of_work(staff(2)) as uow:
        refunds.approve(uow, refund.id)
    run(runtime)
    assert audit(runtime.database) == ()
