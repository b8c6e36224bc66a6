"""Buttons and menus as they are pressed, and what an answer to a form does with the windows."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from bots.slack.stage import filling
from bots.slack.stage.book import Book
from bots.slack.stage.limits import elements_of
from bots.slack.stage.refusals import Refused, Unwilling
from bots.slack.stage.windows import Windows

Said = Mapping[str, Any]
#: Of an element's own: what Slack tells along with a press.
_OF_BUTTON: Final = ("text", "value", "style", "url", "confirm")
_OF_FIELD: Final = ("placeholder", "initial_date", "initial_option", "initial_time")


def action(
    book: Book, surface: Said, action_id: str, *, choose: Any = None, block_id: str = ""
) -> dict[str, Any]:
    """What Slack tells of a press on an element of a message or a view.

    Raises:
        Unwilling: there is no such element, or no such choice in it.
    """
    for block in surface.get("blocks") or []:
        if block_id and block["block_id"] != block_id:
            continue
        for element in elements_of(block):
            if element["action_id"] == action_id:
                return _pressed(book, surface, block, element, choose)
    raise Unwilling(f"nothing to press: {action_id}")


def _pressed(book: Book, surface: Said, block: Said, element: Said, choose: Any) -> dict[str, Any]:
    said: dict[str, Any] = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": book.ground.ts(),
    }
    if element["type"] == "button":
        return {**said, **{name: element[name] for name in _OF_BUTTON if name in element}}
    if element["type"] == "overflow":
        picked = [one for one in element["options"] if one["value"] == choose]
        if not picked:
            raise Unwilling(f"no choice {choose}")
        return {**said, "selected_option": picked[0]}
    held = filling.state_of(surface)[block["block_id"]][element["action_id"]]
    if choose is not None:
        held = filling.chosen(element, choose)
    if "hash" in surface:  # a view keeps what was chosen, a message does not
        values = {block["block_id"]: {element["action_id"]: held}}
        book.windows.fill_in(dict(surface), values)
    return {**{name: element[name] for name in _OF_FIELD if name in element}, **said, **held}


def follow(windows: Windows, user: str, view: dict[str, Any], said: Said) -> None:
    """Do with somebody's windows what the app answers to the form they sent off.

    Raises:
        Refused: the answer is one that Slack does not take.
    """
    deed = _DEEDS.get(str(said.get("response_action") or "close"))
    if deed is None:
        raise Refused("invalid_response_action")
    deed(windows, user, view, said)


def _close(windows: Windows, user: str, _view: dict[str, Any], _said: Said) -> None:
    windows.close(user)


def _clear(windows: Windows, user: str, _view: dict[str, Any], _said: Said) -> None:
    windows.close(user, all_of_them=True)


def _errors(_windows: Windows, _user: str, view: dict[str, Any], said: Said) -> None:
    inputs = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
    errors = said.get("errors")
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        raise Refused("invalid_response_errors")
    view["errors"] = errors


def _update(windows: Windows, _user: str, view: dict[str, Any], said: Said) -> None:
    view.pop("errors", None)
    windows.update({"view_id": view["id"], "view": said.get("view")})


def _push(windows: Windows, user: str, view: dict[str, Any], said: Said) -> None:
    view.pop("errors", None)
    windows.lay_upon(user, said.get("view"))


_DEEDS: Final[Mapping[str, Callable[[Windows, str, dict[str, Any], Said], None]]] = {
    "clear": _clear,
    "close": _close,
    "errors": _errors,
    "push": _push,
    "update": _update,
}
