"""What the calls of a model are called on pages."""

from collections.abc import Mapping
from typing import Final

from bots.modelling.states import Outcome, Purpose
from oms_service.web.texts import N_

PURPOSES: Final[Mapping[Purpose, str]] = {
    Purpose.PICK: N_("Which wish was meant"),
    Purpose.REPHRASE: N_("An answer in other words"),
}
OUTCOMES: Final[Mapping[Outcome, str]] = {
    Outcome.PICKED: N_("picked a wish"),
    Outcome.REPHRASED: N_("said the same in other words"),
    Outcome.ASKED: N_("looked something up first"),
    Outcome.NOTHING: N_("did not know either"),
    Outcome.TIMED_OUT: N_("took too long"),
    Outcome.UNREACHABLE: N_("could not be reached"),
    Outcome.BAD_CERTIFICATE: N_("has no certificate to be trusted"),
    Outcome.FORBIDDEN_ADDRESS: N_("would have been asked without encryption"),
    Outcome.REDIRECTED: N_("pointed to another address, which was not followed"),
    Outcome.REFUSED: N_("answered with an error"),
    Outcome.TOO_LARGE: N_("answered too much"),
    Outcome.BROKEN_ANSWER: N_("answered with something unreadable"),
    Outcome.NO_JSON: N_("said something other than what was asked"),
    Outcome.UNLISTED: N_("picked something that is not on the list"),
    Outcome.CHANGED_FACTS: N_("would have said something else, so ours was sent"),
    Outcome.TOO_MANY_ROUNDS: N_("kept looking things up"),
}
