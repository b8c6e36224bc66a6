"""Writing claims: their rows and their states. ``returning.claiming`` decides about them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import select

from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import IllegalTransition, Stale
from oms_service.kernel.ids import readable_code
from oms_service.kernel.money import Money
from oms_service.returns import claim_queries
from oms_service.returns.claim_queries import ClaimView
from oms_service.returns.models import Claim, ClaimLine
from oms_service.returns.states import (
    CLAIM,
    ClaimAction,
    ClaimReason,
    ClaimState,
    Goods,
    Remedy,
)


class ClaimAlreadyDecided(IllegalTransition):
    """Somebody was quicker: who, when, and what they decided."""

    code: ClassVar[str] = "already-decided"

    def __init__(self, row: Claim, action: ClaimAction) -> None:
        super().__init__("claim", row.state, action)
        self.state = row.state
        self.decided_by: str | None = row.decided_by
        self.decided_at: datetime | None = row.decided_at


@dataclass(frozen=True, kw_only=True)
class NewClaimLine:
    order_line_id: int
    quantity: int
    reason: ClaimReason
    value_minor: int


@dataclass(frozen=True, kw_only=True)
class NewClaim:
    """A claim as asked for. ``referred_by_rule`` where a person has to decide."""

    order_id: int
    channel: str
    remedy: Remedy
    goods: Goods
    refund: Money
    refund_method_id: int | None
    evidence: frozenset[str]
    referred_by_rule: str
    key: str
    lines: Sequence[NewClaimLine]


@dataclass(frozen=True, kw_only=True)
class Decided:
    """Who decided what about a claim; words for colleagues, words for the customer.

    ``needs_second_person`` is for a refund above what whoever decided may give alone.
    """

    by: str
    note: str = ""
    answer: str = ""
    needs_second_person: bool = False


def write(uow: UnitOfWork, new: NewClaim) -> ClaimView:
    """The rows of a claim in its first state; its order must be held."""
    row = Claim(
        number=f"CL-{readable_code(8)}",
        order_id=new.order_id,
        state=ClaimState.REQUESTED,
        channel=new.channel,
        remedy=new.remedy,
        goods=new.goods,
        refund_minor=new.refund.minor,
        currency=new.refund.currency,
        refund_method_id=new.refund_method_id,
        evidence=sorted(new.evidence),
        referred_by_rule=new.referred_by_rule,
        requested_by=uow.actor.ref,
        requested_at=uow.now,
        key=new.key,
        version=1,
    )
    uow.session.add(row)
    uow.session.flush()
    uow.session.add_all(
        ClaimLine(
            claim_id=row.id,
            order_line_id=line.order_line_id,
            quantity=line.quantity,
            reason=line.reason,
            value_minor=line.value_minor,
        )
        for line in new.lines
    )
    uow.session.flush()
    return claim_queries.by_id(uow.session, row.id)


def check(uow: UnitOfWork, claim_id: int, action: ClaimAction, *, version: int | None) -> None:
    """Hold a claim and see that the action is legal and its actor up to date.

    Raises:
        NotFound: no such claim.
        ClaimAlreadyDecided: a second press.
        Stale: it changed since it was read.
    """
    row = locks.one(uow.session, Claim, claim_id)
    if (row.state, action) not in CLAIM.table:
        raise ClaimAlreadyDecided(row, action)
    if version is not None and version != row.version:
        raise Stale("this claim changed since you opened it")


def turn(
    uow: UnitOfWork,
    claim_id: int,
    action: ClaimAction,
    *,
    decided: Decided | None = None,
    refund: Money | None = None,
    return_id: int | None = None,
) -> ClaimView:
    """Move a claim on; its order must be held.

    Raises:
        ClaimAlreadyDecided: its state does not allow that.
    """
    row = locks.one(uow.session, Claim, claim_id)
    if (row.state, action) not in CLAIM.table:
        raise ClaimAlreadyDecided(row, action)
    row.state = CLAIM.after(row.state, action)
    if decided is not None:
        row.decided_by, row.decided_at = decided.by, uow.now
        row.decision_note, row.answer = decided.note, decided.answer
        row.needs_second_person = decided.needs_second_person
    if refund is not None:
        row.refund_minor = refund.minor
    if return_id is not None:
        row.return_id = return_id
    row.remedied_at = uow.now if row.state is ClaimState.REMEDIED else None
    if action is ClaimAction.REOPEN:
        row.decided_by, row.decided_at, row.needs_second_person = None, None, False
    row.version += 1
    uow.session.flush()
    return claim_queries.by_id(uow.session, claim_id)


def give_new_lines(uow: UnitOfWork, claim_id: int, lines: Mapping[int, int]) -> None:
    """Say which lines of the order replace claimed ones, by order line."""
    rows = uow.session.scalars(select(ClaimLine).where(ClaimLine.claim_id == claim_id))
    for row in rows:
        row.new_line_id = lines.get(row.order_line_id, row.new_line_id)
    uow.session.flush()
