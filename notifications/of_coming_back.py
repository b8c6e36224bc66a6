"""Telling customers of returns, exchanges and claims, step by step."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from notifications import rules
from notifications.rules import Rule
from notifications.teller import ANSWERED_AT_ONCE, Teller
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.money import Money
from oms_service.returns import claim_queries as claims
from oms_service.returns import queries as returns
from oms_service.returns.events import (
    ClaimApproved,
    ClaimRejected,
    ClaimRemedied,
    ClaimRequested,
    ExchangeCancelled,
    ExchangeSent,
    ReturnOverdue,
    ReturnPartlyReceived,
    ReturnRequested,
    ReturnSent,
    ReturnWithdrawn,
)
from oms_service.returns.states import ReturnState


@dataclass(frozen=True)
class OfComingBack:
    """The reactions; what is approved, refused, received and refunded stands in ``reactions``."""

    teller: Teller
    #: The address of a return's label, by its number.
    label: Callable[[Session, str], str]

    def return_asked(self, uow: UnitOfWork, event: ReturnRequested) -> None:
        """What waits for a person, unless whoever asked was answered on the spot."""
        found = returns.by_id(uow.session, event.return_id)
        is_open = event.is_referred and found.state is ReturnState.REQUESTED
        if is_open and found.channel not in ANSWERED_AT_ONCE:
            self._of_return(uow, rules.RETURN_ASKED, event.return_id)

    def return_sent(self, uow: UnitOfWork, event: ReturnSent) -> None:
        self._of_return(uow, rules.RETURN_SENT, event.return_id)

    def return_overdue(self, uow: UnitOfWork, event: ReturnOverdue) -> None:
        self._of_return(uow, rules.RETURN_OVERDUE, event.return_id)

    def return_partly_received(self, uow: UnitOfWork, event: ReturnPartlyReceived) -> None:
        owed = Money(event.refund_minor, event.currency)
        self._of_return(
            uow,
            rules.RETURN_PARTLY_RECEIVED,
            event.return_id,
            key=f"{event.return_id}:{event.receipt_id}",
            refund=owed,
            refund_of="part",
        )

    def return_withdrawn(self, uow: UnitOfWork, event: ReturnWithdrawn) -> None:
        self._of_return(uow, rules.RETURN_WITHDRAWN, event.return_id)

    def exchange_sent(self, uow: UnitOfWork, event: ExchangeSent) -> None:
        self._of_return(uow, rules.EXCHANGE_SENT, event.return_id, key=str(event.exchange_id))

    def exchange_cancelled(self, uow: UnitOfWork, event: ExchangeCancelled) -> None:
        self._of_return(uow, rules.EXCHANGE_CANCELLED, event.return_id, key=str(event.exchange_id))

    def claim_asked(self, uow: UnitOfWork, event: ClaimRequested) -> None:
        found = claims.by_id(uow.session, event.claim_id)
        if event.is_referred and found.channel not in ANSWERED_AT_ONCE:
            self._of_claim(uow, rules.CLAIM_ASKED, event.claim_id)

    def claim_approved(self, uow: UnitOfWork, event: ClaimApproved) -> None:
        """Where goods come back first; else what is done follows at once and is told."""
        if event.return_id is None or event.by_policy:
            return
        number = returns.by_id(uow.session, event.return_id).number
        facts = {"what": "claim.back_first", "label": self.label(uow.session, number)}
        self._of_claim(uow, rules.CLAIM_APPROVED, event.claim_id, facts)

    def claim_rejected(self, uow: UnitOfWork, event: ClaimRejected) -> None:
        answer = claims.by_id(uow.session, event.claim_id).answer
        self._of_claim(uow, rules.CLAIM_REJECTED, event.claim_id, {"reason": answer})

    def claim_remedied(self, uow: UnitOfWork, event: ClaimRemedied) -> None:
        if event.refund_minor > 0:
            facts = {"refund_minor": event.refund_minor, "currency": event.currency}
            self._of_claim(uow, rules.CLAIM_REFUNDED, event.claim_id, facts)
        else:
            self._of_claim(uow, rules.CLAIM_REPLACED, event.claim_id)

    def _of_return(
        self,
        uow: UnitOfWork,
        rule: Rule,
        return_id: int,
        *,
        key: str = "",
        refund: Money | None = None,
        refund_of: str = "all",
    ) -> None:
        found = returns.by_id(uow.session, return_id)
        owed = found.refund if refund is None else refund
        facts = {
            "return_number": found.number,
            "refund_minor": owed.minor,
            "currency": owed.currency,
            "refund_of": refund_of,
        }
        self.teller.of_order(
            uow, rule, found.order_id, key=key or return_id, facts=facts, of=return_id
        )

    def _of_claim(
        self, uow: UnitOfWork, rule: Rule, claim_id: int, more: dict[str, Any] | None = None
    ) -> None:
        found = claims.by_id(uow.session, claim_id)
        facts = {"claim_number": found.number, **(more or {})}
        key = f"{claim_id}:{uow.causation_id}"
        self.teller.of_order(uow, rule, found.order_id, key=key, facts=facts, of=claim_id)
