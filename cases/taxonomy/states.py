"""The fixed words of the shop's own fields."""

from enum import StrEnum


class FieldKind(StrEnum):
    """What can be written into a field of the shop's own."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    YES_NO = "yes_no"
