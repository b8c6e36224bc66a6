"""``/v1/tasks`` and what hangs together with a case: watchers, links, child cases, side tasks."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Response, jsonify

from cases import queries as cases
from cases.api.together_schemas import (
    RELATIVE,
    RELATIVES,
    TASK,
    LinkBodySchema,
    NewChildSchema,
    NewTaskSchema,
    RelativeSchema,
    RelativesSchema,
    RemarkSchema,
    TaskSchema,
    TasksQuery,
    TasksSchema,
    TaskVersionSchema,
)
from cases.together import linking, queries, tasks, watching
from cases.together.linking import Child
from cases.together.queries import Reader, Shown
from cases.together.tasks import Wish
from cases.together.views import RelativeView, TaskView
from oms_service.access import guard, personal
from oms_service.api import etags, paging
from oms_service.api.idempotency import PARAMETER, REPLAYED_HEADER, idempotent, key_of_request
from oms_service.api.openapi import Blueprint, json_only
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import NotFound
from oms_service.runtime import runtime

blueprint = Blueprint(
    "together_api",
    __name__,
    url_prefix="/v1",
    description="Watchers, links, child cases and side tasks of cases.",
)
blueprint.before_request(json_only)

_ADDS: Final = (400, 401, 403, 404, 409, 413, 415, 422, 429)
#: A colleague's id in an address.
_AGENT: Final = "<int(max=2147483647):agent>"


# Relatives of a case


@blueprint.get("/cases/<number>/relatives")
@guard.guard(scope="cases:read")
@blueprint.response(200, RelativesSchema, example=RELATIVES, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def relatives(number: str) -> Response:
    """Who watches a case, and which cases hang together with it."""
    _count()
    with runtime().database.reading() as connection:
        said = _relatives(connection, cases.by_number(connection, number).id)
    return etags.tagged_by_content(jsonify(said))


@blueprint.post("/cases/<number>/links")
@guard.guard(scope="cases:work")
@blueprint.arguments(LinkBodySchema())
@blueprint.response(200, RelativesSchema, example=RELATIVES, headers=REPLAYED_HEADER)
@blueprint.refuses(*_ADDS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def link(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Link a case to another; linked so already, nothing happens."""
    _count()
    case, other = _pair(uow, number, wanted["to"])
    linking.link(uow, case, other, wanted["kind"])
    return _relatives(uow.session, case), 200


