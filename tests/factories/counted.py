"""A small history of three cases whose every figure can be worked out by hand."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text

from cases import service
from cases.after import queries as asked
from cases.after import rules, surveys
from cases.reports.figures import Wanted
from cases.routing import service as routing
from cases.routing.states import Presence
from cases.views import CaseView
from oms_service.conversations import service as talking
from oms_service.conversations.states import AuthorKind
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.shipping.accuracy import Period
from tests.factories.cases import make_agent, make_case, make_chat
from tests.factories.forecasts import a_forecast, keep
from tests.factories.orders import make_order, make_shipped_order
from tests.factories.shop import make_shop
from tests.fakes.clock import StandingClock

#: The first minute in which the desk is open after the Sunday on which clocks begin.
TUESDAY = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
#: When it is looked at: three in the afternoon in Tokyo.
NOW = TUESDAY + timedelta(hours=6)
DAYS = Wanted(period=Period(date(2026, 11, 22), date(2026, 11, 24), ZoneInfo("Asia/Tokyo")))


@dataclass(frozen=True)
class History:
    """``asked`` was answered once; ``broken`` came back; ``waiting`` is open and nobody's."""

    agent_id: int
    order_id: int
    asked: CaseView
    broken: CaseView
    waiting: CaseView


@dataclass(frozen=True)
class _Desk:
    """What happens in the shop, minutes after it opens on Tuesday."""

    runtime: Runtime
    clock: StandingClock
    customer_id: int
    agent_id: int

    def at(self, minutes: int) -> None:
        self.clock.set(TUESDAY + timedelta(minutes=minutes))

    def opened(self, **more: Any) -> CaseView:
        with self.runtime.unit_of_work(SYSTEM) as uow:
            chat = make_chat(uow, customer_id=self.customer_id)
            talking.receive(uow, chat.id, key="m1", text="すみません")
            talking.say(uow, chat.id, author_kind=AuthorKind.BOT, text="はい", key="b1")
            made = make_case(uow, conversation_id=chat.id, customer_id=self.customer_id, **more)
        drain(self.runtime)
        return made

    def asked_again(self, case: CaseView) -> None:
        with self.runtime.unit_of_work(SYSTEM) as uow:
            service.append(uow, case.id, "message")
        drain(self.runtime)

    def reply(self, case: CaseView, key: str) -> None:
        with self.runtime.unit_of_work(staff(self.agent_id)) as uow:
            service.reply(uow, case.id, "承知しました。", key=key)
        drain(self.runtime)

    def resolve(self, case: CaseView) -> None:
        with self.runtime.unit_of_work(staff(self.agent_id)) as uow:
            service.resolve(uow, case.id, code="answered", note="done")
        drain(self.runtime)

    def reopen(self, case: CaseView) -> None:
        with self.runtime.unit_of_work(staff(self.agent_id)) as uow:
            service.reopen(uow, case.id)
        drain(self.runtime)

    def score(self, case: CaseView, score: int) -> None:
        with self.runtime.unit_of_work(SYSTEM) as uow:
            found = asked.survey_of_case(uow.session, case.id)
            assert found is not None
            surveys.answer(uow, found.id, score=score, words="", on="link")
        drain(self.runtime)


def make_history(runtime: Runtime, clock: StandingClock) -> History:
    """Three cases in the chat, from Sunday to Tuesday 15:00 in Tokyo; the desk opens on Tuesday.

    Routing gives none of them out: the one colleague is away, and has what they answer.

    - *asked*, Sunday 10:00: answered on Tuesday 9:10 and settled 9:30; scored 5.
    - *broken*, of an order, Tuesday 10:00: answered 10:30, asked again 11:00, answered 11:05,
      settled 12:00, back 13:00, settled 14:00; scored 3.
    - *waiting*, Tuesday 14:00.
    """
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        agent_id = make_agent(uow)
        routing.set_presence(uow, agent_id, Presence.AWAY)
        make_order(uow, shop)
        order = make_shipped_order(uow, shop)
        held = rules.in_force(uow.session)
        rules.change(uow, rules.Rules(not_again_days=0, version=held.version))
    desk = _Desk(runtime, clock, shop.customer_id, agent_id)
    first = desk.opened()
    desk.at(10)
    desk.reply(first, "a1")
    desk.at(30)
    desk.resolve(first)
    desk.at(60)
    second = desk.opened(reason="damaged", order_id=order.id)
    desk.at(90)
    desk.reply(second, "b1")
    desk.at(120)
    desk.asked_again(second)
    desk.at(125)
    desk.reply(second, "b2")
    desk.at(180)
    desk.resolve(second)
    desk.at(240)
    desk.reopen(second)
    desk.at(300)
    desk.resolve(second)
    third = desk.opened(reason="question")
    desk.at(360)
    _what_else(runtime, order.id)
    desk.score(first, 5)
    desk.score(second, 3)
    return History(agent_id, order.id, first, second, third)


def _what_else(runtime: Runtime, order_id: int) -> None:
    """A chat that needed nobody, an arrival three hours late, a refund, and questions asked."""
    with runtime.unit_of_work(SYSTEM) as uow:
        alone = make_chat(uow)
        talking.receive(uow, alone.id, key="m1", text="何時までですか")
        talking.say(uow, alone.id, author_kind=AuthorKind.BOT, text="18時です", key="b1")
        keep(uow.session, [a_forecast(order_id, None, TUESDAY, off_hours=15)])
        uow.session.execute(_REFUND, {"order": order_id, "at": TUESDAY, "paid": NOW})
        surveys.ask_due(uow)
    drain(runtime)


_REFUND = text(
    "INSERT INTO refunds (order_id, amount_minor, currency, reason, state, requested_by,"
    " requested_at, settled_at, key, part, payment_ref, round, is_by_hand, failure, provider_ref)"
    " VALUES (:order, 100, 'JPY', 'goodwill', 'paid', 'system:', :at, :paid, 'by-hand',"
    " 'goodwill', '', 1, true, '', '')"
)
