"""How cases end in Slack, where they go before that, and what is looked at there."""

import re

import pytest

from bots.slack.values import encode
from cases import queries as cases
from cases import service
from cases.states import Priority
from cases.taxonomy import sorting
from cases.taxonomy.sorting import Sorting
from oms_service.access.states import Role
from oms_service.conversations import service as talking
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.actors import staff as a_colleague
from tests.effects import settle
from tests.slack_bench import Bench


def test_a_case_is_resolved_and_opened_again(bench: Bench) -> None:
    case = bench.open()
    bench.press(case, "resolve")
    bench.agent.submit(code="answered", ending="told them when")
    ended = bench.now(case)
    assert (str(ended.state), ended.resolution) == ("resolved", "answered")
    bench.bring()
    bench.press(case, "reopen")
    assert str(bench.now(case).state) == "resolved"
    bench.agent.submit()
    assert str(bench.now(case).state) == "open"


def test_it_is_more_pressing_with_a_note_that_says_why(bench: Bench) -> None:
    case = bench.open()
    bench.menu(case, "escalate")
    bench.agent.submit(set_priority="urgent", note="Third time.")
    now = bench.now(case)
    assert str(now.priority) == "urgent"
    with bench.desk.runtime.database.reading() as connection:
        notes = [one.text for one in cases.entries(connection, case.id) if str(one.kind) == "note"]
    assert notes == ["Third time."]


def test_a_case_that_is_moved_stands_in_the_other_channel(bench: Bench) -> None:
    case = bench.open()
    with bench.desk.runtime.database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT code FROM queues ORDER BY code").scalars()
        other = next(str(one) for one in rows if one != bench.queue)
    there = bench.desk.channel_of(other, bench.agent)
    bench.menu(case, "queue")
    bench.agent.submit(set_queue=other)
    bench.bring()
    assert bench.root(case)[0] == there
    (left,) = [
        one
        for one in bench.desk.slack.book.channels.get(bench.channel).messages.values()
        if case.number in one["text"]
    ]
    assert f"<#{there}>" in str(left["blocks"])


def test_two_cases_become_one(bench: Bench) -> None:
    first, second = bench.open(), bench.open()
    bench.menu(first, "merge")
    wrong = bench.agent.submit_with({"with": "C-999999"})
    assert wrong.json["errors"] == {"with": "There is no case of that number."}
    bench.agent.submit_with({"with": second.number})
    assert bench.agent.window["callback_id"] == "case:merge_both"
    answer = bench.agent.submit(stays=first.number)
    assert bench.agent.post.again(answer).status == 200
    assert bench.now(second).merged_into_id == first.id
    assert bench.now(first).merged_into_id is None
    assert bench.count("case_merges") == 1


def test_a_hard_case_gets_a_channel_of_its_own_and_comes_back(bench: Bench) -> None:
    case = bench.open()
    bench.desk.slack.channel("taken")
    bench.menu(case, "promote")
    for name in ("Not A Name", "taken"):
        answer = bench.agent.submit(name=name)
        assert list(answer.json["errors"]) == ["name"]
    assert bench.agent.submit(name="hard-case").status == 200
    bench.bring()
    own, _ts = bench.root(case)
    made = bench.desk.slack.book.channels.get(own)
    assert (made.name, made.is_private) == ("hard-case", True)
    assert bench.agent.me.id in made.members
    bench.menu(case, "demote")
    bench.bring()
    assert bench.root(case)[0] == bench.channel
    settle(bench.desk.runtime)
    assert bench.desk.slack.book.channels.get(own).is_archived


def test_a_settled_case_leaves_its_own_channel_which_is_put_away_when_all_is_said(
    bench: Bench,
) -> None:
    case = bench.open()
    bench.menu(case, "promote")
    bench.agent.submit(name="hard-case")
    bench.bring()
    own, ts = bench.root(case)
    with bench.desk.runtime.unit_of_work(a_colleague(bench.staff.id)) as uow:
        service.resolve(uow, case.id, code="answered", note="told them")
    settle(bench.desk.runtime)
    book = bench.desk.slack.book
    assert not book.channels.get(own).is_archived  # its card has still to say where it went
    bench.bring()
    settle(bench.desk.runtime)
    settle(bench.desk.runtime)
    assert book.channels.get(own).is_archived
    left = book.messages.get(book.channels.get(own), ts)
    assert bench.channel in str(left["blocks"])
    assert bench.root(case)[0] == bench.channel
    assert bench.count("outbox", "name = 'slack.channel_left'") == 1


