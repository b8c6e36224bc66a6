"""Trying again what stood on the list of failed steps."""

from contextlib import suppress

from oms_service.infra.fallout import FalloutRetried
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import IllegalTransition
from oms_service.payments import attempts, refunds
from oms_service.payments.service import REFUND_STEP
from oms_service.payments.states import Purpose


def try_again(uow: UnitOfWork, event: FalloutRetried) -> None:
    """Ask the provider anew; what was settled another way meanwhile is left alone."""
    with suppress(IllegalTransition, attempts.CaptureTooHigh):
        if event.step == REFUND_STEP:
            refunds.retry(uow, event.subject_id)
        elif event.step in {attempts.step_of(purpose) for purpose in Purpose}:
            attempts.retry(uow, event.subject_id)
