"""Routing in words, for colleagues."""

from collections.abc import Mapping
from typing import Any, Final

from cases.routing.states import Nobody, Presence, Verdict, Why
from oms_service.web.texts import N_, gettext

PRESENCES: Final[Mapping[Presence, str]] = {
    Presence.PRESENT: N_("Present"),
    Presence.BUSY: N_("Busy"),
    Presence.AWAY: N_("Away"),
    Presence.OFFLINE: N_("Offline"),
}
PRESENCE_HINTS: Final[Mapping[Presence, str]] = {
    Presence.PRESENT: N_("You are given new cases."),
    Presence.BUSY: N_("You keep your cases and are given no new ones."),
    Presence.AWAY: N_("You keep your cases and are given no new ones."),
    Presence.OFFLINE: N_("New cases that you have not touched go to somebody else."),
}
PRESENCE_TONES: Final[Mapping[Presence, str]] = {
    Presence.PRESENT: "success",
    Presence.BUSY: "attention",
    Presence.AWAY: "attention",
    Presence.OFFLINE: "",
}
PRESENCE_ICONS: Final[Mapping[Presence, str]] = {
    Presence.PRESENT: "check",
    Presence.BUSY: "pause",
    Presence.AWAY: "clock",
    Presence.OFFLINE: "out",
}
WHY: Final[Mapping[str, str]] = {
    Why.SAME_AS_BEFORE: N_("had this customer's last case"),
    Why.ONLY_ONE: N_("the only one who could take it"),
    Why.MOST_ROOM: N_("has the most room"),
    Why.IDLE_LONGEST: N_("waited longest for a case"),
    "time_runs_out": N_("the time for an answer runs out"),
    "took_next": N_("took the next case"),
}
NOBODY: Final[Mapping[str, str]] = {
    Nobody.QUEUE: N_("Nobody works on this queue."),
    Nobody.LANGUAGE: N_("Nobody in this queue speaks the customer's language."),
    Nobody.SKILL: N_("Nobody in this queue has the skills it needs."),
    Nobody.GAVE_BACK: N_("Only whoever gave it back could take it."),
    Nobody.PRESENCE: N_("Nobody who could take it is there just now."),
    Nobody.CAPACITY: N_("All who could take it are full just now."),
    "": N_("It has just come in."),
}
VERDICTS: Final[Mapping[Verdict, str]] = {
    Verdict.CHOSEN: N_("chosen"),
    Verdict.HAD_LESS: N_("could take it, but came after"),
    Verdict.FULL: N_("is full"),
    Verdict.NOT_THERE: N_("is not there"),
    Verdict.GAVE_BACK: N_("has it or gave it back"),
    Verdict.NO_SKILL: N_("lacks a skill"),
    Verdict.NO_LANGUAGE: N_("does not speak the language"),
    Verdict.NO_QUEUE: N_("does not work on this queue"),
}


def _(text: str) -> str:
    return str(gettext(text))


def entry(data: Mapping[str, Any]) -> str:
    """What a line of a case's record says about its routing."""
    nobody = str(data.get("nobody", ""))
    if nobody:
        return _("Waits for somebody: %(why)s") % {"why": _(NOBODY[nobody])}
    if "queue" in data:
        return _("A rule sent it to another queue")
    return _("A rule of routing fits it")
