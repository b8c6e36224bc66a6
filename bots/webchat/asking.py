"""What a page knows before the first word: who is signed in, and which order they come about."""

import hashlib
import hmac
from typing import Final

from flask import request

from oms_service.access import guard
from oms_service.kernel.errors import NotFound
from oms_service.orders import queries as orders
from oms_service.runtime import Runtime, reading
from oms_service.web.texts import N_, _

_LONGEST: Final = 60
#: What a page may say that somebody wants; anything else asks where the order is.
_WISHES: Final = {
    "return": N_("I would like to return something from order %(number)s."),
    "address": N_("I would like to change the delivery address of order %(number)s."),
    "cancel": N_("I would like to cancel order %(number)s."),
}
_WHERE: Final = N_("Where is my order %(number)s?")


def words() -> str:
    """What the customer is about to ask, as ``?order=`` and ``?wish=`` say; else nothing.

    Only for an order of the customer who is signed in: the address of a page puts no other
    words into anybody's mouth.
    """
    typed, here = request.args.get("order", ""), guard.customer_or_none()
    if not typed or len(typed) > _LONGEST or here is None:
        return ""
    try:
        number = orders.own(reading(), typed, here.subject_id).number
    except NotFound:
        return ""
    said = _WISHES.get(request.args.get("wish", ""), _WHERE)
    return str(_(said, number=number))


def whose(runtime: Runtime) -> str:
    """A mark that differs from customer to customer and says nothing about them; or nothing."""
    here = guard.customer_or_none()
    if here is None:
        return ""
    secret = runtime.settings.secret_key.encode()
    return hmac.new(secret, f"chat:{here.subject_id}".encode(), hashlib.sha256).hexdigest()[:32]
