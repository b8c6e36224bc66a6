"""What a case is about, on its page: beside it to read, under the conversation to set."""

from collections.abc import Mapping
from typing import Any, Final

from flask import g, render_template
from sqlalchemy.orm import Session

from cases import queries as cases
from cases.states import CaseState, LineEnding, Priority
from cases.taxonomy import labels, queries, telling
from cases.taxonomy.states import FieldKind
from cases.taxonomy.views import OrderInCase, ValueView
from cases.taxonomy.words import ENDINGS, GROUPS, YES_NO
from cases.words import PRIORITIES
from oms_service.access.guard import staff
from oms_service.kernel.languages import say
from oms_service.orders.states import FulfilmentState, OrderState
from oms_service.ports.slots import Beside, Panel
from oms_service.runtime import runtime
from oms_service.web.languages import OWN_NAMES, spoken
from oms_service.web.texts import N_, gettext

#: How far an order is, in a word: what it was when it came to the case, and what it is now.
FULFILMENTS: Final = {
    FulfilmentState.UNALLOCATED: N_("being prepared"),
    FulfilmentState.BACKORDERED: N_("waiting for goods"),
    FulfilmentState.PARTIALLY_ALLOCATED: N_("being prepared"),
    FulfilmentState.ALLOCATED: N_("being prepared"),
    FulfilmentState.PICKING: N_("being picked"),
    FulfilmentState.PACKED: N_("packed"),
    FulfilmentState.PARTIALLY_SHIPPED: N_("partly shipped"),
    FulfilmentState.SHIPPED: N_("shipped"),
    FulfilmentState.PARTIALLY_DELIVERED: N_("partly delivered"),
    FulfilmentState.DELIVERED: N_("delivered"),
    FulfilmentState.CANCELLED: N_("cancelled"),
}


def _(text: str) -> str:
    return str(gettext(text))


def about(context: Mapping[str, object]) -> str | None:
    """Tags, fields and orders of a case, to read."""
    case_id = context.get("case_id")
    if not isinstance(case_id, int):
        return None
    with runtime().database.looking() as session:
        shown = _shown(session, case_id)
    return render_template("taxonomy/about.html", **shown, me=staff())


def work(context: Mapping[str, object]) -> str | None:
    """The same, to set."""
    case_id = context.get("case_id")
    if not isinstance(case_id, int):
        return None
    with runtime().database.looking() as session:
        shown = _shown(session, case_id)
        case = shown["case"]
        stage = queries.stage_of_order(session, case.order_id)
        offered = queries.reasons(session)
    grouped = [
        (_(word), [(one.code, say(one.name, spoken())) for one in offered if one.group is group])
        for group, word in GROUPS.items()
        if any(one.group is group for one in offered)
    ]
    usable = {one.code for one in offered if one.is_active} | {case.reason}
    return render_template(
        "taxonomy/work.html",
        **shown,
        stage=stage,
        reasons=[
            (heading, [one for one in options if one[0] in usable]) for heading, options in grouped
        ],
        priorities=[(str(one), _(word)) for one, word in PRIORITIES.items()],
        languages=[(str(one), name) for one, name in OWN_NAMES.items()],
        statuses=[
            ("", _("No more than the state")),
            *(
                (one.code, say(one.agent, spoken()))
                for one in labels.here().within(CaseState(case.state))
            ),
        ],
        endings=[
            ("", _("Not settled yet")),
            *((str(one), _(word)) for one, word in ENDINGS.items()),
        ],
        Kind=FieldKind,
        yes_no=[("", "—"), *((one, _(word)) for one, word in YES_NO.items())],
        choices_of=_choices,
    )


def line_endings(case_id: int) -> list[tuple[str, str]]:
    """How lines may have ended, where one of a case is open yet; else nothing."""
    with runtime().database.looking() as session:
        if not queries.open_lines(session, case_id):
            return []
    return [("", _("As the case ended")), *((str(one), _(word)) for one, word in ENDINGS.items())]


def _choices(one: ValueView) -> list[tuple[str, str]]:
    """What may be chosen; what was chosen stays there, also when it is offered no more."""
    return [
        ("", "—"),
        *(
            (choice.code, say(choice.name, spoken()))
            for choice in one.field.choices
            if choice.is_active or choice.code == one.value
        ),
    ]


def _shown(session: Session, case_id: int) -> dict[str, Any]:
    """What both boxes of a page show; read once for it."""
    if g.get("case_shown", {}).get("case_id") != case_id:
        g.case_shown = {"case_id": case_id, **_read(session, case_id)}
    return dict(g.case_shown)


def _read(session: Session, case_id: int) -> dict[str, Any]:
    case = cases.by_id(session, case_id)
    queues = queries.queues(session)
    return {
        "case": case,
        "queue_code": queues[case.queue_id][0],
        "queues": [(code, say(name, spoken())) for code, name in queues.values()],
        "queue": say(queues[case.queue_id][1], spoken()),
        "priority": _(PRIORITIES[Priority(case.priority)]),
        "language": OWN_NAMES[case.language],
        "tags": queries.tags_of(session, [case_id]).get(case_id, []),
        "all_tags": list(queries.tag_names(session).values()),
        "values": queries.values(session, case_id, case.reason),
        "value_of": telling.value,
        "orders": queries.orders_of(session, case_id),
        "then_and_now": then_and_now,
        "ending_of": lambda one: _(ENDINGS[LineEnding(one)]) if one else _("not settled yet"),
    }


def then_and_now(one: OrderInCase) -> tuple[str, str]:
    """How far an order was when it came to the case, if that is known, and how far it is."""
    order = one.order
    was = str(one.snapshot.get("fulfilment_state", ""))
    return (
        _stands(str(one.snapshot.get("order_state", "")), was) if was else "",
        _stands(str(order.order_state), str(order.fulfilment_state)),
    )


def _stands(order_state: str, fulfilment_state: str) -> str:
    if order_state == OrderState.CANCELLED:
        return _(FULFILMENTS[FulfilmentState.CANCELLED])
    return _(FULFILMENTS[FulfilmentState(fulfilment_state)])


PANELS: Final = (
    Panel(
        beside=Beside.CASE,
        name="about",
        label=N_("About this case"),
        render=about,
        permission="cases:read",
        rank=10,
    ),
    Panel(
        beside=Beside.CASE_WORK,
        name="sort",
        label=N_("Sort this case"),
        render=work,
        permission="cases:work",
        rank=40,
    ),
)
