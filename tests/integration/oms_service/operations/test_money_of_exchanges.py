"""Exchanges whose difference is not here yet, that are undone halfway, or never sent back."""

import pytest

from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.errors import Invalid
from oms_service.kernel.money import Money
from oms_service.operations.changes import changing
from oms_service.operations.changes.change_wishes import CallOff
from oms_service.operations.changes.changing import Wanted as WantedChange
from oms_service.operations.reconcile import audit
from oms_service.operations.returning import claiming, exchanging, receiving, returns
from oms_service.operations.returning.claiming import ClaimedLine, ClaimRefused, WantedClaim
from oms_service.operations.returning.exchanging import (
    ExchangeRefused,
    ExchangeRequested,
    WantedExchange,
    WantedSwap,
)
from oms_service.operations.returning.returns import Refused, Wanted, WantedLine
from oms_service.operations.rules import change_rules
from oms_service.orders import queries as orders
from oms_service.orders.policy import Sums
from oms_service.payments import attempts
from oms_service.payments import queries as payments
from oms_service.payments.attempts import AttemptView
from oms_service.payments.states import AttemptState, MethodKind, Purpose
from oms_service.returns.service import Arrived
from oms_service.returns.states import ClaimReason, Disposition, Remedy, ReturnReason
from oms_service.runtime import Runtime
from tests.factories.coming_back import (
    TEXT,
    adopt_claims,
    adopt_exchanges,
    adopt_returns,
    make_sibling,
)
from tests.factories.money import adopt, make_balance, make_card, make_method, run
from tests.factories.orders import MadeOrder, make_delivered_order
from tests.factories.shop import Shop, make_shop


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_shop(uow, stock=10)
        make_sibling(uow, made, "BIG", price=1_500)
        adopt_returns(uow, made)
        adopt_claims(uow, made)
    return made


def begin(
    runtime: Runtime,
    shop: Shop,
    *,
    sends: str = "at_once",
    kind: MethodKind = MethodKind.KONBINI,
    units: int = 2,
) -> tuple[MadeOrder, int]:
    """Coffees at 1,000 yen, paid by card and delivered, and another method of the customer's."""
    with runtime.unit_of_work(SYSTEM) as uow:
        adopt_exchanges(uow, shop, sends=sends, settles="at_once")
        paid_with = make_card(uow, shop)
        other = make_card(uow, shop, "pm_2") if kind is MethodKind.CARD else None
        if kind is MethodKind.GIFT_CARD:
            other = make_balance(uow, shop, 5_000)
        other = other or make_method(uow, shop, kind)
        order = make_delivered_order(uow, shop, items={"COFFEE": units}, method_id=paid_with)
    run(runtime)
    return order, other


def ask(
    runtime: Runtime, order: MadeOrder, method_id: int, *, units: int = 1, key: str = "x"
) -> ExchangeRequested:
    swap = WantedSwap(line_id=order.line_ids[0], sku="BIG", quantity=units)
    with runtime.unit_of_work(SYSTEM) as uow:
        return exchanging.request(
            uow,
            WantedExchange(
                order_id=order.id, swaps=[swap], channel="desk", key=key, method_id=method_id
            ),
        )


def call_off(runtime: Runtime, made: ExchangeRequested) -> None:
    with runtime.unit_of_work(staff(1)) as uow:
        returns.withdraw(uow, made.view.id, version=None)


def asked_of(runtime: Runtime, order: MadeOrder) -> tuple[AttemptView, ...]:
    with runtime.database.looking() as session:
        return attempts.of_order(session, order.id)


def pay(runtime: Runtime, attempt: AttemptView, reference: str = "slip-1") -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        attempts.finish(uow, attempt.id, reference=reference)


def sums_of(runtime: Runtime, order: MadeOrder) -> tuple[int, Sums, list[int]]:
    """What the order costs, its ledger, and what is owed back or was paid back."""
    with runtime.database.reading() as connection:
        return (
            orders.by_id(connection, order.id).total.minor,
            payments.sums(connection, order.id),
            [one.amount.minor for one in payments.refunds(connection, order.id)],
        )


@pytest.mark.parametrize("sends", ["at_once", "on_receipt"])
def test_a_slip_nobody_paid_is_waited_for_no_longer(
    runtime: Runtime, shop: Shop, sends: str
) -> None:
    order, konbini = begin(runtime, shop, sends=sends)
    made = ask(runtime, order, konbini)
    run(runtime)
    (waits,) = asked_of(runtime, order)
    assert (waits.state, waits.amount) == (AttemptState.WAITING, Money(500, "JPY"))
    call_off(runtime, made)
    run(runtime)
    (ended,) = asked_of(runtime, order)
    assert ended.state is AttemptState.ENDED
    assert sums_of(runtime, order) == (2_000, Sums(captured=2_000), [])
    pay(runtime, ended)
    run(runtime)
    assert sums_of(runtime, order) == (2_000, Sums(captured=2_500), [500])
    assert audit(runtime.database) == ()


def test_what_was_paid_before_goes_back_once(runtime: Runtime, shop: Shop) -> None:
    order, konbini = begin(runtime, shop)
    made = ask(runtime, order, konbini)
    run(runtime)
    pay(runtime, asked_of(runtime, order)[0])
    call_off(runtime, made)
    run(runtime)
    assert sums_of(runtime, order) == (2_000, Sums(captured=2_500), [500])
    assert audit(runtime.database) == ()


