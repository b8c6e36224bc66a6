"""Many cases at once on the desk: chosen in the inbox, looked at, started, watched."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cases.desk import hints
from cases.finding import bulk, pages, putting_back, queries, words
from cases.finding.bulk import PERMISSIONS, BulkView
from cases.finding.filters import Key
from cases.finding.states import BulkAction, BulkState, ItemState
from cases.states import Priority
from cases.words import CHOSEN, PRIORITIES, RESOLUTIONS
from oms_service.access import queries as access
from oms_service.access.guard import actor, guard, staff
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import ids
from oms_service.kernel.errors import Forbidden, IllegalTransition, Invalid
from oms_service.runtime import runtime
from oms_service.web.texts import gettext

blueprint = Blueprint("finding_bulk", __name__, url_prefix="/desk/bulk")

#: So many cases are named before it starts, and so many that were left out after.
_SHOWN: Final = 20
_SHOWN_SKIPPED: Final = 200
_LONGEST_KEY: Final = 60


def _(text: str) -> str:
    return str(gettext(text))


@blueprint.post("")
@guard("cases:work")
def choose() -> ResponseReturnValue:
    """Take what was ticked, or all that match, and show what would be done."""
    house = runtime()
    action = _action(request.form.get("action", ""))
    key = request.form.get("form_id", "")[:_LONGEST_KEY] or ids.token()
    viewer = pages.viewer()
    try:
        with house.unit_of_work(actor()) as uow:
            connection = uow.session.connection()
            asked = pages.read_asked(connection)
            if request.form.get("all") == "yes":
                found = queries.ids(
                    connection,
                    asked.wanted,
                    viewer,
                    now=uow.now,
                    zone=house.settings.zone,
                    most=bulk.MOST,
                )
            else:
                numbers = request.form.getlist("case")[: bulk.MOST]
                found = queries.numbered(connection, [one[:20] for one in numbers], viewer)
            made = bulk.choose(uow, found, action, key=f"desk:{action}:{key}")
    except Invalid:
        flash(_("Tick the cases first, then say what is to be done with them."), "attention")
        return redirect(url_for("finding.inbox"), 303)
    return redirect(url_for("finding_bulk.one", public_id=made.public_id), 303)


@blueprint.get("/<public_id>")
@guard("cases:work")
def one(public_id: str) -> str:
    """What would be done, how far it is, or what became of it."""
    return render_template("finding/bulk.html", **_shown(public_id))


@blueprint.get("/<public_id>/live")
@guard("cases:work")
def live(public_id: str) -> str:
    """How far it is, when something changed."""
    return render_template("finding/bulk_live.html", **_shown(public_id))


@blueprint.post("/<public_id>/start")
@guard("cases:work")
def start(public_id: str) -> ResponseReturnValue:
    def press(uow: UnitOfWork) -> None:
        found = bulk.one(uow.session, public_id, uow.actor)
        _action(found.action)
        given = {name: value for name, value in request.form.items() if name in _FIELDS}
        if found.action is BulkAction.SNOOZE:
            given["until"] = _until()
        if found.action is BulkAction.RESOLVE:
            given["note"] = _(words.SETTLED_TOGETHER) % {"count": found.total}
        bulk.start(uow, public_id, given)

    return _pressed(public_id, press)


@blueprint.post("/<public_id>/cancel")
@guard("cases:work")
def cancel(public_id: str) -> ResponseReturnValue:
    def press(uow: UnitOfWork) -> None:
        bulk.cancel(uow, public_id)

    return _pressed(public_id, press)


@blueprint.post("/<public_id>/undo")
@guard("cases:work")
def undo(public_id: str) -> ResponseReturnValue:
    """Put its cases back to what they were, and show how far that is."""
    try:
        with runtime().unit_of_work(actor()) as uow:
            _action(bulk.one(uow.session, public_id, uow.actor).action)
            public_id = bulk.undo(uow, public_id).public_id
    except IllegalTransition:
        flash(_("That cannot be undone any more."), "attention")
    return redirect(url_for("finding_bulk.one", public_id=public_id), 303)


_FIELDS: Final = ("staff", "queue", "priority", "tag", "code")


def _pressed(public_id: str, press: Callable[[UnitOfWork], None]) -> ResponseReturnValue:
    try:
        with runtime().unit_of_work(actor()) as uow:
            press(uow)
    except Invalid:
        flash(_("Choose one of what is offered."), "danger")
    except IllegalTransition:
        flash(_("It was called off. Choose the cases anew."), "attention")
    return redirect(url_for("finding_bulk.one", public_id=public_id), 303)


def _action(written: str) -> BulkAction:
    """What is asked for, to those who may."""
    if written not in set(BulkAction):
        raise Invalid("no such action", {"action": "is unknown"})
    action = BulkAction(written)
    if not staff().may(PERMISSIONS[action]):
        raise Forbidden("that is not yours to do")
    return action


def _until() -> str:
    """A day and a time as a colleague picks them, in the shop's zone."""
    try:
        found = datetime.fromisoformat(
            f"{request.form.get('day', '')}T{request.form.get('time', '') or '09:00'}"
        )
        return found.replace(tzinfo=runtime().settings.zone).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        raise Invalid("that is no moment", {"until": "is not a day and a time"}) from None


