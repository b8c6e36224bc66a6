"""Reading what customers were asked and what they said."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from cases.after.models import FollowUp, LineFeedback, OrderFeedback, Survey
from cases.after.states import AskState
from cases.after.views import Average, FeedbackView, LineView, SurveyView
from oms_service.infra.hot import Hot
from oms_service.infra.once import once
from oms_service.kernel import pages
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.kernel.pages import Page

Reader = Connection | Session

_SURVEY: Final = tuple(getattr(Survey, name) for name in SurveyView.__dataclass_fields__)
_FEEDBACK: Final = tuple(getattr(OrderFeedback, name) for name in FeedbackView.__dataclass_fields__)
_LINE: Final = tuple(getattr(LineFeedback, name) for name in LineView.__dataclass_fields__)
_SHOWN: Final = (AskState.ASKED, AskState.ANSWERED)
_SURVEYS_OF_CASE: Final = Hot(
    select(*_SURVEY)
    .where(
        or_(
            Survey.case_id == bindparam("case_id"),
            Survey.review_case_id == bindparam("case_id"),
        )
    )
    .order_by(Survey.id),
    lambda *columns: SurveyView(**_named(columns, SurveyView)),
)
_OF_ORDER: Final = Hot(
    select(*_FEEDBACK).where(OrderFeedback.order_id == bindparam("order_id")),
    lambda *columns: FeedbackView(**_named(columns, FeedbackView)),
)
_CHAIN: Final[Hot[tuple[int, int]]] = Hot(
    select(FollowUp.of_case_id, FollowUp.case_id).where(
        or_(FollowUp.case_id == bindparam("case_id"), FollowUp.of_case_id == bindparam("case_id"))
    ),
    lambda before, after: (before, after),
)
#: From here on a score is good.
GOOD: Final = 4


@dataclass(frozen=True, kw_only=True)
class Which:
    """Which answers: given from a moment on and before another, with scores up to one."""

    since: datetime | None = None
    until: datetime | None = None
    most_score: int | None = None
    reason: str = ""
    assignee_id: int | None = None
    carrier: str = ""
    sku: str = ""


# One


def survey(reader: Reader, survey_id: int) -> SurveyView:
    """One question about a case.

    Raises:
        NotFound: there is none.
    """
    return _one(reader, Survey.id == survey_id)


def survey_of_case(reader: Reader, case_id: int) -> SurveyView | None:
    """What the customer was asked last about a case, if they were."""
    row = reader.execute(
        select(*_SURVEY)
        .where(Survey.case_id == case_id, Survey.state.in_(_SHOWN))
        .order_by(Survey.round.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else SurveyView(**_named(row, SurveyView))


def surveys_of_case(reader: Reader, case_id: int) -> tuple[SurveyView, ...]:
    """What was asked about each ending of a case, or led to it as a review; the first one first."""
    return tuple(_SURVEYS_OF_CASE.all(reader, case_id=case_id))


def feedback(reader: Reader, feedback_id: int) -> FeedbackView:
    """One question about a delivery.

    Raises:
        NotFound: there is none.
    """
    found = _feedback(reader, OrderFeedback.id == feedback_id)
    if found is None:
        raise NotFound("no such question")
    return found


def feedback_of_order(reader: Reader, order_id: int) -> FeedbackView | None:
    """What was asked about the delivery of an order, if it was or is to be."""
    return _OF_ORDER.first(reader, order_id=order_id)


def lines_of(reader: Reader, feedback_ids: Collection[int]) -> dict[int, list[LineView]]:
    """What was said of products, by the answer it belongs to; one query."""
    found: dict[int, list[LineView]] = {}
    rows = reader.execute(
        select(*_LINE)
        .where(LineFeedback.feedback_id.in_(feedback_ids))
        .order_by(LineFeedback.feedback_id, LineFeedback.order_line_id)
    )
    for row in rows:
        found.setdefault(row.feedback_id, []).append(LineView(*row))
    return found


def follows(reader: Reader, case_id: int) -> tuple[int, ...]:
    """The cases that a case follows, by id."""
    return tuple(sorted(before for before, after in _chain(reader, case_id) if after == case_id))


def followed_by(reader: Reader, case_id: int) -> tuple[int, ...]:
    """The cases that follow a case, by id."""
    return tuple(sorted(after for before, after in _chain(reader, case_id) if before == case_id))


@once
def _chain(reader: Reader, case_id: int) -> list[tuple[int, int]]:
    """Before and behind a case: which follows which."""
    return _CHAIN.all(reader, case_id=case_id)


# Lists


def surveys(
    reader: Reader, which: Which, *, cursor: str | None = None, limit: int = 50
) -> Page[SurveyView]:
    """One page of what customers said of cases, the newest first. One query.

    Raises:
        Invalid: a cursor of another list.
    """
    query = select(*_SURVEY).where(_surveys(which))
    rows = _page(reader, query, Survey.answered_at, Survey.id, cursor, limit)
    return pages.cut(
        rows, limit, shown=lambda row: SurveyView(**_named(row, SurveyView)), key=_place
    )


def feedbacks(
    reader: Reader, which: Which, *, cursor: str | None = None, limit: int = 50
) -> Page[FeedbackView]:
    """One page of what customers said of deliveries and products, the newest first. One query.

    Raises:
        Invalid: a cursor of another list.
    """
    query = select(*_FEEDBACK).where(_feedbacks(which))
    rows = _page(reader, query, OrderFeedback.answered_at, OrderFeedback.id, cursor, limit)
    return pages.cut(
        rows, limit, shown=lambda row: FeedbackView(**_named(row, FeedbackView)), key=_place
    )


# Averages


def satisfaction_by(
    reader: Reader, which: Which, by: InstrumentedAttribute[Any]
) -> tuple[Average, ...]:
    """How satisfied customers were, by one property of the case; the most answers first."""
    return _averages(reader, by, Survey.score, _surveys(which))


def satisfaction_by_reason(reader: Reader, which: Which) -> tuple[Average, ...]:
    return satisfaction_by(reader, which, Survey.reason)


def satisfaction_by_agent(reader: Reader, which: Which) -> tuple[Average, ...]:
    """Keys are the ids of colleagues; empty for cases that nobody had."""
    return satisfaction_by(reader, which, Survey.assignee_id)


def satisfaction(reader: Reader, which: Which) -> Average:
    """All of it as one."""
    return _whole(reader, Survey.score, _surveys(which))


def asked(reader: Reader, which: Which) -> int:
    """How many were asked about a case in that time, answered or not."""
    when = and_(
        Survey.state.in_(_SHOWN),
        *([Survey.asked_at >= which.since] if which.since else []),
        *([Survey.asked_at < which.until] if which.until else []),
    )
    return reader.execute(select(func.count()).select_from(Survey).where(when)).scalar_one()


def delivery(reader: Reader, which: Which) -> Average:
    """How content customers were with deliveries, as one."""
    return _whole(reader, OrderFeedback.score, _feedbacks(which))


def delivery_by_carrier(reader: Reader, which: Which) -> tuple[Average, ...]:
    return _averages(reader, OrderFeedback.carrier, OrderFeedback.score, _feedbacks(which))


def products(reader: Reader, which: Which, *, limit: int = 50) -> tuple[Average, ...]:
    """How content customers were with each product, by SKU; the most answers first."""
    rows = reader.execute(
        select(
            LineFeedback.sku,
            func.count(),
            func.count().filter(LineFeedback.score >= GOOD),
            func.sum(LineFeedback.score),
        )
        .join(OrderFeedback, OrderFeedback.id == LineFeedback.feedback_id)
        .where(_feedbacks(which), *([LineFeedback.sku == which.sku] if which.sku else []))
        .group_by(LineFeedback.sku)
        .order_by(func.count().desc(), LineFeedback.sku)
        .limit(limit)
    )
    return tuple(Average(key, key, count, good, total) for key, count, good, total in rows)


# Inside


def _one(reader: Reader, where: ColumnElement[bool]) -> SurveyView:
    row = reader.execute(select(*_SURVEY).where(where)).one_or_none()
    if row is None:
        raise NotFound("no such question")
    return SurveyView(**_named(row, SurveyView))


def _feedback(reader: Reader, where: ColumnElement[bool]) -> FeedbackView | None:
    row = reader.execute(select(*_FEEDBACK).where(where)).one_or_none()
    return None if row is None else FeedbackView(**_named(row, FeedbackView))


def _named(row: Sequence[Any], view: type[SurveyView] | type[FeedbackView]) -> dict[str, Any]:
    return dict(zip(view.__dataclass_fields__, row, strict=True))


def _surveys(which: Which) -> ColumnElement[bool]:
    parts = [Survey.state == AskState.ANSWERED]
    if which.since:
        parts.append(Survey.answered_at >= which.since)
    if which.until:
        parts.append(Survey.answered_at < which.until)
    if which.most_score is not None:
        parts.append(Survey.score <= which.most_score)
    if which.reason:
        parts.append(Survey.reason == which.reason)
    if which.assignee_id is not None:
        parts.append(Survey.assignee_id == which.assignee_id)
    return and_(*parts)


def _feedbacks(which: Which) -> ColumnElement[bool]:
    parts = [OrderFeedback.state == AskState.ANSWERED]
    if which.since:
        parts.append(OrderFeedback.answered_at >= which.since)
    if which.until:
        parts.append(OrderFeedback.answered_at < which.until)
    if which.most_score is not None:
        parts.append(OrderFeedback.score <= which.most_score)
    if which.carrier:
        parts.append(OrderFeedback.carrier == which.carrier)
    if which.sku:
        has_it = select(LineFeedback.feedback_id).where(LineFeedback.sku == which.sku)
        parts.append(OrderFeedback.id.in_(has_it))
    return and_(*parts)


def _page(
    reader: Reader,
    query: Select[*tuple[Any, ...]],
    at: InstrumentedAttribute[Any],
    key: InstrumentedAttribute[int],
    cursor: str | None,
    limit: int,
) -> Sequence[Any]:
    if cursor:
        before, row_id = pages.read(cursor, str, int)
        query = query.where(func.row(at, key) < func.row(_moment(before), int(row_id)))
    return reader.execute(query.order_by(at.desc(), key.desc()).limit(limit + 1)).all()


def _moment(written: int | str) -> datetime:
    try:
        at = datetime.fromisoformat(str(written))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Invalid("this cursor is not valid here", {"cursor": "is of another list"})
    return at


def _place(row: Any) -> list[int | str]:
    return [row.answered_at.isoformat(), row.id]


def _averages(
    reader: Reader,
    by: InstrumentedAttribute[Any],
    score: InstrumentedAttribute[int | None],
    where: ColumnElement[bool],
) -> tuple[Average, ...]:
    rows = reader.execute(
        select(by, func.count(), func.count().filter(score >= GOOD), func.sum(score))
        .where(where, score.is_not(None))
        .group_by(by)
        .order_by(func.count().desc(), by)
    )
    return tuple(
        Average("" if key is None else str(key), "", count, good, total)
        for key, count, good, total in rows
    )


def _whole(
    reader: Reader, score: InstrumentedAttribute[int | None], where: ColumnElement[bool]
) -> Average:
    row = reader.execute(
        select(
            func.count(),
            func.count().filter(score >= GOOD),
            func.coalesce(func.sum(score), 0),
        ).where(where, score.is_not(None))
    ).one()
    return Average("", "", row[0], row[1], row[2] or 0)
