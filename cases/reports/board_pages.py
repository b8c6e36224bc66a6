"""The lead's live board."""

from collections.abc import Sequence
from itertools import chain
from typing import Final
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, render_template

from cases import holding
from cases.desk import hints
from cases.reports import board
from cases.reports.board import WaitingAt
from cases.routing import words as routing_words
from cases.routing.states import Presence
from oms_service.access import queries as access
from oms_service.access.guard import guard, staff
from oms_service.console import sheets
from oms_service.ports.slots import Area, Entry
from oms_service.runtime import runtime
from oms_service.web.charts import Chart, Pace, Series, Unit
from oms_service.web.texts import N_, gettext

_ = gettext

blueprint = Blueprint("board", __name__, url_prefix="/desk/board", template_folder="templates")


@blueprint.get("")
@guard("reports:read")
def overview() -> str:
    """How it stands, and goes on standing: the page follows what happens."""
    return render_template(
        "reports/board.html", area="desk", stream=hints.stream_url(holding.DESK), **_now()
    )


@blueprint.get("/live")
@guard("reports:read")
def live() -> str:
    """The board alone, when something changed."""
    return render_template("reports/board_live.html", **_now())


@blueprint.get("/waiting.csv")
@guard("reports:read")
def file() -> Response:
    """The day's course of waiting customers as a file."""
    house = runtime()
    zone = house.settings.zone
    with house.database.reading() as connection:
        went = board.course(connection, now=house.clock.now(), zone=zone, only=staff().queues)
    rows = ([one.at.astimezone(zone).isoformat(), str(one.waiting)] for one in went)
    return sheets.streamed(
        f"waiting-{went[0].at.astimezone(zone).date()}", chain([["at", "waiting"]], rows)
    )


def _chart(went: Sequence[WaitingAt], zone: ZoneInfo) -> Chart | None:
    shown = Chart(
        name="waiting",
        title=str(_("Customers waiting today")),
        unit=Unit.NUMBER,
        pace=Pace.TIME,
        times=[one.at.astimezone(zone) for one in went],
        series=[Series(str(_("Waiting")), tuple(float(one.waiting) for one in went))],
    )
    return shown if shown.is_worth_drawing else None


def _now() -> dict[str, object]:
    house = runtime()
    zone = house.settings.zone
    with house.database.reading() as connection:
        went = board.course(connection, now=house.clock.now(), zone=zone, only=staff().queues)
        found = board.board(connection, now=house.clock.now(), zone=zone, only=staff().queues)
        names = access.staff_names(connection)
    return {
        "board": found,
        "chart": _chart(went, zone),
        "staff_names": names,
        "presences": routing_words.PRESENCES,
        "tones": routing_words.PRESENCE_TONES,
        "icons": routing_words.PRESENCE_ICONS,
        "nobody": routing_words.NOBODY,
        "present": [one for one in found.agents if one.presence is not Presence.OFFLINE],
    }


ENTRY: Final = Entry(
    area=Area.DESK,
    label=N_("Live board"),
    group=N_("Team and figures"),
    endpoint="board.overview",
    permission="reports:read",
    icon="people",
    rank=43,
)
