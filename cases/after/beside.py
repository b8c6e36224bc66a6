"""Beside a case: how satisfied its customer was, and which cases came of it."""

from collections.abc import Mapping

from flask import render_template

from cases import queries as cases
from cases.after import queries
from cases.after.states import AskState
from cases.after.words import SCORES, WHY_NOT
from oms_service.ports.slots import Beside, Panel
from oms_service.runtime import runtime
from oms_service.web.texts import N_


def of_case(context: Mapping[str, object]) -> str | None:
    """What its customer was asked and said; stays away where nothing is to be told."""
    case_id, order_id = context.get("case_id"), context.get("order_id")
    if not isinstance(case_id, int):
        return None
    with runtime().database.looking() as session:
        surveys = queries.surveys_of_case(session, case_id)
        delivery = (
            queries.feedback_of_order(session, order_id) if isinstance(order_id, int) else None
        )
        if delivery is not None and delivery.state is not AskState.ANSWERED:
            delivery = None
        before = cases.numbers_of(session, queries.follows(session, case_id)).values()
        then = cases.numbers_of(session, queries.followed_by(session, case_id)).values()
    if not (surveys or delivery or before or then):
        return None
    return render_template(
        "after/beside.html",
        surveys=surveys,
        delivery=delivery,
        before=before,
        then=then,
        scores=SCORES,
        why_not=WHY_NOT,
    )


PANEL = Panel(
    beside=Beside.CASE,
    name="satisfaction",
    label=N_("What the customer says"),
    render=of_case,
    permission="feedback:read",
    rank=45,
)
