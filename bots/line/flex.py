"""An order's card as LINE lays it out: one bubble, within LINE's limits for any order.

https://developers.line.biz/en/reference/messaging-api/#flex-message
"""

from collections.abc import Mapping
from typing import Any, Final

from bots.cards import LAST, Item, OrderCard, Tone
from bots.choices import cut, units

#: A bubble's own limit is 30 KB of JSON, an alternative text's 400 characters on older phones.
MOST_BYTES: Final = 30_000
MOST_ALT: Final = 400
MOST_LABEL: Final = 20
_MOST_ADDRESS: Final = 1000
#: What is left of texts that shops and products bring along.
_LONG, _SHORT = 120, 60
_COLOURS: Final[Mapping[Tone, str]] = {
    Tone.CALM: "#1B5FAA",
    Tone.GOOD: "#1D7A3E",
    Tone.CARE: "#9A5B00",
    Tone.BAD: "#B3261E",
}
_TEXT, _MUTED, _LINE = "#1F2328", "#59636E", "#D1D9E0"

Box = dict[str, Any]


def message(card: OrderCard) -> Box:
    """The card as one message; its alternative text stands in lists of chats and notices."""
    alt = f"{card.summary} {card.window}".strip()
    return {
        "type": "flex",
        "altText": cut(alt, MOST_ALT) or "-",
        "contents": bubble(card),
    }


def bubble(card: OrderCard) -> Box:
    body: list[Box] = [
        _text(card.title, color=_MUTED, size="sm", most=_LONG),
        _text(card.status, color=_COLOURS[card.tone], size="xl", weight="bold", most=_SHORT),
    ]
    if card.place is not None:
        body.append(_progress(card.place, _COLOURS[card.tone]))
    if card.window:
        body.append(_row(card.window_label, card.window))
    if card.items or card.more:
        body.append({"type": "separator", "margin": "lg", "color": _LINE})
        body += [_item(one) for one in card.items]
        if card.more:
            body.append(_text(card.more, color=_MUTED, size="sm", most=_SHORT))
    made: Box = {
        "type": "bubble",
        "size": "kilo",
        "body": {"type": "box", "layout": "vertical", "spacing": "md", "contents": body},
    }
    if card.page.startswith(("https://", "http://")) and units(card.page) <= _MOST_ADDRESS:
        made["footer"] = {
            "type": "box",
            "layout": "vertical",
            "contents": [_button(card.page_label, card.page)],
        }
    return made


def _progress(place: int, colour: str) -> Box:
    share = round(100 * min(max(place, 0), LAST) / LAST)
    filled = {
        "type": "box",
        "layout": "vertical",
        "width": f"{max(share, 4)}%",
        "height": "6px",
        "backgroundColor": colour,
        "cornerRadius": "3px",
        "contents": [],
    }
    return {
        "type": "box",
        "layout": "vertical",
        "height": "6px",
        "backgroundColor": _LINE,
        "cornerRadius": "3px",
        "margin": "md",
        "contents": [filled],
    }


def _row(label: str, value: str) -> Box:
    contents = [_text(value, color=_TEXT, size="md", weight="bold", most=_LONG)]
    if label:
        contents.insert(0, _text(label, color=_MUTED, size="xs", most=_SHORT))
    return {"type": "box", "layout": "vertical", "margin": "lg", "contents": contents}


def _item(item: Item) -> Box:
    name = _text(item.name, color=_TEXT, size="sm", most=_SHORT)
    quantity = _text(f"× {item.quantity}", color=_MUTED, size="sm", most=_SHORT)
    return {
        "type": "box",
        "layout": "horizontal",
        "contents": [{**name, "flex": 5}, {**quantity, "flex": 2, "align": "end"}],
    }


def _button(label: str, address: str) -> Box:
    action = {"type": "uri", "label": cut(label, MOST_LABEL) or "→", "uri": address}
    return {"type": "button", "style": "link", "height": "sm", "action": action}


def _text(said: str, *, color: str, size: str, most: int, weight: str = "regular") -> Box:
    """A text is never empty: LINE refuses the whole message otherwise."""
    return {
        "type": "text",
        "text": cut(said.strip(), most) or "-",
        "color": color,
        "size": size,
        "weight": weight,
        "wrap": True,
    }
