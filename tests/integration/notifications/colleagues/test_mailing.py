"""What stands unread goes by mail and on to the leads: once, in time, in their language."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import text

from cases import service
from cases.routing import agents
from cases.routing.states import Presence
from cases.sla import service as answer_times
from cases.views import CaseView
from notifications.colleagues import rules, wishes
from notifications.colleagues import service as notices
from notifications.colleagues.mailing import AGAIN, Mailing
from notifications.colleagues.rules import Rule
from notifications.colleagues.service import Fact
from notifications.colleagues.states import Kind, Way
from oms_service.access import queries as access
from oms_service.access import staff as colleagues
from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.languages import Language
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent, make_case, make_chat
from tests.factories.staff import make_staff
from tests.fakes.clock import StandingClock
from tests.integration.notifications.colleagues.telling import rows, told

TUESDAY = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)


@pytest.fixture
def grace(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        me = make_agent(uow, "grace@desk.example", name="Grace Taylor", language=Language.ENGLISH)
        agents.set_presence(uow, me, Presence.AWAY)
    return me


@pytest.fixture
def lead(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_staff(uow, Role.LEAD, name="鈴木 玲").id


@pytest.fixture
def case(runtime: Runtime, grace: int) -> CaseView:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_case(uow, conversation_id=make_chat(uow).id)
    drain(runtime)
    return made


def tell(runtime: Runtime, me: int, case: CaseView, rule: Rule, *keys: str) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        for key in keys:
            fact = Fact(
                rule=rule,
                key=key,
                matter=f"case:{case.id}",
                path=f"/desk/cases/{case.number}",
                facts={
                    "case": case.number,
                    "metric": "first_response",
                    "due_at": "2026-11-24T00:15:00+00:00",
                },
                case_id=case.id,
                queue_id=case.queue_id,
            )
            one = access.staff_by_id(uow.session, me)
            assert notices.tell(uow, fact, [one], zone=runtime.settings.zone) == (me,)


def mailing(runtime: Runtime) -> Mailing:
    return Mailing(runtime.settings.zone, "https://desk.shop.example/")


def write(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return mailing(runtime).write_due(uow)


def letters(runtime: Runtime) -> list[Any]:
    with runtime.database.reading() as connection:
        return list(
            connection.execute(
                text(
                    "SELECT m.subject, m.text, m.extra, m.author_kind FROM messages m"
                    " JOIN conversations c ON c.id = m.conversation_id"
                    " WHERE c.channel = 'mail' ORDER BY m.id"
                )
            )
        )


def test_urgent_and_unread_for_ten_minutes_it_goes_by_mail_once(
    runtime: Runtime, grace: int, case: CaseView, clock: StandingClock
) -> None:
    tell(runtime, grace, case, rules.RUNNING_OUT, "a")
    clock.advance(minutes=9, seconds=59)
    assert write(runtime) == 0
    clock.advance(seconds=1)
    assert [write(runtime), write(runtime)] == [1, 0]
    ((subject, words, extra, author),) = letters(runtime)
    (row,) = rows(runtime, grace)
    assert subject == f"Time is running out for {case.number} (first answer)"
    assert f"https://desk.shop.example/notices/{row.id}" in words
    assert "https://desk.shop.example/notices/choices" in words
    assert "Due: Tue, Nov 24" in words or "Due:" in words
    assert f'href="https://desk.shop.example/notices/{row.id}"' in extra["html"]
    assert author == "notice"
    assert (row.mail_at, row.mailed_at) == (None, clock.now())
    assert row.message_id is not None
    assert told(runtime, grace) == [("running_out", "unread")]


@pytest.mark.parametrize("how", ["read", "replied"])
def test_what_was_read_or_is_over_meanwhile_is_not_written(
    runtime: Runtime, grace: int, case: CaseView, clock: StandingClock, how: str
) -> None:
    with runtime.unit_of_work(staff(grace)) as uow:
        service.take(uow, case.id)
    tell(runtime, grace, case, rules.RUNNING_OUT, "a")
    with runtime.unit_of_work(staff(grace)) as uow:
        if how == "read":
            notices.read_all(uow, grace, up_to=10**9)
        else:
            service.reply(uow, case.id, "お調べします。")
    drain(runtime)
    clock.advance(minutes=11)
    assert write(runtime) == 0
    assert [one for one in letters(runtime) if "running" in one.subject] == []
    assert told(runtime, grace) == [("running_out", how)]


def test_at_once_by_mail_waits_for_their_own_morning_and_is_one_letter_then(
    runtime: Runtime, grace: int, case: CaseView, clock: StandingClock
) -> None:
    """At ten in the morning of the shop it is two at night in Berlin."""
    with runtime.unit_of_work(staff(grace)) as uow:
        wishes.choose(uow, grace, {Kind.MENTIONS: Way.MAIL}, zone="Europe/Berlin")
    tell(runtime, grace, case, rules.MENTIONED, "a", "b")
    morning = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
    assert [one.mail_at for one in rows(runtime, grace)] == [morning, morning]
    assert write(runtime) == 0
    clock.set(morning)
    assert [write(runtime), write(runtime)] == [2, 0]
    ((subject, words, _extra, _author),) = letters(runtime)
    assert subject == "2 notices wait for you"
    assert words.count(f"・A colleague calls you in a note of {case.number}") == 2
    assert "https://desk.shop.example/notices\n" in f"{words}\n"


def test_hours_that_were_chosen_since_hold(
    runtime: Runtime, grace: int, case: CaseView, clock: StandingClock
) -> None:
    tell(runtime, grace, case, rules.RUNNING_OUT, "a")
    with runtime.unit_of_work(staff(grace)) as uow:
        wishes.choose(uow, grace, {}, quiet_from_h=9, quiet_until_h=18)
    clock.advance(minutes=10)
    assert write(runtime) == 1
    assert letters(runtime) == []
    assert rows(runtime, grace)[0].mail_at == datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def test_nobody_is_written_to_about_what_they_may_not_see_any_more(
    runtime: Runtime, grace: int, case: CaseView, lead: int, clock: StandingClock
) -> None:
    tell(runtime, grace, case, rules.RUNNING_OUT, "a")
    with runtime.unit_of_work(SYSTEM) as uow:
        colleagues.deactivate(uow, grace)
    clock.advance(minutes=10)
    assert write(runtime) == 1
    assert [write(runtime), letters(runtime)] == [0, []]
    assert rows(runtime, grace)[0].mailed_at is None


def test_one_that_breaks_is_tried_later_and_keeps_no_other(
    runtime: Runtime, grace: int, case: CaseView, lead: int, clock: StandingClock
) -> None:
    tell(runtime, grace, case, rules.RUNNING_OUT, "a")
    tell(runtime, lead, case, rules.RUNNING_OUT, "b")
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(
            text("UPDATE colleague_notices SET facts = '{}' WHERE staff_id = :me"), {"me": grace}
        )
    clock.advance(minutes=10)
    assert write(runtime) == 2
    assert len(letters(runtime)) == 1
    broken = next(one for one in rows(runtime, grace) if one.key == "a")
    assert broken.mail_at == clock.now() + AGAIN


def test_four_sweeps_at_once_write_one_letter(
    runtime: Runtime, grace: int, case: CaseView, clock: StandingClock
) -> None:
    tell(runtime, grace, case, rules.RUNNING_OUT, "a")
    clock.advance(minutes=10)
    start = Barrier(4)

    def sweep(_n: int) -> int:
        start.wait()
        return write(runtime)

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(sweep, range(4))) == [0, 0, 0, 1]
    assert len(letters(runtime)) == 1


def test_a_missed_time_unread_for_thirty_minutes_reaches_the_leads_once(
    runtime: Runtime, grace: int, case: CaseView, lead: int, clock: StandingClock
) -> None:
    with runtime.unit_of_work(staff(grace)) as uow:
        service.take(uow, case.id)
    drain(runtime)
    clock.set(TUESDAY + timedelta(minutes=16))
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("UPDATE sla_policies SET ladder = '[]'"))
    with runtime.unit_of_work(SYSTEM) as uow:
        answer_times.warn(uow)
    drain(runtime)
    assert told(runtime, grace) == [("missed", "unread")]

    def tell_leads() -> int:
        with runtime.unit_of_work(SYSTEM) as uow:
            return mailing(runtime).tell_leads(uow)

    def of_leads() -> list[tuple[str, str]]:
        return [one for one in told(runtime, lead) if one[0] != "unassigned"]

    clock.advance(minutes=29)
    assert (tell_leads(), of_leads()) == (0, [])
    clock.advance(minutes=1)
    assert [tell_leads(), tell_leads()] == [1, 0]
    assert of_leads() == [("missed_by_others", "unread")]
    assert told(runtime, grace) == [("missed", "unread")]
    with runtime.unit_of_work(staff(grace)) as uow:
        service.reply(uow, case.id, "お待たせしました。")
    drain(runtime)
    assert of_leads() == [("missed_by_others", "replied")]


def test_read_in_time_it_does_not_reach_the_leads(
    runtime: Runtime, grace: int, case: CaseView, lead: int, clock: StandingClock
) -> None:
    tell(runtime, grace, case, rules.MISSED, "a")
    (row,) = rows(runtime, grace)
    assert row.leads_at == clock.now() + timedelta(minutes=30)
    with runtime.unit_of_work(staff(grace)) as uow:
        notices.read(uow, grace, [row.id])
    clock.advance(minutes=31)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert mailing(runtime).tell_leads(uow) == 0
