"""Files of customers: sent ahead of a form, shown again, and photos of an order."""

from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from cases.evidence import service
from oms_service.access.guard import actor, customer_id, guard
from oms_service.conversations import attachments
from oms_service.conversations import attachments_queries as files
from oms_service.conversations import queries as conversations
from oms_service.conversations.attachments_queries import AttachmentView, Place
from oms_service.conversations.states import AttachmentState
from oms_service.kernel import ids
from oms_service.kernel.errors import DomainError, Invalid, NotFound
from oms_service.kernel.text import order_key
from oms_service.orders import queries as orders
from oms_service.orders.queries import OrderView
from oms_service.orders.states import OrderState
from oms_service.runtime import runtime
from oms_service.web import uploads
from oms_service.web.texts import gettext

blueprint = Blueprint("files", __name__, template_folder="templates")

#: Longer keys are no form's.
_KEY: Final = 64


def scope() -> str:
    """Whose uploads these are: the customer's who is signed in."""
    return f"customer:{customer_id()}"


@blueprint.post("/files")
@uploads.takes_files
@guard(customer=True)
def send_ahead() -> ResponseReturnValue:
    """Take one file in before its form is sent."""
    return uploads.answer_ahead(runtime(), actor(), scope=scope(), told=uploads.of_customer)


@blueprint.post("/files/<public_id>/remove")
@guard(customer=True)
def discard(public_id: str) -> ResponseReturnValue:
    """Give up a file that was not sent yet."""
    with runtime().unit_of_work(actor()) as uow:
        attachments.discard(uow, scope=scope(), public_id=public_id)
    return "", HTTPStatus.NO_CONTENT


@blueprint.get("/files/<public_id>")
@guard(customer=True)
def content(public_id: str) -> Response:
    """A file of one's own; somebody else's is as unknown as one that does not exist."""
    return uploads.show(runtime(), _mine(public_id))


@blueprint.get("/files/<public_id>/preview")
@guard(customer=True)
def preview(public_id: str) -> Response:
    """A picture of one's own, small."""
    return uploads.show(runtime(), _mine(public_id), is_preview=True)


@blueprint.get("/orders/<number>/photos")
@guard(customer=True)
def photos(number: str) -> str:
    """What the customer has shown of an order, and the form to show more."""
    return _page(_own(number))


@blueprint.post("/orders/<number>/photos")
@uploads.takes_files
@guard(customer=True)
def show(number: str) -> ResponseReturnValue:
    """Show photos of an order: they are kept with it, and open cases about it are told."""
    order, house = _own(number), runtime()
    form_id = request.form.get("form_id", "")[:_KEY]
    try:
        enclosed = uploads.taken_with_form(house, actor(), scope=scope(), key=form_id)
        with house.unit_of_work(actor()) as uow:
            service.show_of_order(uow, order.id, enclosed, customer_id=customer_id())
    except DomainError as error:
        words = uploads.refusal(house, error)
        if words is None and not isinstance(error, Invalid):
            raise
        said = words or gettext("Choose at least one file.")
        return _page(order, error=str(said)), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(gettext("Thank you. We have received it and look at it with your order."), "success")
    return redirect(url_for("files.photos", number=_number(order)), HTTPStatus.SEE_OTHER)


def _page(order: OrderView, *, error: str | None = None) -> str:
    with runtime().database.looking() as session:
        there = files.shown(session, order_ids=[order.id])
    return render_template(
        "evidence/photos.html",
        order=order,
        here=url_for("files.show", number=_number(order)),
        back=url_for("portal.order", number=_number(order)),
        there=[uploads.of_customer(one) for one in there],
        waits=uploads.waiting(runtime(), scope()) if error else [],
        form_id=ids.token(),
        error=error,
    )


def _own(number: str) -> OrderView:
    with runtime().database.looking() as session:
        order = orders.own(session, number, customer_id())
    if order.order_state is OrderState.DRAFT:
        raise NotFound("no such order")
    return order


def _number(order: OrderView) -> str:
    """How an address carries it."""
    return order_key(order.number)


def _mine(public_id: str) -> Place:
    """A file its customer may see: sent by or to them, of an order of theirs, or waiting."""
    me = customer_id()
    with runtime().database.looking() as session:
        place = files.by_public_id(session, public_id)
        view = place.view
        if view.state is AttachmentState.UPLOADED:
            is_mine = view.scope == scope()
        else:
            is_mine = me in _owners(session, view)
    if view.is_internal or not is_mine:
        raise NotFound("no such file")
    return place


def _owners(session: Session, view: AttachmentView) -> set[int | None]:
    """The customers a file belongs to: who sent it, whose thread it is in, whose order it shows."""
    found = {view.customer_id}
    if view.conversation_id is not None:
        thread = conversations.by_id(session, view.conversation_id)
        found |= {thread.customer_id} if thread else set()
    if view.order_id is not None:
        found.add(orders.by_id(session, view.order_id).customer_id)
    return found
