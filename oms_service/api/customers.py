"""``/v1/customers``: people an order can be for, and where they live."""

from collections.abc import Mapping
from typing import Any

from oms_service.access import guard
from oms_service.api import reach
from oms_service.api.idempotency import PARAMETER, REPLAYED_HEADER, idempotent
from oms_service.api.openapi import Blueprint, json_only
from oms_service.api.orders_schemas import (
    CustomerDoneSchema,
    CustomerMovedSchema,
    MovedCustomerSchema,
    NewCustomerSchema,
)
from oms_service.customers import joining
from oms_service.customers import queries as people
from oms_service.customers.joining import Person
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.operations.changes import moving_house
from oms_service.operations.placement import addressing
from oms_service.orders import queries as orders
from oms_service.runtime import runtime

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
    channel = reach.channel(uow.session, said.pop("channel"))
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


@blueprint.post("/customers/address")
@guard.guard(scope="customers:write")
@blueprint.arguments(MovedCustomerSchema())
@blueprint.response(200, CustomerMovedSchema, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def move(uow: UnitOfWork, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Let a customer's parcels go to another address from now on.

    Orders that are placed already keep theirs. The address is given back in the form that is
    kept; without a recipient it stays who it was.
    """
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)
    customer_id = _known(uow, wanted)
    try:
        kept = moving_house.change_default_address(uow, customer_id, wanted["address"])
    except Invalid as error:
        fields = {f"address.{name.rpartition('.')[2]}": said for name, said in error.fields.items()}
        raise Invalid(str(error), fields) from None
    return {name: getattr(kept, name) for name in CustomerMovedSchema().fields}, 200


def _known(uow: UnitOfWork, wanted: Mapping[str, Any]) -> int:
    """Whose address it is, by reference or else by mail; unknown, erased and foreign alike.

    A key of one channel knows people by the references of that channel alone, and those alone
    whom no other channel has to do with: their address is where parcels of all channels go.
    """
    channel = reach.channel(uow.session, wanted["channel"])
    if wanted["ref"]:
        found = joining.known(uow.session, wanted["ref"], scope=channel.code)
    elif wanted["mail"] and reach.only() is None:
        person = people.by_mail(uow.session, wanted["mail"])
        found = person.id if person else 0
    else:
        raise Invalid("whose address is it?", {"mail": "is missing, and so is a reference"})
    if found and reach.only() is not None:
        is_own = joining.is_of_one(uow.session, found, scope=channel.code)
        buys_elsewhere = orders.channels_of_customer(uow.session, found) - {channel.id}
        found = found if is_own and not buys_elsewhere else 0
    if not found:
        raise NotFound("no such customer")
    return found
