"""Opening a case, or taking a matter into the one that is open."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Select, func, or_, select
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import insert

from cases import families, holding, snapshots
from cases.events import (
    CaseAppended,
    CaseOpened,
)
from cases.models import Case, CaseLine, Reason
from cases.states import ACTIVE, CaseState, EntryKind
from cases.views import CaseView
from oms_service.conversations import service as conversations
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import NotFound, Stale
from oms_service.kernel.languages import Language
from oms_service.orders import queries as orders

#: The reason of what fits no other.
OTHER: Final = "other"
_TRIES: Final = 5


def open_case(  # noqa: PLR0913 - by name, each a thing that a case has
    uow: UnitOfWork,
    *,
    reason: str,
    language: Language,
    channel: str,
    order_id: int | None = None,
    customer_id: int | None = None,
    conversation_id: int | None = None,
    return_id: int | None = None,
    lines: Mapping[int, int] | None = None,
    wanted: Mapping[str, Any] | None = None,
    failed_rule: str = "",
    summary: Mapping[str, Any] | None = None,
    passes_on: bool = True,
    is_internal: bool = False,
) -> CaseView:
    """Bring a matter to people; an open case of the same order and reason takes it in instead.

    Args:
        uow: its actor is who asked.
        reason: a code of the shop's list; ``other`` stands in for one it does not have.
        language: the customer's.
        channel: where they asked.
        order_id: the order it is mainly about.
        customer_id: whose matter it is, once known.
        conversation_id: where they are answered.
        return_id: the return that waits for a decision.
        lines: quantity by order line.
        wanted: what was asked for: codes, ids and amounts.
        failed_rule: why it was not allowed at once.
        summary: what the bot knows: codes and ids, no words of the customer's.
        passes_on: whether people own the conversation from now on, and the bot is silent.
        is_internal: a matter among colleagues, of which the customer is never told.

    Returns:
        The case, with ``is_new`` unless it was open before.
    """
    if conversation_id is not None:
        thread = conversations.lock(uow, conversation_id)
        customer_id = customer_id or thread.customer_id
    order = orders.by_id(uow.session, order_id) if order_id is not None else None
    kind = _reason(uow, reason)
    matter = {
        "reason": kind.code,
        "priority": kind.priority,
        "queue_id": kind.queue_id,
        "language": language,
        "channel": channel,
        "customer_id": customer_id or (order.customer_id if order else None),
        "order_id": order_id,
        "return_id": return_id,
        "conversation_id": conversation_id,
        "snapshot": snapshots.of_order(order) if order else {},
        "wanted": dict(wanted or {}),
        "failed_rule": failed_rule,
        "is_internal": is_internal,
    }
    case, is_new = _open_or_find(uow, matter)
    data = {"wanted": dict(wanted or {}), "rule": failed_rule, "summary": dict(summary or {})}
    if is_new:
        holding.enter(uow, case, EntryKind.OPENED, data=data)
        uow.emit(CaseOpened(case_id=case.id, order_id=order_id, reason=case.reason))
    else:
        _take_in(uow, case, matter)
        holding.enter(uow, case, EntryKind.APPENDED, data={"what": "matter", **data})
        uow.emit(CaseAppended(case_id=case.id, what="matter"))
    _add_lines(uow, case.id, lines or {})
    if conversation_id is not None and passes_on:
        conversations.hand_to_people(uow, conversation_id, reason=case.reason, case_id=case.id)
    holding.touch(uow, case.id)
    uow.session.flush()
    return replace(holding.view_of(case), is_new=is_new)


def _open_or_find(uow: UnitOfWork, matter: dict[str, Any]) -> tuple[Case, bool]:
    """The unique index decides who opens; whoever comes second locks what the first one made."""
    if matter["order_id"] is None and matter["conversation_id"] is not None:
        # Nobody else writes in a locked conversation, so looking first is safe here.
        found = _active_of_conversation(uow, matter["conversation_id"])
        if found is not None:
            return found, False
    for _ in range(_TRIES):
        # A matter that is about no return yet takes one in; another return is another matter.
        found = _active_of_order(uow, matter) or _taken_in_with_another(uow, matter)
        if found is not None:
            return found, False
        case = _insert(uow, matter)
        if case is not None:
            return case, True
    raise Stale("this matter is being opened and settled again and again")


def _insert(uow: UnitOfWork, matter: dict[str, Any]) -> Case | None:
    case_id = uow.session.scalar(select(func.nextval(func.pg_get_serial_sequence("cases", "id"))))
    if case_id is None:
        raise AssertionError("a sequence always answers")
    return uow.session.scalars(
        insert(Case)
        .values(
            id=case_id,
            number=f"C-{1000 + case_id}",
            state=CaseState.NEW,
            opened_at=uow.now,
            opened_by=uow.actor.ref,
            waiting_since=uow.now,
            resolution="",
            version=1,
            **matter,
        )
        .on_conflict_do_nothing(
            index_elements=["order_id", "reason", "return_id"],
            index_where=sql("state NOT IN ('resolved', 'closed') AND order_id IS NOT NULL"),
        )
        .returning(Case)
    ).one_or_none()


def _active_of_order(uow: UnitOfWork, matter: Mapping[str, Any]) -> Case | None:
    """The open case that takes a matter in: that of its return, else the one of no return.

    A matter about no return goes into the newest.
    """
    if matter["order_id"] is None:
        return None
    query = select(Case).where(
        Case.order_id == matter["order_id"],
        Case.reason == matter["reason"],
        Case.state.in_(ACTIVE),
    )
    wanted = matter["return_id"]
    if wanted is not None:
        query = query.where(or_(Case.return_id == wanted, Case.return_id.is_(None)))
        query = query.order_by(Case.return_id.nulls_last())
    return uow.session.scalars(
        query.order_by(Case.id.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def _taken_in_with_another(uow: UnitOfWork, matter: Mapping[str, Any]) -> Case | None:
    """The open case that an earlier one of this order and reason was merged into."""
    if matter["order_id"] is None:
        return None
    query = select(Case.id).where(
        Case.order_id == matter["order_id"],
        Case.reason == matter["reason"],
        Case.merged_into_id.is_not(None),
    )
    wanted = matter["return_id"]
    if wanted is not None:
        query = query.where(or_(Case.return_id == wanted, Case.return_id.is_(None)))
    found = _open_root(uow, query)
    if found is not None and wanted is not None and found.return_id not in {None, wanted}:
        return None
    return found


def _open_root(uow: UnitOfWork, query: Select[int]) -> Case | None:
    """The case that stands for the newest of some merged ones, held, while it is open."""
    merged_id = uow.session.scalar(query.order_by(Case.id.desc()).limit(1))
    if merged_id is None:
        return None
    case = families.held(uow, merged_id)
    return case if case.state in ACTIVE else None


def _active_of_conversation(uow: UnitOfWork, conversation_id: int) -> Case | None:
    direct = uow.session.scalars(
        select(Case)
        .where(Case.conversation_id == conversation_id, Case.state.in_(ACTIVE))
        .order_by(Case.id.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    merged = select(Case.id).where(
        Case.conversation_id == conversation_id, Case.merged_into_id.is_not(None)
    )
    return direct or _open_root(uow, merged)


def _take_in(uow: UnitOfWork, case: Case, matter: Mapping[str, Any]) -> None:
    """What the new matter knows and the open case does not."""
    for name in ("customer_id", "return_id", "conversation_id"):
        if getattr(case, name) is None:
            setattr(case, name, matter[name])
    if matter["wanted"] and (case.reason == matter["reason"] or not case.wanted):
        case.wanted, case.failed_rule = matter["wanted"], matter["failed_rule"]
    holding.wait(uow, case)
    case.version += 1


def _reason(uow: UnitOfWork, code: str) -> Reason:
    rows = uow.session.scalars(select(Reason).where(Reason.code.in_((code, OTHER)))).all()
    by_code = {row.code: row for row in rows}
    found = by_code.get(code) or by_code.get(OTHER)
    if found is None:
        raise NotFound("the shop has no reasons for cases")
    return found


def _add_lines(uow: UnitOfWork, case_id: int, lines: Mapping[int, int]) -> None:
    if not lines:
        return
    rows = [
        {"case_id": case_id, "order_line_id": line, "quantity": quantity, "resolution": ""}
        for line, quantity in sorted(lines.items())
    ]
    found = insert(CaseLine).values(rows)
    uow.session.execute(
        found.on_conflict_do_update(
            index_elements=["case_id", "order_line_id"],
            set_={"quantity": found.excluded.quantity},
        )
    )
