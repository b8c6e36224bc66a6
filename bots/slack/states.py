"""The words by which rows of Slack say what they are."""

from enum import StrEnum


class PostKind(StrEnum):
    """What stands in a post; each kind is drawn in its own way, see ``drawing``."""

    #: The root of a case's thread, drawn anew whenever anything about it changes.
    CARD = "card"
    #: What a customer, a colleague or the bot said to the other side of the counter.
    SAID = "said"
    #: What colleagues noted elsewhere.
    NOTED = "noted"
    #: What colleagues are told of in words of the house.
    TOLD = "told"


class PostState(StrEnum):
    """Where a post stands."""

    WAITING = "waiting"
    SENT = "sent"
    #: Slack does not take it, ever; ``detail`` says why.
    FAILED = "failed"
    #: It was not wanted any more before it left.
    DROPPED = "dropped"
