"""The way of an order for colleagues, beside the order itself."""

from collections.abc import Mapping
from typing import Final

from flask import render_template

from cases.delivery import pages, view
from cases.delivery.view import Saying
from oms_service.history import tracking
from oms_service.kernel.errors import NotFound
from oms_service.orders import queries as orders
from oms_service.orders.states import OrderState
from oms_service.pickup import queries as pickups
from oms_service.ports.slots import Beside, Panel
from oms_service.runtime import runtime
from oms_service.web.languages import spoken
from oms_service.web.texts import N_


def of_order(context: Mapping[str, object]) -> str | None:
    """Each step with its time, and both dates; nothing of drafts and of what a shop hands out."""
    order_id = context.get("order_id")
    if not isinstance(order_id, int):
        return None
    house = runtime()
    saying = Saying(spoken(), house.settings.zone, house.clock.now())
    with house.database.looking() as session:
        try:
            order = orders.by_id(session, order_id)
        except NotFound:
            return None
        if order.order_state is OrderState.DRAFT or pickups.of_order(session, order_id):
            return None
        found = tracking.track_all(session, house.adapters, [order], now=saying.now)[order_id]
        shown = view.of(session, found, saying)
    token = house.links.token(order.number, order.customer_id, saying.now)
    return render_template(
        "delivery/beside_order.html",
        view=shown,
        page_url=house.links.page(token),
        **pages.shown_with(),
    )


PANELS: Final = (
    Panel(
        beside=Beside.ORDER,
        name="progress",
        label=N_("Delivery"),
        render=of_order,
        permission="orders:read",
        rank=10,
    ),
)
