"""Figures in words: what they are called, what they mean, and how they are written."""

from collections.abc import Mapping
from typing import Final

from cases.reports.figures import By, Count, Figure, Measured, Rate, Satisfied, Share, Spread
from oms_service.kernel.languages import Language
from oms_service.web import formats
from oms_service.web.texts import N_, gettext

NAMES: Final[Mapping[Figure, str]] = {
    Figure.OPENED: N_("Opened"),
    Figure.SETTLED: N_("Settled"),
    Figure.FIRST_RESPONSE: N_("First answer"),
    Figure.NEXT_RESPONSE: N_("Next answer"),
    Figure.RESOLUTION: N_("Resolution"),
    Figure.TO_SETTLING: N_("From opening to settling"),
    Figure.IN_TIME: N_("Kept in time"),
    Figure.BACKLOG: N_("Backlog and its age"),
    Figure.REOPENED: N_("Came back after settling"),
    Figure.ONE_TOUCH: N_("Settled with one answer"),
    Figure.SATISFACTION: N_("Satisfied"),
    Figure.CONTACT_RATE: N_("Contacts per 100 orders"),
    Figure.REFUND_CYCLE: N_("Refund paid after"),
    Figure.PROMISE_SLIP: N_("Arrival against promise"),
    Figure.CONTAINMENT: N_("Settled by the bot alone"),
    Figure.ROUTING: N_("Assigned after"),
}
MEANINGS: Final[Mapping[Figure, str]] = {
    Figure.OPENED: N_("Cases opened in these days; one merged into another is part of that one."),
    Figure.SETTLED: N_("Cases settled in these days that are so still."),
    Figure.FIRST_RESPONSE: N_(
        "From the customer's first word to the first answer of a person, given in these days."
    ),
    Figure.NEXT_RESPONSE: N_(
        "From the oldest unanswered word after that to the next answer, given in these days."
    ),
    Figure.RESOLUTION: N_(
        "The time a settled case was ours: waiting for the customer or for others is left out."
    ),
    Figure.TO_SETTLING: N_("The whole time of a settled case, with all its waiting."),
    Figure.IN_TIME: N_(
        "Of all answers, settlings and promises with a target that ended in these days, the share "
        "within it."
    ),
    Figure.BACKLOG: N_("Cases open at the end of these days, or now, and how long they are open."),
    Figure.REOPENED: N_(
        "Of the cases settled for the first time in these days, the share that came back since."
    ),
    Figure.ONE_TOUCH: N_(
        "Of the settled cases that a person answered, the share with one answer that never came "
        "back."
    ),
    Figure.SATISFACTION: N_("Of the scores given in these days, the share of 4 and 5 of 5."),
    Figure.CONTACT_RATE: N_(
        "Cases whose customers wrote first, for 100 orders placed in these days."
    ),
    Figure.REFUND_CYCLE: N_("From asking for a refund to its payment, paid in these days."),
    Figure.PROMISE_SLIP: N_(
        "How long after the end of the first promise parcels came that came in these days; below "
        "zero is early."
    ),
    Figure.CONTAINMENT: N_(
        "Of the conversations with the bot begun in these days, the share that became no case."
    ),
    Figure.ROUTING: N_("From opening to the first colleague who had it, in these days."),
}
BYS: Final[Mapping[By, str]] = {
    By.QUEUE: N_("By queue"),
    By.AGENT: N_("By colleague"),
    By.CHANNEL: N_("By channel"),
    By.REASON: N_("By reason"),
    By.CARRIER: N_("By carrier"),
    By.SKU: N_("By product"),
    By.DAY: N_("By day"),
    By.WEEK: N_("By week"),
}
HEADS: Final[Mapping[By, str]] = {
    By.QUEUE: N_("Queue"),
    By.AGENT: N_("Colleague"),
    By.CHANNEL: N_("Channel"),
    By.REASON: N_("Reason"),
    By.CARRIER: N_("Carrier"),
    By.SKU: N_("Product"),
    By.DAY: N_("Day"),
    By.WEEK: N_("Week of"),
}
#: Figures of which less is better.
LESS_IS_BETTER: Final = frozenset(
    {
        Figure.FIRST_RESPONSE,
        Figure.NEXT_RESPONSE,
        Figure.RESOLUTION,
        Figure.TO_SETTLING,
        Figure.BACKLOG,
        Figure.REOPENED,
        Figure.CONTACT_RATE,
        Figure.REFUND_CYCLE,
        Figure.PROMISE_SLIP,
        Figure.ROUTING,
    }
)
#: Figures that are no better or worse for being more.
NEITHER: Final = frozenset({Figure.OPENED, Figure.SETTLED})

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400
_DASH: Final = "–"
#: Below this a number of hours or days is said with a decimal.
_FEW: Final = 10


def span(seconds: float | None) -> str:
    """A time as short as it may be said: 45 s, 12 min, 3.5 h, 2.1 days; a dash for None."""
    if seconds is None:
        return _DASH
    sign, left = ("-" if seconds < 0 else ""), abs(seconds)
    if left < _MINUTE_S:
        value, unit = f"{left:.0f}", N_("%(number)s s")
    elif left < _HOUR_S:
        value, unit = f"{left / _MINUTE_S:.0f}", N_("%(number)s min")
    elif left < 2 * _DAY_S:
        value, unit = _short(left / _HOUR_S), N_("%(number)s h")
    else:
        value, unit = _short(left / _DAY_S), N_("%(number)s d")
    return str(gettext(unit)) % {"number": f"{sign}{value}"}


def value(name: Figure, found: Measured | None, language: Language) -> str:
    """The one number by which a figure is known; a dash where nothing happened."""
    match found:
        case Count():
            return formats.number(found.count, language)
        case Spread():
            if name is Figure.BACKLOG:
                return formats.number(found.count, language)
            return span(typical(found))
        case Satisfied() | Share():
            return formats.percent(found.share, language)
        case Rate():
            return f"{found.per_100:.1f}"
        case _:
            return _DASH


def typical(found: Spread) -> float:
    """The median in opening hours where it is known, else by the calendar."""
    if found.business_median_s is not None:
        return found.business_median_s
    return found.median_s


def size(name: Figure, found: Measured | None) -> float | None:
    """A figure as a bare number, for comparing."""
    match found:
        case Count():
            return found.count
        case Spread():
            return found.count if name is Figure.BACKLOG else typical(found)
        case Satisfied() | Share():
            return found.share
        case Rate():
            return found.per_100
        case _:
            return None


def _short(number: float) -> str:
    return f"{number:.1f}" if number < _FEW else f"{number:.0f}"
