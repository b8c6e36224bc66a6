"""An order in a few lines: what was bought, where it is, and what of its money may go back."""

from collections.abc import Sequence
from typing import Final

from bots.slack.blocks.fitting import more
from bots.slack.blocks.speaking import Voice, shortened
from bots.slack.blocks.texts import Mark, esc, joined, linked, mark
from cases.desk.page import OrderPanel
from cases.progress import STEPS, TROUBLE
from oms_service.history.tracking import Moved, TrackedParcel, Tracking
from oms_service.kernel.money import Money
from oms_service.orders.queries import LineView
from oms_service.payments import queries as payments
from oms_service.shipping.windows import Window
from oms_service.web import formats
from oms_service.web.texts import N_, gettext, ngettext

#: Of what is bought, and of its parcels, a card names so many.
MOST_ITEMS: Final = 5
MOST_PARCELS: Final = 3
_DAY_S: Final = 86_400


def items(lines: Sequence[LineView], voice: Voice, *, most: int = MOST_ITEMS) -> Mark:
    """What was bought, one a line; of many the first, and how many more there are."""
    shown = [item(one, one.counters.ordered, voice) for one in lines[:most]]
    rest = len(lines) - len(shown)
    return joined([*shown, *([more(rest)] if rest > 0 else [])], "\n")


def item(line: LineView, quantity: int, voice: Voice) -> str:
    """Something that was bought, and how often: "Mug (navy / M) × 2"."""
    return f"{title(line, voice)} × {voice.said.number(quantity)}"


def title(line: LineView, voice: Voice) -> str:
    """What something is called, with what was chosen of it."""
    name = shortened(voice.say(line.name)) or shortened(line.sku)
    chosen = shortened(" / ".join(line.options.values()))
    return f"{name} ({chosen})" if chosen else name


def step(tracking: Tracking) -> str:
    """Where an order is, in a word; what needs somebody is marked."""
    said = _(STEPS[tracking.step])
    return f"⚠️ {said}" if tracking.step in TROUBLE else said


def expected(window: Window | None, promised: Window | None, moved: Moved, voice: Voice) -> str:
    """When it should be there, and how far from what was promised."""
    if window is None:
        return ""
    when = voice.said.window(window.start, window.until)
    if moved is not Moved.LATER or promised is None:
        return when
    before = voice.said.window(promised.start, promised.until)
    days = round((window.until - promised.until).total_seconds() / _DAY_S)
    if days < 1:
        return f"{when}\n⚠️ " + _("later than promised (%(before)s)") % {"before": before}
    slip = ngettext(
        "%(num)s day later than promised (%(before)s)",
        "%(num)s days later than promised (%(before)s)",
        days,
        before=before,
    )
    return f"{when}\n⚠️ {slip}"


def parcels(tracking: Tracking, voice: Voice, *, most: int = MOST_PARCELS) -> Mark:
    """The carriers and their numbers; a number leads to the carrier's own page."""
    shown = [parcel(one, voice) for one in tracking.parcels[:most]]
    rest = len(tracking.parcels) - len(shown)
    return joined([*shown, *([more(rest)] if rest > 0 else [])], "\n")


def parcel(one: TrackedParcel, voice: Voice) -> Mark:
    """A carrier and its number."""
    carrier = shortened(voice.say(one.carrier_name)) or one.carrier
    number = shortened(formats.tracking_number(one.tracking_number), 60)
    if not number:
        return esc(carrier)
    return mark("%(carrier)s %(number)s", carrier=carrier, number=linked(one.link or "", number))


def left_to_refund(panel: OrderPanel) -> Money:
    """What may still go back, by what the case's page knows."""
    currency = panel.order.total.currency
    owed = sum(one.amount.minor for one in panel.refunds if one.state in payments.OWED)
    return Money(max(0, panel.sums.kept - owed), currency)


def money(panel: OrderPanel, left: Money, voice: Voice) -> str:
    """What it cost, and what of it may still go back."""
    total = voice.money(panel.order.total)
    if not panel.sums.captured:
        return f"{total} · {_(NOT_PAID)}"
    return _("%(total)s, of which %(left)s may go back") % {
        "total": total,
        "left": voice.money(left),
    }


NOT_PAID: Final = N_("nothing paid yet")


def _(text: str) -> str:
    return str(gettext(text))
