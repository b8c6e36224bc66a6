"""The desk: the inbox, the case, and what can be pressed there. Everything works without script."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from flask import (
    Blueprint,
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from cases import deciding, holding, queries, service
from cases.desk import page as pages
from cases.desk import tickets
from cases.desk.page import CasePage, Line
from cases.desk.sentences import Sentence, sentence
from cases.desk.tickets import Ticket
from cases.holding import AlreadyDone
from cases.progress import STEPS
from cases.queries import Saved
from cases.service import Unreachable
from cases.sla import queries as answer_times
from cases.sla import words as answer_words
from cases.states import CASE, CaseAction, EntryKind
from cases.views import CaseView
from cases.words import (
    ACTS,
    CHOSEN,
    ENTRIES,
    PRIORITIES,
    RESOLUTIONS,
    STATE_ICONS,
    STATE_TONES,
    WHY_ASSIGNED,
)
from cases.words import STATES as STATE_WORDS
from oms_service.access import queries as access
from oms_service.access.guard import actor, guard, public, staff, staff_session
from oms_service.access.states import SessionKind
from oms_service.conversations import service as talking
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import ids
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.kernel.errors import (
    IllegalTransition,
    Invalid,
    NotFound,
    Stale,
    Unauthenticated,
)
from oms_service.operations.money import refunding
from oms_service.ports.timeline import Entry
from oms_service.runtime import Runtime, runtime
from oms_service.web import live
from oms_service.web.frame import Formats
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
    return render_template("desk/inbox.html", **_list(), stream=_stream(holding.DESK))


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


@dataclass(frozen=True)
class Typed:
    """What was typed into a form that was refused: nothing is lost."""

    form: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@blueprint.get("/cases/<number>")
@guard("cases:read")
def case(number: str) -> str:
    return _show(number, Typed())


@blueprint.get("/cases/<number>/live")
@guard("cases:read")
def case_live(number: str) -> str:
    """What changes by itself on the page of a case."""
    with runtime().database.looking() as session:
        shown = pages.read(runtime(), session, number)
    return render_template("desk/live.html", **_words(shown))


def _show(number: str, typed: Typed) -> str:
    with runtime().database.looking() as session:
        shown = pages.read(runtime(), session, number)
    topics = [holding.topic(shown.case.id)]
    if shown.conversation is not None:
        topics.append(talking.topic(shown.conversation.id))
    if shown.case.order_id is not None:
        topics.append(f"order:{shown.case.order_id}")
    return render_template(
        "desk/case.html",
        **_words(shown),
        typed=typed,
        stream=_stream(*topics),
        form_id=typed.values.get("form_id") or ids.token(),
        endings=[("", _("Choose how it ended")), *((one, _(RESOLUTIONS[one])) for one in CHOSEN)],
    )


def _words(shown: CasePage) -> dict[str, object]:
    carriers = (
        {one.carrier: one.carrier_name for one in shown.panel.tracking.parcels}
        if shown.panel
        else {}
    )

    def told(entry: Entry, said: Formats) -> Sentence:
        return sentence(entry, said, carriers)

    return {
        "page": shown,
        "case": shown.case,
        "state_words": STATE_WORDS,
        "state_tones": STATE_TONES,
        "state_icons": STATE_ICONS,
        "priorities": PRIORITIES,
        "step_words": STEPS,
        "said_of": _said_of(shown),
        "told": told,
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
            case EntryKind.ASSIGNED:
                name = shown.names.get(int(entry.data.get("to", 0)), "")
                why = _(WHY_ASSIGNED.get(str(entry.data.get("why")), "took it"))
                return f"{_(ENTRIES[entry.kind]) % {'who': name}} ({why})"
            case EntryKind.STATE_CHANGED:
                state = STATE_WORDS.get(entry.data.get("to", ""), "")
                ending = RESOLUTIONS.get(str(entry.data.get("resolution", "")), "")
                words = _(ENTRIES[entry.kind]) % {"state": _(state) if state else ""}
                return f"{words} ({_(ending)})" if ending else words
            case EntryKind.APPENDED | EntryKind.ACTED:
                return _(ACTS[what]) if what in ACTS else what
            case _:
                return _(ENTRIES[entry.kind])

    return said


# What can be pressed

Press = Callable[[UnitOfWork, CaseView, Mapping[str, str]], object]


def _press(number: str, form: str, press: Press, done: str) -> ResponseReturnValue:
    """Do it once; whatever is refused leaves what was typed and shows the case as it is now."""
    values = {name: value.strip() for name, value in request.form.items()}
    try:
        with runtime().unit_of_work(actor()) as uow:
            found = queries.by_number(uow.session, number)
            press(uow, found, values)
    except Stale:
        flash(_("Somebody changed this case meanwhile. This is how it stands now."), "attention")
        return _again(number, Typed(form, values), HTTPStatus.CONFLICT)
    except AlreadyDone as refused:
        flash(_already(refused), "attention")
    except IllegalTransition:
        flash(_("That is not possible any more. This is how it stands now."), "attention")
    except Unreachable:
        flash(_("This customer has neither a chat nor a mail address to answer to."), "danger")
        return _again(number, Typed(form, values), HTTPStatus.CONFLICT)
    except Invalid as refused:
        return _again(number, Typed(form, values, refused.fields), HTTPStatus.UNPROCESSABLE_ENTITY)
    else:
        flash(_(done), "success")
    return redirect(url_for("desk.case", number=number), HTTPStatus.SEE_OTHER)


def _again(number: str, typed: Typed, status: HTTPStatus) -> Response:
    return make_response(_show(number, typed), status)


_DONE: Final = {
    "approved": N_("Already approved by %(name)s."),
    "rejected": N_("Already rejected by %(name)s."),
    "received": N_("Already approved by %(name)s, and the goods have come back."),
    "taken": N_("%(name)s has this case already."),
    "resolved": N_("Already resolved by %(name)s."),
}


def _already(refused: AlreadyDone) -> str:
    words = _(_DONE.get(refused.what, "Already resolved by %(name)s."))
    return words % {"name": _who(refused.by)}


def _who(ref: str) -> str:
    if not ref:
        return _("the system")
    by = Actor.from_ref(ref)
    if by.kind is not ActorKind.STAFF:
        return _("the system")
    with runtime().database.reading() as connection:
        return access.staff_names(connection).get(int(by.id), "")


def _version(values: Mapping[str, str]) -> int | None:
    written = values.get("version", "")
    return int(written) if written.isdecimal() else None


@blueprint.post("/cases/<number>/take")
@guard("cases:work")
def take(number: str) -> ResponseReturnValue:
    def press(uow: UnitOfWork, found: CaseView, values: Mapping[str, str]) -> None:
        service.take(uow, found.id, version=_version(values))

    return _press(number, "take", press, N_("It is yours now."))


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

    return _press(number, "reply", press, N_("Sent to the customer."))


@blueprint.post("/cases/<number>/note")
@guard("cases:work")
def note(number: str) -> ResponseReturnValue:
    def press(uow: UnitOfWork, found: CaseView, values: Mapping[str, str]) -> None:
        service.note(uow, found.id, values.get("note", ""))

    return _press(number, "note", press, N_("Noted. Only colleagues see it."))


@blueprint.post("/cases/<number>/promise")
@guard("cases:reply")
def promise(number: str) -> ResponseReturnValue:
    def press(uow: UnitOfWork, found: CaseView, values: Mapping[str, str]) -> None:
        until = _moment(values.get("day", ""), values.get("time", ""))
        service.promise(uow, found.id, until, version=_version(values))

    return _press(number, "promise", press, N_("Noted. You will be reminded in time."))


def _moment(day: str, clock: str) -> datetime:
    """A day and a time as a colleague picks them, in the shop's zone."""
    try:
        found = datetime.fromisoformat(f"{day}T{clock}")
    except ValueError:
        raise Invalid("that is no moment", {"until": "is not a day and a time"}) from None
    return found.replace(tzinfo=runtime().settings.zone).astimezone(UTC)


