"""Doing something about the order of a case: filled in, looked at, then done.

What a form offers are the facts that the desk's own form offers (``cases.acting.showing.facts``,
``oms_service.console.changes_shown.facts``), and its fields are the desk's: one reader serves
both. What it brings stands above the same form, so that nothing typed is lost; whoever changes
anything sees what that brings first, by the digest in the memory.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from bots.slack.blocks import ordered
from bots.slack.blocks.bricks import (
    EMPTY,
    OPTIONS,
    Block,
    Choice,
    asked,
    checks,
    context,
    count,
    day,
    facts,
    grouped,
    line,
    radios,
    section,
    select,
)
from bots.slack.blocks.fitting import more
from bots.slack.blocks.forms import framing
from bots.slack.blocks.speaking import Sight, Voice, shortened
from bots.slack.blocks.texts import bold, joined, linked
from cases.acting import showing, words
from cases.acting.previews import Seen, Units
from cases.acting.states import ActKind
from cases.desk.page import CasePage
from oms_service.console import changes_words, orders_words
from oms_service.kernel.money import Money
from oms_service.orders.queries import LineView
from oms_service.web import countries
from oms_service.web.languages import spoken
from oms_service.web.texts import gettext

Given = Mapping[str, str]
Facts = Mapping[str, Any]

#: What has a form here; the rest is done on the desk.
KINDS: Final = (
    ActKind.REFUND,
    ActKind.STORE_CREDIT,
    ActKind.REPLACEMENT,
    ActKind.RETURN,
    ActKind.LABEL,
    ActKind.CANCEL,
    ActKind.ADDRESS,
    ActKind.QUANTITY,
    ActKind.DELIVERY,
    ActKind.HOLD,
    ActKind.RELEASE,
)
#: Of an order with very many lines, so many have an entry of their own.
MOST_LINES: Final = 40
_MOST_REFUSALS: Final = 5
_LONGEST_PART: Final = 200
#: Where an address says no country, as on the desk.
_HOME: Final = "JP"


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

    ``kind`` is one of ``KINDS``, ``offered`` what its form offers. The memory has ``kind``,
    ``key``, ``order`` and, once something was looked at, its ``digest``.

    Raises:
        KeyError: this kind has no form here.
    """
    brings = doing.seen if not doing.refusals else None
    name, means, button = words.KINDS[kind]
    number = page.panel.order.number if page.panel else ""
    blocks = [
        *_refused(doing.refusals),
        *(_brought(brings, kind, voice) if brings else ()),
        section(joined([_(means), number], " · ")),
        *_FORMS[kind](offered, doing.given, voice, doing.desk_url),
    ]
    has_second = brings is not None and brings.needs_second_person
    submit = _("Preview the change")
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
            how = _(orders_words.METHODS[way.method.kind])
            if voice.sight is Sight.ALL and way.method.last_four:
                how = f"{how} …{way.method.last_four}"
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


# What is filled in


def _refund(offered: Facts, given: Given, voice: Voice, url: str) -> list[Block]:
    left = offered["refundable"]
    said = _("%(left)s of %(captured)s may still go back.") % {
        "left": voice.money(left.left),
        "captured": voice.money(left.captured),
    }
    hints = {"all": voice.money(left.left), "shipping": voice.money(left.shipping)}
    scopes = [
        Choice(value, label, hints.get(value, ""))
        for value, label in offered["scopes"]
        if value != "shipping" or left.shipping.minor
    ]
    parts = framing.choices(offered["parts_of"])
    amount = line("amount", given=given.get("amount", ""), most=20)
    return [
        section(said),
        asked(_("How much"), radios("scope", scopes, given.get("scope", "all"))),
        asked(
            _("An amount"),
            amount,
            hint=_("Only where an amount is chosen above."),
            is_needed=False,
        ),
        asked(
            _("The amount is for"),
            select("part", parts, chosen=given.get("part", parts[0].value)),
            is_needed=False,
        ),
        *_lines(offered, given, voice, url),
        _why(offered, given),
    ]


def _goods(offered: Facts, given: Given, voice: Voice, url: str) -> list[Block]:
    return [*_lines(offered, given, voice, url), _why(offered, given)]


def _replacement(offered: Facts, given: Given, voice: Voice, url: str) -> list[Block]:
    seen = [Choice("yes", _("The customer has sent a photo"))]
    photo = checks("photo", seen, ["yes"] if given.get("photo") == "yes" else [])
    return [
        *_goods(offered, given, voice, url),
        asked(_("Evidence"), photo, is_needed=False),
    ]


def _label(offered: Facts, given: Given, voice: Voice, url: str) -> list[Block]:
    del voice, url
    known = framing.choices(offered["labels"])
    if not known:
        return [context(_("No return of this order is expected."))]
    entry = select("return_number", known, chosen=given.get("return_number", known[0].value))
    return [asked(_("Return"), entry)]


def _reason(offered: Facts, given: Given, voice: Voice, url: str) -> list[Block]:
    del voice, url
    return [_why(offered, given)]


