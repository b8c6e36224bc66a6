"""What staff print and issue, and the files that go to carriers' programs and come back."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from markupsafe import Markup
from sqlalchemy.orm import Session

from oms_service.access import personal
from oms_service.access.guard import actor, guard, staff
from oms_service.access.states import ScopeKind
from oms_service.console import documents_words as words
from oms_service.console import reach, sheets
from oms_service.console.orders_export import chosen
from oms_service.documents import queries as documents
from oms_service.documents.queries import LabelView
from oms_service.documents.refusals import WORDS as REFUSALS
from oms_service.kernel.errors import DomainError, Invalid, NotFound
from oms_service.kernel.languages import Language, say
from oms_service.operations.dispatch import handing_off, labelling, printing
from oms_service.operations.dispatch.printing import Paper
from oms_service.operations.money import billing
from oms_service.orders import listing
from oms_service.orders import queries as orders
from oms_service.orders.listing import Wanted
from oms_service.ports.labels import FILES, PROVIDERS, RowProblem, Unreadable, Unwritable
from oms_service.runtime import runtime
from oms_service.shipping import carriers
from oms_service.warehouse import queries as warehouse
from oms_service.warehouse.queries import PackedBox, Waiting
from oms_service.web.texts import gettext

_ = gettext

blueprint = Blueprint(
    "documents", __name__, url_prefix="/console/documents", template_folder="templates"
)

CSV: Final = "text/csv; charset=Shift_JIS"
_MOST_BYTES: Final = 2 * 1024 * 1024
#: Row errors shown on one page.
_SHOWN: Final = 50


@blueprint.get("/boxes/<number>/slip.pdf")
@guard("parcels:print")
def packing_slip(number: str) -> Response:
    """The packing slip of a box, in the order's language."""
    house = runtime()
    with house.database.looking() as session:
        return _paper(printing.packing_slip(session, number, issuer=house.settings.issuer))


@blueprint.get("/slips.pdf")
@guard("parcels:print")
def packing_slips() -> ResponseReturnValue:
    """The packing slips of every box of the orders that were ticked, order by order."""
    house = runtime()
    with house.database.looking() as session:
        numbers = chosen()
        found = listing.page(session, Wanted(numbers=numbers), limit=len(numbers) or 1)
        boxes = [
            box
            for order in (found.items if numbers else ())
            for box in warehouse.boxes_of(session, order.id)
            if staff().reaches(ScopeKind.LOCATION, box.location_id)
        ]
        if not boxes:
            flash(_("Nothing of the orders you ticked is in a box yet."), "attention")
            return redirect(url_for("console_orders.several"))
        return _paper(
            printing.packing_slips(
                session, boxes, issuer=house.settings.issuer, language=_language()
            )
        )


@blueprint.get("/boxes/<number>/label.pdf")
@guard("parcels:print")
def label(number: str) -> Response:
    """The label of a box: the one that was bought, else one of our own."""
    house = runtime()
    with house.database.looking() as session:
        return _paper(
            printing.label(session, number, issuer=house.settings.issuer, adapters=house.adapters)
        )


@blueprint.get("/pick-lists/<number>.pdf")
@guard("fulfilments:read")
def pick_list(number: str) -> Response:
    """A pick list on paper, in the reader's language."""
    house = runtime()
    with house.database.looking() as session:
        return _paper(
            printing.pick_list(session, number, language=_language(), now=house.clock.now())
        )


@blueprint.get("/manifests/<number>.pdf")
@guard("parcels:print")
def manifest(number: str) -> Response:
    """What a carrier collected, for the driver to sign, in the reader's language."""
    house = runtime()
    with house.database.looking() as session:
        return _paper(
            printing.manifest(
                session,
                number,
                language=_language(),
                issuer=house.settings.issuer,
                adapters=house.adapters,
            )
        )


@blueprint.post("/<number>/print")
@guard("documents:read")
def show(number: str) -> Response:
    """An invoice, receipt or credit note; a receipt that went out before is marked as reissued.

    Whoever only reads gets a copy that says it is none to hand out, and whom it names only where
    they see who customers are.
    """
    with runtime().unit_of_work(actor()) as uow:
        found = documents.by_number(uow.session, number)
        if staff().may("documents:issue"):
            out = billing.print_out(uow, found)
        else:
            out = billing.copy_of(found, shown=personal.shown)
    return _paper(Paper(f"{out.view.number}.pdf", out.pdf))


