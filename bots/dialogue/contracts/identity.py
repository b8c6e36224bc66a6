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
    "identify": Skill(
        {
            "order_key": (str,),
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
