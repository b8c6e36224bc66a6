"""On the page of a case: what can be done about its order, what waits, what was done."""

from collections.abc import Mapping
from typing import Final

from flask import render_template

from cases import queries as case_queries
from cases.acting import pages, showing, words
from cases.acting import queries as acts
from cases.states import ACTIVE
from oms_service.access.guard import actor
from oms_service.console import payments_words as money_words
from oms_service.orders import queries as orders
from oms_service.orders.states import OrderState
from oms_service.ports.slots import Area, Beside, Entry, Panel
from oms_service.runtime import runtime
from oms_service.web.texts import N_


def of_case(context: Mapping[str, object]) -> str | None:
    """The box; nothing of cases without an order, and of drafts."""
    case_id, order_id = context.get("case_id"), context.get("order_id")
    if not isinstance(case_id, int) or not isinstance(order_id, int):
        return None
    with runtime().database.looking() as session:
        case = case_queries.by_id(session, case_id)
        order = orders.by_id(session, order_id)
        if order.order_state is OrderState.DRAFT:
            return None
        further = acts.further_of(session, case_id, order_id)
        shown = showing.Beside(session, case_id, order_id, me=actor().ref)
        numbers = orders.numbers_of(session, further)
    return render_template(
        "acting/panel.html",
        case=case,
        order=order,
        shown=shown,
        is_active=case.state in ACTIVE,
        others=sorted(numbers.values()),
        me=actor().ref,
        words=words,
        money_words=money_words,
        showing=showing,
    )


PANEL: Final = Panel(
    beside=Beside.CASE_WORK,
    name="acting",
    label=N_("Do something about the order"),
    render=of_case,
    permission="cases:act",
    rank=20,
)
ENTRY: Final = Entry(
    area=Area.DESK,
    label=N_("To approve"),
    endpoint="case_acting.waiting",
    permission="refunds:approve",
    badge=pages.count_waiting,
    is_personal=True,
    icon="people",
    rank=15,
)