@blueprint.get("/orders/<number>")
@guard("documents:read")
def of_order(number: str) -> str:
    """The documents of an order, and what may still be issued."""
    return _order_page(number)


@blueprint.post("/orders/<number>/invoice")
@guard("documents:issue")
def issue_invoice(number: str) -> ResponseReturnValue:
    issuer = runtime().settings.issuer
    try:
        with runtime().unit_of_work(actor()) as uow:
            order = orders.find(uow.session, number)
            made = billing.issue_invoice(
                uow, order.id, issuer=issuer, recipient=request.form.get("recipient")
            )
    except DomainError as refused:
        return _refused(number, refused)
    flash(_("Invoice %(number)s is ready.", number=made.number), "success")
    return redirect(url_for("documents.of_order", number=number), 303)


@blueprint.post("/orders/<number>/receipt")
@guard("documents:issue")
def issue_receipt(number: str) -> ResponseReturnValue:
    issuer = runtime().settings.issuer
    try:
        with runtime().unit_of_work(actor()) as uow:
            order = orders.find(uow.session, number)
            made = billing.issue_receipt(
                uow,
                order.id,
                issuer=issuer,
                recipient=request.form.get("recipient"),
                purpose=request.form.get("purpose", ""),
                is_paper="paper" in request.form,
            )
    except DomainError as refused:
        return _refused(number, refused)
    flash(_("Receipt %(number)s is ready.", number=made.number), "success")
    return redirect(url_for("documents.of_order", number=number), 303)


@blueprint.get("/handoff")
@guard("fulfilments:read")
def handoff() -> str:
    """Boxes that wait for a number, by carrier; labels that failed."""
    return _handoff_page()


@blueprint.post("/handoff/<carrier>/file")
@guard("fulfilments:work")
def handoff_file(carrier: str) -> ResponseReturnValue:
    """The file for a carrier's program, or the page with what does not fit its columns."""
    house = runtime()
    try:
        with house.database.looking() as session:
            made = handing_off.write_file(
                session,
                carrier,
                adapters=house.adapters,
                issuer=house.settings.issuer,
                now=house.clock.now(),
                at=reach.mine(),
            )
    except Unwritable as unfit:
        return _handoff_page(carrier=carrier, problems=unfit.problems), 422
    sheets.note(f"handoff-{carrier}")
    return _file(made.name, made.body, CSV)


@blueprint.post("/handoff/<carrier>/results")
@guard("fulfilments:work")
def handoff_results(carrier: str) -> ResponseReturnValue:
    """Put the numbers of a result file on their boxes; taken again, it adds nothing."""
    house = runtime()
    sent = request.files.get("file")
    body = sent.stream.read(_MOST_BYTES + 1) if sent else b""
    if not body:
        error = _("Choose the file that the carrier's program wrote.")
        return _handoff_page(carrier=carrier, errors={f"file-{carrier}": error}), 422
    who = actor()
    try:
        taken = handing_off.take_results(
            lambda: house.unit_of_work(who),
            carrier,
            body,
            adapters=house.adapters,
            at=reach.mine(),
        )
    except Unreadable as unreadable:
        error = str(words.FILES[unreadable.code])
        return _handoff_page(carrier=carrier, errors={f"file-{carrier}": error}), 422
    said = _(
        "%(given)s boxes got their number, %(repeated)s had it already.",
        given=taken.given,
        repeated=taken.repeated,
    )
    if taken.problems:
        flash(said, "attention")
        return _handoff_page(carrier=carrier, problems=taken.problems, is_result=True), 422
    flash(said, "success")
    return redirect(url_for("documents.handoff"), 303)


@blueprint.post("/boxes/<number>/label")
@guard("fulfilments:work")
def request_label(number: str) -> ResponseReturnValue:
    """Ask the provider for a label of a box."""
    try:
        with runtime().unit_of_work(actor()) as uow:
            labelling.request_label(uow, number, adapters=runtime().adapters)
    except NotFound:
        raise
    except DomainError as refused:
        flash(str(words.refusal(refused.code)), "attention")
    else:
        flash(_("The label is being bought."), "success")
    return redirect(url_for("documents.handoff"), 303)


@blueprint.post("/labels/<int:label_id>/retry")
@guard("fulfilments:work")
def retry_label(label_id: int) -> ResponseReturnValue:
    return _with_label(label_id, _("It is being tried again."), again=True)


@blueprint.post("/labels/<int:label_id>/void")
@guard("fulfilments:work")
def void_label(label_id: int) -> ResponseReturnValue:
    return _with_label(label_id, _("The label is called off."), again=False)


