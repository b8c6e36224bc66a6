"""How the bot's replies say money and times: the shop's formats, at this moment, in this zone."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bots.dialogue.turns import Data
from oms_service.kernel.languages import Language
from oms_service.kernel.money import Money
from oms_service.web import formats


@dataclass(frozen=True)
class SpokenFormats:
    """The ``Formats`` that ``bots.dialogue.replies`` asks for."""

    now: datetime
    zone: ZoneInfo

    def money(self, value: Data, language: Language) -> str:
        return formats.money(Money(value["minor"], value["currency"]), language)

    def moment(self, value: str, language: Language) -> str:
        at = datetime.fromisoformat(value)
        return formats.moment(at, now=self.now, zone=self.zone, language=language)

    def day(self, value: str, language: Language) -> str:
        said = date.fromisoformat(value[:10])
        return formats.day(said, now=self.now, zone=self.zone, language=language)

    def window(self, value: Data, language: Language) -> str:
        start, end = _instant(value["start"]), _instant(value["end"])
        today = self.now.astimezone(self.zone).date()
        if not isinstance(start, datetime) and not isinstance(end, datetime) and end >= today:
            start = max(start, today)  # days that have passed are no news
        return formats.window(start, end, now=self.now, zone=self.zone, language=language)


def _instant(text: str) -> date | datetime:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
