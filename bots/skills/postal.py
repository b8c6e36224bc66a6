"""Where a postal code is."""

from collections.abc import Mapping
from typing import Final

from bots.dialogue.turns import Data, Result
from bots.skills.context import Context, Skill, public
from oms_service.operations.placement import postal_codes


def postal_area(context: Context, given: Data) -> Result:  # noqa: ARG001 - skills are called alike
    """The prefecture, city and town of a code of Japan, for an address that is being given."""
    found = postal_codes.area(given["postal_code"])
    if found is None:
        return Result("postal_area", "unknown")
    data = {"region": found.region, "city": found.city, "town": found.town}
    return Result("postal_area", "ok", data)


SKILLS: Final[Mapping[str, Skill]] = {"postal_area": public(postal_area)}
