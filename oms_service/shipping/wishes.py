"""When a customer wishes goods to arrive: a day, hours of it, or both. Pure.

Hours are named alike for every carrier, by their beginning and end at the destination: ``0812`` is
the morning, ``1416`` from two to four; minutes are added where there are any (``09301130``). A
carrier's own code for them is found in its windows.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date

from oms_service.kernel.languages import Language
from oms_service.shipping.calendars.days import Calendars, DeliveryWindow
from oms_service.shipping.windows import Window

#: How many days ahead a day may be wished.
MOST_DAYS_AHEAD: Final = 60
_HOURS, _MINUTES = 4, 8
_NOON: Final = time(12)


@dataclass(frozen=True)
class Wish:
    """A day and hours; None and empty where any will do."""

    deliver_on: date | None = None
    hours: str = ""

    def __bool__(self) -> bool:
        return self.deliver_on is not None or bool(self.hours)

    def window(self, zone: ZoneInfo) -> Window | None:
        """The wished time; None where no day is wished."""
        day = self.deliver_on
        if day is None:
            return None
        ends = ends_of(self.hours)
        if ends is None:
            return Window.of_days(day, day, zone)
        start, until = (datetime.combine(day, end, zone).astimezone(UTC) for end in ends)
        return Window(start, until)


#: Nothing is wished.
ANY_TIME: Final = Wish()


def hours_of(window: DeliveryWindow) -> str:
    """What the hours of a carrier's window are called here."""
    form = "%H%M" if window.start.minute or window.until.minute else "%H"
    return f"{window.start:{form}}{window.until:{form}}"


def ends_of(hours: str) -> tuple[time, time] | None:
    """The beginning and the end of hours; None of what names none."""
    if len(hours) not in {_HOURS, _MINUTES} or not (hours.isascii() and hours.isdecimal()):
        return None
    half = len(hours) // 2
    form = "%H" if len(hours) == _HOURS else "%H%M"
    try:
        start, until = (
            datetime.strptime(part, form).time()  # noqa: DTZ007 - a time of day has no zone
            for part in (hours[:half], hours[half:])
        )
    except ValueError:
        return None
    return (start, until) if start < until else None


def offered(of: Calendars, carrier: str, service: str, hours: str) -> DeliveryWindow | None:
    """A service's own window of these hours; None where it has none."""
    return next((one for one in of.windows(carrier, service) if hours_of(one) == hours), None)


def takes(of: Calendars, carrier: str, service: str, wish: Wish) -> bool:
    """Whether a service lets one choose so: one without windows lets nobody choose a day either."""
    if not wish:
        return True
    if not wish.hours:
        return bool(of.windows(carrier, service))
    return offered(of, carrier, service, wish.hours) is not None


def said(wish: Wish, language: Language) -> str:
    """The wish as people write it; empty of none."""
    is_japanese = language is Language.JAPANESE
    day = wish.deliver_on
    parts = []
    if day is not None:
        pattern = "M月d日(E)" if is_japanese else "EEE d MMM"
        parts.append(format_date(day, pattern, locale=str(language)))
    if ends_of(wish.hours) is not None:
        parts.append(hours_said(wish.hours, language))
    return (" " if is_japanese else ", ").join(parts)


def hours_said(hours: str, language: Language) -> str:
    """Hours as people write them."""
    ends = ends_of(hours)
    if ends is None:
        return ""
    start, until = ends
    if until == _NOON:
        return "午前中" if language is Language.JAPANESE else "morning"
    if language is not Language.JAPANESE:
        return f"{start:%H:%M}–{until:%H:%M}"
    if start.minute or until.minute:
        return f"{start:%H:%M}~{until:%H:%M}"
    return f"{start.hour}~{until.hour}時"
