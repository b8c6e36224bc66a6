"""The links of an area: which of them a reader may follow, and what they look like."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from flask import Flask, g, request, url_for
from markupsafe import Markup

from oms_service.access import doors
from oms_service.access.guard import staff_or_none
from oms_service.kernel.languages import Language
from oms_service.ports.slots import OF_STAFF, Area, Entry, Slots
from oms_service.web.badges import Count
from oms_service.web.texts import gettext
from oms_service.web.viewer import Viewer

#: The groups of the navigation that this browser's reader has opened, by their keys.
OPEN_SECTIONS: Final = "nav"
#: How many looks of it are kept; more than that are drawn anew.
MOST: Final = 500
_NO_LETTERS: Final = re.compile("[^a-z]+")


@dataclass(frozen=True)
class Link:
    """A navigation entry as the page shows it."""

    label: str
    url: str
    icon: str
    is_current: bool
    badge: int | None


@dataclass
class Section:
    """Links under one heading; None where they need none."""

    heading: str | None
    #: What the browser remembers it by; a word of small letters.
    key: str = ""
    links: list[Link] = field(default_factory=list)
    #: Whether its links are there from the start: the page at hand, or the reader's day, is in it.
    is_open: bool = False

    @property
    def folds(self) -> bool:
        """Whether it can be closed: one link alone would only hide behind its heading."""
        return self.heading is not None and len(self.links) > 1

    @property
    def waiting(self) -> int:
        """What waits in all of it, for who sees only its heading."""
        return sum(link.badge or 0 for link in self.links)


@dataclass(frozen=True)
class _Shown:
    """All that a look of the navigation depends on but the language."""

    entries: tuple[Entry, ...] = field(compare=False)
    #: Of each entry: where it leads, and what waits there.
    urls: tuple[str, ...]
    badges: tuple[Count, ...]
    #: Address of the entry the page at hand stands under.
    here: str | None
    #: The group in which the reader's day starts.
    start: str | None
    open_keys: frozenset[str]


class Navigation:
    """What of ``slots`` a reader sees. Drawn once for all whom it shows the same."""

    def __init__(self, app: Flask, slots: Slots, waiting_at: Callable[[Entry], Count]) -> None:
        self._app = app
        self._slots = slots
        self._waiting_at = waiting_at
        self._drawn: dict[tuple[_Shown, Language], Markup] = {}
        self._urls: dict[tuple[str, str], str] = {}
        self._lock = Lock()

    def html(self, area: str, viewer: Viewer, language: Language) -> Markup:
        """The navigation of an area as it stands on the page at hand."""
        key = (self._shown(Area(area), viewer), language)
        found = self._drawn.get(key)
        if found is None:
            template = self._app.jinja_env.get_template("frame/navigation.html")
            found = Markup(template.render(sections=_sections(key[0])))  # noqa: S704 - a template's
            with self._lock:
                if len(self._drawn) >= MOST:
                    self._drawn.clear()
                self._drawn[key] = found
        return found

    def sections(self, area: str, viewer: Viewer) -> list[Section]:
        """The links of an area this viewer may follow, those of one group together.

        The group in which the viewer's day starts comes first.
        """
        return _sections(self._shown(Area(area), viewer))

    def _shown(self, area: Area, viewer: Viewer) -> _Shown:
        entries = self._slots.navigation(area, viewer.may)
        me = staff_or_none() if entries and area in OF_STAFF else None
        if me is not None and (me.queues or me.locations):
            entries = tuple(
                one for one in entries if not doors.is_shut(self._app, me, self._url(one))
            )
        urls = tuple(self._url(one) for one in entries)
        starts = (one.group for one in entries if _starts_day(one, viewer))
        return _Shown(
            entries,
            urls,
            badges=tuple(self._waiting_at(one) for one in entries),
            here=_here(urls),
            start=next(starts, None),
            open_keys=_left_open(entries),
        )

    def _url(self, entry: Entry) -> str:
        """Where an entry leads; it stays so as long as the whole is served below one address."""
        key = (request.script_root, entry.endpoint)
        if key not in self._urls:
            self._urls[key] = url_for(entry.endpoint)
        return self._urls[key]


def _sections(shown: _Shown) -> list[Section]:
    sections: dict[str | None, Section] = {}
    if shown.start is not None:
        sections[shown.start] = _section(shown.start)
        sections[shown.start].is_open = True
    for entry, url, badge in zip(shown.entries, shown.urls, shown.badges, strict=True):
        section = sections.setdefault(entry.group, _section(entry.group))
        section.is_open |= url == shown.here or section.key in shown.open_keys
        section.links.append(
            Link(gettext(entry.label), url, entry.icon, is_current=url == shown.here, badge=badge)
        )
    return list(sections.values())


def _section(group: str | None) -> Section:
    return Section(None) if group is None else Section(gettext(group), _key(group))


def _key(group: str) -> str:
    return _NO_LETTERS.sub("-", group.lower())


def _left_open(entries: tuple[Entry, ...]) -> frozenset[str]:
    """Groups this browser left open, of those there are: a cookie may say anything."""
    said = request.cookies.get(OPEN_SECTIONS)
    if not said:
        return frozenset()
    groups = {one.group for one in entries} - {None}
    return frozenset(said.split(".")) & {_key(group) for group in groups if group is not None}


def _starts_day(entry: Entry, viewer: Viewer) -> bool:
    return entry.starts_day_for is not None and viewer.may(entry.starts_day_for)


def _here(urls: tuple[str, ...]) -> str | None:
    """The address the page at hand stands under; a page about an error stands under none."""
    if "error_status" in g:
        return None
    return max((url for url in urls if _is_under(request.path, url)), key=len, default=None)


def _is_under(path: str, url: str) -> bool:
    return path == url or path.startswith(url.rstrip("/") + "/")
