"""What a page knows before the first word: who is signed in, and which order they come about."""

import hashlib
import hmac
from typing import Final

from flask import request

from oms_service.access import guard
from oms_service.kernel.errors import NotFound
from oms_service.orders import queries as orders
from oms_service.runtime import Runtime, reading
from oms_service.web.texts import _

_LONGEST: Final = 60
_RETURN: Final = "return"


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
    if request.args.get("wish") == _RETURN:
        return str(_("I would like to return something from order %(number)s.", number=number))
    return str(_("Where is my order %(number)s?", number=number))


def whose(runtime: Runtime) -> str:
    """A mark that differs from customer to customer and says nothing about them; or nothing."""
    here = guard.customer_or_none()
    if here is None:
        return ""
    secret = runtime.settings.secret_key.encode()
    return hmac.new(secret, f"chat:{here.subject_id}".encode(), hashlib.sha256).hexdigest()[:32]
