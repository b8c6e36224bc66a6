"""What happened in a case, as its clocks see it: read from the case's own record. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cases.sla.clocks import Mark, What
from cases.states import CaseState, EntryKind

#: Cases the house opens of itself: nobody has asked yet.
UNASKED: Final = frozenset({"shipping", "review", "feedback"})
_AFTER: Final = {
    CaseState.WAITING_CUSTOMER: What.PAUSED,
    CaseState.WAITING_THIRD_PARTY: What.PAUSED,
    CaseState.SNOOZED: What.PAUSED,
    CaseState.NEW: What.RESUMED,
    CaseState.OPEN: What.RESUMED,
    CaseState.RESOLVED: What.RESOLVED,
}


@dataclass(frozen=True)
class Noted:
    """One line of a case's record, as far as clocks read it."""

    kind: EntryKind
    data: Mapping[str, Any]
    at: datetime


def marks(entries: Iterable[Noted], *, channel: str) -> Iterator[Mark]:
    """What a case's record says to its clocks, in the order it was written.

    Args:
        entries: the whole record, oldest first.
        channel: where the case came from.
    """
    for entry in entries:
        yield from _of(entry, channel)


def _of(entry: Noted, channel: str) -> Iterator[Mark]:
    if entry.kind is EntryKind.OPENED:
        yield Mark(What.OPENED, entry.at)
        if channel not in UNASKED:
            yield Mark(What.ASKED, entry.at)
    elif entry.kind in _THEN:
        for what in _THEN[entry.kind](entry.data):
            until = entry.data["until"] if what is What.PROMISED else None
            yield Mark(what, entry.at, datetime.fromisoformat(until) if until else None)


def _appended(data: Mapping[str, Any]) -> tuple[What, ...]:
    return _ADDED.get(data.get("what", ""), ())


def _replied(data: Mapping[str, Any]) -> tuple[What, ...]:
    return What.ANSWERED, What.PAUSED if data.get("asks") else What.RESUMED


def _assigned(data: Mapping[str, Any]) -> tuple[What, ...]:
    return (What.RESUMED,) if data.get("why") == "taken" else ()


def _acted(data: Mapping[str, Any]) -> tuple[What, ...]:
    return (What.PAUSED,) if data.get("waits") else ()


def _moved(data: Mapping[str, Any]) -> tuple[What, ...]:
    if data.get("why") == "reopened":
        return (What.REOPENED,)
    after = _AFTER.get(CaseState(data["to"]))
    return (after,) if after else ()


def _merged(data: Mapping[str, Any]) -> tuple[What, ...]:
    """Merged away it is settled; what comes back, or into it, is waited for as it was."""
    asks = (What.ASKED,) if data.get("asks") else ()
    match data.get("what"):
        case "merged_into" | "split_undone":
            return (What.RESOLVED,)
        case "unmerged":
            return (What.REOPENED, *asks, *((What.PAUSED,) if data.get("waits") else ()))
        case "took_in":
            return (What.RESUMED, *asks) if asks else ()
        case _:
            return ()


#: A further matter leaves a case that waits waiting; a word of the customer wakes it.
_ADDED: Final = {"message": (What.RESUMED, What.ASKED), "matter": (What.ASKED,)}
_THEN: Final[Mapping[EntryKind, Callable[[Mapping[str, Any]], tuple[What, ...]]]] = {
    EntryKind.APPENDED: _appended,
    EntryKind.REPLIED: _replied,
    EntryKind.ASSIGNED: _assigned,
    EntryKind.ACTED: _acted,
    EntryKind.STATE_CHANGED: _moved,
    EntryKind.MERGED: _merged,
    EntryKind.SPLIT: _merged,
    EntryKind.PROMISED: lambda _: (What.PROMISED,),
}
