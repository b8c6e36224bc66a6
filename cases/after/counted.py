"""Satisfaction counted under headings that others give."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, Subquery, func, literal, select
from sqlalchemy.orm import Session

from cases.after.models import Survey
from cases.after.queries import GOOD
from cases.after.states import AskState


def scores(
    reader: Connection | Session,
    *,
    since: datetime,
    until: datetime,
    of: Subquery | None = None,
) -> Mapping[str, tuple[int, int, int]]:
    """Answers given in a time: how many, how many of them 4 or 5, and their sum; all under "".

    ``of`` has columns ``case_id`` and ``key`` to count them by; one under two keys counts twice.
    """
    key = literal("") if of is None else of.c.key
    query = (
        select(
            key.label("under"),
            func.count(),
            func.count().filter(Survey.score >= GOOD),
            func.sum(Survey.score),
        )
        .where(
            Survey.state == AskState.ANSWERED,
            Survey.answered_at >= since,
            Survey.answered_at < until,
        )
        .group_by("under")
    )
    if of is not None:
        query = query.join(of, of.c.case_id == Survey.case_id)
    return {str(one): (count, good, total) for one, count, good, total in reader.execute(query)}
