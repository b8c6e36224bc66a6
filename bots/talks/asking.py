"""What an address asks of talks: days and filters; read alike by pages and programs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from bots.talks.states import NO_WISH, TalkOutcome
from bots.talks.words import CHANNELS
from bots.understanding.heard import Intent
from cases.reports.asking import day
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Language
from oms_service.shipping.accuracy import Period

#: Without other days talks are of so many, today among them.
USUAL_DAYS: Final = 28
#: At most of a year.
MOST_DAYS: Final = 366
LONGEST_WORDS: Final = 80
#: What talks are narrowed down to, as named in addresses.
FILTERS: Final = ("channel", "language", "intent", "outcome", "customer")
WISHES: Final = (*(str(intent) for intent in Intent), NO_WISH)
KNOWN: Final = {"known": True, "unknown": False}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Whole days, and which talks; None and empty are all. ``words`` is what customers wrote."""

    period: Period
    channel: str = ""
    language: Language | None = None
    wish: str = ""
    outcome: TalkOutcome | None = None
    is_known: bool | None = None
    words: str = ""

    @property
    def is_narrowed(self) -> bool:
        return self != Wanted(period=self.period)

    def before(self) -> "Wanted":
        """The same of as many days just before."""
        days = (self.period.last - self.period.first).days + 1
        last = self.period.first - timedelta(days=1)
        earlier = Period(last - timedelta(days=days - 1), last, self.period.zone)
        return replace(self, period=earlier)


def read(
    said: Mapping[str, str], *, now: datetime, zone: ZoneInfo
) -> tuple[Wanted, dict[str, str]]:
    """What is asked for, and by name what of it cannot be; the latter is left out of the former.

    Args:
        said: the arguments of an address: ``from``, ``to``, ``q`` and ``FILTERS``.
        now: the present.
        zone: the shop's, whose days are meant.
    """
    wrong: dict[str, str] = {}

    def one_of(name: str, known: Mapping[str, Any]) -> Any:
        value = said.get(name, "")
        if value and value not in known:
            wrong[name] = "is unknown"
        return known.get(value)

    today = now.astimezone(zone).date()
    last = day(said, "to", wrong) or today
    first = day(said, "from", wrong) or min(last, today) - timedelta(days=USUAL_DAYS - 1)
    first, last = min(first, last), max(first, last)
    if (last - first).days >= MOST_DAYS:
        wrong["from"] = "is more than a year before the last day"
        first = last - timedelta(days=MOST_DAYS - 1)
    words = " ".join(said.get("q", "").replace("\0", " ").split())
    if len(words) > LONGEST_WORDS:
        wrong["q"] = f"must have at most {LONGEST_WORDS} characters"
        words = ""
    found = Wanted(
        period=Period(first, last, zone),
        channel=one_of("channel", {one: one for one in CHANNELS}) or "",
        language=one_of("language", {str(one): one for one in Language}),
        wish=one_of("intent", {one: one for one in WISHES}) or "",
        outcome=one_of("outcome", {str(one): one for one in TalkOutcome}),
        is_known=one_of("customer", KNOWN),
        words=words,
    )
    return found, wrong


def require(said: Mapping[str, str], *, now: datetime, zone: ZoneInfo) -> Wanted:
    """The same for programs, which are told of what cannot be.

    Raises:
        Invalid: naming it.
    """
    found, wrong = read(said, now=now, zone=zone)
    if wrong:
        raise Invalid("these talks cannot be counted", wrong)
    return found
