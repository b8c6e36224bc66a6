"""What the shop answers to everybody, and what customers tell it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bots.answers import facts, finding, queries, variables
from bots.answers.views import AnswerView
from bots.dialogue.contracts.answering import AnswerData
from bots.dialogue.turns import Data, Result
from bots.skills.context import Context, Skill, own, public
from bots.skills.identity import retry
from cases import opening
from cases.after import answers as asked_answers
from cases.after import feedback
from cases.after import queries as afterwards
from oms_service.kernel.errors import TooMany
from oms_service.kernel.languages import Language, Words
from oms_service.orders.queries import OrderView

COMPLAINT: Final = "complaint"
#: Cases one sender may open by telling us something.
_TOLD: Final = "10/hour"


def find_answer(context: Context, given: Data) -> Result:
    """The answer whose sample questions are most like the words: of the topic, else of any."""
    known = queries.answers(context.uow.session)
    general = [one for one in known if one.product_id is None]
    of_topic = [one for one in general if one.topic == given["topic"]]
    for candidates, enough in (
        (of_topic, finding.ENOUGH),
        (general, finding.ENOUGH_ELSEWHERE),
    ):
        keys = finding.find(given["words"], _samples(candidates), enough=enough).keys
        by_code = {one.code: one for one in candidates}
        if len(keys) == 1:
            return _told(context, by_code[keys[0]], given, "find_answer")
        if keys:
            return _several([by_code[key] for key in keys])
    if len(of_topic) == 1:
        return _told(context, of_topic[0], given, "find_answer")
    if of_topic:
        return _several(of_topic[: finding.MOST_OFFERED])
    return Result("find_answer", "none")


def tell_answer(context: Context, given: Data) -> Result:
    """One answer that was chosen."""
    known = {one.code: one for one in queries.answers(context.uow.session)}
    found = known.get(given["code"])
    return _told(context, found, given, "tell_answer") if found else Result("tell_answer", "none")


def filled(context: Context, answer: AnswerView, order: OrderView | None) -> AnswerData | None:
    """An answer with what holds for an order, or in the web shop; None where nothing remains."""
    session, now = context.uow.session, context.uow.now
    channel = facts.home(session, order.channel_id if order else None)
    values = facts.values(context.runtime, session, now=now, channel=channel)
    text = said(answer, values)
    return {"code": answer.code, "text": text} if text else None


def said(answer: AnswerView, values: Mapping[str, Words]) -> dict[str, str]:
    """The text of an answer in each language it has one in."""
    told = {
        code: variables.fill(body, values, Language(code)) for code, body in answer.body.items()
    }
    return {code: text for code, text in told.items() if text}


def report_complaint(context: Context, given: Data) -> Result:
    """Bring a complaint before people; what was said stands in the conversation."""
    refused = _limited(context, "report_complaint")
    if refused:
        return refused
    order, conversation = _order(context, given), context.conversation
    case = opening.open_case(
        context.uow,
        reason=COMPLAINT,
        language=conversation.language,
        channel=conversation.channel,
        order_id=order.id if order else None,
        customer_id=context.customer_id,
        conversation_id=conversation.id,
        failed_rule=COMPLAINT,
        passes_on=False,
    )
    return Result("report_complaint", "ok", {"case_number": case.number})


def keep_feedback(context: Context, given: Data) -> Result:
    """What somebody thinks: as the answer to what they were asked of a delivery, else as a note."""
    refused = _limited(context, "keep_feedback")
    if refused:
        return refused
    order, score = _order(context, given), given["score"]
    question = afterwards.feedback_of_order(context.uow.session, order.id) if order else None
    if question and score and asked_answers.is_open(question, now=context.uow.now):
        feedback.give(
            context.uow,
            question.id,
            score=score,
            words=given["words"],
            on=context.conversation.channel,
        )
        return Result("keep_feedback", "ok", {"stored": "delivery"})
    wanted: dict[str, Any] = {"score": score} if score else {}
    opening.open_case(
        context.uow,
        reason=feedback.REASON,
        language=context.conversation.language,
        channel=context.conversation.channel,
        order_id=order.id if order else None,
        customer_id=context.customer_id,
        conversation_id=context.conversation.id,
        wanted=wanted,
        passes_on=False,
        is_internal=True,
    )
    return Result("keep_feedback", "ok", {"stored": "note"})


def _samples(candidates: Sequence[AnswerView]) -> dict[str, list[str]]:
    return {one.code: [q for said in one.questions.values() for q in said] for one in candidates}


def _told(context: Context, answer: AnswerView, given: Data, skill: str) -> Result:
    found = filled(context, answer, _order(context, given))
    return Result(skill, "ok", found) if found else Result(skill, "none")


def _several(found: Sequence[AnswerView]) -> Result:
    shown = [{"code": one.code, "title": one.title} for one in found]
    return Result("find_answer", "several", {"answers": shown})


def _order(context: Context, given: Data) -> OrderView | None:
    """The order, if it is the customer's who writes."""
    key, customer_id = given["order_key"], context.customer_id
    return own(context, {"order_key": key}, customer_id) if key and customer_id else None


def _limited(context: Context, skill: str) -> Result | None:
    try:
        context.runtime.limits.take("chat-told", context.source, _TOLD)
    except TooMany as error:
        return Result(skill, "too_many", retry(context, error))
    return None


SKILLS: Final[Mapping[str, Skill]] = {
    "find_answer": public(find_answer),
    "tell_answer": public(tell_answer),
    "report_complaint": public(report_complaint),
    "keep_feedback": public(keep_feedback),
}
