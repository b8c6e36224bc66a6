"""What a colleague's Home is made of: read like the desk's inbox, with the same limits."""

from typing import Final

from sqlalchemy.orm import Session

from bots.slack import seeing
from bots.slack.blocks.home import FIGURES, MOST_MINE, MOST_WAITING, Desk
from bots.slack.blocks.results import Names
from bots.slack.blocks.speaking import Sight, Voice
from cases import queries as cases
from cases.finding import queries as finding
from cases.finding.filters import GIVEN, View, Wanted
from cases.finding.queries import Viewer
from cases.finding.states import Sort
from cases.reports import queries as reports
from cases.reports.figures import Wanted as Figures
from cases.routing import queries as routing
from oms_service.access import queries as access
from oms_service.access.queries import StaffView
from oms_service.kernel import ids
from oms_service.kernel.errors import NotFound
from oms_service.runtime import Runtime
from oms_service.shipping.accuracy import Period

#: What is counted, as the inbox does.
_COUNTED: Final = (View.MINE, View.OVERDUE, View.DUE_SOON, View.UNASSIGNED, View.WAITING)


def viewer(me: StaffView) -> Viewer:
    """Who looks, as the inbox knows them."""
    return Viewer(me.id, me.queues, sees_people=me.may("customers:personal"))


def voice(house: Runtime, session: Session, me: StaffView) -> Voice:
    """How things are said to them, and how much of a customer they may read."""
    sight = Sight.ALL if me.may("customers:personal") else Sight.NONE
    return seeing.voice(house, session, sight)


def names(session: Session) -> Names:
    """What codes and ids of lists are called."""
    reasons = {code: one.name for code, one in cases.reasons(session).items()}
    return Names(reasons=reasons, staff=access.staff_names(session))


def read(house: Runtime, session: Session, me: StaffView) -> Desk:
    """Their Home, in a number of queries that does not grow."""
    now, zone = house.clock.now(), house.settings.zone
    who = viewer(me)
    counted = {str(one): GIVEN[one].filters for one in _COUNTED}
    try:
        agent = routing.agent(session, me.id)
    except NotFound:
        agent = None

    def listed(view: View, most: int) -> finding.Found:
        wanted = Wanted(GIVEN[view].filters, sort=Sort.DUE)
        return finding.page(session, wanted, who, now=now, zone=zone, limit=most + 1)

    today = now.astimezone(zone).date()
    figures = Figures(
        period=Period(today, today, zone), queue_ids=frozenset(me.queues), agent_id=me.id
    )
    (day,) = reports.report(session, figures, now=now, figures=FIGURES)
    return Desk(
        name=me.name,
        agent=agent,
        queues={one.id: one.name for one in routing.queues(session)},
        counts=finding.counts(session, counted, who, now=now, zone=zone),
        mine=listed(View.MINE, MOST_MINE).page.items,
        waiting=listed(View.UNASSIGNED, MOST_WAITING).page.items,
        names=names(session),
        today=day.figures,
        now=now,
        desk_url=f"{house.settings.public_url.rstrip('/')}/desk",
        form_id=ids.token()[:16],
    )
