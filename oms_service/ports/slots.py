"""The places in the frame that packages fill with their own: navigation, panels, preferences."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeVar

from oms_service.ports.palette import PaletteSource

#: Where an entry goes that does not say: after those that do.
MIDDLE: Final = 100


class Area(StrEnum):
    """Whose pages a navigation entry stands on."""

    DESK = "desk"
    CONSOLE = "console"
    PORTAL = "portal"


OF_STAFF: Final = frozenset({Area.DESK, Area.CONSOLE})


class Beside(StrEnum):
    """The thing a panel is shown beside."""

    CASE = "case"
    #: Under the conversation of a case: what can be done about it.
    CASE_WORK = "case_work"
    ORDER = "order"
    CUSTOMER = "customer"
    #: Under the course of a message: what went along with it.
    MESSAGE = "message"
    #: Over the list of messages that wait: what waits and is no message yet.
    WAITING = "waiting"
    #: On every page that customers read, whatever it is about.
    PAGE = "page"


class Taken(ValueError):
    """Two packages claimed one place."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One navigation entry. ``badge`` counts what waits there; None or 0 shows nothing.

    ``is_personal`` where it counts something else for each person who looks.
    Entries of one ``group`` stand together under it as their heading, where the first of them is.
    Who may do ``starts_day_for`` comes here after signing in.
    """

    area: Area
    label: str
    endpoint: str
    permission: str | None = None
    badge: Callable[[], int | None] | None = None
    is_personal: bool = False
    icon: str = "dot"
    rank: int = MIDDLE
    group: str | None = None
    starts_day_for: str | None = None


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A box beside a case, an order or a customer; ``render`` may answer None to stay away.

    ``render`` is given what the page knows of its subject (such as ``{"order_id": 12}``) and
    answers HTML that is safe to show. One that ``folds`` stands closed beside a case, with its
    label alone, unless its HTML says ``data-open``: there is something to see.
    """

    beside: Beside
    name: str
    label: str
    render: Callable[[Mapping[str, object]], str | None]
    permission: str | None = None
    rank: int = MIDDLE
    folds: bool = False


@dataclass(frozen=True, kw_only=True)
class PreferencePage:
    """A page of choices a customer (portal) or a member of staff (desk, console) makes."""

    area: Area
    label: str
    endpoint: str
    permission: str | None = None
    rank: int = MIDDLE


@dataclass(frozen=True, kw_only=True)
class Tool:
    """Something small beside the name of whoever reads a page, such as a bell.

    With the permission ``access.guard.CUSTOMERS`` it is for customers alone, else for staff.

    ``render`` answers HTML that is safe to show, or None to stay away.
    """

    name: str
    render: Callable[[], str | None]
    permission: str | None = None
    rank: int = MIDDLE


Allowed = Callable[[str], bool]
T = TypeVar("T", Entry, Panel, PreferencePage, PaletteSource, Tool)


@dataclass
class Slots:
    """Everything packages hung into the frame; filled once, at composition."""

    _entries: list[Entry] = field(default_factory=list)
    _panels: list[Panel] = field(default_factory=list)
    _preferences: list[PreferencePage] = field(default_factory=list)
    _sources: list[PaletteSource] = field(default_factory=list)
    _tools: list[Tool] = field(default_factory=list)

    def add(self, *items: Entry | Panel | PreferencePage | PaletteSource | Tool) -> None:
        """Fill places.

        Raises:
            Taken: the area already has an entry or page for that endpoint, or a panel, a tool or
                a source of the palette so named.
        """
        for item in items:
            match item:
                case Entry():
                    _claim(self._entries, item, lambda one: (one.area, one.endpoint))
                case Panel():
                    _claim(self._panels, item, lambda one: (one.beside, one.name))
                case PreferencePage():
                    _claim(self._preferences, item, lambda one: (one.area, one.endpoint))
                case PaletteSource():
                    _claim(self._sources, item, lambda one: one.name)
                case Tool():
                    _claim(self._tools, item, lambda one: one.name)

    def navigation(self, area: Area, allowed: Allowed) -> tuple[Entry, ...]:
        """The entries of an area a person may use, in order of rank, then of arrival.

        Colleagues find one and the same on the desk and on the console.
        """
        areas = {area} if area is Area.PORTAL else OF_STAFF
        return _seen([one for one in self._entries if one.area in areas], allowed)

    def panels(self, beside: Beside, allowed: Allowed) -> tuple[Panel, ...]:
        return _seen([one for one in self._panels if one.beside is beside], allowed)

    def preferences(self, area: Area, allowed: Allowed) -> tuple[PreferencePage, ...]:
        return _seen([one for one in self._preferences if one.area is area], allowed)

    def tools(self, allowed: Allowed) -> tuple[Tool, ...]:
        """What stands beside the reader's name."""
        return _seen(self._tools, allowed)

    def sources(self, allowed: Allowed) -> tuple[PaletteSource, ...]:
        """Where the palette of a person looks."""
        return _seen(self._sources, allowed)


def _claim(taken: list[T], item: T, place: Callable[[T], object]) -> None:
    if any(place(one) == place(item) for one in taken):
        raise Taken(f"{place(item)} is taken already")
    taken.append(item)


def _seen(items: Sequence[T], allowed: Allowed) -> tuple[T, ...]:
    mine = [one for one in items if one.permission is None or allowed(one.permission)]
    return tuple(sorted(mine, key=lambda one: one.rank))
