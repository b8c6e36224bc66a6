"""Deliveries at risk: which orders need somebody, why, whose move it is, and their cases."""

from collections.abc import Mapping
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from cases import queries, reach
from cases.delays.policy import REASON
from cases.models import Case
from cases.states import ACTIVE
from oms_service.access.guard import guard, staff
from oms_service.infra.db import Database
from oms_service.kernel.errors import Invalid
from oms_service.operations.outlook import words
from oms_service.orders import queries as orders
from oms_service.ports.slots import Area, Beside, Entry, Panel
from oms_service.runtime import Runtime, runtime
from oms_service.shipping import outlooks
from oms_service.shipping.states import WHO, Jeopardy, Who
from oms_service.shipping.windows import Window
from oms_service.web.texts import N_, gettext

blueprint = Blueprint(
    "delays", __name__, url_prefix="/desk/deliveries", template_folder="templates"
)

PAGE: Final = 40
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


def _(text: str) -> str:
    return str(gettext(text))


@blueprint.get("")
@guard("orders:read")
def listed() -> ResponseReturnValue:
    """Orders whose promise is in doubt or broken, those promised first in front."""
    view = request.args.get("view", "all")
    view = view if view in _VIEWS else "all"
    asked = request.args.get("who", "")
    who = Who(asked) if asked in set(_ACTORS) else None
    with runtime().database.looking() as session:
        try:
            page = outlooks.in_doubt(
                session,
                jeopardy=_VIEWS[view][1],
                who=who,
                cursor=request.args.get("cursor", ""),
                limit=PAGE,
            )
        except Invalid:
            return redirect(url_for("delays.listed", view=view, who=who))
        counts = outlooks.counts(session)
        ids = [one.order_id for one in page.items]
        numbers = orders.numbers_of(session, ids)
        found = session.execute(
            select(Case.order_id, Case.id, Case.number).where(
                Case.order_id.in_(ids), Case.reason == REASON, Case.state.in_(ACTIVE)
            )
        ).all()
        theirs = reach.those(session, [row.id for row in found], staff())
        numbers_of_cases = {row.order_id: row.number for row in found if row.id in theirs}
    return render_template(
        "delays/list.html",
        area="desk",
        outlooks=page.items,
        numbers=numbers,
        cases=numbers_of_cases,
        tabs=[
            {
                "label": _(label),
                "url": url_for("delays.listed", view=name, who=who),
                "is_current": name == view,
                "count": sum(counts.get(one, 0) for one in standing),
            }
            for name, (label, standing) in _VIEWS.items()
        ],
        view=view,
        who=who,
        actors=_ACTORS,
        first_url=url_for("delays.listed", view=view, who=who)
        if request.args.get("cursor")
        else None,
        next_url=url_for("delays.listed", view=view, who=who, cursor=page.next_cursor)
        if page.next_cursor
        else None,
        **_shared(),
    )


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

    def spoken(window: Window) -> tuple[object, object]:
        return window.spoken(zone)

    return {"said": words, "badges": LOOKS, "whose": WHO, "spoken": spoken}
