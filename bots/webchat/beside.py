"""What the chat puts on the pages of customers: the ways into it, beside an order or a case."""

from collections.abc import Mapping
from typing import Final

from flask import render_template, request

from oms_service.access.guard import CUSTOMERS
from oms_service.ports.slots import Beside, Panel
from oms_service.web.languages import spoken
from oms_service.web.texts import N_

#: The blueprint of the pages that are the chat.
CHAT_PAGES: Final = "webchat"


def of_order(context: Mapping[str, object]) -> str | None:
    """Ask about this order."""
    number = context.get("order_number")
    if not number:
        return None
    return render_template("webchat/beside_order.html", number=number)


def of_case(context: Mapping[str, object]) -> str | None:
    """Where the answers are, for the customer who reads of their case."""
    return render_template("webchat/beside_case.html") if context.get("customer_reads") else None


def of_page(context: Mapping[str, object]) -> str | None:  # noqa: ARG001 - a panel's signature
    """The way into the chat from any page but those the chat stands on."""
    if request.blueprint == CHAT_PAGES:
        return None
    return render_template("webchat/widget.html", language=spoken())


PANELS: Final = (
    Panel(beside=Beside.PAGE, name="chat", label=N_("Chat"), render=of_page),
    Panel(
        beside=Beside.ORDER,
        name="chat",
        label=N_("Chat"),
        render=of_order,
        permission=CUSTOMERS,
    ),
    Panel(
        beside=Beside.CASE,
        name="chat",
        label=N_("Chat"),
        render=of_case,
        permission=CUSTOMERS,
    ),
)
