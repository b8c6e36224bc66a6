"""Customers are asked how a case ended: by mail with links, in a chat by buttons."""

import re

from sqlalchemy import text

from bots import inbound
from bots.inbound import Incoming
from cases import queries, service
from cases.after import queries as asked
from cases.after import surveys
from cases.states import CaseState
from oms_service.conversations import queries as conversations
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.afterwards import make_settled, settle
from tests.factories.cases import make_case
from tests.fakes.clock import StandingClock


def ask(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        surveys.ask_due(uow)
    drain(runtime)


def test_in_a_chat_a_score_is_pressed_and_the_case_stays_settled(
    runtime: Runtime, clock: StandingClock
) -> None:
    settled = make_settled(runtime)
    drain(runtime)
    chat = settled.case.conversation_id or 0
    with runtime.database.looking() as session:
        told = conversations.thread(session, chat)[-1]
    assert re.search(r"/case/\S+$", told.text)
    clock.advance(hours=1)
    ask(runtime)
    with runtime.database.looking() as session:
        said = conversations.thread(session, chat)[-1]
        (one,) = asked.surveys_of_case(session, settled.case.id)
    assert "ひとつお選びください" in said.text
    assert next(choice["label"] for choice in said.extra["choices"]) == "5 とても満足"
    assert said.extra["choices"][1]["value"] == f"rate:{one.id}:4"
    for _twice in range(2):
        answer = inbound.receive(runtime, chat, Incoming(key="c:1", choice=f"rate:{one.id}:4"))
    assert "/rate/" in answer.replies[0].text
    drain(runtime)
    with runtime.database.looking() as session:
        now = asked.survey(session, one.id)
        case = queries.by_id(session, settled.case.id)
    assert (now.score, now.answered_on) == (4, "chat")
    assert case.state is CaseState.RESOLVED


def test_by_mail_there_is_a_link_for_each_score(runtime: Runtime, clock: StandingClock) -> None:
    settled = make_settled(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        other = make_case(uow, reason="refund", customer_id=settled.customer_id)
    settle(runtime, other, settled.agent_id)
    drain(runtime)
    clock.advance(days=2)
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("UPDATE messages SET state = 'sent' WHERE state = 'queued'"))
        uow.session.execute(
            text(
                "UPDATE case_surveys SET due_at = due_at + interval '1 year' WHERE case_id <> :id"
            ),
            {"id": other.id},
        )
    ask(runtime)
    with runtime.database.looking() as session:
        words = session.execute(
            text("SELECT text FROM messages WHERE author_kind = 'notice' ORDER BY id DESC LIMIT 1")
        ).scalar_one()
    assert [f"?score={score}" in words for score in range(1, 6)] == [True] * 5
    assert len(set(re.findall(r"(/rate/\S+)\?score=", words))) == 1


def test_nobody_is_asked_in_the_morning_about_a_case_that_came_back_at_night(
    runtime: Runtime, clock: StandingClock
) -> None:
    clock.advance(hours=12)
    settled = make_settled(runtime)
    drain(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("UPDATE conversations SET closed_at = now()"))
    clock.advance(hours=1)
    ask(runtime)
    with runtime.unit_of_work(staff(settled.agent_id)) as uow:
        service.reopen(uow, settled.case.id)
    drain(runtime)
    with runtime.database.looking() as session:
        rows = session.execute(
            text("SELECT state, why FROM notices WHERE template = 'satisfaction'")
        ).all()
    assert [tuple(row) for row in rows] == [("suppressed", "reopened")]
