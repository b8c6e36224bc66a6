"""Who works on a case and when, where it goes, and how it ends."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from bots.slack.blocks.bricks import (
    OPTIONS,
    Block,
    Choice,
    asked,
    checks,
    context,
    day,
    hour,
    line,
    lookup,
    radios,
    section,
    select,
)
from bots.slack.blocks.card import headline
from bots.slack.blocks.forms import framing
from bots.slack.blocks.speaking import Voice, shortened
from bots.slack.blocks.texts import bold, joined
from cases.desk.page import CasePage
from cases.desk.shown import DAYS
from cases.desk.working import MOMENT
from cases.merging.policy import Score
from cases.merging.words import WHY
from cases.states import CaseState, Priority
from cases.words import CHOSEN, PRIORITIES, RESOLUTIONS
from cases.writing.moments import MORNING
from cases.writing.words import PRESETS
from oms_service.access.queries import StaffView
from oms_service.kernel.languages import Words
from oms_service.web.texts import N_, gettext, ngettext

_ORDER: Final = tuple(Priority)
#: Slack's names of channels: small letters, digits, hyphens.
MOST_OF_NAME: Final = 80
_NAME_HINT: Final = N_("Small letters, digits and hyphens; Slack allows no spaces.")


def snooze(page: CasePage, voice: Voice) -> dict[str, Any]:
    """Put away until ``when``, a preset, or ``moment``: ``snooze_day``, ``snooze_time``."""
    known = [Choice(str(one), _(word)) for one, word in PRESETS.items()]
    known.append(Choice(MOMENT, _("A moment of my own")))
    tomorrow = (page.now.astimezone(voice.zone) + timedelta(days=1)).date()
    blocks = [
        context(
            _(
                "It leaves your list and comes back by itself; a word of the customer brings it"
                " back at once."
            )
        ),
        asked(_("Until when"), radios("when", known, known[0].value)),
        asked(_("Day"), day("snooze_day", given=tomorrow), is_needed=False),
        asked(_("Time"), hour("snooze_time", given=MORNING), is_needed=False),
    ]
    title = _("Snooze this case")
    return framing.modal("snooze", title, page, blocks, voice, submit=_("Snooze it"))


def wait(page: CasePage, voice: Voice) -> dict[str, Any]:
    """Wait for others; ``days`` has it come back by itself."""
    known = [Choice(str(one), ngettext("%(num)s day", "%(num)s days", one)) for one in DAYS]
    back = asked(
        _("Come back by itself"),
        select("days", known, placeholder=_("Not by itself")),
        hint=_("If the customer has not answered after so many days."),
        is_needed=False,
    )
    said = section(_("It waits for the carrier, the warehouse or a bank: its time stands still."))
    title = _("Wait for others")
    return framing.modal("wait", title, page, [said, back], voice, submit=_("Let it wait"))


def escalate(page: CasePage, voice: Voice, *, leads: Sequence[StaffView] = ()) -> dict[str, Any]:
    """Make it more pressing: ``set_priority``, ``staff`` to give it to, ``note`` for them."""
    at = _ORDER.index(page.case.priority)
    higher = _ORDER[min(at + 1, len(_ORDER) - 1)]
    known = [Choice(str(one), _(word)) for one, word in PRIORITIES.items()]
    blocks = [asked(_("Priority"), radios("set_priority", known, str(higher)))]
    if leads:
        field = select("staff", _colleagues(leads), placeholder=_("Nobody else"))
        blocks.append(asked(_("Give it to"), field, is_needed=False))
    hint = _("Only colleagues read this. It never goes to the customer.")
    why = line("note", is_long=True)
    blocks.append(asked(_("Why"), why, hint=hint, is_needed=False))
    title = _("Escalate")
    return framing.modal("escalate", title, page, blocks, voice, submit=_("Escalate it"))


def assign(page: CasePage, colleagues: Sequence[StaffView], voice: Voice) -> dict[str, Any]:
    """Give it to a colleague: ``staff``; of very many one types a part of the name."""
    if not colleagues:
        said = section(_("Nobody else works on this queue."))
        return framing.modal("assign", _("Give to a colleague"), page, [said], voice)
    known = _colleagues(colleagues)
    choose = _("Choose a colleague")
    field = (
        select("staff", known, placeholder=choose)
        if len(known) <= OPTIONS
        else lookup("staff", placeholder=choose, least=1)
    )
    blocks = [asked(_("Colleague"), field)]
    title = _("Give to a colleague")
    return framing.modal("assign", title, page, blocks, voice, submit=_("Give it to them"))


def queue(
    page: CasePage, queues: Sequence[tuple[str, Words]], voice: Voice, *, now_in: str
) -> dict[str, Any]:
    """Move it to another queue: ``set_queue``, by code; ``now_in`` is the code of its own."""
    known = [Choice(code, voice.say(name)) for code, name in queues]
    field = select("set_queue", known, chosen=now_in)
    blocks = [
        asked(_("Queue"), field),
        context(_("Its card moves to the channel of that queue; this thread stays to be read.")),
    ]
    title = _("Move to a queue")
    return framing.modal("queue", title, page, blocks, voice, submit=_("Move it"))


def merge(
    page: CasePage, alike: Sequence[tuple[str, Words, Score]], voice: Voice
) -> dict[str, Any]:
    """Which case is the same: ``alike`` (a number) of what probably is, or ``with`` as typed.

    ``alike`` are number, reason and why each of them is alike.
    """
    blocks: list[Block] = [
        section(
            _(
                "Two cases about one matter become one: nothing is lost, the customer is told"
                " nothing, and it can be put back."
            )
        )
    ]
    if alike:
        known = [
            Choice(
                number,
                f"{number} {voice.say(reason)}",
                " · ".join(_(WHY[why]) for why in score.why if why in WHY),
            )
            for number, reason, score in alike[:5]
        ]
        field = radios("alike", known)
        blocks.append(asked(_("Probably the same"), field, is_needed=False))
    field = line("with", most=40, placeholder=_("For example C-1017"))
    blocks.append(asked(_("Number of the other case"), field, is_needed=not alike))
    title = _("Merge with another")
    return framing.modal("merge", title, page, blocks, voice, submit=_("Look at both"))


def merge_both(page: CasePage, other: CasePage, voice: Voice, *, key: str) -> dict[str, Any]:
    """Both cases side by side: ``stays`` is the number of the one that goes on.

    The memory has ``with``, ``rv`` (the version of the other) and ``key``.
    """
    older = min((page.case, other.case), key=lambda one: (one.opened_at, one.id))
    blocks = [section(_summary(one, voice)) for one in (page, other)]
    known = [
        Choice(
            one.case.number,
            headline(one, voice),
            _("the older one") if one.case.id == older.id else "",
        )
        for one in (page, other)
    ]
    blocks.append(asked(_("Which one goes on?"), radios("stays", known, older.number)))
    blocks.append(
        context(
            _(
                "The other one is closed and points to it. Its conversation, orders, items and"
                " watchers show in the one that goes on, and what the customer writes goes there."
                " You can undo this."
            )
        )
    )
    more: dict[str, int | str] = {
        "other": other.case.number,
        "rv": other.case.version,
        "key": key,
    }
    title = _("Merge two cases")
    return framing.modal(
        "merge_both", title, page, blocks, voice, submit=_("Merge them"), more=more
    )


def resolve(
    page: CasePage,
    voice: Voice,
    *,
    line_endings: Sequence[tuple[str, str]] = (),
    waits_for: str = "",
    asks_customer: bool | None = None,
) -> dict[str, Any]:
    """How it ends: ``code``, ``ending`` (the note), ``lines_ended``, ``despite``.

    Args:
        page: the case.
        voice: how it is said.
        line_endings: as ``cases.taxonomy.panels.line_endings`` offers them.
        waits_for: numbers of open cases that it waits for, once it was refused for them.
        asks_customer: whether they will be asked how satisfied they are; None where not known.
    """
    known = [Choice(one, _(RESOLUTIONS[one])) for one in CHOSEN]
    ending = select("code", known, placeholder=_("Choose how it ended"))
    hint = _("What was done, in a sentence.")
    blocks = [
        *framing.asked(page, voice),
        asked(_("How it ended"), ending),
        asked(_("Note for colleagues"), line("ending", is_long=True, least=1), hint=hint),
    ]
    offered = framing.choices(line_endings)
    if offered:
        field = select("lines_ended", offered, placeholder=_("As the case ended"))
        blocks.append(asked(_("How its open lines ended"), field, is_needed=False))
    if waits_for:
        label = _("It waits for %(numbers)s, which is still open.") % {"numbers": waits_for}
        field = checks("despite", [Choice("yes", _("Resolve it all the same"))])
        blocks.append(asked(label, field, is_needed=False))
    blocks.append(context(_("A customer who writes again within 3 days brings it back.")))
    if asks_customer is not None:
        said = (
            _("The customer is asked later how satisfied they are.")
            if asks_customer
            else _("The customer is not asked how satisfied they are.")
        )
        blocks.append(context(said))
    title = _("Resolve this case")
    return framing.modal("resolve", title, page, blocks, voice, submit=_("Resolve it"))


def reopen(page: CasePage, voice: Voice) -> dict[str, Any]:
    """Open a settled case again."""
    blocks = [section(_("It comes back to the queue, and its times run again."))]
    title = _("Open it again")
    return framing.modal("reopen", title, page, blocks, voice, submit=title)


def promote(page: CasePage, voice: Voice, *, name: str) -> dict[str, Any]:
    """A channel of its own for a hard case: ``name`` and ``private``; the thread stays."""
    channel = line("name", given=shortened(name, MOST_OF_NAME), most=MOST_OF_NAME, least=1)
    closed = checks("private", [Choice("yes", _("Only invited people may read it"))], ["yes"])
    blocks = [
        section(
            _("The card moves to a channel of its own, and comes back when the case is settled.")
        ),
        asked(_("Name of the channel"), channel, hint=_(_NAME_HINT)),
        asked(_("Who may read it"), closed, is_needed=False),
    ]
    title = _("A channel of its own")
    return framing.modal("promote", title, page, blocks, voice, submit=_("Make the channel"))


def _colleagues(people: Sequence[StaffView]) -> list[Choice]:
    return [Choice(str(one.id), one.name) for one in people]


def _summary(page: CasePage, voice: Voice) -> str:
    """A case in a few lines, to be held against another."""
    last = page.asked_in.text if page.asked_in else ""
    order = page.panel.order.number if page.panel else ""
    state = voice.labels.agent(CaseState(page.case.state), page.case.status)
    about = joined([state, voice.name(page.customer), order])
    opened = voice.said.moment(page.case.opened_at)
    return joined(
        [bold(headline(page, voice)), about, opened, shortened(voice.words(last), 160)], "\n"
    )


def _(text: str) -> str:
    return str(gettext(text))
