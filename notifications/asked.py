"""What a customer was asked in a message: told by that message itself, or beside it, once."""

from typing import Final

from notifications import preferences, rules, service, unread, ways
from notifications.models import Notice
from notifications.push import ringing
from notifications.service import TALKING, Told
from notifications.states import NoticeState, Waits
from oms_service.conversations import outgoing
from oms_service.conversations.channels import PULLED
from oms_service.infra.uow import UnitOfWork

#: Notices that ask their reader for something; once that is done they are old.
ASKING: Final = frozenset(
    {
        rules.CASE_WAITING.template,
        rules.PAYMENT_DUE.template,
        rules.PICKUP_READY.template,
        rules.PICKUP_REMINDER.template,
        rules.PICKUP_EXTENDED.template,
    }
)


def tell(uow: UnitOfWork, told: Told, message_id: int) -> NoticeState | None:
    """Tell that an answer is awaited to a question that a message has asked.

    What went to the customer tells it itself: a second letter would say the same. What stands in a
    chat, where only who comes back finds it, is told by another way as well; whoever is there
    still has a moment to answer.

    Args:
        uow: the transaction of the fact that is told.
        told: what to whom.
        message_id: in which message it was asked.

    Returns:
        What became of it; None when this key is known already or the shop does not tell this.
    """
    begun = service.begin(uow, told)
    if begun is None:
        return None
    notice, holds = begun
    question = outgoing.one(uow.session, message_id)
    if question.channel in PULLED and _has_another_way(uow, notice, holds.rule, question.channel):
        notice.tried = question.channel
        notice.state, notice.why = NoticeState.WAITING, Waits.ANSWER
        notice.due_at = uow.now + TALKING
    else:
        service.spoken(uow, notice, holds, question, by=question.channel)
        ringing.plan(uow, notice)
    uow.session.flush()
    return notice.state


def is_over(uow: UnitOfWork, notice: Notice) -> bool:
    """Whether what a notice asks for is done, or asked for no more, since it began to wait."""
    about, _colon, of = notice.matter.partition(":")
    if notice.template not in ASKING or about not in unread.STILL:
        return False
    return not unread.STILL[about](uow, int(of))


def _has_another_way(uow: UnitOfWork, notice: Notice, rule: rules.Rule, channel: str) -> bool:
    left = ways.of(uow.session, notice.customer_id, uow.now).open - {channel}
    return bool(preferences.of(uow.session, notice.customer_id).ways(rule.kind, left))
