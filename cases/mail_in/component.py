"""Connects mail in with the house: who reads what came, and when held mail is let in."""

from functools import partial
from typing import Final

from cases.mail_in.fetching import Fetching
from cases.mail_in.receiving import Receiving
from oms_service.adapters.mail.imap import Place
from oms_service.conversations import mail_in
from oms_service.conversations.events import MailBoxDue, MailCame
from oms_service.infra.sweeps import Sweep
from oms_service.runtime import Runtime
from oms_service.settings import MEGABYTE

EVERY_S: Final = 30


def register(runtime: Runtime) -> None:
    """Hang mail in into the house."""
    settings = runtime.settings
    runtime.subscribers.effect(MailCame, Receiving(runtime).take_up, owner="lead")
    runtime.intake.add(mail_in.SOURCE, mail_in.announce, owner="lead")
    if settings.mail_in_url:
        place = Place.from_url(settings.mail_in_url)
        fetching = Fetching(place, settings.mail_in_mb * MEGABYTE)
        runtime.subscribers.effect(MailBoxDue, fetching.look, owner="lead")
        look = partial(mail_in.look, box_key=place.key)
        runtime.sweeps.add(Sweep("look-into-the-mailbox", EVERY_S, look))
    let_in = partial(mail_in.let_held_in, most_an_hour=settings.mail_in_per_hour)
    runtime.sweeps.add(Sweep("mail-that-was-held", 60, let_in))
