"""When the figures of the running system need a person."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from oms_service.infra.backlog import Backlog

#: A relay that works reacts within a second; a minute means that it does not run.
LATE_S: Final = 60
#: Effects wait out a partner's bad minute by themselves; this many at once is no bad minute.
MANY_EFFECTS: Final = 200


class Mood(StrEnum):
    """What a person should make of a figure."""

    FINE = "fine"
    LOOK = "look"
    ACT = "act"


@dataclass(frozen=True)
class Health:
    """The judgement on each figure; ``worst`` is the page's own."""

    events: Mood
    effects: Mood
    fallout: Mood
    broker: Mood
    workers: Mood

    @property
    def worst(self) -> Mood:
        moods = (self.events, self.effects, self.fallout, self.broker, self.workers)
        return next(mood for mood in (Mood.ACT, Mood.LOOK, Mood.FINE) if mood in moods)


def judge(
    backlog: Backlog, *, now: datetime, is_broker_there: bool, workers: int | None = None
) -> Health:
    """What the figures mean; a broker that is away costs time, never an event.

    ``workers`` is how many have signed on; None while nobody knows, since the broker is away.
    Without one, only what waits to go out is in trouble.
    """
    return Health(
        events=Mood.ACT if backlog.age_s(now) > LATE_S else Mood.FINE,
        effects=Mood.LOOK if backlog.effects > MANY_EFFECTS else Mood.FINE,
        fallout=Mood.LOOK if backlog.fallout else Mood.FINE,
        broker=Mood.FINE if is_broker_there else Mood.ACT,
        workers=Mood.ACT if workers == 0 and backlog.effects else Mood.FINE,
    )
