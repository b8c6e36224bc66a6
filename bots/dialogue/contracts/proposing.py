"""What is proposed: shown with an id, done once by it, and what became of it."""

from collections.abc import Mapping
from typing import Any, Final, Literal, TypedDict

from bots.dialogue.contracts.shapes import RefusedData, Skill


class ProposedData(TypedDict):
    """What every skill that proposes answers with ``ok``, besides what it shows."""

    proposal: str
    """The id by which it is confirmed; buttons carry it."""
    decision: Literal["at_once", "agent"]


class DoneData(TypedDict):
    """What was done. ``facts`` are numbers, codes and money of it, by kind."""

    kind: str
    decision: Literal["at_once", "agent"]
    order_number: str | None
    case_number: str | None
    """The case that waits for a colleague, where one has to decide."""
    facts: Mapping[str, Any]


_PROPOSAL: Final = {"proposal": (str,)}

SKILLS: Final[Mapping[str, Skill]] = {
    # ``already``: it was done before, nothing was done now. ``changed``: what was shown no longer
    # holds. ``unknown``: nothing of that id was proposed here, to this customer.
    "carry_out": Skill(
        _PROPOSAL,
        {
            "ok": DoneData,
            "already": DoneData,
            "changed": None,
            "expired": None,
            "replaced": None,
            "refused": RefusedData,
            "unknown": None,
        },
    ),
    "withdraw_proposal": Skill(_PROPOSAL, {"ok": None}),
    # What holds now of something that was shown before; does nothing.
    "proposal_standing": Skill(
        _PROPOSAL,
        {
            "open": None,
            "done": DoneData,
            "withdrawn": None,
            "replaced": None,
            "expired": None,
            "unknown": None,
        },
    ),
}
