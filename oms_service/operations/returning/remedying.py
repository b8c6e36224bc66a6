"""Putting a claim right: money back or new goods, at once or when the old ones have come."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import ClassVar, Final

from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import service as inventory
from oms_service.inventory.policy import Want
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import DomainError
from oms_service.kernel.money import Money
from oms_service.operations.placement import totals
from oms_service.operations.returning import order_book
from oms_service.operations.sources import sourcing
from oms_service.orders import queries as order_queries
from oms_service.orders import service as orders
from oms_service.orders.queries import LineView
from oms_service.orders.service import NewLine, Units
from oms_service.payments import policy as payment_policy
from oms_service.payments import queries as payment_queries
from oms_service.payments import service as payments
from oms_service.payments.events import RefundDeclined
from oms_service.payments.queries import RefundView
from oms_service.payments.service import WantedRefund
from oms_service.payments.states import RefundState
from oms_service.returns import claim_queries, claims
from oms_service.returns import queries as return_queries
from oms_service.returns import service as return_rows
from oms_service.returns.claim_queries import ClaimView
from oms_service.returns.claims import Decided
from oms_service.returns.events import ClaimRemedied, ClaimReopened, ClaimWithdrawn
from oms_service.returns.queries import ReturnView
from oms_service.returns.service import NewReturn, NewReturnLine
from oms_service.returns.states import (
    ClaimAction,
    ClaimReason,
    ClaimState,
    Remedy,
    ReturnAction,
    ReturnKind,
    ReturnReason,
)


class ReplacementUnderWay(DomainError):
    """What is sent again has been picked, or has left."""

    code: ClassVar[str] = "replacement-under-way"


_REASONS: Final = {
    ClaimReason.DAMAGED: ReturnReason.DAMAGED,
    ClaimReason.DEFECTIVE: ReturnReason.DEFECTIVE,
    ClaimReason.WRONG_ITEM: ReturnReason.WRONG_ITEM,
}


def remedy(uow: UnitOfWork, claim: ClaimView, *, decided: Decided, refund: Money) -> ClaimView:
    """Put it right with the goods where they are; the order must be held.

    A claim that was reopened is put right as far as it is not.

    Raises:
        OutOfStock: a replacement is wanted and there is none.
    """
    owed = 0
    if claim.remedy is Remedy.REFUND:
        owed = _refund(uow, claim, refund, decided)
    else:
        _replace(uow, claim, _to_replace(uow, claim), may_backorder=False)
    kept = Money(owed, refund.currency) if claim.remedy is Remedy.REFUND else None
    done = claims.turn(uow, claim.id, ClaimAction.REMEDY, decided=decided, refund=kept)
    _tell(uow, done, owed)
    return done


def await_goods(
    uow: UnitOfWork, claim: ClaimView, *, decided: Decided, refund: Money, days: int | None
) -> ClaimView:
    """Ask for the goods first, under an RMA of the claim's own; the order must be held."""
    is_refund = claim.remedy is Remedy.REFUND
    made = return_rows.write(
        uow,
        NewReturn(
            order_id=claim.order_id,
            channel=claim.channel,
            kind=ReturnKind.CLAIM,
            refund=refund if is_refund else Money(0, refund.currency),
            fee_minor=0,
            refund_method_id=claim.refund_method_id,
            referred_by_rule=claim.referred_by_rule,
            key=f"claim:{claim.id}",
            send_back_by=return_rows.days_from(uow.now, days),
            lines=[
                NewReturnLine(
                    order_line_id=line.order_line_id,
                    quantity=line.quantity,
                    reason=_REASONS[line.reason],
                )
                for line in claim.lines
            ],
        ),
    )
    return_rows.decide(
        uow, made.id, ReturnAction.APPROVE, version=None, by=decided.by, answer=decided.answer
    )
    orders.move_units(
        uow,
        claim.order_id,
        [
            Units(line_id=line.order_line_id, changes={"return_requested": line.quantity})
            for line in claim.lines
        ],
    )
    return claims.turn(
        uow,
        claim.id,
        ClaimAction.AWAIT_GOODS,
        decided=decided,
        refund=refund if is_refund else None,
        return_id=made.id,
    )


