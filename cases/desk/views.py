"""The desk: the inbox, the case, and what can be pressed there. Everything works without script."""

from collections.abc import Mapping
from typing import Any, Final

from flask import (
    Blueprint,
    Response,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from cases import deciding, holding, queries, service
from cases.desk import hints, pressing, shown, tickets
from cases.desk import page as pages
from cases.queries import Saved
from cases.sla import queries as answer_times
from cases.sla import words as answer_words
from cases.views import CaseView
from cases.words import (
    CHOSEN,
    PRIORITIES,
    STATE_ICONS,
    STATE_TONES,
)
from cases.words import STATES as STATE_WORDS
from oms_service.access import queries as access
from oms_service.access.guard import guard, public, staff
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import (
    Unauthenticated,
)
from oms_service.operations.money import refunding
from oms_service.runtime import runtime
from oms_service.web import live
from oms_service.web.texts import N_, gettext


def _(text: str) -> str:
    return str(gettext(text))


blueprint = Blueprint("desk", __name__, url_prefix="/desk", template_folder="templates")

SAVED: Final = {
    Saved.MINE: N_("Mine"),
    Saved.UNASSIGNED: N_("Unassigned"),
    Saved.OPEN: N_("All open"),
    Saved.WAITING: N_("Waiting"),
    Saved.RESOLVED: N_("Resolved"),
}
#: Below these ranks a case is marked as pressing.
_PRIORITY_BY_RANK: Final = dict(enumerate(PRIORITIES.values()))
_PRESSING: Final = 2


def badge() -> int | None:
    """How many of my customers wait, for the navigation."""
    with runtime().database.reading() as connection:
        return queries.waiting_for_us(connection, staff().id)


# The inbox


@blueprint.get("")
@guard("cases:read")
def inbox() -> str:
    return render_template("desk/inbox.html", **_list(), stream=hints.stream_url(holding.DESK))


@blueprint.get("/list")
@guard("cases:read")
def listed() -> str:
    """The list alone, when something changed."""
    return render_template("desk/list.html", **_list())


def _list() -> dict[str, object]:
    saved = _saved()
    search = request.args.get("q", "").strip()[:100]
    with runtime().database.reading() as connection:
        shown = queries.inbox(
            connection,
            saved,
            staff_id=staff().id,
            search=search,
            cursor=request.args.get("after") or None,
        )
        counts = queries.counts(connection, staff().id)
        reasons = queries.reasons(connection)
        names = access.staff_names(connection)
        due = answer_times.clocks(connection, [line.case_id for line in shown.items])
    args: dict[str, Any] = {"q": search} if search else {}
    tabs = [
        {
            "label": _(word),
            "url": url_for("desk.inbox", view=one.value, **args),
            "is_current": one is saved,
            "count": None if one is Saved.RESOLVED else getattr(counts, one.value),
        }
        for one, word in SAVED.items()
    ]
    following = shown.next_cursor
    here: dict[str, Any] = {"view": saved.value, **args}
    return {
        "saved": saved,
        "search": search,
        "lines": shown.items,
        "tabs": tabs,
        "reasons": reasons,
        "names": names,
        "due": {
            case_id: answer_words.next_due(found, now=runtime().clock.now())
            for case_id, found in due.items()
        },
        "state_words": STATE_WORDS,
        "state_tones": STATE_TONES,
        "state_icons": STATE_ICONS,
        "priorities": _PRIORITY_BY_RANK,
        "pressing": _PRESSING,
        "next_url": url_for("desk.inbox", after=following, **here) if following else None,
        "first_url": url_for("desk.inbox", **here) if request.args.get("after") else None,
        "list_url": url_for("desk.listed", **{"after": request.args.get("after"), **here}),
    }


def _saved() -> Saved:
    """The view asked for; else one's own cases, or all where one only reads."""
    first = Saved.MINE if staff().may("cases:work") else Saved.OPEN
    asked = request.args.get("view", "")
    return Saved(asked) if asked in set(Saved) else first


# The case


@blueprint.get("/cases/<number>")
@guard("cases:read")
def case(number: str) -> str:
    return shown.show(number, shown.Typed())


@blueprint.get("/cases/<number>/live")
@guard("cases:read")
def case_live(number: str) -> str:
    """What changes by itself on the page of a case."""
    with runtime().database.looking() as session:
        found = pages.read(runtime(), session, number)
    return render_template("desk/live.html", **shown.words(found))


# What can be pressed


@blueprint.post("/cases/<number>/take")
@guard("cases:work")
def take(number: str) -> ResponseReturnValue:
    def press(uow: UnitOfWork, found: CaseView, values: Mapping[str, str]) -> None:
        service.take(uow, found.id, version=pressing.version_of(values))

    return pressing.press(number, "take", press, N_("It is yours now."))


@blueprint.post("/cases/<number>/reply")
@guard("cases:reply")
def reply(number: str) -> ResponseReturnValue:
    def press(uow: UnitOfWork, found: CaseView, values: Mapping[str, str]) -> None:
        service.reply(
            uow,
            found.id,
            values.get("text", ""),
            key=f"desk:{values['form_id'][:60]}" if values.get("form_id") else None,
            asks=values.get("asks") == "yes",
        )

    return pressing.press(number, "reply", press, N_("Sent to the customer."))


@blueprint.post("/cases/<number>/note")
@guard("cases:work")
def note(number: str) -> ResponseReturnValue:
    def press(uow: UnitOfWork, found: CaseView, values: Mapping[str, str]) -> None:
        service.note(uow, found.id, values.get("note", ""))

    return pressing.press(number, "note", press, N_("Noted. Only colleagues see it."))


@blueprint.post("/cases/<number>/promise")
@guard("cases:reply")
def promise(number: str) -> ResponseReturnValue:
    def press(uow: UnitOfWork, found: CaseView, values: Mapping[str, str]) -> None:
        until = pressing.moment(values.get("day", ""), values.get("time", ""))
        service.promise(uow, found.id, until, version=pressing.version_of(values))

    return pressing.press(number, "promise", press, N_("Noted. You will be reminded in time."))


@blueprint.post("/cases/<number>/approve")
@guard("returns:approve")
def approve(number: str) -> ResponseReturnValue:
    def press(uow: UnitOfWork, found: CaseView, values: Mapping[str, str]) -> None:
        givers = refunding.givers_of([str(role) for role in staff().roles])
        deciding.approve_return(uow, found.id, version=pressing.version_of(values), givers=givers)

    return pressing.press(number, "approve", press, N_("Approved. The customer is being told."))


@blueprint.post("/cases/<number>/reject")
@guard("returns:approve")
def reject(number: str) -> ResponseReturnValue:
    def press(uow: UnitOfWork, found: CaseView, values: Mapping[str, str]) -> None:
        deciding.reject_return(
            uow, found.id, note=values.get("reason", ""), version=pressing.version_of(values)
        )

    return pressing.press(number, "reject", press, N_("Rejected. The customer is being told why."))


@blueprint.post("/cases/<number>/resolve")
@guard("cases:work")
def resolve(number: str) -> ResponseReturnValue:
    def press(uow: UnitOfWork, found: CaseView, values: Mapping[str, str]) -> None:
        code = values.get("code", "")
        service.resolve(
            uow,
            found.id,
            code=code if code in CHOSEN else "",
            note=values.get("ending", ""),
            version=pressing.version_of(values),
        )

    return pressing.press(number, "resolve", press, N_("Resolved."))


@blueprint.post("/cases/<number>/reopen")
@guard("cases:work")
def reopen(number: str) -> ResponseReturnValue:
    def press(uow: UnitOfWork, found: CaseView, values: Mapping[str, str]) -> None:
        service.reopen(uow, found.id, version=pressing.version_of(values))

    return pressing.press(number, "reopen", press, N_("Open again."))


@blueprint.post("/cases/<number>/resume")
@guard("cases:work")
def resume(number: str) -> ResponseReturnValue:
    def press(uow: UnitOfWork, found: CaseView, values: Mapping[str, str]) -> None:
        service.resume(uow, found.id, version=pressing.version_of(values))

    return pressing.press(number, "resume", press, N_("Open again."))


# What changes by itself


@blueprint.get("/stream")
@public(reason="the ticket says which colleague listens to what; their sign-in is looked up")
def stream() -> ResponseReturnValue:
    """Hints that something changed; the page then fetches it with the colleague's own rights."""
    here = runtime()
    ticket = tickets.read(here.settings.secret_key, request.args.get("ticket", ""))
    if ticket is None or not hints.is_signed_in(here, ticket):
        raise Unauthenticated("no ticket, or one of a sign-in that has ended")
    response = Response(hints.hints(here, ticket.topics), headers=dict(live.HEADERS))
    response.headers["Access-Control-Allow-Origin"] = ticket.origin
    response.vary.add("Origin")
    return response
