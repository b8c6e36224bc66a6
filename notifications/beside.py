"""What stands beside a customer for colleagues: which notices they want, by which way."""

from collections.abc import Mapping
from typing import Final

from flask import render_template

from notifications import preferences
from notifications.preference_pages import KINDS
from notifications.preferences import CHANNELS
from oms_service.conversations.channels import LINE, MAIL, SLACK, SMS, WEBCHAT
from oms_service.ports.slots import Beside, Panel
from oms_service.runtime import reading
from oms_service.web.texts import N_, gettext

_WAYS: Final = {
    MAIL: N_("Mail"),
    WEBCHAT: N_("Chat"),
    LINE: N_("LINE"),
    SLACK: N_("Slack"),
    SMS: N_("Text messages"),
}


def wanted(context: Mapping[str, object]) -> str | None:
    """The kinds of notices with the ways they go; one query."""
    customer_id = context.get("customer_id")
    if not isinstance(customer_id, int):
        return None
    said = preferences.of(reading(), customer_id)
    rows = [
        (
            str(gettext(words)),
            [str(gettext(_WAYS[way])) for way in CHANNELS if said.wants(kind, way)],
        )
        for kind, (words, _hint) in KINDS.items()
    ]
    return render_template("notifications/beside.html", rows=rows)


PANEL: Final = Panel(
    beside=Beside.CUSTOMER,
    name="notices",
    label=N_("Which notices they want"),
    render=wanted,
    permission="customers:read",
)
