"""Everything that may be done about orders, by many at once: units and money are conserved."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Barrier, Event
from typing import Final

from sqlalchemy import text

from oms_service import relay as process
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import queries as stock
from oms_service.kernel.actors import SYSTEM, Actor, ActorKind
from oms_service.kernel.errors import DomainError
from oms_service.kernel.ids import numeric_code, readable_code
from oms_service.kernel.money import Money
from oms_service.operations.changes import changing
from oms_service.operations.changes.change_wishes import CallOff, SetQuantities
from oms_service.operations.dispatch import shipping as leaving
from oms_service.operations.dispatch.shipping import HandOver
from oms_service.operations.money import paying, refunding
from oms_service.operations.money.refunding import RefundReason, Wish
from oms_service.operations.reconcile import audit
from oms_service.operations.returning import claiming, exchanging, receiving, returns
from oms_service.operations.returning.claiming import ClaimedLine, WantedClaim
from oms_service.operations.returning.exchanging import WantedExchange, WantedSwap
from oms_service.operations.returning.returns import Wanted, WantedLine
from oms_service.operations.rules import change_rules
from oms_service.operations.rules.payment_rules import Giver
from oms_service.orders import queries as orders
from oms_service.orders.queries import LineView
from oms_service.payments import attempts
from oms_service.payments import queries as payments
from oms_service.payments import service as ledger
from oms_service.payments.states import UNDER_WAY, MethodKind, RefundPart, RefundState
from oms_service.ports.carrier import CarrierStatus, ScanFact
from oms_service.returns import claim_queries
from oms_service.returns import queries as return_queries
from oms_service.returns.states import (
    ClaimReason,
    Remedy,
    ReturnReason,
)
from oms_service.runtime import Runtime
from oms_service.shipping import queries as parcels
from oms_service.shipping import service as carrying
from oms_service.shipping.service import NewParcel
from tests.factories.coming_back import (
    TEXT,
    adopt_claims,
    adopt_exchanges,
    adopt_returns,
    make_sibling,
)
from tests.factories.money import adopt, make_balance, make_card, make_method, order_paid_by, run
from tests.factories.orders import CARRIER, TOKYO, make_order
from tests.factories.shop import Shop, make_shop

PEOPLE = 4
STEPS = 16
GIFT = 200_000


@dataclass
class Hand:
    """One of those who do something, whatever comes to mind; each step may be refused."""

    runtime: Runtime
    shop: Shop
    methods: tuple[int, ...]
    orders: tuple[int, ...]
    number: int
    dice: random.Random
    done: list[str] = field(default_factory=list)
    steps: int = 0

    def work(self, start: Barrier) -> None:
        start.wait()
        doors: list[Callable[[UnitOfWork, int], None]] = [
            self.cancel_part,
            self.set_quantity,
            self.send,
            self.send,
            self.deliver,
            self.deliver,
            self.give_back,
            self.exchange,
            self.exchange,
            self.claim,
            self.receive,
            self.receive,
            self.approve,
            self.call_off,
            self.refund,
            self.capture,
            self.let_go,
            self.pay,
            self.pay,
            self.refuse,
            self.pay_back,
        ]
        for _ in range(STEPS):
            door = self.dice.choice(doors)
            self.steps += 1
            try:
                with self.runtime.unit_of_work(Actor(ActorKind.STAFF, str(self.number + 1))) as uow:
                    door(uow, self.dice.choice(self.orders))
            except DomainError:
                continue
            self.done.append(door.__name__)

    @property
    def key(self) -> str:
        return f"k{self.number}-{self.steps}"

    def line(self, uow: UnitOfWork, order_id: int) -> LineView:
        return self.dice.choice(orders.lines(uow.session, order_id))

    def cancel_part(self, uow: UnitOfWork, order_id: int) -> None:
        wish = CallOff(reason="other", lines={self.line(uow, order_id).id: 1})
        changing.request(
            uow, changing.Wanted(order_id=order_id, wish=wish, channel="desk", key=self.key)
        )

    def set_quantity(self, uow: UnitOfWork, order_id: int) -> None:
        line = self.line(uow, order_id)
        wish = SetQuantities(
            quantities={line.id: self.dice.randint(1, 4)}, method_id=self.dice.choice(self.methods)
        )
        changing.request(
            uow, changing.Wanted(order_id=order_id, wish=wish, channel="desk", key=self.key)
        )

    def send(self, uow: UnitOfWork, order_id: int) -> None:
        ids = [line.id for line in orders.lines(uow.session, order_id)]
        here = {one.order_line_id: one.quantity for one in stock.promised(uow.session, ids)}
        some = dict(self.dice.sample(sorted(here.items()), self.dice.randint(0, len(here))))
        if not some:
            raise Nothing
        parcel = NewParcel(carrier=CARRIER, tracking_number=numeric_code(12), lines=some)
        leaving.hand_over(
            uow,
            HandOver(
                order_id=order_id,
                number=f"S-{readable_code(10)}",
                location_id=self.shop.location_id,
                parcels=[parcel],
            ),
        )

    def deliver(self, uow: UnitOfWork, order_id: int) -> None:
        facts = [
            ScanFact(
                carrier=one.carrier,
                tracking_number=one.tracking_number,
                event_key="delivered",
                status=CarrierStatus.DELIVERED,
                occurred_at=uow.now,
            )
            for one in parcels.parcels_of(uow.session, [order_id])
        ]
        carrying.record_scans(uow, facts, zone=TOKYO)

    def give_back(self, uow: UnitOfWork, order_id: int) -> None:
        back = WantedLine(
            line_id=self.line(uow, order_id).id,
            quantity=self.dice.randint(1, 2),
            reason=self.dice.choice(list(ReturnReason)),
        )
        returns.request(uow, Wanted(order_id=order_id, lines=[back], channel="desk", key=self.key))

    def exchange(self, uow: UnitOfWork, order_id: int) -> None:
        swap = WantedSwap(
            line_id=self.line(uow, order_id).id,
            sku=self.dice.choice(("BIG", "SMALL", "COFFEE")),
            quantity=self.dice.randint(1, 2),
        )
        exchanging.request(
            uow,
            WantedExchange(
                order_id=order_id,
                swaps=[swap],
                channel="desk",
                key=self.key,
                method_id=self.dice.choice(self.methods),
            ),
        )

    def claim(self, uow: UnitOfWork, order_id: int) -> None:
        wrong = ClaimedLine(
            line_id=self.line(uow, order_id).id,
            quantity=1,
            reason=self.dice.choice(list(ClaimReason)),
        )
        made = claiming.request(
            uow,
            WantedClaim(
                order_id=order_id,
                lines=[wrong],
                remedy=self.dice.choice(list(Remedy)),
                channel="desk",
                key=self.key,
            ),
        )
        if made.view.referred_by_rule:
            view = claim_queries.by_id(uow.session, made.view.id)
            claiming.approve(uow, view.id, version=view.version, givers={Giver.LEAD})

    def a_return(self, uow: UnitOfWork, order_id: int) -> return_queries.ReturnView:
        found = return_queries.of_orders(uow.session, [order_id])
        if not found:
            raise Nothing
        return self.dice.choice(found)

    def receive(self, uow: UnitOfWork, order_id: int) -> None:
        view = self.a_return(uow, order_id)
        nothing = self.dice.random() < 0.2
        receiving.receive(uow, view.id, version=None, arrived={} if nothing else None)

    def approve(self, uow: UnitOfWork, order_id: int) -> None:
        view = self.a_return(uow, order_id)
        returns.approve(uow, view.id, version=view.version, givers={Giver.LEAD})

    def call_off(self, uow: UnitOfWork, order_id: int) -> None:
        returns.withdraw(uow, self.a_return(uow, order_id).id, version=None)

    def refund(self, uow: UnitOfWork, order_id: int) -> None:
        wish = Wish(
            order_id=order_id,
            amount=Money(self.dice.choice((1, 333, 1_700)), "JPY"),
            part=self.dice.choice((RefundPart.GOODWILL, RefundPart.ORDER)),
            reason=RefundReason.LATE,
            key=self.key,
            givers={Giver.OPERATIONS},
        )
        refunding.request(uow, wish)

    def capture(self, uow: UnitOfWork, order_id: int) -> None:
        paying.capture(uow, order_id, None, key=self.key)

    def let_go(self, uow: UnitOfWork, order_id: int) -> None:
        if self.dice.random() < 0.3:
            paying.let_go(uow, order_id, key=self.key, reason="by_hand")

    def asked(self, uow: UnitOfWork, order_id: int) -> attempts.AttemptView:
        found = [one for one in attempts.of_order(uow.session, order_id) if one.state in UNDER_WAY]
        if not found:
            raise Nothing
        return self.dice.choice(found)

    def pay(self, uow: UnitOfWork, order_id: int) -> None:
        one = self.asked(uow, order_id)
        attempts.finish(uow, one.id, reference=one.payment_ref or f"pay-{one.id}")

    def refuse(self, uow: UnitOfWork, order_id: int) -> None:
        one = self.asked(uow, order_id)
        attempts.refuse(uow, one.id, "declined", round_=one.round)

    def pay_back(self, uow: UnitOfWork, order_id: int) -> None:
        for one in payments.refunds(uow.session, order_id):
            if one.state is RefundState.REQUESTED:
                ledger.confirm_paid(uow, one.id)


class Nothing(DomainError):
    """There is nothing to do it with yet."""


_TAKEN: Final = text(
    "SELECT coalesce(sum(amount_minor), 0) FROM payment_entries"
    " WHERE kind = 'captured' AND method_id = :method"
)


def open_shop(runtime: Runtime, sends: str) -> tuple[Shop, tuple[int, ...], tuple[int, ...]]:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow, stock=60)
        make_sibling(uow, shop, "BIG", price=1_501, stock=12)
        make_sibling(uow, shop, "SMALL", price=599, stock=12)
        adopt(uow, shop, capture="hand_over", refund_up_to_minor={}, goodwill_up_to_minor={})
        adopt_returns(uow, shop, fee_minor=300, at_once_up_to_minor=2_500)
        adopt_exchanges(uow, shop, sends=sends, settles="at_once", never_back="charge")
        adopt_claims(uow, shop, reasons={"defective": {"goods": "come_back"}})
        rules = {"cancel": {"in_part": True, "partly_shipped": True}, "quantity": {}}
        change_rules.adopt(uow, channel_id=shop.channel_id, rules=rules, text=TEXT)
        gift, card = make_balance(uow, shop, GIFT), make_card(uow, shop)
        slip = make_method(uow, shop, MethodKind.KONBINI)
        made = [order_paid_by(uow, shop, way, 3_000).id for way in (gift, card, slip) * 2]
        made += [
            make_order(uow, shop, items={"COFFEE": 2, "MUG": 1}, method_id=way).id
            for way in (card, slip)
        ]
    run(runtime)
    return shop, (gift, card, slip), tuple(made)


def at_once(runtime: Runtime, hands: list[Hand]) -> None:
    """All of them, while a relay reacts to what they do."""
    start, over = Barrier(len(hands)), Event()

    def react() -> None:
        while not over.wait(0.05):
            process.drain(runtime)

    with ThreadPoolExecutor(len(hands) + 1) as pool:
        relay = pool.submit(react)
        try:
            for one in [pool.submit(hand.work, start) for hand in hands]:
                one.result()
        finally:
            over.set()
        relay.result()


def test_whatever_all_do_at_once_adds_up(runtime: Runtime) -> None:
    shop, methods, made = open_shop(runtime, "at_once")
    hands = [
        Hand(runtime, shop, methods, made, number, random.Random(number))  # noqa: S311 - no secret
        for number in range(PEOPLE)
    ]
    at_once(runtime, hands)
    run(runtime)
    assert audit(runtime.database) == ()
    assert all(hand.done for hand in hands)
    gift = methods[0]
    with runtime.database.looking() as session:
        of_gift = [
            (one.amount.minor, one.state)
            for order_id in made
            for one in payments.refunds(session, order_id)
            if one.method_id == gift
        ]
        assert {state for _, state in of_gift} <= {RefundState.PAID}
        balance = payments.methods_by_id(session, [gift])[gift].balance_minor or 0
        taken = session.scalar(_TAKEN, {"method": gift})
        assert balance == GIFT - taken + sum(amount for amount, _ in of_gift)
