"""Hangs everything that colleagues do with cases into the app that Slack knows."""

from collections.abc import Mapping
from typing import Any, Final

from slack_bolt import Ack, App, BoltContext

from bots.slack.working import (
    acting,
    deciding,
    ending,
    places,
    pressing,
    putting_away,
    showing,
    sorting,
    taking,
    writing,
)
from bots.slack.working.pressing import Matter
from oms_service.kernel.errors import DomainError
from oms_service.runtime import Runtime

#: By verb: what is pressed on cards and in menus, and the forms that are sent.
MATTERS: Final[Mapping[str, Matter]] = {
    one.verb: one
    for part in (acting, deciding, ending, places, putting_away, showing, sorting, taking, writing)
    for one in part.MATTERS
}
#: The menu of a card says in its value what is meant.
MENU: Final = "case:more"


def attach(app: App, house: Runtime) -> None:
    """Listen to every verb, and to nothing else."""
    press, form = pressing.on_press(house, MATTERS), pressing.on_form(house, MATTERS)
    app.action(MENU)(press)
    for verb, matter in MATTERS.items():
        if matter.press is not None:
            app.action(f"case:{verb}")(press)
        if matter.send is not None:
            app.view(f"case:{verb}")(form)
    app.action("macro")(press)

    @app.options("staff")
    def colleagues(ack: Ack, body: Mapping[str, Any], context: BoltContext) -> None:
        asked = pressing.sent(house, body, context)
        options: list[dict[str, Any]] = []
        if asked is not None:
            try:
                asked.seat.colleague("cases:assign")
                options = taking.found_colleagues(asked, str(body.get("value", "")))
            except DomainError:
                options = []
        ack(options=options)
