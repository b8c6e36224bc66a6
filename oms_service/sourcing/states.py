"""Words about sourcing."""

from enum import StrEnum


class DecisionKind(StrEnum):
    """On what occasion it was decided where units come from."""

    #: Units were promised to lines that had none.
    PROMISED = "promised"
    #: Stock came in for units that waited.
    FILLED = "filled"
    #: Units moved to other locations, or back to waiting.
    MOVED = "moved"
    #: Units are no longer wanted.
    GIVEN_UP = "given_up"
