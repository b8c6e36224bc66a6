"""What the addresses of the desk lead to, for colleagues who are limited to some queues."""

from collections.abc import Mapping
from typing import Any

from flask import Flask
from sqlalchemy import Connection

from cases import queries, reach
from cases.routing import queries as routing
from cases.together import queries as together
from oms_service.access import doors
from oms_service.access.states import ScopeKind
from oms_service.kernel.languages import Words
from oms_service.runtime import Runtime


def register(app: Flask, runtime: Runtime) -> None:
    """Say what the addresses of the desk lead to, and which queues there are."""
    runtime.scopes[ScopeKind.QUEUE] = _names
    doors.leads(app, "/desk/cases/<number>", ScopeKind.QUEUE, _of_case)
    doors.leads(app, "/desk/team/told/<number>", ScopeKind.QUEUE, _of_case)
    doors.leads(app, "/desk/tasks/<number>", ScopeKind.QUEUE, _of_task)
    doors.of_all(
        app,
        "/desk/bulk/<public_id>",
        "/desk/files/<public_id>",
        "/desk/views/<public_id>",
        because="one's own, or what all colleagues share",
    )
    doors.of_all(
        app,
        "/desk/deliveries/rules/",
        "/desk/macros/",
        "/desk/routing/",
        "/desk/settings/",
        "/desk/team/",
        "/desk/times/",
        because="settings of the desk, for who may change them at all",
    )
    doors.shut(app, "/desk/feedback", ScopeKind.QUEUE)
    doors.of_all(
        app,
        "/desk/board",
        "/desk/reports",
        because="one's own figures, and those of the queues of who looks",
    )
    doors.of_all(
        app,
        "/desk/customers/",
        because="who a customer is; of cases and what was said the page shows one's own queues",
    )
    doors.of_all(
        app, "/desk/refunds/<", because="money of an order; the page looks at the case of it"
    )


def _names(reader: Connection) -> dict[int, Words]:
    return {one.id: one.name for one in routing.queues(reader)}


def _of_case(reader: Connection, gaps: Mapping[str, Any]) -> frozenset[int]:
    found = queries.by_number(reader, str(gaps["number"]))
    return frozenset(reach.queues_of(reader, [found.id]).values())


def _of_task(reader: Connection, gaps: Mapping[str, Any]) -> frozenset[int]:
    found = together.task(reader, str(gaps["number"]))
    return frozenset(reach.queues_of(reader, [found.case_id]).values())
