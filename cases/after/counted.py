"""Satisfaction counted under headings that others give."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, Subquery, bindparam, func, select
from sqlalchemy.orm import Session

from cases.after.models import Survey
from cases.after.queries import GOOD
from cases.after.states import AskState
from oms_service.infra.headings import Called, heading


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
    rows = reader.execute(given_scores(of=of), {"since": since, "until": until})
    return {str(one): (count, good, total) for one, count, good, total in rows}


def given_scores(
    *, of: Subquery | None = None, called: Called | None = None
) -> Select[*tuple[Any, ...]]:
    """The statement of ``scores``, from the moment ``since`` to before ``until``.

    Returns:
        What answers ``under, many, good, total``.
    """
    query = (
        select(
            heading(Survey.answered_at, of, called).label("under"),
            func.count().label("many"),
            func.count().filter(Survey.score >= GOOD).label("good"),
            func.sum(Survey.score).label("total"),
        )
        .where(
            Survey.state == AskState.ANSWERED,
            Survey.answered_at >= bindparam("since"),
            Survey.answered_at < bindparam("until"),
        )
        .group_by("under")
    )
    return query if of is None else query.join(of, of.c.case_id == Survey.case_id)
