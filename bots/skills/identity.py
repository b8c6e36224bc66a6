"""Who writes: an order number with one proof, or a one-time code to a mail address."""

import hmac
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from bots.dialogue.turns import Data, Result
from bots.skills.context import Context, Skill, public
from oms_service.access import codes
from oms_service.conversations import service as conversations
from oms_service.customers import addresses
from oms_service.customers import queries as customers
from oms_service.kernel.errors import NotFound, TooMany
from oms_service.kernel.text import folded, guess_key, mail_key, phone_key, postal_key
from oms_service.orders import queries as orders

#: Tries to show who one is: by sender, by conversation, and by the order somebody guesses at.
_TRIES: Final = (
    ("chat-identify-source", "30/15 minutes"),
    ("chat-identify-chat", "10/15 minutes"),
    ("chat-identify-order", "12/hour"),
)


#: The same where somebody says who they are: by sender, by conversation, and by the name or mail.
_TRIES_AT_PEOPLE: Final = (
    ("chat-person-source", "30/15 minutes"),
    ("chat-person-chat", "10/15 minutes"),
    ("chat-person-named", "12/hour"),
)
#: As ``CHAT_IDENTITY`` has them.
_BY_NAME: Final = "name+postal"
_BY_MAIL: Final = "mail+postal"


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
        return _as_person(context, given)
    return _identified(context, proofs.customer_id, "identify", given["order_key"])


def _as_person(context: Context, given: Data) -> Result:
    """Who says who they are besides: enough where the shop says so, if no proof of the order."""
    allowed = context.runtime.settings.chat_identity
    by_name, by_mail = _BY_NAME in allowed and given["name"], _BY_MAIL in allowed and given["mail"]
    if not given["postal"] or not (by_name or by_mail):
        return Result("identify", "unknown")
    told = {"name": given["name"] if by_name else None, "mail": given["mail"] if by_mail else None}
    found = identify_person(context, {**told, "postal": given["postal"]})
    data = {"order_key": given["order_key"]} if found.outcome == "ok" else found.data
    return Result("identify", found.outcome, data)


def identify_person(context: Context, given: Data) -> Result:
    """A name, or a mail address, with a postal code: enough where the shop says so.

    Unknown, not theirs and more than one such person are one answer.
    """
    name, mail, postal = given["name"], given["mail"], given["postal"]
    allowed = context.runtime.settings.chat_identity
    if not (_BY_NAME in allowed and name) and not (_BY_MAIL in allowed and mail):
        if mail:
            asked = send_code(context, {"mail": mail})
            return Result("identify_person", asked.outcome, asked.data)
        return Result("identify_person", "not_offered")
    if not postal:
        return Result("identify_person", "needs_postal")
    guessed = folded(name) if name else mail_key(mail)
    try:
        for (limit, rate), key in zip(
            _TRIES_AT_PEOPLE, (context.source, str(context.conversation.id), guessed), strict=True
        ):
            context.runtime.limits.take(limit, key, rate)
    except TooMany as error:
        return Result("identify_person", "too_many", retry(context, error))
    found = _person(context, name if _BY_NAME in allowed else None, mail, postal_key(postal))
    if found is None:
        return Result("identify_person", "unknown")
    return _identified(context, found, "identify_person", None)


def _person(context: Context, name: str | None, mail: str | None, postal: str) -> int | None:
    """The one customer who fits all that was said; of two nobody is."""
    session = context.uow.session
    if mail:
        known = customers.by_mail(session, mail)
        among = [known.id] if known is not None else []
    else:
        among = [one.id for one in customers.named(session, name or "")]
    near = {*addresses.at_postal_code(session, among, postal)}
    near |= orders.customers_at_postal_code(session, among, postal)
    return next(iter(near)) if len(near) == 1 else None


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
    "identify_person": public(identify_person),
    "send_code": public(send_code),
    "check_code": public(check_code),
}
