"""Fields and buttons of our blocks as a form's: their names there, and what a form says of them."""

import base64
import json
from collections.abc import Mapping
from typing import Any, Final

from werkzeug.datastructures import FileStorage, MultiDict

from bots.slack.stage.elements import options_of
from bots.slack.stage.filling import SEVERAL, SINGLE, untouched

MOST_BYTES: Final = 10_000_000
_PARTS: Final = 3
#: How the stage finds a field among others of its block.
_BETWEEN: Final = "\n"


def name(block: Mapping[str, Any], element: Mapping[str, Any]) -> str:
    """What a field is called in the form."""
    kind = "many" if element["type"] in SEVERAL else "one"
    return json.dumps([block["block_id"], element["action_id"], kind])


def press(block: Mapping[str, Any], element: Mapping[str, Any], choose: str | None = None) -> str:
    """What a button of the form says; with ``choose`` a line of a menu."""
    return json.dumps([block["block_id"], element["action_id"], choose])


def held(
    surface: Mapping[str, Any], block: Mapping[str, Any], element: Mapping[str, Any]
) -> list[str]:
    """What stands in a field now: values of options, a date, a text; empty where nothing does."""
    values = (surface.get("state") or {}).get("values", {})
    entry = values.get(block["block_id"], {}).get(element["action_id"]) or untouched(element)
    kind = element["type"]
    found = entry.get((SEVERAL.get(kind) or SINGLE[kind])[0])
    listed = found if isinstance(found, list) else [found]
    return [_said(one) for one in listed if one not in (None, "")]


def choices(element: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All that can be chosen in a menu."""
    return options_of(element)


def said(text: str) -> str:
    """What was typed, with line breaks as Slack has them: forms send them their own way."""
    return text.replace("\r\n", "\n")


def typed(form: "MultiDict[str, str]", files: "MultiDict[str, FileStorage]") -> dict[str, Any]:
    """What a form says of the fields, as the stage takes it."""
    found: dict[str, Any] = {}
    for key in form:
        parts = _parts(key)
        if parts is None:
            continue
        told = [said(one) for one in form.getlist(key) if one]
        key_there = _BETWEEN.join(parts[:2])
        found[key_there] = told if parts[2] == "many" else (told[0] if told else "")
    for key in files:
        parts = _parts(key)
        if parts is not None:
            brought = brought_files(files, key)
            if brought:
                found[_BETWEEN.join(parts[:2])] = brought
    return found


def brought_files(files: "MultiDict[str, FileStorage]", key: str) -> list[dict[str, str]]:
    """The files of one field."""
    made = []
    for one in files.getlist(key):
        body = one.stream.read(MOST_BYTES)
        if one.filename and body:
            made.append({"name": one.filename, "content": base64.b64encode(body).decode()})
    return made


def pressed(told: str) -> dict[str, Any] | None:
    """What a button of the form said; None where it is none of ours."""
    parts = _list_of(told)
    if parts is None:
        return None
    return {"block_id": parts[0], "action_id": parts[1], "choose": parts[2]}


def _said(one: Any) -> str:
    if isinstance(one, dict) and "value" in one:
        return str(one["value"])
    if isinstance(one, dict) and "elements" in one:
        return "".join(
            str(part.get("text") or "")
            for section in one["elements"]
            for part in section.get("elements", ())
        )
    return str(one.get("id", "")) if isinstance(one, dict) else str(one)


def _parts(key: str) -> list[str] | None:
    found = _list_of(key)
    return found if found and all(isinstance(one, str) for one in found) else None


def _list_of(text: str) -> list[Any] | None:
    if not text.startswith("["):
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, list) and len(found) == _PARTS else None
