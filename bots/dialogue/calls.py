"""The skills a conversation may call: names, arguments, outcomes and the data they bring.

The table is the contract between the dialogue and whoever runs its calls. Every value is plain
JSON: times are ISO 8601 with offset, money is ``{"minor": 1980, "currency": "JPY"}``, text for
customers is ``{"ja": ..., "en": ...}`` or one string for both.
"""

from collections.abc import Mapping
from typing import Any, Final

from bots.dialogue.contracts import (
    answering,
    changing,
    claiming,
    identity,
    people,
    postal,
    proposing,
    refunding,
    reporting,
    resuming,
    returning,
    tracking,
    transcripts,
)
from bots.dialogue.contracts.shapes import Skill
from bots.dialogue.turns import Call, Result

#: Outcomes any skill may have besides its own: it broke, or the customer is no longer identified.
COMMON: Final = frozenset({"failed", "unidentified"})

SKILLS: Final[Mapping[str, Skill]] = {
    **identity.SKILLS,
    **tracking.SKILLS,
    **returning.SKILLS,
    **claiming.SKILLS,
    **refunding.SKILLS,
    **reporting.SKILLS,
    **answering.SKILLS,
    **changing.SKILLS,
    **proposing.SKILLS,
    **people.SKILLS,
    **postal.SKILLS,
    **resuming.SKILLS,
    **transcripts.SKILLS,
}


class BrokenContract(ValueError):
    """A call or a result that the table does not have."""


def check_call(call: Call) -> Call:
    """The call itself, when the table has it.

    Raises:
        BrokenContract: unknown skill, missing, surplus or mistyped arguments.
    """
    skill = SKILLS.get(call.skill)
    if skill is None:
        raise BrokenContract(f"no skill {call.skill!r}")
    if set(call.arguments) != set(skill.arguments):
        raise BrokenContract(f"{call.skill} takes {sorted(skill.arguments)}")
    for name, kinds in skill.arguments.items():
        if not isinstance(call.arguments[name], kinds):
            raise BrokenContract(f"{call.skill}: {name} is {call.arguments[name]!r}")
    return call


def check_result(result: Result) -> Result:
    """The result itself, when the table has its outcome and its data is complete.

    Raises:
        BrokenContract: unknown skill or outcome, or data that lacks a key.
    """
    skill = SKILLS.get(result.skill)
    if skill is None or (result.outcome not in skill.outcomes and result.outcome not in COMMON):
        raise BrokenContract(f"no outcome {result.skill}.{result.outcome}")
    shape: Any = skill.outcomes.get(result.outcome)
    lacking = set(getattr(shape, "__required_keys__", ())) - set(result.data)
    if lacking:
        raise BrokenContract(f"{result.skill}.{result.outcome} lacks {sorted(lacking)}")
    return result
