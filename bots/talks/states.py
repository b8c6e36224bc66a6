"""How talks, their wishes and their turns ended, and why people took over."""

from enum import StrEnum


class TurnOutcome(StrEnum):
    """What the bot made of one message."""

    ANSWERED = "answered"
    ASKED = "asked"
    """It needs to know something more."""
    PROPOSED = "proposed"
    """It showed what it would do, and waits for a yes."""
    DONE = "done"
    """What it had shown was done."""
    CLARIFIED = "clarified"
    """It asked which of a few wishes was meant."""
    MISSED = "missed"
    OUTSIDE = "outside"
    """It took the message for no matter of a shop."""
    LEFT = "left"
    """The customer called off what was being done."""
    COURTESY = "courtesy"
    HANDED_OVER = "handed_over"


class Why(StrEnum):
    """Why a person has to do with a talk."""

    ASKED = "asked"
    NOT_UNDERSTOOD = "not_understood"
    """Two messages in a row were not understood."""
    REFUSED = "refused"
    """The customer asked for a person after the shop's rules had said no."""
    UNPROVEN = "unproven"
    """The customer asked for a person after they could not show who they are."""
    DECISION = "decision"
    """The shop's rules leave to a colleague what the customer agreed to."""
    NOTED = "noted"
    """Something was written down that a colleague has to look into."""
    NEEDS_COLLEAGUE = "needs_colleague"
    """It is nothing that the bot does."""
    TROUBLE = "trouble"
    """Something broke."""
    STEPPED_IN = "stepped_in"
    """A colleague wrote without having been asked to."""


class TalkOutcome(StrEnum):
    """How a talk ended; derived, never stored."""

    CONTAINED = "contained"
    HANDED_OVER = "handed_over"
    GIVEN_UP = "given_up"
    OPEN = "open"


#: The wish of turns that are about none: a greeting, words that were not understood.
NO_WISH = "none"
