"""Every skill by its name.

Each is one row of ``bots.dialogue.calls``: it takes the call's arguments and answers plain data.
It acts within the unit of work of the message, for the customer of the conversation.
"""

from collections.abc import Mapping
from typing import Final

from bots.skills import identity, people, refunding, returning, tracking
from bots.skills.context import Skill

SKILLS: Final[Mapping[str, Skill]] = {
    **identity.SKILLS,
    **tracking.SKILLS,
    **returning.SKILLS,
    **refunding.SKILLS,
    **people.SKILLS,
}
