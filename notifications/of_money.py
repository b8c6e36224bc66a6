"""Telling customers of money: what is to be paid, that it has come, that it did not go through."""

from dataclasses import dataclass
from typing import Final

from notifications import rules
from notifications.teller import Teller, items
from oms_service.infra.uow import UnitOfWork
from oms_service.payments import attempts
from oms_service.payments import queries as payments
from oms_service.payments.events import (
    PaymentCaptured,
    PaymentRefused,
    PaymentWaiting,
    RefundFailed,
)
from oms_service.payments.states import AttemptState, Purpose

#: What a customer does themselves; a capture follows what they agreed to.
THEIRS: Final = frozenset({Purpose.AUTHORIZE, Purpose.CHARGE})


@dataclass(frozen=True)
class OfMoney:
    """The reactions."""

    teller: Teller

    def due(self, uow: UnitOfWork, event: PaymentWaiting) -> None:
        """Where there is a slip to pay or a page to confirm it on, and it waits still."""
        attempt = attempts.one(uow.session, event.attempt_id)
        can_pay = bool(attempt.slip_number or attempt.action_url)
        if attempt.state is not AttemptState.WAITING or not can_pay:
            return
        if attempt.purpose not in THEIRS:
            return
        facts = {
            "amount_minor": attempt.amount.minor,
            "currency": attempt.amount.currency,
            "slip": attempt.slip_number,
            "pay": attempt.action_url,
            "until_at": event.expires_at,
            **items(uow, event.order_id),
        }
        self._tell(uow, rules.PAYMENT_DUE, event.order_id, event.attempt_id, facts)

    def received(self, uow: UnitOfWork, event: PaymentCaptured) -> None:
        """What was promised before and is taken as the goods leave is no news."""
        attempt = attempts.one(uow.session, event.attempt_id)
        if attempt.purpose not in THEIRS:
            return
        facts = {"amount_minor": event.amount_minor, "currency": event.currency}
        self._tell(uow, rules.PAYMENT_RECEIVED, event.order_id, event.attempt_id, facts)

    def refused(self, uow: UnitOfWork, event: PaymentRefused) -> None:
        """Unless it was tried again meanwhile."""
        attempt = attempts.one(uow.session, event.attempt_id)
        if attempt.state is not AttemptState.REFUSED or attempt.purpose not in THEIRS:
            return
        facts = {
            "amount_minor": attempt.amount.minor,
            "currency": attempt.amount.currency,
            "why": event.refusal,
        }
        self._tell(uow, rules.PAYMENT_FAILED, event.order_id, event.attempt_id, facts)

    def refund_failed(self, uow: UnitOfWork, event: RefundFailed) -> None:
        """Once for each refund, however often it is tried."""
        refund = payments.refund(uow.session, event.refund_id)
        facts = {"refund_minor": refund.amount.minor, "currency": refund.amount.currency}
        self.teller.of_order(
            uow, rules.REFUND_DELAYED, event.order_id, key=event.refund_id, facts=facts
        )

    def _tell(
        self,
        uow: UnitOfWork,
        rule: rules.Rule,
        order_id: int,
        attempt_id: int,
        facts: dict[str, object],
    ) -> None:
        key = f"{attempt_id}:{uow.causation_id}"
        self.teller.of_order(uow, rule, order_id, key=key, facts=facts, of=attempt_id)
