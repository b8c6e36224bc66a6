"""Histories with scans, made from a seed, that know when each delay first showed.

Two worlds that differ in everything but what the words mean: one of days, depots and promised
days, one of hours, hubs and promised hours. Each has delays that show themselves (nothing is
heard where something should be, a depot's scan comes late, a carrier says so, snow over a region,
a strike, goods that leave the house late) and delays that nobody could have seen a day before.
Some signs mean nothing: words of a delay that is made up for, and scans that are never sent.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from oms_service.ports.carrier import CarrierStatus as S
from oms_service.shipping.arrivals.journeys import Journey, Road
from oms_service.shipping.arrivals.scanned import Scanned, Word

TOKYO: Final = ZoneInfo("Asia/Tokyo")
BEGIN: Final = datetime(2025, 1, 6, tzinfo=TOKYO)
SUNDAY: Final = 6


@dataclass(frozen=True)
class Known:
    """A parcel, and when its delay first showed; None where it did not, or was none."""

    scanned: Scanned
    first_sign_at: datetime | None

    @property
    def is_late(self) -> bool:
        journey = self.scanned.journey
        came, promised = journey.delivered_at, journey.promised_at
        return promised is not None and (came is None or came > promised)


@dataclass
class _Told:
    """Words as they are sent, and the earliest sign among what is heard and what is missed."""

    chance: random.Random
    lost: float
    words: list[Word] = field(default_factory=list)
    sign: datetime | None = None

    def say(
        self, at: datetime, status: S, place: str = "", reason: str = "", *, is_sign: bool = False
    ) -> None:
        if status not in {S.DELIVERED, S.ATTEMPTED} and self.chance.random() < self.lost:
            return
        wait = timedelta(minutes=self.chance.uniform(0, 30))
        if self.chance.random() < 0.03:
            wait += timedelta(hours=self.chance.uniform(2, 10))
        self.words.append(Word(at, at + wait, status, place, reason))
        if is_sign:
            self.missed(at + wait)

    def missed(self, at: datetime) -> None:
        self.sign = at if self.sign is None else min(self.sign, at)


def by_days(*, seed: int, days: int = 240, a_day: int = 16) -> list[Known]:
    """Parcels of depots: placed, handed over at six in the evening, scanned where they leave, in
    the morning where they arrive, when the van leaves, at the door. Promised are whole days."""
    return list(_by_days(random.Random(seed), days, a_day))  # noqa: S311 - no secret


_FROM: Final = (("東京都", 3), ("大阪府", 2))
_TO: Final = (("東京都", 5), ("愛知県", 3), ("福岡県", 2), ("北海道", 2), ("新潟県", 1))
_WITH: Final = (("yamato", 5), ("sagawa", 3), ("japanpost", 2))
_FAR: Final = {"北海道": 2, "福岡県": 1, "新潟県": 1}


def _by_days(chance: random.Random, days: int, a_day: int) -> Iterator[Known]:
    waves = [
        (chance.choice(_TO)[0], first, first + chance.randint(2, 4))
        for first in (chance.randrange(20, days - 20) for _ in range(4))
    ]
    strike_at = chance.randrange(60, days - 20)
    strike = (chance.choice(_WITH)[0], strike_at, strike_at + 5)
    for day in range(days):
        for _ in range(a_day):
            yield _depot_parcel(chance, day, waves, strike)


def _depot_parcel(  # noqa: C901, PLR0915 - one life from end to end, told in its order
    chance: random.Random,
    day: int,
    waves: list[tuple[str, int, int]],
    strike: tuple[str, int, int],
) -> Known:
    told = _Told(chance, lost=0.04)
    road = Road(_one(chance, _FROM), _one(chance, _TO), _one(chance, _WITH), "")
    rests = road.carrier != "yamato"
    hour = min(23.5, max(0.0, chance.gauss(13, 4)))
    placed = BEGIN + timedelta(days=day, hours=hour)
    leaves = _working(_midnight(placed) + timedelta(days=hour >= 14))
    travel = 1 + _FAR.get(road.destination, 0)
    slack = chance.choices((0, 1, 2), (5, 4, 1))[0]
    promised_day = _open_day(leaves + timedelta(days=travel), rests=rests)
    promised_day = _open_day(promised_day + timedelta(days=slack), rests=rests)
    promised = promised_day + timedelta(days=1)

    handed = leaves + timedelta(hours=18)
    if chance.random() < 0.025:
        told.missed(handed + timedelta(hours=6))
        handed = _working(leaves + timedelta(days=chance.randint(1, 4))) + timedelta(hours=18)
    trouble = chance.choices(
        ("none", "lost_at_origin", "lost_on_the_way", "late_depot", "words", "idle_words", "door"),
        (89, 1.3, 1.3, 1.6, 2.2, 0.8, 3.8),
    )[0]

    at_origin = handed + timedelta(hours=chance.uniform(2, 4))
    if trouble == "lost_at_origin":
        told.missed(at_origin + timedelta(hours=6))
        at_origin += timedelta(days=chance.randint(1, 4))
    if trouble == "late_depot":
        at_origin += timedelta(hours=chance.uniform(20, 44))
    told.say(at_origin, S.IN_TRANSIT, road.origin, is_sign=trouble == "late_depot")

    arrives = _midnight(at_origin) + timedelta(days=travel, hours=chance.uniform(4, 7))
    if trouble == "words":
        said = at_origin + timedelta(hours=chance.uniform(3, 8))
        reason = chance.choice(("traffic", "volume", "mis_sorted", ""))
        told.say(said, S.DELAYED, road.origin, reason, is_sign=True)
        arrives += timedelta(days=chance.randint(1, 3))
    if trouble == "idle_words":
        told.say(at_origin + timedelta(hours=4), S.DELAYED, road.origin, "traffic")
    if trouble == "lost_on_the_way":
        told.missed(arrives + timedelta(hours=6))
        arrives += timedelta(days=chance.randint(1, 5))
    for region, first, last in waves:
        begin, end = BEGIN + timedelta(days=first), BEGIN + timedelta(days=last)
        if road.destination == region and begin <= arrives < end and chance.random() < 0.85:
            said = max(at_origin + timedelta(hours=2), begin - timedelta(hours=6))
            told.say(said, S.DELAYED, region, "weather", is_sign=True)
            arrives = max(arrives, end + timedelta(days=chance.randint(0, 1), hours=5))
    told.say(arrives, S.IN_TRANSIT, road.destination)

    out_day = _open_day(_midnight(arrives), rests=rests)
    begin, end = BEGIN + timedelta(days=strike[1]), BEGIN + timedelta(days=strike[2])
    if road.carrier == strike[0] and begin <= out_day < end:
        told.missed(out_day + timedelta(hours=14))
        if chance.random() < 0.5:
            said = out_day + timedelta(hours=chance.uniform(9, 13))
            told.say(said, S.DELAYED, road.destination, "strike", is_sign=True)
        out_day = _open_day(end + timedelta(days=chance.randint(0, 1)), rests=rests)
    out = out_day + timedelta(hours=chance.uniform(7.5, 9))
    told.say(max(out, arrives), S.OUT_FOR_DELIVERY, road.destination)
    at_door = max(out, arrives) + timedelta(hours=chance.uniform(0.5, 10))
    if trouble == "door":
        told.say(at_door, S.ATTEMPTED, road.destination, "no_one_home", is_sign=True)
        next_day = _open_day(_midnight(at_door) + timedelta(days=1), rests=rests)
        at_door = next_day + timedelta(hours=chance.uniform(9, 19))
    told.say(at_door, S.DELIVERED, road.destination)
    return _known(told, Journey(road, placed, handed, at_door, promised))


def by_hours(*, seed: int, days: int = 240, a_day: int = 16) -> list[Known]:
    """Parcels of hubs that never sleep: three to five hops of some hours each, customs on one road,
    no word of a place from one carrier. Promised is an hour."""
    return list(_by_hours(random.Random(seed), days, a_day))  # noqa: S311 - no secret


_HUB_FROM: Final = (("Rotterdam", 1), ("Milano", 1))
_HUB_TO: Final = (("Paris", 4), ("Wien", 3), ("London", 2), ("Oslo", 1))
_HUB_WITH: Final = (("quick", 3), ("north", 2))
_HOPS: Final = {"Paris": 3, "Wien": 4, "London": 4, "Oslo": 5}
_HOP_H: Final = 9.0
_CUSTOMS: Final = "London"


def _by_hours(chance: random.Random, days: int, a_day: int) -> Iterator[Known]:
    snow = [(chance.choice(_HUB_TO)[0], chance.randrange(15, days - 15)) for _ in range(4)]
    stopped = (chance.choice(_HUB_FROM)[0], chance.randrange(50, days - 20))
    for day in range(days):
        for _ in range(a_day):
            yield _hub_parcel(chance, day, snow, stopped)


def _hub_parcel(  # noqa: C901, PLR0915 - one life from end to end, told in its order
    chance: random.Random, day: int, snow: list[tuple[str, int]], stopped: tuple[str, int]
) -> Known:
    told = _Told(chance, lost=0.06)
    road = Road(
        _one(chance, _HUB_FROM),
        _one(chance, _HUB_TO),
        _one(chance, _HUB_WITH),
        chance.choice(("economy", "express")),
    )
    pace = 0.75 if road.service == "express" else 1.0
    hops = _HOPS[road.destination]
    placed = BEGIN + timedelta(days=day, hours=chance.uniform(0, 24))
    leaving = chance.uniform(4, 12)
    customs = road.destination == _CUSTOMS
    usual_h = 12 + hops * _HOP_H * pace + (14 if customs else 0) + 6
    promised = placed + timedelta(hours=usual_h * chance.choice((1.25, 1.5, 2.0)))

    handed = placed + timedelta(hours=leaving)
    begin = BEGIN + timedelta(days=stopped[1])
    end = begin + timedelta(days=3)
    if road.origin == stopped[0] and begin <= handed < end:
        told.missed(handed + timedelta(hours=12))
        handed = end + timedelta(hours=chance.uniform(0, 20))
    elif chance.random() < 0.02:
        told.missed(placed + timedelta(hours=20))
        handed += timedelta(hours=chance.uniform(24, 72))

    named = road.carrier == "north"
    trouble = chance.choices(
        ("none", "lost", "slow_hub", "words", "idle_words", "last_mile"),
        (90, 2.2, 1.8, 2.2, 0.8, 3.0),
    )[0]
    at = handed
    where = chance.randrange(hops)
    for hop in range(hops):
        hop_h = _HOP_H * pace * chance.uniform(0.75, 1.25)
        place = (road.destination if hop == hops - 1 else f"hub {hop + 1}") if named else ""
        if hop == where and trouble == "lost":
            told.missed(at + timedelta(hours=hop_h + 8))
            hop_h += chance.uniform(30, 110)
        if hop == where and trouble == "slow_hub":
            hop_h += chance.uniform(18, 48)
        if hop == where and trouble in {"words", "idle_words"}:
            said = at + timedelta(hours=chance.uniform(1, 5))
            reason = chance.choice(("capacity", "vehicle", "mis_sorted"))
            told.say(said, S.DELAYED, place, reason, is_sign=trouble == "words")
            hop_h += chance.uniform(20, 70) if trouble == "words" else 0.0
        at += timedelta(hours=hop_h)
        told.say(at, S.IN_TRANSIT, place, is_sign=hop == where and trouble == "slow_hub")
        if customs and hop == 1:
            told.say(at + timedelta(hours=0.5), S.CUSTOMS_HOLD, place, "customs")
            held_h = chance.uniform(8, 20)
            if chance.random() < 0.05:
                told.missed(at + timedelta(hours=28))
                held_h = chance.uniform(48, 120)
            at += timedelta(hours=held_h)
            told.say(at, S.IN_TRANSIT, place, "cleared")
    for region, first in snow:
        begin = BEGIN + timedelta(days=first)
        end = begin + timedelta(days=3)
        if road.destination == region and begin <= at < end and chance.random() < 0.8:
            told.say(at + timedelta(hours=1), S.DELAYED, "", "weather", is_sign=True)
            at = end + timedelta(hours=chance.uniform(0, 24))
    out = at + timedelta(hours=chance.uniform(1, 4))
    told.say(out, S.OUT_FOR_DELIVERY)
    came = out + timedelta(hours=chance.uniform(1, 5))
    if trouble == "last_mile":
        told.say(came, S.ATTEMPTED, "", "no_one_home", is_sign=True)
        came += timedelta(hours=chance.uniform(12, 30))
    told.say(came, S.DELIVERED)
    return _known(told, Journey(road, placed, handed, came, promised))


def _known(told: _Told, journey: Journey) -> Known:
    words = list(told.words)
    told.chance.shuffle(words)
    known = Known(Scanned(journey, tuple(words)), None)
    return Known(known.scanned, told.sign) if known.is_late else known


def _one(chance: random.Random, of: tuple[tuple[str, int], ...]) -> str:
    return chance.choices([name for name, _ in of], [weight for _, weight in of])[0]


def _midnight(moment: datetime) -> datetime:
    return datetime.combine(moment.date(), time.min, moment.tzinfo)


def _working(day: datetime) -> datetime:
    """Nothing leaves the house on a Sunday."""
    return day + timedelta(days=day.weekday() == SUNDAY)


def _open_day(day: datetime, *, rests: bool) -> datetime:
    return _working(day) if rests else day