@blueprint.post("/cases/<number>/approve")
@guard("returns:approve")
def approve(number: str) -> ResponseReturnValue:
    def press(uow: UnitOfWork, found: CaseView, values: Mapping[str, str]) -> None:
        givers = refunding.givers_of([str(role) for role in staff().roles])
        deciding.approve_return(uow, found.id, version=_version(values), givers=givers)

    return _press(number, "approve", press, N_("Approved. The customer is being told."))


@blueprint.post("/cases/<number>/reject")
@guard("returns:approve")
def reject(number: str) -> ResponseReturnValue:
    def press(uow: UnitOfWork, found: CaseView, values: Mapping[str, str]) -> None:
        deciding.reject_return(
            uow, found.id, note=values.get("reason", ""), version=_version(values)
        )

    return _press(number, "reject", press, N_("Rejected. The customer is being told why."))


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
            version=_version(values),
        )

    return _press(number, "resolve", press, N_("Resolved."))


@blueprint.post("/cases/<number>/reopen")
@guard("cases:work")
def reopen(number: str) -> ResponseReturnValue:
    def press(uow: UnitOfWork, found: CaseView, values: Mapping[str, str]) -> None:
        service.reopen(uow, found.id, version=_version(values))

    return _press(number, "reopen", press, N_("Open again."))


@blueprint.post("/cases/<number>/resume")
@guard("cases:work")
def resume(number: str) -> ResponseReturnValue:
    def press(uow: UnitOfWork, found: CaseView, values: Mapping[str, str]) -> None:
        service.resume(uow, found.id, version=_version(values))

    return _press(number, "resume", press, N_("Open again."))


# What changes by itself


def _stream(*topics: str) -> str:
    settings = runtime().settings
    ticket = Ticket(staff().id, staff_session(), request.host_url.rstrip("/"), topics)
    written = tickets.write(settings.secret_key, ticket)
    return f"{settings.streams_url}{url_for('desk.stream', ticket=written)}"


@blueprint.get("/stream")
@public(reason="the ticket says which colleague listens to what; their sign-in is looked up")
def stream() -> ResponseReturnValue:
    """Hints that something changed; the page then fetches it with the colleague's own rights."""
    here = runtime()
    ticket = tickets.read(here.settings.secret_key, request.args.get("ticket", ""))
    if ticket is None or not _is_signed_in(here, ticket):
        raise Unauthenticated("no ticket, or one of a sign-in that has ended")
    response = Response(_hints(here, ticket.topics), headers=dict(live.HEADERS))
    response.headers["Access-Control-Allow-Origin"] = ticket.origin
    response.vary.add("Origin")
    return response


def _is_signed_in(here: Runtime, ticket: Ticket) -> bool:
    with here.database.reading() as connection:
        try:
            colleague = access.staff_by_id(connection, ticket.staff_id)
        except NotFound:
            return False
        open_ones = access.open_sessions(
            connection, SessionKind.STAFF, ticket.staff_id, here.clock.now()
        )
    is_open = any(one.digest == ticket.session for one in open_ones)
    return is_open and colleague.is_active and colleague.may("cases:read")


def _hints(here: Runtime, topics: tuple[str, ...]) -> Iterator[bytes]:
    with here.live.listening(topics) as ear:

        def news(wait_s: float) -> list[live.Message]:
            return [live.Message(event="changed", data="")] if ear.wait(wait_s) else []

        yield from live.stream(news)
