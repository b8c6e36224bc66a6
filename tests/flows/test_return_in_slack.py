"""A return that begins, is decided and ends in Slack: the customer writes to the app, an agent
works on its card, and the money goes back."""

from collections.abc import Iterator

import pytest

from bots.slack.stage.acting import Player
from cases import queries as cases
from cases.states import CaseState
from cases.taxonomy import sorting
from cases.taxonomy.sorting import Sorting
from cases.views import CaseView
from notifications import preferences
from notifications.rules import Kind
from oms_service.access.states import Role
from oms_service.conversations import channels
from oms_service.kernel.actors import SYSTEM
from oms_service.operations.returning import receiving
from oms_service.payments import queries as payments
from oms_service.payments import service as paying
from oms_service.returns import queries as returns
from oms_service.settings import Settings
from tests.effects import settle
from tests.factories.orders import MAIL, make_delivered_order
from tests.fakes.clock import StandingClock
from tests.slack_bench import Bench, a_bench
from tests.slack_desk import a_slack_desk

NUMBER = "A-10423"
#: What she says in turn, the answer of the agent, and how she is told of the money.
JA = (
    "ja-JP",
    ("返品したい", NUMBER, MAIL, "1点目", "1", "気が変わった", "はい"),
    "箱は元のもので大丈夫です。",
    "返金いたしました",
)
EN = (
    "en-US",
    ("I want to return something", NUMBER, MAIL, "the first one", "1", "changed my mind", "yes"),
    "The box it came in will do.",
    "refund",
)


@pytest.fixture
def bench(settings: Settings, clock: StandingClock) -> Iterator[Bench]:
    with a_slack_desk(settings, clock) as desk:
        yield a_bench(desk)


def told(bench: Bench, player: Player) -> list[str]:
    """What stands in her direct message, but what she wrote."""
    settle(bench.desk.runtime)
    there = bench.desk.slack.book.channels.get(player.direct.id).messages
    return [str(there[ts]["blocks"]) for ts in sorted(there) if there[ts].get("bot_id")]


@pytest.mark.parametrize(("locale", "says", "answer", "money"), [JA, EN], ids=["ja", "en"])
def test_from_her_first_word_to_her_money(
    bench: Bench, locale: str, says: tuple[str, ...], answer: str, money: str
) -> None:
    runtime = bench.desk.runtime
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_delivered_order(uow, bench.shop, number=NUMBER)
    emma = bench.desk.slack.person("emma", real_name="Emma", team="T0000OTHER")
    emma.me.locale = locale

    # She asks the app itself; every word of hers is told twice, as Slack may.
    for line in says:
        emma.tell_bot(line)
        for call in list(emma.heard):
            assert emma.post.again(call).status == 200
        told(bench, emma)
    with runtime.database.reading() as connection:
        (asked,) = returns.of_orders(connection, [order.id])
    assert [one.quantity for one in asked.lines] == [1]
    case = the_case(bench, asked.id)
    assert case.number in " ".join(told(bench, emma)) or asked.number in " ".join(told(bench, emma))

    # She has chosen to hear of it where she asked.
    with runtime.unit_of_work(SYSTEM) as uow:
        hers = {(kind, channels.SLACK): True for kind in (Kind.RETURNS, Kind.REFUNDS)}
        hers |= {(kind, channels.MAIL): False for kind in (Kind.RETURNS, Kind.REFUNDS)}
        preferences.choose(uow, bench.shop.customer_id, hers, source="portal")

    # The agent answers and approves from the card; both stand in her message, once.
    bench.press(case, "reply")
    assert bench.agent.submit(text=answer).status == 200
    bench.leave()
    bench.bring()
    assert sum(answer in one for one in told(bench, emma)) == 1
    before = len(told(bench, emma))
    lead, _staff = bench.colleague("Rin Mori", Role.LEAD)
    bench.press(case, "approve", by=lead)
    assert lead.submit().status == 200
    assert asked.number in told(bench, emma)[-1]
    assert len(told(bench, emma)) == before + 1
    assert the_case(bench, asked.id).state is CaseState.WAITING_THIRD_PARTY

    # The goods arrive, the money goes back, the case is done.
    with runtime.unit_of_work(SYSTEM) as uow:
        now = returns.by_id(uow.session, asked.id)
        receiving.receive(uow, asked.id, version=now.version)
    settle(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        for refund in payments.refunds(uow.session, order.id):
            paying.confirm_paid(uow, refund.id)
    assert money in told(bench, emma)[-1]
    done = the_case(bench, asked.id)
    assert (done.state, done.resolution) == (CaseState.RESOLVED, "refunded")
    assert len(told(bench, emma)) == len(set(told(bench, emma)))


def the_case(bench: Bench, return_id: int) -> CaseView:
    """The case of a return, with its card in the agent's channel."""
    with bench.desk.runtime.database.reading() as connection:
        found = cases.of_return(connection, return_id)
    assert found is not None
    with bench.desk.runtime.unit_of_work(SYSTEM) as uow:
        sorting.sort(uow, found.id, Sorting(queue=bench.queue))
    bench.bring()
    return bench.now(found)
