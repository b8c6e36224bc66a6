"""Acting on an order from its case: once, within limits, written down, called off."""

import pytest
from sqlalchemy import text

from cases import queries as case_queries
from cases.acting import previews, queries, service
from cases.acting.previews import ActRefused
from cases.acting.service import NoOrder
from cases.acting.states import ActKind
from cases.acting.undoing import CannotUndo
from cases.acting.wishes import (
    By,
    Change,
    GiveBack,
    KeepBack,
    LabelAgain,
    Replace,
    SendBack,
    Wanted,
    Wish,
)
from cases.states import CaseState, EntryKind
from cases.views import CaseView
from oms_service.access import permissions
from oms_service.access.states import Role
from oms_service.conversations import queries as conversations
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.errors import Forbidden, IllegalTransition, Invalid, Stale
from oms_service.kernel.money import Money
from oms_service.operations.changes import changing
from oms_service.operations.changes.change_wishes import CallOff
from oms_service.operations.money import refunding
from oms_service.operations.money.refunding import RefundReason
from oms_service.operations.reconcile import audit
from oms_service.operations.returning.claiming import ClaimedLine
from oms_service.operations.returning.returns import WantedLine
from oms_service.operations.rules import change_rules
from oms_service.operations.rules.payment_rules import Giver
from oms_service.orders import queries as orders
from oms_service.orders.states import HoldReason, OrderState
from oms_service.payments import queries as payments
from oms_service.payments import refunds
from oms_service.payments.service import RefundTooHigh
from oms_service.payments.states import RefundPart, RefundState
from oms_service.relay import drain
from oms_service.returns import queries as returns
from oms_service.returns.states import ClaimReason, ReturnReason, ReturnState
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent, make_case, make_chat
from tests.factories.coming_back import TEXT, adopt_claims, adopt_returns
from tests.factories.money import adopt
from tests.factories.orders import MadeOrder, make_delivered_order, make_order
from tests.factories.shop import Shop, make_shop


def by(role: Role = Role.AGENT) -> By:
    allowed = {one.name for one in permissions.TABLE if role in one.roles}
    return By(refunding.givers_of([role.value]), frozenset(allowed))


class Room:
    """A shop, two colleagues and a lead, and a case about an order of two coffees."""

    def __init__(self, runtime: Runtime, *, is_delivered: bool = True) -> None:
        self.runtime = runtime
        with runtime.unit_of_work(SYSTEM) as uow:
            self.shop: Shop = make_shop(uow)
            self.agent = make_agent(uow)
            self.lead = make_agent(uow, "rin@desk.example", name="高橋 凛", role=Role.LEAD)
            make = make_delivered_order if is_delivered else make_order
            self.order: MadeOrder = make(uow, self.shop)
            chat = make_chat(uow, customer_id=self.shop.customer_id)
            self.case: CaseView = make_case(
                uow, order_id=self.order.id, conversation_id=chat.id, reason="other"
            )
        drain(runtime)

    def do(self, wish: Wish, key: str = "k1", *, digest: str | None = None) -> queries.ActView:
        with self.runtime.unit_of_work(staff(self.agent)) as uow:
            return service.do(uow, self.case.id, Wanted(wish=wish, key=key, digest=digest), by())

    def undo(self, act: queries.ActView) -> queries.ActView:
        with self.runtime.unit_of_work(staff(self.agent)) as uow:
            done = service.undo(uow, act.id, by())
        drain(self.runtime)
        return done

    def said(self) -> list[str]:
        with self.runtime.database.reading() as connection:
            found = case_queries.entries(connection, self.case.id)
        return [str(one.data["what"]) for one in found if one.kind is EntryKind.ACTED]

    def now(self) -> CaseView:
        with self.runtime.database.reading() as connection:
            return case_queries.by_id(connection, self.case.id)

    def refunds(self) -> list[tuple[int, RefundState]]:
        with self.runtime.database.reading() as connection:
            found = payments.refunds(connection, self.order.id)
        return [(one.amount.minor, one.state) for one in found]


@pytest.fixture
def room(runtime: Runtime) -> Room:
    return Room(runtime)


def yen(minor: int) -> Money:
    return Money(minor, "JPY")


def back(
    minor: int, part: RefundPart = RefundPart.ORDER, *, to_store_credit: bool = False
) -> GiveBack:
    return GiveBack(
        part=part,
        reason=RefundReason.QUALITY,
        amount=yen(minor),
        to_store_credit=to_store_credit,
    )


