"""The card of a case: the root of its thread, drawn anew whenever anything about it changes.

It is the same for all who look, so it shows what can be done by anybody; who presses is
authorised then. A reply in the thread is an internal note, and the card says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bots.slack import values
from bots.slack.blocks import fitting, ordered, waiting
from bots.slack.blocks.bricks import (
    Block,
    Choice,
    Element,
    actions,
    button,
    context,
    facts,
    header,
    overflow,
    quote,
    section,
)
from bots.slack.blocks.fitting import Message, Part, part
from bots.slack.blocks.speaking import Voice, channel, language, priority, shortened
from bots.slack.blocks.texts import Mark, bold, esc, joined, linked, mark
from bots.slack.blocks.waiting import Asked, Waits
from bots.talks.words import WISHES
from cases.desk import writing_words
from cases.desk.page import CasePage
from cases.sla import words as answer_words
from cases.states import CASE, CaseAction, CaseState, EntryKind
from cases.words import RESOLUTIONS
from cases.writing.suggesting import Advice, Suggestion
from oms_service.kernel.languages import Words
from oms_service.kernel.money import Money
from oms_service.web.texts import N_, gettext

#: How much of what the customer wrote stands on the card; the thread has all of it.
MOST_QUOTED: Final = 600
_MOST_CLOCKS: Final = 2
_MOST_ADVICE: Final = 2
#: Everything else that can be done, by its verb; ``menu`` has them all.
MORE: Final = "all"
OVERFLOW: Final[Mapping[str, str]] = {
    "reject": N_("Reject…"),
    "ask": N_("Ask for information…"),
    "refund": N_("Refund…"),
    "snooze": N_("Snooze…"),
    "assign": N_("Assign…"),
    "history": N_("Whole history"),
    MORE: N_("Everything else…"),
}
NOTE_HINT: Final = N_(
    "What you write in this thread is an internal note. Only “Reply” writes to the customer."
)


@dataclass(frozen=True, kw_only=True)
class Beside:
    """What the card needs beside the page of the case.

    ``desk_url`` is the page of the case, ``left`` what may still go back, where the operations
    have said it; else it follows from the page. ``macros`` are titles by code.
    """

    queue: Words
    desk_url: str
    asked: Asked = field(default_factory=Asked)
    left: Money | None = None
    suggestions: Sequence[Suggestion] = ()
    macros: Mapping[str, Words] = field(default_factory=dict, hash=False)
    #: The number of the case that this one has become part of, and its page.
    merged_into: str = ""
    merged_url: str = ""


def card(page: CasePage, beside: Beside, voice: Voice) -> Message:
    """The whole card, as far as it fits; what matters least is left out first."""
    summary = summarised(page, voice)
    if beside.merged_into or not page.is_active:
        return fitting.message(_settled(page, beside, voice), summary)
    found = waiting.of_case(page, beside.asked, voice)
    parts = [
        part(0, [header(headline(page, voice))]),
        part(0, facts(_facts(page, beside, voice))),
        part(0, _decisions(found)),
        part(3, _items(page, voice)),
        part(4, _bot(page)),
        part(2, _said(page, voice)),
        part(5, _advice(beside, voice)),
        part(0, _presses(page, beside, found)),
        part(1, [context(joined([_(NOTE_HINT), _desk(beside)]))]),
    ]
    return fitting.message(parts, summary)


def headline(page: CasePage, voice: Voice) -> str:
    """Which case it is, and how soon: "C-1042 · Return · 🔴 Urgent"."""
    said = [page.case.number, voice.say(page.reason), priority(page.case.priority)]
    return " · ".join(shortened(one) for one in said if one)


def summarised(page: CasePage, voice: Voice) -> str:
    """The card in a sentence, for notifications and screen readers."""
    return " · ".join(
        one
        for one in (headline(page, voice), voice.name(page.customer), standing(page, voice))
        if one
    )


def standing(page: CasePage, voice: Voice) -> str:
    """How the case stands and who has it: "In progress, with Mika"."""
    case = page.case
    state = voice.labels.agent(case.state, case.status)
    if case.state is CaseState.SNOOZED and case.snoozed_until is not None:
        state = f"{state} ({voice.said.moment(case.snoozed_until)})"
    whose = _("with %(name)s") % {"name": page.assignee} if page.assignee else _("nobody yet")
    return f"{state} · {whose}"


# What is known


def _facts(page: CasePage, beside: Beside, voice: Voice) -> list[tuple[str, str]]:
    customer = joined([voice.name(page.customer), voice.tier(page.customer)])
    where = [channel(page.case.channel), language(page.case.language)]
    return [
        (_("Customer"), customer),
        (_("Status"), joined([standing(page, voice), voice.say(beside.queue)], "\n")),
        (_("Answer times"), _due(page, voice)),
        *_of_order(page, beside, voice),
        (_("Channel and language"), " · ".join(where)),
    ]


def _due(page: CasePage, voice: Voice) -> str:
    told = answer_words.told(page.clocks, voice.said, now=page.now)[:_MOST_CLOCKS]
    return "\n".join(f"⚠️ {one.text}" if one.tone == "danger" else one.text for one in told)


def _of_order(page: CasePage, beside: Beside, voice: Voice) -> list[tuple[str, str]]:
    panel = page.panel
    if panel is None:
        return []
    order, tracking = panel.order, panel.tracking
    placed = (
        _("placed %(when)s") % {"when": voice.said.moment(order.placed_at)}
        if order.placed_at
        else ""
    )
    left = ordered.left_to_refund(panel) if beside.left is None else beside.left
    when = ordered.expected(tracking.window, tracking.promised, tracking.moved, voice)
    return [
        (_("Order"), joined([order.number, ordered.step(tracking), placed], "\n")),
        (_("Parcels"), ordered.parcels(tracking, voice)),
        (_("Expected"), when if tracking.is_under_way else ""),
        (_("Total"), ordered.money(panel, left, voice)),
    ]


def _decisions(found: Sequence[Waits]) -> list[Block]:
    return [section(joined([bold(one.title), one.detail], "\n")) for one in found[:3]]


def _items(page: CasePage, voice: Voice) -> list[Block]:
    if page.panel is None or not page.panel.lines:
        return []
    return [section(ordered.items(page.panel.lines, voice))]


def _said(page: CasePage, voice: Voice) -> list[Block]:
    """What the customer last wrote, in their own words."""
    said = page.asked_in
    if said is None or not said.text.strip():
        return []
    who = voice.name(page.customer)
    when = _("%(who)s wrote, %(when)s:") % {"who": who, "when": voice.said.moment(said.at)}
    return [context(when), quote(voice.words(said.text), MOST_QUOTED)]


def _bot(page: CasePage) -> list[Block]:
    """What the bot found out before it passed the matter on."""
    given = [
        dict(line.entry.data.get("summary") or {})
        for line in page.thread
        if line.entry is not None
        and line.entry.kind in {EntryKind.OPENED, EntryKind.APPENDED}
        and isinstance(line.entry.data.get("summary"), Mapping)
    ]
    known = next((one for one in reversed(given) if one.get("wish")), None)
    if known is None:
        return []
    wishes = [known["wish"], *(known.get("further_wishes") or ())]
    said = list(dict.fromkeys(_(WISHES[one]) for one in wishes if one in WISHES))
    proved = (
        _("Who they are is proved.")
        if known.get("is_identified")
        else _("Who they are is not proved.")
    )
    told = _("From the chat: %(wishes)s") % {"wishes": ", ".join(said)} if said else ""
    rule = _(page.rule) if page.rule else ""
    return [context(joined([one for one in (told, proved, rule) if one]))]


def _advice(beside: Beside, voice: Voice) -> list[Block]:
    """What is suggested beyond what the buttons offer."""
    told = []
    for one in beside.suggestions:
        if one.advice in {Advice.TAKE, Advice.DECIDE}:
            continue
        said = advised(one, beside.macros, voice)
        if said:
            told.append(said)
    lines = [f"💡 {one}" for one in told[:_MOST_ADVICE]]
    return [context(*lines)] if lines else []


def advised(one: Suggestion, macros: Mapping[str, Words], voice: Voice) -> str:
    """A suggestion with its why, in one line."""
    told = writing_words.told(one, macros)
    value = one.value
    if one.advice is Advice.MACRO:
        if one.value not in macros:
            return ""
        value = shortened(voice.say(told.title), 60)
    if one.advice is Advice.RESOLVE:
        value = writing_words.ending(one.value)
    until = voice.said.moment(one.until) if one.until else ""
    what = gettext(told.words, value=value)
    return joined([f"{what}: {told.why}", until], " ")


# What can be pressed


def _presses(page: CasePage, beside: Beside, found: Sequence[Waits]) -> list[Block]:
    """At most five: what is most wanted in this state, and the menu for the rest."""
    case = page.case
    value = values.encode(case.id, case.version)
    able = CASE.actions_from(case.state)
    take = case.assignee_id is None
    first: list[Element] = []
    if found:
        first.append(
            button(_(_yes(found[0])), "case:approve", found[0].value(page), style="primary")
        )
    if take:
        style = "" if found else "primary"
        first.append(button(_("Take it"), "case:take", value, style=style))
    elif found:
        first.append(button(_("Reject…"), "case:reject", found[0].value(page)))
    elif CaseAction.RESUME in able:
        first.append(button(_("Work on it again"), "case:resume", value))
    first.append(button(_("Reply…"), "case:reply", value))
    first.append(button(_("Resolve…"), "case:resolve", value))
    menu = overflow("case:more", _menu(page, beside, found, is_rejectable=take))
    return actions([*first[:4], menu], block_id="case")


def _yes(one: Waits) -> str:
    return N_("Agree…") if one.what is waiting.Ask.REFUND else N_("Approve…")


def _menu(
    page: CasePage, beside: Beside, found: Sequence[Waits], *, is_rejectable: bool
) -> list[Choice]:
    """Four of the most useful in this state, then everything."""
    left = beside.left
    if left is None and page.panel is not None:
        left = ordered.left_to_refund(page.panel)
    wanted = {
        "reject": bool(found) and is_rejectable,
        "refund": left is not None and left.minor > 0,
        "ask": page.case.state is not CaseState.WAITING_CUSTOMER and not page.case.is_internal,
        "snooze": CaseAction.SNOOZE in CASE.actions_from(page.case.state),
        "assign": True,
        "history": True,
    }
    verbs = [verb for verb, is_wanted in wanted.items() if is_wanted][:4]
    return [_choice(page, verb, found) for verb in (*verbs, MORE)]


def _choice(page: CasePage, verb: str, found: Sequence[Waits] = ()) -> Choice:
    more: dict[str, values.More] = {"do": verb}
    if verb == "reject" and found:
        more |= {"what": str(found[0].what), "ref": found[0].ref, "rv": found[0].version}
    return Choice(values.encode(page.case.id, page.case.version, **more), _(OVERFLOW[verb]))


# What is settled


def _settled(page: CasePage, beside: Beside, voice: Voice) -> list[Part]:
    """A line or two: how it ended, and the way back."""
    order = page.panel.order.number if page.panel else ""
    about = [bold(headline(page, voice)), voice.name(page.customer), order]
    return [
        part(0, [section(joined([joined(about), _ended(page, beside, voice)], "\n"))]),
        part(0, actions(_ways_back(page, beside), block_id="case")),
        part(1, [context(joined([esc(_when(page, voice)), _desk(beside)]))]),
    ]


def _ended(page: CasePage, beside: Beside, voice: Voice) -> Mark:
    if beside.merged_into:
        number = linked(beside.merged_url, beside.merged_into)
        return mark("🔗 " + _("Is part of %(number)s now. Go on there."), number=number)
    ending = RESOLUTIONS.get(page.case.resolution, "")
    state = voice.labels.agent(page.case.state, page.case.status)
    return joined([f"✅ {state}", _(ending) if ending else "", page.assignee])


def _when(page: CasePage, voice: Voice) -> str:
    at = page.case.resolved_at
    return voice.said.moment(at) if at is not None else ""


def _ways_back(page: CasePage, beside: Beside) -> list[Element | None]:
    case = page.case
    value = values.encode(case.id, case.version)
    if beside.merged_into:
        return []
    is_open_again = CaseAction.REOPEN in CASE.actions_from(case.state)
    again = button(_("Open it again"), "case:reopen", value) if is_open_again else None
    past = OVERFLOW["history"]
    return [again, button(_(past), "case:history", value)]


def _desk(beside: Beside) -> Mark:
    return linked(beside.desk_url, _("Open on the desk")) if beside.desk_url else Mark("")


def _(text: str) -> str:
    return str(gettext(text))
