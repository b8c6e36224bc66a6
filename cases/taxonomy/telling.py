"""Saying in the record of a case what was set: from codes to the words of the page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from flask import g

from cases.states import LineEnding, Priority
from cases.taxonomy import labels, queries
from cases.taxonomy.states import FieldKind
from cases.taxonomy.views import FieldView
from cases.taxonomy.words import (
    EDITS,
    ENDINGS,
    FIELD,
    LINES_CHOSEN,
    NOTHING,
    ORDER_ADDED,
    ORDER_REMOVED,
    TAGGED,
    UNTAGGED,
    YES_NO,
)
from cases.words import PRIORITIES
from oms_service.access import personal
from oms_service.kernel.languages import Language, Words, say
from oms_service.runtime import runtime
from oms_service.web import formats
from oms_service.web.languages import OWN_NAMES, spoken
from oms_service.web.texts import gettext


@dataclass(frozen=True)
class _Names:
    reasons: Mapping[str, Words]
    queues: Mapping[str, Words]
    fields: Mapping[str, FieldView]


def edited(data: Mapping[str, Any]) -> str:
    """What an entry of what was set says, in the language of the page."""
    what = str(data.get("what", ""))
    before, after = str(data.get("from", "")), str(data.get("to", ""))
    match what:
        case "tag":
            words = TAGGED if after else UNTAGGED
        case "order":
            words = ORDER_ADDED if after else ORDER_REMOVED
        case "line":
            words = LINES_CHOSEN
        case "field":
            return _field(data)
        case _ if what in _SAY:
            words = EDITS[what]
            before, after = _said(what, before), _said(what, after)
        case _:
            return what
    name = str(data.get("sku", ""))
    return str(gettext(words)) % {"before": before, "after": after, "name": name}


def value(field: FieldView, said: str) -> str:
    """What a field says, in the language of the page; a dash where it says nothing."""
    if not said:
        return NOTHING
    if field.kind is FieldKind.YES_NO:
        return str(gettext(YES_NO[said]))
    if field.kind is FieldKind.DATE:
        here = runtime()
        return formats.day(
            date.fromisoformat(said),
            now=here.clock.now(),
            zone=here.settings.zone,
            language=spoken(),
            relative=False,
        )
    found = field.said(said)
    return found if isinstance(found, str) else say(found, spoken())


def _field(data: Mapping[str, Any]) -> str:
    field = _names().fields.get(str(data.get("field", "")))
    if field is None:
        return str(data.get("field", ""))
    facts = {
        "name": say(field.name, spoken()),
        "before": personal.shown(value(field, str(data.get("was", "")))),
        "after": personal.shown(value(field, str(data.get("is", "")))),
    }
    return str(gettext(FIELD)) % facts


def _said(what: str, code: str) -> str:
    return _SAY[what](code) or code if code else NOTHING


def _status(code: str) -> str:
    found = labels.here().statuses.get(code)
    return say(found.agent, spoken()) if found else ""


_SAY: Final[Mapping[str, Callable[[str], str]]] = {
    "reason": lambda code: say(_names().reasons.get(code, {}), spoken()),
    "queue": lambda code: say(_names().queues.get(code, {}), spoken()),
    "priority": lambda code: str(gettext(PRIORITIES[Priority(code)])),
    "language": lambda code: OWN_NAMES[Language(code)],
    "line_ending": lambda code: str(gettext(ENDINGS[LineEnding(code)])),
    "status": _status,
}


def _names() -> _Names:
    """The words of all codes, read once a request, and only where something was set."""
    if "case_names" not in g:
        with runtime().database.reading() as connection:
            g.case_names = _Names(
                {one.code: one.name for one in queries.reasons(connection)},
                dict(queries.queues(connection).values()),
                {one.code: one for one in queries.fields(connection)},
            )
    found: _Names = g.case_names
    return found
