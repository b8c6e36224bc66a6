"""Where orders are."""

from collections.abc import Mapping
from typing import Final, Literal, NotRequired, TypedDict

from bots.dialogue.contracts.shapes import (
    NONE,
    OrdersData,
    Skill,
    Step,
    Text,
    WindowData,
)


class ParcelData(TypedDict):
    carrier: Text | None
    """None where nobody said who carries it."""
    number: str | None
    link: str | None
    step: Step | str
    at: NotRequired[str | None]
    """When the carrier last said something, and where."""
    place: NotRequired[Text | None]


class ActData(TypedDict):
    """Something the customer can do now, and the page where it is done."""

    act: str
    link: str


class ItemData(TypedDict):
    name: Text
    quantity: int


class OrderStatusData(TypedDict):
    number: str
    summary: Text
    step: Step | str
    next_step: Step | str | None
    window: WindowData | None
    promised: WindowData | None
    """What was told first."""
    moved: Literal["no", "earlier", "later"]
    """Where ``window`` stands against it."""
    is_late: bool
    explanation: Text | None
    """Why it comes then, in a sentence or two."""
    why: NotRequired[str]
    """A code of what holds it up, where somebody said; empty otherwise."""
    page: str
    """The address of the delivery's own page, open to whoever has it."""
    calendar: str | None
    """The address of its entry for calendars; None where there is no date."""
    acts: list[ActData]
    delivered_at: str | None
    next_word_at: str | None
    """When the shop will write next, if it has said so."""
    parcels: list[ParcelData]
    items: NotRequired[list[ItemData]]
    """The first lines; ``more_items`` counts the others."""
    more_items: NotRequired[int]


SKILLS: Final[Mapping[str, Skill]] = {
    # Without a number: the one order that is under way, or ``several`` to choose from.
    "track_order": Skill(
        {"order_key": (str, NONE)},
        {"ok": OrderStatusData, "several": OrdersData, "unknown": None, "none": None},
    ),
    "list_orders": Skill({}, {"ok": OrdersData}),
}
