"""``/v1/cases/{number}/sheet`` and what sets it: what one case is about."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Response, jsonify

from cases import queries as cases
from cases.api.taxonomy_schemas import (
    SHEET,
    LinesBodySchema,
    OrderBodySchema,
    PutTagSchema,
    SheetSchema,
    SortSchema,
    ValuesBodySchema,
)
from cases.taxonomy import fields, matters, queries, sorting, statuses, tags
from cases.taxonomy.queries import Reader
from cases.taxonomy.sorting import Sorting
from cases.views import CaseView
from oms_service.access import guard, personal
from oms_service.api import etags
from oms_service.api.idempotency import PARAMETER, REPLAYED_HEADER, idempotent
from oms_service.api.openapi import Blueprint, json_only
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid
from oms_service.orders import queries as orders
from oms_service.runtime import runtime

blueprint = Blueprint(
    "case_sheets", __name__, url_prefix="/v1", description="What a case is about."
)
blueprint.before_request(json_only)

_SETS: Final = (400, 401, 403, 404, 409, 413, 415, 422, 429)


def _count() -> None:
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)


@blueprint.get("/cases/<number>/sheet")
@guard.guard(scope="cases:read")
@blueprint.response(200, SheetSchema, example=SHEET, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def sheet(number: str) -> Response:
    """What a case is about: its reason, tags, fields, orders and lines."""
    _count()
    with runtime().database.looking() as session:
        said = _sheet(session, cases.by_number(session, number))
    return etags.tagged_by_content(jsonify(said))


@blueprint.post("/cases/<number>/sort")
@guard.guard(scope="cases:work")
@blueprint.arguments(SortSchema())
@blueprint.response(200, SheetSchema, example=SHEET, headers=REPLAYED_HEADER)
@blueprint.refuses(*_SETS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def sort(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Set reason, priority, queue, language or status; another reason brings its own along."""
    _count()
    case = cases.by_number(uow.session, number)
    wish = Sorting(**{name: wanted[name] for name in ("reason", "priority", "queue", "language")})
    sorting.sort(uow, case.id, wish, version=wanted["version"])
    if "status" in wanted:
        statuses.put(uow, case.id, wanted["status"] or None)
    return _set(uow, case), 200


