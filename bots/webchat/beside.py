"""What the chat puts on the pages of customers: the ways into it, beside an order or a case."""

from collections.abc import Mapping
from typing import Final

from flask import render_template

from oms_service.access.guard import CUSTOMERS
from oms_service.ports.slots import Beside, Panel
from oms_service.web.texts import N_


def of_order(context: Mapping[str, object]) -> str | None:
    """Ask about this order."""
    number = context.get("order_number")
    if not number:
        return None
    return render_template("webchat/beside_order.html", number=number)


def of_case(context: Mapping[str, object]) -> str | None:
    """Where the answers are, for the customer who reads of their case."""
    return render_template("webchat/beside_case.html") if context.get("customer_reads") else None


PANELS: Final = (
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
