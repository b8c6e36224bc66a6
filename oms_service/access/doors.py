"""What limited colleagues find behind a door: their own queues and locations, else nothing.

A colleague without limits passes. For the others each package says, once, what the addresses of
its pages lead to; the check runs before every request, so that no view can forget it. An address
with a gap of which nobody has said anything stays shut to them, and unknown and foreign look alike.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Flask, request
from sqlalchemy import Connection

from oms_service.access import guard
from oms_service.access.guard import Who
from oms_service.access.queries import StaffView
from oms_service.access.states import ScopeKind
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.runtime import Runtime, reading

_EXTENSION: Final = "oms.doors"

Finds = Callable[[Connection, Mapping[str, Any]], frozenset[int]]
"""From the gaps of an address to the queues or locations of what it leads to; none if unknown.

More than one where the thing is of several, as a transfer is of two locations: one is enough.
"""


@dataclass(frozen=True)
class Way:
    """The addresses that begin so, and of which queue or location what they lead to is."""

    start: str
    kind: ScopeKind | None
    finds: Finds | None
    because: str = ""
    #: Only for who is limited to nothing at all.
    is_whole: bool = False


def leads(app: Flask, start: str, kind: ScopeKind, finds: Finds) -> None:
    """Say of which queues or locations that is to which routes lead that begin with ``start``."""
    _ways(app).append(Way(start, kind, finds))


def of_all(app: Flask, *starts: str, because: str) -> None:
    """Say why routes that begin so are of no one queue or location."""
    _ways(app).extend(Way(start, None, None, because) for start in starts)


def check_offered(
    house: Runtime, reader: Connection, kind: ScopeKind, wanted: Collection[int]
) -> frozenset[int]:
    """What is wanted, if there are such queues or locations.

    Raises:
        Invalid: one of them is unknown.
    """
    if not set(wanted) <= set(house.scopes[kind](reader)):
        raise Invalid(f"there is no such {kind}", {str(kind): "has an unknown one"})
    return frozenset(wanted)


def shut(app: Flask, start: str, kind: ScopeKind) -> None:
    """Say that what begins so is of all queues or locations, and not for who is limited to some."""
    _ways(app).append(Way(start, kind, None))


def whole(app: Flask, start: str) -> None:
    """Say that what begins so tells of all queues and locations: only for who is not limited."""
    _ways(app).append(Way(start, None, None, is_whole=True))


def is_shut(app: Flask, me: StaffView, address: str) -> bool:
    """Whether a page without a gap in its address is not for a colleague with limits."""
    way = way_of(app, address)
    return way is not None and not _is_theirs(me, way, {})


def way_of(app: Flask, rule: str) -> Way | None:
    """What is said of a route: by the longest start, where there are several."""
    fitting = (one for one in _ways(app) if rule.startswith(one.start))
    return max(fitting, key=lambda one: len(one.start), default=None)


def register(app: Flask) -> None:
    """Register after the guard: it says first whether somebody may come at all."""
    app.extensions.setdefault(_EXTENSION, [])

    @app.before_request
    def check() -> None:
        rule = guard.current_rule()
        if rule is None or rule.who is not Who.STAFF or request.url_rule is None:
            return
        me = guard.staff()
        if not (me.queues or me.locations):
            return
        way, gaps = way_of(app, request.url_rule.rule), request.view_args or {}
        if (gaps or way is not None) and not _is_theirs(me, way, gaps):
            raise NotFound("nothing there for this colleague")


def _is_theirs(me: StaffView, way: Way | None, gaps: Mapping[str, Any]) -> bool:
    if way is None or way.is_whole:
        return way is not None and not (me.queues or me.locations)
    if way.kind is None or not me.scope(way.kind):
        return True
    return way.finds is not None and me.reaches(way.kind, *way.finds(reading(), gaps))


def _ways(app: Flask) -> list[Way]:
    found: list[Way] = app.extensions.setdefault(_EXTENSION, [])
    return found
