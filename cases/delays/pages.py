"""Deliveries at risk: which orders need somebody, why, whose move it is, and their cases."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import queries, reach
from cases.delays.policy import REASON
from cases.desk import hints
from cases.models import Case
from cases.states import ACTIVE
from oms_service.access.guard import guard, staff
from oms_service.console import sheets
from oms_service.infra.db import Database
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import say
from oms_service.kernel.pages import Page
from oms_service.operations.outlook import words
from oms_service.orders import queries as orders
from oms_service.ports.slots import Area, Beside, Entry, Panel
from oms_service.runtime import Runtime, runtime
from oms_service.shipping import outlooks
from oms_service.shipping.queries import Outlook
from oms_service.shipping.states import WHO, Cause, Jeopardy, Who
from oms_service.shipping.windows import Window
from oms_service.web.languages import spoken
from oms_service.web.texts import N_, gettext

blueprint = Blueprint(
    "delays", __name__, url_prefix="/desk/deliveries", template_folder="templates"
)

PAGE: Final = 40
#: Orders that are read and held at once for a file.
_PIECE: Final = 200
#: Tone and icon of each way a promise stands.
LOOKS: Final[Mapping[Jeopardy, tuple[str, str]]] = {
    Jeopardy.ON_TIME: ("success", "check"),
    Jeopardy.AT_RISK: ("attention", "clock"),
    Jeopardy.LATE: ("danger", "alert"),
    Jeopardy.STALLED: ("danger", "pause"),
}
_VIEWS: Final[Mapping[str, tuple[str, tuple[Jeopardy, ...]]]] = {
    "all": (N_("All in doubt"), (Jeopardy.AT_RISK, Jeopardy.LATE, Jeopardy.STALLED)),
    "at_risk": (N_("At risk"), (Jeopardy.AT_RISK,)),
    "late": (N_("Late"), (Jeopardy.LATE,)),
    "stalled": (N_("Stalled"), (Jeopardy.STALLED,)),
}
_ACTORS: Final = (Who.AGENT, Who.CUSTOMER, Who.WAREHOUSE, Who.CARRIER)
_CAUSES: Final = tuple(one for one in Cause if one is not Cause.NONE)
#: The keys of the list, beyond those of every page.
_KEYS: Final = {
    "j / k": N_("Next or previous line"),
    "Enter": N_("Open it"),
    "?": N_("Show these keys"),
}


def _(text: str) -> str:
    return str(gettext(text))


@dataclass(frozen=True)
class _Asked:
    """Which orders the address asks for."""

    view: str
    who: Who | None
    cause: Cause | None

    def page(self, session: Session, *, cursor: str, limit: int) -> Page[Outlook]:
        return outlooks.in_doubt(
            session,
            jeopardy=_VIEWS[self.view][1],
            causes=(self.cause,) if self.cause else (),
            who=self.who,
            cursor=cursor,
            limit=limit,
        )

    def url(self, endpoint: str = "delays.listed", **changes: str | None) -> str:
        args = {"view": self.view, "who": self.who, "cause": self.cause, **changes}
        kept = urlencode({name: value for name, value in args.items() if value})
        return f"{url_for(endpoint)}?{kept}"


@blueprint.get("")
@guard("orders:read")
def listed() -> ResponseReturnValue:
    """Orders whose promise is in doubt or broken, those promised first in front."""
    asked = _asked()
    try:
        shown = _shown(asked)
    except Invalid:
        return redirect(asked.url())
    language = spoken()
    return render_template(
        "delays/list.html",
        area="desk",
        who=asked.who,
        whose_moves=[
            ("", _("Anybody")),
            *((one, say(words.WHO[one], language)) for one in _ACTORS),
        ],
        cause=asked.cause,
        causes=[
            ("", _("Any cause")),
            *((one, say(words.CAUSES[one], language)) for one in _CAUSES),
        ],
        view=asked.view,
        # Streams are for colleagues who read cases; whoever does not comes back every half minute.
        stream=hints.stream_url(outlooks.TOPIC) if staff().may("cases:read") else "",
        keys=_KEYS,
        **shown,
    )


@blueprint.get("/live")
@guard("orders:read")
def live() -> ResponseReturnValue:
    """The same alone, as it stands now."""
    try:
        return render_template("delays/board.html", **_shown(_asked()))
    except Invalid:
        return "", 422


@blueprint.get("/export.csv")
@guard("orders:read")
def sheet() -> Response:
    """The orders that the same address shows as a list."""
    return sheets.streamed("deliveries-in-doubt", _rows(_asked()))


def _asked() -> _Asked:
    view, who, cause = (request.args.get(name, "") for name in ("view", "who", "cause"))
    return _Asked(
        view if view in _VIEWS else "all",
        next((one for one in _ACTORS if one == who), None),
        next((one for one in _CAUSES if one == cause), None),
    )


def _shown(asked: _Asked) -> dict[str, Any]:
    """What the board says, with what its lines need.

    Raises:
        Invalid: a cursor of another list.
    """
    cursor = request.args.get("cursor", "")
    with runtime().database.looking() as session:
        page = asked.page(session, cursor=cursor, limit=PAGE)
        counts = outlooks.counts(session)
        ids = [one.order_id for one in page.items]
        numbers = orders.numbers_of(session, ids)
        since = outlooks.since(session, ids)
        found = _cases_of(session, ids)
    return {
        "outlooks": page.items,
        "numbers": numbers,
        "since": since,
        "cases": found,
        "tabs": [
            {
                "label": _(label),
                "url": asked.url(view=name),
                "is_current": name == asked.view,
                "count": sum(counts.get(one, 0) for one in standing),
            }
            for name, (label, standing) in _VIEWS.items()
        ],
        "slip_days": _slip_days,
        "export_url": asked.url("delays.sheet"),
        "live_url": asked.url("delays.live", cursor=cursor),
        "first_url": asked.url() if cursor else None,
        "next_url": asked.url(cursor=page.next_cursor) if page.next_cursor else None,
        **_shared(),
    }


def _cases_of(session: Session, order_ids: Sequence[int]) -> dict[int, str]:
    """The numbers of the open delay cases of some orders that the reader may see, by order."""
    found = session.execute(
        select(Case.order_id, Case.id, Case.number).where(
            Case.order_id.in_(order_ids), Case.reason == REASON, Case.state.in_(ACTIVE)
        )
    ).all()
    theirs = reach.those(session, [row.id for row in found], staff())
    return {row.order_id: row.number for row in found if row.id in theirs}


def _rows(asked: _Asked) -> Iterator[Sequence[str]]:
    language, zone = spoken(), runtime().settings.zone
    yield (
        _("Order"),
        _("Standing"),
        _("Cause"),
        _("In doubt since"),
        _("Promised from"),
        _("Promised until"),
        _("Expected from"),
        _("Expected until"),
        _("Next step"),
        _("Whose move it is"),
        _("Case"),
    )
    cursor = ""
    while True:
        with runtime().database.looking() as session:
            page = asked.page(session, cursor=cursor, limit=_PIECE)
            ids = [one.order_id for one in page.items]
            numbers, since = orders.numbers_of(session, ids), outlooks.since(session, ids)
            found = _cases_of(session, ids)
        for one in page.items:
            at = since.get(one.order_id)
            yield (
                numbers.get(one.order_id, ""),
                say(words.JEOPARDY[one.jeopardy], language),
                say(words.CAUSES[one.cause], language),
                at.astimezone(zone).isoformat(timespec="seconds") if at else "",
                *_ends(one.promised),
                *_ends(one.estimated),
                say(words.SUGGESTIONS[one.suggestion], language),
                say(words.WHO[WHO[one.suggestion]], language),
                found.get(one.order_id, "") if staff().may("cases:read") else "",
            )
        if not page.next_cursor:
            return
        cursor = page.next_cursor


def _ends(window: Window | None) -> tuple[str, str]:
    if window is None:
        return "", ""
    first, last = window.spoken(runtime().settings.zone)
    return first.isoformat(), last.isoformat()


def _slip_days(outlook: Outlook) -> int:
    """How many days after the last promised day it is expected to have come; 0 for none."""
    if outlook.promised is None or outlook.estimated is None:
        return 0
    promised, expected = (_last_day(one) for one in (outlook.promised, outlook.estimated))
    return max(0, (expected - promised).days)


def _last_day(window: Window) -> date:
    zone = runtime().settings.zone
    last = window.spoken(zone)[1]
    return last.astimezone(zone).date() if isinstance(last, datetime) else last


def of_order(context: Mapping[str, object]) -> str | None:
    """How an order's promise stands, beside the order and beside its case."""
    order_id = context.get("order_id")
    if not isinstance(order_id, int):
        return None
    with runtime().database.looking() as session:
        outlook = outlooks.of_order(session, order_id)
        if outlook is None:
            return None
        found = queries.open_of_order(session, order_id, REASON)
        is_theirs = found is not None and bool(reach.those(session, [found.id], staff()))
    return render_template(
        "delays/panel.html",
        outlook=outlook,
        case_number=found.number if found and is_theirs else None,
        here=request.path,
        **_shared(),
    )


def register(house: Runtime) -> None:
    """The way to the list, and the panels."""
    house.slots.add(
        Entry(
            area=Area.DESK,
            label=N_("Deliveries at risk"),
            group=N_("Sales"),
            endpoint="delays.listed",
            permission="orders:read",
            badge=lambda: _stalled_or_late(house.database),
            icon="truck",
            rank=21,
        ),
        *(
            Panel(
                beside=beside,
                name="outlook",
                label=N_("Arrival"),
                render=of_order,
                permission="orders:read",
                rank=20,
                folds=True,
            )
            for beside in (Beside.ORDER, Beside.CASE)
        ),
    )


def _stalled_or_late(database: Database) -> int:
    with database.reading() as connection:
        counts = outlooks.counts(connection)
    return counts.get(Jeopardy.LATE, 0) + counts.get(Jeopardy.STALLED, 0)


def _shared() -> dict[str, object]:
    zone = runtime().settings.zone

    def spoken_days(window: Window) -> tuple[object, object]:
        return window.spoken(zone)

    return {"said": words, "badges": LOOKS, "whose": WHO, "spoken": spoken_days}
