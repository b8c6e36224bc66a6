"""Reading what was proposed, for whoever looks at a conversation."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from bots.proposing.models import Proposal
from bots.proposing.states import ProposalState


@dataclass(frozen=True)
class Proposed:
    """What was proposed in a message, and what became of it in which other one."""

    kind: str
    state: ProposalState
    order_id: int | None
    made_in_id: int
    decided_in_id: int | None
    expires_at: datetime


def of_conversation(reader: Connection | Session, conversation_id: int) -> list[Proposed]:
    """Everything that was proposed in a conversation, oldest first."""
    rows = reader.execute(
        select(
            Proposal.kind,
            Proposal.state,
            Proposal.order_id,
            Proposal.made_in_id,
            Proposal.decided_in_id,
            Proposal.expires_at,
        )
        .where(Proposal.conversation_id == conversation_id)
        .order_by(Proposal.id)
    )
    return [Proposed(*row) for row in rows]
