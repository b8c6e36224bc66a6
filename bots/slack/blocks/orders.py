"""An order that was looked up: where it is, its parcels, its money, its returns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from bots.slack import values
from bots.slack.blocks import fitting, ordered
from bots.slack.blocks.bricks import (
    Block,
    Element,
    actions,
    button,
    context,
    facts,
    header,
    section,
)
from bots.slack.blocks.fitting import Message, Part, listing, part
from bots.slack.blocks.speaking import Voice, shortened
from bots.slack.blocks.texts import Mark, bold, esc, joined, linked
from cases.desk.page import OrderPanel
from cases.progress import STEPS
from oms_service.console import orders_words, payments_words, returns_words
from oms_service.customers.queries import CustomerView
from oms_service.history.tracking import TrackedParcel
from oms_service.web.texts import gettext

#: Of each kind of thing a look shows so many, a dialog more.
_FEW: Final = 5
_MANY: Final = 20
_SIGNS: Final = {"done": "●", "current": "◉", "trouble": "⚠️", "next": "○"}


@dataclass(frozen=True, kw_only=True)
class Looked:
    """An order as somebody looks at it: from a case, or by its number alone.

    ``case`` names an open case of the order and leads to it by ``case_id``; ``may_open`` says
    that one could be opened.
    """

    panel: OrderPanel
    customer: CustomerView | None
    desk_url: str = ""
    case_id: int = 0
    version: int = 0
    case: str = ""
    may_open: bool = False


def message(looked: Looked, voice: Voice) -> Message:
    """An order as a message: as much of it as fits."""
    parts = [
        part(0, [header(_title(looked))]),
        part(0, [section(_steps(looked.panel))]),
        part(0, facts(_facts(looked, voice))),
        _listed(2, [_parcel(one, voice) for one in looked.panel.tracking.parcels]),
        part(1, [section(ordered.items(looked.panel.lines, voice))] if looked.panel.lines else []),
        _listed(3, _money(looked, voice)),
        part(0, actions(_presses(looked))),
        part(
            1, [context(linked(looked.desk_url, _("Open on the desk")))] if looked.desk_url else []
        ),
    ]
    where = _(STEPS[looked.panel.tracking.step])
    text = " · ".join((_title(looked), voice.name(looked.customer), where))
    return fitting.message(parts, text)


def modal(looked: Looked, voice: Voice) -> dict[str, Any]:
    """The same as a dialog, with more of its parcels, items and money."""
    panel = looked.panel
    parcels = [_parcel(one, voice) for one in panel.tracking.parcels]
    blocks: list[Block] = [
        section(_steps(panel)),
        *facts(_facts(looked, voice)),
        *_some(parcels, _MANY),
        *_some([[section(row)] for row in _rows(looked, voice)], _MANY),
        *_some(_money(looked, voice), _MANY),
        *actions(_presses(looked)),
    ]
    if looked.desk_url:
        blocks.append(context(linked(looked.desk_url, _("Open on the desk"))))
    memory = values.encode(looked.case_id, looked.version, order=panel.order.number)
    return fitting.modal("case:order", panel.order.number, blocks, memory=memory)


def _title(looked: Looked) -> str:
    return _("Order %(number)s") % {"number": looked.panel.order.number}


def _steps(panel: OrderPanel) -> str:
    """The way of an order; where it is stands out."""
    said = [
        bold(f"{_SIGNS[stands]} {_(STEPS[step])}")
        if stands in {"current", "trouble"}
        else esc(f"{_SIGNS[stands]} {_(STEPS[step])}")
        for step, stands in panel.steps()
    ]
    return joined(said, "   ")


def _facts(looked: Looked, voice: Voice) -> list[tuple[str, str]]:
    panel = looked.panel
    order, tracking = panel.order, panel.tracking
    left = ordered.left_to_refund(panel)
    states = [
        _(orders_words.ORDER[order.order_state][0]),
        _(orders_words.PAYMENT[order.payment_state][0]),
        _(orders_words.FULFILMENT[order.fulfilment_state][0]),
    ]
    when = ordered.expected(tracking.window, tracking.promised, tracking.moved, voice)
    return [
        (_("Customer"), joined([voice.name(looked.customer), voice.tier(looked.customer)])),
        (_("Placed"), voice.said.moment(order.placed_at) if order.placed_at else ""),
        (_("Status"), "\n".join(states)),
        (_("Expected"), when if tracking.is_under_way else ""),
        (_("Total"), ordered.money(panel, left, voice)),
        (_("Case"), looked.case),
    ]


def _parcel(one: TrackedParcel, voice: Voice) -> list[Block]:
    """One parcel: who brings it, where it was seen last, when it should be there."""
    seen = ""
    if one.last_scan is not None:
        place = shortened(one.last_scan.place)
        seen = joined([_(STEPS[one.step]), place, voice.said.moment(one.last_scan.occurred_at)])
    when = ordered.expected(one.window, one.promised, one.moved, voice)
    if one.delivered_at is not None:
        when = _("Delivered %(when)s") % {"when": voice.said.moment(one.delivered_at)}
    lines = [joined([Mark("📦"), ordered.parcel(one, voice)], " "), seen, when]
    return [section(joined(lines, "\n"))]


def _rows(looked: Looked, voice: Voice) -> list[Mark]:
    """Every line: what it is, what it costs, how far its units are."""
    rows = []
    for line in looked.panel.lines:
        price = voice.money(line.unit_price)
        rows.append(
            joined([ordered.item(line, line.counters.ordered, voice), price, line.sku[:60]])
        )
    return rows


def _money(looked: Looked, voice: Voice) -> list[list[Block]]:
    """Refunds and returns, each with how far it is."""
    panel = looked.panel
    found = []
    for refund in panel.refunds:
        state = _(payments_words.REFUNDS[refund.state][0])
        why = _(payments_words.why(refund.reason))
        when = voice.said.moment(refund.settled_at or refund.requested_at)
        name = _("Refund of %(money)s") % {"money": voice.money(refund.amount)}
        found.append(joined([bold(name), state, why, when]))
    for one in panel.returns:
        state = _(returns_words.STATES[one.state][0])
        name = f"{_(returns_words.KINDS[one.kind])} {one.number}"
        found.append(joined([bold(name), state, voice.money(one.refund)]))
    return [[section(said)] for said in found]


def _presses(looked: Looked) -> list[Element | None]:
    number = looked.panel.order.number
    value = values.encode(looked.case_id, looked.version, order=number)
    show = button(_("Show the case"), "case:show", value) if looked.case_id else None
    is_new = looked.may_open and not looked.case_id
    new = button(_("Open a case…"), "case:new", value, style="primary") if is_new else None
    past = button(_("Whole history"), "case:history", value)
    stock = button(_("Stock by location"), "case:stock", value)
    return [new, show, past, stock]


def _listed(rank: int, entries: Sequence[list[Block]]) -> Part:
    return listing(rank, entries[:_FEW], count=len(entries)) if entries else part(rank, [])


def _some(entries: Sequence[list[Block]], most: int) -> list[Block]:
    shown = [block for one in entries[:most] for block in one]
    rest = len(entries) - most
    return [*shown, *([context(fitting.more(rest))] if rest > 0 else [])]


def _(text: str) -> str:
    return str(gettext(text))
