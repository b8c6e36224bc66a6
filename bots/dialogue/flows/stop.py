"""Second thoughts in the midst of a wish: asked whether it is to stop or to go on."""

# Every flow has the same four methods, whether or not it needs all that they are given.
# ruff: noqa: ARG002

import re
from typing import Final

from bots.dialogue.flows.agreeing import is_clear_yes
from bots.dialogue.moves import HUMAN, Move, ask, finish
from bots.dialogue.turns import Button, Dialogue, Frame, Question, Result, Say
from bots.understanding.heard import Act, Heard, Intent, Kind

STOP: Final = Button("stop:yes", "button.stop")
GO_ON: Final = Button("stop:no", "button.go_on")
#: A mind that was changed, and nothing about what it is now: ``no wait, I changed my mind``.
_SECOND_THOUGHTS: Final = re.compile(
    r"(?:(?:no|oh|wait|hold on|hang on|actually|sorry|hm+|stop|you know what|on second thoughts?)"
    r"\b[ ,.!-]*)+(?:i(?:'ve|’ve| have)? )?(?:just )?changed my mind(?: about (?:it|this|that))?"
    r"|(?:いや|いえ|あ|待って(?:ください)?|まって|ちょっと待って(?:ください)?|すみません|やっぱり|やはり)"
    r"[、, ]*気が変わ(?:った|りました|って)(?:の?で|んですが|のですが)?",
    re.IGNORECASE,
)
_GOES_ON: Final = re.compile(
    r"\b(?:go on|carry on|continue|keep going|proceed)\b|続け|つづけ|進めて", re.IGNORECASE
)


def is_wavering(heard: Heard) -> bool:
    """Whether the words take back what is going on, without saying what is wanted instead."""
    return _SECOND_THOUGHTS.fullmatch(heard.text.strip(" .!…。")) is not None


def is_stopped(heard: Heard) -> bool:
    """Whether the answer is to stop."""
    if heard.pressed is not None:
        return heard.pressed == STOP.value
    is_left = heard.act is Act.LEAVE and heard.is_act_all
    return (is_left or is_clear_yes(heard)) and not _GOES_ON.search(heard.text)


class Stop:
    intents: frozenset[Intent] = frozenset()

    def enter(self, frame: Frame, state: Dialogue) -> Move:
        question = Say("stop.ask", buttons=(STOP, GO_ON, HUMAN))
        return ask(frame, Question(Kind.CONFIRM, question))

    def answer(self, frame: Frame, heard: Heard, state: Dialogue) -> Move | None:
        is_no = heard.act is Act.NO and heard.is_act_all
        is_on = heard.pressed is None and _GOES_ON.search(heard.text)
        return finish() if heard.pressed == GO_ON.value or is_no or is_on else None

    def result(self, frame: Frame, result: Result, state: Dialogue) -> Move:
        return finish()

    def back(self, frame: Frame, state: Dialogue) -> Move:
        return finish()


FLOW = Stop()
