"""A notice sent to the colleague who asks, by each way that leads to themselves.

Mail goes to the address they sign in with. Whoever has proven that address as a customer too is
reached by the ways of their own account: their chat, their LINE, their telephone.
"""

from datetime import datetime
from typing import Final

from notifications import examples, ways
from notifications.preferences import CHANNELS
from notifications.render import Speech, Words, render
from notifications.service import Voice
from notifications.sms import texts
from notifications.versions import RuleView
from notifications.ways import Mobile, Reader, Ways
from oms_service.access.queries import StaffView
from oms_service.appearance import queries as looks
from oms_service.appearance.colours import DEFAULT
from oms_service.conversations import service as talking
from oms_service.conversations.channels import MAIL, SMS
from oms_service.conversations.states import AuthorKind
from oms_service.conversations.views import ConversationView
from oms_service.customers import queries as customers
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Language
from oms_service.kernel.text import mail_key

#: How the keys of trials begin: none of them is a notice of an order.
KEY: Final = "notice-trial"


def of(reader: Reader, me: StaffView, now: datetime) -> tuple[str, ...]:
    """The ways that lead to a colleague, mail first."""
    own = _own(reader, me, now)
    others = [one for one in CHANNELS if one != MAIL and own is not None and own.to(one)]
    return (MAIL, *others)


def send(
    uow: UnitOfWork,
    me: StaffView,
    holds: RuleView,
    *,
    way: str,
    language: Language,
    voice: Voice,
    token: str,
) -> None:
    """Send a notice as it holds, with example facts; the same token is one trial.

    Raises:
        Invalid: no such way leads to them.
    """
    key = f"{KEY}:{me.id}:{holds.rule.template}:{way}:{language}:{token}"
    speech = Speech(language, uow.now, voice.zone)
    facts = examples.facts_of(holds.rule.template)
    if way == MAIL:
        words = _words(uow, holds, speech)
        talking.say_by_mail(
            uow,
            to=me.mail,
            customer_id=None,
            language=language,
            subject=words.subject,
            text=words.text,
            key=key,
            extra={"html": words.html},
        )
        return
    own = _own(uow.session, me, uow.now)
    to = own.to(way) if own is not None else None
    match to:
        case Mobile(number):
            wording = holds.wording(language)
            said = texts.short(holds.rule.template, facts, speech, wording=wording, site=voice.site)
            thread = talking.open_or_resume(uow, channel=SMS, key=number, language=language)
            talking.set_language(uow, thread.id, language)
            talking.say(uow, thread.id, author_kind=AuthorKind.NOTICE, text=said, key=key)
        case ConversationView():
            said = in_chat(holds, speech).text
            talking.say(uow, to.id, author_kind=AuthorKind.NOTICE, text=said, key=key)
        case _:
            raise Invalid("no such way leads to you", {"way": "choose one of yours"})


def in_chat(holds: RuleView, speech: Speech) -> Words:
    """A notice as it is said in a chat."""
    facts = examples.facts_of(holds.rule.template)
    if holds.rule.in_chat:
        return render(holds.rule.in_chat, facts, speech)
    return render(holds.rule.template, facts, speech, wording=holds.wording(speech.language))


def _words(uow: UnitOfWork, holds: RuleView, speech: Speech) -> Words:
    return render(
        holds.rule.template,
        examples.facts_of(holds.rule.template),
        speech,
        wording=holds.wording(speech.language),
        accent=looks.current(uow.session).accent or DEFAULT,
    )


def _own(reader: Reader, me: StaffView, now: datetime) -> Ways | None:
    """The ways of the account that a colleague has as a customer, with the address proven there."""
    found = customers.by_mail(reader, me.mail)
    if found is None:
        return None
    proven = {mail_key(one) for one in customers.proven_mails(reader, found.id)}
    return ways.of(reader, found.id, now) if mail_key(me.mail) in proven else None
