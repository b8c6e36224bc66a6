"""The inbox on the desk: lists, search, and what is narrowed down to by whom."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from cases import holding
from cases import queries as cases
from cases.desk import hints, writing_words
from cases.finding import filters, queries, saving, words
from cases.finding.bulk import MOST as MOST_AT_ONCE
from cases.finding.bulk import PERMISSIONS
from cases.finding.filters import GIVEN, Filters, Key, View, Wanted
from cases.finding.queries import Viewer
from cases.finding.saving import StoredView
from cases.finding.states import BulkAction, Sort
from cases.sla.pages import CHANNEL_WORDS
from cases.states import CaseState, Priority
from cases.taxonomy import labels
from cases.taxonomy import queries as taxonomy
from cases.views import ReasonView
from cases.words import PRIORITIES, STATE_ICONS, STATE_TONES
from cases.writing import presence
from oms_service.access import personal
from oms_service.access import queries as access
from oms_service.access.guard import guard, staff
from oms_service.kernel import ids
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Language, Words, say
from oms_service.kernel.text import folded
from oms_service.runtime import runtime
from oms_service.web.frame import Formats
from oms_service.web.languages import OWN_NAMES, spoken
from oms_service.web.texts import gettext

blueprint = Blueprint("finding", __name__, url_prefix="/desk", template_folder="templates")

#: Where in a list the page begins, in the address.
CURSOR: Final = "from"
#: Says in the address of a list that it stands beside a case.
BESIDE: Final = "beside"
_LONGEST: Final = 100
#: Below these ranks a case is marked as pressing.
_PRIORITY_BY_RANK: Final = dict(enumerate(PRIORITIES.values()))
_PRESSING: Final = 2
#: So many saved views are counted; the others are only named.
_COUNTED_VIEWS: Final = 12


def _(text: str) -> str:
    return str(gettext(text))


def viewer() -> Viewer:
    """The colleague at hand, with the queues they are limited to."""
    return Viewer(staff().id, staff().queues, sees_people=personal.may_see())


def badge() -> int | None:
    """How many of my customers wait, for the navigation."""
    with runtime().database.reading() as connection:
        return queries.waiting_for_us(connection, viewer())


@dataclass(frozen=True)
class Names:
    """What the values of filters are called, in the language of the page."""

    reasons: Mapping[str, ReasonView]
    queues: Mapping[int, tuple[str, Words]]
    staff: Mapping[int, str]
    tags: Mapping[int, str]

    def options(self, key: Key) -> dict[str, str]:
        """Every value a filter can have and what it is called; of days there are none."""
        return _OPTIONS[key](self) if key in _OPTIONS else {}

    def value(self, key: Key, said: str) -> str:
        """The code of what somebody typed: a code already, or a name in the page's language."""
        known = self.options(key)
        by_name = {folded(name): code for code, name in known.items()}
        return said if said in known else by_name.get(folded(said), said)


def _states(_names: Names) -> dict[str, str]:
    found = {one: _(word) for one, word in words.STATES.items()}
    return found | {str(one): labels.here().agent(one) for one in CaseState}


def _colleagues(called: Names) -> dict[str, str]:
    found = {filters.ME: _("Me"), filters.NOBODY: _("nobody yet")}
    return found | {str(one): name for one, name in called.staff.items()}


_OPTIONS: Final[Mapping[Key, Callable[[Names], dict[str, str]]]] = {
    Key.STATE: _states,
    Key.QUEUE: lambda of: {code: say(name, spoken()) for code, name in of.queues.values()},
    Key.TAG: lambda of: {str(one): name for one, name in of.tags.items()},
    Key.ASSIGNEE: _colleagues,
    Key.REASON: lambda of: {one.code: say(one.name, spoken()) for one in of.reasons.values()},
    Key.CHANNEL: lambda _of: {one: _(word) for one, word in CHANNEL_WORDS.items()},
    Key.PRIORITY: lambda _of: {str(one): _(PRIORITIES[one]) for one in Priority},
    Key.LANGUAGE: lambda _of: {str(one): OWN_NAMES[one] for one in Language},
    Key.DUE: lambda _of: {one: _(word) for one, word in words.DUE.items()},
}


