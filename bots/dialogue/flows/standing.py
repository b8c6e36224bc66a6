"""A button of something that was shown before: nothing is done, what holds now is said."""

# Every flow has the same four methods, whether or not it needs all that they are given.
# ruff: noqa: ARG002

from bots.dialogue.moves import MENU, Move, finish, run
from bots.dialogue.turns import Call, Dialogue, Frame, Result, Say
from bots.understanding.heard import Heard, Intent


class Standing:
    intents: frozenset[Intent] = frozenset()

    def enter(self, frame: Frame, state: Dialogue) -> Move:
        return run(frame, Call("proposal_standing", {"proposal": frame.data["proposal"]}))

    def answer(self, frame: Frame, heard: Heard, state: Dialogue) -> Move | None:
        return None

    def result(self, frame: Frame, result: Result, state: Dialogue) -> Move:
        return finish(Say(f"proposal.was_{result.outcome}", buttons=MENU))

    def back(self, frame: Frame, state: Dialogue) -> Move:
        return finish()


FLOW = Standing()
