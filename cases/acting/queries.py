"""Reading what was done from cases, and what waits there for somebody."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, func, or_, select
from sqlalchemy.orm import Session

from cases import queries as cases
from cases.acting.models import CaseAct, CaseActRefund
from cases.acting.states import ActKind
from cases.models import Case
from oms_service.infra.hot import Hot, named, value
from oms_service.kernel import pages
from oms_service.kernel.errors import NotFound
from oms_service.kernel.pages import Page

Reader = Session | Connection


@dataclass(frozen=True)
class ActView:
    """One thing that was done about an order from a case. ``facts`` are amounts and codes."""

    id: int
    case_id: int
    position: int
    order_id: int
    kind: ActKind
    key: str
    facts: Mapping[str, Any] = field(hash=False)
    return_id: int | None
    claim_id: int | None
    change_id: int | None
    done_by: str
    done_at: datetime
    undone_by: str | None
    undone_at: datetime | None
    refund_ids: tuple[int, ...] = ()


def one(reader: Reader, act_id: int) -> ActView:
    """One act.

    Raises:
        NotFound: there is none.
    """
    found = _read(reader, select(*_ACT).where(CaseAct.id == act_id))
    if not found:
        raise NotFound("no such act")
    return found[0]


def by_key(reader: Reader, case_id: int, key: str) -> ActView | None:
    """What the same form of a case did before."""
    query = select(*_ACT).where(CaseAct.case_id == case_id, CaseAct.key == key)
    return next(iter(_read(reader, query)), None)


def last_label(reader: Reader, return_id: int) -> ActView | None:
    """When the label of a return went to its customer from a case last."""
    query = (
        select(*_ACT)
        .where(CaseAct.return_id == return_id, CaseAct.kind == ActKind.LABEL)
        .order_by(CaseAct.id.desc())
        .limit(1)
    )
    return next(iter(_read(reader, query)), None)


def newest(reader: Reader, order_id: int, kind: ActKind) -> int:
    """What was done of a kind about an order last, by its id; 0 where nothing was."""
    query = select(func.max(CaseAct.id)).where(CaseAct.order_id == order_id, CaseAct.kind == kind)
    return reader.execute(query).scalar() or 0


def at(reader: Reader, case_id: int, position: int) -> ActView:
    """The act of a case that people call so.

    Raises:
        NotFound: there is none.
    """
    query = select(*_ACT).where(CaseAct.case_id == case_id, CaseAct.position == position)
    found = _read(reader, query)
    if not found:
        raise NotFound("no such action")
    return found[0]


def of_case(reader: Reader, case_id: int, *, limit: int = 50) -> tuple[ActView, ...]:
    """What was done from a case, newest first."""
    return tuple(_view(row) for row in _OF_CASE.all(reader, case_id=case_id, limit=limit))


def page_of(
    reader: Reader, case_id: int, *, cursor: str | None = None, limit: int = 100
) -> Page[ActView]:
    """One page of what was done from a case, newest first.

    Raises:
        Invalid: a cursor of another list.
    """
    query = select(*_ACT).where(CaseAct.case_id == case_id)
    if cursor:
        (before,) = pages.read(cursor, int)
        query = query.where(CaseAct.id < int(before))
    found = _read(reader, query.order_by(CaseAct.id.desc()).limit(limit + 1))
    return pages.cut(found, limit, shown=lambda act: act, key=lambda act: [act.id])


def of_refund(reader: Reader, refund_id: int) -> ActView | None:
    """The act that asked for a refund."""
    query = select(*_ACT).join(CaseActRefund, CaseActRefund.act_id == CaseAct.id)
    return next(iter(_read(reader, query.where(CaseActRefund.refund_id == refund_id))), None)


def cases_of_refunds(reader: Reader, refund_ids: Collection[int]) -> dict[int, tuple[int, str]]:
    """Id and number of the case by refund, for those that were asked for from one."""
    query = (
        select(CaseActRefund.refund_id, Case.id, Case.number)
        .join(CaseAct, CaseAct.id == CaseActRefund.act_id)
        .join(Case, Case.id == CaseAct.case_id)
        .where(CaseActRefund.refund_id.in_(refund_ids))
    )
    return {row.refund_id: (row.id, row.number) for row in reader.execute(query)}


def is_from_case(
    reader: Reader, *, return_id: int | None = None, claim_id: int | None = None
) -> bool:
    """Whether a return or a claim was asked for from a case, which has it in hand then."""
    wanted = [CaseAct.return_id == return_id] if return_id is not None else []
    wanted += [CaseAct.claim_id == claim_id] if claim_id is not None else []
    if not wanted:
        return False
    query = select(CaseAct.id).where(or_(*wanted), CaseAct.kind != ActKind.LABEL).limit(1)
    return reader.execute(query).first() is not None


def orders_of(reader: Reader, case_id: int) -> tuple[int, ...]:
    """The orders a case is about, the main one first."""
    main = _MAIN.first(reader, case_id=case_id)
    return tuple([main] if main is not None else []) + further_of(reader, case_id, main)


def further_of(reader: Reader, case_id: int, main: int | None) -> tuple[int, ...]:
    """The orders a case is about besides its main one."""
    return tuple(one for one in cases.further_orders(reader, case_id) if one != main)


_ACT = (
    CaseAct.id,
    CaseAct.case_id,
    CaseAct.position,
    CaseAct.order_id,
    CaseAct.kind,
    CaseAct.key,
    CaseAct.facts,
    CaseAct.return_id,
    CaseAct.claim_id,
    CaseAct.change_id,
    CaseAct.done_by,
    CaseAct.done_at,
    CaseAct.undone_by,
    CaseAct.undone_at,
    select(func.array_agg(CaseActRefund.refund_id))
    .where(CaseActRefund.act_id == CaseAct.id)
    .correlate(CaseAct)
    .scalar_subquery()
    .label("refund_ids"),
)


def _read(reader: Reader, query: Select[Any]) -> tuple[ActView, ...]:
    return tuple(_view(row) for row in reader.execute(query))


def _view(row: Any) -> ActView:
    return replace(ActView(*row), refund_ids=tuple(sorted(row.refund_ids or ())))


#: Asked for on every page of a case.
_OF_CASE: Final = named(
    select(*_ACT)
    .where(CaseAct.case_id == bindparam("case_id"))
    .order_by(CaseAct.id.desc())
    .limit(bindparam("limit"))
)
_MAIN: Final[Hot[int | None]] = Hot(
    select(Case.order_id).where(Case.id == bindparam("case_id")), value
)