@blueprint.post("/cases/<number>/tags")
@guard.guard(scope="cases:work")
@blueprint.arguments(PutTagSchema())
@blueprint.response(200, SheetSchema, example=SHEET, headers=REPLAYED_HEADER)
@blueprint.refuses(*_SETS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def put_tag(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Put a tag on a case; one it has already stays as it is."""
    _count()
    case = cases.by_number(uow.session, number)
    tags.put(uow, case.id, wanted["tag"])
    return _set(uow, case), 200


@blueprint.delete("/cases/<number>/tags/<int:tag>")
@guard.guard(scope="cases:work")
@blueprint.response(204)
@blueprint.refuses(400, 401, 403, 404, 409, 429)
def take_tag_off(number: str, tag: int) -> Response:
    """Take a tag off a case; one it does not have is off already."""
    _count()
    with runtime().unit_of_work(guard.actor()) as uow:
        tags.take_off(uow, cases.by_number(uow.session, number).id, tag)
    return Response(status=204)


@blueprint.post("/cases/<number>/fields")
@guard.guard(scope="cases:work")
@blueprint.arguments(ValuesBodySchema())
@blueprint.response(200, SheetSchema, example=SHEET, headers=REPLAYED_HEADER)
@blueprint.refuses(*_SETS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def write_fields(
    uow: UnitOfWork, wanted: Mapping[str, Any], number: str
) -> tuple[dict[str, Any], int]:
    """Write what fields say of a case; those that are not named stay."""
    _count()
    case = cases.by_number(uow.session, number)
    typed = {one["field"]: one["value"] for one in wanted["fields_"]}
    fields.write(uow, case.id, typed, version=wanted["version"])
    return _set(uow, case), 200


@blueprint.post("/cases/<number>/orders")
@guard.guard(scope="cases:work")
@blueprint.arguments(OrderBodySchema())
@blueprint.response(200, SheetSchema, example=SHEET, headers=REPLAYED_HEADER)
@blueprint.refuses(*_SETS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def add_order(
    uow: UnitOfWork, wanted: Mapping[str, Any], number: str
) -> tuple[dict[str, Any], int]:
    """Let a case be about a further order of the same customer."""
    _count()
    case = cases.by_number(uow.session, number)
    order = orders.find(uow.session, wanted["order"])
    matters.add_order(uow, case.id, order.id, version=wanted["version"])
    return _set(uow, case), 200


@blueprint.delete("/cases/<number>/orders/<order>")
@guard.guard(scope="cases:work")
@blueprint.response(204)
@blueprint.refuses(400, 401, 403, 404, 409, 429)
def remove_order(number: str, order: str) -> Response:
    """Let a case be about an order no more; where lines of it have ended, it stays."""
    _count()
    with runtime().unit_of_work(guard.actor()) as uow:
        case = cases.by_number(uow.session, number)
        matters.remove_order(uow, case.id, orders.find(uow.session, order).id)
    return Response(status=204)


@blueprint.post("/cases/<number>/lines")
@guard.guard(scope="cases:work")
@blueprint.arguments(LinesBodySchema())
@blueprint.response(200, SheetSchema, example=SHEET, headers=REPLAYED_HEADER)
@blueprint.refuses(*_SETS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def set_lines(
    uow: UnitOfWork, wanted: Mapping[str, Any], number: str
) -> tuple[dict[str, Any], int]:
    """Say how many pieces of which lines a case is about, and how the matter of each ended."""
    _count()
    case = cases.by_number(uow.session, number)
    ids = {
        (one.order.number, line.line.position): line.line.id
        for one in queries.orders_of(uow.session, case.id)
        for line in one.lines
    }
    named = [(one, ids.get((one["order"], one["line"]))) for one in wanted["lines"]]
    wrong = {
        f"lines.{place}": "is none of this case" for place, (_, i) in enumerate(named) if not i
    }
    if wrong:
        raise Invalid("these lines are none of this case", wrong)
    pieces = {i: one["quantity"] for one, i in named if i and "quantity" in one}
    endings = {i: one["ending"] for one, i in named if i and "ending" in one}
    matters.choose_lines(uow, case.id, pieces, version=wanted["version"])
    matters.settle_lines(uow, case.id, endings)
    return _set(uow, case), 200


def _set(uow: UnitOfWork, case: CaseView) -> dict[str, Any]:
    return _sheet(uow.session, cases.by_id(uow.session, case.id))


def _sheet(reader: Reader, case: CaseView) -> dict[str, Any]:
    return {
        "number": case.number,
        "reason": case.reason,
        "state": case.state,
        "status": case.status,
        "priority": case.priority,
        "queue": queries.queues(reader)[case.queue_id][0],
        "language": case.language,
        "tags": [
            {"tag": one.id, "name": one.name}
            for one in queries.tags_of(reader, [case.id]).get(case.id, [])
        ],
        "fields": [
            {"field": one.field.code, "value": personal.shown(one.value)}
            for one in queries.values(reader, case.id, case.reason)
        ],
        "orders": [
            {
                "order_number": one.order.number,
                "is_main": one.is_main,
                "then": dict(one.snapshot),
                "order_state": str(one.order.order_state),
                "fulfilment_state": str(one.order.fulfilment_state),
                "lines": [
                    {
                        "line": line.line.position,
                        "sku": line.line.sku,
                        "quantity": line.quantity,
                        "ending": line.ending,
                    }
                    for line in one.chosen
                ],
            }
            for one in queries.orders_of(reader, case.id)
        ],
        "version": case.version,
    }
