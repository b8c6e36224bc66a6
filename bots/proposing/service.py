"""Proposals: made, taken up once, ended. Whoever calls holds the conversation.

A proposal is locked after its conversation and before the order it is about.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select, update

from bots.proposing.models import Proposal
from bots.proposing.states import ProposalState
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import ids

#: For so long what was shown may be agreed to; then it is shown again.
KEPT: Final = timedelta(minutes=15)
#: For so long the words and addresses of a proposal stay; the books keep what was done.
WORDS_KEPT: Final = timedelta(days=30)
#: How many old ones are emptied at a time.
BATCH: Final = 500


@dataclass(frozen=True, kw_only=True)
class NewProposal:
    """What is to be shown; ``arguments``, ``shown`` and ``digest`` as the table has them."""

    conversation_id: int
    customer_id: int
    message_id: int
    order_id: int | None
    kind: str
    arguments: Mapping[str, Any] = field(hash=False)
    shown: Mapping[str, Any] = field(hash=False)
    digest: str


@dataclass(frozen=True)
class ProposalView:
    """A proposal as it stands. ``arguments`` may be personal."""

    id: int
    public_id: str
    order_id: int | None
    kind: str
    arguments: Mapping[str, Any] = field(hash=False)
    digest: str
    state: ProposalState
    outcome: Mapping[str, Any] = field(hash=False)
    expires_at: datetime
    is_expired: bool


def make(uow: UnitOfWork, new: NewProposal) -> ProposalView:
    """Write a proposal down; the one that was open in this conversation is replaced by it."""
    uow.session.execute(
        update(Proposal)
        .where(
            Proposal.conversation_id == new.conversation_id, Proposal.state == ProposalState.OPEN
        )
        .values(state=ProposalState.REPLACED, decided_at=uow.now, decided_in_id=new.message_id)
        .execution_options(synchronize_session="fetch")
    )
    row = Proposal(
        public_id=ids.token(),
        conversation_id=new.conversation_id,
        customer_id=new.customer_id,
        order_id=new.order_id,
        kind=new.kind,
        arguments=dict(new.arguments),
        shown=dict(new.shown),
        digest=new.digest,
        state=ProposalState.OPEN,
        outcome={},
        made_at=uow.now,
        expires_at=uow.now + KEPT,
        made_in_id=new.message_id,
    )
    uow.session.add(row)
    uow.session.flush()
    return _view(row, uow.now)


def take(
    uow: UnitOfWork, public_id: str, *, conversation_id: int, customer_id: int
) -> ProposalView | None:
    """A proposal of this customer in this conversation, held; unknown and foreign alike: None."""
    row = uow.session.scalars(
        select(Proposal)
        .where(
            Proposal.public_id == public_id,
            Proposal.conversation_id == conversation_id,
            Proposal.customer_id == customer_id,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    return _view(row, uow.now) if row is not None else None


def end(
    uow: UnitOfWork,
    proposal_id: int,
    state: ProposalState,
    *,
    message_id: int,
    outcome: Mapping[str, Any] | None = None,
) -> bool:
    """Let an open proposal come to its end; False when it had come to one already."""
    done = uow.session.execute(
        update(Proposal)
        .where(Proposal.id == proposal_id, Proposal.state == ProposalState.OPEN)
        .values(
            state=state,
            decided_at=uow.now,
            decided_in_id=message_id,
            outcome=dict(outcome or {}),
        )
        .execution_options(synchronize_session="fetch")
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result has it


def forget_old_words(uow: UnitOfWork) -> int:
    """The sweep: what was asked for and shown goes, that something was proposed stays."""
    old = (
        select(Proposal.id)
        .where(Proposal.made_at < uow.now - WORDS_KEPT, Proposal.digest != "")
        .order_by(Proposal.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    done = uow.session.execute(
        update(Proposal)
        .where(Proposal.id.in_(old))
        .values(arguments={}, shown={}, digest="")
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]  # as above


def _view(row: Proposal, now: datetime) -> ProposalView:
    return ProposalView(
        row.id,
        row.public_id,
        row.order_id,
        row.kind,
        row.arguments,
        row.digest,
        row.state,
        row.outcome,
        row.expires_at,
        row.expires_at <= now,
    )
