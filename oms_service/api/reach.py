"""What a key reaches: everything, or one sales channel, outside of which all looks unknown.

A key of one channel may call what stands under ``/v1/orders/{number}`` for orders of its channel,
and the few operations named here, which ask ``channel`` and ``only`` themselves. Anything else
is refused, so that a new operation is closed to it until somebody has thought of it.
"""

from typing import Final

from flask import Flask, request
from sqlalchemy.orm import Session

from oms_service.access import guard
from oms_service.access.guard import Who
from oms_service.kernel.errors import Forbidden, NotFound
from oms_service.orders import queries as orders
from oms_service.runtime import runtime
from oms_service.sales import queries as sales
from oms_service.sales.queries import ChannelView

#: Operations that look at the channel of the key by themselves.
OWN: Final = frozenset(
    {
        "orders.several",
        "placing.place",
        "placing.place_many",
        "placing.quote",
        "variants.several",
        "customers.add",
        "customers.move",
    }
)
_OF_AN_ORDER: Final = "/v1/orders/"


def register(app: Flask) -> None:
    """Register after the guard: it says first whether the key is one at all."""
    app.before_request(_check)


def only() -> int | None:
    """The one channel this request's key reaches; None where it reaches all."""
    return guard.api_key().channel_id


def channel(session: Session, code: str) -> ChannelView:
    """The channel of that code, if the key reaches it.

    Raises:
        NotFound: there is none, or not for this key.
    """
    found = sales.channel(session, code)
    if only() not in {None, found.id}:
        raise NotFound(f"no sales channel {code!r}")
    return found


def _check() -> None:
    rule = guard.current_rule()
    if rule is None or rule.who is not Who.KEY or only() is None or request.endpoint in OWN:
        return
    number = (request.view_args or {}).get("number")
    if number is None or not request.path.startswith(_OF_AN_ORDER):
        raise Forbidden("the key is of one sales channel, and this is of all")
    with runtime().database.reading() as connection:
        if orders.find(connection, number).channel_id != only():
            raise NotFound("no such order")
