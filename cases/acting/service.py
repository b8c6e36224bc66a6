"""Acting on an order from its case: each thing once, by the operations that do it everywhere.

Nothing is decided here. The conversation is held first, then the order, then the case; the key of
the form is looked up under these, so that whoever comes second finds what the first one did.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Final

from sqlalchemy import func, insert, select

from cases import holding
from cases import service as working
from cases.acting import previews, queries, undoing
from cases.acting.events import CaseActed, CaseActUndone
from cases.acting.models import CaseAct, CaseActRefund
from cases.acting.previews import CHANNEL, Seen
from cases.acting.queries import ActView
from cases.acting.states import ActKind
from cases.acting.wishes import (
    PERMISSIONS,
    By,
    Change,
    GiveBack,
    KeepBack,
    LabelAgain,
    LetGo,
    Replace,
    SendBack,
    Swap,
    Wanted,
)
from cases.models import Case
from cases.states import CASE, CaseAction, CaseState, EntryKind
from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import ids
from oms_service.kernel.actors import ActorKind
from oms_service.kernel.errors import DomainError, Forbidden, Invalid, Stale
from oms_service.operations.changes import changing
from oms_service.operations.money import refunding
from oms_service.operations.placement import holding as keeping
from oms_service.operations.returning import claiming, exchanging, returns
from oms_service.operations.rules.eligibility import Outcome
from oms_service.orders.service import hold_against_others
from oms_service.payments import limits
from oms_service.payments.states import RefundState
from oms_service.returns import queries as return_queries

#: The longest key a form or a program may give.
LONGEST_KEY: Final = 80


class NoOrder(DomainError):
    """The case is about no order, or not about that one."""

    code: ClassVar[str] = "case-without-order"


@dataclass(frozen=True)
class _Done:
    """What came of it: facts for the record, and the thing itself."""

    facts: Mapping[str, Any]
    refund_ids: tuple[int, ...] = ()
    things: Mapping[str, int] = field(default_factory=dict)


def do(uow: UnitOfWork, case_id: int, wanted: Wanted, by: By) -> ActView:
    """Do something about the order of a case, once for each key.

    Args:
        uow: its actor is who does it.
        case_id: the case.
        wanted: what, and the form's own key.
        by: what whoever does it may do, and up to which limits.

    Returns:
        What was done; ``waits`` where a second person has to agree first.

    Raises:
        NotFound: no such case, return or method.
        NoOrder: the case is not about that order.
        Forbidden: the table of permissions does not let them.
        AlreadyDone: the case is settled.
        Invalid: what cannot be meant; ``fields`` says where.
        ActRefused: the rules do not allow it; nothing is changed.
        RefundTooHigh: less is left than was asked for.
        Stale: the confirmed preview no longer holds.
        IllegalTransition, OutOfStock, NotTheirMethod, CannotSettle, NotEnoughBalance: as the
            operations say.
    """
    if not by.may(PERMISSIONS[wanted.wish.kind]):
        raise Forbidden("this is for colleagues with another role")
    if not 1 <= len(wanted.key) <= LONGEST_KEY:
        raise Invalid("not a key", {"key": f"must have 1 to {LONGEST_KEY} characters"})
    case = holding.locked(uow, case_id, hold=False)
    order_id = order_of(uow, case, wanted.order_id)
    hold_against_others(uow, order_id)
    known = queries.by_key(uow.session, case_id, wanted.key)
    if known is not None:
        return known
    held = locks.one(uow.session, Case, case_id)
    holding.assert_active(uow, held)
    by = replace(by, actor=uow.actor)
    limits.hold(uow)
    seen = previews.look(uow.session, order_id, wanted.wish, by, now=uow.now)
    if wanted.digest is not None and wanted.digest != seen.digest:
        raise Stale("what was shown no longer holds")
    done = _carry_out(uow, case_id, seen, wanted, by)
    act_id = _write(uow, held, order_id, wanted, done)
    _note(uow, held, seen.kind, act_id, done.facts)
    uow.emit(CaseActed(case_id=case_id, order_id=order_id, act_id=act_id, kind=seen.kind))
    holding.done(uow, held)
    return queries.one(uow.session, act_id)


def undo(uow: UnitOfWork, act_id: int, by: By) -> ActView:
    """Call off what was done, where the world allows; called off already, it stays so.

    Raises:
        NotFound: no such act.
        Forbidden: the table of permissions does not let them.
        CannotUndo: it has had its effect; ``why`` is a code.
    """
    seen = queries.one(uow.session, act_id)
    if not by.may(PERMISSIONS[seen.kind]):
        raise Forbidden("this is for colleagues with another role")
    holding.locked(uow, seen.case_id, hold=False)
    hold_against_others(uow, seen.order_id)
    row = locks.one(uow.session, CaseAct, act_id)
    if row.undone_at is not None:
        return queries.one(uow.session, act_id)
    held = locks.one(uow.session, Case, seen.case_id)
    undoing.undo(uow, queries.one(uow.session, act_id))
    row.undone_by, row.undone_at = uow.actor.ref, uow.now
    held.version += 1
    data = {"what": "act_undone", "act_id": act_id, "kind": str(row.kind), **row.facts}
    holding.enter(uow, held, EntryKind.ACTED, data=data)
    uow.emit(
        CaseActUndone(case_id=held.id, order_id=row.order_id, act_id=act_id, kind=str(row.kind))
    )
    holding.done(uow, held)
    return queries.one(uow.session, act_id)


def order_of(uow: UnitOfWork, case: Case, order_id: int | None) -> int:
    """The order that is meant: the one named, if it is the case's, else the main one.

    Raises:
        NoOrder: there is none.
    """
    own = queries.orders_of(uow.session, case.id)
    if order_id is None and case.order_id is not None:
        return case.order_id
    if order_id is None or order_id not in own:
        raise NoOrder("this case is about no such order")
    return order_id


def _carry_out(  # noqa: PLR0911 - one for each kind
    uow: UnitOfWork, case_id: int, seen: Seen, wanted: Wanted, by: By
) -> _Done:
    order_id, key = seen.order.id, _key_for_operations(case_id, wanted.key)
    match wanted.wish:
        case GiveBack() as wish:
            return _give_back(uow, wish, by, key, seen)
        case Replace() as wish:
            return _replace(uow, order_id, wish, by, key)
        case SendBack() as wish:
            return _send_back(uow, order_id, wish, by, key)
        case Swap() as wish:
            return _swap(uow, order_id, wish, by, key)
        case Change() as wish:
            return _change(uow, order_id, wish, key)
        case KeepBack() | LetGo() as wish:
            return _keep_or_let_go(uow, order_id, wish)
        case LabelAgain() as wish:
            return _send_label(uow, case_id, wish, key)


def _key_for_operations(case_id: int, key: str) -> str:
    """One key for what the form of a case asks of an operation: short, and nobody else's."""
    return f"case:{ids.digest(f'{case_id} {key}')[:40]}"


