"""Asking customers how satisfied they were with how a case ended, and taking their answer.

A question is planned when its case is settled, asked once the answer to the customer has left and
some time has passed, and may be answered until its deadline; the last answer counts.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from cases import holding, opening
from cases.after import answers, rules
from cases.after.events import SatisfactionAnswered, SatisfactionAsked
from cases.after.models import FollowUp, OrderFeedback, Survey
from cases.after.policy import Ending, is_low, was_asked_lately, why_not_survey
from cases.after.rules import Rules
from cases.after.states import AskState, Skipped
from cases.after.views import SurveyView
from cases.events import CaseReopened, CaseResolved
from cases.merging import queries as merged
from cases.models import Case, CaseEntry
from cases.states import ACTIVE, CaseState, EntryKind
from oms_service.access import queries as access
from oms_service.access.states import Role, ScopeKind
from oms_service.conversations.states import AuthorKind, DeliveryState, Direction
from oms_service.conversations.views import MessageView
from oms_service.customers import queries as customers
from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import NotFound

#: What a customer refuses who does not want to be asked.
PURPOSE: Final = "surveys"
REVIEW: Final = "review"
#: Where reviews come from: the house itself, so no customer waits for a word.
REVIEWS: Final = "review"
BATCH: Final = 100
#: An answer that is still on its way is waited for so long at a time, and at most so long.
_LOOK_AGAIN: Final = timedelta(minutes=5)
_AT_MOST: Final = timedelta(days=2)


# Planning


def plan(uow: UnitOfWork, event: CaseResolved) -> None:
    """A case was settled: note that its customer is to be asked, or why not."""
    case = holding.locked(uow, event.case_id)
    if case.state in ACTIVE or case.resolved_at is None:
        return
    held = rules.in_force(uow.session)
    if case.customer_id is None:
        return
    ending = Ending(
        resolution=case.resolution,
        is_internal=case.is_internal,
        has_customer=customers.find(uow.session, case.customer_id) is not None,
        is_answered=_answer(uow, case) is not None,
    )
    why = why_not_survey(ending, held)
    uow.session.execute(
        insert(Survey)
        .values(
            case_id=case.id,
            round=_round(uow, case.id),
            customer_id=case.customer_id,
            assignee_id=case.assignee_id,
            queue_id=case.queue_id,
            reason=case.reason,
            resolution=case.resolution,
            channel=case.channel,
            language=case.language,
            state=AskState.WAITING if why is None else AskState.SKIPPED,
            why=why or "",
            due_at=None if why else case.resolved_at + held.ask_after,
            words="",
            answered_on="",
            version=1,
        )
        .on_conflict_do_nothing(index_elements=["case_id", "round"])
    )


def call_off(uow: UnitOfWork, event: CaseReopened) -> None:
    """A case that came back was not settled: nobody is asked about an end it did not have."""
    for one in locks.those(
        uow.session,
        Survey,
        (Survey.case_id == event.case_id) & (Survey.state == AskState.WAITING),
        by=[Survey.id],
    ):
        _skip(one, Skipped.REOPENED)


def ask_due(uow: UnitOfWork) -> int:
    """Ask everybody whose time has come; answer how many were looked at."""
    due = (
        select(Survey)
        .where(Survey.state == AskState.WAITING, Survey.due_at <= uow.now)
        .order_by(Survey.due_at, Survey.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    found = list(uow.session.scalars(due))
    held = rules.in_force(uow.session)
    for one in found:
        _ask(uow, one, held)
        # What was asked a moment ago counts for the next one of the same customer.
        uow.session.flush()
    return len(found)


def _ask(uow: UnitOfWork, survey: Survey, held: Rules) -> None:
    case = uow.session.get_one(Case, survey.case_id)
    why = _why_not(uow, survey, case, held)
    if why is not None:
        _skip(survey, why)
        return
    said = _answer(uow, case)
    if said is not None and said.state is DeliveryState.QUEUED:
        planned = (case.resolved_at or uow.now) + held.ask_after
        if uow.now - planned < _AT_MOST:
            survey.due_at = uow.now + _LOOK_AGAIN
            return
        _skip(survey, Skipped.UNREACHABLE)
        return
    survey.state, survey.due_at = AskState.ASKED, None
    survey.asked_at, survey.answer_until = uow.now, uow.now + held.answer_within
    survey.version += 1
    uow.emit(
        SatisfactionAsked(
            case_id=case.id, survey_id=survey.id, answer_until=survey.answer_until.isoformat()
        )
    )


def _why_not(uow: UnitOfWork, survey: Survey, case: Case, held: Rules) -> Skipped | None:
    if case.state in ACTIVE or _round(uow, case.id) != survey.round:
        return Skipped.REOPENED
    if not held.asks_satisfaction:
        return Skipped.OFF
    if customers.find(uow.session, survey.customer_id) is None:
        return Skipped.UNKNOWN_CUSTOMER
    if customers.refuses(uow.session, survey.customer_id, PURPOSE):
        return Skipped.REFUSED
    said = _answer(uow, case)
    if said is not None and said.state is DeliveryState.FAILED:
        return Skipped.UNREACHABLE
    # One customer, one question at a time: two of theirs wait for each other here.
    locks.a_name(uow.session, f"asking:{survey.customer_id}")
    lately = last_asked(uow, survey.customer_id)
    return Skipped.LATELY if was_asked_lately(lately, held, now=uow.now) else None


def _skip(survey: Survey, why: Skipped) -> None:
    survey.state, survey.due_at, survey.why = AskState.SKIPPED, None, why
    survey.version += 1


# Answering


def answer(
    uow: UnitOfWork, survey_id: int, *, score: int, words: str | None = None, on: str
) -> SurveyView:
    """Take a customer's answer; given again, the last one counts.

    Args:
        uow: its actor is who answers.
        survey_id: the question.
        score: 1 to 5.
        words: why, in their own words; None leaves what was said before.
        on: where it was answered, as a code.

    Raises:
        NotFound: no such question was asked.
        Invalid: a score outside 1 to 5, or words that are too long.
        TooLate: its deadline has passed.
    """
    answers.check(score, words or "")
    at = uow.session.scalar(select(Survey.case_id).where(Survey.id == survey_id))
    if at is None:
        raise NotFound("no such question")
    case = holding.locked(uow, at)
    survey = locks.one(uow.session, Survey, survey_id)
    answers.assert_open(survey, now=uow.now)
    words = survey.words if words is None else words.strip()
    if (survey.score, survey.words) == (score, words):
        return view_of(survey)
    survey.state, survey.score, survey.words = AskState.ANSWERED, score, words
    survey.answered_at, survey.answered_on = uow.now, on
    survey.version += 1
    what = {"what": "rated", "score": score, "round": survey.round}
    holding.enter(uow, case, EntryKind.ACTED, data=what)
    uow.emit(SatisfactionAnswered(case_id=case.id, survey_id=survey.id, score=score))
    if is_low(score, rules.in_force(uow.session)) and survey.review_case_id is None:
        survey.review_case_id = _review(uow, case, survey)
    holding.done(uow, case)
    return view_of(survey)


def _review(uow: UnitOfWork, case: Case, survey: Survey) -> int:
    """Let a lead look into it, among colleagues: the customer is not told of it."""
    opened = opening.open_case(
        uow,
        reason=REVIEW,
        language=case.language,
        channel=REVIEWS,
        order_id=case.order_id,
        customer_id=case.customer_id,
        wanted={"score": survey.score, "case_number": case.number},
        failed_rule="low_score",
        is_internal=True,
    )
    uow.session.execute(
        insert(FollowUp)
        .values(case_id=opened.id, of_case_id=case.id, kind=REVIEW)
        .on_conflict_do_nothing(index_elements=["case_id", "of_case_id"])
    )
    if opened.assignee_id is None:
        review = locks.one(uow.session, Case, opened.id)
        lead = _lead(uow, review.queue_id)
        if lead is not None:
            holding.give(uow, review, lead, "low_score")
    return opened.id


def _lead(uow: UnitOfWork, queue_id: int) -> int | None:
    """The lead who has the fewest open reviews, of those who see the queue."""
    leads = [
        one.id
        for one in access.all_staff(uow.session)
        if one.is_active and Role.LEAD in one.roles and one.reaches(ScopeKind.QUEUE, queue_id)
    ]
    if not leads:
        return None
    query = (
        select(Case.assignee_id, func.count().label("open"))
        .where(Case.assignee_id.in_(leads), Case.reason == REVIEW, Case.state.in_(ACTIVE))
        .group_by(Case.assignee_id)
    )
    busy = {row.assignee_id: int(row.open) for row in uow.session.execute(query)}
    return min(leads, key=lambda one: (busy.get(one, 0), one))


# Inside


def view_of(survey: Survey) -> SurveyView:
    return SurveyView(**{name: getattr(survey, name) for name in SurveyView.__dataclass_fields__})


def last_asked(uow: UnitOfWork, customer_id: int) -> datetime | None:
    """When a customer was asked last, about a case or about a delivery; None if never."""
    tables: tuple[type[Survey] | type[OrderFeedback], ...] = (Survey, OrderFeedback)
    times = [
        uow.session.scalar(select(func.max(one.asked_at)).where(one.customer_id == customer_id))
        for one in tables
    ]
    return max((at for at in times if at is not None), default=None)


def _round(uow: UnitOfWork, case_id: int) -> int:
    """How often the case has been settled."""
    query = select(func.count()).where(
        CaseEntry.case_id == case_id,
        CaseEntry.kind == EntryKind.STATE_CHANGED,
        CaseEntry.data["to"].astext == CaseState.RESOLVED,
    )
    return uow.session.scalar(query) or 0


def _answer(uow: UnitOfWork, case: Case) -> MessageView | None:
    """The last thing that a person or the bot said to the customer since the case was opened."""
    said = merged.messages(uow.session, case.id)
    return next((one for one in reversed(said) if _answers(one, case)), None)


def _answers(message: MessageView, case: Case) -> bool:
    """Whether a message is an answer in this case; what the bot says as it hands over is none."""
    if message.direction is not Direction.OUT:
        return False
    if message.author_kind is AuthorKind.AGENT:
        return message.at >= case.opened_at
    return message.author_kind is AuthorKind.BOT and message.at > case.opened_at