def test_money_goes_back_once_for_a_form_and_the_record_says_who_and_how_much(room: Room) -> None:
    first, second = room.do(back(500)), room.do(back(500))
    assert first.id == second.id
    assert room.refunds() == [(500, RefundState.REQUESTED)]
    with room.runtime.database.reading() as connection:
        (line,) = [
            one
            for one in case_queries.entries(connection, room.case.id)
            if one.kind is EntryKind.ACTED
        ]
    assert line.actor == staff(room.agent).ref
    assert line.data["what"] == "act_refund"
    assert (line.data["amount_minor"], line.data["currency"]) == (500, "JPY")
    assert line.data["act_id"] == first.id
    assert room.now().assignee_id == room.agent
    drain(room.runtime)
    assert audit(room.runtime.database) == ()


@pytest.mark.parametrize(
    ("wish", "minor"),
    [
        (GiveBack(part=RefundPart.ORDER, reason=RefundReason.OTHER), 2_000),
        (back(300, RefundPart.GOODWILL), 300),
    ],
)
def test_all_or_a_kindness(room: Room, wish: GiveBack, minor: int) -> None:
    assert room.do(wish).facts["amount_minor"] == minor


def test_chosen_units_go_back_at_what_they_were_sold_for(room: Room) -> None:
    (line,) = room.order.line_ids
    wish = GiveBack(part=RefundPart.ORDER, reason=RefundReason.QUALITY, lines={line: 1})
    assert room.do(wish).facts["amount_minor"] == 1_000
    with pytest.raises(Invalid):
        room.do(GiveBack(part=RefundPart.ORDER, reason=RefundReason.QUALITY, lines={line: 3}), "k2")


def test_store_credit_goes_into_the_balance(room: Room) -> None:
    act = room.do(back(400, to_store_credit=True))
    assert act.kind is ActKind.STORE_CREDIT
    with room.runtime.database.reading() as connection:
        (refund,) = payments.refunds(connection, room.order.id)
        (method,) = payments.methods_by_id(connection, [refund.method_id or 0]).values()
    assert method.kind == "store_credit"


def test_more_than_is_left_changes_nothing(room: Room) -> None:
    with pytest.raises(RefundTooHigh):
        room.do(back(2_001))
    assert room.refunds() == []
    assert room.said() == []


def test_a_stale_preview_does_nothing(room: Room) -> None:
    with room.runtime.database.looking() as session:
        now = room.runtime.clock.now()
        seen = previews.look(session, room.order.id, back(1_500), by(), now=now)
    room.do(back(1_000), "other")
    with pytest.raises(Stale):
        room.do(back(1_000, to_store_credit=True), "k2", digest=seen.digest)
    assert room.refunds() == [(1_000, RefundState.REQUESTED)]


