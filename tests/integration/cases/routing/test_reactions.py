"""When routing looks again: somebody goes, comes back, gives back, runs out of time."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from cases import queries as cases
from cases import service
from cases.routing import agents as whom
from cases.routing import assignment, queries, reactions
from cases.routing import service as routing
from cases.routing.service import AgentWish, RuleWish
from cases.routing.states import Presence
from cases.sla import service as answer_times
from cases.sla.events import CaseEscalated
from cases.states import EntryKind
from cases.taxonomy import tags
from cases.writing import handing
from oms_service.access import sessions
from oms_service.access.states import SessionKind
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.languages import Language
from oms_service.operations import reconcile
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent, make_case, make_chat
from tests.factories.shop import make_shop
from tests.fakes.clock import StandingClock

IDLE = timedelta(minutes=30)
TUESDAY = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
NAME = {"ja": "規則", "en": "Rule"}


@pytest.fixture
def two(runtime: Runtime) -> tuple[int, int]:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_agent(uow), make_agent(uow, "ren@desk.example", name="鈴木 蓮")


def who_has(runtime: Runtime, case_id: int) -> int | None:
    drain(runtime)
    with runtime.database.reading() as connection:
        return cases.by_id(connection, case_id).assignee_id


def be(runtime: Runtime, staff_id: int, presence: Presence) -> None:
    with runtime.unit_of_work(staff(staff_id)) as uow:
        routing.set_presence(uow, staff_id, presence)
    drain(runtime)


def by_the_clock(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        done = whom.by_the_clock(uow, IDLE)
    drain(runtime)
    return done


def presence_of(runtime: Runtime, staff_id: int) -> Presence:
    with runtime.database.reading() as connection:
        return queries.agent(connection, staff_id).presence


def test_who_goes_gives_back_what_is_untouched_and_keeps_what_they_talk_in(
    runtime: Runtime, two: tuple[int, int]
) -> None:
    aoi, ren = two
    be(runtime, ren, Presence.BUSY)
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        chat = make_chat(uow, customer_id=shop.customer_id)
        talked_in = make_case(uow, customer_id=shop.customer_id, conversation_id=chat.id).id
        untouched = make_case(uow).id
    assert who_has(runtime, talked_in) == who_has(runtime, untouched) == aoi
    with runtime.unit_of_work(staff(aoi)) as uow:
        service.reply(uow, talked_in, "お調べします。")
    be(runtime, ren, Presence.PRESENT)
    be(runtime, aoi, Presence.OFFLINE)
    assert who_has(runtime, talked_in) == aoi
    assert who_has(runtime, untouched) == ren
    assert reconcile.audit(runtime.database) == ()


def test_who_gave_it_back_is_not_given_it_again(runtime: Runtime, two: tuple[int, int]) -> None:
    aoi, ren = two
    be(runtime, ren, Presence.AWAY)
    with runtime.unit_of_work(SYSTEM) as uow:
        case_id = make_case(uow).id
    assert who_has(runtime, case_id) == aoi
    with runtime.unit_of_work(staff(aoi)) as uow:
        handing.release(uow, case_id)
    assert who_has(runtime, case_id) is None
    with runtime.database.reading() as connection:
        assert queries.routes(connection, [case_id])[case_id].nobody == "nobody_there"
    be(runtime, ren, Presence.PRESENT)
    assert who_has(runtime, case_id) == ren


def test_the_same_agent_gets_the_next_case_of_a_customer(
    runtime: Runtime, two: tuple[int, int]
) -> None:
    aoi, ren = two
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        first = make_case(uow, customer_id=shop.customer_id).id
        others = [make_case(uow).id for _ in range(3)]
    known = who_has(runtime, first)
    with runtime.unit_of_work(SYSTEM) as uow:
        service.resolve(uow, first, code="recovered")
        for case_id in others:
            assignment.assign(uow, case_id)
        again = make_case(uow, customer_id=shop.customer_id).id
    assert known in {aoi, ren}
    assert who_has(runtime, again) == known
    with runtime.database.reading() as connection:
        assert queries.routes(connection, [again])[again].why == "same_as_before"


def test_whoever_is_not_seen_is_offline_and_comes_back_with_a_request(
    runtime: Runtime, two: tuple[int, int], clock: StandingClock
) -> None:
    aoi, ren = two
    assert by_the_clock(runtime) == 0
    clock.set(clock.now() + IDLE - timedelta(minutes=1))
    with runtime.unit_of_work(SYSTEM) as uow:
        sessions.start(uow, SessionKind.STAFF, ren, device="", instead_of=None)
        whom.seen(uow, ren)
    clock.set(clock.now() + timedelta(minutes=2))
    assert by_the_clock(runtime) == 1
    assert presence_of(runtime, aoi) is Presence.OFFLINE
    assert presence_of(runtime, ren) is Presence.PRESENT
    with runtime.unit_of_work(SYSTEM) as uow:
        whom.seen(uow, aoi)
        sessions.revoke_all(uow, SessionKind.STAFF, ren)
    assert presence_of(runtime, aoi) is Presence.PRESENT
    assert by_the_clock(runtime) == 2  # neither is signed in
    be(runtime, aoi, Presence.OFFLINE)
    with runtime.unit_of_work(SYSTEM) as uow:
        whom.seen(uow, aoi)
    assert presence_of(runtime, aoi) is Presence.OFFLINE  # they said so themselves


def test_who_is_back_at_a_time_is_given_what_waits_then(
    runtime: Runtime, two: tuple[int, int], clock: StandingClock
) -> None:
    aoi, ren = two
    be(runtime, ren, Presence.BUSY)
    back_at = clock.now() + timedelta(hours=1)
    with runtime.unit_of_work(staff(aoi)) as uow:
        routing.set_presence(uow, aoi, Presence.AWAY, back_at=back_at)
        case_id = make_case(uow).id
    assert who_has(runtime, case_id) is None
    clock.set(back_at)
    by_the_clock(runtime)
    assert who_has(runtime, case_id) == aoi


def test_more_room_other_languages_and_queues_are_routed_by_at_once(
    runtime: Runtime, two: tuple[int, int]
) -> None:
    aoi, ren = two
    be(runtime, ren, Presence.AWAY)
    with runtime.unit_of_work(SYSTEM) as uow:
        case_id = make_case(uow, language=Language.ENGLISH).id
    assert who_has(runtime, case_id) is None
    with runtime.unit_of_work(SYSTEM) as uow:
        wish = AgentWish(capacity=20, languages=["ja", "en"], skills=[], queues=[])
        routing.change_agent(uow, aoi, wish, version=1)
    assert who_has(runtime, case_id) == aoi


def test_a_tag_and_a_skill_decide(runtime: Runtime, two: tuple[int, int]) -> None:
    _aoi, ren = two
    with runtime.unit_of_work(SYSTEM) as uow:
        routing.add_skill(uow, NAME, code="press")
        wish = AgentWish(capacity=20, languages=["ja"], skills=["press"], queues=[])
        routing.change_agent(uow, ren, wish, version=1)
        rule = RuleWish(name=NAME, tags=["Press"], queue="returns", skills=["press"])
        routing.add_rule(uow, rule)
        case = make_case(uow)
        tags.put(uow, case.id, "press")
    assert who_has(runtime, case.id) == ren
    with runtime.database.reading() as connection:
        entries = cases.entries(connection, case.id)
        (returns,) = [one for one in queries.queues(connection) if one.code == "returns"]
        assert cases.by_id(connection, case.id).queue_id == returns.id
    (routed,) = [one.data for one in entries if one.kind is EntryKind.ROUTED]
    assert routed["queue"] == returns.id


def test_a_lead_is_told_within_seconds_and_looks_once(
    runtime: Runtime, two: tuple[int, int], clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(
            text("""UPDATE sla_policies SET ladder = '[[100, "tell_lead"]]' WHERE code = 'chat'""")
        )
        shop = make_shop(uow)
        chat = make_chat(uow, customer_id=shop.customer_id)
        case = make_case(uow, customer_id=shop.customer_id, conversation_id=chat.id)
    drain(runtime)
    clock.set(TUESDAY + timedelta(minutes=15))
    with runtime.unit_of_work(SYSTEM) as uow:
        assert answer_times.warn(uow) == 1
        told = [one for one in uow.emitted if isinstance(one, CaseEscalated)]
    assert [(one.step, one.percent) for one in told] == [("tell_lead", 100)]
    drain(runtime)
    with runtime.database.reading() as connection:
        assert [one.number for one in queries.told(connection)] == [case.number]
    for _ in range(2):
        with runtime.unit_of_work(SYSTEM) as uow:
            routing.look_at(uow, case.id)
    with runtime.database.reading() as connection:
        assert queries.told_count(connection) == 0


def test_cases_left_with_somebody_offline_are_found_by_the_sweep(
    runtime: Runtime, two: tuple[int, int]
) -> None:
    aoi, ren = two
    with runtime.unit_of_work(SYSTEM) as uow:
        case_id = make_case(uow).id
        uow.session.execute(
            text("UPDATE cases SET assignee_id = :who WHERE id = :id"), {"who": aoi, "id": case_id}
        )
        uow.session.execute(
            text("UPDATE agents SET presence = 'offline' WHERE staff_id = :who"), {"who": aoi}
        )
    with runtime.unit_of_work(SYSTEM) as uow:
        assert reactions.sweep(uow) == 1
    assert who_has(runtime, case_id) == ren