def goods_came(uow: UnitOfWork, view: ReturnView, *, owed: int, here: set[int]) -> None:
    """The goods of a claim are here, or never will be: replace what came.

    A refund has been owed by the return itself, for what was received. The levels of ``here``,
    the variants that came, are held together with those of what goes.
    """
    claim = claim_queries.of_return(uow.session, view.id)
    if claim is None:
        return
    came = {line.order_line_id: line.received for line in view.lines if line.received}
    if not came:
        call_off(uow, view)
        return
    kept = None
    if claim.remedy is Remedy.REFUND:
        kept = Money(owed, claim.refund.currency)
    else:
        lines = order_queries.lines(uow.session, claim.order_id)
        going = {line.variant_id for line in lines if line.id in came}
        inventory.hold_free(uow, going | here)
        _replace(uow, claim, came, may_backorder=True)
    _tell(uow, claims.turn(uow, claim.id, ClaimAction.REMEDY, refund=kept), owed)


def call_off(uow: UnitOfWork, view: ReturnView) -> None:
    """The goods of a claim do not come after all."""
    claim = claim_queries.of_return(uow.session, view.id)
    if claim is not None:
        claims.turn(uow, claim.id, ClaimAction.CANCEL)
        uow.emit(ClaimWithdrawn(order_id=claim.order_id, claim_id=claim.id))


def reopen(uow: UnitOfWork, order_id: int, line_ids: Collection[int]) -> None:
    """Units of replacements do not go after all: a person decides anew about their claims."""
    lines = {line.id: line for line in order_queries.lines(uow.session, order_id)}
    found = {order_book.claim_of(lines[line_id]) for line_id in line_ids}
    for claim_id in sorted(one for one in found if one is not None):
        _reopen(uow, claim_queries.by_id(uow.session, claim_id), "replacement_cancelled")


def call_off_replacement(uow: UnitOfWork, claim_id: int) -> ClaimView:
    """Do not send again what a claim was put right with: the claim is called off with it.

    What the units are charged moves back to the lines they stood in for. The shop calls its own
    gift off, so no policy for changes is asked.

    Raises:
        NotFound: no such claim.
        ReplacementUnderWay: somebody has picked some of it, or it has left.
        ClaimAlreadyDecided: the claim was not put right, or was called off.
    """
    claim = claim_queries.by_id(uow.session, claim_id)
    orders.hold_against_others(uow, claim.order_id)
    order = order_queries.by_id(uow.session, claim.order_id)
    before = totals.bill(uow.session, order)
    lines = {line.id: line for line in order_queries.lines(uow.session, claim.order_id)}
    mine = [
        line
        for line in lines.values()
        if order_book.claim_of(line) == claim.id and line.counters.wanted
    ]
    if any(line.counters.picked or line.counters.shipped for line in mine):
        raise ReplacementUnderWay("the replacement is being sent")
    again: dict[int, int] = {}
    for line in mine:
        old = lines.get(line.replaces_line_id or 0)
        if old is not None:
            most = min(line.counters.wanted, line.counters.charged, old.counters.removed)
            again[old.id] = again.get(old.id, 0) + most
    units = {line.id: line.counters.wanted for line in mine}
    claims.turn(uow, claim.id, ClaimAction.REOPEN)
    sourcing.give_up(uow, claim.order_id, units, key=f"claim:{claim.id}:{claim.version}:off")
    moved = [
        Units(line_id=line_id, changes={"cancelled": count, "removed": count})
        for line_id, count in units.items()
    ]
    moved += [Units(line_id=line_id, changes={"removed": -n}) for line_id, n in again.items() if n]
    orders.move_units(uow, claim.order_id, sorted(moved, key=lambda one: one.line_id))
    totals.retotal(uow, before)
    decided = Decided(by=uow.actor.ref)
    done = claims.turn(uow, claim.id, ClaimAction.CANCEL, decided=decided)
    uow.emit(ClaimWithdrawn(order_id=claim.order_id, claim_id=claim.id))
    payments.rederive(uow, claim.order_id)
    uow.touch(f"order:{claim.order_id}")
    return done


def after_decline(uow: UnitOfWork, event: RefundDeclined) -> None:
    """A reaction: the second person did not agree, so the claim is not put right."""
    orders.hold_against_others(uow, event.order_id)
    for claim in claim_queries.of_orders(uow.session, [event.order_id]):
        if event.refund_id in {one.id for one in _refunds(uow, claim)}:
            _reopen(uow, claim, "refund_declined")


def _reopen(uow: UnitOfWork, claim: ClaimView, why: str) -> None:
    if claim.state is ClaimState.REMEDIED:
        claims.turn(uow, claim.id, ClaimAction.REOPEN)
        uow.emit(ClaimReopened(order_id=claim.order_id, claim_id=claim.id, why=why))


