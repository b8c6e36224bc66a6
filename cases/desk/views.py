"""The desk: the case, and what can be pressed there. Everything works without script."""

from collections.abc import Mapping

from flask import (
    Blueprint,
    Response,
    render_template,
    request,
)
from flask.typing import ResponseReturnValue

from cases import deciding, service
from cases.desk import hints, pressing, shown, tickets
from cases.taxonomy import settling
from cases.views import CaseView
from cases.words import (
    CHOSEN,
)
from cases.writing import answering
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


# The case


@blueprint.get("/cases/<number>")
@guard("cases:read")
def case(number: str) -> str:
    return shown.show(number, shown.Typed())


@blueprint.get("/cases/<number>/pane")
@guard("cases:read")
def case_pane(number: str) -> str:
    """The case alone, to stand beside the list it was chosen from."""
    return shown.show(number, shown.Typed(), template="desk/pane.html")


@blueprint.get("/cases/<number>/live")
@guard("cases:read")
def case_live(number: str) -> str:
    """What changes by itself on the page of a case."""
    return render_template("desk/live.html", **shown.words(*shown.read(number)))


@blueprint.get("/cases/<number>/past")
@guard("cases:read")
def case_past(number: str) -> str:
    """The whole history, which the page of a case fetches when somebody opens it there."""
    return shown.show_past(number)


# What can be pressed


@blueprint.post("/cases/<number>/take")
@guard("cases:work")
def take(number: str) -> ResponseReturnValue:
    def press(uow: UnitOfWork, found: CaseView, values: Mapping[str, str]) -> None:
        service.take(uow, found.id, version=pressing.version_of(values))

    return pressing.press(number, "take", press, N_("It is yours now."))


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
        answering.resolve(
            uow,
            found.id,
            code=code if code in CHOSEN else "",
            note=values.get("ending", ""),
            lines_ended=settling.ending_typed(values.get("lines_ended", "")),
            version=pressing.version_of(values),
            despite_others=values.get("despite") == "yes",
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
    live.readable_from(ticket.origin)
    told = here.seats.take_for_colleague(hints.hints(here, ticket.topics), staff_id=ticket.staff_id)
    return Response(told, headers=dict(live.HEADERS))
