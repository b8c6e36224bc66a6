"""Entries for calendars, read again by a parser that others keep."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.delivery import calendar
from cases.delivery.calendar import Event
from cases.delivery.states import EntryState
from oms_service.kernel.languages import Language
from oms_service.shipping.windows import Window

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
DAYS = Window.of_days(date(2026, 11, 25), date(2026, 11, 26), TOKYO)
HOURS = Window(datetime(2026, 11, 22, 5, tzinfo=UTC), datetime(2026, 11, 22, 7, tzinfo=UTC))


def an_event(
    *,
    window: Window = DAYS,
    state: EntryState = EntryState.EXPECTED,
    summary: str = "Delivery: order A-10423",
    description: str = "Where it is now",
    sequence: int = 0,
) -> Event:
    return Event(
        uid="A10423-1@shop.example",
        sequence=sequence,
        changed_at=NOW,
        window=window,
        state=state,
        summary=summary,
        description=description,
        url="https://shop.example/t/WyJX",
    )


def written(*events: Event, language: Language = Language.ENGLISH) -> bytes:
    return calendar.write(events, name="Order A-10423", language=language, zone=TOKYO)


def read(*events: Event) -> list[Any]:
    return list(icalendar.Calendar.from_ical(written(*events)).walk("VEVENT"))


def test_whole_days_end_with_the_day_after_the_last() -> None:
    (found,) = read(an_event())
    assert (found["DTSTART"].dt, found["DTEND"].dt) == (date(2026, 11, 25), date(2026, 11, 27))


def test_hours_are_moments() -> None:
    (found,) = read(an_event(window=HOURS))
    assert (found["DTSTART"].dt, found["DTEND"].dt) == (HOURS.start, HOURS.until)


def test_a_moment_has_no_end_of_its_own() -> None:
    (found,) = read(an_event(window=Window(NOW, NOW), state=EntryState.DELIVERED))
    assert found["DTSTART"].dt == NOW
    assert "DTEND" not in found


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (EntryState.EXPECTED, "TENTATIVE"),
        (EntryState.DELIVERED, "CONFIRMED"),
        (EntryState.CANCELLED, "CANCELLED"),
    ],
)
def test_how_sure_it_is(state: EntryState, status: str) -> None:
    (found,) = read(an_event(state=state, sequence=3))
    assert (str(found["STATUS"]), found["SEQUENCE"]) == (status, 3)
    assert found["DTSTAMP"].dt == found["LAST-MODIFIED"].dt == NOW


def test_the_whole_file_as_it_is_sent() -> None:
    assert written(an_event()).decode().split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Order desk//Deliveries//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "NAME;LANGUAGE=en:Order A-10423",
        "X-WR-CALNAME:Order A-10423",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "BEGIN:VEVENT",
        "UID:A10423-1@shop.example",
        "SEQUENCE:0",
        "DTSTAMP:20261122T010000Z",
        "LAST-MODIFIED:20261122T010000Z",
        "DTSTART;VALUE=DATE:20261125",
        "DTEND;VALUE=DATE:20261127",
        "SUMMARY;LANGUAGE=en:Delivery: order A-10423",
        "DESCRIPTION;LANGUAGE=en:Where it is now",
        "URL:https://shop.example/t/WyJX",
        "STATUS:TENTATIVE",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


LETTERS = st.characters(exclude_categories=("Cc", "Cs"), include_characters="\n")


@given(
    summary=st.text(LETTERS.filter(lambda one: one != "\n"), max_size=200),
    description=st.text(LETTERS, max_size=400),
)
def test_any_text_comes_back_as_it_was_on_lines_that_are_not_too_long(
    summary: str, description: str
) -> None:
    event = an_event(summary=summary, description=description)
    sent = written(event, language=Language.JAPANESE)
    assert all(len(line) <= 75 for line in sent.split(b"\r\n"))
    (found,) = read(event)
    assert str(found["SUMMARY"]) == summary
    assert str(found["DESCRIPTION"]) == description


@given(later=st.integers(0, 500_000_000), minutes=st.integers(0, 20_000))
def test_any_window_comes_back_as_days_or_to_the_second(later: int, minutes: int) -> None:
    start = NOW + timedelta(seconds=later)
    window = Window(start, start + timedelta(minutes=minutes))
    (found,) = read(an_event(window=window))
    days = window.days(TOKYO)
    if days is not None:
        assert found["DTSTART"].dt == days[0]
    else:
        assert found["DTSTART"].dt == start
        assert "DTEND" not in found or found["DTEND"].dt == window.until
