"""Files on the desk: those of a case to look at, and what colleagues send or keep beside it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cases import queries as cases
from cases.evidence import queries, service
from cases.holding import AlreadyDone
from cases.service import Unreachable
from cases.views import CaseView
from cases.writing import leaving
from cases.writing import queries as writing
from cases.writing.leaving import Written
from oms_service.access.guard import actor, guard, staff, staff_or_none
from oms_service.conversations import attachments
from oms_service.conversations import attachments_queries as files
from oms_service.conversations.attachments import Enclosed
from oms_service.conversations.attachments_queries import AttachmentView, Place
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import ids
from oms_service.kernel.errors import DomainError, Forbidden, Invalid, NotFound
from oms_service.ports.slots import Beside, Panel
from oms_service.runtime import runtime
from oms_service.web import uploads
from oms_service.web.texts import N_, gettext

blueprint = Blueprint("case_files", __name__, url_prefix="/desk", template_folder="templates")

_KEY: Final = 64
_LONGEST: Final = 10_000
_REFUSED: Final = {
    AlreadyDone.code: N_("This case is resolved. Open it again to send something."),
    Unreachable.code: N_("This customer has neither a chat nor a mail address to answer to."),
}


def _(text: str) -> str:
    return str(gettext(text))


def scope() -> str:
    """Whose uploads these are: the colleague's at hand."""
    return f"staff:{staff().id}"


# What is about to be sent


@blueprint.post("/files")
@uploads.takes_files
@guard("cases:work")
def send_ahead() -> ResponseReturnValue:
    """Take one file in before its form is sent."""
    return uploads.answer_ahead(runtime(), actor(), scope=scope(), told=_waiting)


@blueprint.post("/files/<public_id>/remove")
@guard("cases:work")
def discard(public_id: str) -> ResponseReturnValue:
    """Give up a file that was not sent yet."""
    with runtime().unit_of_work(actor()) as uow:
        attachments.discard(uow, scope=scope(), public_id=public_id)
    return "", HTTPStatus.NO_CONTENT


@blueprint.get("/files/<public_id>")
@guard("cases:work")
def waiting(public_id: str) -> Response:
    """One's own file before it is sent."""
    return uploads.show(runtime(), _own(public_id))


@blueprint.get("/files/<public_id>/preview")
@guard("cases:work")
def waiting_preview(public_id: str) -> Response:
    """One's own picture before it is sent, small."""
    return uploads.show(runtime(), _own(public_id), is_preview=True)


# Those of a case


@blueprint.get("/cases/<number>/files/<public_id>")
@guard("customers:personal")
def content(number: str, public_id: str) -> Response:
    """A file of a case."""
    return uploads.show(runtime(), _of_case(number, public_id))


@blueprint.get("/cases/<number>/files/<public_id>/preview")
@guard("customers:personal")
def preview(number: str, public_id: str) -> Response:
    """A picture of a case, small."""
    return uploads.show(runtime(), _of_case(number, public_id), is_preview=True)


@blueprint.post("/cases/<number>/files")
@uploads.takes_files
@guard("cases:work")
def add(number: str) -> ResponseReturnValue:
    """Send files to the customer with some words, or keep them for colleagues alone."""
    house, form_id = runtime(), request.form.get("form_id", "")[:_KEY]
    is_for_customer = request.form.get("for") == "customer"
    if is_for_customer and not staff().may("cases:reply"):
        raise Forbidden("needs cases:reply")
    try:
        enclosed = uploads.taken_with_form(house, actor(), scope=scope(), key=form_id)
        if not enclosed.ids:
            raise Invalid("no file", {"files": "is empty"})
        with house.unit_of_work(actor()) as uow:
            case = cases.by_number(uow.session, number)
            if is_for_customer:
                _send(uow, case, enclosed, form_id)
            else:
                service.add(uow, case.id, enclosed)
    except DomainError as error:
        if isinstance(error, NotFound | Forbidden):
            raise
        flash(_why(error), "attention")
    else:
        said = _sent() if is_for_customer else N_("Kept for colleagues.")
        flash(_(said), "success")
    return redirect(url_for("desk.case", number=number), HTTPStatus.SEE_OTHER)


