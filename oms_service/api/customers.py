"""``POST /v1/customers``: people an order can be for."""

from collections.abc import Mapping
from typing import Any

from oms_service.access import guard
from oms_service.api.idempotency import PARAMETER, REPLAYED_HEADER, idempotent
from oms_service.api.openapi import Blueprint, json_only
from oms_service.api.orders_schemas import CustomerDoneSchema, NewCustomerSchema
from oms_service.customers import joining
from oms_service.customers.joining import Person
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid
from oms_service.operations.placement import addressing
from oms_service.runtime import runtime
from oms_service.sales import queries as sales

blueprint = Blueprint("customers", __name__, url_prefix="/v1", description="People who buy.")
blueprint.before_request(json_only)


@blueprint.post("/customers")
@guard.guard(scope="customers:write")
@blueprint.arguments(NewCustomerSchema())
@blueprint.response(201, CustomerDoneSchema, headers=REPLAYED_HEADER)
@blueprint.alt_response(
    200, schema=CustomerDoneSchema, description="They were known before", success=True
)
@blueprint.refuses(400, 401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def add(uow: UnitOfWork, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Make somebody known by a reference of yours or by a mail address, or by both.

    What is known of them already stays as it is, and is not given back.
    """
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)
    said = dict(wanted)
    channel = sales.channel(uow.session, said.pop("channel"))
    language = said.pop("language") or channel.locale
    address = said.pop("address")
    if address is not None:
        checked = addressing.check(address)
        if checked.lacks:
            wrong = {f"address.{name}": says for name, says in checked.lacks.items()}
            raise Invalid("this address is not whole", wrong)
        address = checked.address
    person = Person(scope=channel.code, language=language, address=address, **said)
    joined = joining.known_or_new(uow, person)
    return {"is_new": joined.is_new}, 201 if joined.is_new else 200
