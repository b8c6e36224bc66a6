"""Sending a notice before its time, and stopping one: each once, whoever else is at it.

The row is held while it is decided. A sweep that is just sending it is waited for, and what it did
holds: nobody stops what has left, and nothing leaves twice.
"""

from notifications import service, versions
from notifications.models import Notice
from notifications.planned.events import TellingHurried, TellingStopped
from notifications.planned.states import HURRIES, STOPPED, STOPS, Reason
from notifications.planner import Do
from notifications.push import ringing
from notifications.service import Voice
from notifications.states import NoticeState
from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError, Invalid


class Settled(DomainError):
    """It does not wait any more; ``state`` says what became of it."""

    code = "notice-settled"

    def __init__(self, state: NoticeState) -> None:
        super().__init__(f"this notice does not wait any more: {state}")
        self.state = state


class NotTold(DomainError):
    """It cannot be told now; ``why`` is a code."""

    code = "notice-not-told"

    def __init__(self, why: str) -> None:
        super().__init__(f"this notice cannot be told: {why}")
        self.why = why


def hurry(uow: UnitOfWork, notice_id: int, *, reason: Reason, voice: Voice) -> None:
    """Tell a notice now that waits, whatever the hour.

    Raises:
        NotFound: there is no such notice.
        Settled: it does not wait any more; said again, that is the answer.
        NotTold: its reader refuses it, or is reached by no way; it waits on.
        Invalid: not a reason to send something.
    """
    _check(reason, HURRIES)
    notice = _held(uow, notice_id)
    holds = versions.in_force(uow.session, notice.template)
    made, to = service.decide(uow, notice, holds, voice)
    if made.do is Do.SUPPRESS or to is None:
        raise NotTold(made.why or "unreachable")
    message = service.speak(uow, notice, holds, voice, to)
    service.spoken(uow, notice, holds, message, by=service.channel_of(to))
    ringing.plan(uow, notice)
    uow.emit(TellingHurried(telling_id=notice.id, order_id=notice.order_id, reason=reason))


def stop(uow: UnitOfWork, notice_id: int, *, reason: Reason) -> None:
    """Never tell a notice that waits.

    Raises:
        NotFound: there is no such notice.
        Settled: it does not wait any more; said again, that is the answer.
        Invalid: not a reason to stop something.
    """
    _check(reason, STOPS)
    notice = _held(uow, notice_id)
    notice.state, notice.due_at, notice.why = NoticeState.SUPPRESSED, None, STOPPED
    uow.emit(TellingStopped(telling_id=notice.id, order_id=notice.order_id, reason=reason))


def _check(reason: Reason, among: tuple[Reason, ...]) -> None:
    if reason not in among:
        raise Invalid("not a reason for this", {"reason": "choose one"})


def _held(uow: UnitOfWork, notice_id: int) -> Notice:
    notice = locks.one(uow.session, Notice, notice_id)
    if notice.state is not NoticeState.WAITING:
        raise Settled(notice.state)
    return notice