def test_a_provider_asked_just_now_is_paid_back_should_it_take_the_money(
    runtime: Runtime, shop: Shop
) -> None:
    order, konbini = begin(runtime, shop)
    made = ask(runtime, order, konbini)
    call_off(runtime, made)
    assert sums_of(runtime, order) == (2_000, Sums(captured=2_000), [])
    run(runtime)
    pay(runtime, asked_of(runtime, order)[0])
    run(runtime)
    assert sums_of(runtime, order) == (2_000, Sums(captured=2_500), [500])
    assert audit(runtime.database) == ()


def test_promised_money_is_let_go(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        adopt(uow, shop, capture="manual")
    order, card = begin(runtime, shop, kind=MethodKind.CARD)
    made = ask(runtime, order, card)
    run(runtime)
    pay(runtime, asked_of(runtime, order)[0], "pi_7")
    run(runtime)
    call_off(runtime, made)
    promised, let_go = asked_of(runtime, order)
    assert (promised.purpose, promised.state) == (Purpose.AUTHORIZE, AttemptState.DONE)
    assert (let_go.purpose, let_go.payment_ref, let_go.amount) == (
        Purpose.VOID,
        "pi_7",
        Money(500, "JPY"),
    )
    assert sums_of(runtime, order)[2] == []
    assert audit(runtime.database) == ()


def test_a_slip_for_more_than_came_is_written_anew(runtime: Runtime, shop: Shop) -> None:
    order, konbini = begin(runtime, shop, sends="on_receipt")
    made = ask(runtime, order, konbini, units=2)
    run(runtime)
    with runtime.unit_of_work(staff(1)) as uow:
        one = Arrived(quantity=1, disposition=Disposition.RESTOCK)
        receiving.receive(uow, made.view.id, version=None, arrived={order.line_ids[0]: one})
    old, new = asked_of(runtime, order)
    assert (old.state, old.amount) == (AttemptState.ENDED, Money(1_000, "JPY"))
    assert (new.state, new.amount) == (AttemptState.REQUESTED, Money(500, "JPY"))
    assert sums_of(runtime, order) == (2_500, Sums(captured=2_000), [])
    assert audit(runtime.database) == ()


def test_nobody_keeps_old_goods_for_nothing(runtime: Runtime, shop: Shop) -> None:
    """New units are cancelled and paid back; undoing the exchange then charges the old ones."""
    order, gift = begin(runtime, shop, kind=MethodKind.GIFT_CARD, units=1)
    made = ask(runtime, order, gift)
    with runtime.unit_of_work(SYSTEM) as uow:
        rules = {"cancel": {"in_part": True, "partly_shipped": True}}
        change_rules.adopt(uow, channel_id=shop.channel_id, rules=rules, text=TEXT)
    new_id = made.exchange.lines[0].new_line_id or 0
    wish = CallOff(reason="no_longer_needed", lines={new_id: 1})
    with runtime.unit_of_work(staff(1)) as uow:
        changing.request(uow, WantedChange(order_id=order.id, wish=wish, channel="desk", key="c"))
    assert sums_of(runtime, order)[0] == 0
    call_off(runtime, made)
    run(runtime)
    total, sums, back = sums_of(runtime, order)
    assert (total, sums.captured - sum(back)) == (1_000, 1_000)
    assert audit(runtime.database) == ()


def test_units_that_were_exchanged_and_kept_are_put_right_no_more(
    runtime: Runtime, shop: Shop
) -> None:
    order, gift = begin(runtime, shop, kind=MethodKind.GIFT_CARD, units=1)
    made = ask(runtime, order, gift)
    with runtime.unit_of_work(staff(1)) as uow:
        receiving.receive(uow, made.view.id, version=None, arrived={})
    line_id = order.line_ids[0]
    before = sums_of(runtime, order)
    with pytest.raises(ExchangeRefused):
        ask(runtime, order, gift, key="again")
    back = [WantedLine(line_id=line_id, quantity=1, reason=ReturnReason.CHANGED_MIND)]
    with pytest.raises(Refused), runtime.unit_of_work(SYSTEM) as uow:
        returns.request(uow, Wanted(order_id=order.id, lines=back, channel="desk", key="r"))
    wrong = [ClaimedLine(line_id=line_id, quantity=1, reason=ClaimReason.DAMAGED)]
    with pytest.raises(ClaimRefused), runtime.unit_of_work(SYSTEM) as uow:
        claiming.request(
            uow,
            WantedClaim(
                order_id=order.id, lines=wrong, remedy=Remedy.REFUND, channel="desk", key="c"
            ),
        )
    assert sums_of(runtime, order) == before
    assert audit(runtime.database) == ()


def test_a_key_is_of_one_order_and_one_thing(runtime: Runtime, shop: Shop) -> None:
    order, gift = begin(runtime, shop, kind=MethodKind.GIFT_CARD)
    ask(runtime, order, gift)
    with runtime.unit_of_work(SYSTEM) as uow:
        other = make_delivered_order(uow, shop)
    with pytest.raises(Invalid):
        ask(runtime, other, gift)
    back = [WantedLine(line_id=order.line_ids[0], quantity=1, reason=ReturnReason.CHANGED_MIND)]
    with pytest.raises(Invalid), runtime.unit_of_work(SYSTEM) as uow:
        returns.request(uow, Wanted(order_id=order.id, lines=back, channel="desk", key="x"))
