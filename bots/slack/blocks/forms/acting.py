"""Doing something about the order of a case: filled in, looked at, then done.

What a form offers are the facts that the desk's own form offers (``cases.acting.showing.facts``,
``oms_service.console.changes_shown.facts``), and its fields are the desk's: one reader serves
both. What it brings stands above the same form, so that nothing typed is lost; whoever changes
anything sees what that brings first, by the digest in the memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bots.slack.blocks.bricks import Block, context, facts, section
from bots.slack.blocks.fitting import more
from bots.slack.blocks.forms import entries, framing
from bots.slack.blocks.forms.entries import Facts, Given
from bots.slack.blocks.speaking import Voice, shortened
from bots.slack.blocks.texts import bold, joined
from cases.acting import showing, words
from cases.acting.previews import Seen, Units
from cases.acting.states import ActKind
from cases.desk.page import CasePage
from oms_service.kernel.money import Money
from oms_service.web.texts import gettext

#: What has a form here: all that the desk has one for.
KINDS: Final = tuple(entries.FORMS)
_MOST_REFUSALS: Final = 5


@dataclass(frozen=True, kw_only=True)
class Doing:
    """How far somebody is with a form.

    ``key`` is the form's own name: sent twice, it is done once. ``given`` is what was filled in
    before, ``seen`` what that brings: the next sending does it, unless something was changed.
    ``refusals`` say in sentences why it cannot be done; ``desk_url`` is where the rest of a very
    long order is chosen.
    """

    key: str
    given: Given = field(default_factory=dict, hash=False)
    seen: Seen | None = None
    refusals: Sequence[str] = ()
    desk_url: str = ""


def act(
    page: CasePage, kind: ActKind, offered: Facts, doing: Doing, voice: Voice
) -> dict[str, Any]:
    """One thing to do: its form, above it what it would bring once that was asked for.

    ``offered`` is what the form of this kind offers. The memory has ``kind``, ``key``, ``order``
    and, once something was looked at, its ``digest``.
    """
    brings = doing.seen if not doing.refusals else None
    name, means, button = words.KINDS[kind]
    number = page.panel.order.number if page.panel else ""
    blocks = [
        *_refused(doing.refusals),
        *(_brought(brings, kind, voice) if brings else ()),
        section(joined([_(means), number], " · ")),
        *entries.FORMS[kind](offered, doing.given, voice, doing.desk_url),
    ]
    has_second = brings is not None and brings.needs_second_person
    is_possible = any(one["type"] == "input" for one in blocks)
    submit = _("Preview the change") if is_possible else ""
    if brings is not None:
        submit = _("Have a colleague agree") if has_second else _(button)
    memory: dict[str, int | str] = {"kind": str(kind), "key": doing.key}
    if number:
        memory["order"] = number
    if brings is not None:
        memory["digest"] = brings.digest
    return framing.modal("act", _(name), page, blocks, voice, submit=submit, more=memory)


# What it brings


def _refused(refusals: Sequence[str]) -> list[Block]:
    if not refusals:
        return []
    lines = [f"• {one}" for one in refusals[:_MOST_REFUSALS]]
    return [section(joined([bold(f"⚠️ {_('This cannot be done.')}"), *lines], "\n"))]


def _brought(seen: Seen, kind: ActKind, voice: Voice) -> list[Block]:
    doubts = [f"{showing.cause(one)} {_('You may decide it now.')}" for one in seen.doubts[:5]]
    blocks = [section(bold(_("What changes")))]
    blocks += [context(*doubts)] if doubts else []
    blocks += facts(_changes(seen, kind, voice))
    blocks.append(context(showing.told(kind)))
    if seen.needs_second_person:
        said = _("This is above your limit: a colleague has to agree before it is paid.")
        blocks.append(section(bold(f"👥 {said}")))
    return blocks


def _changes(seen: Seen, kind: ActKind, voice: Voice) -> list[tuple[str, str]]:
    if seen.change is not None:
        return _of_change(seen, kind, voice)
    back = _("Goes back once the goods are here") if kind is ActKind.RETURN else _("Goes back")
    return [
        (back, _ways(seen, kind, voice)),
        (_("Taken off"), _money(seen.fee, voice)),
        (_("To be paid by the customer"), _money(seen.due, voice)),
        (
            _("May still go back then"),
            "" if seen.left_after is None else voice.money(seen.left_after),
        ),
        (_("Comes back"), _units(seen.comes_back, voice)),
        (_("Is sent"), _units(seen.is_sent, voice)),
        (_("What arrived"), _("stays with the customer") if seen.goods_stay else ""),
        (_("Why"), _(words.HOLDS[seen.hold]) if seen.hold else ""),
        (_("Return number"), seen.return_number),
        (_("Sent already"), voice.said.moment(seen.sent_before) if seen.sent_before else ""),
    ]


def _of_change(seen: Seen, kind: ActKind, voice: Voice) -> list[tuple[str, str]]:
    change = seen.change
    if change is None:
        return []
    costs = voice.money(change.after)
    if kind is ActKind.CANCEL and not change.after.minor:
        costs = f"{voice.money(change.before)} → {_('cancelled')}"
    elif change.before != change.after:
        costs = f"{voice.money(change.before)} → {voice.money(change.after)}"
    arrives = change.arrival.after
    moves = [
        f"{shortened(voice.say(one.name))} × {abs(one.quantity)}"
        + (f" ({_('Back on the shelf')})" if one.quantity > 0 else "")
        for one in change.stock[:10]
    ]
    return [
        (_("The order costs"), costs),
        (_("To be paid now"), _money(seen.due, voice)),
        (_("Goes back"), _money(seen.refund, voice)),
        (_("Goods"), "\n".join([*moves, *_rest(change.stock, 10)])),
        (
            _("Arrives"),
            _("by %(day)s") % {"day": voice.said.day(arrives)}
            if arrives and kind is not ActKind.CANCEL
            else "",
        ),
    ]


def _ways(seen: Seen, kind: ActKind, voice: Voice) -> str:
    if seen.refund is None or not seen.refund.minor:
        return ""
    lines = [voice.money(seen.refund)]
    for way in seen.ways:
        if way.method is not None:
            how = entries.way_to_pay(way.method, voice)
        elif kind is ActKind.STORE_CREDIT:
            how = _("the customer's store credit")
        else:
            how = _("by hand, as it is not known how it was paid")
        lines.append(f"{voice.money(way.amount)}: {how}")
    return "\n".join(lines)


def _money(amount: Money | None, voice: Voice) -> str:
    return voice.money(amount) if amount is not None and amount.minor else ""


def _units(goods: Sequence[Units], voice: Voice) -> str:
    shown = [f"{shortened(voice.say(one.name)) or one.sku} × {one.quantity}" for one in goods[:10]]
    return "\n".join([*shown, *_rest(goods, 10)])


def _rest(of: Sequence[object], shown: int) -> list[str]:
    return [more(len(of) - shown)] if len(of) > shown else []


def _(text: str) -> str:
    return str(gettext(text))
