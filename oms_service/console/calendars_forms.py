"""Calendars as people type them: times, one single day a line, one window a line."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, time
from typing import Final, TypeVar

from oms_service.shipping.calendars.days import CarrierDays, Windows, WorkingDays, clock, minute_of
from oms_service.shipping.calendars.service import NewCarrierWeek, NewWindow, NewWorkingDays
from oms_service.web.texts import gettext

_ = gettext
T = TypeVar("T")

_LONGEST: Final = 20_000
_CLOCK: Final = re.compile(r"([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00")
_WINDOW: Final = re.compile(
    r"(\S+)\s+([0-9]{2}:[0-9]{2})\s*[-–~]\s*([0-9]{2}:[0-9]{2})\s+([^/]+)/(.+)"
)
#: No line that says something is longer; the pattern takes its time with what is.
_LONGEST_LINE: Final = 300
_CLOSED: Final = frozenset({"closed", "休", "休み", "休業", "none", "no"})
_COLLECTS: Final = frozenset({"collects", "集荷"})
_DELIVERS: Final = frozenset({"delivers", "配達"})
_WEEK: Final = range(7)

Form = Mapping[str, str]


def location_typed(form: Form, errors: dict[str, str]) -> NewWorkingDays:
    """A location's days; what cannot be read is named in ``errors``."""
    cut_offs = []
    for day in _WEEK:
        typed = form.get(f"cut_off-{day}", "")
        cut_offs.append(_minute(typed, f"cut_off-{day}", errors) if typed.strip() else None)
    return NewWorkingDays(
        cut_offs=cut_offs,
        handling_days=whole(form, "handling_days", errors),
        collection_minute=_minute(form.get("collection", ""), "collection", errors) % (24 * 60),
        keeps_holidays="keeps_holidays" in form,
        exceptions=_lines(form, "exceptions", _location_day, errors),
    )


def location_shown(days: WorkingDays) -> dict[str, str]:
    """The same backwards, for a form that nobody has typed into yet."""
    shown = {
        f"cut_off-{day}": "" if cut_off is None else clock(cut_off)
        for day, cut_off in enumerate(days.cut_offs)
    }
    return shown | {
        "handling_days": str(days.handling_days),
        "collection": clock(days.collection),
        "exceptions": "\n".join(
            f"{day} {_('closed') if cut_off is None else clock(cut_off)}"
            for day, cut_off in sorted(days.exceptions.items())
        ),
        **({"keeps_holidays": "yes"} if days.keeps_holidays else {}),
    }


def week_typed(
    form: Form, chosen: Callable[[str], list[str]], errors: dict[str, str]
) -> NewCarrierWeek:
    """A carrier's week; ``chosen`` gives the boxes that are ticked."""
    return NewCarrierWeek(
        pickups=[str(day) in chosen("pickups") for day in _WEEK],
        deliveries=[str(day) in chosen("deliveries") for day in _WEEK],
        picks_up_on_holidays="picks_up_on_holidays" in form,
        delivers_on_holidays="delivers_on_holidays" in form,
        exceptions=_lines(form, "exceptions", _carrier_day, errors),
    )


def week_exceptions(days: CarrierDays) -> str:
    """The single days of a carrier, one a line."""
    return "\n".join(
        f"{day} " + (" ".join([_("collects")] * one + [_("delivers")] * other) or _("closed"))
        for day, (one, other) in sorted(days.exceptions.items())
    )


def windows_typed(form: Form, errors: dict[str, str]) -> list[NewWindow]:
    """Windows of delivery, such as ``1416 14:00-16:00 14~16時 / 14:00–16:00``."""
    found = []
    for line in _typed_lines(form, "windows", errors):
        try:
            found.append(_window(line))
        except ValueError:
            errors["windows"] = _("Cannot be read: %(line)s", line=line[:40])
            break
    return found


def _window(line: str) -> NewWindow:
    """One of them.

    Raises:
        ValueError: it cannot be read.
    """
    fits = _WINDOW.fullmatch(line) if len(line) <= _LONGEST_LINE else None
    if fits is None:
        raise ValueError(line)
    code, start, until, ours, english = (one.strip() for one in fits.groups())
    if not (ours and english):
        raise ValueError(line)
    return NewWindow(
        code=code,
        start=time.fromisoformat(start),
        until=time.fromisoformat(until),
        words={"ja": ours, "en": english},
    )


def windows_shown(windows: Windows) -> str:
    """The same backwards."""
    return "\n".join(
        f"{one.code} {one.start:%H:%M}-{one.until:%H:%M} {one.words['ja']} / {one.words['en']}"
        for one in windows.offered
    )


def whole(form: Form, name: str, errors: dict[str, str]) -> int:
    """A whole number from 0 on."""
    typed = unicodedata.normalize("NFKC", form.get(name, "")).strip()
    if typed.isascii() and typed.isdecimal() and len(typed) <= 9:  # noqa: PLR2004 - fits a column
        return int(typed)
    errors[name] = _("Enter a whole number from 0 on.")
    return 0


def a_day(typed: str) -> date | None:
    """A day such as 2026-12-31, or None."""
    try:
        return date.fromisoformat(unicodedata.normalize("NFKC", typed).strip().replace("/", "-"))
    except ValueError:
        return None


def _minute(typed: str, name: str, errors: dict[str, str]) -> int:
    plain = unicodedata.normalize("NFKC", typed).strip()
    if _CLOCK.fullmatch(plain):
        return minute_of(plain)
    errors[name] = _("Enter a time such as 15:00.")
    return 0


def _typed_lines(form: Form, name: str, errors: dict[str, str]) -> list[str]:
    typed = form.get(name, "")
    if len(typed) > _LONGEST:
        errors[name] = _("This is too long.")
        return []
    return [line.strip() for line in typed.splitlines() if line.strip()]


def _lines(
    form: Form, name: str, read: Callable[[list[str]], T], errors: dict[str, str]
) -> dict[date, T]:
    """What each line says of its day; ``read`` raises ValueError where it cannot be read."""
    found: dict[date, T] = {}
    for line in _typed_lines(form, name, errors):
        first, *rest = unicodedata.normalize("NFKC", line).split()
        try:
            found[date.fromisoformat(first.replace("/", "-"))] = read([one.lower() for one in rest])
        except ValueError:
            errors[name] = _("Cannot be read: %(line)s", line=line[:40])
            break
    return found


def _location_day(words: list[str]) -> int | None:
    (said,) = words
    if said in _CLOSED:
        return None
    if not _CLOCK.fullmatch(said):
        raise ValueError(said)
    return minute_of(said)


def _carrier_day(words: list[str]) -> tuple[bool, bool]:
    said = set(words)
    if not said or not said <= _CLOSED | _COLLECTS | _DELIVERS:
        raise ValueError(words)
    return bool(said & _COLLECTS), bool(said & _DELIVERS)
