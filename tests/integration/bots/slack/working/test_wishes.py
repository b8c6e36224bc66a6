"""Claims and wishes that wait for a person, decided in Slack: one decides, once, what was shown."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from bots.slack.stage.acting import Player
from cases import queries as cases
from cases.taxonomy import sorting
from cases.taxonomy.sorting import Sorting
from cases.views import CaseView
from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.actors import staff as a_colleague
from oms_service.operations.changes import changing
from oms_service.operations.changes.change_wishes import CallOff
from oms_service.operations.returning import claiming
from oms_service.operations.returning.claiming import ClaimedLine, WantedClaim
from oms_service.operations.rules import change_rules
from oms_service.orders import changes
from oms_service.orders import queries as orders
from oms_service.relay import drain
from oms_service.returns import claim_queries
from oms_service.returns.states import ClaimReason, Remedy
from tests.factories.coming_back import TEXT, adopt_claims
from tests.factories.orders import make_delivered_order, make_order
from tests.slack_bench import Bench

AT_ONCE = 8


def a_claim(bench: Bench) -> tuple[CaseView, int]:
    """A case about a claim that waits for a person, and the claim."""
    with bench.desk.runtime.unit_of_work(SYSTEM) as uow:
        adopt_claims(uow, bench.shop, approval="person")
        order = make_delivered_order(uow, bench.shop)
        line = ClaimedLine(line_id=order.line_ids[0], quantity=1, reason=ClaimReason.DAMAGED)
        wanted = WantedClaim(
            order_id=order.id, lines=[line], remedy=Remedy.REFUND, channel="portal", key="c"
        )
        made = claiming.request(uow, wanted)
    return standing(bench, order.id), made.view.id


def a_wish(bench: Bench) -> tuple[CaseView, int]:
    """A case about an order that is to be cancelled, if a person agrees, and that change."""
    with bench.desk.runtime.unit_of_work(SYSTEM) as uow:
        change_rules.adopt(
            uow,
            channel_id=bench.shop.channel_id,
            rules={"cancel": {"approval": "person"}},
            text=TEXT,
        )
        order = make_order(uow, bench.shop)
        wish = CallOff(reason="no_longer_needed")
        wanted = changing.Wanted(order_id=order.id, wish=wish, channel="portal", key="w")
        made = changing.request(uow, wanted)
    return standing(bench, order.id), made.id


def standing(bench: Bench, order_id: int) -> CaseView:
    """The case that was opened about it; its card stands in the bench's channel."""
    drain(bench.desk.runtime)
    with bench.desk.runtime.unit_of_work(SYSTEM) as uow:
        (case,) = cases.newest(uow.session, order_id=order_id).items
        if case.queue_id not in {one.id for one in bench.queues() if one.code == bench.queue}:
            sorting.sort(uow, case.id, Sorting(queue=bench.queue))
    bench.bring()
    return bench.now(case)


def state_of_claim(bench: Bench, claim_id: int) -> tuple[str, str | None]:
    with bench.desk.runtime.database.reading() as connection:
        found = claim_queries.by_id(connection, claim_id)
    return str(found.state), found.decided_by


def state_of_wish(bench: Bench, change_id: int) -> tuple[str, str | None]:
    with bench.desk.runtime.database.reading() as connection:
        found = changes.by_id(connection, change_id)
    return str(found.state), found.decided_by


def leads(bench: Bench) -> list[tuple[Player, int]]:
    made = [bench.colleague(f"Lead Nr{number}", Role.LEAD) for number in range(AT_ONCE)]
    return [(player, staff.id) for player, staff in made]


def together(deeds: list[Callable[[], str]]) -> list[str]:
    start = threading.Barrier(len(deeds))

    def run(deed: Callable[[], str]) -> str:
        start.wait()
        return deed()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def opens(bench: Bench, case: CaseView, who: Player, *, is_yes: bool) -> None:
    """The window in which a yes or a no is given."""
    if is_yes:
        bench.press(case, "approve", by=who)
    else:
        bench.choose(case, "reject", by=who)


def sends(who: Player, **said: str) -> Callable[[], str]:
    return lambda: str(who.submit(**said).json.get("response_action"))