def names(reader: Connection) -> Names:
    """The names of all that can be filtered by."""
    return Names(
        cases.reasons(reader),
        taxonomy.queues(reader),
        access.staff_names(reader),
        taxonomy.tag_names(reader),
    )


@dataclass(frozen=True)
class Asked:
    """What the address asks for: a view, what it is narrowed down to, words, and an order."""

    view: str
    stored: StoredView | None
    extra: Filters
    typed: str
    sort: Sort

    @property
    def wanted(self) -> Wanted:
        base = self.stored.filters if self.stored else GIVEN[View(self.view)].filters
        return Wanted({**base, **self.extra}, self.typed, self.sort)

    @property
    def args(self) -> dict[str, Any]:
        """The address again."""
        own = self.stored.sort if self.stored else GIVEN[View(self.view)].sort
        found: dict[str, Any] = {"view": self.view}
        found |= {"q": self.typed} if self.typed else {}
        found |= {"sort": str(self.sort)} if self.sort is not own else {}
        return found | filters.as_data(self.extra)


@blueprint.get("")
@guard("cases:read")
def inbox() -> ResponseReturnValue:
    typed = _typed()
    written, rest = filters.split(typed)
    if written:  # such as queue:returns: said by the address, so that it can be taken off again
        return redirect(url_for("finding.inbox", **_moved(written, rest)))
    try:
        return render_template(
            "finding/inbox.html",
            **_list(),
            stream=hints.stream_url(holding.DESK),
            keys=writing_words.keys(),
        )
    except Invalid as refused:
        return _refused(refused)


@blueprint.get("/column")
@guard("cases:read")
def column() -> ResponseReturnValue:
    """The list as it stands beside a case that is open: without ticks and filters."""
    try:
        return render_template(
            "finding/column.html", **_list(), stream=hints.stream_url(holding.DESK)
        )
    except Invalid as refused:
        return _refused(refused)


@blueprint.get("/list")
@guard("cases:read")
def listed() -> ResponseReturnValue:
    """The list alone, when something changed."""
    try:
        return render_template("finding/list.html", **_list())
    except Invalid as refused:
        return _refused(refused)


def _refused(refused: Invalid) -> ResponseReturnValue:
    """Say what of the address cannot be, on an inbox without it."""
    page = render_template(
        "finding/refused.html",
        what=[_(words.KEYS[Key(one)]) for one in refused.fields if one in set(Key)],
        is_too_much="text" in refused.fields,
    )
    return page, 422


def _list() -> dict[str, object]:
    house = runtime()
    now, zone = house.clock.now(), house.settings.zone
    me = viewer()
    with house.database.reading() as connection:
        called = names(connection)
        stored = saving.of(connection, staff().id)
        asked = _asked(stored)
        found = queries.page(
            connection,
            asked.wanted,
            me,
            now=now,
            zone=zone,
            cursor=request.args.get(CURSOR, "")[:300],
        )
        counts = queries.counts(connection, _counted(stored), me, now=now, zone=zone)
    following = found.page.next_cursor
    is_beside = request.path == url_for("finding.column") or BESIDE in request.args
    more = {BESIDE: "yes"} if is_beside else {}
    return {
        "asked": asked,
        "search": asked.typed,
        "found": found,
        "lines": found.page.items,
        "tabs": list(_tabs(asked, stored, counts)),
        "names": called,
        "here": presence.of(runtime().settings.redis_url).here(
            [line.case_id for line in found.page.items], now=now, but=staff().id
        ),
        "now": now,
        "soon": now + queries.SOON,
        "state_tones": STATE_TONES,
        "state_icons": STATE_ICONS,
        "priorities": _PRIORITY_BY_RANK,
        "pressing": _PRESSING,
        "chips": list(_chips(asked, called)),
        "fields": _fields(asked, called),
        "sorts": [(str(one), _(word)) for one, word in words.SORTS.items()],
        "next_url": _here(asked, **{CURSOR: following}) if following else None,
        "first_url": _here(asked) if request.args.get(CURSOR) else None,
        "list_url": url_for(
            "finding.listed", **{**asked.args, CURSOR: request.args.get(CURSOR), **more}
        ),
        "inbox_url": _here(asked, **{CURSOR: request.args.get(CURSOR)}),
        "hidden": _hidden(asked),
        "actions": [] if is_beside else _actions(),
        "most_at_once": MOST_AT_ONCE,
        "form_id": ids.token(),
        "shares": staff().may("cases:assign"),
        "Key": Key,
    }


