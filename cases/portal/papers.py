"""Invoice and receipt of one order for whoever was given the link: seen first, then made."""

from collections.abc import Mapping
from typing import Final

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from cases.portal import words
from cases.portal.links import PaperLinks
from oms_service.access.guard import public
from oms_service.documents import queries as documents
from oms_service.documents.queries import DocumentView
from oms_service.documents.states import DocumentKind
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import actors
from oms_service.kernel.errors import DomainError, Invalid, NotFound
from oms_service.operations.money import billing
from oms_service.orders import queries as orders
from oms_service.orders.queries import OrderView
from oms_service.runtime import runtime
from oms_service.web.texts import gettext

blueprint = Blueprint("portal_papers", __name__, url_prefix="/papers", template_folder="templates")

#: Files that are made by one link; each is laid out anew.
_MADE: Final = "30/hour"
_KINDS: Final = "any(invoice,receipt):kind"


@blueprint.get(f"/<written>/<{_KINDS}>")
@public(reason="the signed link names one order and its customer; it shows no more than that")
def ask(written: str, kind: str) -> str:
    """What will be made, and whom it shall name."""
    return _page(_order(written), kind)


@blueprint.post(f"/<written>/<{_KINDS}>")
@public(reason="as ask: only whoever was given the link has it")
def make(written: str, kind: str) -> ResponseReturnValue:
    """The file; asked again with nothing changed, the same one."""
    order = _order(written)
    house = runtime()
    house.limits.take("papers-by-link", str(order.id), _MADE)
    typed = {name: request.form.get(name, "").strip() for name in ("recipient", "purpose")}
    try:
        with house.unit_of_work(actors.customer(order.customer_id)) as uow:
            out = billing.print_out(uow, _issued(uow, order, DocumentKind(kind), typed))
    except Invalid as refused:
        errors = {name: gettext("Please check this.") for name in refused.fields}
        return make_response(_page(order, kind, typed, errors), 422)
    except NotFound:
        raise
    except DomainError as refused:
        why = gettext(words.document_refusal(refused.code))
        return make_response(_page(order, kind, typed, {"recipient": why}), 409)
    answer = Response(out.pdf, content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="{out.view.number}.pdf"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _issued(
    uow: UnitOfWork, order: OrderView, kind: DocumentKind, typed: Mapping[str, str]
) -> DocumentView:
    """The document; without a name it keeps that of the last one."""
    last = _last(uow.session, order.id, kind)
    recipient = typed["recipient"] or (last.recipient if last else "") or None
    issuer = runtime().settings.issuer
    if kind is DocumentKind.INVOICE:
        return billing.issue_invoice(uow, order.id, issuer=issuer, recipient=recipient)
    return billing.issue_receipt(
        uow, order.id, issuer=issuer, recipient=recipient, purpose=typed["purpose"]
    )


def _last(session: Session, order_id: int, kind: DocumentKind) -> DocumentView | None:
    made = [one for one in documents.documents_of(session, order_id) if one.kind is kind]
    return made[-1] if made else None


def _order(written: str) -> OrderView:
    """The order of a link, as long as it is still the same customer's."""
    house = runtime()
    found = PaperLinks(house.settings.secret_key, house.clock).read(written)
    if found is None:
        raise NotFound("no such page")
    order_id, customer_id = found
    with house.database.looking() as session:
        order = orders.by_id(session, order_id)
    if order.customer_id != customer_id:
        raise NotFound("no such page")
    return order


def _page(
    order: OrderView,
    kind: str,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:
    with runtime().database.looking() as session:
        last = _last(session, order.id, DocumentKind(kind))
    return render_template(
        "portal/papers.html",
        order=order,
        kind=kind,
        was_made=last is not None,
        typed=typed or {},
        errors=errors or {},
    )
