"""The whole past of an order or a customer, newest first, a page at a time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from bots.slack import values
from bots.slack.blocks import fitting
from bots.slack.blocks.bricks import Block, actions, button, context, section
from bots.slack.blocks.speaking import Voice, shortened
from bots.slack.blocks.texts import Mark, esc, joined
from cases.desk.page import named
from cases.desk.sentences import Sentence
from oms_service.ports.timeline import Entry
from oms_service.web.frame import Formats
from oms_service.web.texts import N_, gettext

#: So many entries are a page.
PAGE: Final = 20
#: A sentence may quote what somebody wrote.
_LONGEST: Final = 600
_SIGNS: Final = {"danger": "⚠️ ", "attention": "▸ "}
OLDER: Final = N_("Older")
NEWER: Final = N_("Newer")

Told = Callable[[Entry, Formats], Sentence]


@dataclass(frozen=True, kw_only=True)
class Past:
    """What is known: ``entries`` newest first, as far as the reader may see them.

    ``told`` puts a fact into words, ``names`` are colleagues by id. ``case_id`` and ``version``
    are 0 where the past is looked up outside of a case, ``ref`` then says whose it is.
    """

    title: str
    entries: Sequence[Entry]
    told: Told
    names: Mapping[int, str]
    case_id: int = 0
    version: int = 0
    ref: str = ""


def history(past: Past, voice: Voice, *, page: int = 0) -> dict[str, Any]:
    """One page of it; one that is not there is the nearest that is.

    The buttons are ``case:history_newer`` and ``case:history_older``; their values, and the
    memory, have the ``page`` and ``ref``.
    """
    last = max(0, (len(past.entries) - 1) // PAGE)
    here = min(max(page, 0), last)
    shown = past.entries[here * PAGE : (here + 1) * PAGE]
    blocks: list[Block] = [context(esc(shortened(past.title)))]
    if not shown:
        blocks.append(section(_("Nothing is known yet.")))
    day: date | None = None
    for entry in shown:
        on = entry.at.astimezone(voice.zone).date() if entry.at is not None else None
        if on != day or not blocks[1:]:
            blocks.append(context(Mark(f"*{esc(_day(on, voice))}*")))
        day = on
        blocks.append(section(_line(entry, past, voice)))
    blocks += _ways(past, here, last)
    return fitting.modal("case:history", _("Whole history"), blocks, memory=_carried(past, here))


def _line(entry: Entry, past: Past, voice: Voice) -> Mark:
    words = past.told(entry, voice.said)
    at = voice.said.clock_time(entry.at.astimezone(voice.zone)) if entry.at is not None else ""
    who = named(entry.actor, past.names)
    sign = _SIGNS.get(words.tone, "")
    said = esc(sign + words.text, _LONGEST)
    return joined([Mark(f"*{esc(at)}*") if at else "", said, shortened(who)], "  ")


def _day(on: date | None, voice: Voice) -> str:
    return voice.said.day(on) if on is not None else _("time unknown")


def _ways(past: Past, here: int, last: int) -> list[Block]:
    if last == 0:
        return []
    newer = older = None
    if here > 0:
        newer = button(_(NEWER), "case:history_newer", _carried(past, here - 1))
    if here < last:
        older = button(_(OLDER), "case:history_older", _carried(past, here + 1))
    said = _("Page %(page)s of %(pages)s") % {"page": here + 1, "pages": last + 1}
    return [*actions([newer, older]), context(said)]


def _carried(past: Past, page: int) -> str:
    more: dict[str, values.More] = {"page": page}
    if past.ref:
        more["ref"] = past.ref
    return values.encode(past.case_id, past.version, **more)


def _(text: str) -> str:
    return str(gettext(text))