def read_asked(reader: Connection) -> Asked:
    """What a form that came from the inbox asked for.

    Raises:
        Invalid: something there cannot be.
    """
    return _asked(saving.of(reader, staff().id))


def _asked(stored: list[StoredView]) -> Asked:
    values = request.values
    first = View.MINE if staff().may("cases:work") else View.OPEN
    view = values.get("view", "")
    own = next((one for one in stored if one.public_id == view), None)
    if own is None and view not in set(View):
        view = str(View.ALL) if _typed() and not view else str(first)
    extra = filters.read({str(key): values.getlist(str(key)) for key in Key})
    sort = values.get("sort", "")
    default = own.sort if own else GIVEN[View(view)].sort
    return Asked(view, own, extra, _typed(), Sort(sort) if sort in set(Sort) else default)


def _typed() -> str:
    return request.values.get("q", "").replace("\0", "").strip()[:_LONGEST]


def _moved(written: Mapping[str, list[str]], rest: str) -> dict[str, Any]:
    """The address in which typed filters stand beside the words."""
    with runtime().database.reading() as connection:
        called = names(connection)
    kept = (*map(str, Key), "sort", "lang")  # what else an address says is none of the inbox's
    found: dict[str, Any] = {name: request.args.getlist(name) for name in kept}
    for name, values in written.items():
        found[name] = [called.value(Key(name), one) for one in values]
    return {**found, "q": rest, "view": request.args.get("view") or str(View.ALL), CURSOR: None}


def _counted(stored: list[StoredView]) -> dict[str, Filters]:
    given = {str(view): one.filters for view, one in GIVEN.items() if one.is_counted}
    return given | {one.public_id: one.filters for one in stored[:_COUNTED_VIEWS]}


def _tabs(
    asked: Asked, stored: list[StoredView], counts: Mapping[str, int]
) -> Iterator[dict[str, object]]:
    args: dict[str, Any] = {"q": asked.typed} if asked.typed else {}
    called = {str(view): _(word) for view, word in words.VIEWS.items()}
    called |= {one.public_id: one.name for one in stored}
    for view, name in called.items():
        count = counts.get(view)
        yield {
            "label": name,
            "url": url_for("finding.inbox", view=view, **args),
            "is_current": view == asked.view,
            "count": "99+" if count is not None and count >= queries.COUNTED else count,
        }


def _here(asked: Asked, **more: Any) -> str:
    return url_for("finding.inbox", **{**asked.args, **more})


def _chips(asked: Asked, called: Names) -> Iterator[dict[str, str]]:
    """What the list is narrowed down to, and where it is without each."""
    for key, values in asked.extra.items():
        known = called.options(key)
        for value in values:
            rest = [one for one in values if one != value]
            yield {
                "label": _(words.KEYS[key]),
                "value": known.get(value, value),
                "url": _here(asked, **{str(key): rest or None}),
            }


def _fields(asked: Asked, called: Names) -> list[dict[str, object]]:
    """The choices of each filter, with the one that is made."""
    return [
        {
            "name": str(key),
            "label": _(words.KEYS[key]),
            "options": [("", _("any")), *called.options(key).items()],
            "value": next(iter(asked.extra.get(key, ())), ""),
            "more": asked.extra.get(key, ())[1:],
            "is_day": key in {Key.AFTER, Key.BEFORE},
        }
        for key in Key
        if key is not Key.TAG or called.tags
    ]


def _hidden(asked: Asked) -> list[tuple[str, str]]:
    """The address, as fields of a form."""
    return [
        (name, one)
        for name, value in asked.args.items()
        for one in (value if isinstance(value, list) else [value])
    ]


def _actions() -> list[tuple[str, str]]:
    may = (one for one in BulkAction if staff().may(PERMISSIONS[one]))
    return [(str(one), _(words.ACTIONS[one])) for one in may]


@blueprint.app_template_global("due_of_line")
def due(line: queries.Line, said: Formats) -> str:
    """When the next answer of a case is due, in words."""
    if line.due_at is None:
        return ""
    is_over = line.due_at <= runtime().clock.now()
    text = _("Overdue since %(when)s") if is_over else _("Due %(when)s")
    return text % {"when": said.moment(line.due_at)}
