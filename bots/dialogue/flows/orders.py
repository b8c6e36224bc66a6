"""The customer's orders, to choose one from."""

# Every flow has the same four methods, whether or not it needs all that they are given.
# ruff: noqa: ARG002

from bots.dialogue.flows import told
from bots.dialogue.flows.choosing import choose_order, chosen_order
from bots.dialogue.moves import HUMAN, Move, ask, finish, run
from bots.dialogue.turns import Call, Dialogue, Frame, Question, Result, Say
from bots.understanding.heard import Heard, Intent, Kind


class Orders:
    intents = frozenset({Intent.ORDER_HISTORY})

    def enter(self, frame: Frame, state: Dialogue) -> Move:
        if told.is_about_contents(told.said(frame)):
            return Move(None, opens=Frame("contents", dict(frame.data)))
        if not state.is_identified:
            named = frame.data.get("order_key")
            return Move(frame, opens=Frame("identify", {"order_key": named} if named else {}))
        return run(Frame(frame.flow), Call("list_orders"))

    def answer(self, frame: Frame, heard: Heard, state: Dialogue) -> Move | None:
        key = chosen_order(heard)
        if key == "other":
            return ask(frame, Question(Kind.ORDER, Say("track.which", buttons=(HUMAN,))))
        if key:
            return Move(None, opens=Frame("track", {"order_key": key}))
        return None

    def result(self, frame: Frame, result: Result, state: Dialogue) -> Move:
        if not result.data["orders"]:
            return finish(Say("orders.none", buttons=(HUMAN,)))
        return ask(frame, choose_order("orders.choose", result.data))

    def back(self, frame: Frame, state: Dialogue) -> Move:
        return self.enter(frame, state)


FLOW = Orders()
