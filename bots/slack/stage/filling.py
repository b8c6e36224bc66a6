"""Forms as somebody fills them in: what stands in each field, and what Slack would not send."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from bots.slack.stage.elements import INPUT_LENGTH, STATEFUL, options_of
from bots.slack.stage.limits import elements_of
from bots.slack.stage.refusals import Unwilling

#: How the value of each kind of element is called in a state.
SINGLE: Final = {
    "channels_select": ("selected_channel", "initial_channel"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "datepicker": ("selected_date", "initial_date"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "email_text_input": ("value", "initial_value"),
    "external_select": ("selected_option", "initial_option"),
    "number_input": ("value", "initial_value"),
    "plain_text_input": ("value", "initial_value"),
    "radio_buttons": ("selected_option", "initial_option"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "timepicker": ("selected_time", "initial_time"),
    "url_text_input": ("value", "initial_value"),
    "users_select": ("selected_user", "initial_user"),
}
SEVERAL: Final = {
    "checkboxes": ("selected_options", "initial_options"),
    "file_input": ("files", ""),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_external_select": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_users_select": ("selected_users", "initial_users"),
}
_OF_OPTIONS: Final = frozenset(
    {"static_select", "radio_buttons", "checkboxes", "multi_static_select"}
)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_MAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")

Values = dict[str, dict[str, dict[str, Any]]]


def fields(blocks: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each block with each element that holds something."""
    for block in blocks:
        for element in elements_of(block):
            if element["type"] in STATEFUL:
                yield block, element


def untouched(element: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in a field before anybody touches it."""
    kind = element["type"]
    if kind in SEVERAL:
        name, initial = SEVERAL[kind]
        return {"type": kind, name: list(element.get(initial) or [])}
    name, initial = SINGLE[kind]
    return {"type": kind, name: element.get(initial)}


def state_of(surface: Mapping[str, Any]) -> Values:
    """``state.values`` of a view or message: what was filled in, else what stood there at first."""
    known = (surface.get("state") or {}).get("values", {})
    found: Values = {}
    for block, element in fields(list(surface.get("blocks") or [])):
        block_id, action_id = block["block_id"], element["action_id"]
        held = known.get(block_id, {}).get(action_id)
        found.setdefault(block_id, {})[action_id] = held or untouched(element)
    return found


def filled(surface: Mapping[str, Any], said: Mapping[str, Any]) -> Values:
    """The state after somebody has filled in ``said``: by block id, else by action id.

    Both, with a line break between, name a field where others stand beside it.

    Raises:
        Unwilling: there is no such field, or no such choice in it.
    """
    values = state_of(surface)
    for name, value in said.items():
        block, element = _field(surface, name)
        values[block["block_id"]][element["action_id"]] = chosen(element, value)
    return values


def chosen(element: Mapping[str, Any], value: Any) -> dict[str, Any]:
    """What stands in a field after somebody has chosen or typed ``value``.

    Raises:
        Unwilling: there is no such choice.
    """
    kind = element["type"]
    if kind in SEVERAL:
        name = SEVERAL[kind][0]
        picked = [_option(element, one) for one in value or []]
        return {"type": kind, name: picked}
    name = SINGLE[kind][0]
    if value is None or value == "":
        return {"type": kind, name: None}
    if kind == "rich_text_input":
        section = {"type": "rich_text_section", "elements": [{"type": "text", "text": value}]}
        return {"type": kind, name: {"type": "rich_text", "elements": [section]}}
    return {"type": kind, name: _option(element, value)}


def check(view: Mapping[str, Any], values: Values) -> None:
    """What Slack's own client checks before it submits.

    Raises:
        Unwilling: a required field is empty, a text too long or short, a number none.
    """
    for block, element in fields(list(view["blocks"])):
        if block["type"] != "input":
            continue
        entry = values[block["block_id"]][element["action_id"]]
        held = _held(entry)
        if held in (None, "", []):
            if not block.get("optional"):
                raise Unwilling(f"{block['block_id']}: required")
            continue
        test = _TESTS.get(element["type"])
        if test is not None and not test(element, held):
            raise Unwilling(f"{block['block_id']}: does not fit")


def _held(entry: Mapping[str, Any]) -> Any:
    return next((value for name, value in entry.items() if name != "type"), None)


def _field(surface: Mapping[str, Any], name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    found = list(fields(list(surface.get("blocks") or [])))
    for block, element in found:
        if name in (block["block_id"], f"{block['block_id']}\n{element['action_id']}"):
            return block, element
    for block, element in found:
        if element["action_id"] == name:
            return block, element
    raise Unwilling(f"no field {name}")


def _option(element: Mapping[str, Any], value: Any) -> Any:
    if element["type"] not in _OF_OPTIONS:
        return value
    for option in options_of(element):
        if value in (option["value"], option):
            return {name: option[name] for name in ("text", "value")}
    raise Unwilling(f"no choice {value}")


def _fits_text(element: Mapping[str, Any], held: str) -> bool:
    most = int(element.get("max_length") or INPUT_LENGTH)
    return int(element.get("min_length") or 0) <= len(held) <= most


def _fits_number(element: Mapping[str, Any], held: str) -> bool:
    pattern = r"-?\d+(\.\d+)?" if element.get("is_decimal_allowed") else r"-?\d+"
    if not re.fullmatch(pattern, str(held)):
        return False
    least, most = element.get("min_value"), element.get("max_value")
    number = float(held)
    return (least is None or float(least) <= number) and (most is None or number <= float(most))


def _fits_count(element: Mapping[str, Any], held: list[Any]) -> bool:
    return len(held) <= int(element.get("max_selected_items") or len(held))


def _fits_files(element: Mapping[str, Any], held: list[Any]) -> bool:
    kinds = element.get("filetypes")
    return len(held) <= int(element.get("max_files") or 10) and (
        not kinds or all(one["filetype"] in kinds for one in held)
    )


_TESTS: Final[Mapping[str, Callable[[Mapping[str, Any], Any], bool]]] = {
    "datepicker": lambda _element, held: bool(_DATE.fullmatch(held)),
    "email_text_input": lambda _element, held: bool(_MAIL.fullmatch(held)),
    "file_input": _fits_files,
    "multi_static_select": _fits_count,
    "multi_users_select": _fits_count,
    "number_input": _fits_number,
    "plain_text_input": _fits_text,
    "timepicker": lambda _element, held: bool(_TIME.fullmatch(held)),
    "url_text_input": lambda _element, held: bool(re.match(r"https?://\S+$", held)),
}
