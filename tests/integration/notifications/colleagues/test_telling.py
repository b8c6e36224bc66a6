"""Colleagues are told what matters to them, each fact once, and not what is over."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import delete, func, select, text, update

from cases import service
from cases.merging import service as merging
from cases.routing import agents
from cases.routing.states import Presence
from cases.sla import service as answer_times
from cases.views import CaseView
from notifications.colleagues import queries, rules, wishes
from notifications.colleagues import service as notices
from notifications.colleagues.models import ColleagueNotice
from notifications.colleagues.service import Fact
from notifications.colleagues.states import Kind, Way
from oms_service.access import queries as access
from oms_service.access import staff as colleagues
from oms_service.access.states import Role
from oms_service.infra import fallout
from oms_service.infra.fallout import FalloutKind
from oms_service.infra.outbox import Delivery, DeliveryState, OutboxRow
from oms_service.inventory import handling
from oms_service.inventory.states import Handling
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.errors import Invalid
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent, make_case, make_chat
from tests.factories.orders import make_order
from tests.factories.outlooks import make_orders_in_doubt, sweep
from tests.factories.shop import make_shop
from tests.factories.staff import make_staff
from tests.factories.stock import make_location
from tests.fakes.clock import StandingClock
from tests.integration.notifications.colleagues.telling import rows, told

#: The first minute in which the desk is open: Monday is a holiday.
TUESDAY = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)


@pytest.fixture
def aoi(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_agent(uow)


@pytest.fixture
def ken(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_agent(uow, "ken@desk.example", name="佐藤 健")


@pytest.fixture
def lead(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_staff(uow, Role.LEAD, name="鈴木 玲").id


@pytest.fixture
def case(runtime: Runtime, aoi: int, ken: int) -> CaseView:
    """A case of a chat that nobody has, since nobody is there."""
    with runtime.unit_of_work(SYSTEM) as uow:
        for one in (aoi, ken):
            agents.set_presence(uow, one, Presence.AWAY)
        made = make_case(uow, conversation_id=make_chat(uow).id)
    drain(runtime)
    return made


def give(runtime: Runtime, case: CaseView, to: int, *, by: int) -> None:
    with runtime.unit_of_work(staff(by)) as uow:
        service.assign(uow, case.id, to)
    drain(runtime)


def write(runtime: Runtime, case: CaseView) -> None:
    """The customer writes."""
    with runtime.unit_of_work(SYSTEM) as uow:
        service.append(uow, case.id, "message")
    drain(runtime)


def hear_again(runtime: Runtime) -> None:
    """Every event is heard once more, as if nothing had been noted."""
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(delete(Delivery).where(Delivery.subscriber.like("%colleagues%")))
        uow.session.execute(update(OutboxRow).values(reacted_at=None, next_at=None))
    drain(runtime)


def test_who_is_given_a_case_is_told_and_who_takes_one_is_not(
    runtime: Runtime, case: CaseView, aoi: int, ken: int, lead: int
) -> None:
    give(runtime, case, ken, by=lead)
    assert told(runtime, ken) == [("given", "unread")]
    (row,) = rows(runtime, ken)
    assert (row.path, row.facts) == (f"/desk/cases/{case.number}", {"case": case.number})
    assert (row.mail_at, row.leads_at) == (None, None)
    with runtime.unit_of_work(SYSTEM) as uow:
        other = make_case(uow, conversation_id=make_chat(uow).id)
    with runtime.unit_of_work(staff(aoi)) as uow:
        service.take(uow, other.id)
    drain(runtime)
    assert told(runtime, aoi) == []


def test_given_on_it_is_old_for_who_had_it(
    runtime: Runtime, case: CaseView, aoi: int, ken: int, lead: int
) -> None:
    give(runtime, case, aoi, by=lead)
    write(runtime, case)
    give(runtime, case, ken, by=lead)
    assert told(runtime, aoi) == [("given", "handed_on"), ("answered", "handed_on")]
    assert told(runtime, ken) == [("given", "unread")]


def test_several_messages_are_one_unread_notice_and_an_answer_ends_it(
    runtime: Runtime, case: CaseView, aoi: int, lead: int
) -> None:
    give(runtime, case, aoi, by=lead)
    for _ in range(3):
        write(runtime, case)
    assert told(runtime, aoi) == [
        ("given", "unread"),
        ("answered", "replaced"),
        ("answered", "replaced"),
        ("answered", "unread"),
    ]
    with runtime.unit_of_work(staff(aoi)) as uow:
        service.reply(uow, case.id, "お調べします。")
    drain(runtime)
    assert told(runtime, aoi)[-1] == ("answered", "replied")
    write(runtime, case)
    with runtime.unit_of_work(staff(aoi)) as uow:
        service.resolve(uow, case.id, code="answered", note="done")
    drain(runtime)
    assert [how for _rule, how in told(runtime, aoi)] == [
        "closed",
        "replaced",
        "replaced",
        "replied",
        "closed",
    ]


def test_who_is_called_stays_called_until_they_look(
    runtime: Runtime, case: CaseView, aoi: int, ken: int
) -> None:
    with runtime.unit_of_work(staff(aoi)) as uow:
        service.note(uow, case.id, "@ken @aoi お願いします")
        service.resolve(uow, case.id, code="answered", note="done")
    drain(runtime)
    assert told(runtime, ken) == [("mentioned", "unread")]
    assert told(runtime, aoi) == []


def test_a_merged_case_has_no_unread_notices(
    runtime: Runtime, case: CaseView, aoi: int, lead: int
) -> None:
    give(runtime, case, aoi, by=lead)
    with runtime.unit_of_work(SYSTEM) as uow:
        into = make_case(uow, conversation_id=make_chat(uow).id)
    with runtime.unit_of_work(staff(lead)) as uow:
        merging.merge(uow, case.id, into.id, key="m")
    drain(runtime)
    assert told(runtime, aoi)[0] == ("given", "closed")


def test_leads_hear_of_a_case_that_nobody_has_until_somebody_has_it(
    runtime: Runtime, lead: int, case: CaseView, aoi: int
) -> None:
    assert told(runtime, lead) == [("unassigned", "unread")]
    with runtime.unit_of_work(SYSTEM) as uow:
        agents.set_presence(uow, aoi, Presence.PRESENT)
    drain(runtime)
    assert told(runtime, lead) == [("unassigned", "taken")]
    assert told(runtime, aoi) == [("given", "unread")]


def test_who_has_the_case_hears_that_its_time_runs_out_and_that_it_is_missed(
    runtime: Runtime, case: CaseView, aoi: int, lead: int, clock: StandingClock
) -> None:
    give(runtime, case, aoi, by=lead)
    for minutes in (8, 12, 16):
        clock.set(TUESDAY + timedelta(minutes=minutes))
        with runtime.unit_of_work(SYSTEM) as uow:
            answer_times.warn(uow)
        drain(runtime)
    assert told(runtime, aoi) == [
        ("given", "unread"),
        ("running_out", "replaced"),
        ("missed", "unread"),
    ]
    soon, missed = rows(runtime, aoi)[1:]
    assert soon.facts["metric"] == missed.facts["metric"] == "first_response"
    assert soon.mail_at == TUESDAY + timedelta(minutes=22)
    assert missed.leads_at == TUESDAY + timedelta(minutes=46)
    with runtime.unit_of_work(staff(aoi)) as uow:
        service.reply(uow, case.id, "お待たせしました。")
    drain(runtime)
    assert told(runtime, aoi)[-1] == ("missed", "replied")


def test_a_case_to_settle_by_a_time_is_not_settled_by_an_answer(
    runtime: Runtime, case: CaseView, aoi: int, lead: int, clock: StandingClock
) -> None:
    give(runtime, case, aoi, by=lead)
    clock.set(TUESDAY + timedelta(hours=5))
    with runtime.unit_of_work(SYSTEM) as uow:
        answer_times.warn(uow)
    drain(runtime)
    with runtime.unit_of_work(staff(aoi)) as uow:
        service.reply(uow, case.id, "お待たせしました。")
    drain(runtime)
    left = {
        one.facts["metric"] for one in rows(runtime, aoi) if one.rule == "missed" and not one.why
    }
    assert left == {"resolution"}


def test_few_left_is_told_where_they_lie_and_to_who_buys_until_more_came(
    runtime: Runtime, aoi: int
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow, stock=10)
        elsewhere = make_location(uow, "osaka")
        here = make_staff(uow, Role.WAREHOUSE, name="山本 海").id
        there = make_staff(uow, Role.WAREHOUSE, mail="there@shop.example", name="森 空").id
        buyer = make_staff(uow, Role.OPERATIONS, name="林 陸").id
        colleagues.limit(uow, here, queues=[], locations=[shop.location_id])
        colleagues.limit(uow, there, queues=[], locations=[elsewhere])
    place = shop.coffee_id, shop.location_id
    with runtime.unit_of_work(SYSTEM) as uow:
        handling.keep_back(uow, place, safety=0, reorder_point=3)
        make_order(uow, shop, items={"COFFEE": 8})
    drain(runtime)
    for one in (here, buyer):
        assert told(runtime, one) == [("stock_low", "unread")]
    (row,) = rows(runtime, here)
    assert (row.path, row.facts["units"]) == ("/console/stock/COFFEE", "2")
    for one in (there, aoi):
        assert told(runtime, one) == []
    with runtime.unit_of_work(staff(here)) as uow:
        handling.handle(uow, Handling.ADJUST, {place: 20}, reason="found", key="k")
    drain(runtime)
    for one in (here, buyer):
        assert told(runtime, one) == [("stock_low", "came")]


def test_who_brought_it_about_is_not_told_and_others_are(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow, stock=10)
        me = make_staff(uow, Role.WAREHOUSE, name="山本 海").id
        buyer = make_staff(uow, Role.OPERATIONS, name="林 陸").id
    with runtime.unit_of_work(staff(me)) as uow:
        handling.keep_back(uow, (shop.coffee_id, shop.location_id), safety=0, reorder_point=50)
    drain(runtime)
    assert told(runtime, me) == []
    assert told(runtime, buyer) == [("stock_low", "unread")]


def test_a_failed_step_reaches_operations_and_its_owner_until_it_is_settled(
    runtime: Runtime, aoi: int, lead: int
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        operations = make_staff(uow, Role.OPERATIONS, name="林 陸").id
        for owner, subject in (("operations", 1), ("lead", 2), ("lead", 2)):
            fallout.record(
                uow,
                FalloutKind.PAYMENT,
                subject_id=subject,
                step="pay",
                what="refund.requested order:1",
                cause="Timeout",
                owner=owner,
                attempts=6,
            )
    drain(runtime)
    assert told(runtime, operations) == [("step_failed", "unread")] * 2
    assert told(runtime, lead) == [("step_failed", "unread")]
    assert told(runtime, aoi) == []
    with runtime.unit_of_work(SYSTEM) as uow:
        (first, _second) = fallout.waiting(uow.session)
        fallout.resolve(uow, first.id)
        fallout.settle_for(uow, FalloutKind.PAYMENT, subject_id=2, step="pay")
    drain(runtime)
    assert told(runtime, operations) == [("step_failed", "settled")] * 2


def test_a_failed_reaction_to_failed_steps_is_told_to_nobody(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        fallout.record(
            uow,
            FalloutKind.REACTION,
            subject_id=1,
            step="x",
            what="fallout.parked fallout:1",
            cause="x",
            owner="operations",
            attempts=6,
        )
        assert uow.emitted == []
        assert fallout.count(uow.session) == 1


def test_who_has_a_case_of_an_order_hears_that_it_is_late(
    runtime: Runtime, aoi: int, ken: int, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)

    def advance(by: timedelta) -> None:
        with runtime.unit_of_work(SYSTEM) as uow:
            ids = uow.session.execute(text("SELECT id FROM orders ORDER BY id")).scalars().all()
            for order_id in ids[:2]:
                of = make_case(uow, order_id=order_id, customer_id=shop.customer_id)
                uow.session.execute(
                    text("UPDATE cases SET assignee_id = :me WHERE id = :id"),
                    {"me": aoi, "id": of.id},
                )
        clock.set(clock.now() + by)

    made = make_orders_in_doubt(runtime, shop, advance)
    late = [one for one in rows(runtime, aoi) if one.matter.startswith("order:")]
    assert {one.facts["order"] for one in late} == {made["silent"].number, made["late"].number}
    assert all(one.path.startswith("/desk/cases/C-") for one in late)
    assert len({one.key for one in late}) == len(late)
    assert not [one for one in rows(runtime, ken) if one.matter.startswith("order:")]
    before = len(late)
    sweep(runtime)
    assert len([one for one in rows(runtime, aoi) if one.matter.startswith("order:")]) == before


# Once


def test_the_same_events_heard_again_tell_nobody_again(
    runtime: Runtime, case: CaseView, aoi: int, lead: int
) -> None:
    give(runtime, case, aoi, by=lead)
    write(runtime, case)
    before = told(runtime, aoi), told(runtime, lead)
    hear_again(runtime)
    assert (told(runtime, aoi), told(runtime, lead)) == before


def a_fact(case: CaseView, key: str = "k") -> Fact:
    return Fact(
        rule=rules.ANSWERED,
        key=key,
        matter=f"case:{case.id}",
        path=f"/desk/cases/{case.number}",
        facts={"case": case.number},
        case_id=case.id,
        queue_id=case.queue_id,
    )


def at_once(acts: Sequence[object]) -> list[object]:
    start = Barrier(len(acts))

    def run(act: object) -> object:
        start.wait()
        assert callable(act)
        return act()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def test_one_fact_told_six_times_at_once_is_told_once(
    runtime: Runtime, case: CaseView, aoi: int, ken: int
) -> None:
    def tell() -> int:
        with runtime.unit_of_work(SYSTEM) as uow:
            both = [access.staff_by_id(uow.session, one) for one in (aoi, ken)]
            return len(notices.tell(uow, a_fact(case), both, zone=runtime.settings.zone))

    assert sum(int(str(one)) for one in at_once([tell] * 6)) == 2
    for one in (aoi, ken):
        assert told(runtime, one) == [("answered", "unread")]


def test_read_six_times_at_once_it_is_read_once(runtime: Runtime, case: CaseView, aoi: int) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        me = access.staff_by_id(uow.session, aoi)
        notices.tell(uow, a_fact(case), [me], zone=runtime.settings.zone)
    (row,) = rows(runtime, aoi)

    def read() -> int:
        with runtime.unit_of_work(staff(aoi)) as uow:
            return notices.read(uow, aoi, [row.id])

    assert sorted(int(str(one)) for one in at_once([read] * 6)) == [0] * 5 + [1]
    assert told(runtime, aoi) == [("answered", "read")]


def test_a_press_is_taken_back_whole_and_what_was_opened_stays_read(
    runtime: Runtime, case: CaseView, aoi: int, ken: int, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        both = [access.staff_by_id(uow.session, one) for one in (aoi, ken)]
        for key in ("a", "b", "c"):
            fact = Fact(**{**a_fact(case, key).__dict__, "rule": rules.MENTIONED})
            notices.tell(uow, fact, both, zone=runtime.settings.zone)
    first, *_others, last = rows(runtime, aoi)
    with runtime.unit_of_work(staff(aoi)) as uow:
        assert notices.read(uow, aoi, [first.id]) == 1
        done, press = notices.read_all(uow, aoi, up_to=last.id)
        assert done == 2
    for count in (2, 0):
        with runtime.unit_of_work(staff(aoi)) as uow:
            assert notices.take_back(uow, aoi, press) == count
            assert notices.take_back(uow, ken, press) == 0
            assert notices.take_back(uow, aoi, "") == 0
    assert [how for _rule, how in told(runtime, aoi)] == ["read", "unread", "unread"]
    assert [how for _rule, how in told(runtime, ken)] == ["unread"] * 3
    with runtime.unit_of_work(staff(aoi)) as uow:
        _done, press = notices.read_all(uow, aoi, up_to=last.id)
    clock.advance(hours=1)
    with runtime.unit_of_work(staff(aoi)) as uow:
        assert notices.take_back(uow, aoi, press) == 0


# Who may see it


def test_who_loses_the_right_or_the_queue_sees_it_no_more(
    runtime: Runtime, case: CaseView, aoi: int
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        notices.tell(
            uow,
            a_fact(case),
            [access.staff_by_id(uow.session, aoi)],
            zone=runtime.settings.zone,
        )
        others = uow.session.execute(
            text("SELECT id FROM queues WHERE id <> :mine ORDER BY id LIMIT 1"),
            {"mine": case.queue_id},
        ).scalar_one()

    def seen() -> tuple[int, int]:
        with runtime.database.reading() as connection:
            me = access.staff_by_id(connection, aoi)
            return queries.unread(connection, me), len(queries.page(connection, me).items)

    assert seen() == (1, 1)
    with runtime.unit_of_work(SYSTEM) as uow:
        colleagues.limit(uow, aoi, queues=[others], locations=[])
    assert seen() == (0, 0)
    with runtime.unit_of_work(SYSTEM) as uow:
        colleagues.limit(uow, aoi, queues=[case.queue_id], locations=[])
    assert seen() == (1, 1)
    with runtime.unit_of_work(SYSTEM) as uow:
        me = access.staff_by_id(uow.session, aoi)
        fact = a_fact(case, "other")
        foreign = Fact(**{**fact.__dict__, "queue_id": others})
        assert notices.tell(uow, foreign, [me], zone=runtime.settings.zone) == ()


# Choices


def test_a_kind_that_is_not_wanted_is_not_told_and_what_is_needed_cannot_be_refused(
    runtime: Runtime, case: CaseView, aoi: int, lead: int
) -> None:
    with runtime.unit_of_work(staff(aoi)) as uow:
        wishes.choose(uow, aoi, {Kind.GIVEN: Way.NOT, Kind.ANSWERS: Way.MAIL})
    give(runtime, case, aoi, by=lead)
    assert told(runtime, aoi) == []
    write(runtime, case)
    (row,) = rows(runtime, aoi)
    assert (row.rule, row.mail_at) == ("answered", row.at)
    refusals: tuple[tuple[dict[str, Any], str], ...] = (
        ({"ways": {Kind.TIMES: Way.NOT}}, "times"),
        ({"ways": {}, "zone": "Mars/Base"}, "zone"),
        ({"ways": {}, "quiet_from_h": 24}, "quiet_from_h"),
    )
    for wrong, field in refusals:
        with pytest.raises(Invalid) as refused, runtime.unit_of_work(staff(aoi)) as uow:
            wishes.choose(uow, aoi, **wrong)
        assert set(refused.value.fields) == {field}
    with runtime.database.looking() as session:
        mine = wishes.of(session, [aoi], shop=runtime.settings.zone)[aoi]
    assert dict(mine.ways) == {Kind.GIVEN: Way.NOT, Kind.ANSWERS: Way.MAIL}


# Keeping


def test_what_was_told_goes_after_its_days(
    runtime: Runtime, case: CaseView, aoi: int, lead: int, clock: StandingClock
) -> None:
    give(runtime, case, aoi, by=lead)
    kept = next(one for one in runtime.keeping.all() if one.name == "colleague_notices")
    clock.advance(days=181)
    with runtime.unit_of_work(SYSTEM) as uow:
        before = uow.now - timedelta(days=180)
        count = uow.session.scalar(select(func.count()).select_from(ColleagueNotice)) or 0
        assert kept.due(uow.session, before) == count > 0
        assert kept.forget(uow, before, 1) == 1
        assert kept.forget(uow, before, 200) == count - 1
        assert kept.due(uow.session, before) == 0


def test_no_reaction_of_these_has_failed(runtime: Runtime, case: CaseView, lead: int) -> None:
    with runtime.database.looking() as session:
        parked = select(func.count()).where(Delivery.state != DeliveryState.DONE)
        assert session.scalar(parked) == 0
