"""What is pressed at Home: whether one is there, what one looks for; and that it was opened."""

from collections.abc import Mapping
from typing import Any, Final

import structlog
from slack_bolt import Ack, App, BoltContext

from bots.slack import finding, values
from bots.slack.app import seat_of
from bots.slack.blocks import card as cards
from bots.slack.blocks import fitting, results
from bots.slack.blocks.typed import Typed
from bots.slack.client import Busy, Refused, Unanswered
from bots.slack.home import keeping, publishing
from bots.slack.sealing import CannotOpen
from bots.slack.seats import Seat
from bots.slack.values import Value
from bots.slack.working import pressing
from bots.slack.working.asked import DONE, Answer, Asked
from bots.slack.working.looking import look
from bots.slack.working.pressing import Matter
from cases.routing import agents
from cases.routing.states import Presence
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.runtime import Runtime

log = structlog.get_logger(__name__)

_TROUBLE: Final = (Busy, Refused, Unanswered, CannotOpen, NotFound)


def attach(app: App, house: Runtime) -> None:
    """Listen to Homes that are opened, and to what is pressed there."""

    @app.event("app_home_opened")
    def opened(ack: Ack, event: Mapping[str, Any], context: BoltContext) -> None:
        ack()
        if event.get("tab", "home") == "home":
            show(house, seat_of(context))

    @app.action("case:presence")
    def says_whether_there(ack: Ack, body: Mapping[str, Any], context: BoltContext) -> None:
        pressing.answer(ack, _asked(house, body, context, "presence"), "cases:work", presence)

    @app.action("case:find")
    def looks_for(ack: Ack, body: Mapping[str, Any], context: BoltContext) -> None:
        pressing.answer(ack, _asked(house, body, context, "find"), "cases:read", find)

    app.action("case:show")(pressing.on_press(house, {"show": SHOW}))

    @app.action("person:link")
    def follows_the_link(ack: Ack) -> None:
        """A button that leads to our page tells that it was pressed; nothing more is to do."""
        ack()


def _asked(house: Runtime, body: Mapping[str, Any], context: BoltContext, verb: str) -> Asked:
    """What is pressed at Home is about no case: what was chosen or typed is what counts."""
    action: Mapping[str, Any] = next(iter(body.get("actions") or ()), {})
    option = action.get("selected_option") or {}
    said = str(option.get("value") or action.get("value") or "")
    return Asked(
        house=house,
        seat=seat_of(context),
        verb=verb,
        value=Value(0, 0),
        key=f"home:{context.team_id}:{context.user_id}:{action.get('action_ts', '')}:{verb}",
        trigger=str(body.get("trigger_id") or ""),
        typed=Typed({verb: said}, {}, {}),
    )


def show(house: Runtime, seat: Seat) -> None:
    """Draw the Home of somebody who looks at it now; what fails is drawn when they come again."""
    if seat.staff is not None and seat.person is not None:
        with house.unit_of_work(SYSTEM) as uow:
            keeping.opened(uow, seat.person.id)
    try:
        publishing.publish(house, seat)
    except _TROUBLE as error:
        log.warning("slack.home_not_drawn", cause=str(error))


def presence(asked: Asked) -> Answer:
    """Say whether one is there."""
    chosen = asked.typed.values["presence"]
    if chosen not in set(Presence):
        raise Invalid("choose what you are", {"presence": "is unknown"})
    with asked.house.unit_of_work(asked.seat.actor) as uow:
        pressing.note(uow, asked)
        agents.set_presence(uow, asked.me.id, Presence(chosen))
    show(asked.house, asked.seat)
    return DONE


def find(asked: Asked) -> Answer:
    """What fits the words, in a window."""
    with asked.house.database.looking() as session:
        found = finding.find(asked.house, session, asked.me, asked.typed.values["find"])
        voice = finding.voice(asked.house, session, asked.me)
        now = asked.house.clock.now()
        return Answer(view=results.modal(found, finding.names(session), voice, now=now))


def show_case(asked: Asked) -> Answer:
    """The card of a case, in a window."""
    with look(asked) as here:
        made = cards.card(here.page, here.seen.beside, here.voice)
        case = here.page.case
        memory = values.encode(case.id, case.version)
        view = fitting.modal("case:shown", case.number, list(made.blocks), memory=memory)
        return Answer(view=view)


SHOW: Final = Matter(verb="show", needs="cases:read", press=show_case)