def test_above_the_limit_a_second_person_decides_and_never_whoever_asked(
    runtime: Runtime, room: Room
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        adopt(uow, room.shop, refund_up_to_minor={"agent": 1_000})
    act = room.do(back(1_500))
    assert act.facts["waits"] is True
    assert room.refunds() == [(1_500, RefundState.AWAITING_APPROVAL)]
    with (
        pytest.raises(refunds.SecondPersonNeeded),
        runtime.unit_of_work(staff(room.agent)) as uow,
    ):
        refunds.approve(uow, act.refund_ids[0])
    with runtime.unit_of_work(staff(room.lead)) as uow:
        refunds.approve(uow, act.refund_ids[0])
    drain(runtime)
    assert room.refunds() == [(1_500, RefundState.REQUESTED)]
    assert room.said() == ["act_refund", "refund_agreed"]


def test_a_refund_that_is_not_agreed_to_lets_its_case_wait_for_us(
    runtime: Runtime, room: Room
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        adopt(uow, room.shop, refund_up_to_minor={"agent": 0})
    act = room.do(back(1_500))
    with runtime.unit_of_work(staff(room.lead)) as uow:
        refunds.decline(uow, act.refund_ids[0])
    drain(runtime)
    assert room.said() == ["act_refund", "refund_declined"]
    assert room.now().waiting_since is not None
    assert audit(runtime.database) == ()


def test_a_declined_refund_that_no_case_asked_for_opens_one(runtime: Runtime, room: Room) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        adopt(uow, room.shop, refund_up_to_minor={"agent": 0})
    with runtime.unit_of_work(staff(room.agent)) as uow:
        (made,) = refunding.request(
            uow,
            refunding.Wish(
                order_id=room.order.id,
                amount=yen(900),
                part=RefundPart.ORDER,
                reason=RefundReason.PRICE,
                key="elsewhere",
                givers={Giver.AGENT},
            ),
        )
    with runtime.unit_of_work(staff(room.lead)) as uow:
        refunds.decline(uow, made.id)
    drain(runtime)
    with runtime.database.reading() as connection:
        found = case_queries.open_of_order(connection, room.order.id, "refund")
    assert found is not None
    assert (found.failed_rule, found.wanted["refund_minor"]) == ("refund_declined", 900)


def test_a_wish_for_money_is_taken_back_while_nobody_has_agreed(
    runtime: Runtime, room: Room
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        adopt(uow, room.shop, refund_up_to_minor={"agent": 0})
    act = room.do(back(1_500))
    assert room.undo(act).undone_by == staff(room.agent).ref
    assert room.undo(act).undone_by == staff(room.agent).ref
    assert room.refunds() == [(1_500, RefundState.DECLINED)]
    assert room.said() == ["act_refund", "act_undone"]


def test_money_on_its_way_is_not_called_back(room: Room) -> None:
    act = room.do(back(500))
    with pytest.raises(CannotUndo) as refused:
        room.undo(act)
    assert refused.value.why == "money_on_its_way"
    assert room.refunds() == [(500, RefundState.REQUESTED)]


def test_a_replacement_leaves_from_stock_and_is_called_off_before_it_is_picked(
    runtime: Runtime, room: Room
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        adopt_claims(uow, room.shop, approval="person")
    (line,) = room.order.line_ids
    wish = Replace(lines=[ClaimedLine(line_id=line, quantity=1, reason=ClaimReason.DAMAGED)])
    act = room.do(wish)
    drain(runtime)
    with runtime.database.reading() as connection:
        lines = orders.lines(connection, room.order.id)
        others = case_queries.newest(connection, order_id=room.order.id).items
    assert [one.counters.wanted for one in lines if one.replaces_line_id == line] == [1]
    assert [one.id for one in others] == [room.case.id], "no second case about the same claim"
    room.undo(act)
    with runtime.database.reading() as connection:
        lines = orders.lines(connection, room.order.id)
        others = case_queries.newest(connection, order_id=room.order.id).items
    assert [one.counters.wanted for one in lines if one.replaces_line_id == line] == [0]
    assert [one.id for one in others] == [room.case.id]
    assert audit(runtime.database) == ()


def test_a_return_is_made_for_the_customer_and_the_case_follows_it(
    runtime: Runtime, room: Room
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        adopt_returns(uow, room.shop, approval="person")
    (line,) = room.order.line_ids
    wish = SendBack(lines=[WantedLine(line_id=line, quantity=1, reason=ReturnReason.CHANGED_MIND)])
    act = room.do(wish)
    drain(runtime)
    with runtime.database.reading() as connection:
        made = returns.by_id(connection, act.return_id or 0)
        cases = case_queries.newest(connection, order_id=room.order.id).items
    assert made.state is ReturnState.APPROVED
    assert made.policy_id is not None
    assert room.now().return_id == made.id
    assert [one.id for one in cases] == [room.case.id]
    assert room.now().state is CaseState.WAITING_THIRD_PARTY
    label = room.do(LabelAgain(return_number=made.number, text="伝票: https://x"), "k2")
    assert label.facts["return_number"] == made.number
    with runtime.database.reading() as connection:
        said = conversations.thread(connection, room.now().conversation_id or 0)
    assert said[-1].text == "伝票: https://x"


def test_what_the_rules_refuse_says_why_and_changes_nothing(runtime: Runtime, room: Room) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        adopt_returns(uow, room.shop, window_days=1)
    (line,) = room.order.line_ids
    with pytest.raises(ActRefused) as refused:
        room.do(
            SendBack(lines=[WantedLine(line_id=line, quantity=1, reason=ReturnReason.CHANGED_MIND)])
        )
    assert [one.code for one in refused.value.causes] == ["window_closed"]
    assert room.said() == []


def test_a_hold_is_put_on_and_called_off(runtime: Runtime) -> None:
    room = Room(runtime, is_delivered=False)
    act = room.do(KeepBack(reason=HoldReason.CUSTOMER))
    with runtime.database.reading() as connection:
        assert orders.by_id(connection, room.order.id).order_state is OrderState.ON_HOLD
    room.undo(act)
    with runtime.database.reading() as connection:
        assert orders.by_id(connection, room.order.id).order_state is OrderState.PLACED


def test_a_cancellation_cannot_be_called_off(runtime: Runtime) -> None:
    room = Room(runtime, is_delivered=False)
    act = room.do(Change(wish=CallOff(reason="no_longer_needed")))
    assert room.refunds() == [(2_000, RefundState.REQUESTED)]
    with pytest.raises(CannotUndo) as refused:
        room.undo(act)
    assert refused.value.why == "cancelled_for_good"


def test_money_is_given_once_for_two_who_saw_the_same(room: Room) -> None:
    with room.runtime.database.looking() as session:
        seen = previews.look(
            session, room.order.id, back(500), by(), now=room.runtime.clock.now()
        ).digest
    room.do(back(500), "one", digest=seen)
    with pytest.raises(Stale):
        room.do(back(500), "other", digest=seen)
    assert room.refunds() == [(500, RefundState.REQUESTED)]
    assert room.said() == ["act_refund"]


def test_an_order_is_held_once_for_a_reason(runtime: Runtime) -> None:
    room = Room(runtime, is_delivered=False)
    room.do(KeepBack(reason=HoldReason.CUSTOMER), "one")
    with pytest.raises(IllegalTransition):
        room.do(KeepBack(reason=HoldReason.CUSTOMER), "other")
    room.do(KeepBack(reason=HoldReason.FRAUD), "third")
    assert room.said() == ["act_hold", "act_hold"]


def test_a_delivered_order_is_neither_held_nor_cancelled(room: Room) -> None:
    with pytest.raises(IllegalTransition):
        room.do(KeepBack(reason=HoldReason.CUSTOMER))
    with pytest.raises(ActRefused):
        room.do(Change(wish=CallOff(reason="no_longer_needed")))
    assert room.said() == []


def test_another_order_and_another_role_are_refused(runtime: Runtime, room: Room) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        other = make_order(uow, room.shop)
    wanted = Wanted(wish=back(100), key="k", order_id=other.id)
    with pytest.raises(NoOrder), runtime.unit_of_work(staff(room.agent)) as uow:
        service.do(uow, room.case.id, wanted, by())
    with pytest.raises(Forbidden), runtime.unit_of_work(staff(room.agent)) as uow:
        service.do(uow, room.case.id, Wanted(wish=back(100), key="k"), by(Role.WAREHOUSE))
    assert room.refunds() == []


def test_every_kind_is_offered_or_says_why_not(room: Room) -> None:
    with room.runtime.database.looking() as session:
        now = room.runtime.clock.now()
        found = {one.kind: one for one in previews.offers(session, room.order.id, by(), now=now)}
    assert set(found) == set(ActKind)
    assert found[ActKind.REFUND].is_possible
    assert found[ActKind.REPLACEMENT].is_possible
    assert found[ActKind.HOLD].why == "nothing_to_hold"
    assert found[ActKind.RELEASE].why == "not_held"
    assert found[ActKind.LABEL].why == "no_return"
    assert [one.code for one in found[ActKind.CANCEL].causes] == ["already_shipped"]


def test_a_wish_that_policy_leaves_to_a_person_opens_a_case_and_ends_it(runtime: Runtime) -> None:
    room = Room(runtime, is_delivered=False)
    with runtime.unit_of_work(SYSTEM) as uow:
        change_rules.adopt(
            uow,
            channel_id=room.shop.channel_id,
            rules={"cancel": {"approval": "person"}},
            text=TEXT,
        )
        wish = changing.request(
            uow,
            changing.Wanted(
                order_id=room.order.id,
                wish=CallOff(reason="no_longer_needed"),
                channel="portal",
                key="wish",
            ),
        )
    drain(runtime)
    with runtime.database.reading() as connection:
        found = case_queries.open_of_order(connection, room.order.id, "cancel")
    assert found is not None
    assert found.wanted["change"] == wish.position
    assert found.failed_rule == "change_needs_person"
    with runtime.unit_of_work(staff(room.agent)) as uow:
        changing.confirm(uow, wish.id)
    drain(runtime)
    with runtime.database.reading() as connection:
        done = case_queries.by_id(connection, found.id)
    assert (done.state, done.resolution) == (CaseState.RESOLVED, "handled")


def test_nothing_personal_is_kept_of_what_was_done(room: Room) -> None:
    room.do(back(500))
    with room.runtime.database.reading() as connection:
        (facts,) = connection.scalars(text("SELECT facts FROM case_acts")).all()
    assert set(facts) == {"amount_minor", "currency", "part", "reason", "waits"}
