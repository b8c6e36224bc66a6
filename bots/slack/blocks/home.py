"""The App Home of a colleague: whether they are there, what is due, how the day went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bots.slack import values
from bots.slack.blocks import fitting, results
from bots.slack.blocks.bricks import (
    LABEL,
    Block,
    Choice,
    actions,
    bare,
    button,
    context,
    divider,
    header,
    line,
    section,
    select,
)
from bots.slack.blocks.results import Names
from bots.slack.blocks.speaking import Voice, shortened
from bots.slack.blocks.texts import bold, joined, linked
from cases.finding.queries import Line
from cases.reports import words as figure_words
from cases.reports.figures import Figure, Measured
from cases.routing.queries import AgentView
from cases.routing.states import Presence
from cases.routing.words import PRESENCES
from oms_service.kernel.languages import Words
from oms_service.web.languages import spoken
from oms_service.web.texts import N_, gettext

#: So many of one's own cases, and of the queues', stand there.
MOST_MINE: Final = 12
MOST_WAITING: Final = 8
_SIGNS: Final = {
    Presence.PRESENT: "🟢",
    Presence.BUSY: "🟡",
    Presence.AWAY: "🟠",
    Presence.OFFLINE: "⚪",
}
#: What a day is told by, in this order.
FIGURES: Final = (
    Figure.SETTLED,
    Figure.FIRST_RESPONSE,
    Figure.IN_TIME,
    Figure.SATISFACTION,
)
_COUNTERS: Final[Mapping[str, str]] = {
    "mine": N_("Mine"),
    "overdue": N_("Overdue"),
    "due_soon": N_("Due soon"),
    "unassigned": N_("Unassigned"),
    "waiting": N_("Waiting"),
}


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What a colleague's home is made of.

    ``counts`` are by view of the inbox, ``mine`` by what is due next, ``waiting`` what nobody
    has in their queues. ``today`` are the figures of their day.
    """

    name: str
    agent: AgentView | None
    queues: Mapping[int, Words]
    counts: Mapping[str, int]
    mine: Sequence[Line]
    waiting: Sequence[Line]
    names: Names
    today: Mapping[Figure, Measured]
    now: datetime
    desk_url: str = ""
    form_id: str = ""


def home(desk: Desk, voice: Voice) -> dict[str, Any]:
    """The whole page; what is pressed is ``case:presence``, ``next``, ``show`` and ``find``."""
    blocks = [
        *_me(desk, voice),
        *_search(),
        *_mine(desk, voice),
        *_waiting(desk, voice),
        *_day(desk),
    ]
    if desk.desk_url:
        blocks.append(context(linked(desk.desk_url, _("Open on the desk"))))
    return fitting.home(blocks)


def unlinked(link_url: str) -> dict[str, Any]:
    """The page of somebody of whom we do not know which colleague they are."""
    said = _("You can read cases here. To work on them, say which colleague you are.")
    link = button(_("Link my account"), "person:link", url=link_url, style="primary")
    return fitting.home([header(_("Order desk")), section(said), *actions([link])])


def _me(desk: Desk, voice: Voice) -> list[Block]:
    agent = desk.agent
    blocks: list[Block] = [header(_("Hello %(name)s") % {"name": desk.name})]
    if agent is None:
        blocks.append(section(_("You have no place in routing yet; it takes a few seconds.")))
    else:
        queues = [
            shortened(voice.say(desk.queues[one])) for one in agent.queues if one in desk.queues
        ]
        load = _("Your open cases take %(load)s of %(capacity)s.") % {
            "load": voice.said.number(agent.load),
            "capacity": voice.said.number(agent.capacity),
        }
        there = f"{_SIGNS[agent.presence]} {_(PRESENCES[agent.presence])}"
        if agent.back_at is not None:
            back = _("back at %(when)s") % {"when": voice.said.moment(agent.back_at)}
            there = f"{there} · {back}"
        blocks.append(section(joined([bold(there), load, ", ".join(queues)], "\n")))
    counted = [
        f"{_(word)}: {voice.said.number(desk.counts[view])}"
        for view, word in _COUNTERS.items()
        if view in desk.counts
    ]
    blocks += [context(joined(counted))] if counted else []
    value = values.encode(0, 0, form=desk.form_id) if desk.form_id else values.encode(0, 0)
    take = button(_("Take the next case"), "case:next", value, style="primary")
    return [*blocks, *actions([take, _presence(agent)], block_id="me")]


def _presence(agent: AgentView | None) -> dict[str, Any]:
    known = [Choice(str(one), f"{_SIGNS[one]} {_(word)}") for one, word in PRESENCES.items()]
    chosen = str(agent.presence) if agent else ""
    return select(
        "presence", known, chosen=chosen, placeholder=_("I am"), action_id="case:presence"
    )


def _search() -> list[Block]:
    """Words to look for; Enter is enough."""
    field = line("case:find", placeholder=_("A name, a case number or an order number"), most=80)
    return [
        {
            "type": "input",
            "block_id": "query",
            "dispatch_action": True,
            "optional": True,
            "label": bare(_("Search"), LABEL),
            "element": field | {"dispatch_action_config": _ON_ENTER},
        }
    ]


_ON_ENTER: Final[dict[str, Any]] = {"trigger_actions_on": ["on_enter_pressed"]}


def _mine(desk: Desk, voice: Voice) -> list[Block]:
    lines = _lines(desk.mine, desk, voice, most=MOST_MINE)
    return [
        divider(),
        section(bold(_("Cases that I have"))),
        *(lines or [context(_("Nothing waits for you"))]),
    ]


def _waiting(desk: Desk, voice: Voice) -> list[Block]:
    lines = _lines(desk.waiting, desk, voice, most=MOST_WAITING)
    return [
        divider(),
        section(bold(_("Waiting in my queues"))),
        *(lines or [context(_("Every case has somebody"))]),
    ]


def _lines(of: Sequence[Line], desk: Desk, voice: Voice, *, most: int) -> list[Block]:
    blocks: list[Block] = []
    for one in of[:most]:
        blocks += results.case_line(one, desk.names, voice, now=desk.now)
    return [*blocks, *([context(fitting.more(len(of) - most))] if len(of) > most else [])]


def _day(desk: Desk) -> list[Block]:
    """How the day went, in a few figures; nothing before anything happened."""
    told = [
        (_(figure_words.NAMES[one]), figure_words.value(one, desk.today[one], spoken()))
        for one in FIGURES
        if one in desk.today
    ]
    if not told:
        return []
    said = joined([f"{name}: {value}" for name, value in told])
    return [divider(), section(bold(_("My day"))), context(said)]


def _(text: str) -> str:
    return str(gettext(text))
