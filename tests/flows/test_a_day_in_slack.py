"""An agent's day in Slack: every case ends as its twin does that was worked on the desk."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import pytest
from flask.testing import FlaskClient

from bots.slack.stage.acting import Player
from cases import queries as cases
from cases.views import CaseView
from oms_service.access.queries import StaffView
from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.orders import queries as orders
from oms_service.payments import queries as payments
from oms_service.returns import queries as returns
from oms_service.settings import Settings
from tests.factories.cases import make_case, make_chat, make_return_case
from tests.factories.money import adopt
from tests.factories.orders import make_delivered_order, make_order
from tests.factories.staff import post, proof, sign_in
from tests.fakes.clock import StandingClock
from tests.slack_bench import Bench, a_bench
from tests.slack_desk import a_slack_desk

#: What may differ between twins: names of rows, and when.
_OWN: Final = re.compile(r"(^|_)(id|number|key|at|until|due)$")
#: Numbers of cases, orders and returns, and addresses, in what is said to customers.
_NUMBERS: Final = re.compile(r"https?://\S+|[A-Z]{1,3}-?[0-9A-Z]{3,}")
MONEY: Final = {"scope": "amount", "amount": "500", "part": "order", "reason": "quality"}


class Hands(Protocol):
    """A way to work on cases. ``lead`` says who does it: the agent or the lead."""

    def press(self, case: CaseView, verb: str, *, lead: bool = False) -> None: ...
    def fill(self, case: CaseView, verb: str, *, lead: bool = False, **said: Any) -> None: ...
    def act(self, case: CaseView, kind: str, **said: Any) -> None: ...
    def decide(self, case: CaseView, word: str, *, lead: bool = True, **said: Any) -> None: ...
    def agree(self, case: CaseView, word: str) -> None: ...
    def merge(self, case: CaseView, other: CaseView) -> None: ...


@dataclass
class InSlack:
    """Payloads of Slack alone."""

    bench: Bench
    lead: Player

    def _who(self, lead: bool) -> Player:
        return self.lead if lead else self.bench.agent

    def _open(self, case: CaseView, verb: str, who: Player) -> None:
        self.bench.bring()
        self.bench.choose(case, "all", by=who)
        assert who.press_in_window(f"case:{verb}").status == 200

    def press(self, case: CaseView, verb: str, *, lead: bool = False) -> None:
        self._open(case, verb, self._who(lead))
        self._who(lead).close(all_of_them=True)

    def fill(self, case: CaseView, verb: str, *, lead: bool = False, **said: Any) -> None:
        who = self._who(lead)
        self._open(case, verb, who)
        self._send(who, said)
        if verb in {"reply", "ask"}:
            self.bench.leave()

    def act(self, case: CaseView, kind: str, **said: Any) -> None:
        self._open(case, f"act_{kind}", self.bench.agent)
        self.bench.agent.submit_with(said)
        self._send(self.bench.agent, {})

    def decide(self, case: CaseView, word: str, *, lead: bool = True, **said: Any) -> None:
        who = self._who(lead)
        self._open(case, word, who)
        self._send(who, said)

    def agree(self, case: CaseView, word: str) -> None:
        self.decide(case, word)

    def merge(self, case: CaseView, other: CaseView) -> None:
        self._open(case, "merge", self.bench.agent)
        self.bench.agent.submit_with({"with": other.number})
        self._send(self.bench.agent, {"stays": case.number})

    def _send(self, who: Player, said: Mapping[str, Any]) -> None:
        answer = who.submit_with(said)
        assert (answer.status, answer.json) == (200, {"response_action": "clear"}), answer.json


@dataclass
class OnTheDesk:
    """Forms of the desk's pages alone."""

    bench: Bench
    browser: FlaskClient
    leads: FlaskClient

    def _send(self, case: CaseView, what: str, lead: bool, **said: Any) -> None:
        client = self.leads if lead else self.browser
        version = self.bench.now(case).version
        path = f"/desk/cases/{case.number}/{what}"
        answer = post(client, path, {"version": str(version), **said})
        assert answer.status_code == 303, answer.text
        self.bench.bring()

    def press(self, case: CaseView, verb: str, *, lead: bool = False) -> None:
        self._send(case, verb, lead)

    def fill(self, case: CaseView, verb: str, *, lead: bool = False, **said: Any) -> None:
        match verb:
            case "reply" | "ask":
                asks = {"asks": "yes"} if verb == "ask" or said.get("asks") else {}
                form = f"form-{case.number}-{self.bench.now(case).version}"
                self._send(case, "reply", lead, text=said["text"], form_id=form, **asks)
                self.bench.leave()
            case "escalate":
                self._send(case, "sort", lead, set_priority=said["set_priority"])
                self._send(case, "note", lead, note=said["note"])
            case "queue":
                self._send(case, "sort", lead, **said)
            case _:
                self._send(case, verb, lead, **said)

    def act(self, case: CaseView, kind: str, **said: Any) -> None:
        path = f"/desk/cases/{case.number}/do/{kind}"
        key = {"key": f"form-{case.number}-{kind}"}
        shown = post(self.browser, path, {**key, **said})
        assert shown.status_code == 200, shown.text
        form = shown.text[shown.text.rindex('<form class="row" method="post"') :]
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
        assert post(self.browser, path, hidden).status_code == 303
        self.bench.bring()

    def decide(self, case: CaseView, word: str, *, lead: bool = True, **said: Any) -> None:
        self._send(case, word, lead, **said)

    def agree(self, case: CaseView, word: str) -> None:
        (found,) = [one for one in _refunds(self.bench, case) if one[1] == "awaiting_approval"]
        how = {"approve": "agree", "reject": "decline"}[word]
        answer = post(self.leads, f"/desk/refunds/{found[2]}/{how}", {"case": case.number})
        assert answer.status_code == 303
        self.bench.bring()

    def merge(self, case: CaseView, other: CaseView) -> None:
        path = f"/desk/cases/{case.number}/merge"
        said = {"with": other.number, "stays": case.number, "key": f"merge-{case.number}"}
        for one in (case, other):
            said[f"version-{one.number}"] = str(self.bench.now(one).version)
        assert post(self.browser, path, said).status_code == 303
        self.bench.bring()


