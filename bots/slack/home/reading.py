"""What a colleague's Home is made of: read like the desk's inbox, with the same limits."""

from typing import Final

from sqlalchemy.orm import Session

from bots.slack import finding
from bots.slack.blocks.home import FIGURES, MOST_MINE, MOST_WAITING, Desk
from cases.finding import queries as lists
from cases.finding.filters import GIVEN, View, Wanted
from cases.finding.states import Sort
from cases.reports import queries as reports
from cases.reports.figures import Wanted as Figures
from cases.routing import queries as routing
from oms_service.access.queries import StaffView
from oms_service.kernel import ids
from oms_service.kernel.errors import NotFound
from oms_service.runtime import Runtime
from oms_service.shipping.accuracy import Period

#: What is counted, as the inbox does.
_COUNTED: Final = (View.MINE, View.OVERDUE, View.DUE_SOON, View.UNASSIGNED, View.WAITING)


def read(house: Runtime, session: Session, me: StaffView) -> Desk:
    """Their Home, in a number of queries that does not grow."""
    now, zone = house.clock.now(), house.settings.zone
    who = finding.viewer(me)
    counted = {str(one): GIVEN[one].filters for one in _COUNTED}
    try:
        agent = routing.agent(session, me.id)
    except NotFound:
        agent = None

    def listed(view: View, most: int) -> lists.Found:
        wanted = Wanted(GIVEN[view].filters, sort=Sort.DUE)
        return lists.page(session, wanted, who, now=now, zone=zone, limit=most + 1)

    today = now.astimezone(zone).date()
    figures = Figures(
        period=Period(today, today, zone), queue_ids=frozenset(me.queues), agent_id=me.id
    )
    (day,) = reports.report(session, figures, now=now, figures=FIGURES)
    return Desk(
        name=me.name,
        agent=agent,
        queues={one.id: one.name for one in routing.queues(session)},
        counts=lists.counts(session, counted, who, now=now, zone=zone),
        mine=listed(View.MINE, MOST_MINE).page.items,
        waiting=listed(View.UNASSIGNED, MOST_WAITING).page.items,
        names=finding.names(session),
        today=day.figures,
        now=now,
        desk_url=f"{house.settings.public_url.rstrip('/')}/desk",
        form_id=ids.token()[:16],
    )
