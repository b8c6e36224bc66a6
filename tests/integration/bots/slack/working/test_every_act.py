"""Each act about an order: from Slack as from the desk, and once of eight who saw the same."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest
from sqlalchemy.orm import Session

from bots.slack.blocks.bricks import EMPTY
from bots.slack.stage.acting import Player
from cases.acting import forms, labels, previews, service
from cases.acting.states import ActKind
from cases.acting.wishes import Wanted, by_colleague
from cases.views import CaseView
from oms_service.access.queries import StaffView
from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.actors import staff as a_colleague
from oms_service.kernel.errors import DomainError
from oms_service.operations.changes import changing_preview
from oms_service.operations.changes.changing_book import open_book
from oms_service.operations.rules import change_rules
from oms_service.orders import queries as orders
from tests.factories.coming_back import adopt_claims, adopt_exchanges, adopt_returns, make_sibling
from tests.factories.money import make_balance
from tests.factories.orders import make_order
from tests.integration.bots.slack.working.test_acting import a_placed_one, acts
from tests.integration.bots.slack.working.test_at_once import leads
from tests.slack_bench import Bench

HALF: Final = 4
TEXT: Final = {"ja": "", "en": ""}
ARRIVED: Final = (ActKind.EXCHANGE, ActKind.RETURN, ActKind.REPLACEMENT, ActKind.STORE_CREDIT)
PLACED: Final = (
    ActKind.ITEMS,
    ActKind.QUANTITY,
    ActKind.ADDRESS,
    ActKind.DELIVERY,
    ActKind.EXPEDITE,
    ActKind.PAYMENT,
)
#: What is filled in where the form has it already, or has no choice of its own.
TYPED: Final = {
    ActKind.ADDRESS: {
        "recipient": "佐藤 美咲",
        "postal_code": "220-0012",
        "region": "神奈川県",
        "city": "横浜市西区",
        "line1": "みなとみらい2-3-1",
        "phone": "045-000-0000",
        "country": "JP",
    },
    ActKind.DELIVERY: {"deliver_on": "last"},
    ActKind.QUANTITY: {"units": "1"},
    ActKind.STORE_CREDIT: {"scope": "amount", "amount": "500", "part": "order"},
}


def a_matter(bench: Bench, kind: ActKind) -> CaseView:
    """A case whose order all of this can be done about, in a shop that allows it."""
    with bench.desk.runtime.unit_of_work(SYSTEM) as uow:
        adopt_returns(uow, bench.shop)
        adopt_exchanges(uow, bench.shop)
        adopt_claims(uow, bench.shop)
        make_sibling(uow, bench.shop, "COFFEE-L", price=1_200)
        balance = make_balance(uow, bench.shop, 5_000)
        make_balance(uow, bench.shop, 5_000, name="another")
        kinds = ("items", "quantity", "address", "delivery", "payment")
        speeds = {"speeds": {"express": {"charge_minor": 800, "days": 1}}}
        rules = {"expedite": speeds, **{one: {} for one in kinds}}
        change_rules.adopt(uow, channel_id=bench.shop.channel_id, rules=rules, text=TEXT)
        if kind is ActKind.PAYMENT:  # what was paid goes back, and is paid anew
            made = make_order(uow, bench.shop, method_id=balance)
    if kind is ActKind.PAYMENT:
        return bench.open(order_id=made.id)
    return bench.about_order() if kind in ARRIVED else a_placed_one(bench)


def filled(window: dict[str, Any], kind: ActKind) -> dict[str, str]:
    """The form filled in: one of each, the first choice that is one."""
    typed, said = TYPED.get(kind, {}), {}
    for block in window["blocks"]:
        element = block.get("element", {})
        name = str(element.get("action_id", ""))
        choices = [str(one["value"]) for one in element.get("options", ())]
        known = [one for one in choices if one != EMPTY]
        of = known[-1] if kind is ActKind.PAYMENT and known else next(iter(known), "")
        if name in typed:
            said[name] = typed[name]
        elif name.startswith("units-"):
            said[name] = "1"
        elif name.startswith(("sku-", "variant-")) or name in {"reason", "speed", "method_id"}:
            said[name] = of
    return said


def see(bench: Bench, case: CaseView, kind: ActKind, who: Player) -> dict[str, str]:
    """Fill the form in and look at what it brings; what was typed."""
    bench.menu(case, f"act_{kind}", by=who)
    said = filled(who.window, kind)
    if kind is ActKind.DELIVERY:
        with bench.desk.runtime.database.looking() as session:
            said["deliver_on"] = str(last_day(bench, session, case))
    answer = who.submit_with(said)
    assert answer.json["response_action"] == "update", answer.json
    assert '"digest"' in who.window["private_metadata"], who.window["blocks"]
    return said


def last_day(bench: Bench, session: Session, case: CaseView) -> object:
    book = open_book(session, case.order_id or 0, now=bench.desk.clock.now())
    return changing_preview.delivery_reach(session, book).last


def at_the_desk(
    bench: Bench, case: CaseView, kind: ActKind, me: StaffView, said: dict[str, str]
) -> Callable[[], str]:
    """The same form of the desk, looked at already; pressing it."""
    house = bench.desk.runtime
    with house.database.looking() as session:
        order = orders.by_id(session, case.order_id or 0)
        wish = labels.worded(house, session, case, forms.read(house, session, order, kind, said))
        now = house.clock.now()
        seen = previews.look(session, order.id, wish, by_colleague(me), now=now)

    def press() -> str:
        wanted = Wanted(wish=wish, key=f"desk:{me.id}", digest=seen.digest, order_id=order.id)
        try:
            with house.unit_of_work(a_colleague(me.id)) as uow:
                service.do(uow, case.id, wanted, by_colleague(me))
        except DomainError as refused:
            return refused.code
        return "done"

    return press


def race(doors: list[Callable[[], str]]) -> list[str]:
    start = threading.Barrier(len(doors))

    def push(door: Callable[[], str]) -> str:
        start.wait()
        return door()

    with ThreadPoolExecutor(len(doors)) as pool:
        return list(pool.map(push, doors))


@pytest.mark.parametrize("kind", [*ARRIVED, *PLACED], ids=str)
def test_of_slack_and_the_desk_at_once_one_does_it(bench: Bench, kind: ActKind) -> None:
    case = a_matter(bench, kind)
    here = leads(bench)[:HALF]
    said = [see(bench, case, kind, who) for who in here]
    there = [bench.colleague(f"Desk Nr{one}", Role.LEAD)[1] for one in range(HALF)]
    doors: list[Callable[[], str]] = [
        lambda who=who: str(who.submit().json.get("response_action"))  # type: ignore[misc]
        for who in here
    ]
    answers = race([*doors, *(at_the_desk(bench, case, kind, one, said[0]) for one in there)])
    done = [one for one in answers if one in {"clear", "done"}]
    assert len(done) == 1, answers
    assert acts(bench) == [str(kind)]
    # Whoever was second is told by the form itself, and has not done it by looking.
    assert [one for one in answers[:HALF] if one == "clear"] == (
        ["clear"] if done == ["clear"] else []
    )
    assert bench.count("slack_heard") == len([one for one in done if one == "clear"])


def test_of_eight_who_send_one_label_one_letter_leaves(bench: Bench) -> None:
    case = a_matter(bench, ActKind.RETURN)
    see(bench, case, ActKind.RETURN, bench.agent)
    bench.agent.submit()
    bench.bring()
    here = leads(bench)[:HALF]
    for who in here:
        see(bench, case, ActKind.LABEL, who)
    with bench.desk.runtime.database.looking() as session:
        (made,) = previews.labels(session, case.order_id or 0)
    there = [bench.colleague(f"Desk Nr{one}", Role.LEAD)[1] for one in range(HALF)]
    said = {"return_number": made.number}
    doors: list[Callable[[], str]] = [
        lambda who=who: str(who.submit().json.get("response_action"))  # type: ignore[misc]
        for who in here
    ]
    race([*doors, *(at_the_desk(bench, case, ActKind.LABEL, one, said) for one in there)])
    assert acts(bench) == ["return", "label"]
    assert len([one for one in bench.said(case) if made.number in one]) == 1
    late = next(who for who in here if bench.desk.slack.book.windows.before(who.me.id))
    assert "Sent already" in str(late.window["blocks"])
    late.submit()  # whoever has seen that may send it once more
    assert acts(bench) == ["return", "label", "label"]
