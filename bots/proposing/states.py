"""How far a proposal is."""

from enum import StrEnum


class ProposalState(StrEnum):
    """What became of a proposal; one whose time is over stays open and is never done."""

    OPEN = "open"
    DONE = "done"
    WITHDRAWN = "withdrawn"
    """Whoever it was for said no."""
    REPLACED = "replaced"
    """Another was shown in its place, or it no longer held."""
