"""Letters to colleagues that come back stand among the failed steps until one leaves."""

from typing import Final

from oms_service.access import queries as access
from oms_service.access.states import Role
from oms_service.conversations import outgoing, resending
from oms_service.conversations.channels import MAIL
from oms_service.conversations.events import MessageFailed, MessageResent
from oms_service.conversations.resending import NotAgain
from oms_service.conversations.states import DeliveryState
from oms_service.infra import fallout
from oms_service.infra.fallout import FalloutKind, FalloutRetried
from oms_service.infra.uow import UnitOfWork

STEP: Final = "colleagues.letter"


def failed(uow: UnitOfWork, event: MessageFailed) -> None:
    """Unless it was sent again by the time this is heard, or its reader has left."""
    letter = outgoing.one(uow.session, event.message_id)
    if letter.channel != MAIL or letter.customer_id is not None:
        return
    if letter.state is not DeliveryState.FAILED:
        return
    reader = access.staff_by_mail(uow.session, letter.to)
    if reader is None:
        return
    if reader.is_active or access.never_came(uow.session, reader.id):
        _record(uow, letter.id, reader.id, cause=event.why)


def resent(uow: UnitOfWork, event: MessageResent) -> None:
    """Somebody sent it again from the log of messages."""
    fallout.settle_for(uow, FalloutKind.LETTER, subject_id=event.message_id, step=STEP)


def try_again(uow: UnitOfWork, event: FalloutRetried) -> None:
    """Send it again; what must not be sent twice, such as an invitation, comes back on the list."""
    if event.step != STEP:
        return
    try:
        resending.resend(uow, event.subject_id)
    except NotAgain as refused:
        letter = outgoing.one(uow.session, event.subject_id)
        reader = access.staff_by_mail(uow.session, letter.to)
        if letter.state is DeliveryState.FAILED and reader is not None:
            _record(uow, letter.id, reader.id, cause=f"not sent again: {refused.why}")


def _record(uow: UnitOfWork, message_id: int, staff_id: int, *, cause: str) -> None:
    fallout.record(
        uow,
        FalloutKind.LETTER,
        subject_id=message_id,
        step=STEP,
        what=f"letter staff:{staff_id}",
        cause=cause,
        owner=Role.OPERATIONS,
        attempts=1,
    )
