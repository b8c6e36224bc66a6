"""Variables in macros: a closed list, filled from the case or refused by name. Pure."""

import re
from collections.abc import Mapping
from typing import Final

from oms_service.kernel.errors import Invalid
from oms_service.web.texts import N_

#: What can stand in a macro as ``{{name}}``, and what it says.
VARIABLES: Final = {
    "customer_name": N_("Name of the customer"),
    "agent_name": N_("Name of the colleague who answers"),
    "shop_name": N_("Name of the shop"),
    "case_number": N_("Case number"),
    "order_number": N_("Order number"),
    "items": N_("First item, and how many more"),
    "carrier": N_("Carrier"),
    "tracking_number": N_("Tracking number"),
    "eta": N_("Expected arrival"),
    "return_number": N_("Return number"),
    "refund_amount": N_("Amount of the refund"),
}
_VARIABLE: Final = re.compile(r"\{\{\s*(\w{1,40})\s*\}\}")
_BRACES: Final = re.compile(r"\{\{|\}\}")


class ValuesMissing(Invalid):
    """The case does not have what a macro says; ``names`` are the variables."""

    def __init__(self, names: list[str]) -> None:
        super().__init__("this case lacks what the macro says", {"macro": ", ".join(names)})
        self.names = names


def check(body: str) -> None:
    """Whether a text only names variables there are.

    Raises:
        Invalid: it names another, or its braces do not pair.
    """
    unknown = sorted(set(_VARIABLE.findall(body)) - set(VARIABLES))
    if unknown or _BRACES.search(_VARIABLE.sub("", body)):
        raise Invalid("no such variable", {"body": "has an unknown variable"})


def fill(body: str, values: Mapping[str, str]) -> str:
    """The text with all its variables said.

    Args:
        body: a text that ``check`` let pass.
        values: by variable; one that is missing or empty is not known.

    Raises:
        ValuesMissing: naming what the case does not have. Nothing is ever left blank.
    """
    wanted = dict.fromkeys(_VARIABLE.findall(body))
    missing = [name for name in wanted if not values.get(name)]
    if missing:
        raise ValuesMissing(missing)
    # A value is put in as it is: what looks like a variable in a name stays what it is.
    return _VARIABLE.sub(lambda found: values[found.group(1)], body)