def _shown(public_id: str) -> dict[str, Any]:
    house = runtime()
    with house.database.reading() as connection:
        found = bulk.one(connection, public_id, actor())
        called = pages.names(connection)
        is_draft = found.state is BulkState.DRAFTED
        first = bulk.items(connection, found.id, limit=_SHOWN) if is_draft else []
        settled = bulk.settled(connection, found.id) if is_draft else 0
        undone_by = bulk.undone_by(connection, found.id) if found.is_over else None
        skipped = bulk.items(connection, found.id, state=ItemState.SKIPPED, limit=_SHOWN_SKIPPED)
        workers = [
            (str(one.id), one.name)
            for one in (access.all_staff(connection) if is_draft else ())
            if one.is_active and one.may("cases:work")
        ]
    return {
        "bulk": found,
        "action": _said_of(found),
        "undone_by": undone_by,
        "may_be_undone": found.may_be_undone and undone_by is None,
        "can_be_undone": putting_back.can_be(found.action),
        "given": _given(found, called),
        "until": datetime.fromisoformat(found.given["until"]) if "until" in found.given else None,
        "first": first,
        "settled": 0 if found.action in {BulkAction.TAG, BulkAction.UNTAG} else settled,
        "skipped": skipped,
        "why": lambda code: _(words.WHY.get(code, words.OTHERWISE)),
        "states": words.BULK_STATES,
        "names": called,
        "Action": BulkAction,
        "options": {
            "staff": workers,
            "queue": list(called.options(Key.QUEUE).items()),
            "priority": [(str(one), _(PRIORITIES[one])) for one in reversed(Priority)],
            "tag": [(str(one), name) for one, name in called.tags.items()],
            "code": [(one, _(RESOLUTIONS[one])) for one in CHOSEN],
        },
        "today": house.clock.now().astimezone(house.settings.zone).date(),
        "stream": "" if found.is_over else hints.stream_url(bulk.topic(found.id)),
    }


def _said_of(found: BulkView) -> str:
    said = _(words.ACTIONS[found.action])
    return said if found.undoes_id is None else _(words.UNDO) % {"action": said}


def _given(found: BulkView, called: pages.Names) -> str:
    """What was chosen for the action, in words; of times nothing."""
    how = _SAID.get(found.action)
    return how(found.given, called) if how and found.given else ""


def _said(of: Mapping[Any, str], one: str) -> str:
    return _(of[one])


_SAID: Final[Mapping[BulkAction, Callable[[Mapping[str, str], pages.Names], str]]] = {
    BulkAction.ASSIGN: lambda given, called: called.staff.get(int(given["staff"]), ""),
    BulkAction.QUEUE: lambda given, called: called.options(Key.QUEUE).get(given["queue"], ""),
    BulkAction.PRIORITY: lambda given, _called: _said(PRIORITIES, Priority(given["priority"])),
    BulkAction.TAG: lambda given, _called: given["tag"],
    BulkAction.UNTAG: lambda given, called: called.tags.get(int(given["tag"]), ""),
    BulkAction.RESOLVE: lambda given, _called: _said(RESOLUTIONS, given["code"]),
}