def _keep_or_let_go(uow: UnitOfWork, order_id: int, wish: KeepBack | LetGo) -> _Done:
    how = keeping.hold if isinstance(wish, KeepBack) else keeping.release
    how(uow, order_id, wish.reason)
    return _Done({"reason": str(wish.reason)})


def _send_label(uow: UnitOfWork, case_id: int, wish: LabelAgain, key: str) -> _Done:
    found = return_queries.by_number(uow.session, wish.return_number)
    working.reply(uow, case_id, wish.text, key=key)
    return _Done({"return_number": found.number}, things={"return_id": found.id})


def _give_back(uow: UnitOfWork, wish: GiveBack, by: By, key: str, seen: Seen) -> _Done:
    if seen.refund is None:
        raise AssertionError("money that goes back has an amount")
    amount = seen.refund
    made = refunding.request(uow, previews.money_wish(seen.order.id, wish, amount, by, key))
    facts: dict[str, Any] = {
        "amount_minor": amount.minor,
        "currency": amount.currency,
        "part": str(wish.part),
        "reason": str(wish.reason),
        "waits": any(one.state is RefundState.AWAITING_APPROVAL for one in made),
    }
    if wish.lines is not None:
        facts["lines"] = {str(line): units for line, units in sorted(wish.lines.items())}
    return _Done(facts, tuple(one.id for one in made))


