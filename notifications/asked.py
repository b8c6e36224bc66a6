"""What stands in a message of a colleague: told by that message itself, or beside it, once."""

from dataclasses import replace
from typing import Final

from notifications import preferences, rules, service, unread, ways
from notifications.models import Notice
from notifications.push import ringing
from notifications.service import TALKING, Told
from notifications.states import NoticeState, Waits
from oms_service.conversations import outgoing
from oms_service.conversations.channels import PULLED
from oms_service.conversations.states import DeliveryState
from oms_service.infra.uow import UnitOfWork

#: The fact that says in which message it stands.
IN: Final = "message_id"
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
    """Tell that there is an answer of a colleague, or a question.

    What went to the customer tells it itself: a second letter would say the same. What stands in a
    chat, where only who comes back finds it, is told by another way as well; whoever is there
    still has a moment to read it, and to answer.

    Args:
        uow: the transaction of the fact that is told.
        told: what to whom.
        message_id: in which message it stands.

    Returns:
        What became of it; None when this key is known already or the shop does not tell this.
    """
    told = replace(told, facts={**told.facts, IN: message_id})
    begun = service.begin(uow, told)
    if begun is None:
        return None
    notice, holds = begun
    said = outgoing.one(uow.session, message_id)
    if said.channel in PULLED and _has_another_way(uow, notice, holds.rule, said.channel):
        notice.tried = said.channel
        notice.state, notice.why = NoticeState.WAITING, Waits.ANSWER
        notice.due_at = uow.now + TALKING
    else:
        service.spoken(uow, notice, holds, said, by=said.channel)
        ringing.plan(uow, notice)
    uow.session.flush()
    return notice.state


def is_over(uow: UnitOfWork, notice: Notice) -> bool:
    """Whether what a notice asks for is done, or what it points to read, since it began to wait."""
    if notice.template == rules.CASE_ANSWERED.template and IN in notice.facts:
        return outgoing.one(uow.session, notice.facts[IN]).state is DeliveryState.READ
    about, _colon, of = notice.matter.partition(":")
    if notice.template not in ASKING or about not in unread.STILL:
        return False
    return not unread.STILL[about](uow, int(of))


def _has_another_way(uow: UnitOfWork, notice: Notice, rule: rules.Rule, channel: str) -> bool:
    left = ways.of(uow.session, notice.customer_id, uow.now).open - {channel}
    return bool(preferences.of(uow.session, notice.customer_id).ways(rule.kind, left))
