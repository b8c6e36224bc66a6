"""Why a case is where it is, beside the case itself."""

from collections.abc import Mapping
from typing import Final

from flask import render_template

from cases import queries as cases
from cases.routing import queries, words
from cases.states import ACTIVE
from cases.taxonomy import queries as taxonomy
from oms_service.access import queries as access
from oms_service.ports.slots import Beside, Panel
from oms_service.runtime import runtime
from oms_service.web.texts import N_


def of_case(context: Mapping[str, object]) -> str | None:
    """The queue and rule, who has it and why, who else was considered, or why nobody has it."""
    case_id = context.get("case_id")
    if not isinstance(case_id, int):
        return None
    with runtime().database.reading() as connection:
        case = cases.by_id(connection, case_id)
        route = queries.routes(connection, [case_id]).get(case_id)
        _code, queue = taxonomy.queues(connection)[case.queue_id]
        rule = queries.rule(connection, route.rule_id) if route and route.rule_id else None
        names = access.staff_names(connection)
    return render_template(
        "routing/beside.html",
        case=case,
        is_active=case.state in ACTIVE,
        route=route,
        queue=queue,
        rule=rule,
        who=names,
        why=words.WHY,
        nobody=words.NOBODY,
        verdicts=words.VERDICTS,
    )


PANELS: Final = (
    Panel(
        beside=Beside.CASE,
        name="routing",
        label=N_("Routing"),
        render=of_case,
        permission="cases:read",
        rank=90,
        folds=True,
    ),
)