def _refunds(uow: UnitOfWork, claim: ClaimView) -> list[RefundView]:
    """What was owed for a claim so far, whatever became of it."""
    key = _key(claim.id)
    direct = (
        *payments.of_key(uow, claim.order_id, key),
        *payments.of_key(uow, claim.order_id, f"{payment_queries.WISH}{key}"),
    )
    of_return = [
        one
        for one in payment_queries.refunds(uow.session, claim.order_id)
        if claim.return_id is not None and one.return_id == claim.return_id
    ]
    return list({one.id: one for one in (*direct, *of_return)}.values())


def _key(claim_id: int) -> str:
    return f"claim:{claim_id}"


def _refund(uow: UnitOfWork, claim: ClaimView, refund: Money, decided: Decided) -> int:
    """Owe it, as far as there is anything left of the order's money; minor units."""
    key = f"{_key(claim.id)}:{claim.version}"
    is_policy = decided.by == SYSTEM.ref
    uow.session.flush()
    paid = payment_queries.left_by_method(uow.session, claim.order_id)
    given = sum(
        one.amount.minor for one in _refunds(uow, claim) if one.state is not RefundState.DECLINED
    )
    amount = min(max(0, refund.minor - given), payment_policy.refundable(paid))
    if amount:
        payments.request_refund(
            uow,
            WantedRefund(
                order_id=claim.order_id,
                amount=Money(amount, refund.currency),
                reason="claim",
                key=key if is_policy else f"{payment_queries.WISH}{key}",
                method_id=claim.refund_method_id,
                needs_approval=decided.needs_second_person,
                return_id=claim.return_id,
            ),
        )
    return given + amount


def _replace(
    uow: UnitOfWork, claim: ClaimView, units: Mapping[int, int], *, may_backorder: bool
) -> None:
    """Send the same again, as lines of the same order at no further charge.

    What the old units are charged moves to the new ones, so that these are worth the same when
    they come back, are exchanged or claimed in turn; the order's total stays.
    """
    uow.session.flush()
    order = order_queries.by_id(uow.session, claim.order_id)
    before = totals.bill(uow.session, order)
    lines = {line.id: line for line in order_queries.lines(uow.session, claim.order_id)}
    wanted = [(lines[line_id], count) for line_id, count in sorted(units.items()) if count]
    moved = {line.id: min(count, line.counters.charged) for line, count in wanted}
    new_ids = orders.add_lines(
        uow,
        claim.order_id,
        [
            NewLine(
                variant_id=line.variant_id,
                sku=line.sku,
                name=line.name,
                options=line.options,
                unit_price_minor=line.unit_price.minor,
                discount_minor=line.unit_price.minor * (count - moved[line.id])
                + _discount_of(line, moved[line.id]),
                tax_rate_bp=line.tax_rate_bp,
                ordered=count,
                replaces_line_id=line.id,
            )
            for line, count in wanted
        ],
        origin=order_book.origin_of(claim.id),
    )
    orders.move_units(
        uow,
        claim.order_id,
        [Units(line_id=line_id, changes={"removed": count}) for line_id, count in moved.items()],
    )
    claims.give_new_lines(
        uow, claim.id, {line.id: new for (line, _), new in zip(wanted, new_ids, strict=True)}
    )
    totals.retotal(uow, before)
    sourcing.promise(
        uow,
        claim.order_id,
        [
            Want(new, line.variant_id, count)
            for (line, count), new in zip(wanted, new_ids, strict=True)
        ],
        key=f"claim:{claim.id}:{claim.version}",
        may_backorder=may_backorder,
    )


def _to_replace(uow: UnitOfWork, claim: ClaimView) -> dict[int, int]:
    """Units by order line that are neither sent again yet nor still to come back first."""
    uow.session.flush()
    lines = {line.id: line for line in order_queries.lines(uow.session, claim.order_id)}
    sent = order_book.replacing(claim, lines)
    units = {line.order_line_id: line.quantity for line in claim.lines}
    if claim.return_id is not None:
        view = return_queries.by_id(uow.session, claim.return_id)
        units = {line.order_line_id: line.received for line in view.lines}
    return {line_id: max(0, count - sent.get(line_id, 0)) for line_id, count in units.items()}


def _discount_of(line: LineView, units: int) -> int:
    """How much of a line's discount goes with units that are charged there no more."""
    before = line.priced
    after = replace(before, removed=before.removed + units)
    return before.charged_discount_minor - after.charged_discount_minor


def _tell(uow: UnitOfWork, claim: ClaimView, owed: int) -> None:
    uow.emit(
        ClaimRemedied(
            order_id=claim.order_id,
            claim_id=claim.id,
            remedy=str(claim.remedy),
            refund_minor=owed,
            currency=claim.refund.currency,
        )
    )
