"""Every skill by its name.

Each is one row of ``bots.dialogue.calls``: it takes the call's arguments and answers plain data.
It acts within the unit of work of the message, for the customer of the conversation. Each row says
whom it is for: ``known_customer(skill)``, or ``public(skill)`` where it tells nothing of anybody.
"""

from collections.abc import Mapping
from typing import Final

from bots.skills import (
    answering,
    carrying_out,
    changing,
    claiming,
    identity,
    own_orders,
    people,
    postal,
    refunding,
    reporting,
    resuming,
    returning,
    shopping,
    tracking,
    transcripts,
)
from bots.skills.context import Skill

SKILLS: Final[Mapping[str, Skill]] = {
    **identity.SKILLS,
    **tracking.SKILLS,
    **returning.SKILLS,
    **claiming.SKILLS,
    **refunding.SKILLS,
    **reporting.SKILLS,
    **shopping.SKILLS,
    **answering.SKILLS,
    **own_orders.SKILLS,
    **changing.SKILLS,
    **carrying_out.SKILLS,
    **people.SKILLS,
    **postal.SKILLS,
    **resuming.SKILLS,
    **transcripts.SKILLS,
}
