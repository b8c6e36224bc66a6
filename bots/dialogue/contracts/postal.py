"""What a postal code says of an address."""

from collections.abc import Mapping
from typing import Final, TypedDict

from bots.dialogue.contracts.shapes import Skill


class AreaData(TypedDict):
    """Parts of an address in Japan; empty where the code stands for several."""

    region: str
    city: str
    town: str


SKILLS: Final[Mapping[str, Skill]] = {
    "postal_area": Skill({"postal_code": (str,)}, {"ok": AreaData, "unknown": None}),
}
