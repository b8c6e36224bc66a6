"""Taking, giving on, giving back and putting away in Slack: once, and only by who may."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from cases import service as cases
from oms_service.access.states import Role
from oms_service.kernel.actors import staff as a_colleague
from tests.slack_bench import Bench


def test_a_case_is_taken_by_a_press_and_its_card_says_so(bench: Bench) -> None:
    case = bench.open()
    assert bench.press(case, "take").status == 200
    taken = bench.now(case)
    assert (taken.assignee_id, str(taken.state)) == (bench.staff.id, "open")
    bench.bring()
    assert "Mika Sato" in str(bench.card(case)["blocks"])
    assert bench.whispers() == []
    assert bench.count("slack_heard", "what = 'case:take'") == 1


def test_a_press_that_slack_tells_again_is_done_once(bench: Bench) -> None:
    case = bench.open()
    answer = bench.press(case, "take")
    version = bench.now(case).version
    for count in (1, 2, 3):
        assert bench.agent.post.again(answer, count=count).status == 200
    assert bench.now(case).version == version
    assert bench.count("slack_heard") == 1
    assert bench.whispers() == []


def test_a_second_press_is_told_who_has_it(bench: Bench) -> None:
    case = bench.open()
    other, _staff = bench.colleague("Ken Ito", Role.AGENT)
    bench.press(case, "take")
    version = bench.now(case).version
    bench.press(case, "take")
    bench.press(case, "take", by=other)
    assert bench.now(case).version == version
    assert "Mika Sato has this case already." in bench.whispers()[0]
    (said,) = bench.whispers(other)
    assert "Somebody changed this case meanwhile." in said
    assert "with Mika Sato" in said


def test_a_refusal_has_the_card_drawn_anew(bench: Bench) -> None:
    case = bench.open()
    with bench.desk.runtime.unit_of_work(a_colleague(bench.staff.id)) as uow:
        cases.note(uow, case.id, "a word among us")
    bench.press(case, "take")
    assert bench.now(case).assignee_id is None
    assert bench.bring() >= 1
    bench.press(case, "take")
    assert bench.now(case).assignee_id == bench.staff.id


def test_somebody_whom_nobody_knows_reads_and_does_nothing(bench: Bench) -> None:
    case = bench.open()
    visitor = bench.desk.stranger()
    bench.desk.slack.book.channel(bench.channel).members.append(visitor.me.id)
    for verb in ("take", "reply", "resolve"):
        assert bench.press(case, verb, by=visitor).status == 200
    for verb in ("history", "all"):
        assert bench.choose(case, verb, by=visitor).status == 200
    assert bench.now(case).version == case.version
    assert bench.desk.slack.book.windows.before(visitor.me.id) == []
    assert len(bench.whispers(visitor)) == 5
    assert all("/desk/slack/link/" in one for one in bench.whispers(visitor))
    assert bench.count("slack_heard") == 0


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.WAREHOUSE])
def test_a_role_that_may_not_is_refused(bench: Bench, role: Role) -> None:
    case = bench.open()
    other, _staff = bench.colleague("Aya Abe", role)
    bench.press(case, "take", by=other)
    bench.press(case, "reply", by=other)
    assert bench.now(case).version == case.version
    assert bench.desk.slack.book.windows.before(other.me.id) == []
    assert len(bench.whispers(other)) == 2
    assert all("Your role does not let you do this" in one for one in bench.whispers(other))


def test_a_case_of_another_queue_is_not_there(bench: Bench) -> None:
    case = bench.open()
    other, staff = bench.colleague("Aya Abe", Role.AGENT)
    bench.limit(staff, but=case.queue_id)
    bench.press(case, "take", by=other)
    bench.press(case, "reply", by=other)
    bench.choose(case, "history", by=other)
    assert bench.now(case).version == case.version
    assert bench.desk.slack.book.windows.before(other.me.id) == []
    assert bench.whispers(other) == ["There is no such case for you."] * 3


def test_of_many_who_press_at_the_same_time_one_has_it(bench: Bench) -> None:
    case = bench.open()
    people = [bench.colleague(f"Agent Nr{number}", Role.AGENT) for number in range(6)]
    start = threading.Barrier(len(people))

    def press(number: int) -> int:
        start.wait()
        return int(bench.press(case, "take", by=people[number][0]).status)

    with ThreadPoolExecutor(len(people)) as pool:
        assert list(pool.map(press, range(len(people)))) == [200] * len(people)
    assert bench.now(case).assignee_id in {staff.id for _player, staff in people}
    assert bench.count("slack_heard", "what = 'case:take'") == 1
    assert bench.count("case_entries", "kind = 'assigned'") == 1


def test_a_lead_gives_a_case_to_a_colleague_and_an_agent_may_not(bench: Bench) -> None:
    case = bench.open()
    lead, _staff = bench.colleague("Rin Mori", Role.LEAD)
    bench.choose(case, "assign")
    assert "Your role does not let you do this" in bench.whispers()[0]
    bench.choose(case, "assign", by=lead)
    assert lead.submit(staff=str(bench.staff.id)).status == 200
    assert bench.now(case).assignee_id == bench.staff.id
    assert bench.desk.slack.book.windows.before(lead.me.id) == []


def test_it_is_given_back_and_waits_and_goes_on(bench: Bench) -> None:
    case = bench.open()
    bench.press(case, "take")
    bench.bring()
    bench.choose(case, "all")
    bench.agent.press_in_window("case:wait")
    assert bench.agent.submit(days="3").status == 200
    waits = bench.now(case)
    assert str(waits.state) == "waiting_third_party"
    assert bench.count("case_reminders") == 1
    bench.bring()
    bench.press(case, "resume")
    assert str(bench.now(case).state) == "open"
    bench.bring()
    bench.choose(case, "all")
    bench.agent.press_in_window("case:release")
    assert bench.now(case).assignee_id is None


def test_it_is_put_away_until_a_moment_of_ones_own(bench: Bench) -> None:
    case = bench.open()
    bench.choose(case, "snooze")
    refused = bench.agent.submit(when="moment", snooze_day="2020-01-01", snooze_time="09:00")
    assert refused.json["response_action"] == "errors"
    assert bench.now(case).version == case.version
    day = (bench.desk.clock.now() + timedelta(days=3)).date().isoformat()
    assert bench.agent.submit(snooze_day=day).status == 200
    assert str(bench.now(case).state) == "snoozed"


def test_a_form_over_an_older_reading_keeps_what_was_typed_and_says_so(bench: Bench) -> None:
    case = bench.open()
    bench.press(case, "resolve")
    with bench.desk.runtime.unit_of_work(a_colleague(bench.staff.id)) as uow:
        cases.note(uow, case.id, "a word among us")
    said = {"code": "answered", "ending": "told them"}
    answer = bench.agent.submit(**said)
    assert answer.json["response_action"] == "update"
    assert "Somebody changed this case meanwhile." in str(bench.agent.window["blocks"])
    assert str(bench.now(case).state) != "resolved"
    assert bench.agent.submit().status == 200  # what was typed is still there
    ended = bench.now(case)
    assert (str(ended.state), ended.resolution) == ("resolved", "answered")