@dataclass
class Day:
    """The shop in which both work, and how its cases are made."""

    bench: Bench
    lead: StaffView
    slack: InSlack
    desk: OnTheDesk

    def asked(self, reason: str, order: str = "") -> CaseView:
        """A question in a chat, about an order that was ``delivered`` or ``placed``, or none."""
        with self.bench.desk.runtime.unit_of_work(SYSTEM) as uow:
            order_id = None
            if order:
                make = make_delivered_order if order == "delivered" else make_order
                order_id = make(uow, self.bench.shop, items={"COFFEE": 2}).id
            chat = make_chat(uow, customer_id=self.bench.shop.customer_id)
            made = make_case(
                uow,
                reason=reason,
                order_id=order_id,
                customer_id=self.bench.shop.customer_id,
                conversation_id=chat.id,
            )
        self.bench.bring()
        return made

    def returned(self, _reason: str, _order: str = "") -> CaseView:
        with self.bench.desk.runtime.unit_of_work(SYSTEM) as uow:
            chat = make_chat(uow, customer_id=self.bench.shop.customer_id)
            made = make_return_case(uow, self.bench.shop, conversation_id=chat.id)
        self.bench.bring()
        return made

    def ended(self, case: CaseView) -> dict[str, Any]:
        """All that became of a case, without what is the twin's own."""
        now = self.bench.now(case)
        with self.bench.desk.runtime.database.looking() as session:
            entries = cases.entries(session, case.id)
            order = orders.by_id(session, case.order_id) if case.order_id else None
            back = returns.of_orders(session, [case.order_id]) if case.order_id else []
        return {
            "state": str(now.state),
            "resolution": now.resolution,
            "priority": str(now.priority),
            "queue": now.queue_id,
            "assignee": now.assignee_id,
            "is merged": now.merged_into_id is not None,
            "snoozed": now.snoozed_until is not None and now.snoozed_until.date(),
            "record": [(str(one.kind), one.text, _plain(one.data), one.actor) for one in entries],
            "said": [_NUMBERS.sub("#", one) for one in self.bench.said(case)],
            "order": order and (str(order.order_state), str(order.payment_state)),
            "refunds": [one[:2] for one in _refunds(self.bench, case)],
            "returns": [(str(one.state), one.decided_by) for one in back],
        }


def _refunds(bench: Bench, case: CaseView) -> list[tuple[int, str, int]]:
    with bench.desk.runtime.database.reading() as connection:
        found = payments.refunds(connection, case.order_id) if case.order_id else []
    return [(one.amount.minor, str(one.state), one.id) for one in found]


def _plain(data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in data.items()
        if not _OWN.search(name) and name not in {"lines", "change"}
    }


Work = Callable[[Hands, CaseView, Day], None]


def answered(hands: Hands, case: CaseView, _day: Day) -> None:
    hands.press(case, "take")
    hands.fill(case, "reply", text="明日お届けします。")
    hands.fill(case, "resolve", code="answered", ending="told them when")


def asked_back(hands: Hands, case: CaseView, _day: Day) -> None:
    hands.fill(case, "ask", text="どの商品でしょうか。")


def refunded(hands: Hands, case: CaseView, _day: Day) -> None:
    hands.press(case, "take")
    hands.act(case, "refund", **{**MONEY, "amount": "90"})
    hands.fill(case, "resolve", code="handled", ending="paid back")


def refunded_by_two(hands: Hands, case: CaseView, _day: Day) -> None:
    hands.act(case, "refund", **MONEY)
    hands.agree(case, "approve")


