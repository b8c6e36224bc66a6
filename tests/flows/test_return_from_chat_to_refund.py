"""Walk B: a return asked for in a chat, decided at the desk, received, paid back, told."""

from flask import Flask

from cases import deciding, queries
from cases.states import CaseState, EntryKind
from cases.views import CaseView
from oms_service.conversations import queries as conversations
from oms_service.conversations.states import AuthorKind
from oms_service.history import queries as history
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.operations.returning import receiving
from oms_service.orders import queries as orders
from oms_service.payments import queries as payments
from oms_service.payments import service as paying
from oms_service.relay import drain
from oms_service.returns import queries as return_queries
from oms_service.returns.queries import ReturnView
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent
from tests.factories.orders import MAIL, make_delivered_order
from tests.factories.shop import make_shop
from tests.flows.test_track_in_chat import Browser


def the_case(runtime: Runtime, return_id: int) -> CaseView:
    with runtime.database.reading() as connection:
        found = queries.of_return(connection, return_id)
    assert found is not None
    return found


def test_a_return_from_the_first_word_to_the_money(app: Flask, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        agent = make_agent(uow)
        order = make_delivered_order(uow, shop, number="A-10423")
    drain(runtime)

    # The customer asks the bot; the shop has no policy, so a person has to decide.
    chat = Browser(app, "ja")
    chat.say("返品したい")
    chat.say("A-10423")
    chat.say(MAIL)
    said = chat.say("1点目")
    if "何点" in said:
        said = chat.say("1")
    said = chat.say("気が変わった")
    said = chat.say("はい")
    with runtime.database.reading() as connection:
        (asked,) = return_queries.of_orders(connection, [order.id])
    drain(runtime)
    case = the_case(runtime, asked.id)
    assert case.number in said or asked.number in said
    assert (case.reason, case.failed_rule) == ("return", "no_policy")
    assert case.assignee_id == agent

    # The agent sees what is known and approves; the customer is told where they asked.
    with runtime.unit_of_work(staff(agent)) as uow:
        deciding.approve_return(uow, case.id, version=case.version)
    drain(runtime)
    assert case.conversation_id is not None
    with runtime.database.reading() as connection:
        told = conversations.thread(connection, case.conversation_id)[-1]
    assert told.author_kind is AuthorKind.NOTICE
    assert told.text.startswith(f"ご注文 A-10423 の返品を承りました(返品番号 {asked.number})。")
    assert the_case(runtime, asked.id).state is CaseState.WAITING_THIRD_PARTY

    # The goods arrive, the money goes back, the case is done.
    with runtime.unit_of_work(SYSTEM) as uow:
        now = return_queries.by_id(uow.session, asked.id)
        receiving.receive(uow, asked.id, version=now.version)
    drain(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        for refund in payments.refunds(uow.session, order.id):
            paying.confirm_paid(uow, refund.id)
    drain(runtime)
    done = the_case(runtime, asked.id)
    assert (done.state, done.resolution) == (CaseState.RESOLVED, "refunded")

    _check_what_was_told(runtime, done, asked)


def _check_what_was_told(runtime: Runtime, case: CaseView, asked: ReturnView) -> None:
    assert case.conversation_id is not None
    with runtime.database.looking() as session:
        thread = conversations.thread(session, case.conversation_id)
        entries = queries.entries(session, case.id)
        kinds = [one.kind for one in history.timeline(session, runtime.timeline, asked.order_id)]
        (line,) = orders.lines(session, asked.order_id)
    notices = [one.text.split("\n")[0] for one in thread if one.author_kind is AuthorKind.NOTICE]
    assert len(notices) == 3
    assert notices[1].startswith(f"返品番号 {asked.number} の商品を確かに受け取りました")
    assert notices[2].startswith("ご注文 A-10423 について、")
    acts = [one.data["what"] for one in entries if one.kind is EntryKind.ACTED]
    assert acts == ["return_approved", "return_received", "refund_paid"]
    assert line.counters.returned == asked.lines[0].quantity
    for kind in ("return.requested", "case.opened", "notice.told", "refund.paid", "case.resolved"):
        assert kind in kinds
