"""What was found: cases and orders in a list, each with the way to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bots.slack import values
from bots.slack.blocks import fitting
from bots.slack.blocks.bricks import Block, button, context, section
from bots.slack.blocks.fitting import Message, listing, part
from bots.slack.blocks.speaking import Sight, Voice, priority, shortened
from bots.slack.blocks.texts import Mark, bold, esc, joined
from cases.finding.queries import Line
from cases.states import Priority
from oms_service.kernel.languages import Words
from oms_service.orders.queries import OrderSummary
from oms_service.web.texts import N_, gettext

#: So many lines of a list are shown; of more one searches further.
MOST: Final = 15
_RANKS: Final = (Priority.URGENT, Priority.HIGH, Priority.NORMAL, Priority.LOW)
SHOW: Final = N_("Show")


@dataclass(frozen=True, kw_only=True)
class Names:
    """What codes and ids of a list are called."""

    reasons: Mapping[str, Words]
    staff: Mapping[int, str]


@dataclass(frozen=True, kw_only=True)
class Found:
    """What fits: ``count`` says how much there is, where more is than is given.

    ``is_close``: nothing is written exactly so.
    """

    searched: str
    cases: Sequence[Line] = ()
    orders: Sequence[OrderSummary] = ()
    count: int = 0
    is_close: bool = False


def message(found: Found, names: Names, voice: Voice, *, now: datetime) -> Message:
    """A list as a message that one reader sees."""
    title = _title(found)
    entries = _entries(found, names, voice, now)
    parts = [
        part(0, [section(bold(title))]),
        part(1, [context(_(CLOSE))] if found.is_close else []),
        listing(2, entries[:MOST], count=max(found.count, len(entries))),
    ]
    return fitting.message(parts, title)


def modal(found: Found, names: Names, voice: Voice, *, now: datetime) -> dict[str, Any]:
    """The same as a dialog."""
    entries = _entries(found, names, voice, now)
    count = max(found.count, len(entries))
    blocks: list[Block] = [section(bold(_title(found)))]
    blocks += [context(_(CLOSE))] if found.is_close else []
    blocks += [block for one in entries[: 2 * MOST] for block in one]
    if count > 2 * MOST:
        blocks.append(context(fitting.more(count - 2 * MOST)))
    return fitting.modal("case:found", _("Search"), blocks, memory=values.encode(0, 0))


CLOSE: Final = N_("Nothing is written exactly so. These come close.")


def case_line(line: Line, names: Names, voice: Voice, *, now: datetime) -> list[Block]:
    """One case of a list, with the button that shows its card."""
    value = values.encode(line.case_id, 0)
    show = button(_(SHOW), "case:show", value, said=f"{_(SHOW)} {line.number}")
    return [section(case_words(line, names, voice, now=now), accessory=show)]


def case_words(line: Line, names: Names, voice: Voice, *, now: datetime) -> Mark:
    """One case in two lines: which, whose, how soon; and what was said last."""
    reason = voice.say(names.reasons.get(line.reason, {})) or line.reason
    head = joined(
        [bold(f"{line.number} {shortened(reason)}"), priority(_RANKS[line.priority_rank])]
    )
    who = names.staff.get(line.assignee_id or 0, "") or _("nobody yet")
    about = joined(
        [
            voice.name_of(line.customer_name),
            shortened(line.order_number),
            voice.labels.agent(line.state),
            shortened(who),
            due(line, voice, now=now),
        ]
    )
    said = "".join(one.text for one in line.parts) or line.excerpt
    quoted = shortened(voice.words(said), 160) if voice.sight is not Sight.NONE else ""
    return joined([head, about, esc(quoted)], "\n")


def due(line: Line, voice: Voice, *, now: datetime) -> str:
    """When the case has to be answered or settled next."""
    if line.due_at is None:
        return ""
    when = voice.said.moment(line.due_at)
    if line.due_at <= now:
        return f"⚠️ {_('Overdue since %(when)s') % {'when': when}}"
    return _("Due %(when)s") % {"when": when}


def _entries(found: Found, names: Names, voice: Voice, now: datetime) -> list[list[Block]]:
    cases = [case_line(one, names, voice, now=now) for one in found.cases]
    return cases + [_order_line(one, voice) for one in found.orders]


def _order_line(one: OrderSummary, voice: Voice) -> list[Block]:
    order = one.order
    value = values.encode(0, 0, order=order.number)
    show = button(_(SHOW), "case:order", value, said=f"{_(SHOW)} {order.number}")
    placed = voice.said.moment(order.placed_at) if order.placed_at else ""
    name = shortened(voice.say(one.first_item))
    items = voice.said.items(name, one.further_items) if name else ""
    head = bold(_("Order %(number)s") % {"number": order.number})
    return [
        section(
            joined([head, joined([placed, items, voice.money(order.total)])], "\n"),
            accessory=show,
        )
    ]


def _title(found: Found) -> str:
    searched = shortened(found.searched, 80)
    if not (found.cases or found.orders):
        return _("Nothing fits “%(words)s”") % {"words": searched}
    return _("Found for “%(words)s”") % {"words": searched}


def _(text: str) -> str:
    return str(gettext(text))
