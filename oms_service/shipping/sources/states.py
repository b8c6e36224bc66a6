"""What forms scans come in, and whether a carrier is still asked about a parcel."""

from enum import StrEnum


class Form(StrEnum):
    """What a mapping reads."""

    CSV = "csv"
    JSON = "json"


class Asking(StrEnum):
    """Whether there is more to ask."""

    ASKING = "asking"
    DONE = "done"
    GIVEN_UP = "given_up"
