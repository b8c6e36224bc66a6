"""When the figures of the running system need a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from oms_service.infra.backlog import Backlog
from oms_service.infra.rounds import Round
from oms_service.infra.sweeps import Sweep
from oms_service.infra.vitals import Vitals

#: A relay that works reacts within a second; a minute means that it does not run.
LATE_S: Final = 60
#: Effects wait out a partner's bad minute by themselves; this many at once is no bad minute.
MANY_EFFECTS: Final = 200
#: Some duties come every second: a clock of which nothing was heard for so long stands still.
SILENT: Final = timedelta(minutes=2)
#: A duty may be so late beyond two of its intervals; the one before it may take its time.
PATIENCE: Final = timedelta(minutes=1)
#: Nothing here holds a transaction open over a wait, so one that runs for so long is stuck.
LONG_S: Final = 300
#: Of all connections the database allows; beyond it the next process may find none.
CROWDED: Final = 0.85
ROOM_BYTES: Final = 1024**3


class Mood(StrEnum):
    """What a person should make of a figure."""

    FINE = "fine"
    LOOK = "look"
    ACT = "act"

    def is_worse(self, than: "Mood") -> bool:
        moods = tuple(Mood)
        return moods.index(self) > moods.index(than)


@dataclass(frozen=True)
class Health:
    """The judgement on each figure; ``worst`` is the page's own."""

    events: Mood
    effects: Mood
    fallout: Mood
    broker: Mood
    workers: Mood
    clock: Mood = Mood.FINE
    database: Mood = Mood.FINE
    disk: Mood = Mood.FINE
    channels: Mood = Mood.FINE
    mailbox: Mood = Mood.FINE

    @property
    def worst(self) -> Mood:
        inside = (self.events, self.effects, self.fallout)
        outside = (self.broker, self.workers, self.clock, self.database, self.disk)
        ways = (self.channels, self.mailbox)
        return next(mood for mood in reversed(Mood) if mood in (*inside, *outside, *ways))


def judge(  # noqa: PLR0913 - by name, each a thing that was looked at
    backlog: Backlog,
    *,
    now: datetime,
    is_broker_there: bool,
    workers: int | None = None,
    clock: "ClockView | None" = None,
    database: Vitals | None = None,
    free_bytes: int | None = None,
    resting: int = 0,
    is_mailbox_away: bool = False,
) -> Health:
    """What the figures mean; a broker that is away costs time, never an event.

    ``workers`` is how many have signed on; None while nobody knows, since the broker is away.
    Without one, only what waits to go out is in trouble. What was not looked at is fine.
    """
    return Health(
        events=Mood.ACT if backlog.age_s(now) > LATE_S else Mood.FINE,
        effects=Mood.LOOK if backlog.effects > MANY_EFFECTS else Mood.FINE,
        fallout=Mood.LOOK if backlog.fallout else Mood.FINE,
        broker=Mood.FINE if is_broker_there else Mood.ACT,
        workers=Mood.ACT if workers == 0 and backlog.effects else Mood.FINE,
        clock=clock.mood if clock else Mood.FINE,
        database=_database(database, now) if database else Mood.FINE,
        disk=Mood.ACT if free_bytes is not None and free_bytes < ROOM_BYTES else Mood.FINE,
        channels=Mood.LOOK if resting else Mood.FINE,
        mailbox=Mood.LOOK if is_mailbox_away else Mood.FINE,
    )


def _database(seen: Vitals, now: datetime) -> Mood:
    is_crowded = seen.connections > CROWDED * seen.most_connections
    return Mood.LOOK if is_crowded or seen.running_s(now) > LONG_S else Mood.FINE


def size(of_bytes: int) -> str:
    """So much room as people say it: "37 MB", "1.5 GB"."""
    is_small = of_bytes < ROOM_BYTES
    return f"{of_bytes / 1024**2:.0f} MB" if is_small else f"{of_bytes / 1024**3:.1f} GB"


class Duty(StrEnum):
    """How a repeated duty stands."""

    ON_TIME = "on_time"
    LATE = "late"
    BROKE = "broke"
    UNHEARD = "unheard"


@dataclass(frozen=True)
class DutyView:
    """One repeated duty: how often it comes, when it was last tried, how it stands."""

    name: str
    every_s: float
    last_at: datetime | None
    state: Duty


@dataclass(frozen=True)
class ClockView:
    """Every duty of the clock by name, what to make of it, and when it was last heard of."""

    mood: Mood
    last_at: datetime | None
    duties: tuple[DutyView, ...]

    @property
    def in_trouble(self) -> tuple[DutyView, ...]:
        """The duties that are late or broke."""
        return tuple(one for one in self.duties if one.state in {Duty.LATE, Duty.BROKE})


def judge_clock(
    sweeps: Sequence[Sweep], rounds: Mapping[str, Round], *, now: datetime
) -> ClockView:
    """How the clock's duties stand.

    Whoever emptied the broker is heard again with the next round of each duty, so one that
    nobody has heard of is no trouble by itself; a clock of which nothing at all was heard is.
    """
    duties = tuple(
        _duty(one, rounds.get(one.name), now) for one in sorted(sweeps, key=lambda one: one.name)
    )
    last_at = max((one.last_at for one in duties if one.last_at), default=None)
    if last_at is not None and now - last_at > SILENT:
        mood = Mood.ACT
    elif last_at is None or any(one.state in {Duty.LATE, Duty.BROKE} for one in duties):
        mood = Mood.LOOK
    else:
        mood = Mood.FINE
    return ClockView(mood, last_at, duties)


def _duty(sweep: Sweep, last: Round | None, now: datetime) -> DutyView:
    if last is None:
        return DutyView(sweep.name, sweep.every_s, None, Duty.UNHEARD)
    if not last.is_done:
        state = Duty.BROKE
    elif now - last.at > timedelta(seconds=2 * sweep.every_s) + PATIENCE:
        state = Duty.LATE
    else:
        state = Duty.ON_TIME
    return DutyView(sweep.name, sweep.every_s, last.at, state)