@blueprint.post("/cases/<number>/links/remove")
@guard.guard(scope="cases:work")
@blueprint.arguments(LinkBodySchema())
@blueprint.response(200, RelativesSchema, example=RELATIVES, headers=REPLAYED_HEADER)
@blueprint.refuses(*_ADDS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def unlink(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Take a link away; where there is none, nothing happens."""
    _count()
    case, other = _pair(uow, number, wanted["to"])
    linking.unlink(uow, case, other, wanted["kind"])
    return _relatives(uow.session, case), 200


@blueprint.post("/cases/<number>/children")
@guard.guard(scope="cases:work")
@blueprint.arguments(NewChildSchema())
@blueprint.response(201, RelativeSchema, example=RELATIVE, headers=REPLAYED_HEADER)
@blueprint.refuses(*_ADDS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def open_child(
    uow: UnitOfWork, wanted: Mapping[str, Any], number: str
) -> tuple[dict[str, Any], int]:
    """Open a case from this one; an open case of that order and reason becomes the child."""
    _count()
    parent = cases.by_number(uow.session, number)
    wish = Child(
        reason=wanted["reason"],
        key=_key(),
        note=wanted["note"],
        order_id=parent.order_id if wanted["with_order"] else None,
        is_blocking=wanted["is_blocking"],
    )
    made = linking.open_child(uow, parent.id, wish, assignee_id=wanted["agent"])
    return {
        "number": made.number,
        "state": str(made.state),
        "is_blocking": wish.is_blocking,
        "agent": made.assignee_id,
    }, 201


@blueprint.post(f"/cases/<number>/watchers/{_AGENT}")
@guard.guard(scope="cases:work")
@blueprint.response(200, RelativesSchema, example=RELATIVES, headers=REPLAYED_HEADER)
@blueprint.refuses(*_ADDS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def watch(uow: UnitOfWork, number: str, agent: int) -> tuple[dict[str, Any], int]:
    """Let a colleague watch a case."""
    _count()
    case = cases.by_number(uow.session, number)
    watching.watch(uow, case.id, agent)
    return _relatives(uow.session, case.id), 200


@blueprint.post(f"/cases/<number>/watchers/{_AGENT}/remove")
@guard.guard(scope="cases:work")
@blueprint.response(200, RelativesSchema, example=RELATIVES, headers=REPLAYED_HEADER)
@blueprint.refuses(*_ADDS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def unwatch(uow: UnitOfWork, number: str, agent: int) -> tuple[dict[str, Any], int]:
    """A colleague watches a case no more; who did not, stays away all the same."""
    _count()
    case = cases.by_number(uow.session, number)
    if agent not in queries.watchers(uow.session, case.id):
        raise NotFound("that colleague does not watch this case")
    watching.unwatch(uow, case.id, agent)
    return _relatives(uow.session, case.id), 200


# Side tasks


@blueprint.get("/tasks")
@guard.guard(scope="tasks:work")
@blueprint.arguments(TasksQuery(), location="query")
@blueprint.response(200, TasksSchema, example={"tasks": [TASK]}, headers=paging.LINK_HEADER)
@blueprint.refuses(401, 403, 422, 429)
def several(wanted: Mapping[str, Any]) -> Response:
    """Side tasks of all cases: those to do by when they are due, or those that have ended."""
    _count()
    limit = int(wanted["limit"])
    with runtime().database.reading() as connection:
        found = queries.listed(
            connection,
            shown=Shown.ENDED if wanted["ended"] else Shown.TO_DO,
            team=wanted["team"],
            cursor=wanted["cursor"] or None,
            limit=limit,
        )
        numbers = queries.numbers_of(connection, {one.case_id for one in found.items})
    said = [_task(one, numbers) for one in found.items]
    return paging.with_link(jsonify({"tasks": said}), found, limit=limit)


@blueprint.get("/tasks/<number>")
@guard.guard(scope="tasks:work")
@blueprint.response(200, TaskSchema, example=TASK, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def one(number: str) -> Response:
    """One side task."""
    _count()
    with runtime().database.reading() as connection:
        said = _said(connection, queries.task(connection, number))
    return etags.tagged_by_content(jsonify(said))


@blueprint.get("/cases/<number>/tasks")
@guard.guard(scope="tasks:work")
@blueprint.response(200, TasksSchema, example={"tasks": [TASK]}, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def of_case(number: str) -> Response:
    """The side tasks of a case and of all that were merged into it; those to do first."""
    _count()
    with runtime().database.reading() as connection:
        found = queries.of_case(connection, cases.by_number(connection, number).id)
        numbers = queries.numbers_of(connection, {one.case_id for one in found})
    said = [_task(one, numbers) for one in found]
    return etags.tagged_by_content(jsonify({"tasks": said}))


@blueprint.post("/cases/<number>/tasks")
@guard.guard(scope="tasks:work")
@blueprint.arguments(NewTaskSchema())
@blueprint.response(201, TaskSchema, example=TASK, headers=REPLAYED_HEADER)
@blueprint.refuses(*_ADDS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def ask(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Ask somebody to do something for an open case."""
    _count()
    case = cases.by_number(uow.session, number)
    wish = Wish(
        title=wanted["title"],
        detail=wanted["detail"],
        team=wanted["team"],
        assignee_id=wanted["agent"],
        due_at=wanted["due_at"],
        waits=wanted["waits"],
        key=_key(),
    )
    return _said(uow.session, tasks.ask(uow, case.id, wish)), 201


@blueprint.post("/tasks/<number>/start")
@guard.guard(scope="tasks:work")
@blueprint.arguments(TaskVersionSchema())
@blueprint.response(200, TaskSchema, example={**TASK, "state": "doing"}, headers=REPLAYED_HEADER)
@blueprint.refuses(*_ADDS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def start(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Somebody is at it."""
    _count()
    return _said(uow.session, tasks.start(uow, number, version=wanted["version"])), 200


@blueprint.post("/tasks/<number>/stop")
@guard.guard(scope="tasks:work")
@blueprint.arguments(TaskVersionSchema())
@blueprint.response(200, TaskSchema, example=TASK, headers=REPLAYED_HEADER)
@blueprint.refuses(*_ADDS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def stop(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Nobody is at it any more; the team has it again."""
    _count()
    return _said(uow.session, tasks.stop(uow, number, version=wanted["version"])), 200


@blueprint.post("/tasks/<number>/finish")
@guard.guard(scope="tasks:work")
@blueprint.arguments(RemarkSchema())
@blueprint.response(200, TaskSchema, example={**TASK, "state": "done"}, headers=REPLAYED_HEADER)
@blueprint.refuses(*_ADDS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def finish(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """It is done; the remark lands in the record of the case."""
    _count()
    done = tasks.finish(uow, number, remark=wanted["remark"], version=wanted["version"])
    return _said(uow.session, done), 200


@blueprint.post("/tasks/<number>/cancel")
@guard.guard(scope="tasks:work")
@blueprint.arguments(RemarkSchema())
@blueprint.response(
    200, TaskSchema, example={**TASK, "state": "cancelled"}, headers=REPLAYED_HEADER
)
@blueprint.refuses(*_ADDS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def cancel(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """It need not be done."""
    _count()
    done = tasks.cancel(uow, number, remark=wanted["remark"], version=wanted["version"])
    return _said(uow.session, done), 200


@blueprint.post("/tasks/<number>/undo")
@guard.guard(scope="tasks:work")
@blueprint.arguments(TaskVersionSchema())
@blueprint.response(200, TaskSchema, example={**TASK, "state": "doing"}, headers=REPLAYED_HEADER)
@blueprint.refuses(*_ADDS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def undo(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Take back that it was done or called off, for a quarter of an hour."""
    _count()
    return _said(uow.session, tasks.undo(uow, number, version=wanted["version"])), 200


# Inside


def _count() -> None:
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)


def _key() -> str:
    """The caller's key, apart from those of other callers."""
    return f"api:{guard.api_key().id}:{key_of_request()}"[:160]


def _pair(uow: UnitOfWork, number: str, other: str) -> tuple[int, int]:
    return cases.by_number(uow.session, number).id, cases.by_number(uow.session, other).id


def _relatives(reader: Reader, case_id: int) -> dict[str, Any]:
    parent = queries.parent(reader, case_id)
    return {
        "watchers": queries.watchers(reader, case_id),
        "links": [
            {
                "number": one.number,
                "state": str(one.state),
                "kind": str(one.kind),
                "is_first": one.is_from,
            }
            for one in queries.links(reader, case_id)
        ],
        "children": [_relative(one) for one in queries.children(reader, case_id)],
        "parent": _relative(parent) if parent else None,
    }


def _relative(one: RelativeView) -> dict[str, Any]:
    return {
        "number": one.number,
        "state": str(one.state),
        "is_blocking": one.is_blocking,
        "agent": one.assignee_id,
    }


def _said(reader: Reader, one: TaskView) -> dict[str, Any]:
    return _task(one, queries.numbers_of(reader, [one.case_id]))


def _task(one: TaskView, numbers: Mapping[int, str]) -> dict[str, Any]:
    return {
        "number": one.number,
        "case_number": numbers[one.case_id],
        "title": personal.shown(one.title, also="tasks:work"),
        "detail": personal.shown(one.detail, also="tasks:work"),
        "remark": personal.shown(one.remark, also="tasks:work"),
        "team": str(one.team),
        "agent": one.assignee_id,
        "due_at": one.due_at.isoformat() if one.due_at else None,
        "state": str(one.state),
        "waits": one.waits,
        "opened_at": one.opened_at.isoformat(),
        "ended_at": one.ended_at.isoformat() if one.ended_at else None,
        "version": one.version,
    }
