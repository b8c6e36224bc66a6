"""Which of a few wishes was meant, when words could mean several."""

# Every flow has the same four methods, whether or not it needs all that they are given.
# ruff: noqa: ARG002

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bots.dialogue.contracts.shapes import HandOffReason
from bots.dialogue.flows import hand_off, told
from bots.dialogue.moves import HUMAN, Move, ask, finish, pressed
from bots.dialogue.turns import Button, Data, Dialogue, Frame, Question, Result, Say
from bots.understanding.fusion import doubted
from bots.understanding.heard import Heard, Intent, Kind, Option

SOMETHING_ELSE: Final = Button("clarify:else", "button.something_else")
#: Not understood this often in a row, this question included: a person takes over.
MOST_MISSES: Final = 2
#: How likely one of the offered wishes must be to be read from words.
_LIKELY: Final = 0.3


class Clarify:
    intents: frozenset[Intent] = frozenset()

    def enter(self, frame: Frame, state: Dialogue) -> Move:
        wishes = tuple(frame.data["wishes"])
        buttons = tuple(Button(f"clarify:{wish}", f"wish.{wish}") for wish in wishes)
        say = Say("clarify.which", buttons=(*buttons, SOMETHING_ELSE, HUMAN))
        return ask(frame, Question(Kind.OPTION, say, tuple(Option(wish) for wish in wishes)))

    def answer(self, frame: Frame, heard: Heard, state: Dialogue) -> Move | None:
        if heard.pressed != SOMETHING_ELSE.value:
            return None
        if state.misses + 1 >= MOST_MISSES:
            passing = hand_off.frame_for(HandOffReason.NOT_UNDERSTOOD, state)
            return Move(None, says=(Say("miss.handing_over"),), opens=passing)
        return finish(Say("clarify.other_words", buttons=(HUMAN,)), misses=state.misses + 1)

    def result(self, frame: Frame, result: Result, state: Dialogue) -> Move:
        return self.enter(frame, state)

    def back(self, frame: Frame, state: Dialogue) -> Move:
        return finish(Say("clarify.other_words", buttons=(HUMAN,)))


FLOW = Clarify()


def frame_for(heard: Heard) -> Frame:
    """What is asked, and what was said: picking a wish must not lose what it needs."""
    return Frame("clarify", _asked(heard, [intent for intent, _ in heard.ranked]))


def doubt(heard: Heard) -> Data | None:
    """What else could be meant, where words are acted upon that are not beyond doubt."""
    others = doubted(heard)
    return _asked(heard, others) if others else None


def or_else(doubt: Data, says: Sequence[Say]) -> Say:
    """What follows an answer that may be none to what was meant; its buttons stay within reach."""
    given = next((say.buttons for say in reversed(says) if say.buttons), ())
    meant = tuple(Button(f"clarify:{wish}", f"wish.{wish}") for wish in doubt["wishes"])
    return Say("clarify.or_else", buttons=(*given, *meant, SOMETHING_ELSE))


def _asked(heard: Heard, wishes: Sequence[Intent]) -> Data:
    return {
        "wishes": [str(wish) for wish in wishes],
        "said": told.kept(heard.text),
        "order_keys": [*heard.order_keys],
    }


def picked(frame: Frame, heard: Heard) -> Intent | None:
    """The wish that a button or words chose among those that were offered."""
    offered = frozenset(frame.data["wishes"])
    chosen = pressed(heard, "clarify") or next(iter(heard.choices), None)
    if chosen is None and heard.act is None and heard.ranked:
        likeliest, likely = heard.ranked[0]
        chosen = str(likeliest) if likely >= _LIKELY else None
    if chosen is None and heard.intent is not None:
        chosen = str(heard.intent)
    return Intent(chosen) if chosen is not None and chosen in offered else None


def as_said(frame: Frame, heard: Heard) -> Heard:
    """The words that were unclear, to begin the chosen wish with."""
    keys = (*heard.order_keys, *frame.data["order_keys"])
    said = f"{frame.data['said']} {heard.text}".strip()
    return replace(
        heard, text=said, order_keys=tuple(dict.fromkeys(keys)), pressed=None, further=()
    )
