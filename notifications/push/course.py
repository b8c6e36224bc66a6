"""What rang beside a message, for who looks at the message's course."""

from collections.abc import Mapping
from typing import Final

from flask import render_template

from notifications.push import queries
from notifications.push.states import Dropped, RingState
from oms_service.ports.slots import Beside, Panel
from oms_service.runtime import reading
from oms_service.web.texts import N_

#: Words, tone and icon of each state.
STATES: Final = {
    RingState.WAITING: (N_("Waiting"), "", "clock"),
    RingState.TAKEN: (N_("Handed to the push service"), "success", "check"),
    RingState.REFUSED: (N_("Refused by the push service"), "danger", "stop"),
    RingState.ENDED: (N_("The browser is not subscribed any more"), "attention", "alert"),
    RingState.DROPPED: (N_("Not rung"), "", "cross"),
}
WHY: Final = {
    Dropped.READ: N_("It had been read already."),
    Dropped.OVERTAKEN: N_("Later news of the same matter rang instead."),
    Dropped.TOO_LATE: N_("The push service could not take it in time."),
    Dropped.SWITCHED_OFF: N_("The customer had switched it off."),
}


def shown(context: Mapping[str, object]) -> str | None:
    """The rings of a message; nothing where nothing was to ring."""
    message_id = context.get("message_id")
    if not isinstance(message_id, int):
        return None
    rings = queries.of_message(reading(), message_id)
    if not rings:
        return None
    return render_template("notifications/push/course.html", rings=rings, states=STATES, why=WHY)


PANEL: Final = Panel(
    beside=Beside.MESSAGE,
    name="rings",
    label=N_("Rung in browsers"),
    render=shown,
    permission="customers:read",
)
