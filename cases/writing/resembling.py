"""Settled cases like one: of its reason and stage, whose customers used the most alike words."""

from collections import Counter
from typing import Any, Final

from sqlalchemy import Select, Text, bindparam, func, not_, select

from cases.models import Case, InboxRow
from cases.queries import Reader
from cases.states import CaseState
from cases.views import CaseView
from cases.writing import queries
from cases.writing.suggesting import Similar
from oms_service.infra.hot import named, one_of

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
    nearest = _NEARLY.all(
        reader,
        case_id=case.id,
        reason=case.reason,
        stage=str(case.snapshot.get("fulfilment_state", "")),
        words=words[:_WORDS],
    )
    if not nearest:
        return Similar()
    return Similar(
        of=len(nearest),
        macros=queries.uses_in(reader, [row.id for row in nearest]),
        endings=Counter(str(row.resolution) for row in nearest),
    )


def _nearly() -> Select[*tuple[Any, ...]]:
    stage = Case.snapshot["fulfilment_state"].astext
    recent = (
        select(Case.id, Case.resolution)
        .where(
            Case.reason == bindparam("reason"),
            Case.resolved_at.is_not(None),
            one_of(Case.state, _SETTLED),
            not_(one_of(Case.resolution, _NOT_COUNTED)),
            func.coalesce(stage, "") == bindparam("stage"),
            Case.id != bindparam("case_id"),
        )
        .order_by(Case.resolved_at.desc(), Case.id.desc())
        .limit(_LOOK)
        .subquery()
    )
    likeness = func.similarity(InboxRow.excerpt, bindparam("words", type_=Text))
    return (
        select(recent.c.id, recent.c.resolution)
        .join(InboxRow, InboxRow.case_id == recent.c.id)
        .order_by(likeness.desc(), recent.c.id.desc())
        .limit(_NEAREST)
    )


#: Asked for on every page of an open case.
_NEARLY: Final = named(_nearly())
#: As much of what was written as is compared.
_WORDS: Final = 300
