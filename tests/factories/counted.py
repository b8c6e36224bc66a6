"""A small history of three cases whose every figure can be worked out by hand."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
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

    def opened(**more: object) -> CaseView:
        with runtime.unit_of_work(SYSTEM) as uow:
            chat = make_chat(uow, customer_id=shop.customer_id)
            talking.receive(uow, chat.id, key="m1", text="すみません")
            talking.say(uow, chat.id, author_kind=AuthorKind.BOT, text="はい", key="b1")
            made = make_case(uow, conversation_id=chat.id, customer_id=shop.customer_id, **more)
        drain(runtime)
        return made

    def at(minutes: int) -> None:
        clock.set(TUESDAY + timedelta(minutes=minutes))

    def reply(case: CaseView, key: str) -> None:
        with runtime.unit_of_work(staff(agent_id)) as uow:
            service.reply(uow, case.id, "承知しました。", key=key)
        drain(runtime)

    def resolve(case: CaseView) -> None:
        with runtime.unit_of_work(staff(agent_id)) as uow:
            service.resolve(uow, case.id, code="answered", note="done")
        drain(runtime)

    first = opened()
    at(10)
    reply(first, "a1")
    at(30)
    resolve(first)
    at(60)
    second = opened(reason="damaged", order_id=order.id)
    at(90)
    reply(second, "b1")
    at(120)
    with runtime.unit_of_work(SYSTEM) as uow:
        service.append(uow, second.id, "message")
    drain(runtime)
    at(125)
    reply(second, "b2")
    at(180)
    resolve(second)
    at(240)
    with runtime.unit_of_work(staff(agent_id)) as uow:
        service.reopen(uow, second.id)
    drain(runtime)
    at(300)
    resolve(second)
    third = opened(reason="question")
    at(360)
    with runtime.unit_of_work(SYSTEM) as uow:
        alone = make_chat(uow)
        talking.receive(uow, alone.id, key="m1", text="何時までですか")
        talking.say(uow, alone.id, author_kind=AuthorKind.BOT, text="18時です", key="b1")
        keep(uow.session, [a_forecast(order.id, None, TUESDAY, off_hours=15)])
        uow.session.execute(_REFUND, {"order": order.id, "at": TUESDAY, "paid": NOW})
        surveys.ask_due(uow)
    drain(runtime)
    for case, score in ((first, 5), (second, 3)):
        with runtime.unit_of_work(SYSTEM) as uow:
            found = asked.survey_of_case(uow.session, case.id)
            assert found is not None
            surveys.answer(uow, found.id, score=score, words="", on="link")
    drain(runtime)
    return History(agent_id, order.id, first, second, third)


_REFUND = text(
    "INSERT INTO refunds (order_id, amount_minor, currency, reason, state, requested_by,"
    " requested_at, settled_at, key, part, payment_ref, round, is_by_hand, failure, provider_ref)"
    " VALUES (:order, 100, 'JPY', 'goodwill', 'paid', 'system:', :at, :paid, 'by-hand',"
    " 'goodwill', '', 1, true, '', '')"
)