def test_of_eight_who_decide_a_claim_at_the_same_time_one_does(bench: Bench) -> None:
    case, claim_id = a_claim(bench)
    people = leads(bench)
    deeds = []
    for number, (who, _staff) in enumerate(people):
        opens(bench, case, who, is_yes=number % 2 == 0)
        deeds.append(sends(who, answer="It was whole.") if number % 2 else sends(who))
    assert sorted(together(deeds)) == ["clear", *["update"] * (AT_ONCE - 1)]
    state, who_did = state_of_claim(bench, claim_id)
    assert state in {"remedied", "rejected"}
    assert who_did in {f"staff:{staff}" for _who, staff in people}
    decided = "name IN ('claim.approved', 'claim.rejected')"
    assert bench.count("outbox", decided) == 1
    assert bench.count("refunds") == (0 if state == "rejected" else 1)
    assert bench.count("slack_heard") == 1


def test_of_eight_who_decide_a_wish_at_the_same_time_one_does(bench: Bench) -> None:
    case, change_id = a_wish(bench)
    people = leads(bench)
    for number, (who, _staff) in enumerate(people):
        opens(bench, case, who, is_yes=number % 2 == 0)
    answers = together([sends(who) for who, _staff in people])
    assert sorted(answers) == ["clear", *["update"] * (AT_ONCE - 1)]
    state, who_did = state_of_wish(bench, change_id)
    assert who_did in {f"staff:{staff}" for _who, staff in people}
    with bench.desk.runtime.database.looking() as session:
        order = orders.by_id(session, case.order_id or 0)
    assert (state, str(order.order_state)) in {
        ("confirmed", "cancelled"),
        ("declined", "placed"),
    }
    assert bench.count("slack_heard") == 1


@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_a_wish_is_decided_once_and_a_late_button_says_so(bench: Bench, verb: str) -> None:
    case, change_id = a_wish(bench)
    late, _staff = bench.colleague("Ken Ito", Role.AGENT)
    for who in (bench.agent, late):
        opens(bench, case, who, is_yes=verb == "approve")
    answer = bench.agent.submit()
    expected = "confirmed" if verb == "approve" else "declined"
    assert state_of_wish(bench, change_id) == (expected, f"staff:{bench.staff.id}")
    for count in (1, 2):
        assert bench.agent.post.again(answer, count=count).status == 200
    assert late.submit().json["response_action"] == "update"
    assert state_of_wish(bench, change_id) == (expected, f"staff:{bench.staff.id}")
    assert bench.count("slack_heard") == 1


def test_a_wish_decided_at_the_desk_meanwhile_stays_as_decided_there(bench: Bench) -> None:
    case, change_id = a_wish(bench)
    bench.press(case, "approve")
    _lead, staff = bench.colleague("Rin Mori", Role.LEAD)

    def at_the_desk() -> str:
        try:
            with bench.desk.runtime.unit_of_work(a_colleague(staff.id)) as uow:
                changing.decline(uow, change_id)
        except changes.ChangeDecided:
            return "refused"
        return "declined"

    here, there = together([sends(bench.agent), at_the_desk])
    state, who_did = state_of_wish(bench, change_id)
    assert (here, there, state, who_did) in {
        ("clear", "refused", "confirmed", f"staff:{bench.staff.id}"),
        ("update", "declined", "declined", f"staff:{staff.id}"),
    }


def test_a_button_decides_the_wish_that_it_showed_and_no_other(bench: Bench) -> None:
    """The case is about another order meanwhile, of which another wish stands at that place."""
    case, change_id = a_wish(bench)
    bench.press(case, "approve")
    with bench.desk.runtime.unit_of_work(SYSTEM) as uow:
        other = make_order(uow, bench.shop)
        wish = CallOff(reason="no_longer_needed")
        wanted = changing.Wanted(order_id=other.id, wish=wish, channel="portal", key="o")
        another = changing.request(uow, wanted)
        uow.session.execute(
            text("UPDATE cases SET order_id = :order WHERE id = :case"),
            {"order": other.id, "case": case.id},
        )
    assert bench.agent.submit().json["response_action"] == "update"
    assert state_of_wish(bench, another.id) == ("proposed", None)
    assert state_of_wish(bench, change_id) == ("proposed", None)
    assert bench.count("slack_heard") == 0
