"""To a person, and what customers thought of how it ended."""

from collections.abc import Mapping
from typing import Final

from bots.dialogue.turns import Data, Result, Say
from bots.skills.context import Context, Skill, own, public
from bots.understanding.heard import Intent
from cases import opening as cases
from cases.after import queries as asked
from cases.after import scores, surveys
from cases.after.answers import TooLate
from cases.after.links import AfterLinks, Opens
from oms_service.kernel.errors import NotFound

#: Which of the shop's reasons a wish is; "other" for the rest.
_CASE_REASONS: Final[Mapping[str, str]] = {
    "track": "where_is_it",
    "return": "return",
    "exchange": "exchange",
    "claim": "damaged",
    "delay": "delay",
    "refund": "refund",
    "refund_request": "refund",
    Intent.RETURN_ITEM: "return",
    Intent.REPORT_DELAY: "delay",
    Intent.CANCEL_ORDER: "cancel",
    Intent.CHANGE_ADDRESS: "change_address",
    Intent.CHANGE_DELIVERY_DATE: "change_address",
    Intent.CHANGE_ITEMS: "change_order",
    Intent.EXCHANGE_ITEM: "exchange",
    Intent.REFUND_REQUEST: "refund",
    Intent.REFUND_STATUS: "refund",
    Intent.CHANGE_PAYMENT: "payment",
    Intent.PAYMENT_ISSUE: "payment",
    Intent.REPORT_DAMAGED: "damaged",
    Intent.REPORT_MISSING: "missing",
    Intent.REPORT_WRONG_ITEM: "wrong_item",
}


def hand_off(context: Context, given: Data) -> Result:
    """Bring the conversation to people, with what the bot has found out; then it is silent."""
    summary = given["summary"]
    conversation = context.conversation
    key, customer_id = summary.get("order_key"), context.customer_id
    order = own(context, {"order_key": key}, customer_id) if key and customer_id else None
    case = cases.open_case(
        context.uow,
        reason=_CASE_REASONS.get(str(summary.get("wish")), "other"),
        language=conversation.language,
        channel=conversation.channel,
        order_id=order.id if order else None,
        customer_id=customer_id,
        conversation_id=conversation.id,
        failed_rule=given["reason"],
        summary=summary,
    )
    return Result(
        "hand_off", "ok", {"case_number": case.number, "wait_minutes": None, "is_open": True}
    )


def rating(choice: str | None) -> tuple[int, int] | None:
    """The question and the score of a pressed button, if it is one of those."""
    return scores.pressed(choice)


def rate(context: Context, survey_id: int, score: int) -> Say:
    """Take a customer's score of how their case ended; what to say to it."""
    try:
        with context.uow.session.begin_nested():
            survey = asked.survey(context.uow.session, survey_id)
            if survey.customer_id != context.conversation.customer_id:
                return Say("rating.gone")
            surveys.answer(context.uow, survey_id, score=score, on="chat")
    except (NotFound, TooLate):
        return Say("rating.gone")
    house = context.runtime
    links = AfterLinks(house.settings.secret_key, house.settings.public_url, house.clock)
    return Say("rating.thanks", {"page": links.url(Opens.SURVEY, survey_id, survey.customer_id)})


SKILLS: Final[Mapping[str, Skill]] = {
    "hand_off": public(hand_off),
}
