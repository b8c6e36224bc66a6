"""Eight colleagues send the same act at the same time, over what all of them saw: one does it."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from bots.slack.stage.acting import Player
from cases.views import CaseView
from oms_service.access.states import Role
from oms_service.orders import queries as orders
from tests.integration.bots.slack.working.test_acting import a_placed_one, acts
from tests.integration.bots.slack.working.test_deciding import refunds
from tests.slack_bench import Bench

AT_ONCE = 8
MONEY = {"scope": "amount", "amount": "500", "part": "order", "reason": "quality"}


def see(bench: Bench, case: CaseView, verb: str, who: Player, said: dict[str, str]) -> None:
    """Fill in the form and look at what it would bring."""
    if verb == "refund":
        bench.choose(case, verb, by=who)
    else:
        bench.menu(case, verb, by=who)
    given = {"reason": held_by(who)} if verb == "act_cancel" else said
    assert who.submit(**given).json["response_action"] == "update"
    assert '"digest"' in who.window["private_metadata"]


def held_by(who: Player) -> str:
    for block in who.window["blocks"]:
        element = block.get("element", {})
        if element.get("action_id") == "reason":
            return str(element["options"][0]["value"])
    raise AssertionError("no reason to choose")


def all_send(people: list[Player], **said: str) -> list[str]:
    start = threading.Barrier(len(people))

    def send(who: Player) -> str:
        start.wait()
        return str(who.submit(**said).json.get("response_action"))

    with ThreadPoolExecutor(len(people)) as pool:
        return sorted(pool.map(send, people))


def leads(bench: Bench) -> list[Player]:
    return [bench.colleague(f"Lead Nr{number}", Role.LEAD)[0] for number in range(AT_ONCE)]


@pytest.mark.parametrize(
    ("verb", "said", "state"),
    [("act_hold", {"reason": "fraud"}, "on_hold"), ("act_cancel", {}, "cancelled")],
)
def test_an_order_is_held_or_cancelled_once(
    bench: Bench, verb: str, said: dict[str, str], state: str
) -> None:
    case = a_placed_one(bench)
    people = leads(bench)
    for who in people:
        see(bench, case, verb, who, said)
    assert all_send(people) == ["clear", *["update"] * (AT_ONCE - 1)]
    assert acts(bench) == [verb.removeprefix("act_")]
    assert bench.count("slack_heard") == 1
    with bench.desk.runtime.database.looking() as session:
        assert str(orders.by_id(session, case.order_id or 0).order_state) == state


def test_money_goes_back_once_for_all_who_saw_the_same(bench: Bench) -> None:
    case = bench.about_order()
    people = leads(bench)
    for who in people:
        see(bench, case, "refund", who, MONEY)
    assert all_send(people) == ["clear", *["update"] * (AT_ONCE - 1)]
    assert refunds(bench, case.order_id) == [(500, "requested")]
    assert acts(bench) == ["refund"]
    assert bench.count("slack_heard") == 1


def test_one_form_sent_eight_times_at_once_gives_money_once(bench: Bench) -> None:
    """A double click, and Slack telling again while the first is being dealt with."""
    case = bench.about_order()
    see(bench, case, "refund", bench.agent, MONEY)
    answer = bench.agent.submit()
    start = threading.Barrier(AT_ONCE)

    def again(count: int) -> int:
        start.wait()
        return int(bench.agent.post.again(answer, count=count).status)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert list(pool.map(again, range(1, AT_ONCE + 1))) == [200] * AT_ONCE
    assert refunds(bench, case.order_id) == [(500, "requested")]
    assert bench.count("slack_heard") == 1


@pytest.mark.parametrize("verb", ["resolve", "escalate"])
def test_of_eight_who_end_or_raise_a_case_one_does(bench: Bench, verb: str) -> None:
    case = bench.open()
    people = leads(bench)
    for who in people:
        if verb == "resolve":
            bench.press(case, verb, by=who)
        else:
            bench.menu(case, verb, by=who)
    said = {"code": "answered", "ending": "told them"} if verb == "resolve" else {}
    start = threading.Barrier(AT_ONCE)

    def send(who: Player) -> str:
        start.wait()
        return str(who.submit(**said).json.get("response_action"))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = sorted(pool.map(send, people))
    assert answers == ["clear", *["update"] * (AT_ONCE - 1)]
    assert bench.count("slack_heard") == 1
    if verb == "resolve":
        assert bench.now(case).resolution == "answered"
        assert bench.count("outbox", "name = 'case.resolved'") == 1


def test_of_eight_who_ask_the_customer_one_question_leaves(bench: Bench) -> None:
    case = bench.open()
    people = leads(bench)
    for who in people:
        bench.choose(case, "ask", by=who)
    said = all_send(people, text="どの商品でしょうか。")
    assert said == ["clear", *["update"] * (AT_ONCE - 1)]
    assert bench.count("case_pending_replies") == 1
    bench.leave()
    assert bench.said(case) == ["どの商品でしょうか。"]
    assert str(bench.now(case).state) == "waiting_customer"


def test_of_eight_who_merge_two_cases_this_way_and_that_one_does(bench: Bench) -> None:
    first, second = bench.open(), bench.open()
    people = leads(bench)
    for number, who in enumerate(people):
        one, other = (first, second) if number % 2 else (second, first)
        bench.menu(one, "merge", by=who)
        who.submit(**{"with": other.number})
    assert all_send(people) == ["clear", *["update"] * (AT_ONCE - 1)]
    assert bench.count("case_merges") == 1
    merged = [one for one in (first, second) if bench.now(one).merged_into_id is not None]
    assert len(merged) == 1
