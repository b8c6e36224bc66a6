"""Where customers say how it went: how a case ended, how a delivery and its products were.

Reached by the links they were sent. A link shows a form and changes nothing: mail programs follow
links by themselves. Only a form that is sent counts, and the last one does.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cases import queries
from cases.after import answers, feedback, surveys
from cases.after import queries as asked
from cases.after.answers import TooLate
from cases.after.links import Opens
from cases.after.states import AskState
from cases.after.views import FeedbackView, Given
from cases.after.words import SCORES
from cases.portal.cases import links, opened, scored
from cases.portal.paths import url_of
from oms_service.access.guard import customer_id, guard, public
from oms_service.customers import queries as customers
from oms_service.kernel import actors
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.orders import queries as orders
from oms_service.orders.queries import LineView, OrderView
from oms_service.runtime import runtime
from oms_service.web.texts import N_, gettext

_ = gettext

blueprint = Blueprint("portal_asking", __name__, template_folder="templates")

TRIES: Final = "60/hour"
SIGNED: Final = "the link is signed for this one question, and was sent to its customer"
_LINK: Final = "link"
_PORTAL: Final = "portal"
_SCORE: Final = N_("Please choose one of the five.")
_WORDS: Final = N_("Please write at most 2,000 characters.")
_OVER: Final = N_("The time to answer this is over. Thank you all the same.")
_THANKS: Final = N_("Thank you for your answer.")
_SHOWN: Final = frozenset({AskState.ASKED, AskState.ANSWERED})


@blueprint.after_request
def unlisted(answer: Response) -> Response:
    """No search engine keeps an address that opens somebody's answer, and no cache its page."""
    answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.route("/rate/<written>", methods=["GET", "POST"])
@public(reason=SIGNED)
def rate(written: str) -> ResponseReturnValue:
    """How satisfied somebody was with how a case ended."""
    survey_id, of_customer = opened(Opens.SURVEY, written)
    errors: dict[str, str] = {}
    if request.method == "POST":
        runtime().limits.take("portal-asking", str(of_customer), TRIES)
        score = scored(request.form) or 0
        try:
            with runtime().unit_of_work(actors.customer(of_customer)) as uow:
                _assert_theirs(asked.survey(uow.session, survey_id).customer_id, of_customer)
                words = request.form.get("words", "")
                surveys.answer(uow, survey_id, score=score, words=words, on=_LINK)
        except Invalid as refused:
            errors = _said(refused.fields)
        except TooLate:
            flash(_(_OVER), "attention")
            return redirect(request.path, HTTPStatus.SEE_OTHER)
        else:
            flash(_(_THANKS), "success")
            return redirect(request.path, HTTPStatus.SEE_OTHER)
    page = _rate_page(survey_id, of_customer, errors)
    return (page, HTTPStatus.UNPROCESSABLE_ENTITY) if errors else page


def _rate_page(survey_id: int, of_customer: int, errors: Mapping[str, str]) -> str:
    house = runtime()
    with house.database.looking() as session:
        survey = asked.survey(session, survey_id)
        _assert_theirs(survey.customer_id, of_customer)
        if survey.state not in _SHOWN or customers.find(session, of_customer) is None:
            raise NotFound("no such question")
        case = queries.by_id(session, survey.case_id)
        reason = queries.reasons(session)[case.reason].public_name
    return render_template(
        "portal/rate.html",
        survey=survey,
        case=case,
        reason=reason,
        is_open=answers.is_open(survey, now=house.clock.now()),
        scores=SCORES,
        chosen=scored(request.args) or None,
        errors=errors,
        typed=request.form,
        here=request.path,
        case_url=url_for(
            "portal_cases.by_link", written=links().token(Opens.CASE, case.id, of_customer)
        ),
    )


@blueprint.route("/feedback/<written>", methods=["GET", "POST"])
@public(reason=SIGNED)
def by_link(written: str) -> ResponseReturnValue:
    """How a delivery and its products were, by the link."""
    feedback_id, of_customer = opened(Opens.FEEDBACK, written)
    with runtime().database.looking() as session:
        found = asked.feedback(session, feedback_id)
        _assert_theirs(found.customer_id, of_customer)
        if customers.find(session, of_customer) is None:
            raise NotFound("no such question")
    return _feedback(found, _LINK)


@blueprint.route("/orders/<number>/feedback", methods=["GET", "POST"])
@guard(customer=True)
def mine(number: str) -> ResponseReturnValue:
    """The same of one's own order, signed in."""
    with runtime().database.looking() as session:
        order = orders.own(session, number, customer_id())
        found = asked.feedback_of_order(session, order.id)
    if found is None:
        raise NotFound("this order was not asked about")
    return _feedback(found, _PORTAL)


def _feedback(found: FeedbackView, on: str) -> ResponseReturnValue:
    if found.state not in _SHOWN:
        raise NotFound("no such question")
    with runtime().database.looking() as session:
        order = orders.by_id(session, found.order_id)
        lines = [one for one in orders.lines(session, order.id) if one.counters.delivered]
    errors: dict[str, str] = {}
    if request.method == "POST":
        runtime().limits.take("portal-asking", str(found.customer_id), TRIES)
        try:
            _give(found, lines, on)
        except Invalid as refused:
            errors = _said(refused.fields)
        except TooLate:
            flash(_(_OVER), "attention")
            return redirect(request.path, HTTPStatus.SEE_OTHER)
        else:
            flash(_(_THANKS), "success")
            return redirect(request.path, HTTPStatus.SEE_OTHER)
    page = _feedback_page(found, order, lines, errors, on)
    return (page, HTTPStatus.UNPROCESSABLE_ENTITY) if errors else page


def _give(found: FeedbackView, lines: Sequence[LineView], on: str) -> None:
    form = request.form
    given = [
        Given(line.id, score, form.get(f"line-{line.id}-words", ""))
        for line in lines
        if (score := scored(form, f"line-{line.id}")) is not None
    ]
    with runtime().unit_of_work(actors.customer(found.customer_id)) as uow:
        feedback.give(
            uow,
            found.id,
            score=scored(form),
            words=form.get("words", ""),
            lines=given,
            on=on,
        )


def _feedback_page(
    found: FeedbackView,
    order: OrderView,
    lines: Sequence[LineView],
    errors: Mapping[str, str],
    on: str,
) -> str:
    house = runtime()
    with house.database.looking() as session:
        now = asked.feedback(session, found.id)
        said = {
            one.order_line_id: one for one in asked.lines_of(session, [found.id]).get(found.id, [])
        }
    return render_template(
        "portal/feedback.html",
        feedback=now,
        order=order,
        lines=lines,
        said=said,
        is_open=answers.is_open(now, now=house.clock.now()),
        scores=SCORES,
        chosen=scored(request.args) or None,
        errors=errors,
        typed=request.form,
        here=request.path,
        back=url_of(order.number) if on == _PORTAL else None,
    )


def _assert_theirs(owner: int, of_customer: int) -> None:
    """A link opens nothing any more once what it opened belongs to another record.

    Raises:
        NotFound: it does.
    """
    if owner != of_customer:
        raise NotFound("no such question")


def _said(fields: Mapping[str, str]) -> dict[str, str]:
    words = {"words": _WORDS}
    return {name: str(_(words.get(name, _SCORE))) for name in fields}
