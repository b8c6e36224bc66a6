"""What the bot cannot do itself: it says so and offers to pass the conversation on."""

# Every flow has the same four methods, whether or not it needs all that they are given.
# ruff: noqa: ARG002

from bots.dialogue.calls import HandOffReason
from bots.dialogue.flows import hand_off
from bots.dialogue.moves import MENU, Move, ask, finish
from bots.dialogue.turns import Button, Dialogue, Frame, Question, Result, Say
from bots.understanding.heard import Act, Heard, Intent, Kind

PASS_ON = Button("yes", "button.pass_on")
NOT_NOW = Button("no", "button.not_now")
FLOWS_OF_THEIR_OWN = frozenset(
    {
        Intent.TRACK_ORDER,
        Intent.DELIVERY_ETA,
        Intent.REPORT_DELAY,
        Intent.DATE_CHANGED,
        Intent.TRACKING_LINK,
        Intent.ORDER_HISTORY,
        Intent.RETURN_ITEM,
        Intent.TALK_TO_HUMAN,
        Intent.CHANGE_LANGUAGE,
    }
)


class Offer:
    intents = frozenset(Intent) - FLOWS_OF_THEIR_OWN

    def enter(self, frame: Frame, state: Dialogue) -> Move:
        say = Say("offer.colleague", {"topic": frame.data["intent"]}, buttons=(PASS_ON, NOT_NOW))
        return ask(frame, Question(Kind.CONFIRM, say))

    def answer(self, frame: Frame, heard: Heard, state: Dialogue) -> Move | None:
        if heard.pressed == "yes" or (heard.pressed is None and heard.act is Act.YES):
            passing = hand_off.frame_for(HandOffReason.NEEDS_COLLEAGUE, state)
            return Move(None, opens=passing)
        if heard.pressed == "no" or heard.act in {Act.NO, Act.LEAVE}:
            return finish(Say("offer.declined", buttons=MENU))
        return None

    def result(self, frame: Frame, result: Result, state: Dialogue) -> Move:
        return self.enter(frame, state)

    def back(self, frame: Frame, state: Dialogue) -> Move:
        return finish(Say("offer.declined", buttons=MENU))


FLOW = Offer()
