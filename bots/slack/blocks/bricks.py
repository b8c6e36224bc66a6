"""The bricks of what stands in Slack: each escapes, cuts and keeps the limits of its kind.

A ``str`` that is given is somebody's text and is escaped; a ``texts.Mark`` is marked up by us.
Source of the limits: "Block Kit", docs.slack.dev.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any, Final

from bots.slack.blocks.texts import NOTHING, Mark, clean, cut, esc, plain

#: What a choice of nothing carries, as Slack takes no empty values; ``typed`` reads it as none.
EMPTY: Final = "-"

Block = dict[str, Any]
Element = dict[str, Any]

SECTION: Final = 3_000
FIELDS: Final = 10
FIELD: Final = 2_000
HEADER: Final = 150
IN_CONTEXT: Final = 10
ACTIONS: Final = 25
BUTTON: Final = 75
BUTTON_VALUE: Final = 2_000
OPTION: Final = 75
OPTION_VALUE: Final = 150
OPTIONS: Final = 100
GROUPS: Final = 100
OVERFLOW: Final = 5
CHECKS: Final = 10
LABEL: Final = 2_000
PLACEHOLDER: Final = 150
TYPED: Final = 3_000
FILES: Final = 10
ID: Final = 255
URL: Final = 3_000
#: Of an alert: its title, its words, its two buttons.
ALERT_TITLE: Final = 100
ALERT: Final = 300
ALERT_BUTTON: Final = 30


@dataclass(frozen=True)
class Choice:
    """One line of a menu: what it stands for, what it says, and what it says below."""

    value: str
    label: str
    hint: str = ""


# Texts


def words(text: str, most: int = SECTION, *, lines: bool = True) -> Element:
    """A text in which marks of ours are read."""
    said = esc(text, most, lines=lines) or Mark(NOTHING)
    return {"type": "mrkdwn", "text": str(said), "verbatim": True}


def bare(text: str, most: int, *, lines: bool = False) -> Element:
    """A text in which nothing is read as anything."""
    return {"type": "plain_text", "text": plain(text, most, lines=lines), "emoji": False}


# Blocks


def section(text: str, *, accessory: Element | None = None, block_id: str = "") -> Block:
    found: Block = {"type": "section", "text": words(text)}
    if accessory is not None:
        found["accessory"] = accessory
    return _named(found, block_id)


def facts(pairs: Iterable[tuple[str, str]], *, block_id: str = "") -> list[Block]:
    """Names with what they are, two in a row; those that are nothing are left out."""
    told = [
        words(Mark(f"*{esc(name)}*\n{said}"), FIELD)
        for name, value in pairs
        if (said := esc(value, FIELD - 200, lines=True))
    ]
    parts = [told[at : at + FIELDS] for at in range(0, len(told), FIELDS)]
    return [
        _named({"type": "section", "fields": part}, f"{block_id}-{at}" if block_id else "")
        for at, part in enumerate(parts)
    ]


def header(text: str) -> Block:
    return {"type": "header", "text": bare(text, HEADER)}


def context(*lines: str) -> Block:
    """Small print; each line stands for itself."""
    return {"type": "context", "elements": [words(one, FIELD) for one in lines[:IN_CONTEXT]]}


def divider() -> Block:
    return {"type": "divider"}


def quote(text: str, most: int = 1_000) -> Block:
    """What somebody wrote, word for word: nothing in it is read as anything."""
    said = cut(clean(text, lines=True), most) or NOTHING
    inside = {"type": "rich_text_quote", "elements": [{"type": "text", "text": said}]}
    return {"type": "rich_text", "elements": [inside]}


def actions(elements: Iterable[Element | None], *, block_id: str = "") -> list[Block]:
    """What can be pressed, in a row; nothing where there is nothing."""
    found = [one for one in elements if one is not None][:ACTIONS]
    return [_named({"type": "actions", "elements": found}, block_id)] if found else []


# What one presses


def button(
    label: str,
    action_id: str,
    value: str = "",
    *,
    style: str = "",
    alert: Element | None = None,
    url: str = "",
    said: str = "",
) -> Element:
    """A button; ``said`` is what a screen reader says instead of its label.

    Raises:
        ValueError: the value does not fit.
    """
    found: Element = {"type": "button", "text": bare(label, BUTTON), "action_id": _id(action_id)}
    if value:
        found["value"] = _whole(value, BUTTON_VALUE)
    if style in {"primary", "danger"}:
        found["style"] = style
    if alert is not None:
        found["confirm"] = alert
    if url.startswith(("https://", "http://")) and len(url) <= URL:
        found["url"] = url
    if said:
        found["accessibility_label"] = plain(said, BUTTON)
    return found


def alert(title: str, text: str, yes: str, no: str, *, is_dangerous: bool = False) -> Element:
    """What is asked before something is done."""
    found: Element = {
        "title": bare(title, ALERT_TITLE),
        "text": bare(text, ALERT),
        "confirm": bare(yes, ALERT_BUTTON),
        "deny": bare(no, ALERT_BUTTON),
    }
    if is_dangerous:
        found["style"] = "danger"
    return found


def overflow(action_id: str, choices: Sequence[Choice]) -> Element | None:
    """The menu behind three dots; nothing where it would be empty."""
    if not choices:
        return None
    options = _options(choices, OVERFLOW, "")
    return {"type": "overflow", "action_id": _id(action_id), "options": options}


def select(
    name: str,
    choices: Sequence[Choice],
    *,
    chosen: str = "",
    placeholder: str = "",
    action_id: str = "",
) -> Element:
    """One of a list, of at most ``OPTIONS``.

    Raises:
        ValueError: there is nothing to choose from.
    """
    options = _options(choices, OPTIONS, chosen)
    found: Element = {
        "type": "static_select",
        "action_id": _id(action_id or name),
        "options": options,
    }
    return _chosen(found, options, chosen, placeholder)


def grouped(
    name: str,
    groups: Sequence[tuple[str, Sequence[Choice]]],
    *,
    chosen: str = "",
    placeholder: str = "",
    action_id: str = "",
) -> Element:
    """One of a list in parts with headings.

    Raises:
        ValueError: there is nothing to choose from.
    """
    parts: list[dict[str, Any]] = [
        {"label": bare(label, OPTION), "options": _options(choices, OPTIONS, chosen)}
        for label, choices in groups[:GROUPS]
        if choices
    ]
    if not parts:
        raise ValueError("nothing to choose from")
    found: Element = {
        "type": "static_select",
        "action_id": _id(action_id or name),
        "option_groups": parts,
    }
    everything: list[Element] = [option for part in parts for option in part["options"]]
    return _chosen(found, everything, chosen, placeholder)


def lookup(
    name: str, *, placeholder: str = "", least: int = 2, chosen: Choice | None = None
) -> Element:
    """One of a list that is asked for as somebody types."""
    found: Element = {
        "type": "external_select",
        "action_id": _id(name),
        "min_query_length": max(0, least),
    }
    if chosen is not None:
        found["initial_option"] = _option(chosen)
    return _held(found, placeholder)


def checks(name: str, choices: Sequence[Choice], chosen: Iterable[str] = ()) -> Element:
    """Some of a short list.

    Raises:
        ValueError: there is nothing to choose from.
    """
    options = _options(choices, CHECKS, "")
    ticked = set(chosen)
    before = [one for one in options if one["value"] in ticked]
    found: Element = {"type": "checkboxes", "action_id": _id(name), "options": options}
    return found | ({"initial_options": before} if before else {})


def radios(name: str, choices: Sequence[Choice], chosen: str = "") -> Element:
    """One of a short list, all of it in sight.

    Raises:
        ValueError: there is nothing to choose from.
    """
    options = _options(choices, CHECKS, chosen)
    found: Element = {"type": "radio_buttons", "action_id": _id(name), "options": options}
    return _chosen(found, options, chosen, "")


# What one fills in


def line(
    name: str,
    *,
    given: str = "",
    placeholder: str = "",
    is_long: bool = False,
    most: int = TYPED,
    least: int = 0,
) -> Element:
    """A text to type, in one line or many."""
    most = max(1, min(most, TYPED))
    found: Element = {"type": "plain_text_input", "action_id": _id(name), "max_length": most}
    if is_long:
        found["multiline"] = True
    if 0 < least <= most:
        found["min_length"] = least
    before = cut(clean(given, lines=is_long), most)
    if before and len(before) >= least:
        found["initial_value"] = before
    return _held(found, placeholder)


def count(name: str, *, least: int = 0, most: int, given: int | None = None) -> Element:
    """A whole number to type."""
    found: Element = {
        "type": "number_input",
        "action_id": _id(name),
        "is_decimal_allowed": False,
        "min_value": str(least),
        "max_value": str(max(most, least)),
    }
    is_within = given is not None and least <= given <= max(most, least)
    return found | ({"initial_value": str(given)} if is_within else {})


def day(name: str, *, given: date | None = None, placeholder: str = "") -> Element:
    found: Element = {"type": "datepicker", "action_id": _id(name)}
    if given is not None:
        found["initial_date"] = given.isoformat()
    return _held(found, placeholder)


def hour(name: str, *, given: time | None = None, placeholder: str = "") -> Element:
    found: Element = {"type": "timepicker", "action_id": _id(name)}
    if given is not None:
        found["initial_time"] = given.strftime("%H:%M")
    return _held(found, placeholder)


def files(name: str, *, kinds: Sequence[str] = (), most: int = FILES) -> Element:
    """Files to add; ``kinds`` are endings of names."""
    found: Element = {
        "type": "file_input",
        "action_id": _id(name),
        "max_files": min(max(most, 1), FILES),
    }
    return found | ({"filetypes": list(kinds)} if kinds else {})


def asked(
    label: str,
    element: Element,
    *,
    hint: str = "",
    is_needed: bool = True,
    tells: bool = False,
    turn: int = 0,
) -> Block:
    """One entry of a form; its block is named as the field is, which is its element's name.

    ``tells``: we hear of it at once, before the form is sent. Slack keeps what was typed into a
    block of one name: another ``turn`` of the same form shows what we put there.
    """
    name = str(element["action_id"]) + (f"#{turn}" if turn else "")
    found: Block = {
        "type": "input",
        "block_id": name,
        "label": bare(label, LABEL),
        "element": element,
        "optional": not is_needed,
    }
    if hint:
        found["hint"] = bare(hint, LABEL)
    return found | ({"dispatch_action": True} if tells else {})


def _named(block: Block, block_id: str) -> Block:
    return block | {"block_id": _id(block_id)} if block_id else block


def _id(name: str) -> str:
    return _whole(name, ID)


def _whole(value: str, most: int) -> str:
    if not 0 < len(value) <= most:
        raise ValueError(f"between 1 and {most} characters are needed")
    return value


def _option(one: Choice) -> Element:
    found: Element = {
        "text": bare(one.label, OPTION),
        "value": _whole(one.value, OPTION_VALUE),
    }
    return found | ({"description": bare(one.hint, OPTION)} if one.hint else {})


def _options(choices: Sequence[Choice], most: int, chosen: str) -> list[Element]:
    """As many as fit, each value once; what is chosen is always among them."""
    if not choices:
        raise ValueError("nothing to choose from")
    unlike = list({one.value: one for one in reversed(choices)}.values())[::-1]
    kept = unlike[:most]
    rest = (one for one in unlike[most:] if one.value == chosen)
    if chosen and (left_out := next(rest, None)) is not None:
        kept[-1] = left_out
    return [_option(one) for one in kept]


def _chosen(found: Element, options: Sequence[Element], chosen: str, placeholder: str) -> Element:
    before = next((one for one in options if one["value"] == chosen), None)
    if before is not None:
        found["initial_option"] = before
    return _held(found, placeholder)


def _held(found: Element, placeholder: str) -> Element:
    return found | ({"placeholder": bare(placeholder, PLACEHOLDER)} if placeholder else {})
