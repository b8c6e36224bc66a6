"""A message of ours as message objects of LINE: words, a card, buttons; within LINE's limits.

https://developers.line.biz/en/reference/messaging-api/#message-objects
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bots import cards, choices
from bots.choices import LIMITS, Choice, cut, head, pieces, units
from bots.dialogue import replies
from bots.dialogue.replies import Formats
from bots.dialogue.turns import Say
from bots.line import flex
from oms_service.conversations.channels import LINE
from oms_service.conversations.transports import Outgoing

#: Objects of one call, and UTF-16 units of one text.
MOST_OBJECTS: Final = 5
MOST_UNITS: Final = 5000
#: Of the data that a button sends back, and of what it lets the customer say.
MOST_DATA: Final = 300
_MOST_SHOWN: Final = 300
_MARK: Final = "c:"

Object = dict[str, Any]


def objects(message: Outgoing, formats: Formats, *, files_url: str) -> list[Object]:
    """A message as LINE takes it; never empty, and the buttons stand below the last of it.

    Args:
        message: what is said.
        formats: how the channel's own words are put.
        files_url: where a customer finds the files that come with it.
    """
    card = cards.read(message.extra.get(cards.EXTRA))
    given = _choices(message.extra)
    shown = choices.offered(given, LIMITS[LINE])
    words = [message.text.strip(), *shown.lines]
    if message.files:
        say = Say("line.files", {"url": files_url})
        words.append(replies.render(say, message.language, formats))
    made: list[Object] = [flex.message(card)] if card is not None else []
    said = "\n".join(one for one in words if one)
    made += [{"type": "text", "text": one} for one in pieces(said, MOST_UNITS)]
    if not made:
        made = [{"type": "text", "text": "…"}]
    if shown.buttons:
        made[-1]["quickReply"] = {"items": [_quick(one) for one in shown.buttons]}
    return made


def calls(made: Sequence[Object]) -> list[Sequence[Object]]:
    """Objects by the calls that they take."""
    return [made[at : at + MOST_OBJECTS] for at in range(0, len(made), MOST_OBJECTS)]


def pressed(data: str) -> tuple[str, str] | None:
    """The value of a button and what it said, from what it sent; None of what is not ours."""
    if not data.startswith(_MARK):
        return None
    value, _, label = data.removeprefix(_MARK).partition("\n")
    return (value, label) if value else None


def _quick(choice: Choice) -> Object:
    data = f"{_MARK}{choice.value}"
    room = MOST_DATA - units(data) - 1
    if room > 0 and choice.label:
        # What it said, for the day on which nobody remembers the button any more.
        data = f"{data}\n{head(choice.label.replace(chr(10), ' '), room)}"
    return {
        "type": "action",
        "action": {
            "type": "postback",
            "label": choice.short or "…",
            "data": data,
            "displayText": cut(choice.label, _MOST_SHOWN) or "…",
        },
    }


def _choices(extra: Mapping[str, object]) -> list[Mapping[str, Any]]:
    given = extra.get("choices", ())
    return list(given) if isinstance(given, list | tuple) else []
