"""National holidays by country and year, as the library said that wrote ``holidays.json``.

Years and countries beyond it have none, until a newer list is carried or the shop adds its own.
"""

import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from oms_service.kernel.languages import Words


@cache
def _carried() -> Mapping[str, Any]:
    return json.loads(resources.files(__package__).joinpath("holidays.json").read_bytes())  # type: ignore[no-any-return]  # our own file


def countries() -> tuple[str, ...]:
    """The countries whose holidays are known, two letters each."""
    return tuple(sorted(_carried()["days"]))


def years() -> tuple[int, int]:
    """The first and the last year that are known."""
    return _carried()["first_year"], _carried()["last_year"]


@cache
def days_off(country: str, year: int) -> frozenset[date]:
    """The holidays of a country in a year; none where they are not known."""
    return frozenset(names(country, year))


@cache
def names(country: str, year: int) -> Mapping[date, Words]:
    """The same with their names, in the order of the days."""
    said = _carried()["days"].get(country, {}).get(str(year), {})
    called = _carried()["names"]
    found: dict[date, Words] = {}
    for day, place in said.items():
        ours, english = called[place]
        found[date(year, int(day[:2]), int(day[2:]))] = {"ja": ours or english, "en": english}
    return found
