"""What the bot cannot do itself: passing the conversation on."""

# Every flow has the same four methods, whether or not it needs all that they are given.
# ruff: noqa: ARG002

from bots.dialogue.contracts.shapes import HandOffReason
from bots.dialogue.flows import hand_off
from bots.dialogue.moves import MENU, Move, ask, finish
from bots.dialogue.turns import Button, Dialogue, Frame, Question, Result, Say
from bots.understanding.heard import Act, Heard, Intent, Kind

PASS_ON = Button("yes", "button.pass_on")
NOT_NOW = Button("no", "button.not_now")


class Offer:
    intents = frozenset({Intent.PAYMENT_ISSUE})

    def enter(self, frame: Frame, state: Dialogue) -> Move:
        return _offer(frame, "offer.colleague")

    def answer(self, frame: Frame, heard: Heard, state: Dialogue) -> Move | None:
        if heard.pressed == "yes" or (heard.pressed is None and heard.act is Act.YES):
            passing = hand_off.frame_for(HandOffReason.NEEDS_COLLEAGUE, state)
            return Move(None, opens=passing)
        if heard.pressed == "no" or heard.act in {Act.NO, Act.LEAVE}:
            return finish(Say("offer.declined", buttons=MENU))
        return None

    def result(self, frame: Frame, result: Result, state: Dialogue) -> Move:
        return _offer(frame, "offer.colleague")

    def back(self, frame: Frame, state: Dialogue) -> Move:
        return finish(Say("offer.declined", buttons=MENU))


def _offer(frame: Frame, key: str, **params: str) -> Move:
    say = Say(key, {"topic": frame.data["intent"], **params}, buttons=(PASS_ON, NOT_NOW))
    return ask(frame, Question(Kind.CONFIRM, say))


FLOW = Offer()
