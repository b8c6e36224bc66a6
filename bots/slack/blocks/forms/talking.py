"""Writing: a reply to the customer, a question to them, a note for colleagues.

Only what is sent from here goes to the customer; each dialog says in words who reads it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from bots.choices import units
from bots.slack.blocks import speaking
from bots.slack.blocks.bricks import (
    OPTIONS,
    Block,
    Choice,
    asked,
    checks,
    context,
    files,
    line,
    section,
    select,
)
from bots.slack.blocks.fitting import TITLE
from bots.slack.blocks.forms import framing
from bots.slack.blocks.speaking import Voice, shortened
from bots.slack.blocks.texts import bold, joined
from cases.desk import writing_words
from cases.desk.at_hand import AtHand
from cases.desk.page import CasePage
from cases.writing.views import MacroView, News
from oms_service.web.texts import N_, gettext

#: As the pages of the shop take them.
KINDS: Final = ("jpg", "jpeg", "png", "pdf", "txt")
_MOST_FILES: Final = 5
_MOST_NEWS: Final = 5
_MOST_ACTIONS: Final = 10
UNDO_HINT: Final = N_("You can undo it for %(seconds)s seconds after you press the button.")


@dataclass(frozen=True, kw_only=True)
class Writing:
    """What stands in the form: ``text`` typed so far, the macro chosen, and what has come since.

    ``turn`` counts how often we have put words into it ourselves; ``form_id`` is the form's own
    name, by which it is done once.
    """

    form_id: str
    text: str = ""
    macro: MacroView | None = None
    news: Sequence[News] = ()
    turn: int = 0
    undo_s: int = 0
    takes_files: bool = True


def reply(page: CasePage, hand: AtHand, writing: Writing, voice: Voice) -> dict[str, Any]:
    """A reply: what it answers, a macro to begin with, the words, files, and what is done with it.

    Fields as on the desk: ``macro`` (asked for at once, to put its words in), ``text``, ``asks``,
    ``action``, and ``files``. The memory has ``form``, ``seen`` and ``turn``.
    """
    blocks = [
        *_news(page, writing, voice),
        *framing.asked(page, voice),
        *_macros(hand, writing, voice),
        _text(_("Reply to the customer"), page, writing, hand.draft),
        *_actions(writing),
        _waits(),
        *_files(writing),
        context(*_goes(page, writing)),
    ]
    return framing.modal(
        "reply",
        _("Reply"),
        page,
        blocks,
        voice,
        submit=_send(page),
        more=_memory(hand, writing),
    )


def ask(page: CasePage, hand: AtHand, writing: Writing, voice: Voice) -> dict[str, Any]:
    """A question to the customer: a reply whose answer is waited for. Fields as of a reply."""
    blocks = [
        *_news(page, writing, voice),
        *framing.asked(page, voice),
        *_macros(hand, writing, voice),
        _text(_("What do you need to know?"), page, writing, hand.draft),
        context(_("The case then waits for the customer's answer."), *_goes(page, writing)),
    ]
    return framing.modal(
        "ask",
        _("Ask for information"),
        page,
        blocks,
        voice,
        submit=_send(page),
        more=_memory(hand, writing),
    )


def note(page: CasePage, voice: Voice, *, form_id: str) -> dict[str, Any]:
    """A note for colleagues: field ``note``."""
    hint = _("Only colleagues read this. It never goes to the customer.")
    blocks = [asked(_("Internal note"), line("note", is_long=True, least=1), hint=hint)]
    return framing.modal(
        "note",
        _("Internal note"),
        page,
        blocks,
        voice,
        submit=_("Save the note"),
        more={"form": form_id},
    )


def _send(page: CasePage) -> str:
    """What the button says: where it goes, as far as a button has room for it."""
    said = writing_words.channel_of(page)
    return said if units(said) <= TITLE else _("Send")


def _memory(hand: AtHand, writing: Writing) -> dict[str, int | str]:
    return {"form": writing.form_id, "seen": str(hand.seen), "turn": writing.turn}


def _text(label: str, page: CasePage, writing: Writing, draft: str) -> Block:
    hint = _("The customer's language: %(language)s") % {
        "language": speaking.language(str(page.case.language))
    }
    given = writing.text if writing.turn or writing.text else draft
    field = line("text", given=given, is_long=True, least=1)
    return asked(label, field, hint=hint, turn=writing.turn)


def _macros(hand: AtHand, writing: Writing, voice: Voice) -> list[Block]:
    known = [
        Choice(one.code, voice.say(one.title))
        for one in hand.macros
        if len(one.code) <= 150  # noqa: PLR2004
    ]
    if not known:
        return []
    chosen = writing.macro.code if writing.macro else ""
    field = select("macro", known[:OPTIONS], chosen=chosen, placeholder=_("Choose a macro"))
    hint = _("Its words come behind what stands in the box; nothing is sent by it.")
    return [asked(_("Macro"), field, hint=hint, is_needed=False, tells=True)]


def _actions(writing: Writing) -> list[Block]:
    if writing.macro is None or not writing.macro.actions:
        return []
    known = [
        Choice(str(one["do"]), writing_words.action(one))
        for one in writing.macro.actions[:_MOST_ACTIONS]
    ]
    field = checks("action", known, [one.value for one in known])
    label = _("Done with it, once it leaves")
    return [asked(label, field, is_needed=False, turn=writing.turn)]


def _waits() -> Block:
    label = _("Wait for the customer's answer")
    field = checks("asks", [Choice("yes", label)])
    return asked(_("After it is sent"), field, is_needed=False)


def _files(writing: Writing) -> list[Block]:
    if not writing.takes_files:
        return []
    field = files("files", kinds=KINDS, most=_MOST_FILES)
    return [asked(_("Files for the customer"), field, is_needed=False)]


def _goes(page: CasePage, writing: Writing) -> list[str]:
    way = speaking.channel(page.conversation.channel if page.conversation else "mail")
    said = [_("This goes to the customer (%(way)s).") % {"way": way}]
    if writing.undo_s:
        said.append(_(UNDO_HINT) % {"seconds": writing.undo_s})
    return said


def _news(page: CasePage, writing: Writing, voice: Voice) -> list[Block]:
    """What has come while somebody was writing: sent again, it goes all the same."""
    if not writing.news:
        return []
    lines = []
    for one in writing.news[:_MOST_NEWS]:
        who = page.name_of(one.by) or _("the system")
        said = gettext(writing_words.news(one.what), who=who)
        words = shortened(voice.words(one.text), 200)
        lines.append(joined([said, voice.said.moment(one.at), words]))
    title = bold(_("Something came while you were writing. Send it all the same?"))
    return [section(joined([title, *lines], "\n"))]


def _(text: str) -> str:
    return str(gettext(text))
