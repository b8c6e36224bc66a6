"""Whatever is done with stock, in whatever order, units are neither made nor lost unexplained."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import (
    counting,
    handling,
    papers,
    purchasing,
    queries,
    reservations,
    transfers,
)
from oms_service.inventory.counting import NewCount
from oms_service.inventory.papers import CountView, PurchaseView, TransferView
from oms_service.inventory.policy import Pick
from oms_service.inventory.purchasing import Came
from oms_service.inventory.queries import LevelView
from oms_service.inventory.reservations import Hold
from oms_service.inventory.states import Explanation, Handling
from oms_service.kernel.actors import staff
from oms_service.kernel.errors import DomainError
from oms_service.operations.changes import cancelling
from oms_service.operations.reconcile import audit
from oms_service.operations.sources import sourcing
from oms_service.orders import service as orders
from oms_service.payments import service as payments
from oms_service.runtime import Runtime
from tests.factories.orders import MadeOrder, make_order, ship
from tests.factories.papers import make_purchase, make_transfer
from tests.factories.shop import Shop, make_shop
from tests.factories.stock import make_location
from tests.fakes.clock import StandingClock

T = TypeVar("T")
WHICH, UNITS = st.integers(0, 7), st.integers(0, 4)


class StockMachine(RuleBasedStateMachine):
    """A shop with two places and two items; each step may be refused, none may break."""

    runtime: Runtime
    clock: StandingClock
    shop: Shop
    osaka: int

    @initialize()
    def begin(self) -> None:
        with self.runtime.unit_of_work(staff(1)) as uow:
            tables = uow.session.scalars(
                text(
                    "SELECT string_agg(format('%I', tablename), ', ') FROM pg_tables"
                    " WHERE schemaname = 'public' AND tablename NOT IN"
                    " ('alembic_version', 'queues', 'case_reasons', 'stock_reasons')"
                )
            ).one()
            uow.session.execute(text(f"TRUNCATE {tables} RESTART IDENTITY"))
            self.shop = make_shop(uow, stock=6)
            self.osaka = make_location(uow, "osaka")
        self.orders: list[MadeOrder] = []
        self.held: list[int] = []
        self.steps = 0
        #: Units of both items that should be in the house or on their way between its places.
        self.units = 12

    # Orders and reservations

    @rule(units=st.integers(1, 4))
    def buy(self, units: int) -> None:
        made = self.do(lambda uow: make_order(uow, self.shop, items={"COFFEE": units, "MUG": 1}))
        if made is not None:
            self.orders.append(made)

    @rule(which=WHICH)
    def cancel(self, which: int) -> None:
        if order := self.one(self.orders, which):
            self.do(lambda uow: cancelling.cancel(uow, order.id, reason="no_longer_needed"))

    @rule(which=WHICH)
    def send(self, which: int) -> None:
        if order := self.one(self.orders, which):
            with self.runtime.database.reading() as connection:
                promised = queries.promised(connection, order.line_ids)
            leaving = sum(p.quantity for p in promised if p.location_id == self.shop.location_id)
            if self.do(lambda uow: ship(uow, self.shop, order)) is not None:
                self.units -= leaving

    @rule(which=WHICH)
    def let_go(self, which: int) -> None:
        if order := self.one(self.orders, which):
            with self.runtime.database.reading() as connection:
                promised = queries.promised(connection, order.line_ids)
            if pick := self.one(promised, which):
                self.do(lambda uow: self.elsewhere(uow, order, pick))

    def elsewhere(self, uow: UnitOfWork, order: MadeOrder, pick: Pick) -> None:
        """One unit of a line cannot come from there: another location sends it, or it waits."""
        orders.hold_against_others(uow, order.id)
        sourcing.resource(
            uow,
            order.id,
            away_from=pick.location_id,
            units={pick.order_line_id: 1},
            key=f"test:{self.steps}:{pick.order_line_id}",
        )
        payments.rederive(uow, order.id)

    @rule(which=WHICH, units=UNITS, minutes=st.integers(1, 90))
    def reserve(self, which: int, units: int, minutes: int) -> None:
        place = self.place(which)

        def step(uow: UnitOfWork) -> int:
            until = uow.now + timedelta(minutes=minutes)
            hold = Hold(units={place: units}, holder="cart:1", until=until, key=f"k{self.steps}")
            return reservations.reserve(uow, hold)[0].id

        made = self.do(step)
        if made is not None:
            self.held.append(made)

    @rule(which=WHICH)
    def release(self, which: int) -> None:
        if held := self.one(self.held, which):
            self.do(lambda uow: reservations.release_reservation(uow, held))

    @rule()
    def an_hour_passes(self) -> None:
        self.clock.advance(hours=1)
        self.do(reservations.end_overdue)

    # Papers

    @rule(units=st.integers(1, 4), which=WHICH)
    def order_goods(self, units: int, which: int) -> None:
        variant, place = self.place(which)
        self.do(lambda uow: make_purchase(uow, place, {variant: units}))

    @rule(which=WHICH, sound=UNITS, damaged=st.integers(0, 1))
    def take_delivery(self, which: int, sound: int, damaged: int) -> None:
        if view := self.one(self.purchases(), which):
            came = {view.lines[0].variant_id: Came(received=sound, damaged=damaged)}
            done = self.do(lambda uow: purchasing.receive(uow, view.id, came, key=f"k{self.steps}"))
            if done is not None:
                self.units += sound + damaged

    @rule(which=WHICH)
    def end_purchase(self, which: int) -> None:
        if view := self.one(self.purchases(), which):
            self.do(lambda uow: purchasing.end(uow, view.id, reason="supplier"))

    @rule(units=st.integers(1, 4), which=WHICH)
    def send_over(self, units: int, which: int) -> None:
        variant, origin = self.place(which)
        target = self.osaka if origin != self.osaka else self.shop.location_id
        self.do(lambda uow: make_transfer(uow, origin, target, {variant: units}))

    @rule(which=WHICH, sound=UNITS, damaged=st.integers(0, 1))
    def take_over(self, which: int, sound: int, damaged: int) -> None:
        if view := self.one(self.moving(), which):
            came = {view.lines[0].variant_id: Came(received=sound, damaged=damaged)}
            if self.do(lambda uow: transfers.receive(uow, view.id, came)) is not None:
                self.units += max(0, sound + damaged - view.lines[0].sent)

    @rule(which=WHICH, why=st.sampled_from(Explanation))
    def explain(self, which: int, why: Explanation) -> None:
        if view := self.one(self.moving(), which):
            line = view.lines[0]
            step = self.do(lambda uow: transfers.settle(uow, view.id, {line.variant_id: why}))
            if step is not None and why in {Explanation.LOST, Explanation.SENT_MORE}:
                self.units -= abs(line.difference)

    @rule(which=WHICH, counted=st.integers(0, 8))
    def count(self, which: int, counted: int) -> None:
        variant, place = self.place(which)

        def step(uow: UnitOfWork) -> CountView:
            wanted = NewCount(location_id=place, variant_ids=[variant], key=f"k{self.steps}")
            sheet = counting.start(uow, wanted)
            return counting.submit(uow, counting.enter(uow, sheet.id, {variant: counted}).id)

        self.do(step)

    @rule(which=WHICH, approves=st.booleans())
    def judge(self, which: int, approves: bool) -> None:
        with self.runtime.database.looking() as session:
            sheets = papers.counts(session, is_open=True).items
        if sheet := self.one(sheets, which):
            how: Callable[..., CountView] = counting.approve if approves else counting.cancel
            done = self.do(lambda uow: how(uow, sheet.id))
            if done is not None and approves:
                self.units += sum(line.variance or 0 for line in sheet.lines)

    @rule(which=WHICH, what=st.sampled_from(Handling), units=st.integers(-3, 3))
    def handle(self, which: int, what: Handling, units: int) -> None:
        place = self.place(which)

        def step(uow: UnitOfWork) -> tuple[LevelView, ...]:
            return handling.handle(uow, what, {place: units}, reason="other", key=f"k{self.steps}")

        if self.do(step) is not None:
            self.units += {Handling.ADJUST: units, Handling.DISCARD: -units}.get(what, 0)

    @rule(which=WHICH, safety=UNITS, reorder=UNITS)
    def keep_back(self, which: int, safety: int, reorder: int) -> None:
        place = self.place(which)
        self.do(lambda uow: handling.keep_back(uow, place, safety=safety, reorder_point=reorder))

    # What always holds

    @invariant()
    def no_unit_is_lost(self) -> None:
        with self.runtime.database.looking() as session:
            found = queries.levels(session).items
            under_way = papers.transfers(session, is_open=True).items
        assert all(0 <= one.allocated + one.reserved <= one.on_hand for one in found)
        here = sum(one.on_hand + one.damaged + one.quality_control for one in found)
        between = sum(
            max(0, line.sent - line.received - line.damaged)
            for view in under_way
            for line in view.lines
        )
        assert here + between == self.units

    def teardown(self) -> None:
        """The whole audit once for each run: what once differs from its ledger stays so."""
        assert audit(self.runtime.database) == ()

    # Helpers

    def do(self, step: Callable[[UnitOfWork], T]) -> T | None:
        """One step in a transaction of its own; None when it was refused."""
        self.steps += 1
        try:
            with self.runtime.unit_of_work(staff(1)) as uow:
                return step(uow)
        except DomainError:
            return None

    @staticmethod
    def one(among: Sequence[T], which: int) -> T | None:
        return among[which % len(among)] if among else None

    def place(self, which: int) -> tuple[int, int]:
        variant = self.shop.coffee_id if which % 2 else self.shop.mug_id
        return variant, self.osaka if which % 3 == 0 else self.shop.location_id

    def purchases(self) -> tuple[PurchaseView, ...]:
        with self.runtime.database.looking() as session:
            return papers.purchases(session, is_open=True).items

    def moving(self) -> tuple[TransferView, ...]:
        with self.runtime.database.looking() as session:
            return papers.transfers(session, is_open=True).items


def test_stock_adds_up_whatever_is_done(runtime: Runtime, clock: StandingClock) -> None:
    StockMachine.runtime, StockMachine.clock = runtime, clock
    run_state_machine_as_test(
        StockMachine,
        settings=settings(
            max_examples=14,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
