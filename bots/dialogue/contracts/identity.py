"""Who writes."""

from collections.abc import Mapping
from typing import Final, NotRequired, TypedDict

from bots.dialogue.contracts.shapes import (
    NONE,
    RetryData,
    Skill,
)


class IdentifiedData(TypedDict):
    """The order the customer named or, after a code, perhaps none."""

    order_key: NotRequired[str | None]


SKILLS: Final[Mapping[str, Skill]] = {
    # An order with a proof of it; or, where the shop allows it, the person by name or mail and
    # postal code, when these are not those of the order.
    "identify": Skill(
        {
            "order_key": (str,),
            "name": (str, NONE),
            "mail": (str, NONE),
            "phone": (str, NONE),
            "postal": (str, NONE),
        },
        {
            "ok": IdentifiedData,
            "unknown": None,
            "too_many": RetryData,
            "somebody_elses": None,
        },
    ),
    # By name, or mail, and postal code, where the shop allows it: ``not_offered`` where it does
    # not. For a mail address it sends a code then, as ``send_code``.
    "identify_person": Skill(
        {"name": (str, NONE), "mail": (str, NONE), "postal": (str, NONE)},
        {
            "ok": IdentifiedData,
            "unknown": None,
            "not_offered": None,
            "needs_postal": None,
            "sent": None,
            "too_many": RetryData,
            "somebody_elses": None,
        },
    ),
    # The same outcome whether or not the shop knows the address.
    "send_code": Skill({"mail": (str,)}, {"sent": None, "too_many": RetryData}),
    "check_code": Skill(
        {"code": (str,)},
        {
            "ok": IdentifiedData,
            "wrong": None,
            "too_many": RetryData,
            "somebody_elses": None,
        },
    ),
}
