"""What somebody filled in, as the desk's forms have it, so that one reader serves both."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bots.slack.blocks.bricks import EMPTY
from bots.slack.blocks.texts import plain


@dataclass(frozen=True)
class Typed:
    """A form that was sent: ``values`` by field; ``chosen`` where several could be.

    ``files`` are as Slack tells of them, each with its ``id`` and where it is kept.
    """

    values: Mapping[str, str]
    chosen: Mapping[str, tuple[str, ...]]
    files: Mapping[str, tuple[Mapping[str, Any], ...]]

    def is_ticked(self, name: str, value: str = "yes") -> bool:
        return value in self.chosen.get(name, ())


def read(view: Mapping[str, Any]) -> Typed:
    """What stands in a view that Slack sent; whatever is no entry of a form is passed over.

    Fields are known by the ``action_id`` of their element; see ``bricks.asked``.
    """
    state = view.get("state")
    blocks = state.get("values") if isinstance(state, Mapping) else None
    values: dict[str, str] = {}
    chosen: dict[str, tuple[str, ...]] = {}
    files: dict[str, tuple[Mapping[str, Any], ...]] = {}
    for block in blocks.values() if isinstance(blocks, Mapping) else ():
        for name, one in block.items() if isinstance(block, Mapping) else ():
            if not isinstance(one, Mapping):
                continue
            if one.get("type") == "file_input":
                files[name] = _files(one.get("files"))
            elif one.get("type") == "checkboxes":
                chosen[name] = _values(one.get("selected_options"))
                values |= {name: chosen[name][0]} if chosen[name] else {}
            else:
                values[name] = _one(one)
    return Typed(values, chosen, files)


def errors(view: Mapping[str, Any], words: Mapping[str, str]) -> dict[str, str]:
    """What is wrong, by the blocks that Slack shows it beside.

    What is about no field that can be seen stands beside the last one, so that nothing is lost.
    """
    blocks = view.get("blocks")
    places: dict[str, str] = {}
    for block in blocks if isinstance(blocks, list) else ():
        if block.get("type") == "input":
            places[str(block["element"]["action_id"])] = str(block["block_id"])
    found: dict[str, str] = {}
    for name, said in words.items():
        at = places.get(name) or next(reversed(places.values()), "")
        if at:
            found[at] = plain(" ".join(one for one in (found.get(at, ""), said) if one), 300)
    return found


def _one(element: Mapping[str, Any]) -> str:
    option = element.get("selected_option")
    if isinstance(option, Mapping):
        return _option(option)
    for name in ("value", "selected_date", "selected_time"):
        if isinstance(element.get(name), str):
            return _text(element[name])
    return ""


def _values(options: object) -> tuple[str, ...]:
    found = options if isinstance(options, list) else ()
    return tuple(_option(one) for one in found if isinstance(one, Mapping))


def _files(files: object) -> tuple[Mapping[str, Any], ...]:
    found = files if isinstance(files, list) else ()
    return tuple(one for one in found if isinstance(one, Mapping) and _text(one.get("id")))


def _option(one: Mapping[str, Any]) -> str:
    value = _text(one.get("value"))
    return "" if value == EMPTY else value


def _text(value: object) -> str:
    return value.replace("\0", "").strip() if isinstance(value, str) else ""
