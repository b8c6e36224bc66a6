"""What a flow can do with its turn at the conversation, and what every flow is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from bots.dialogue.turns import Button, Call, Dialogue, Frame, Question, Result, Say
from bots.understanding.heard import Heard, Intent


@dataclass(frozen=True)
class Move:
    """The flow's frame from now on (None: it is finished) and what happens next."""

    frame: Frame | None
    says: tuple[Say, ...] = ()
    question: Question | None = None
    call: Call | None = None
    opens: Frame | None = None
    """Another flow to run first; when it is finished this one is entered again."""
    changes: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the dialogue to set."""
    ends_all: bool = False
    """Close every open flow, not this one alone."""


class Flow(Protocol):
    """One conversation. Flows keep nothing themselves: frame and state are all there is."""

    intents: frozenset[Intent]
    """What a customer may say to mean this flow."""

    def enter(self, frame: Frame, state: Dialogue) -> Move:
        """Begin, or go on after another flow was finished in between."""
        ...

    def answer(self, frame: Frame, heard: Heard, state: Dialogue) -> Move | None:
        """Read words against the last question; None when they do not answer it."""
        ...

    def result(self, frame: Frame, result: Result, state: Dialogue) -> Move: ...

    def back(self, frame: Frame, state: Dialogue) -> Move:
        """One question earlier."""
        ...


class Beside(Flow, Protocol):
    """A flow about the conversation itself, which no wish to the shop means."""

    def is_wanted(self, heard: Heard) -> bool:
        """Whether it is asked for, plainly: by its button or in words."""
        ...


def ask(frame: Frame, question: Question, *says: Say, **changes: Any) -> Move:
    return Move(frame, says=says, question=question, changes=changes)


def run(frame: Frame, call: Call, *says: Say, **changes: Any) -> Move:
    return Move(frame, says=says, call=call, changes=changes)


def finish(*says: Say, **changes: Any) -> Move:
    return Move(None, says=says, changes=changes)


HUMAN = Button("human", "button.human")
TRACK = Button("intent:track_order", "button.track")
RETURN = Button("intent:return_item", "button.return")
ORDERS = Button("intent:order_history", "button.orders")
MENU = (TRACK, RETURN, HUMAN)
OTHER_ORDER = Button("order:other", "button.other_order")


def pressed(heard: Heard, prefix: str) -> str | None:
    """What follows ``prefix:`` in the pressed button, or None."""
    if heard.pressed is None or not heard.pressed.startswith(f"{prefix}:"):
        return None
    return heard.pressed.removeprefix(f"{prefix}:")
