"""Opening the thing is reading what was told of it."""

from typing import Final

from flask import Flask, Response, g, request

from cases import queries as cases
from notifications.colleagues import queries, service
from notifications.colleagues.teller import path_of
from oms_service.access.queries import StaffView
from oms_service.kernel import actors
from oms_service.runtime import Runtime, reading

#: Pages of cases, whose number people type as they like.
_CASES: Final = frozenset({"desk.case", "desk.case_pane"})
#: Pages whose address is the path of what is told of them.
_OTHERS: Final = frozenset({"console_stock.one", "console.fallout"})

#: Where the list *For me* is marked as seen.
_NEWS: Final = "together.read_news"


def register(app: Flask, runtime: Runtime) -> None:
    """Look at each page that a colleague has been shown."""

    @app.after_request
    def see(response: Response) -> Response:
        me: StaffView | None = g.get("staff")
        if me is not None and request.endpoint == _NEWS and response.status_code < 400:  # noqa: PLR2004 - done
            with runtime.unit_of_work(actors.staff(me.id)) as uow:
                service.read_mentions(uow, me.id)
        if me is None or request.method != "GET" or response.status_code != 200:  # noqa: PLR2004 - shown
            return response
        path = _path()
        if path and queries.is_unread_at(reading(), me.id, path):
            with runtime.unit_of_work(actors.staff(me.id)) as uow:
                service.read_at(uow, me.id, path)
        return response


def _path() -> str:
    """The path of the thing at hand; empty where nothing is told of this page."""
    if request.endpoint in _CASES:
        return path_of(cases.by_number(reading(), (request.view_args or {})["number"]))
    return request.path if request.endpoint in _OTHERS else ""
