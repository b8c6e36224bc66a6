"""Slack's limits on blocks and views, as its documents have them, and the SDK's own checks.

Source: "Block Kit" and "Views", docs.slack.dev.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

CHARACTERS: Final = 13_000
#: The longest text of each kind of thing, by what it stands in.
LONGEST: Final[Mapping[tuple[str, str], int]] = {
    ("header", "text"): 150,
    ("section", "text"): 3_000,
    ("section", "fields"): 2_000,
    ("context", "elements"): 2_000,
    ("button", "text"): 75,
    ("option", "text"): 75,
    ("option", "description"): 75,
    ("option_group", "label"): 75,
    ("input", "label"): 2_000,
    ("input", "hint"): 2_000,
    ("confirm", "title"): 100,
    ("confirm", "text"): 300,
    ("confirm", "confirm"): 30,
    ("confirm", "deny"): 30,
    ("modal", "title"): 24,
    ("modal", "submit"): 24,
    ("modal", "close"): 24,
    ("", "placeholder"): 150,
}
MOST: Final[Mapping[tuple[str, str], tuple[int, int]]] = {
    ("section", "fields"): (1, 10),
    ("context", "elements"): (1, 10),
    ("actions", "elements"): (1, 25),
    ("overflow", "options"): (1, 5),
    ("static_select", "options"): (1, 100),
    ("static_select", "option_groups"): (1, 100),
    ("checkboxes", "options"): (1, 10),
    ("radio_buttons", "options"): (1, 10),
}
#: Values of buttons and of lines of menus.
_VALUES: Final = {"button": 2_000, "option": 150}
_KINDS_OF_TEXT: Final = {"mrkdwn", "plain_text"}
#: What Slack takes in an input, and what only there.
INPUTS: Final = {
    "plain_text_input",
    "number_input",
    "datepicker",
    "timepicker",
    "static_select",
    "external_select",
    "checkboxes",
    "radio_buttons",
    "file_input",
}


def faults(blocks: Sequence[Mapping[str, Any]], *, most: int = 50) -> list[str]:
    """Everything that Slack would refuse in the blocks of a message, or of a view."""
    found = [] if len(blocks) <= most else [f"{len(blocks)} blocks"]
    ids = [one["block_id"] for one in blocks if "block_id" in one]
    found += ["two blocks of one name"] * (len(ids) != len(set(ids)))
    for place, block in enumerate(blocks):
        parsed = Block.parse(dict(block))
        if parsed is None:
            found.append(f"{place}: the SDK knows no {block['type']}")
        else:
            parsed.validate_json()
            parsed.to_dict()
        found += [f"{place}: {one}" for one in _faults(str(block["type"]), block)]
    return found


def faults_of_message(text: str, blocks: Sequence[Mapping[str, Any]]) -> list[str]:
    found = faults(blocks)
    if not 0 < len(text) <= 4_000:
        found.append("the text has no fitting length")
    if len(text) + characters(blocks) > CHARACTERS:
        found.append(f"{len(text) + characters(blocks)} characters")
    return found


def faults_of_view(view: Mapping[str, Any]) -> list[str]:
    """The same of a whole view."""
    found = faults(view["blocks"], most=100)
    View(**dict(view)).validate_json()
    kind = str(view["type"])
    found += _lengths(kind, view)
    if len(view["private_metadata"]) > 3_000:
        found.append("the memory is too long")
    needs_submit = any(one["type"] == "input" for one in view["blocks"])
    if kind == "modal" and needs_submit and "submit" not in view:
        found.append("a form that cannot be sent")
    if kind == "home" and {"title", "submit", "close"} & set(view):
        found.append("a home has no frame")
    return found


_READ: Final = ("text", "alt_text", "accessibility_label")


def characters(node: Any) -> int:
    """All texts that people read together, wherever they stand."""
    if isinstance(node, dict):
        own = sum(len(node[name]) for name in _READ if isinstance(node.get(name), str))
        return own + sum(characters(one) for name, one in node.items() if name != "value")
    return sum(characters(one) for one in node) if isinstance(node, list | tuple) else 0


def texts(node: Any) -> Iterator[dict[str, Any]]:
    """Every text object."""
    if isinstance(node, dict):
        if node.get("type") in _KINDS_OF_TEXT:
            yield node
        for one in node.values():
            yield from texts(one)
    elif isinstance(node, list | tuple):
        for one in node:
            yield from texts(one)


def _faults(kind: str, node: Mapping[str, Any]) -> Iterator[str]:
    yield from _lengths(kind, node)
    for (where, name), (least, most) in MOST.items():
        if where == kind and name in node and not least <= len(node[name]) <= most:
            yield f"{kind}.{name}: {len(node[name])} of them"
    if kind in _VALUES and len(node.get("value", "")) > _VALUES[kind]:
        yield f"{kind}: the value is too long"
    yield from (
        f"{kind}: a name of {len(node[name])}"
        for name in ("block_id", "action_id")
        if name in node and not 0 < len(node[name]) <= 255
    )
    yield from _FURTHER.get(kind, _nothing)(node)
    for name, value in node.items():
        yield from _within(name, value)


def _menu(node: Mapping[str, Any]) -> Iterator[str]:
    parts = node.get("option_groups") or [node]
    values = [one["value"] for part in parts for one in part.get("options", ())]
    if len(values) != len(set(values)):
        yield "one value twice in a menu"


def _nothing(_node: Mapping[str, Any]) -> Iterator[str]:
    yield from ()


def _input(node: Mapping[str, Any]) -> Iterator[str]:
    if node["element"]["type"] not in INPUTS:
        yield f"no input: {node['element']['type']}"


def _text_input(node: Mapping[str, Any]) -> Iterator[str]:
    least, most = node.get("min_length", 0), node["max_length"]
    if not 0 <= least <= most <= 3_000 or len(node.get("initial_value", "")) > most:
        yield "an input that refuses what stands in it"


def _quote(node: Mapping[str, Any]) -> Iterator[str]:
    if not all(one["text"] for one in node["elements"]):
        yield "a quote of nothing"


#: What else is asked of some kinds.
_FURTHER: Final[Mapping[str, Callable[[Mapping[str, Any]], Iterable[str]]]] = {
    "input": _input,
    "plain_text_input": _text_input,
    "rich_text_quote": _quote,
    "static_select": _menu,
    "radio_buttons": _menu,
    "checkboxes": _menu,
    "overflow": _menu,
}


def _within(name: str, value: Any) -> Iterator[str]:
    kinds = {"options": "option", "option_groups": "option_group", "confirm": "confirm"}
    if isinstance(value, dict):
        kind = str(value.get("type") or kinds.get(name, ""))
        if kind not in _KINDS_OF_TEXT:
            yield from _faults(kind, value)
    elif isinstance(value, list | tuple):
        for one in value:
            if isinstance(one, dict) and one.get("type") not in _KINDS_OF_TEXT:
                yield from _faults(str(one.get("type") or kinds.get(name, "")), one)


def _lengths(kind: str, node: Mapping[str, Any]) -> Iterator[str]:
    for (where, name), most in LONGEST.items():
        if where not in {kind, ""} or name not in node:
            continue
        for one in node[name] if isinstance(node[name], list) else [node[name]]:
            if isinstance(one, dict) and one.get("type") in _KINDS_OF_TEXT:
                if not 0 < len(one["text"]) <= most:
                    yield f"{kind}.{name}: {len(one['text'])} characters"
                if len(one["text"].encode("utf-16-le")) // 2 > most:
                    yield f"{kind}.{name}: too long as Slack may count"
