"""Returns, exchanges, claims and cancellations of one order: units and money are conserved."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from oms_service import relay as process
from oms_service.inventory import queries as stock
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.errors import DomainError
from oms_service.operations.reconcile import audit
from oms_service.operations.returning import claiming, exchanging, receiving, returns
from oms_service.operations.returning.claiming import ClaimedLine, WantedClaim
from oms_service.operations.returning.exchanging import WantedExchange, WantedSwap
from oms_service.operations.returning.returns import Wanted, WantedLine
from oms_service.operations.rules.payment_rules import Giver
from oms_service.orders import queries as orders
from oms_service.payments import queries as payments
from oms_service.returns import claim_queries
from oms_service.returns import queries as return_queries
from oms_service.returns.service import Arrived
from oms_service.returns.states import ClaimReason, Disposition, Remedy, ReturnReason
from oms_service.runtime import Runtime
from tests.factories.coming_back import (
    adopt_claims,
    adopt_exchanges,
    adopt_returns,
    make_card,
    make_sibling,
)
from tests.factories.orders import MadeOrder, make_delivered_order
from tests.factories.shop import Shop, make_shop

UNITS = 4


@dataclass
class Matter:
    """One delivered order and what is done about it; each step may be refused, none may break."""

    runtime: Runtime
    shop: Shop
    order: MadeOrder
    card: int
    variants: tuple[int, ...]
    steps: int = 0
    returns: list[int] = field(default_factory=list)
    claims: list[int] = field(default_factory=list)

    def do(self, name: str, which: int, units: int) -> None:
        self.steps += 1
        step: Callable[[int, int], None] = getattr(self, name)
        try:
            step(which, units)
        except DomainError:
            return

    def send_back(self, which: int, units: int) -> None:
        line = WantedLine(
            line_id=self.order.line_ids[0],
            quantity=units,
            reason=list(ReturnReason)[which % len(ReturnReason)],
        )
        with self.runtime.unit_of_work(SYSTEM) as uow:
            made = returns.request(
                uow,
                Wanted(order_id=self.order.id, lines=[line], channel="desk", key=f"k{self.steps}"),
            )
        self.returns.append(made.view.id)

    def exchange(self, which: int, units: int) -> None:
        swap = WantedSwap(
            line_id=self.order.line_ids[0], sku=("BIG", "SMALL")[which % 2], quantity=units
        )
        with self.runtime.unit_of_work(SYSTEM) as uow:
            made = exchanging.request(
                uow,
                WantedExchange(
                    order_id=self.order.id,
                    swaps=[swap],
                    channel="desk",
                    key=f"k{self.steps}",
                    method_id=self.card,
                ),
            )
        self.returns.append(made.view.id)

    def claim(self, which: int, units: int) -> None:
        line = ClaimedLine(
            line_id=self.order.line_ids[0],
            quantity=units,
            reason=list(ClaimReason)[which % len(ClaimReason)],
        )
        with self.runtime.unit_of_work(SYSTEM) as uow:
            made = claiming.request(
                uow,
                WantedClaim(
                    order_id=self.order.id,
                    lines=[line],
                    remedy=list(Remedy)[which % 2],
                    channel="desk",
                    key=f"k{self.steps}",
                ),
            )
        self.claims.append(made.view.id)

    def approve(self, which: int, _: int) -> None:
        with self.runtime.unit_of_work(staff(1)) as uow:
            view = return_queries.by_id(uow.session, pick(self.returns, which))
            returns.approve(uow, view.id, version=view.version, givers={Giver.LEAD})

    def approve_claim(self, which: int, _: int) -> None:
        with self.runtime.unit_of_work(staff(1)) as uow:
            view = claim_queries.by_id(uow.session, pick(self.claims, which))
            claiming.approve(uow, view.id, version=view.version, givers={Giver.LEAD})

    def reject_claim(self, which: int, _: int) -> None:
        with self.runtime.unit_of_work(staff(1)) as uow:
            view = claim_queries.by_id(uow.session, pick(self.claims, which))
            claiming.reject(uow, view.id, version=view.version)

    def call_off(self, which: int, _: int) -> None:
        with self.runtime.unit_of_work(staff(1)) as uow:
            returns.withdraw(uow, pick(self.returns, which), version=None)

    def receive(self, which: int, units: int) -> None:
        to = (Disposition.RESTOCK, Disposition.QUALITY_CONTROL, Disposition.DISCARD)
        with self.runtime.unit_of_work(staff(1)) as uow:
            view = return_queries.by_id(uow.session, self.any_return(which))
            came = {
                line.order_line_id: Arrived(
                    quantity=min(units, line.missing), disposition=to[which % 3]
                )
                for line in view.lines
            }
            receiving.receive(
                uow, view.id, version=view.version, arrived=came, is_last=which % 2 == 0
            )

    def any_return(self, which: int) -> int:
        """A return, also one that a claim made."""
        with self.runtime.database.looking() as looking:
            found = return_queries.of_orders(looking, [self.order.id])
        return pick([view.id for view in found], which)


class Nothing(DomainError):
    """There is nothing to do it with yet."""


def pick(of: list[int], which: int) -> int:
    if not of:
        raise Nothing
    return of[which % len(of)]


STEPS = (
    "send_back",
    "exchange",
    "claim",
    "receive",
    "approve",
    "approve_claim",
    "reject_claim",
    "call_off",
)


@pytest.fixture
def fresh(runtime: Runtime) -> Callable[[str], Matter]:
    def make(sends: str) -> Matter:
        with runtime.unit_of_work(SYSTEM) as uow:
            tables = uow.session.scalars(
                text(
                    "SELECT string_agg(format('%I', tablename), ', ') FROM pg_tables"
                    " WHERE schemaname = 'public' AND tablename NOT IN"
                    " ('alembic_version', 'queues', 'case_reasons', 'stock_reasons')"
                )
            ).one()
            uow.session.execute(text(f"TRUNCATE {tables} RESTART IDENTITY"))
            shop = make_shop(uow, stock=8)
            big = make_sibling(uow, shop, "BIG", price=1_500, stock=3)
            small = make_sibling(uow, shop, "SMALL", price=600, stock=3)
            adopt_returns(uow, shop, fee_minor=300, at_once_up_to_minor=2_500)
            adopt_exchanges(uow, shop, sends=sends, settles=sends, at_once_up_to_minor=2_500)
            adopt_claims(
                uow,
                shop,
                at_once_up_to_minor=1_500,
                reasons={"defective": {"goods": "come_back"}},
            )
            card = make_card(uow, shop, 9_000)
            order = make_delivered_order(uow, shop, items={"COFFEE": UNITS}, method_id=card)
        process.drain(runtime)
        return Matter(runtime, shop, order, card, (shop.coffee_id, big, small))

    return make


@settings(
    max_examples=7,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.sampled_from(["at_once", "on_receipt"]),
    st.lists(
        st.tuples(st.sampled_from(STEPS), st.integers(0, 11), st.integers(1, 3)),
        min_size=4,
        max_size=14,
    ),
)
def test_whatever_comes_back_adds_up(
    fresh: Callable[[str], Matter], sends: str, steps: list[tuple[str, int, int]]
) -> None:
    matter = fresh(sends)
    for step in steps:
        matter.do(*step)
    process.drain(matter.runtime)
    assert audit(matter.runtime.database) == ()
    with matter.runtime.database.reading() as connection:
        sums = payments.sums(connection, matter.order.id)
        owed = sum(
            one.amount.minor
            for one in payments.refunds(connection, matter.order.id)
            if one.state != "paid"
        )
        assert sums.refunded + owed <= sums.captured
        old = orders.lines(connection, matter.order.id)[0].counters
        claimed = claim_queries.units_claimed(connection, matter.order.id)
        gone = old.return_requested + old.returned
        assert gone + claimed.get(matter.order.line_ids[0], 0) <= UNITS
        for level in stock.availability(connection, matter.variants):
            assert 0 <= level.allocated + level.reserved <= level.on_hand
