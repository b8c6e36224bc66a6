"""What became of messages that were not understood."""

from enum import StrEnum


class Outcome(StrEnum):
    """Why a message is worth looking at."""

    MISSED = "missed"
    UNCLEAR = "unclear"
    """The customer was asked which of three was meant."""
    OUTSIDE = "outside"
    """It was taken for something that is no matter of a shop."""


class Handling(StrEnum):
    """What colleagues made of it."""

    OPEN = "open"
    TAUGHT = "taught"
    DISMISSED = "dismissed"


class VersionState(StrEnum):
    """How far weights of the shop are."""

    TRAINING = "training"
    KEPT = "kept"
    """They understand no worse than those that come with the product, and may be used."""
    WORSE = "worse"
    FAILED = "failed"