@blueprint.post("/cases/<number>/files/<public_id>/remove")
@guard("cases:work")
def remove(number: str, public_id: str) -> ResponseReturnValue:
    """Delete a file for good."""
    with runtime().unit_of_work(actor()) as uow:
        service.remove(uow, cases.by_number(uow.session, number).id, public_id)
    flash(_("The file is deleted."), "success")
    return redirect(url_for("desk.case", number=number), HTTPStatus.SEE_OTHER)


# On the page of a case


def beside_case(context: Mapping[str, object]) -> str | None:
    """All files of the case; nothing where there are none, and nothing for customers."""
    case_id = context.get("case_id")
    if not isinstance(case_id, int) or staff_or_none() is None:
        return None
    with runtime().database.looking() as session:
        case = cases.by_id(session, case_id)
        there = queries.of_case(session, case)
    if not there:
        return None
    return render_template(
        "evidence/beside_case.html",
        number=case.number,
        there=[(one, of_case(case.number, one)) for one in there],
        may_remove=staff().may("cases:work"),
    )


def case_work(context: Mapping[str, object]) -> str | None:
    """The form that sends files from a case."""
    case_id = context.get("case_id")
    if not isinstance(case_id, int) or not staff().may("cases:work"):
        return None
    with runtime().database.looking() as session:
        case = cases.by_id(session, case_id)
        back = writing.held_back(session, case_id, actor().ref)
        waits = files.waiting(session, back.scope, back.ids) if back is not None else []
        words = writing.draft(session, case_id, staff().id) if waits else ""
    return render_template(
        "evidence/case_work.html",
        number=case.number,
        may_send=case.resolved_at is None and staff().may("cases:reply"),
        form_id=ids.token(),
        waits=[_waiting(one) for one in waits],
        words=words,
    )


def of_case(number: str, view: AttachmentView) -> dict[str, object]:
    """A file of a case with where colleagues find it."""
    return uploads.as_sent(
        view,
        url=url_for("case_files.content", number=number, public_id=view.public_id),
        preview_url=url_for("case_files.preview", number=number, public_id=view.public_id),
    )


PANELS: Final = (
    Panel(
        beside=Beside.CASE,
        name="files",
        label=N_("Files"),
        render=beside_case,
        permission="cases:read",
        rank=20,
    ),
    Panel(
        beside=Beside.CASE_WORK,
        name="files",
        label=N_("Send or keep files"),
        render=case_work,
        permission="cases:work",
        rank=30,
    ),
)


def _send(uow: UnitOfWork, case: CaseView, enclosed: Enclosed, form_id: str) -> None:
    words = request.form.get("words", "").strip()
    if not words or len(words) > _LONGEST:
        raise Invalid("some words go with it", {"words": "is empty or too long"})
    if not form_id:
        raise Invalid("the form has no name", {"form_id": "is missing"})
    leaving.press(
        runtime(),
        uow,
        case,
        Written(text=words, enclosed=enclosed),
        key=f"desk:{staff().id}:{form_id[:60]}",
        me=staff(),
    )


def _sent() -> str:
    if runtime().settings.reply_undo_s:
        return N_("The answer is on its way. You can still undo it.")
    return N_("Sent.")


def _why(error: DomainError) -> str:
    words = uploads.refusal(runtime(), error)
    if words is not None:
        return words
    if isinstance(error, Invalid):
        return _("Choose a file, and write some words where it goes to the customer.")
    return _(_REFUSED.get(error.code, "That is not possible any more. This is how it stands now."))


def _waiting(view: AttachmentView) -> dict[str, object]:
    return uploads.as_sent(
        view,
        url=url_for("case_files.waiting", public_id=view.public_id),
        preview_url=url_for("case_files.waiting_preview", public_id=view.public_id),
    )


def _own(public_id: str) -> Place:
    with runtime().database.reading() as connection:
        place = files.by_public_id(connection, public_id)
    if place.view.scope != scope():
        raise NotFound("no such file")
    return place


def _of_case(number: str, public_id: str) -> Place:
    with runtime().database.looking() as session:
        return queries.one(session, cases.by_number(session, number), public_id)
