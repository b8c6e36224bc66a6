"""How things are said in Slack: as on the desk, and no more of people than may be read there."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from bots.choices import units
from bots.slack.blocks.texts import clean, cut
from cases.sla.pages import CHANNEL_WORDS
from cases.states import Priority
from cases.taxonomy.labels import Labels
from cases.words import PRIORITIES
from oms_service.customers.queries import CustomerView
from oms_service.customers.states import Tier
from oms_service.kernel.languages import Language, Words
from oms_service.kernel.masking import Kind, masked, without_traces
from oms_service.kernel.money import Money
from oms_service.web.frame import Formats, FormatsAway
from oms_service.web.languages import OWN_NAMES, read, spoken
from oms_service.web.texts import N_, gettext

#: A name, a place or the like; more of it helps nobody.
LONGEST: Final = 120
TIERS: Final = {Tier.SILVER: N_("Silver member"), Tier.GOLD: N_("Gold member")}
#: The word says it; the sign is seen from afar.
_MARKS: Final = {Priority.URGENT: "🔴", Priority.HIGH: "🟠"}


class Sight(StrEnum):
    """How much of a customer may be read where something stands."""

    #: A private channel, or a colleague who may see personal data.
    ALL = "all"
    #: An open channel: short names, no addresses and numbers.
    SHORT = "short"
    #: Somebody who may not see personal data.
    NONE = "none"


@dataclass(frozen=True)
class Voice:
    """In which language and formats something is said, and to whom. One locale, one voice."""

    said: Formats
    labels: Labels
    zone: ZoneInfo
    sight: Sight = Sight.SHORT

    @classmethod
    def of(cls, labels: Labels, sight: Sight, *, now: datetime, zone: ZoneInfo) -> "Voice":
        """The voice of the locale at hand, in the shop's zone; ``now`` is UTC."""
        return cls(FormatsAway(spoken(), now, zone), labels, zone, sight)

    @property
    def code(self) -> str:
        """The language that is spoken."""
        return str(spoken())

    def name(self, customer: CustomerView | None) -> str:
        """Who the customer is, as far as may be said."""
        if customer is None:
            return _("Unknown visitor")
        whole = clean(customer.name)
        if not whole:
            return _("Customer")
        if self.sight is Sight.NONE:
            return masked(whole, Kind.NAME)
        if self.sight is Sight.SHORT:
            whole = _short(customer) or whole
        return self._called(whole)

    def name_of(self, written: str) -> str:
        """The same of a name that is known in one piece alone."""
        whole = clean(written)
        if not whole:
            return _("Unknown visitor")
        if self.sight is Sight.NONE:
            return masked(whole, Kind.NAME)
        first, _space, rest = whole.partition(" ")
        if self.sight is Sight.SHORT and rest:
            whole = f"{first} {_initial(rest)}" if whole.isascii() else first
        return self._called(whole)

    def _called(self, name: str) -> str:
        """A name as one speaks of a customer: 佐藤様."""
        short = cut(name, LONGEST)
        return f"{short}様" if spoken() is Language.JAPANESE else short

    def words(self, text: str) -> str:
        """What somebody wrote, as far as may be read."""
        match self.sight:
            case Sight.ALL:
                return text
            case Sight.SHORT:
                return without_traces(text)
            case Sight.NONE:
                return masked(text, Kind.WORDS)

    def tier(self, customer: CustomerView | None) -> str:
        """A customer's standing; nothing for most."""
        return _(TIERS[customer.tier]) if customer and customer.tier in TIERS else ""

    def say(self, words: Words) -> str:
        """A text of the shop in this voice's language."""
        return self.said.words(words)

    def money(self, amount: Money) -> str:
        return self.said.money(amount)


def priority(of: Priority) -> str:
    """A priority with its sign; nothing for the usual one."""
    if of is Priority.NORMAL:
        return ""
    return " ".join(part for part in (_MARKS.get(of, ""), _(PRIORITIES[of])) if part)


def channel(code: str) -> str:
    """Where a customer writes."""
    return _(CHANNEL_WORDS[code]) if code in CHANNEL_WORDS else code


def language(code: str) -> str:
    """A language by its own name."""
    known = read(code)
    return OWN_NAMES[known] if known else code


def shortened(text: str, most: int = LONGEST) -> str:
    """One line of a text."""
    return cut(clean(text), most) if units(text) else ""


def _short(customer: CustomerView) -> str:
    """佐藤, Emma W.: enough to speak of somebody, too little to find them."""
    family, given = clean(customer.family_name), clean(customer.given_name)
    if (family + given).isascii():
        return f"{given} {_initial(family)}".strip() if given else family
    return family or given


def _initial(name: str) -> str:
    return f"{name[0]}." if name else ""


def _(text: str) -> str:
    return str(gettext(text))
