"""What a list of cases is narrowed down to: filters as data, as typed, and as given views."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from cases.finding.states import Sort
from cases.states import ACTIVE, CaseState, Priority
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Language
from oms_service.kernel.text import folded

#: What of the state of a case is asked for beside the states themselves.
OPEN, SETTLED = "open_ones", "settled"
#: Who has it beside colleagues by their id.
ME, NOBODY = "me", "nobody"
#: Values of ``due``.
SOON, OVER = "soon", "over"
WAITING: Final = (
    CaseState.WAITING_CUSTOMER,
    CaseState.WAITING_THIRD_PARTY,
    CaseState.SNOOZED,
)
#: So many values of one filter, and so long a one.
MOST_VALUES: Final = 20
LONGEST_VALUE: Final = 80
_DIGITS: Final = 9
_MOST_DAY: Final = (date(2000, 1, 1), date(2099, 12, 31))


class Key(StrEnum):
    """What can be filtered by."""

    STATE = "state"
    QUEUE = "queue"
    TAG = "tag"
    ASSIGNEE = "assignee"
    REASON = "reason"
    CHANNEL = "channel"
    PRIORITY = "priority"
    LANGUAGE = "language"
    DUE = "due"
    AFTER = "after"
    BEFORE = "before"


#: How colleagues may write a filter's name, in either language.
_NAMES: Final[Mapping[str, Key]] = {
    **{str(key): key for key in Key},
    "is": Key.STATE,
    "status": Key.STATE,
    "状態": Key.STATE,
    "窓口": Key.QUEUE,
    "タグ": Key.TAG,
    "担当": Key.ASSIGNEE,
    "担当者": Key.ASSIGNEE,
    "理由": Key.REASON,
    "用件": Key.REASON,
    "チャネル": Key.CHANNEL,
    "優先度": Key.PRIORITY,
    "言語": Key.LANGUAGE,
    "期限": Key.DUE,
    "以降": Key.AFTER,
    "以前": Key.BEFORE,
    "より前": Key.BEFORE,
}
_NAMES_FOLDED: Final = {folded(name): key for name, key in _NAMES.items()}
_TYPED: Final = re.compile(
    r'(?P<name>[^\s:"]{1,20}):(?:"(?P<quoted>[^"]{1,80})"|(?P<bare>\S{1,80}))'
)

Filters = Mapping[Key, tuple[str, ...]]


@dataclass(frozen=True)
class Wanted:
    """Which cases, in which order. ``typed`` are words that are searched for.

    ``filters`` hold codes: of one filter any value fits, and all filters have to.
    """

    filters: Filters = field(default_factory=dict)
    typed: str = ""
    sort: Sort = Sort.PRIORITY


@dataclass(frozen=True)
class Given:
    """A view that everybody has."""

    filters: Filters
    sort: Sort = Sort.PRIORITY
    is_counted: bool = True


class View(StrEnum):
    """The views everybody has, in their order."""

    MINE = "mine"
    UNASSIGNED = "unassigned"
    OPEN = "open"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    WAITING = "waiting"
    RESOLVED = "resolved"
    ALL = "all"


GIVEN: Final[Mapping[View, Given]] = {
    View.MINE: Given({Key.STATE: (OPEN,), Key.ASSIGNEE: (ME,)}),
    View.UNASSIGNED: Given({Key.STATE: (OPEN,), Key.ASSIGNEE: (NOBODY,)}),
    View.OPEN: Given({Key.STATE: (OPEN,)}),
    View.DUE_SOON: Given({Key.STATE: (OPEN,), Key.DUE: (SOON,)}, Sort.DUE),
    View.OVERDUE: Given({Key.STATE: (OPEN,), Key.DUE: (OVER,)}, Sort.DUE),
    View.WAITING: Given({Key.STATE: tuple(str(one) for one in WAITING)}),
    View.RESOLVED: Given({Key.STATE: (SETTLED,)}, Sort.CHANGED, is_counted=False),
    View.ALL: Given({}, Sort.CHANGED, is_counted=False),
}


def read(given: Mapping[str, Iterable[str]], *, tags: Mapping[str, str] | None = None) -> Filters:
    """Filters as a form, an address or a program gave them, checked.

    Args:
        given: values by the name of a filter; empty ones say nothing.
        tags: known words by tag, folded, to their id; without it tags are ids.

    Raises:
        Invalid: a filter or a value that there cannot be.
    """
    found: dict[Key, tuple[str, ...]] = {}
    wrong: dict[str, str] = {}
    for name, values in given.items():
        kept = tuple(dict.fromkeys(one.strip() for one in values if one.strip()))
        if not kept:
            continue
        if name not in set(Key):
            wrong[name] = "is no filter"
            continue
        key = Key(name)
        if key is Key.TAG and tags is not None:
            kept = tuple(tags.get(folded(one), one) for one in kept)
        if len(kept) > MOST_VALUES or not all(_fits(key, one) for one in kept):
            wrong[name] = "has a value that there is not"
        found[key] = kept
    if wrong:
        raise Invalid("that cannot be filtered by", wrong)
    return found


def split(typed: str) -> tuple[dict[str, list[str]], str]:
    """Filters written into the search, such as ``queue:returns``, and the words around them."""
    found: dict[str, list[str]] = {}

    def take(match: re.Match[str]) -> str:
        key = _NAMES_FOLDED.get(folded(match["name"]))
        if key is None:
            return match[0]
        found.setdefault(str(key), []).append(match["quoted"] or match["bare"])
        return " "

    rest = _TYPED.sub(take, typed.replace("：", ":"))
    return found, " ".join(rest.split())


def as_data(filters: Filters) -> dict[str, list[str]]:
    """Filters as they are stored and said; ``read`` reads them back."""
    return {str(key): list(filters[key]) for key in sorted(filters)}


def day(written: str) -> date:
    """The day of a filter that ``read`` has let through."""
    return date.fromisoformat(written)


def _fits(key: Key, value: str) -> bool:
    if len(value) > LONGEST_VALUE or "\0" in value:
        return False
    return _CHECKS[key](value)


def _is_id(value: str) -> bool:
    return value.isascii() and value.isdecimal() and len(value) <= _DIGITS


def _is_code(value: str) -> bool:
    return re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,59}", value) is not None


def _is_day(value: str) -> bool:
    try:
        found = date.fromisoformat(value)
    except ValueError:
        return False
    return _MOST_DAY[0] <= found <= _MOST_DAY[1]


_CHECKS: Final[Mapping[Key, Callable[[str], bool]]] = {
    Key.STATE: lambda value: value in {OPEN, SETTLED, *CaseState},
    Key.QUEUE: _is_code,
    Key.TAG: _is_id,
    Key.ASSIGNEE: lambda value: value in {ME, NOBODY} or _is_id(value),
    Key.REASON: _is_code,
    Key.CHANNEL: _is_code,
    Key.PRIORITY: lambda value: value in set(Priority),
    Key.LANGUAGE: lambda value: value in set(Language),
    Key.DUE: lambda value: value in {SOON, OVER},
    Key.AFTER: _is_day,
    Key.BEFORE: _is_day,
}


def is_active_only(filters: Filters) -> bool | None:
    """Whether only open cases fit (True), only settled ones (False), or either (None)."""
    states = filters.get(Key.STATE, ())
    if not states:
        return None
    kinds = {one == OPEN or one in ACTIVE for one in states}
    return kinds.pop() if len(kinds) == 1 else None
