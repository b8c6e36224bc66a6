"""Proposals as stored."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from bots.proposing.states import ProposalState
from oms_service.infra.db import PERSONAL, PLAIN, Code, Key, Model, enum_column, ref


class Proposal(Model):
    """What was shown to one customer in one conversation, to be done once when they agree.

    ``arguments`` is all that doing it takes, ``shown`` what was said of it, ``digest`` names what
    it would bring. ``outcome`` are numbers and codes of what was done.
    """

    __tablename__ = "proposals"
    __table_args__ = (
        Index(
            "uq_proposals_open",
            "conversation_id",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_proposals_conversation_id", "conversation_id"),
        Index("ix_proposals_customer_id", "customer_id"),
        Index("ix_proposals_order_id", "order_id"),
        Index("ix_proposals_made_at", "made_at"),
        CheckConstraint("expires_at > made_at", name="expires_at"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided_at"),
        CheckConstraint("state <> 'done' OR decided_in_id IS NOT NULL", name="decided_in_id"),
    )

    id: Mapped[Key]
    #: What buttons and programs call it by.
    public_id: Mapped[str] = mapped_column(String(43), unique=True, info=PLAIN)
    conversation_id: Mapped[int] = mapped_column(ref("conversations.id"))
    customer_id: Mapped[int] = mapped_column(ref("customers.id"))
    order_id: Mapped[int | None] = mapped_column(ref("orders.id"))
    kind: Mapped[Code]
    arguments: Mapped[dict[str, Any]] = mapped_column(info=PERSONAL)
    shown: Mapped[dict[str, Any]] = mapped_column(info=PERSONAL)
    digest: Mapped[str] = mapped_column(String(64), info=PERSONAL)
    state: Mapped[ProposalState] = mapped_column(enum_column(ProposalState, "state"))
    outcome: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"), info=PLAIN)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    #: The message in which it was asked for, and the one that said yes or no.
    made_in_id: Mapped[int] = mapped_column(ref("messages.id"))
    decided_in_id: Mapped[int | None] = mapped_column(ref("messages.id"))