def _cancel(offered: Facts, given: Given, voice: Voice, url: str) -> list[Block]:
    why = [(one, _(changes_words.REASONS.get(one, one))) for one in offered["reasons"]]
    blocks = [_why({"reasons": why}, given)]
    if offered.get("in_part") and sum(offered["left"].values()) > 1:
        scopes = [
            Choice("whole", _("The whole order")),
            Choice("part", _("Only these units")),
        ]
        entry = radios("scope", scopes, given.get("scope", "whole"))
        blocks += [asked(_("How much"), entry), *_lines(offered, given, voice, url)]
    return blocks


def _address(offered: Facts, given: Given, voice: Voice, url: str) -> list[Block]:
    del url
    # Where it goes now is read by nobody who may not see where customers live.
    now = offered.get("address") or {} if voice.sight is Sight.ALL else {}
    blocks = []
    for name, (label, _fills) in changes_words.ADDRESS.items():
        before = str(given.get(name, now.get(name, "")) or "")
        if name == "country":
            entry = grouped(name, _countries(), chosen=before or _HOME)
        else:
            entry = line(name, given=before, most=_LONGEST_PART)
        is_needed = name not in changes_words.NOT_NEEDED
        blocks.append(asked(_(label), entry, is_needed=is_needed))
    return blocks


def _countries() -> list[tuple[str, list[Choice]]]:
    """Every country by name, in as many parts as Slack wants them in."""
    known = [Choice(code, said) for code, said in countries.choices(spoken(), _HOME)]
    parts = [known[at : at + OPTIONS] for at in range(0, len(known), OPTIONS)]
    return [(f"{one[0].label} – {one[-1].label}", one) for one in parts]


def _quantity(offered: Facts, given: Given, voice: Voice, url: str) -> list[Block]:
    """How many of each there are to be; what is there now stands in it."""
    left = offered["left"]
    before = {f"units-{one}": str(units) for one, units in left.items()}
    return _lines(offered, before | dict(given), voice, url, most=999)


def _delivery(offered: Facts, given: Given, voice: Voice, url: str) -> list[Block]:
    del url
    first, last = offered.get("first"), offered.get("last")
    hint = _("No day can be chosen for this address.")
    if first and last:
        hint = _("From %(first)s to %(last)s; empty for any day.") % {
            "first": voice.said.day(first),
            "last": voice.said.day(last),
        }
    hours = [Choice(value or EMPTY, label) for value, label in offered["hours"][:OPTIONS]]
    chosen = given.get("delivery_window") or EMPTY
    on = day("deliver_on", given=_day(given.get("deliver_on", "")))
    return [
        asked(_("Day of delivery"), on, hint=hint, is_needed=False),
        asked(_("Time of day"), select("delivery_window", hours, chosen=chosen), is_needed=False),
    ]


def _lines(
    offered: Facts, given: Given, voice: Voice, url: str, *, most: int | None = None
) -> list[Block]:
    """How many of each line; of a very long order the first, and where the rest is chosen."""
    lines: Sequence[LineView] = offered["lines"]
    left: Mapping[int, int] = offered["left"]
    against: Mapping[int, str] = offered.get("against", {})
    blocks = []
    for one in lines[:MOST_LINES]:
        here = left.get(one.id, 0)
        name = f"units-{one.id}"
        label = _("%(name)s: how many of %(left)s") % {
            "name": ordered.title(one, voice),
            "left": here,
        }
        entry = count(name, most=most if most is not None else here, given=_whole(given.get(name)))
        hint = shortened(against.get(one.id, ""), 300)
        blocks.append(asked(label, entry, hint=hint, is_needed=False))
    if len(lines) > MOST_LINES:
        rest = more(len(lines) - MOST_LINES)
        blocks.append(context(joined([rest, _on_desk(url)])))
    return blocks


def _on_desk(url: str) -> str:
    return linked(url, _("Choose them on the desk"))


def _why(offered: Facts, given: Given) -> Block:
    known = framing.choices(offered["reasons"])
    if not known:
        return context(_("Nothing holds this order."))
    return asked(_("Why"), select("reason", known, chosen=given.get("reason", "")))


def _whole(typed: str | None) -> int | None:
    """A number as it was typed; whatever else it is the form shows as empty."""
    plain = (typed or "").strip()
    return int(plain) if plain.isascii() and plain.isdecimal() and len(plain) <= 9 else None  # noqa: PLR2004


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError:
        return None


_FORMS: Final[Mapping[ActKind, Callable[[Facts, Given, Voice, str], list[Block]]]] = {
    ActKind.REFUND: _refund,
    ActKind.STORE_CREDIT: _refund,
    ActKind.REPLACEMENT: _replacement,
    ActKind.RETURN: _goods,
    ActKind.LABEL: _label,
    ActKind.CANCEL: _cancel,
    ActKind.ADDRESS: _address,
    ActKind.QUANTITY: _quantity,
    ActKind.DELIVERY: _delivery,
    ActKind.HOLD: _reason,
    ActKind.RELEASE: _reason,
}


def _(text: str) -> str:
    return str(gettext(text))
