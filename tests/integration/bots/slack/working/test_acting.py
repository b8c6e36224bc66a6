"""Acting on orders from Slack: looked at first, done once, refused in words."""

from cases.views import CaseView
from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.orders import queries as orders
from tests.factories.coming_back import adopt_returns
from tests.factories.orders import make_order
from tests.integration.bots.slack.working.test_deciding import refunds
from tests.slack_bench import Bench

MONEY = {"scope": "amount", "amount": "500", "part": "order", "reason": "quality"}


def a_placed_one(bench: Bench) -> CaseView:
    with bench.desk.runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, bench.shop)
    return bench.open(order_id=order.id)


def acts(bench: Bench) -> list[str]:
    with bench.desk.runtime.database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT kind FROM case_acts ORDER BY id")
        return [str(row.kind) for row in rows]


def test_money_goes_back_in_two_steps_and_once(bench: Bench) -> None:
    case = bench.about_order()
    bench.choose(case, "refund")
    looked = bench.agent.submit(**MONEY)
    assert looked.json["response_action"] == "update"
    assert refunds(bench, case.order_id) == []
    assert "¥500" in str(bench.agent.window["blocks"])
    done = bench.agent.submit()
    assert done.status == 200
    for count in (1, 2):
        assert bench.agent.post.again(done, count=count).status == 200
    assert refunds(bench, case.order_id) == [(500, "requested")]
    assert bench.desk.slack.book.windows.before(bench.agent.me.id) == []


def test_what_was_changed_after_the_look_is_looked_at_again(bench: Bench) -> None:
    case = bench.about_order()
    bench.choose(case, "refund")
    bench.agent.submit(**MONEY)
    answer = bench.agent.submit(amount="600")
    assert answer.json["response_action"] == "update"
    assert refunds(bench, case.order_id) == []
    bench.agent.submit()
    assert refunds(bench, case.order_id) == [(600, "requested")]


def test_what_cannot_be_read_is_named_beside_it(bench: Bench) -> None:
    case = bench.about_order()
    bench.choose(case, "refund")
    answer = bench.agent.submit(**{**MONEY, "amount": "x"})
    assert answer.json == {
        "response_action": "errors",
        "errors": {"amount": "Enter an amount above 0."},
    }
    too_much = bench.agent.submit(amount="2001")
    assert too_much.json["response_action"] == "update"
    assert "At most ¥2,000 is left." in str(bench.agent.window["blocks"])
    assert refunds(bench, case.order_id) == []
    assert bench.count("slack_heard") == 0


def test_an_order_is_held_and_let_go(bench: Bench) -> None:
    case = a_placed_one(bench)
    for verb, state in (("act_hold", "on_hold"), ("act_release", "placed")):
        bench.menu(case, verb)
        reason = {"reason": "fraud"} if verb == "act_hold" else {}
        bench.agent.submit(**(reason or {"reason": held(bench)}))
        bench.agent.submit()
        with bench.desk.runtime.database.looking() as session:
            assert str(orders.by_id(session, case.order_id or 0).order_state) == state
        bench.bring()


def held(bench: Bench) -> str:
    options = next(
        block["element"]["options"]
        for block in bench.agent.window["blocks"]
        if block.get("element", {}).get("action_id") == "reason"
    )
    return str(options[0]["value"])


def test_a_form_in_which_nothing_can_be_chosen_says_so(bench: Bench) -> None:
    case = bench.about_order()
    channel, ts = bench.root(case)
    card = bench.card(case)
    for block in card["blocks"]:
        for element in block.get("elements", ()):
            if element.get("action_id") == "case:take":  # a button of the window, a moment ago
                element["action_id"] = "case:act_label"
    bench.agent.press(channel, ts, "case:act_label")
    assert bench.agent.window["submit"] is None
    assert "No return of this order is expected." in str(bench.agent.window["blocks"])


def test_a_return_is_made_for_the_customer(bench: Bench) -> None:
    with bench.desk.runtime.unit_of_work(SYSTEM) as uow:
        adopt_returns(uow, bench.shop, window_days=30)
    case = bench.about_order()
    bench.menu(case, "act_return")
    units = next(
        block["block_id"]
        for block in bench.agent.window["blocks"]
        if block.get("block_id", "").startswith("units-")
    )
    bench.agent.submit_with({units: "1", "reason": "changed_mind"})
    bench.agent.submit()
    assert acts(bench) == ["return"]
    bench.bring()
    bench.menu(case, "act_label")
    bench.agent.submit()
    bench.agent.submit()
    assert acts(bench) == ["return", "label"]


def test_a_role_that_may_not_give_money_back_is_refused(bench: Bench) -> None:
    case = bench.about_order()
    other, _staff = bench.colleague("Aya Abe", Role.SHOP)
    bench.choose(case, "refund", by=other)
    opened = bench.desk.slack.book.windows.before(other.me.id)
    if opened:  # the shop's people may, by the table of permissions
        assert opened[0]["callback_id"] == "case:act"
    warehouse, _staff = bench.colleague("Jun Oda", Role.WAREHOUSE)
    bench.choose(case, "refund", by=warehouse)
    assert bench.desk.slack.book.windows.before(warehouse.me.id) == []
    assert refunds(bench, case.order_id) == []


def test_an_order_is_cancelled(bench: Bench) -> None:
    case = a_placed_one(bench)
    bench.menu(case, "act_cancel")
    bench.agent.submit(reason=held(bench))
    bench.agent.submit()
    assert acts(bench) == ["cancel"]
    with bench.desk.runtime.database.looking() as session:
        assert str(orders.by_id(session, case.order_id or 0).order_state) == "cancelled"