def not_refunded(hands: Hands, case: CaseView, _day: Day) -> None:
    hands.act(case, "refund", **MONEY)
    hands.agree(case, "reject")


def approved(hands: Hands, case: CaseView, _day: Day) -> None:
    hands.decide(case, "approve")


def rejected(hands: Hands, case: CaseView, _day: Day) -> None:
    hands.decide(case, "reject", reason="期間を過ぎています。")


def escalated(hands: Hands, case: CaseView, _day: Day) -> None:
    hands.fill(case, "escalate", set_priority="urgent", note="third time they write")


def put_away(hands: Hands, case: CaseView, _day: Day) -> None:
    hands.press(case, "take")
    hands.fill(case, "snooze", when="tomorrow")


def waiting(hands: Hands, case: CaseView, _day: Day) -> None:
    hands.press(case, "take")
    hands.fill(case, "wait")


def given_back(hands: Hands, case: CaseView, _day: Day) -> None:
    hands.press(case, "take")
    hands.fill(case, "note", note="not mine")
    hands.press(case, "release")


def given(hands: Hands, case: CaseView, day: Day) -> None:
    hands.fill(case, "assign", lead=True, staff=str(day.bench.staff.id))


def cancelled(hands: Hands, case: CaseView, _day: Day) -> None:
    hands.act(case, "cancel", reason="no_longer_needed")


def held(hands: Hands, case: CaseView, _day: Day) -> None:
    hands.act(case, "hold", reason="fraud")


def merged(hands: Hands, case: CaseView, day: Day) -> None:
    hands.merge(case, day.asked("other"))


def opened_again(hands: Hands, case: CaseView, _day: Day) -> None:
    hands.fill(case, "resolve", code="refused", ending="not ours")
    if isinstance(hands, InSlack):
        hands.bench.bring()
        hands.bench.press(case, "reopen")
        hands.bench.agent.submit()
    else:
        hands.press(case, "reopen")


#: Thirty cases: what each is about, of which order, and how it is worked.
PLAN: Final[tuple[tuple[str, Work], ...]] = (
    ("", answered),
    ("delivered", answered),
    ("placed", answered),
    ("", asked_back),
    ("delivered", asked_back),
    ("delivered", refunded),
    ("delivered", refunded),
    ("delivered", refunded_by_two),
    ("delivered", not_refunded),
    ("return", approved),
    ("return", approved),
    ("return", rejected),
    ("return", rejected),
    ("", escalated),
    ("placed", escalated),
    ("", put_away),
    ("delivered", put_away),
    ("", waiting),
    ("placed", waiting),
    ("", given_back),
    ("delivered", given_back),
    ("", given),
    ("placed", given),
    ("placed", cancelled),
    ("placed", cancelled),
    ("placed", held),
    ("", merged),
    ("", merged),
    ("", opened_again),
    ("delivered", opened_again),
)


@pytest.fixture
def day(settings: Settings, clock: StandingClock) -> Iterator[Day]:
    with a_slack_desk(settings, clock) as slack:
        bench = a_bench(slack)
        player, lead = bench.colleague("Rin Mori", Role.LEAD)
        with slack.runtime.unit_of_work(SYSTEM) as uow:
            adopt(uow, bench.shop, refund_up_to_minor={"agent": 100})
            codes = [str(one.code) for one in bench.queues()]
        for code in codes:
            if code != bench.queue:
                slack.channel_of(code, bench.agent, player)
        browser, leads = slack.app.test_client(), slack.app.test_client()
        sign_in(browser, bench.staff.mail)
        sign_in(leads, lead.mail)
        assert proof(browser)
        yield Day(bench, lead, InSlack(bench, player), OnTheDesk(bench, browser, leads))


def _reason(reasons: Sequence[str], at: int, order: str) -> str:
    """Each in turn; of what has arrived nobody says that it is late."""
    one = reasons[at % len(reasons)]
    return reasons[(at + 1) % len(reasons)] if (one, order) == ("delay", "delivered") else one


def test_thirty_cases_end_in_slack_as_on_the_desk(day: Day) -> None:
    with day.bench.desk.runtime.database.reading() as connection:
        known = sorted(cases.reasons(connection))
    reasons = [one for one in known if one != "return"]
    differ = []
    for at, (order, work) in enumerate(PLAN):
        make = day.returned if order == "return" else day.asked
        twins = []
        for hands in (day.slack, day.desk):
            case = make(_reason(reasons, at, order), order)
            work(hands, case, day)
            day.bench.bring()
            twins.append(day.ended(case))
        in_slack, on_the_desk = twins
        differ += [
            (at, work.__name__, name, in_slack[name], on_the_desk[name])
            for name in in_slack
            if in_slack[name] != on_the_desk[name]
        ]
    assert differ == []
    presses = day.bench.count("slack_heard")
    assert presses >= len(PLAN)
    assert day.bench.count("slack_posts", "state = 'failed'") == 0
