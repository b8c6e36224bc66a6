"""Deliveries as a file for calendars (RFC 5545): pure, from entries to bytes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from cases.delivery.states import EntryState
from oms_service.kernel.languages import Language
from oms_service.shipping.windows import Window

CONTENT_TYPE: Final = "text/calendar; charset=utf-8"
_LINE_END: Final = "\r\n"
#: A line holds so many octets, the line end not counted. Source: RFC 5545, 3.1.
_LONGEST: Final = 75
_STATUS: Final = {
    EntryState.EXPECTED: "TENTATIVE",
    EntryState.DELIVERED: "CONFIRMED",
    EntryState.CANCELLED: "CANCELLED",
}
#: How often a calendar that subscribes to the address looks again.
_REFRESH: Final = "PT1H"


@dataclass(frozen=True, kw_only=True)
class Event:
    """One delivery in the words of its reader. ``uid`` and ``sequence`` tell versions apart."""

    uid: str
    sequence: int
    changed_at: datetime
    window: Window
    state: EntryState
    summary: str
    description: str
    url: str


def write(events: Sequence[Event], *, name: str, language: Language, zone: ZoneInfo) -> bytes:
    """The file of some events, at least one. Windows of whole days become days, others hours.

    Args:
        events: in the order they are to stand.
        name: what the calendar is called where somebody subscribes to it.
        language: of the texts.
        zone: whose days are meant.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Order desk//Deliveries//" + language.value.upper(),
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME;LANGUAGE={language.value}:{_text(name)}",
        f"X-WR-CALNAME:{_text(name)}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{_REFRESH}",
    ]
    for event in events:
        lines += _event(event, language, zone)
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}{_LINE_END}" for line in lines).encode()


def _event(event: Event, language: Language, zone: ZoneInfo) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{event.uid}"
    yield f"SEQUENCE:{event.sequence}"
    yield f"DTSTAMP:{_utc(event.changed_at)}"
    yield f"LAST-MODIFIED:{_utc(event.changed_at)}"
    yield from _when(event.window, zone)
    yield f"SUMMARY;LANGUAGE={language.value}:{_text(event.summary)}"
    yield f"DESCRIPTION;LANGUAGE={language.value}:{_text(event.description)}"
    yield f"URL:{event.url}"
    yield f"STATUS:{_STATUS[event.state]}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _when(window: Window, zone: ZoneInfo) -> Iterator[str]:
    """Whole days end with the day after the last; a moment has no end of its own."""
    days = window.days(zone)
    if days is not None:
        first, last = days
        yield f"DTSTART;VALUE=DATE:{first:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{last + timedelta(days=1):%Y%m%d}"
        return
    yield f"DTSTART:{_utc(window.start)}"
    if window.until > window.start:
        yield f"DTEND:{_utc(window.until)}"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(said: str) -> str:
    """A text value: what has a meaning of its own is escaped. Source: RFC 5545, 3.3.11."""
    for sign in ("\\", ";", ","):
        said = said.replace(sign, f"\\{sign}")
    plain = said.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")
    return "".join(sign for sign in plain if sign >= " " and sign != "\x7f")


def _folded(line: str) -> str:
    """The line in pieces of at most 75 octets; no letter is cut in two."""
    pieces, piece, room = [], "", _LONGEST
    for sign in line:
        size = len(sign.encode())
        if size > room:
            pieces.append(piece)
            piece, room = "", _LONGEST - 1  # the space that opens a further piece counts
        piece += sign
        room -= size
    return f"{_LINE_END} ".join([*pieces, piece])
