"""What a language model was asked for, and what came of it."""

from enum import StrEnum
from typing import Final


class Purpose(StrEnum):
    """What it was asked for."""

    PICK = "pick"
    """Which listed wish a message has that our own recogniser was unsure about."""
    REPHRASE = "rephrase"
    """A reply of ours in warmer words."""


class Outcome(StrEnum):
    """What came of one call. All but the first four are reasons why it counted for nothing."""

    PICKED = "picked"
    REPHRASED = "rephrased"
    ASKED = "asked"
    """It wanted to look something up first."""
    NOTHING = "nothing"
    """It said that it does not know either."""
    TIMED_OUT = "timed_out"
    UNREACHABLE = "unreachable"
    BAD_CERTIFICATE = "bad_certificate"
    FORBIDDEN_ADDRESS = "forbidden_address"
    REDIRECTED = "redirected"
    REFUSED = "refused"
    """The endpoint answered with an error."""
    TOO_LARGE = "too_large"
    BROKEN_ANSWER = "broken_answer"
    """What came is no answer of such an endpoint."""
    NO_JSON = "no_json"
    """The model was asked for JSON of a certain shape, and said something else."""
    UNLISTED = "unlisted"
    """A wish that is not on the list."""
    CHANGED_FACTS = "changed_facts"
    """Its words would have said something else than ours."""
    TOO_MANY_ROUNDS = "too_many_rounds"


#: Of these the endpoint is to blame; several in a row, and it is left alone for a while.
ILL: Final = frozenset(
    {
        Outcome.TIMED_OUT,
        Outcome.UNREACHABLE,
        Outcome.BAD_CERTIFICATE,
        Outcome.FORBIDDEN_ADDRESS,
        Outcome.REDIRECTED,
        Outcome.REFUSED,
        Outcome.TOO_LARGE,
        Outcome.BROKEN_ANSWER,
    }
)
