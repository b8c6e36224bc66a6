"""Drawing Homes: at once when one is opened, else by couriers, each at its own pace."""

from dataclasses import dataclass

import structlog
from flask_babel import force_locale

from bots.slack import finding, people, queries, workspaces
from bots.slack.blocks import home as homes
from bots.slack.client import Busy, Refused, Unanswered
from bots.slack.home import keeping, reading
from bots.slack.sealing import CannotOpen
from bots.slack.seats import Seat, sit
from cases import queries as cases
from cases.events import AboutCase, CaseReleased
from cases.routing import queries as routing
from cases.routing.events import AgentChanged
from oms_service.infra.subscribers import Subscribers
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import events
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import NotFound
from oms_service.runtime import Runtime

log = structlog.get_logger(__name__)

_TROUBLE = (Busy, Refused, Unanswered, CannotOpen, NotFound)
#: When a Home that could not be drawn is tried again.
_AGAIN_S = 30.0


def view(house: Runtime, seat: Seat) -> dict[str, object] | None:
    """The Home of whoever looks, in their language; None of an unknown workspace.

    Whoever is no colleague sees how to say which one they are, and nothing else.
    """
    if seat.workspace is None:
        return None
    with force_locale(str(seat.language)):
        if seat.staff is None:
            with house.unit_of_work(SYSTEM) as uow:
                person = people.seen(uow, seat.workspace.id, seat.user)
            return homes.unlinked(people.LinkAddresses.of(house).address(person.id))
        with house.database.looking() as session:
            desk = reading.read(house, session, seat.staff)
            return homes.home(desk, finding.voice(house, session, seat.staff))


def publish(house: Runtime, seat: Seat) -> None:
    """Draw somebody's Home.

    Raises:
        Busy, Refused, Unanswered, CannotOpen, NotFound: it could not be drawn.
    """
    made = view(house, seat)
    if made is None or seat.workspace is None:
        return
    slack = workspaces.slack_of(house, seat.workspace.id)
    slack.call("views.publish", {"user_id": seat.user, "view": made})


@dataclass(frozen=True)
class Drawing:
    """Draws the Homes that are wanted anew, one at a step."""

    house: Runtime

    def step(self) -> bool:
        """Draw one; False where none has to be."""
        with self.house.unit_of_work(SYSTEM) as uow:
            due = keeping.take(uow)
        if due is None:
            return False
        wait_s = 0.0
        try:
            self._draw(due)
        except Busy as busy:
            wait_s = busy.wait_s
        except _TROUBLE as error:
            log.warning("slack.home_not_drawn", home_id=due.id, cause=str(error))
            wait_s = _AGAIN_S
        with self.house.unit_of_work(SYSTEM) as uow:
            if wait_s:
                keeping.put_off(uow, due, wait_s)
            else:
                keeping.done(uow, due)
        return True

    def _draw(self, due: keeping.Due) -> None:
        with self.house.database.reading() as connection:
            found = queries.workspace(connection, due.workspace_id)
            team = found.team if found else ""
            seat = sit(connection, team, due.user, language=self.house.settings.language)
        publish(self.house, seat)


# What makes a Home old


def subscribe(subscribers: Subscribers) -> None:
    """Hear of cases and of who is there."""
    for kind in sorted(events.known().values(), key=lambda one: one.name):
        if issubclass(kind, AboutCase):
            subscribers.react(kind, of_case)
    subscribers.react(AgentChanged, of_agent)


def of_case(uow: UnitOfWork, event: AboutCase) -> None:
    """Whoever has the case, had it, or might take it sees how it is now."""
    try:
        case = cases.by_id(uow.session, event.case_id)
    except NotFound:
        return
    concerned: set[int | None] = {case.assignee_id, getattr(event, "staff_id", None)}
    if case.assignee_id is None or isinstance(event, CaseReleased):
        concerned |= _of_queue(uow, case.queue_id)
    keeping.want(uow, {one for one in concerned if one is not None})


def of_agent(uow: UnitOfWork, event: AgentChanged) -> None:
    """Somebody came or went, or takes on more or less."""
    keeping.want(uow, {event.staff_id})


def _of_queue(uow: UnitOfWork, queue_id: int) -> set[int]:
    """The colleagues of a queue."""
    return {one.staff_id for one in routing.agents(uow.session) if queue_id in one.queues}
