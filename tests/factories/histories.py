"""Histories of deliveries with a drift and a strike in them, made from a seed."""

import math
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from oms_service.shipping.arrivals.journeys import Journey, Road

TOKYO: Final = ZoneInfo("Asia/Tokyo")
BEGIN: Final = datetime(2025, 1, 6, tzinfo=TOKYO)
SUNDAY: Final = 6
_FROM: Final = (("東京都", 3), ("大阪府", 1))
_TO: Final = (("東京都", 6), ("愛知県", 3), ("福岡県", 2), ("北海道", 1))
_WITH: Final = (("yamato", 5), ("sagawa", 3), ("japanpost", 2))
_FAR: Final = {"北海道": 2.5, "福岡県": 1.5}


def a_history(
    *, seed: int, days: int, a_day: int, strike: tuple[int, int] | None = None, drift: float = 0.0
) -> list[Journey]:
    """Parcels of ``days`` days.

    Orders after 14:00 leave a day later and nothing leaves on a Sunday; nobody but Yamato
    delivers on one. Sagawa gets slower, by ``drift`` days over the whole time. From the first to
    the second day of ``strike`` Japan Post delivers nothing.
    """
    return list(_history(random.Random(seed), days, a_day, strike, drift))  # noqa: S311 - no secret


def _history(
    chance: random.Random, days: int, a_day: int, strike: tuple[int, int] | None, drift: float
) -> Iterator[Journey]:
    for day in range(days):
        for _ in range(a_day):
            hour = min(23.9, max(0.0, chance.gauss(14, 4)))
            placed = BEGIN + timedelta(days=day, hours=hour)
            road = Road(_one(chance, _FROM), _one(chance, _TO), _one(chance, _WITH), "")
            handed = _not_on_sunday(_midnight(placed) + timedelta(days=placed.hour >= 14, hours=18))
            travel = (1.0 + _FAR.get(road.destination, 0.0)) * math.exp(chance.gauss(0, 0.15))
            travel += chance.expovariate(0.5) if chance.random() < 0.05 else 0.0
            travel += drift * day / days if road.carrier == "sagawa" else 0.0
            came = handed + timedelta(days=travel)
            if strike and road.carrier == "japanpost":
                first, last = (BEGIN + timedelta(days=one) for one in strike)
                came = last + (came - first) / 3 if first <= came < last else came
            came = _midnight(came) + timedelta(hours=9 + 11 * chance.betavariate(1.5, 2))
            came = came if road.carrier == "yamato" else _not_on_sunday(came)
            yield Journey(road, placed, handed, max(came, handed), placed + timedelta(days=4))


def _one(chance: random.Random, of: tuple[tuple[str, int], ...]) -> str:
    return chance.choices([name for name, _ in of], [weight for _, weight in of])[0]


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _not_on_sunday(moment: datetime) -> datetime:
    return moment + timedelta(days=moment.weekday() == SUNDAY)
