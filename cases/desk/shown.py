"""The page of a case as it is shown: by itself, and again after a form that was refused."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Final

from flask import render_template

from cases import holding, queries
from cases.acting import showing as acting
from cases.desk import at_hand, hints, writing_words
from cases.desk import page as pages
from cases.desk.at_hand import AtHand
from cases.desk.page import CasePage, Line
from cases.desk.sentences import teller
from cases.mail_in import words as mail_words
from cases.progress import STEPS
from cases.routing import words as routing_words
from cases.sla import words as answer_words
from cases.states import CASE, CaseAction, CaseState, EntryKind
from cases.taxonomy import labels, panels, telling
from cases.views import EntryView
from cases.words import (
    ACTS,
    BETWEEN,
    CHOSEN,
    ENTRIES,
    PRIORITIES,
    RESOLUTIONS,
    STATE_ICONS,
    STATE_TONES,
    WHY_ASSIGNED,
)
from cases.writing.views import MacroView, News
from cases.writing.words import PRESETS
from oms_service.access import queries as access
from oms_service.access.guard import staff
from oms_service.console import reach
from oms_service.conversations import service as talking
from oms_service.kernel import ids
from oms_service.runtime import runtime
from oms_service.web.frame import Formats
from oms_service.web.texts import gettext

#: After so many days without an answer a case may come back.
DAYS: Final = (1, 2, 3, 5, 7, 14)


def _(text: str) -> str:
    return str(gettext(text))


@dataclass(frozen=True)
class Typed:
    """What was typed into a form that was refused: nothing is lost."""

    form: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    #: What has come since the form was opened.
    news: Sequence[News] = ()


def read(number: str) -> tuple[CasePage, AtHand]:
    """The page of a case, and what the colleague who looks has at hand."""
    with runtime().database.looking() as session:
        found = pages.read(runtime(), session, number)
        return found, at_hand.read(session, found, staff())


def show_past(number: str) -> str:
    """All that happened to a case's order or customer, as far as the colleague may see it."""
    house = runtime()
    with house.database.looking() as session:
        case = queries.by_number(session, number)
        found = reach.of_mine(pages.past(house, session, case))
        names = access.staff_names(session)
    return render_template(
        "desk/past.html",
        case=case,
        past=[(one, pages.named(one.actor, names)) for one in found],
        told=teller(house.adapters),
    )


def show(number: str, typed: Typed, *, template: str = "desk/case.html") -> str:
    """The page, with what was typed into a form that was refused; whole, or the case alone."""
    found, hand = read(number)
    topics = [holding.topic(found.case.id)]
    if found.conversation is not None:
        topics.append(talking.topic(found.conversation.id))
    if found.case.order_id is not None:
        topics.append(f"order:{found.case.order_id}")
    return render_template(
        template,
        **words(found, hand),
        typed=typed,
        chosen=None if typed.errors.get("macro") else _chosen(hand, typed),
        channel=writing_words.channel_of(found),
        days=DAYS,
        keys=writing_words.keys(),
        stream=hints.stream_url(*topics),
        form_id=typed.values.get("form_id") or ids.token(),
        colleagues=[(str(one.id), one.name) for one in found.colleagues(staff().id)],
        presets=[(str(one), _(word)) for one, word in PRESETS.items()],
        line_endings=panels.line_endings(found.case.id),
        endings=[("", _("Choose how it ended")), *((one, _(RESOLUTIONS[one])) for one in CHOSEN)],
    )


def _chosen(hand: AtHand, typed: Typed) -> MacroView | None:
    """The macro that stands in the box."""
    code = typed.values.get("macro", "")
    return next((one for one in hand.macros if one.code == code), None)


def words(shown: CasePage, hand: AtHand) -> dict[str, object]:
    return {
        "page": shown,
        "case": shown.case,
        "hand": hand,
        "advice": writing_words.advice(shown, hand),
        "writing": writing_words,
        "mail_words": mail_words,
        "left_s": lambda one: max(0, ceil((one.send_at - shown.now).total_seconds())),
        "state_tones": STATE_TONES,
        "state_icons": STATE_ICONS,
        "priorities": PRIORITIES,
        "step_words": STEPS,
        "said_of": _said_of(shown),
        "wish": _wish(shown),
        "clocks": lambda said: answer_words.told(shown.clocks, said, now=runtime().clock.now()),
        "actions": CASE.actions_from(shown.case.state),
        "Action": CaseAction,
        "me": staff(),
    }


def _wish(shown: CasePage) -> str:
    """What the customer wants, in one sentence."""
    number = shown.panel.order.number if shown.panel else ""
    case = shown.case
    if shown.asked is not None:
        return _("Return from order %(number)s") % {"number": number}
    if case.reason == "delay":
        return _("Order %(number)s will be late") % {"number": number}
    return ""


def _said_of(shown: CasePage) -> Callable[[Line, Formats], str]:
    """The words of an entry of the case's record."""

    def said(line: Line, formats: Formats) -> str:
        entry = line.entry
        if entry is None:
            return line.text
        if entry.kind in {EntryKind.PROMISED, EntryKind.WARNED}:
            return _(ENTRIES[entry.kind]) % answer_words.facts(entry.data, formats)
        what = str(entry.data.get("what", ""))
        match entry.kind:
            case EntryKind.ASSIGNED | EntryKind.ROUTED:
                return _assigned(shown, entry)
            case EntryKind.STATE_CHANGED:
                state = _state(entry.data)
                ending = RESOLUTIONS.get(str(entry.data.get("resolution", "")), "")
                words = _(ENTRIES[entry.kind]) % {"state": state}
                return f"{words} ({_(ending)})" if ending else words
            case kind if kind in _WITH_CODES:
                return _acted(entry, what, formats)
            case _:
                words = _(BETWEEN.get(what, ENTRIES[entry.kind]))
                return words % {"number": entry.data["number"]} if what in BETWEEN else words

    return said


#: Entries of which a code says more than their kind.
_BETWEEN: Final = frozenset({EntryKind.MERGED, EntryKind.SPLIT, EntryKind.LINKED, EntryKind.TASK})
_WITH_CODES: Final = _BETWEEN | {EntryKind.APPENDED, EntryKind.ACTED, EntryKind.EDITED}


def _acted(entry: EntryView, what: str, formats: Formats) -> str:
    if entry.kind in _BETWEEN:
        number = entry.data.get("number", "")
        return _(BETWEEN.get(what, ENTRIES[entry.kind])) % {"number": number}
    if entry.kind is EntryKind.EDITED:
        return telling.edited(entry.data)
    if acting.is_recorded_here(entry.data):
        return acting.recorded(entry.data, formats)
    return _(ACTS[what]) if what in ACTS else what


def _state(data: Mapping[str, object]) -> str:
    to = str(data.get("to", ""))
    return labels.here().agent(CaseState(to)) if to in set(CaseState) else ""


def _assigned(shown: CasePage, entry: EntryView) -> str:
    if entry.kind is EntryKind.ROUTED:
        return routing_words.entry(entry.data)
    to = entry.data.get("to")
    if to is None:
        return _("Given back to the queue")
    words = _(ENTRIES[entry.kind]) % {"who": shown.names.get(int(to), "")}
    return f"{words} ({_(WHY_ASSIGNED.get(str(entry.data.get('why')), 'took it'))})"
