"""The conversation as a mail, to an address that the customer has proven."""

from collections.abc import Mapping
from typing import Final

from bots.dialogue.turns import Data, Result
from bots.skills.context import Context, Skill, known_customer
from bots.skills.identity import retry
from bots.transcripts import Transcript
from oms_service.conversations import queries, service
from oms_service.conversations.states import AuthorKind
from oms_service.customers import queries as customers
from oms_service.kernel.errors import TooMany

#: How often one conversation, and one customer, may have it sent.
_OFTEN: Final = (("chat-transcript", "3/hour"), ("chat-transcript-customer", "10/day"))


def mail_transcript(context: Context, given: Data, customer_id: int) -> Result:  # noqa: ARG001 - skills are called alike
    """Write the conversation, as far as it has come, to the address proven last; once a message."""
    proven = customers.proven_mails(context.uow.session, customer_id)
    if not proven:
        return Result("mail_transcript", "unproven")
    keys = (str(context.conversation.id), str(customer_id))
    try:
        for (name, rate), key in zip(_OFTEN, keys, strict=True):
            context.runtime.limits.take(name, key, rate)
    except TooMany as error:
        return Result("mail_transcript", "too_many", retry(context, error))
    found, rules = context.conversation, context.runtime.settings
    said = queries.thread(context.uow.session, found.id)
    written = Transcript(
        said,
        context.runtime.look.name(found.language),
        found.language,
        rules.zone,
        is_cut=said[0].seq > 1 if said else False,
    )
    thread_id = service.thread_by_mail(
        context.uow, to=proven[0], customer_id=customer_id, language=found.language
    )
    service.say(
        context.uow,
        thread_id,
        author_kind=AuthorKind.NOTICE,
        text=written.text(),
        key=f"transcript:{context.message_id}",
        subject=written.title,
        extra={"html": written.html()},
    )
    return Result("mail_transcript", "ok", {"to": _shown(proven[0])})


def _shown(mail: str) -> str:
    """Enough for its owner to know it again."""
    user, _, domain = mail.partition("@")
    return f"{user[:1]}…@{domain}"


SKILLS: Final[Mapping[str, Skill]] = {"mail_transcript": known_customer(mail_transcript)}