def test_a_channel_that_was_left_behind_by_a_crash_is_used(bench: Bench) -> None:
    case, other = bench.open(), bench.open()
    book = bench.desk.slack.book
    empty = book.channels.create("hard-case", by=book.bot.id, is_private=True)
    theirs = book.channels.create("theirs", by=bench.agent.me.id, is_private=True)
    theirs.members.append(book.bot.id)
    bench.menu(case, "promote")
    refused: list[tuple[str, dict[str, list[str]]]] = [
        ("theirs", {}),
        ("hard-case", {"private": []}),
    ]
    for name, said in refused:
        wrong = bench.agent.submit(name=name, **said)  # somebody else's, and an open one
        assert list(wrong.json["errors"]) == ["name"]
    assert bench.agent.submit(name="hard-case", private=["yes"]).status == 200
    bench.bring()
    assert bench.root(case)[0] == empty.id
    assert bench.agent.me.id in empty.members
    bench.menu(other, "promote")
    wrong = bench.agent.submit(name="hard-case")
    assert list(wrong.json["errors"]) == ["name"]
    assert bench.root(other)[0] == bench.channel


def test_the_whole_history_is_read_page_by_page(bench: Bench) -> None:
    case = bench.open()
    for number in range(25):
        with bench.desk.runtime.unit_of_work(SYSTEM) as uow:
            talking.receive(uow, case.conversation_id or 0, key=f"m{number}", text=f"No {number}.")
    bench.bring()
    bench.menu(case, "history")
    assert bench.agent.window["callback_id"] == "case:history"
    first = told(bench)
    assert case.number in str(bench.agent.window["blocks"])
    bench.agent.press_in_window("case:history_older")
    assert told(bench).isdisjoint(first)
    assert len(told(bench) | first) == 25
    assert len(bench.desk.slack.book.windows.before(bench.agent.me.id)) == 2
    bench.agent.press_in_window("case:history_newer")
    assert told(bench) == first


def told(bench: Bench) -> set[str]:
    return set(re.findall(r"No [0-9]+", str(bench.agent.window["blocks"])))


def test_stock_is_looked_up_by_location(bench: Bench) -> None:
    case = bench.about_order()
    bench.menu(case, "stock")
    assert "COFFEE" in str(bench.agent.window["blocks"])
    bench.agent.submit(query="nothing like it")
    assert "Nothing fits." in str(bench.agent.window["blocks"])
    bench.choose(case, "all")
    bench.agent.press_in_window("case:order")
    assert bench.agent.window["callback_id"] == "case:order"


def test_what_was_pressed_on_an_old_form_keeps_everything(bench: Bench) -> None:
    case = bench.open()
    bench.menu(case, "escalate")
    with bench.desk.runtime.unit_of_work(SYSTEM) as uow:
        sorting.sort(uow, case.id, Sorting(priority=Priority.LOW))
    bench.agent.submit(set_priority="urgent", note="Third time.")
    assert str(bench.now(case).priority) == "low"
    assert "Somebody changed this case meanwhile." in str(bench.agent.window["blocks"])
    bench.agent.submit()
    assert str(bench.now(case).priority) == "urgent"


@pytest.mark.parametrize(
    "value",
    ["", "{", "[]", '{"c":-1,"v":1}', '{"c":"x","v":1}', encode(9_000_000, 1), "x" * 3_000],
)
def test_values_that_are_not_ours_change_nothing(bench: Bench, value: str) -> None:
    case = bench.open()
    channel, ts = bench.root(case)
    card = bench.card(case)
    for block in card["blocks"]:
        for element in block.get("elements", ()):
            if element.get("action_id") == "case:take":
                element["value"] = value
    assert bench.agent.press(channel, ts, "case:take").status == 200
    assert bench.now(case).version == case.version
    assert bench.count("slack_heard") == 0


def test_an_agent_limited_to_a_queue_does_not_merge_into_another(bench: Bench) -> None:
    first = bench.open()
    with bench.desk.runtime.unit_of_work(SYSTEM) as uow:
        rows = uow.session.connection().exec_driver_sql("SELECT id, code FROM queues").all()
        other = next(row for row in rows if row.code != bench.queue)
    second = bench.open()
    with bench.desk.runtime.unit_of_work(SYSTEM) as uow:
        sorting.sort(uow, second.id, Sorting(queue=other.code))
    agent, staff = bench.colleague("Aya Abe", Role.AGENT)
    bench.limit(staff, but=other.id)
    bench.menu(first, "merge", by=agent)
    answer = agent.submit_with({"with": second.number})
    assert answer.json["errors"] == {"with": "There is no case of that number."}
