"""Guests: whoever knows an order and one thing of its buyer sees that one order, for a while."""

import hmac
from datetime import timedelta
from typing import Final

from flask import Response, request
from itsdangerous import BadSignature, URLSafeSerializer

from oms_service.customers import queries as customers
from oms_service.kernel.errors import NotFound
from oms_service.kernel.text import mail_key, phone_key, postal_key
from oms_service.orders import queries as orders
from oms_service.orders.queries import OrderView, Proofs
from oms_service.orders.states import OrderState
from oms_service.runtime import reading, runtime

COOKIE: Final = "oms_guest"
#: A guest who does nothing for so long looks the order up again.
KEPT: Final = timedelta(hours=1)
#: The cookie is sent to these pages alone.
PATH: Final = "/find"
_SALT: Final = "guest-of-order"
_LONGEST: Final = 200


def proven(number: str, proof: str) -> OrderView | None:
    """The order somebody names, if what they know besides is its buyer's.

    Args:
        number: however they type it.
        proof: the mail address, the phone number or the postal code it was ordered with.

    Returns:
        None where it is unknown and where it is somebody else's.
    """
    try:
        known = orders.proofs(reading(), number)
    except NotFound:
        return None
    return _theirs(known.order_id, known.customer_id) if _fits(proof, known) else None


def admit(response: Response, order: OrderView) -> Response:
    """Let this browser see that order for a while; another one it saw before is forgotten."""
    house = runtime()
    until = int((house.clock.now() + KEPT).timestamp())
    response.set_cookie(
        COOKIE,
        str(_signer().dumps([order.id, order.customer_id, until])),
        max_age=int(KEPT.total_seconds()),
        path=PATH,
        httponly=True,
        samesite="Lax",
        secure=house.settings.secure_cookies,
    )
    return response


def forget(response: Response) -> Response:
    """Whoever sits down here next finds no order."""
    response.delete_cookie(
        COOKIE,
        path=PATH,
        httponly=True,
        samesite="Lax",
        secure=runtime().settings.secure_cookies,
    )
    return response


def order() -> OrderView | None:
    """The order this browser was let in to; None where it was not, or the while is over."""
    written = request.cookies.get(COOKIE, "")
    if not written or len(written) > _LONGEST:
        return None
    try:
        order_id, customer_id, until = _signer().loads(written)
    except (BadSignature, TypeError, ValueError):
        return None
    if until < runtime().clock.now().timestamp():
        return None
    return _theirs(order_id, customer_id)


def _theirs(order_id: int, customer_id: int) -> OrderView | None:
    """The order, as long as it is of that customer and they are not erased."""
    try:
        found = orders.by_id(reading(), order_id)
    except NotFound:
        return None
    if found.order_state is OrderState.DRAFT or found.customer_id != customer_id:
        return None
    return None if customers.find(reading(), customer_id) is None else found


def _fits(proof: str, known: Proofs) -> bool:
    told = (
        (mail_key(proof), known.mail_key),
        (phone_key(proof), known.phone_key),
        (postal_key(proof), known.postal_key),
    )
    return any(_same(said, kept) for said, kept in told)


def _same(said: str, kept: str) -> bool:
    return bool(said and kept) and hmac.compare_digest(
        said.encode(errors="replace"), kept.encode(errors="replace")
    )


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(runtime().settings.secret_key, salt=_SALT)
