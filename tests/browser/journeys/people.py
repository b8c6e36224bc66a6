"""How long a practised but unhurried person takes, by the keystroke-level model.

Card, Moran and Newell, *The keystroke-level model for user performance time with interactive
systems*, Communications of the ACM 23 (1980), 396 to 410: what somebody does is a sum of presses
of keys, ways of the hand, and moments of thought before each of them.
"""

from dataclasses import dataclass, field
from typing import Final

#: One key, by an average typist (40 words a minute).
KEY_S: Final = 0.28
#: Pointing at something, and pressing down and letting go there.
POINT_S: Final = 1.10
PRESS_S: Final = 0.20
#: The hand from the keys to the mouse or back; thumbs on a phone need none.
HAND_S: Final = 0.40
#: Making up one's mind before something is pressed, chosen or typed.
MIND_S: Final = 1.35


@dataclass
class Doings:
    """What a person did on a page so far.

    ``presses``: of buttons, links, boxes and choices, and of the trigger of a scanner, which are
    also counted as ``scans``. ``keys``: pressed on a keyboard. ``thoughts``: one before whatever is
    pressed, typed or read. ``hands``: changes between keyboard and mouse.
    """

    presses: int = 0
    scans: int = 0
    keys: int = 0
    thoughts: int = 0
    hands: int = 0
    _at_keys: bool = field(default=False, repr=False)

    def press(self, *, is_touch: bool, thinks: bool = True) -> None:
        """``thinks`` is false where it is part of what was decided before: a field, an entry."""
        self.presses += 1
        self.thoughts += thinks
        self._move(to_keys=False, is_touch=is_touch)

    def type(self, keys: int, *, is_touch: bool) -> None:
        self.keys += keys
        self.thoughts += 1
        self._move(to_keys=True, is_touch=is_touch)

    def scan(self) -> None:
        """A scanner reads a code: one press of its trigger, and no thought about which key."""
        self.presses += 1
        self.scans += 1
        self.thoughts += 1

    def read(self) -> None:
        """A line of the page is read and understood."""
        self.thoughts += 1

    def _move(self, *, to_keys: bool, is_touch: bool) -> None:
        if not is_touch and to_keys != self._at_keys:
            self.hands += 1
        self._at_keys = to_keys

    @property
    def taps(self) -> int:
        """Presses on the screen."""
        return self.presses - self.scans

    @property
    def human_s(self) -> float:
        """Seconds of the person, without those the pages take."""
        return (
            self.keys * KEY_S
            + self.presses * (POINT_S + PRESS_S)
            + self.hands * HAND_S
            + self.thoughts * MIND_S
        )
