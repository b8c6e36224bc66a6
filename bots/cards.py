"""An order's answer as a card, for channels that show one: said in one language, of no channel.

It holds what the words of the answer hold, so it is made of the same result. A channel lays it out
(``bots.line.flex``, ``bots.slack.customers.laying``) within its own limits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from bots.choices import cut
from bots.dialogue import replies
from bots.dialogue.contracts.shapes import Step
from bots.dialogue.replies import Formats
from bots.dialogue.turns import Data, Result, Say
from oms_service.kernel.languages import Language, say

#: Channels whose transport lays cards out.
CHANNELS: Final = frozenset({"line", "slack"})
#: Where the card is in the ``extra`` of a message.
EXTRA: Final = "card"
#: Beyond these nobody reads on: the rest is counted.
MOST_ITEMS: Final = 8
_LONGEST: Final = 80


class Tone(StrEnum):
    """What a state means for whoever waits."""

    CALM = "calm"
    GOOD = "good"
    CARE = "care"
    BAD = "bad"


#: How far an order is on its way, of ``LAST``; others are on no way.
_PLACES: Final[Mapping[str, int]] = {
    Step.PLACED: 0,
    Step.PAYMENT_PENDING: 0,
    Step.ON_HOLD: 0,
    Step.BACKORDERED: 0,
    Step.PREPARING: 1,
    Step.PARTLY_SHIPPED: 2,
    Step.SHIPPED: 2,
    Step.IN_TRANSIT: 2,
    Step.OUT_FOR_DELIVERY: 3,
    Step.ATTEMPTED: 3,
    Step.READY_FOR_PICKUP: 3,
    Step.PARTLY_DELIVERED: 3,
    Step.DELIVERED: 4,
}
LAST: Final = 4
_TONES: Final[Mapping[str, Tone]] = {
    Step.DELIVERED: Tone.GOOD,
    Step.REFUNDED: Tone.GOOD,
    Step.PAYMENT_PENDING: Tone.CARE,
    Step.ON_HOLD: Tone.CARE,
    Step.BACKORDERED: Tone.CARE,
    Step.ATTEMPTED: Tone.CARE,
    Step.RETURNING: Tone.CARE,
    Step.DELIVERY_FAILED: Tone.BAD,
}


@dataclass(frozen=True)
class Item:
    """One line of an order."""

    name: str
    quantity: int


@dataclass(frozen=True, kw_only=True)
class OrderCard:
    """One order at a glance. ``place`` is how far it is, of ``LAST``; None where it is on no way.

    ``summary`` stands for the whole card where none can be shown.
    """

    title: str
    status: str
    tone: Tone
    place: int | None
    window_label: str
    window: str
    items: Sequence[Item]
    more: str
    page: str
    page_label: str
    summary: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def read(stored: object) -> OrderCard | None:
    """The card that ``as_json`` wrote, or None of anything else."""
    if not isinstance(stored, Mapping):
        return None
    try:
        items = tuple(Item(**one) for one in stored["items"])
        return OrderCard(**{**stored, "tone": Tone(stored["tone"]), "items": items})
    except (KeyError, TypeError, ValueError):
        return None


def of_results(results: Sequence[Result], language: Language, formats: Formats) -> OrderCard | None:
    """The card of the last order that was looked up for an answer."""
    orders = [one.data for one in results if (one.skill, one.outcome) == ("track_order", "ok")]
    return of_order(orders[-1], language, formats) if orders else None


def of_order(order: Data, language: Language, formats: Formats) -> OrderCard:
    """The card of an order's standing, as the skill ``track_order`` answers it."""

    def told(key: str, **params: Any) -> str:
        return replies.render(Say(f"card.{key}", params), language, formats)

    step = str(order["step"])
    window = told("when", window=order["window"]) if order["window"] else ""
    title, status = told("title", number=order["number"]), told("status", step=step)
    items = [
        Item(cut(_in(one["name"], language), _LONGEST), one["quantity"])
        for one in order.get("items", ())[:MOST_ITEMS]
    ]
    more = int(order.get("more_items", 0)) + len(order.get("items", ())[MOST_ITEMS:])
    is_late = order["is_late"] and step != Step.DELIVERED
    return OrderCard(
        title=title,
        status=status,
        tone=Tone.CARE if is_late else _TONES.get(step, Tone.CALM),
        place=_PLACES.get(step),
        window_label=told("expected") if window else "",
        window=window,
        items=items,
        more=told("more", count=more) if more else "",
        page=order["page"],
        page_label=told("page"),
        summary=told("summary", title=title, status=status),
    )


def _in(words: Any, language: Language) -> str:
    return say(words, language) if isinstance(words, Mapping) else str(words)
