"""Opening a case by hand, and keeping what was written elsewhere as a note in one.

What somebody writes in Slack becomes an internal note: no customer ever reads it.
"""

from typing import Final

from slack_bolt import App

from bots.slack import finding, once, seeing
from bots.slack.blocks import fitting
from bots.slack.blocks.bricks import Block, Choice, line, select
from bots.slack.blocks.bricks import asked as field
from bots.slack.blocks.texts import esc, joined, linked
from bots.slack.install.manifest import SHORTCUTS
from bots.slack.values import memory
from bots.slack.working import pressing
from bots.slack.working.asked import Answer, Asked
from bots.slack.working.pressing import Matter, Message
from cases import opening, service
from cases import queries as cases
from cases.opening import OTHER
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import say
from oms_service.runtime import Runtime
from oms_service.web.languages import spoken
from oms_service.web.texts import gettext

#: As long as a note that is typed here may be.
LONGEST: Final = 3_000
_LONGEST_NUMBER: Final = 40
CREATE, ADD = tuple(SHORTCUTS)


def attach(app: App, house: Runtime) -> None:
    """Listen to the shortcuts of messages, and to the forms they open."""
    for code, deal in ((CREATE, create_from), (ADD, add_from)):
        app.shortcut(code)(pressing.on_shortcut(house, code, "cases:work", deal))
    listen = pressing.on_form(house, {one.verb: one for one in FORMS})
    for one in FORMS:
        app.view(f"case:{one.verb}")(listen)


# Forms


def form(
    asked: Asked, *, order: str = "", words: str = "", message: tuple[str, str] = ("", "")
) -> Answer:
    """A case to open; ``message`` is where its words come from, a channel and a time there."""
    with asked.house.database.reading() as connection:
        known = [
            Choice(code, say(one.name, spoken()))
            for code, one in sorted(cases.reasons(connection).items())
            if one.is_active
        ]
    blocks: list[Block] = [
        field(_("Order number"), line("order", given=order, most=_LONGEST_NUMBER), is_needed=False),
        field(_("Reason"), select("reason", known, chosen=OTHER)),
        field(_("What it is about"), line("text", given=words, is_long=True, most=LONGEST)),
        _only_colleagues(),
    ]
    view = fitting.modal(
        "case:open", _("New case"), blocks, memory=_memory(message), submit=_("Open")
    )
    return Answer(view=view)


def create_from(asked: Asked, message: Message) -> Answer:
    """A case about what a message says."""
    return form(asked, words=message.text, message=(message.channel, message.ts))


def add_from(asked: Asked, message: Message) -> Answer:
    """A message to keep in a case."""
    del asked
    blocks: list[Block] = [
        field(_("Case number"), line("case", most=_LONGEST_NUMBER, placeholder="C-1001")),
        field(_("What is kept"), line("text", given=message.text, is_long=True, most=LONGEST)),
        _only_colleagues(),
    ]
    known = _memory((message.channel, message.ts))
    view = fitting.modal("case:keep", _("Add to a case"), blocks, memory=known, submit=_("Add"))
    return Answer(view=view)


def _only_colleagues() -> Block:
    said = _("It is kept as an internal note. No customer reads it.")
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": esc(said)}]}


def _memory(message: tuple[str, str]) -> str:
    channel, ts = message
    more = {"of": channel, "ts": ts} if channel else {}
    return memory(0, 0, more)


# What is sent


def open_one(asked: Asked) -> Answer:
    """Open the case; sent again or from the same message, it is the same one."""
    words = _words(asked)
    number = asked.typed.values.get("order", "").strip()
    reason = asked.typed.values.get("reason", "")
    with asked.house.database.looking() as session:
        order = finding.order_of(session, asked.me, number) if number else None
        if number and order is None:
            raise Invalid("no such order", {"order": "is unknown"})
        if reason not in cases.reasons(session):
            raise Invalid("choose a reason", {"reason": "is unknown"})
    with asked.house.unit_of_work(asked.seat.actor) as uow:
        pressing.note(uow, asked)
        made = opening.open_case(
            uow,
            reason=reason,
            language=order.language if order else asked.house.settings.language,
            channel="slack",
            order_id=order.id if order else None,
            passes_on=False,
        )
        service.note(uow, made.id, words)
    url = seeing.desk_url(asked.house, made.number)
    said = _("The case is open.") if made.is_new else _("It belongs to a case that is open.")
    return Answer(said=joined([esc(said), linked(url, made.number)], " "))


def keep(asked: Asked) -> Answer:
    """Keep the words as a note; of one message a case keeps them once."""
    words = _words(asked)
    number = asked.typed.values.get("case", "").strip()
    with asked.house.database.looking() as session:
        found = finding.case_of(session, asked.me, number) if number else None
    if found is None:
        raise Invalid("no such case", {"case": "is unknown"})
    with asked.house.unit_of_work(asked.seat.actor) as uow:
        pressing.note(uow, asked)
        if _is_first(uow, asked, found.id):
            service.note(uow, found.id, words)
    url = seeing.desk_url(asked.house, found.number)
    return Answer(said=joined([esc(_("Kept as a note in")), linked(url, found.number)], " "))


def _is_first(uow: UnitOfWork, asked: Asked, case_id: int) -> bool:
    channel, ts = asked.value.word("of"), asked.value.word("ts")
    if not channel:
        return True
    key = f"kept:{channel}:{ts}:{case_id}"
    return once.first(uow, key, asked.seat, "case:kept", channel=channel, ts=ts)


def _words(asked: Asked) -> str:
    words = asked.typed.values.get("text", "").strip()
    if not words or len(words) > LONGEST:
        raise Invalid("say what it is about", {"text": "is empty"})
    return words


FORMS: Final = (
    Matter(verb="open", needs="cases:work", send=open_one),
    Matter(verb="keep", needs="cases:work", send=keep),
)


def _(text: str) -> str:
    return str(gettext(text))
