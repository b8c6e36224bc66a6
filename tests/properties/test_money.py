"""Whatever is done with an order's money, in whatever order: never more goes back than came."""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM, Actor, ActorKind
from oms_service.kernel.errors import DomainError
from oms_service.kernel.money import Money
from oms_service.operations.money import paying, refunding
from oms_service.operations.money.refunding import RefundReason, Wish
from oms_service.operations.reconcile import audit
from oms_service.operations.rules.payment_rules import Giver
from oms_service.payments import attempts, chargebacks, policy, refunds
from oms_service.payments import queries as payments
from oms_service.payments.chargebacks import NewChargeback
from oms_service.payments.policy import Authorization, Use
from oms_service.payments.states import ChargebackAction, MethodKind, RefundPart
from oms_service.runtime import Runtime
from tests.factories.money import adopt, make_card, make_method, order_paid_by, run
from tests.factories.shop import Shop, make_shop

ONE, TWO = Actor(ActorKind.STAFF, "1"), Actor(ActorKind.STAFF, "2")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "capture",
                "finish",
                "refuse",
                "retry",
                "void",
                "refund",
                "shipping",
                "goodwill",
                "approve",
                "decline",
                "fail",
                "pay",
                "credit",
                "dispute",
                "win",
                "lose",
            ]
        ),
        st.integers(1, 1_200),
        st.integers(0, 3),
    ),
    max_size=14,
)


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_shop(uow)
        adopt(uow, made, capture="manual", goodwill_up_to_minor={"agent": 300})
    return made


@how(
    max_examples=16,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_no_more_goes_back_than_came(
    runtime: Runtime, shop: Shop, steps: list[tuple[str, int, int]]
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        card = make_card(uow, shop)
        slip = make_method(uow, shop, MethodKind.KONBINI)
        orders = [order_paid_by(uow, shop, card), order_paid_by(uow, shop, slip, 1_000)]
    run(runtime)
    for number, (what, amount, which) in enumerate(steps):
        order = orders[which % 2]
        with suppress(DomainError), runtime.unit_of_work(TWO if number % 3 else ONE) as uow:
            _do(uow, what, order.id, amount, which, key=f"{number}")
    for _round in range(2):
        for order in orders:
            with runtime.database.looking() as session:
                sums = payments.sums(session, order.id)
                assert sums.captured + sums.voided <= max(sums.authorized, sums.captured)
                assert sums.captured >= sums.refunded + sums.charged_back
                assert policy.refundable(payments.left_by_method(session, order.id)) >= 0
        run(runtime)
    assert audit(runtime.database) == ()


def _do(uow: UnitOfWork, what: str, order_id: int, amount: int, which: int, *, key: str) -> None:
    if what in {"capture", "void", "finish", "refuse", "retry"}:
        _take(uow, what, order_id, amount, which, key=key)
    elif what in {"dispute", "win", "lose"}:
        _dispute(uow, what, order_id, amount, which, key=key)
    elif what in {"refund", "shipping", "goodwill"}:
        refunding.request(
            uow,
            Wish(
                order_id=order_id,
                amount=Money(amount, "JPY"),
                part=RefundPart.ORDER if what == "refund" else RefundPart(what),
                reason=RefundReason.OTHER,
                key=key,
                givers={Giver.AGENT},
                to_store_credit=bool(which % 2),
            ),
        )
    else:
        _go_on(uow, what, order_id, which)


def _take(uow: UnitOfWork, what: str, order_id: int, amount: int, which: int, *, key: str) -> None:
    asked = attempts.of_order(uow.session, order_id)
    one = asked[which % len(asked)]
    match what:
        case "capture":
            paying.capture(uow, order_id, Money(amount, "JPY"), key=key)
        case "void":
            paying.let_go(uow, order_id, key=key, reason="test")
        case "finish":
            attempts.finish(uow, one.id)
        case "refuse":
            attempts.refuse(uow, one.id, "no", round_=one.round)
        case _:
            attempts.retry(uow, one.id)


def _dispute(
    uow: UnitOfWork, what: str, order_id: int, amount: int, which: int, *, key: str
) -> None:
    known = chargebacks.of_order(uow.session, order_id)
    if what == "dispute":
        new = NewChargeback(
            order_id=order_id, amount=Money(amount, "JPY"), reason="fraud", key=f"t{order_id}:{key}"
        )
        chargebacks.open_one(uow, new)
    elif known:
        action = ChargebackAction.WIN if what == "win" else ChargebackAction.LOSE
        chargebacks.settle(uow, known[which % len(known)].id, action)


def _go_on(uow: UnitOfWork, what: str, order_id: int, which: int) -> None:
    back = payments.refunds(uow.session, order_id)
    if not back:
        return
    refund_id = back[which % len(back)].id
    match what:
        case "approve":
            refunds.approve(uow, refund_id)
        case "decline":
            refunds.decline(uow, refund_id)
        case "fail":
            refunds.fail(uow, refund_id, "no")
        case "pay":
            refunds.confirm_by_hand(uow, refund_id)
        case _:
            refunding.redirect(uow, refund_id, method_id=None)


AMOUNTS = st.integers(1, 1_000)
REFERENCES = st.sampled_from(["", "pi_1", "pi_2"])


@given(
    st.lists(st.builds(Authorization, st.sampled_from([1, 2]), REFERENCES, AMOUNTS), max_size=4),
    st.lists(st.builds(Use, st.sampled_from([1, 2]), REFERENCES, AMOUNTS), max_size=4),
)
def test_no_use_makes_more_of_a_promise(given_: list[Authorization], uses: list[Use]) -> None:
    left = policy.open_authorizations(given_, uses)
    promised = sum(one.left_minor for one in given_)
    assert 0 <= sum(one.left_minor for one in left) <= promised
    assert promised - sum(one.left_minor for one in left) <= sum(one.amount_minor for one in uses)
    assert policy.open_authorizations(given_, list(reversed(uses))) == left
