"""Who writes: an order number with one proof, or a one-time code to a mail address."""

import hmac
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from bots.dialogue.turns import Data, Result
from bots.skills.context import Context, Skill, public
from oms_service.access import codes
from oms_service.conversations import service as conversations
from oms_service.kernel.errors import NotFound, TooMany
from oms_service.kernel.text import guess_key, mail_key, phone_key, postal_key
from oms_service.orders import queries as orders

#: Tries to show who one is: by sender, by conversation, and by the order somebody guesses at.
_TRIES: Final = (
    ("chat-identify-source", "30/15 minutes"),
    ("chat-identify-chat", "10/15 minutes"),
    ("chat-identify-order", "12/hour"),
)


def identify(context: Context, given: Data) -> Result:
    """An order number with one proof of it. Unknown and not yours are one answer."""
    sources = (context.source, str(context.conversation.id), guess_key(given["order_key"]))
    try:
        for (name, rate), key in zip(_TRIES, sources, strict=True):
            context.runtime.limits.take(name, key, rate)
    except TooMany as error:
        return Result("identify", "too_many", retry(context, error))
    try:
        proofs = orders.proofs(context.uow.session, given["order_key"])
    except NotFound:
        return Result("identify", "unknown")
    told = (
        (mail_key(given["mail"] or ""), proofs.mail_key),
        (phone_key(given["phone"] or ""), proofs.phone_key),
        (postal_key(given["postal"] or ""), proofs.postal_key),
    )
    if not any(said and _same(said, known) for said, known in told):
        return Result("identify", "unknown")
    return _identified(context, proofs.customer_id, "identify", given["order_key"])


def send_code(context: Context, given: Data) -> Result:
    """A code to the address, if the shop knows it; the answer is the same if it does not."""
    try:
        codes.may_ask(context.runtime.limits, mail=given["mail"], address=context.source)
    except TooMany as error:
        return Result("send_code", "too_many", retry(context, error))
    conversations.claim(context.uow, context.conversation.id, given["mail"])
    codes.send_code(context.uow, given["mail"], context.conversation.language)
    return Result("send_code", "sent")


def check_code(context: Context, given: Data) -> Result:
    """The code against the address it went to."""
    try:
        codes.may_try(context.runtime.limits, address=context.source)
    except TooMany as error:
        return Result("check_code", "too_many", retry(context, error))
    mail = conversations.claimed(context.uow, context.conversation.id)
    customer_id = codes.check_code(context.uow, mail, given["code"]) if mail else None
    if customer_id is None:
        return Result("check_code", "wrong")
    return _identified(context, customer_id, "check_code", None)


def _identified(context: Context, customer_id: int, skill: str, key: str | None) -> Result:
    """Somebody is who they say; of a chat that is another customer's they hear just that."""
    try:
        context.identified(customer_id)
    except conversations.SomebodyElses:
        return Result(skill, "somebody_elses")
    return Result(skill, "ok", {"order_key": key})


def retry(context: Context, error: TooMany) -> Mapping[str, Any]:
    at = context.uow.now + timedelta(seconds=error.wait_s)
    return {"retry_at": at.isoformat()}


def _same(said: str, known: str) -> bool:
    return bool(known) and hmac.compare_digest(said.encode(), known.encode())


SKILLS: Final[Mapping[str, Skill]] = {
    "identify": public(identify),
    "send_code": public(send_code),
    "check_code": public(check_code),
}