def order_panel(context: Mapping[str, object]) -> str | None:
    """The documents of an order, beside it."""
    order_id = context.get("order_id")
    if not isinstance(order_id, int):
        return None
    with runtime().database.looking() as session:
        order = orders.by_id(session, order_id)
        found = documents.documents_of(session, order_id)
    return Markup(  # noqa: S704 - a template of ours escapes what it shows
        render_template(
            "console/documents_panel.html", order=order, documents=found, kinds=words.KINDS
        )
    )


def failed_labels() -> int:
    """How many labels wait for somebody."""
    with runtime().database.looking() as session:
        return len(_failed(session)[0])


def _failed(session: Session) -> tuple[list[LabelView], dict[int, PackedBox]]:
    """Labels that providers refused for boxes of their locations, and these boxes."""
    found = documents.failed_labels(session)
    boxes = warehouse.boxes_by_id(session, [one.box_id for one in found])
    theirs = [
        one for one in found if staff().reaches(ScopeKind.LOCATION, boxes[one.box_id].location_id)
    ]
    return theirs, boxes


def _with_label(label_id: int, said: str, *, again: bool) -> ResponseReturnValue:
    version = request.form.get("version", type=int)
    change = labelling.retry_label if again else labelling.void_label
    try:
        with runtime().unit_of_work(actor()) as uow:
            change(uow, label_id, version=version)
    except NotFound:
        raise
    except DomainError:
        flash(_("Somebody has dealt with it already."), "attention")
    else:
        flash(said, "success")
    return redirect(url_for("documents.handoff"), 303)


def _order_page(number: str, *, errors: Mapping[str, str] | None = None, said: str = "") -> str:
    with runtime().database.looking() as session:
        order = orders.find(session, number)
        found = documents.documents_of(session, order.id)
    return render_template(
        "console/documents_order.html",
        area="console",
        order=order,
        documents=found,
        kinds=words.KINDS,
        errors=errors or {},
        said=said,
        form=request.form,
    )


def _refused(number: str, refused: DomainError) -> ResponseReturnValue:
    """The page again, with why it could not be issued."""
    if isinstance(refused, NotFound):
        raise refused
    if isinstance(refused, Invalid) and refused.fields:
        errors = {name: str(words.FIELDS[name]) for name in refused.fields if name in words.FIELDS}
        return _order_page(number, errors=errors), 422
    return _order_page(number, said=str(words.refusal(refused.code))), 409


def _handoff_page(
    *,
    carrier: str = "",
    problems: tuple[RowProblem, ...] = (),
    errors: Mapping[str, str] | None = None,
    is_result: bool = False,
) -> str:
    house = runtime()
    language = _language()
    with house.database.looking() as session:
        slugs = house.adapters.slugs(FILES)
        boxed = handing_off.waiting(session, slugs, at=reach.mine())
        failed, boxes = _failed(session)
    return render_template(
        "console/documents_handoff.html",
        area="console",
        waiting=[_waiting(slug, boxed.get(slug), language) for slug in slugs],
        failed=failed,
        boxes=boxes,
        carrier_name=lambda slug: say(carriers.name_of(house.adapters, slug), language),
        has_provider=bool(house.adapters.slugs(PROVIDERS)),
        why=lambda code: say(REFUSALS.get(code, REFUSALS["provider_refused"]), language),
        carrier=carrier,
        problems=problems[:_SHOWN],
        more=max(0, len(problems) - _SHOWN),
        problem_words=words.PROBLEMS,
        refusal=words.refusal,
        errors=errors or {},
        is_result=is_result,
    )


def _waiting(slug: str, boxes: Waiting | None, language: Language) -> dict[str, Any]:
    house = runtime()
    return {
        "slug": slug,
        "name": say(carriers.name_of(house.adapters, slug), language),
        "program": handing_off.handoff_format(house.adapters, slug).program,
        "boxes": boxes,
    }


def _language() -> Language:
    """The language of the page at hand."""
    return Language(str(get_locale()))


def _paper(paper: Paper) -> Response:
    return _file(paper.name, paper.body, paper.media_type, is_shown=True)


def _file(name: str, body: bytes, media_type: str, *, is_shown: bool = False) -> Response:
    """A file that browsers show or keep, and nobody in between."""
    answer = Response(body, content_type=media_type)
    how = "inline" if is_shown else "attachment"
    answer.headers["Content-Disposition"] = f'{how}; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
