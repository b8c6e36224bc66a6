"""What the forms about an order ask for, by what is to be done; named as on the desk."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from bots.slack.blocks import ordered
from bots.slack.blocks.bricks import (
    EMPTY,
    OPTION_VALUE,
    OPTIONS,
    Block,
    Choice,
    asked,
    checks,
    context,
    count,
    day,
    grouped,
    line,
    radios,
    section,
    select,
)
from bots.slack.blocks.fitting import more
from bots.slack.blocks.forms import framing
from bots.slack.blocks.speaking import Sight, Voice, shortened
from bots.slack.blocks.texts import joined, linked
from cases.acting.states import ActKind
from oms_service.catalog.queries import VariantView
from oms_service.console import changes_words, orders_words
from oms_service.kernel.money import Money
from oms_service.orders.queries import LineView
from oms_service.payments.queries import MethodView
from oms_service.web import countries
from oms_service.web.languages import spoken
from oms_service.web.texts import gettext

Given = Mapping[str, str]
Facts = Mapping[str, Any]

#: Of an order with very many lines, so many have an entry of their own, or two.
MOST_LINES: Final = 40
MOST_SWAPS: Final = 20
_LONGEST_PART: Final = 200
#: Where an address says no country, as on the desk.
_HOME: Final = "JP"


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
    lines = _lines(offered, before | dict(given), voice, url, most=999)
    return [*lines, _method(_("Difference in price"), offered, given, voice)]


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


def _exchange(offered: Facts, given: Given, voice: Voice, url: str) -> list[Block]:
    """Another version of each line, by its SKU, and how many of it."""
    swaps = _swaps(offered, given, voice, url, name="sku", of=lambda one: one.sku)
    method = _method(_("Difference in price"), offered, given, voice)
    return [*swaps, _why(offered, given), method]


def _items(offered: Facts, given: Given, voice: Voice, url: str) -> list[Block]:
    """The same before anything was sent, by the id of the version."""
    swaps = _swaps(offered, given, voice, url, name="variant", of=lambda one: str(one.id))
    return [*swaps, _method(_("Difference in price"), offered, given, voice)]


def _swaps(
    offered: Facts,
    given: Given,
    voice: Voice,
    url: str,
    *,
    name: str,
    of: Callable[[VariantView], str],
) -> list[Block]:
    blocks: list[Block] = []
    lines: Sequence[LineView] = offered["lines"]
    for line_ in lines[:MOST_SWAPS]:
        here = offered["left"].get(line_.id, 0)
        known = [
            Choice(of(one), _version(one, offered, voice))
            for one in offered["others"].get(line_.variant_id, ())
            if one.id in offered["prices"] and 0 < len(of(one)) <= OPTION_VALUE
        ]
        title = ordered.title(line_, voice)
        if not known:
            blocks.append(context(f"{title}: {_('This product has no other version.')}"))
            continue
        entry = f"{name}-{line_.id}"
        kept = Choice(EMPTY, _("Keep it as it is"))
        chosen = given.get(entry) or EMPTY
        other = select(entry, [kept, *known[: OPTIONS - 1]], chosen=chosen)
        label = _("%(name)s: send instead") % {"name": title}
        blocks.append(asked(label, other, is_needed=False))
        units = f"units-{line_.id}"
        usual = 1 if name == "sku" else here
        before = _whole(given.get(units)) if given.get(units) else usual
        counted = count(units, least=1, most=here, given=before)
        label = _("%(name)s: how many of %(left)s") % {"name": title, "left": here}
        blocks.append(asked(label, counted, is_needed=False))
    if len(lines) > MOST_SWAPS:
        blocks.append(context(joined([more(len(lines) - MOST_SWAPS), _on_desk(url)])))
    return blocks


def _version(one: VariantView, offered: Facts, voice: Voice) -> str:
    """What is chosen of it, its price, and whether it is there."""
    words = one.option_words.get(voice.code, {})
    chosen = " / ".join(words.values() or one.options.values()) or one.sku
    said = f"{shortened(chosen, 50)}, {voice.money(offered['prices'][one.id])}"
    held = offered["free"].get(one.id)
    return said if held is not None and held.overall else f"{said} · {_('out of stock')}"


def _method(label: str, offered: Facts, given: Given, voice: Voice) -> Block:
    """By what a difference is paid or goes back; the way it was paid where nothing is chosen."""
    known = [Choice(EMPTY, _("The way it was paid")), *_methods(offered, voice)]
    entry = select("method_id", known, chosen=given.get("method_id") or EMPTY)
    return asked(label, entry, is_needed=False)


def _methods(offered: Facts, voice: Voice) -> list[Choice]:
    balances: Mapping[int, Money] = offered.get("balances", {})
    found = []
    for one in offered.get("methods", ()):
        said = way_to_pay(one, voice)
        if one.id in balances:
            said = f"{said} ({voice.money(balances[one.id])})"
        found.append(Choice(str(one.id), said))
    return found


def way_to_pay(method: MethodView, voice: Voice) -> str:
    """A way to pay; its last digits for who may know them."""
    said = _(orders_words.METHODS[method.kind])
    is_known = voice.sight is Sight.ALL and method.last_four
    return f"{said} …{method.last_four}" if is_known else said


def _expedite(offered: Facts, given: Given, voice: Voice, url: str) -> list[Block]:
    del url
    known = [
        Choice(
            str(speed),
            _(changes_words.SPEEDS[speed]),
            _("%(money)s on top") % {"money": voice.money(charge)},
        )
        for speed, charge in (offered.get("charges") or {}).items()
    ]
    if not known:
        return [context(_("This shop offers none for orders that are placed."))]
    entry = radios("speed", known, given.get("speed", ""))
    return [
        asked(_("Delivery"), entry),
        _method(_("Extra charge"), offered, given, voice),
    ]


def _payment(offered: Facts, given: Given, voice: Voice, url: str) -> list[Block]:
    del url
    known = _methods(offered, voice)
    if not known:
        return [context(_("The customer has not saved any payment method."))]
    entry = select("method_id", known, chosen=given.get("method_id", ""))
    return [asked(_("Pay with"), entry, hint=_("A gift card must hold the whole amount."))]


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


FORMS: Final[Mapping[ActKind, Callable[[Facts, Given, Voice, str], list[Block]]]] = {
    ActKind.REFUND: _refund,
    ActKind.STORE_CREDIT: _refund,
    ActKind.REPLACEMENT: _replacement,
    ActKind.RETURN: _goods,
    ActKind.EXCHANGE: _exchange,
    ActKind.LABEL: _label,
    ActKind.CANCEL: _cancel,
    ActKind.ADDRESS: _address,
    ActKind.ITEMS: _items,
    ActKind.QUANTITY: _quantity,
    ActKind.DELIVERY: _delivery,
    ActKind.EXPEDITE: _expedite,
    ActKind.PAYMENT: _payment,
    ActKind.HOLD: _reason,
    ActKind.RELEASE: _reason,
}


def _(text: str) -> str:
    return str(gettext(text))
