"""The lead's live board."""

from typing import Final

from flask import Blueprint, render_template

from cases import holding
from cases.desk import hints
from cases.reports import board
from cases.routing import words as routing_words
from cases.routing.states import Presence
from oms_service.access import queries as access
from oms_service.access.guard import guard, staff
from oms_service.ports.slots import Area, Entry
from oms_service.runtime import runtime
from oms_service.web.texts import N_

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


def _now() -> dict[str, object]:
    house = runtime()
    with house.database.reading() as connection:
        found = board.board(
            connection, now=house.clock.now(), zone=house.settings.zone, only=staff().queues
        )
        names = access.staff_names(connection)
    return {
        "board": found,
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
