"""A case as whoever asks may see it, for the windows that open upon it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.orm import Session

from bots.slack import seeing
from bots.slack.blocks import waiting
from bots.slack.blocks.speaking import Voice
from bots.slack.blocks.waiting import Waits
from bots.slack.seeing import Seen
from bots.slack.working.asked import Asked
from cases.desk.page import CasePage


@dataclass(frozen=True)
class Look:
    """One case at one moment, and how it is said to whoever asks."""

    session: Session
    seen: Seen
    voice: Voice

    @property
    def page(self) -> CasePage:
        return self.seen.page

    @property
    def waits(self) -> list[Waits]:
        """What waits for a yes or no."""
        return waiting.of_case(self.page, self.seen.beside.asked, self.voice)


@contextmanager
def look(asked: Asked) -> Iterator[Look]:
    """Look at the case that was pressed.

    Raises:
        NotFound: there is none, or not for them.
    """
    with asked.house.database.looking() as session:
        found = asked.case(session)
        yield Look(session, seeing.read(asked.house, session, found.id), asked.voice(session))
