"""``/v1/orders/{number}/documents`` and ``/v1/documents``: invoices, receipts, credit notes."""

from collections.abc import Mapping
from typing import Any

from flask import Response, jsonify

from oms_service.access import guard, personal
from oms_service.api import etags
from oms_service.api.documents_schemas import (
    DocumentSchema,
    DocumentsSchema,
    WantedInvoiceSchema,
    WantedReceiptSchema,
)
from oms_service.api.idempotency import PARAMETER, REPLAYED_HEADER, idempotent
from oms_service.api.openapi import Blueprint, json_only
from oms_service.documents import queries
from oms_service.documents.queries import DocumentView
from oms_service.infra.uow import UnitOfWork
from oms_service.operations.money import billing
from oms_service.orders import queries as orders
from oms_service.runtime import runtime

blueprint = Blueprint(
    "documents_api", __name__, url_prefix="/v1", description="Invoices, receipts, credit notes."
)
blueprint.before_request(json_only)


@blueprint.get("/orders/<number>/documents")
@guard.guard(scope="documents:read")
@blueprint.response(200, DocumentsSchema, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def of_order(number: str) -> Response:
    """Every document of an order, the oldest first."""
    _count()
    with runtime().database.looking() as session:
        found = queries.documents_of(session, orders.find(session, number).id)
    numbers = {one.id: one.number for one in found}
    return etags.tagged_by_content(
        jsonify({"documents": [_document(one, numbers) for one in found]})
    )


@blueprint.get("/documents/<number>")
@guard.guard(scope="documents:read")
@blueprint.response(200, DocumentSchema, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def one(number: str) -> Response:
    """One document, without whom it names."""
    _count()
    with runtime().database.looking() as session:
        found = queries.by_number(session, number)
        others = queries.documents_of(session, found.order_id)
    numbers = {other.id: other.number for other in others}
    version = f"{found.sha256[:16]}-{int(found.handed_out_at is not None)}"
    return etags.tagged(jsonify(_document(found, numbers)), version)


@blueprint.get("/documents/<number>/pdf")
@guard.guard(scope="documents:read")
@blueprint.response(
    200,
    {"type": "string", "format": "binary"},  # type: ignore[arg-type]  # the library takes it
    content_type="application/pdf",
    description="The document as it was issued",
)
@blueprint.refuses(401, 403, 404, 429)
def pdf(number: str) -> Response:
    """The document to print: the same bytes each time; a receipt says so from the second on.

    A key that may not issue documents gets receipts as copies, which say so, too.
    """
    _count()
    with runtime().unit_of_work(guard.actor()) as uow:
        found = queries.by_number(uow.session, number)
        is_issuer = "documents:issue" in guard.api_key().scopes
        out = (
            billing.print_out(uow, found)
            if is_issuer
            else billing.copy_of(found, shown=personal.shown)
        )
    answer = Response(out.pdf, content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{out.view.number}.pdf"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/orders/<number>/invoices")
@guard.guard(scope="documents:issue")
@blueprint.arguments(WantedInvoiceSchema())
@blueprint.response(201, DocumentSchema, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def invoice(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Issue the invoice of an order; with nothing changed since the last one, that one."""
    _count()
    found = billing.issue_invoice(
        uow,
        orders.find(uow.session, number).id,
        issuer=runtime().settings.issuer,
        recipient=wanted["recipient"],
    )
    return _made(uow, found)


@blueprint.post("/orders/<number>/receipts")
@guard.guard(scope="documents:issue")
@blueprint.arguments(WantedReceiptSchema())
@blueprint.response(201, DocumentSchema, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def receipt(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Issue the receipt for what has been received and has none yet; else the last one."""
    _count()
    found = billing.issue_receipt(
        uow,
        orders.find(uow.session, number).id,
        issuer=runtime().settings.issuer,
        recipient=wanted["recipient"],
        purpose=wanted["purpose"],
        is_paper=wanted["is_paper"],
    )
    return _made(uow, found)


def _count() -> None:
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)


def _made(uow: UnitOfWork, found: DocumentView) -> tuple[dict[str, Any], int]:
    others = queries.documents_of(uow.session, found.order_id)
    return _document(found, {other.id: other.number for other in others}), 201


def _document(found: DocumentView, numbers: Mapping[int, str]) -> dict[str, Any]:
    bill = found.bill()
    return {
        "number": found.number,
        "kind": str(found.kind),
        "about": numbers.get(found.about_id or 0, ""),
        "total": {"minor": found.total.minor, "currency": found.total.currency},
        "rates": [vars(rate) for rate in bill.rates],
        "prices_contain_tax": bill.prices_contain_tax,
        "registration": bill.registration,
        "issued_at": found.issued_at.isoformat(),
        "sha256": found.sha256,
        "has_gone_out": found.handed_out_at is not None,
    }
