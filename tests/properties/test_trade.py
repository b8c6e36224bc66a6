"""Whatever customers and staff do, in whatever order, nothing is lost, doubled or below nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from oms_service import relay as process
from oms_service.inventory import queries as stock
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.errors import DomainError
from oms_service.kernel.money import Money
from oms_service.operations.changes import cancelling
from oms_service.operations.reconcile import audit
from oms_service.operations.returning import receiving, returns
from oms_service.operations.returning.returns import Wanted, WantedLine
from oms_service.operations.rules import policy
from oms_service.operations.rules.payment_rules import Giver
from oms_service.orders import queries as orders
from oms_service.payments import queries as payments
from oms_service.payments import service as payment_service
from oms_service.payments.service import WantedRefund
from oms_service.payments.states import RefundState
from oms_service.returns import queries as return_queries
from oms_service.returns.service import Arrived
from oms_service.returns.states import Disposition, ReturnReason
from oms_service.runtime import Runtime
from tests.factories.orders import MadeOrder, deliver, make_order, ship
from tests.factories.shop import Shop, make_shop


@dataclass
class Trade:
    """A shop and what was done in it; each step may be refused, none may break."""

    runtime: Runtime
    shop: Shop
    orders: list[MadeOrder] = field(default_factory=list)
    returns: list[int] = field(default_factory=list)
    steps: int = 0

    def do(self, name: str, which: int, units: int) -> None:
        self.steps += 1
        step: Callable[[int, int], None] = getattr(self, name)
        try:
            step(which, units)
        except DomainError:
            return

    def buy(self, which: int, units: int) -> None:
        items = {"COFFEE": units, "MUG": 1} if which % 2 else {"COFFEE": units}
        with self.runtime.unit_of_work(SYSTEM) as uow:
            made = make_order(uow, self.shop, items=items, may_backorder=which % 3 == 0)
        self.orders.append(made)

    def cancel(self, which: int, _: int) -> None:
        with self.runtime.unit_of_work(SYSTEM) as uow:
            cancelling.cancel(uow, self.an_order(which).id, reason="no_longer_needed")

    def send(self, which: int, _: int) -> None:
        order = self.an_order(which)
        with self.runtime.unit_of_work(SYSTEM) as uow:
            sent = ship(uow, self.shop, order)
            deliver(uow, sent, uow.now - timedelta(days=1))

    def ask(self, which: int, units: int) -> None:
        reason = list(ReturnReason)[which % len(ReturnReason)]
        order = self.an_order(which)
        line = WantedLine(line_id=order.line_ids[0], quantity=units, reason=reason)
        with self.runtime.unit_of_work(SYSTEM) as uow:
            made = returns.request(
                uow,
                Wanted(order_id=order.id, lines=[line], channel="web", key=f"k{self.steps}"),
            )
        self.returns.append(made.view.id)

    def approve(self, which: int, _: int) -> None:
        with self.runtime.unit_of_work(staff(1)) as uow:
            view = return_queries.by_id(uow.session, self.a_return(which))
            returns.approve(uow, view.id, version=view.version, givers={Giver.LEAD})

    def reject(self, which: int, _: int) -> None:
        with self.runtime.unit_of_work(staff(1)) as uow:
            view = return_queries.by_id(uow.session, self.a_return(which))
            returns.reject(uow, view.id, version=view.version)

    def receive(self, which: int, units: int) -> None:
        disposition = list(Disposition)[which % len(Disposition)]
        with self.runtime.unit_of_work(staff(1)) as uow:
            view = return_queries.by_id(uow.session, self.a_return(which))
            came = {
                line.order_line_id: Arrived(
                    quantity=min(units, line.quantity), disposition=disposition
                )
                for line in view.lines
            }
            receiving.receive(uow, view.id, version=view.version, arrived=came)

    def refund(self, which: int, units: int) -> None:
        with self.runtime.unit_of_work(staff(1)) as uow:
            payment_service.request_refund(
                uow,
                WantedRefund(
                    order_id=self.an_order(which).id,
                    amount=Money(units * 700, "JPY"),
                    reason="goodwill",
                    key=f"k{self.steps}",
                ),
            )

    def pay(self, which: int, _: int) -> None:
        with self.runtime.unit_of_work(staff(1)) as uow:
            waiting = [
                one
                for order in self.orders
                for one in payments.refunds(uow.session, order.id)
                if one.state is RefundState.REQUESTED
            ]
            if waiting:
                payment_service.confirm_paid(uow, waiting[which % len(waiting)].id)

    def an_order(self, which: int) -> MadeOrder:
        if not self.orders:
            raise Nothing
        return self.orders[which % len(self.orders)]

    def a_return(self, which: int) -> int:
        if not self.returns:
            raise Nothing
        return self.returns[which % len(self.returns)]


class Nothing(DomainError):
    """There is nothing to do it with yet."""


STEPS = ("buy", "send", "ask", "approve", "receive", "reject", "refund", "pay", "cancel")


@pytest.fixture
def fresh(runtime: Runtime) -> Callable[[], Trade]:
    def make() -> Trade:
        with runtime.unit_of_work(SYSTEM) as uow:
            tables = uow.session.scalars(
                text(
                    "SELECT string_agg(format('%I', tablename), ', ') FROM pg_tables"
                    " WHERE schemaname = 'public'"
                    " AND tablename NOT IN ('alembic_version', 'queues', 'case_reasons')"
                )
            ).one()
            uow.session.execute(text(f"TRUNCATE {tables} RESTART IDENTITY"))
            shop = make_shop(uow, stock=8)
            rules = {"window_days": 30, "fee_minor": 300, "at_once_up_to_minor": 1_500}
            policy.adopt(uow, channel_id=shop.channel_id, rules=rules, text={})
        return Trade(runtime, shop)

    return make


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(
        st.tuples(st.sampled_from(STEPS), st.integers(0, 11), st.integers(1, 4)),
        min_size=4,
        max_size=18,
    )
)
def test_any_trade_adds_up(fresh: Callable[[], Trade], steps: list[tuple[str, int, int]]) -> None:
    trade = fresh()
    for step in (("buy", 1, 2), ("send", 0, 1), *steps):
        trade.do(*step)
    process.drain(trade.runtime)
    assert audit(trade.runtime.database) == ()
    with trade.runtime.database.reading() as connection:
        for level in stock.availability(connection, [trade.shop.coffee_id, trade.shop.mug_id]):
            assert 0 <= level.allocated <= level.on_hand
        for order in trade.orders:
            sums = payments.sums(connection, order.id)
            owed = sum(
                one.amount.minor
                for one in payments.refunds(connection, order.id)
                if one.state != "paid"
            )
            assert sums.refunded + owed <= sums.captured
            for line in orders.lines(connection, order.id):
                assert min(vars(line.counters).values()) >= 0
