"""Two colleagues, one form twice, three doors at once: money goes back once, and adds up."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from cases.acting import service
from cases.acting.states import ActKind
from cases.acting.wishes import PERMISSIONS, By, GiveBack, Replace, Wanted
from oms_service.kernel.actors import SYSTEM, Actor, ActorKind, staff
from oms_service.kernel.errors import DomainError
from oms_service.kernel.money import Money
from oms_service.operations.money import refunding
from oms_service.operations.money.refunding import RefundReason
from oms_service.operations.reconcile import audit
from oms_service.operations.returning.claiming import ClaimedLine
from oms_service.operations.rules.payment_rules import Giver
from oms_service.orders import queries as orders
from oms_service.payments import queries as payments
from oms_service.payments.states import RefundPart
from oms_service.relay import drain
from oms_service.returns.states import ClaimReason
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent, make_case
from tests.factories.coming_back import adopt_claims
from tests.factories.orders import make_delivered_order
from tests.factories.shop import make_shop

BY = By({Giver.AGENT}, frozenset(PERMISSIONS.values()) | {"returns:approve"})


def at_once(*doors: Callable[[], object]) -> list[object]:
    """All doors pushed at one moment; what each answered, or how it was refused."""
    start = Barrier(len(doors))

    def push(door: Callable[[], object]) -> object:
        start.wait()
        try:
            return door()
        except DomainError as refused:
            return refused

    with ThreadPoolExecutor(len(doors)) as pool:
        return [one.result() for one in [pool.submit(push, door) for door in doors]]


class Matter:
    """An order of 2,000 yen, a case about it, two colleagues."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        with runtime.unit_of_work(SYSTEM) as uow:
            self.shop = make_shop(uow)
            self.agents = [make_agent(uow), make_agent(uow, "jun@desk.example", name="森 淳")]
            self.order = make_delivered_order(uow, self.shop)
            self.case = make_case(uow, order_id=self.order.id)
        drain(runtime)

    def wish(self, minor: int) -> GiveBack:
        return GiveBack(
            part=RefundPart.ORDER, reason=RefundReason.QUALITY, amount=Money(minor, "JPY")
        )

    def from_case(self, agent: int, minor: int, key: str) -> Callable[[], object]:
        def door() -> object:
            with self.runtime.unit_of_work(staff(agent)) as uow:
                return service.do(uow, self.case.id, Wanted(wish=self.wish(minor), key=key), BY)

        return door

    def elsewhere(self, actor: Actor, minor: int, key: str) -> Callable[[], object]:
        """The console and the REST door call this operation, each with a key of its own."""

        def door() -> object:
            with self.runtime.unit_of_work(actor) as uow:
                return refunding.request(
                    uow,
                    refunding.Wish(
                        order_id=self.order.id,
                        amount=Money(minor, "JPY"),
                        part=RefundPart.ORDER,
                        reason=RefundReason.QUALITY,
                        key=key,
                        givers={Giver.AGENT},
                    ),
                )

        return door

    def given(self) -> list[int]:
        drain(self.runtime)
        with self.runtime.database.reading() as connection:
            found = payments.refunds(connection, self.order.id)
        assert audit(self.runtime.database) == ()
        return [one.amount.minor for one in found]


def test_two_colleagues_never_give_the_same_money_back_twice(runtime: Runtime) -> None:
    matter = Matter(runtime)
    one, two = matter.agents
    said = at_once(*(matter.from_case(a, 1_500, f"k{i}") for i, a in enumerate((one, two) * 3)))
    assert sum(not isinstance(answer, DomainError) for answer in said) == 1
    assert matter.given() == [1_500]


def test_one_form_sent_eight_times_at_once_pays_once(runtime: Runtime) -> None:
    matter = Matter(runtime)
    said = at_once(*(matter.from_case(matter.agents[0], 200, "form") for _ in range(8)))
    assert len({answer.id for answer in said}) == 1  # type: ignore[attr-defined]
    assert matter.given() == [200]


def test_the_case_the_console_and_a_program_share_one_balance(runtime: Runtime) -> None:
    matter = Matter(runtime)
    program = Actor(ActorKind.INTEGRATION, "1")
    at_once(
        matter.from_case(matter.agents[0], 900, "k1"),
        matter.elsewhere(staff(matter.agents[1]), 900, "console"),
        matter.elsewhere(program, 900, "api"),
        matter.from_case(matter.agents[0], 900, "k1"),
        matter.elsewhere(program, 900, "api"),
        matter.from_case(matter.agents[1], 900, "k2"),
    )
    assert matter.given() == [900, 900]


def test_a_replacement_asked_for_twice_at_once_leaves_once_and_is_called_off_once(
    runtime: Runtime,
) -> None:
    matter = Matter(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        adopt_claims(uow, matter.shop, approval="person")
    wish = Replace(
        lines=[
            ClaimedLine(line_id=matter.order.line_ids[0], quantity=1, reason=ClaimReason.DAMAGED)
        ]
    )

    def replace() -> object:
        with runtime.unit_of_work(staff(matter.agents[0])) as uow:
            return service.do(uow, matter.case.id, Wanted(wish=wish, key="form"), BY)

    said = at_once(replace, replace, replace)
    (act_id,) = {answer.id for answer in said}  # type: ignore[attr-defined]

    def undo() -> object:
        with runtime.unit_of_work(staff(matter.agents[1])) as uow:
            return service.undo(uow, act_id, BY)

    undone = at_once(undo, undo, undo)
    assert all(one.kind is ActKind.REPLACEMENT for one in undone)  # type: ignore[attr-defined]
    assert matter.given() == []
    with runtime.database.reading() as connection:
        lines = orders.lines(connection, matter.order.id)
    assert [one.counters.wanted for one in lines if one.replaces_line_id] == [0]
