"""Choosing one order among several: the question and how its answer is read."""

from collections.abc import Mapping
from typing import Any, Final

from bots.dialogue.moves import HUMAN, OTHER_ORDER, pressed
from bots.dialogue.turns import Button, Data, Question, Say
from bots.understanding.heard import NAMES, Heard, Kind, Option
from oms_service.kernel.text import order_key

#: As many as fit on one screen; the newest come first.
MOST_ORDERS = 5
#: Which order is meant, when nothing says so and when it is not one of theirs.
WHICH: Final = Question(Kind.ORDER, Say("track.which", buttons=(HUMAN,)))
UNKNOWN: Final = Question(Kind.ORDER, Say("track.unknown", buttons=(HUMAN,)))


def choose_order(key: str, data: Data) -> Question:
    orders = data["orders"][:MOST_ORDERS]
    buttons = tuple(
        Button(
            f"order:{order_key(order['number'])}",
            "button.order",
            {"number": order["number"], "summary": order["summary"], "step": order["status"]},
        )
        for order in orders
    )
    options = tuple(
        Option(order_key(order["number"]), NAMES.join(names_of(order["summary"])))
        for order in orders
    )
    say = Say(key, {"count": len(data["orders"])}, (*buttons, OTHER_ORDER, HUMAN))
    return Question(Kind.CHOICE, say, options)


def chosen_order(heard: Heard) -> str | None:
    """The key of the order that was meant, ``other``, or None."""
    return (
        pressed(heard, "order")
        or next(iter(heard.order_keys), None)
        or next(iter(heard.choices), None)
    )


def names_of(text: Any) -> list[str]:
    """A text of the shop in each language it has."""
    return [str(name) for name in text.values()] if isinstance(text, Mapping) else [str(text)]
