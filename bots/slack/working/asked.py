"""What somebody in Slack asks for: a press or a form that was sent, and what is answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from bots.slack.blocks.speaking import Sight, Voice
from bots.slack.blocks.typed import Typed
from bots.slack.seats import Seat
from bots.slack.seeing import voice
from bots.slack.values import Value
from cases import queries as cases
from cases import reach
from cases.views import CaseView
from oms_service.access.queries import StaffView
from oms_service.kernel.errors import NotFound
from oms_service.runtime import Runtime

View = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One press, or one form that was sent.

    ``verb`` is what it is for, ``value`` which case as it stood then. ``key`` is the same
    however often Slack tells of it. ``channel`` and ``thread`` are where it was pressed, or where
    the window was opened from; empty where there is no such place. ``view`` is the window it was
    pressed in, ``trigger`` lets one window be opened, ``typed`` is what was filled in.
    """

    house: Runtime
    seat: Seat
    verb: str
    value: Value
    key: str
    channel: str = ""
    ts: str = ""
    thread: str = ""
    trigger: str = ""
    view: Mapping[str, Any] = field(default_factory=dict, hash=False)
    typed: Typed = field(default_factory=lambda: Typed({}, {}, {}), hash=False)
    is_sent: bool = False

    @property
    def me(self) -> StaffView:
        """The colleague who asks; ``pressing`` has made sure that they may.

        Raises:
            NotLinked: nobody knows which colleague it is.
        """
        return self.seat.colleague("cases:read")

    def case(self, session: Session) -> CaseView:
        """The case it is about, if it is one of theirs.

        Raises:
            NotFound: there is none, or not for them.
        """
        found = cases.by_id(session, self.value.case_id)
        if not reach.those(session, [found.id], self.me):
            raise NotFound("no such case")
        return found

    def voice(self, session: Session) -> Voice:
        """How it is said to whoever asks, and how much of a customer they may read."""
        may = self.me.may("customers:personal")
        return voice(self.house, session, Sight.ALL if may else Sight.NONE)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is answered: words to whoever asked alone, a window, or what is wrong in the form.

    A window opens upon the one it was pressed in unless ``in_place``; after a form was sent it
    takes its place. Without a window, a form that was sent is closed, and all below it.
    """

    said: str = ""
    view: View | None = None
    in_place: bool = False
    errors: Mapping[str, str] = field(default_factory=dict, hash=False)


#: Nothing to say: the card shows it.
DONE = Answer()


class Repeated(Exception):
    """Slack tells of what was dealt with before."""
