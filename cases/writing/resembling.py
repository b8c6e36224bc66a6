"""Settled cases like one: of its reason and stage, whose customers used the most alike words."""

from collections import Counter
from typing import Final

from sqlalchemy import func, select

from cases.models import Case, InboxRow
from cases.queries import Reader
from cases.states import CaseState
from cases.views import CaseView
from cases.writing import queries
from cases.writing.suggesting import Similar

#: The newest so many of its reason and stage are compared.
_LOOK: Final = 200
#: The most alike of them say what is usual.
_NEAREST: Final = 10
_SETTLED: Final = (CaseState.RESOLVED, CaseState.CLOSED)
#: Endings that say nothing of how such a matter goes.
_NOT_COUNTED: Final = ("erased", "duplicate", "spam", "merged")


def similar(reader: Reader, case: CaseView, words: str) -> Similar:
    """What became of cases like this one. Two queries, however many cases there are.

    Args:
        reader: where to look.
        case: the one at hand.
        words: what its customer wrote.
    """
    stage = Case.snapshot["fulfilment_state"].astext
    here = str(case.snapshot.get("fulfilment_state", ""))
    recent = (
        select(Case.id, Case.resolution)
        .where(
            Case.reason == case.reason,
            Case.resolved_at.is_not(None),
            Case.state.in_(_SETTLED),
            Case.resolution.not_in(_NOT_COUNTED),
            func.coalesce(stage, "") == here,
            Case.id != case.id,
        )
        .order_by(Case.resolved_at.desc(), Case.id.desc())
        .limit(_LOOK)
        .subquery()
    )
    likeness = func.similarity(InboxRow.excerpt, words[:_WORDS])
    nearest = reader.execute(
        select(recent.c.id, recent.c.resolution)
        .join(InboxRow, InboxRow.case_id == recent.c.id)
        .order_by(likeness.desc(), recent.c.id.desc())
        .limit(_NEAREST)
    ).all()
    if not nearest:
        return Similar()
    return Similar(
        of=len(nearest),
        macros=queries.uses_in(reader, [row.id for row in nearest]),
        endings=Counter(str(row.resolution) for row in nearest),
    )


#: As much of what was written as is compared.
_WORDS: Final = 300