def _replace(uow: UnitOfWork, order_id: int, wish: Replace, by: By, key: str) -> _Done:
    made = claiming.request(uow, previews.claim_of(order_id, wish, key))
    view = made.view
    if made.outcome is Outcome.PERSON and by.may("returns:approve"):
        view = claiming.approve(uow, view.id, version=view.version, givers=by.givers)
    return _Done(
        {
            "claim_number": view.number,
            "units": sum(one.quantity for one in wish.lines),
            "waits": view.decided_by is None,
        },
        things={"claim_id": view.id},
    )


def _send_back(uow: UnitOfWork, order_id: int, wish: SendBack, by: By, key: str) -> _Done:
    made = returns.request(
        uow, returns.Wanted(order_id=order_id, lines=wish.lines, channel=CHANNEL, key=key)
    )
    view = made.view
    if made.outcome is Outcome.PERSON and by.may("returns:approve"):
        view = returns.approve(uow, view.id, version=view.version, givers=by.givers)
    return _Done(
        {
            "return_number": view.number,
            "amount_minor": view.refund.minor,
            "currency": view.refund.currency,
            "units": sum(one.quantity for one in wish.lines),
            "waits": view.decided_by is None,
        },
        things={"return_id": view.id},
    )


def _swap(uow: UnitOfWork, order_id: int, wish: Swap, by: By, key: str) -> _Done:
    made = exchanging.request(
        uow,
        exchanging.WantedExchange(
            order_id=order_id,
            swaps=wish.swaps,
            channel=CHANNEL,
            key=key,
            method_id=wish.method_id,
        ),
    )
    view = made.view
    if made.outcome is Outcome.PERSON and by.may("returns:approve"):
        view = returns.approve(uow, view.id, version=view.version, givers=by.givers)
    return _Done(
        {
            "return_number": view.number,
            "units": sum(one.quantity for one in wish.swaps),
            "waits": view.decided_by is None,
        },
        things={"return_id": view.id},
    )


def _change(uow: UnitOfWork, order_id: int, wish: Change, key: str) -> _Done:
    view = changing.request(
        uow, changing.Wanted(order_id=order_id, wish=wish.wish, channel=CHANNEL, key=key)
    )
    if view.is_open:
        view = changing.confirm(uow, view.id)
    facts = {
        "change": view.position,
        "before_minor": view.before.minor,
        "after_minor": view.after.minor,
        "currency": view.before.currency,
        "waits": False,
    }
    if view.settled.minor:
        facts["amount_minor"] = abs(view.settled.minor)
    return _Done(facts, things={"change_id": view.id})


def _write(uow: UnitOfWork, case: Case, order_id: int, wanted: Wanted, done: _Done) -> int:
    before = uow.session.scalar(
        select(func.max(CaseAct.position)).where(CaseAct.case_id == case.id)
    )
    row = CaseAct(
        case_id=case.id,
        position=(before or 0) + 1,
        order_id=order_id,
        kind=wanted.wish.kind,
        key=wanted.key,
        facts=dict(done.facts),
        done_by=uow.actor.ref,
        done_at=uow.now,
        **done.things,
    )
    uow.session.add(row)
    uow.session.flush()
    if done.refund_ids:
        uow.session.execute(
            insert(CaseActRefund),
            [{"refund_id": one, "act_id": row.id} for one in done.refund_ids],
        )
    return row.id


def _note(
    uow: UnitOfWork, case: Case, kind: ActKind, act_id: int, facts: Mapping[str, Any]
) -> None:
    """A line in the record; whoever acts on a case that nobody has, has it from now on."""
    if uow.actor.kind is ActorKind.STAFF and case.assignee_id is None:
        if case.state is CaseState.NEW:
            case.state = CASE.after(case.state, CaseAction.TAKE)
        holding.assign_to(uow, case, holding.colleague(uow.actor), "taken")
    return_id = uow.session.scalar(select(CaseAct.return_id).where(CaseAct.id == act_id))
    if return_id is not None and case.return_id is None and kind is not ActKind.LABEL:
        # What becomes of the return is written into this case from now on.
        case.return_id = return_id
    case.version += 1
    data = {"what": f"act_{kind}", "act_id": act_id, **facts}
    holding.enter(uow, case, EntryKind.ACTED, data=data)
