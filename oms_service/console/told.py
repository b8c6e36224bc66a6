"""What the customer was told of an arrival, beside an order: the chain, and whether it was kept."""

from collections.abc import Mapping
from typing import Final

from flask import render_template
from flask_babel import get_locale
from markupsafe import Markup

from oms_service.conversations import channels
from oms_service.kernel.languages import Language, say
from oms_service.operations.outlook import words
from oms_service.runtime import runtime
from oms_service.shipping import chains
from oms_service.shipping.because import Why
from oms_service.shipping.states import Cause
from oms_service.web.texts import N_, gettext

#: Where a window was read or heard.
CHANNELS: Final[Mapping[str, str]] = {
    chains.PROMISED: N_("Promise made"),
    channels.WEBCHAT: N_("Chat"),
    channels.MAIL: N_("Mail"),
    channels.LINE: N_("LINE"),
    channels.SLACK: N_("Slack"),
    channels.SMS: N_("Text messages"),
    channels.ASSISTANT: N_("Assistants of customers"),
    "portal": N_("Customer portal"),
    "tracking_page": N_("Tracking page"),
    "calendar": N_("Calendar"),
}
#: Why it was this window.
REASONS: Final[Mapping[str, str]] = {
    "placed": N_("as the order was placed"),
    "date_known": N_("as a day was known"),
    "sent_again": N_("as more was to be sent"),
    "handed_over": N_("as the carrier took it"),
    "recovered": N_("as it had caught up"),
    Why.LEAD_TIME: N_("as parcels usually take"),
    Why.HISTORY: N_("as parcels usually take"),
    Why.CARRIER: N_("as the carrier said"),
    Why.OUT_FOR_DELIVERY: N_("as it was out for delivery"),
    Why.DELAYED: N_("as the carrier said that it is late"),
    Why.ATTEMPTED: N_("as nobody was at home"),
    Why.AT_COUNTER: N_("as it waits to be fetched"),
    Why.OVERDUE: N_("as the day had passed"),
    Why.NOT_SENT: N_("as it had not left yet"),
    Why.WISHED: N_("as the customer wished"),
    "snow": N_("because of snow"),
    "typhoon": N_("because of a typhoon"),
    "earthquake": N_("because of an earthquake"),
    "weather": N_("because of the weather"),
    "traffic": N_("because of the traffic"),
    "volume": N_("because of many parcels"),
    "no_one_home": N_("as nobody was at home"),
}


def order_panel(context: Mapping[str, object]) -> str | None:
    """Every window that was told, oldest first; nothing where nothing was."""
    order_id = context.get("order_id")
    if not isinstance(order_id, int):
        return None
    house = runtime()
    with house.database.reading() as connection:
        found = [one for one in chains.chains_of(connection, order_id) if one.said]
    if not found:
        return None
    return Markup(  # noqa: S704 - a template of ours escapes what it shows
        render_template(
            "console/told_panel.html",
            chains=found,
            now=house.clock.now(),
            channels=CHANNELS,
            why=_why,
        )
    )


def _why(code: str) -> str:
    """A reason in the reader's words; empty where it has none."""
    if code in REASONS:
        return str(gettext(REASONS[code]))
    cause = next((one for one in Cause if one and one == code), Cause.NONE)
    return say(words.CAUSES[cause], Language(str(get_locale())))
