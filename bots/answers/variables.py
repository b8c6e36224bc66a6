"""Variables in answers: a closed list, filled from the shop's own settings and policies. Pure."""

import re
from collections.abc import Mapping
from typing import Final

from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Language, Words, say
from oms_service.web.texts import N_

#: What can stand in an answer as ``{name}``, and what it says.
VARIABLES: Final = {
    "shop_name": N_("Name of the shop"),
    "shop_phone": N_("Phone number of the shop"),
    "orders_page": N_("Address of the page with one's own orders"),
    "sign_in_page": N_("Address of the page where customers sign in"),
    "return_window_days": N_("Days in which goods can be returned"),
    "return_fee": N_("What a return for another reason than a fault costs"),
    "return_postage": N_("What is taken off for the way back"),
    "return_terms": N_("Terms of return, as customers read them"),
    "return_terms_page": N_("Address of the page with the terms of return"),
    "send_back_days": N_("Days in which returned goods must be sent"),
    "exchange_window_days": N_("Days in which goods can be exchanged"),
    "exchange_terms": N_("Terms of exchange, as customers read them"),
    "cancel_until": N_("Until when orders can be cancelled"),
    "shipping_charges": N_("What sending costs, by region"),
    "free_shipping_from": N_("From which amount sending is free"),
    "shipping_countries": N_("Countries the shop sends to"),
    "carriers": N_("Carriers the shop sends with"),
    "payment_methods": N_("What orders were paid with lately"),
    "slip_days": N_("Days in which slips and transfers must be paid"),
    "pickup_shops": N_("Shops where orders can be collected"),
}
_VARIABLE: Final = re.compile(r"\{(\w{1,40})\}")
_BRACES: Final = re.compile(r"[{}]")


def unknown(body: str) -> tuple[str, ...]:
    """Names that are no variables, in the order they stand; ``{`` for braces that do not pair."""
    names = [name for name in _VARIABLE.findall(body) if name not in VARIABLES]
    if _BRACES.search(_VARIABLE.sub("", body)):
        names.append("{")
    return tuple(dict.fromkeys(names))


def check(body: str) -> None:
    """Whether a text only names variables there are.

    Raises:
        Invalid: it names another, or its braces do not pair.
    """
    if unknown(body):
        raise Invalid("no such variable", {"body": "has an unknown variable"})


def fill(body: str, values: Mapping[str, Words], language: Language) -> str:
    """The text with its variables said.

    A line with a value that the shop does not have is left out: nothing is ever invented, and
    nothing is left blank. The text is empty where nothing remains.
    """
    lines = []
    for line in body.splitlines():
        names = _VARIABLE.findall(line)
        if all(values.get(name) for name in names):
            # A value is put in as it is: what looks like a variable in it stays what it is.
            lines.append(_VARIABLE.sub(lambda found: say(values[found.group(1)], language), line))
    return "\n".join(lines).strip()


def missing(body: str, values: Mapping[str, Words]) -> tuple[str, ...]:
    """The variables of a text that the shop has no value for."""
    return tuple(dict.fromkeys(name for name in _VARIABLE.findall(body) if not values.get(name)))
