"""A yes or a no in Slack: once, by who may, with the second person's word where one is needed."""

import threading
from concurrent.futures import ThreadPoolExecutor

from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.payments import queries as payments
from oms_service.returns import queries as returns
from tests.factories.money import adopt
from tests.slack_bench import Bench


def the_return(bench: Bench, return_id: int | None) -> tuple[str, str | None]:
    with bench.desk.runtime.database.reading() as connection:
        found = returns.by_id(connection, return_id or 0)
    return str(found.state), found.decided_by


def test_a_return_is_approved_and_the_second_is_told_by_whom(bench: Bench) -> None:
    case = bench.about_return()
    lead, staff = bench.colleague("Rin Mori", Role.LEAD)
    other, _staff = bench.colleague("Ken Ito", Role.LEAD)
    bench.press(case, "approve", by=lead)
    bench.press(case, "approve", by=other)
    answer = lead.submit()
    assert answer.status == 200
    assert the_return(bench, case.return_id) == ("approved", f"staff:{staff.id}")
    version = bench.now(case).version
    assert lead.post.again(answer).status == 200
    late = other.submit()
    assert late.json["response_action"] == "update"
    assert "Already approved by Rin Mori." in str(other.window["blocks"])
    bench.press(case, "approve", by=other)
    assert "Already approved by Rin Mori." in bench.whispers(other)[0]
    assert bench.now(case).version == version


def test_a_return_is_rejected_with_a_reason_that_is_asked_for(bench: Bench) -> None:
    case = bench.about_return()
    lead, staff = bench.colleague("Rin Mori", Role.LEAD)
    bench.choose(case, "reject", by=lead)
    answer = lead.submit(reason="   x   ")
    assert answer.status == 200
    assert the_return(bench, case.return_id) == ("rejected", f"staff:{staff.id}")
    ended = bench.now(case)
    assert (str(ended.state), ended.resolution) == ("resolved", "return_rejected")


def test_of_two_who_approve_at_the_same_time_one_does(bench: Bench) -> None:
    case = bench.about_return()
    leads = [bench.colleague(f"Lead Nr{number}", Role.LEAD)[0] for number in range(4)]
    for one in leads:
        bench.press(case, "approve", by=one)
    start = threading.Barrier(len(leads))

    def send(number: int) -> str:
        start.wait()
        return str(leads[number].submit().json.get("response_action"))

    with ThreadPoolExecutor(len(leads)) as pool:
        answers = sorted(pool.map(send, range(len(leads))))
    assert answers == ["clear", "update", "update", "update"]
    assert bench.count("outbox", "name = 'return.approved'") == 1


def test_a_second_person_agrees_to_a_refund_and_never_the_first(bench: Bench) -> None:
    with bench.desk.runtime.unit_of_work(SYSTEM) as uow:
        adopt(uow, bench.shop, refund_up_to_minor={"agent": 100})
    case = bench.about_order()
    lead, _staff = bench.colleague("Rin Mori", Role.LEAD)
    bench.choose(case, "refund")
    bench.agent.submit(scope="amount", amount="500", reason="quality")
    assert "above your limit" in str(bench.agent.window["blocks"])
    bench.agent.submit()
    assert refunds(bench, case.order_id) == [(500, "awaiting_approval")]
    assert bench.whispers() == ["Noted. It waits for a second person to agree."]
    bench.bring()
    bench.press(case, "approve")
    assert "Your role does not let you do this" in bench.whispers()[1]
    bench.press(case, "approve", by=lead)
    lead.submit()
    assert refunds(bench, case.order_id) == [(500, "requested")]


def test_whoever_asked_for_a_refund_does_not_agree_to_it(bench: Bench) -> None:
    with bench.desk.runtime.unit_of_work(SYSTEM) as uow:
        adopt(uow, bench.shop, refund_up_to_minor={"agent": 100, "lead": 100})
    case = bench.about_order()
    lead, _staff = bench.colleague("Rin Mori", Role.LEAD)
    bench.choose(case, "refund", by=lead)
    lead.submit(scope="amount", amount="500", reason="quality")
    lead.submit()
    bench.bring()
    bench.press(case, "approve", by=lead)
    answer = lead.submit()
    assert answer.json["response_action"] == "update"
    assert refunds(bench, case.order_id) == [(500, "awaiting_approval")]


def refunds(bench: Bench, order_id: int | None) -> list[tuple[int, str]]:
    with bench.desk.runtime.database.reading() as connection:
        found = payments.refunds(connection, order_id or 0)
    return [(one.amount.minor, str(one.state)) for one in found]
