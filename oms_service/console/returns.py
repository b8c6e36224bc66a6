"""Goods coming back at the console: find a parcel, book it in, decide what needs a person."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from oms_service.access.guard import actor, guard, staff
from oms_service.catalog import queries as catalog
from oms_service.console import reach
from oms_service.console import returns_words as words
from oms_service.conversations import attachments_queries as attachments
from oms_service.conversations.attachments_queries import AttachmentView, Place
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError, Invalid, NotFound, Stale
from oms_service.operations.money import refunding
from oms_service.operations.returning import claiming, receiving
from oms_service.operations.returning import returns as operations
from oms_service.operations.returning.receiving import Stray
from oms_service.operations.rules.payment_rules import Giver
from oms_service.orders import queries as orders
from oms_service.returns import claim_queries as claims
from oms_service.returns import exchanges
from oms_service.returns import queries as returns
from oms_service.returns.queries import ReturnView
from oms_service.returns.service import Arrived
from oms_service.returns.states import (
    EXPECTED_STATES,
    ClaimState,
    Disposition,
    Finding,
    ReturnKind,
    ReturnState,
)
from oms_service.runtime import runtime
from oms_service.web import uploads
from oms_service.web.texts import gettext

blueprint = Blueprint(
    "console_returns", __name__, url_prefix="/console/returns", template_folder="templates"
)

PAGE: Final = 40
#: Longer numbers are nobody's.
_LONGEST: Final = 60
_VIEWS: Final = {
    "expected": EXPECTED_STATES,
    "waiting": (ReturnState.REQUESTED,),
    "all": (),
}
#: The fields of a line in the form, what becomes of units in it, and what was found.
_FIELDS: Final = (
    ("shelf", Disposition.RESTOCK, Finding.EXPECTED),
    ("check", Disposition.QUALITY_CONTROL, Finding.EXPECTED),
    ("discard", Disposition.DISCARD, Finding.DAMAGED),
)


def _(text: str, **values: object) -> str:
    return str(gettext(text, **values))


def waiting() -> int:
    """Returns and claims that wait for a decision."""
    with runtime().database.reading() as connection:
        found = returns.counts(connection).get(ReturnState.REQUESTED, 0)
        return found + len(claims.page(connection, states=[ClaimState.REQUESTED]).items)


def order_panel(subject: Mapping[str, object]) -> str | None:
    """What comes back of an order, and what was claimed of it; nothing where nothing is."""
    order_id = subject.get("order_id")
    if not isinstance(order_id, int):
        return None
    with runtime().database.looking() as session:
        views = returns.of_orders(session, [order_id])
        made = claims.of_orders(session, [order_id])
    if not views and not made:
        return None
    return render_template("console/returns_panel.html", views=views, claims=made, words=words)


@blueprint.get("")
@guard("returns:read")
def listed() -> ResponseReturnValue:
    """The list; a number in the field opens its return."""
    code = request.args.get("code", "").replace("\0", "").strip()[:_LONGEST]
    view = request.args.get("view", "expected")
    view = view if view in _VIEWS else "expected"
    with runtime().database.looking() as session:
        if code:
            try:
                found = returns.scanned(session, code)
            except NotFound:
                flash(_("No return is expected under that number."), "attention")
            else:
                return redirect(url_for("console_returns.one", number=found.number))
        page = returns.page(
            session, states=_VIEWS[view], cursor=request.args.get("after"), limit=PAGE
        )
        numbers = orders.by_ids(session, {one.order_id for one in page.items})
    here: dict[str, Any] = {"view": view}
    return render_template(
        "console/returns.html",
        area="console",
        views=page.items,
        numbers=numbers,
        view=view,
        code=code,
        words=words,
        next_url=url_for("console_returns.listed", after=page.next_cursor, **here)
        if page.next_cursor
        else None,
        first_url=url_for("console_returns.listed", **here) if request.args.get("after") else None,
    )


@blueprint.get("/<number>")
@guard("returns:read")
def one(number: str) -> str:
    return _page(number)


@blueprint.get("/<number>/files/<public_id>")
@guard("returns:read")
def photo(number: str, public_id: str) -> Response:
    """A picture that the customer sent of the goods."""
    return uploads.show(runtime(), _place(number, public_id))


@blueprint.get("/<number>/files/<public_id>/preview")
@guard("returns:read")
def photo_preview(number: str, public_id: str) -> Response:
    """The same, small."""
    return uploads.show(runtime(), _place(number, public_id), is_preview=True)


@blueprint.post("/<number>/receive")
@guard("returns:receive")
def receive(number: str) -> ResponseReturnValue:
    """Book in what the form says."""
    reach.check(_number("location") or 0)
    try:
        with runtime().unit_of_work(actor()) as uow:
            view = returns.by_number(uow.session, number)
            done = receiving.receive(
                uow,
                view.id,
                version=_number("version") or 0,
                arrived=_arrived(view),
                strays=_strays(uow.session),
                location_id=_number("location"),
                is_last=request.form.get("rest") != "comes",
            )
    except Invalid as error:
        return _page(number, errors=_said(error)), 422
    except NotFound:
        raise
    except DomainError as error:
        flash(_told(error), "attention")
    else:
        is_done = done.state is ReturnState.RECEIVED
        flash(
            _("It is booked in.") if is_done else _("It is booked in. The rest is still expected."),
            "success",
        )
    return redirect(url_for("console_returns.one", number=number), 303)


@blueprint.post("/<number>/decide")
@guard("returns:approve")
def decide(number: str) -> ResponseReturnValue:
    """Say yes or no to a return or an exchange."""
    says_yes = request.form.get("decision") == "approve"
    answer = request.form.get("answer", "").replace("\0", "").strip()[:500]
    if not says_yes and not answer:
        return _page(number, errors={"answer": _("Say why, in words for the customer.")}), 422

    waits: list[bool] = []

    def act(uow: UnitOfWork) -> None:
        view = returns.by_number(uow.session, number)
        version = _number("version") or 0
        if says_yes:
            done = operations.approve(
                uow, view.id, version=version, givers=_givers(), answer=answer
            )
            waits.append(done.needs_second_person)
        else:
            operations.reject(uow, view.id, version=version, answer=answer)

    said = _("It is approved.") if says_yes else _("It is rejected.")
    shown = _do(act, number, said)
    if any(waits):
        flash(_above_limit(), "attention")
    return shown


@blueprint.post("/<number>/cancel")
@guard("returns:request")
def cancel(number: str) -> ResponseReturnValue:
    """Call it off; the goods stay with the customer."""

    def act(uow: UnitOfWork) -> None:
        view = returns.by_number(uow.session, number)
        operations.withdraw(uow, view.id, version=_number("version") or 0)

    return _do(act, number, _("It is called off."))


@blueprint.get("/claims")
@guard("returns:read")
def claimed() -> str:
    """Claims, those that wait for a decision first of all."""
    only = request.args.get("view") != "all"
    with runtime().database.looking() as session:
        page = claims.page(
            session,
            states=[ClaimState.REQUESTED] if only else [],
            cursor=request.args.get("after"),
            limit=PAGE,
        )
        found = orders.by_ids(session, {one.order_id for one in page.items})
        lines = {
            line.id: line for of in orders.lines_of(session, list(found)).values() for line in of
        }
    here: dict[str, Any] = {} if only else {"view": "all"}
    return render_template(
        "console/claims.html",
        area="console",
        views=page.items,
        numbers=found,
        lines=lines,
        only=only,
        words=words,
        next_url=url_for("console_returns.claimed", after=page.next_cursor, **here)
        if page.next_cursor
        else None,
        first_url=url_for("console_returns.claimed", **here) if request.args.get("after") else None,
    )


@blueprint.post("/claims/<number>/decide")
@guard("returns:approve")
def decide_claim(number: str) -> ResponseReturnValue:
    """Say yes or no to a claim."""
    says_yes = request.form.get("decision") == "approve"
    answer = request.form.get("answer", "").replace("\0", "").strip()[:500]
    if not says_yes and not answer:
        flash(_("Say why, in words for the customer."), "attention")
        return redirect(url_for("console_returns.claimed"), 303)
    try:
        with runtime().unit_of_work(actor()) as uow:
            view = claims.by_number(uow.session, number)
            version = _number("version") or 0
            if says_yes:
                view = claiming.approve(
                    uow, view.id, version=version, givers=_givers(), answer=answer
                )
            else:
                view = claiming.reject(uow, view.id, version=version, answer=answer)
    except NotFound:
        raise
    except DomainError as error:
        flash(_told(error), "attention")
    else:
        flash(_("It is approved.") if says_yes else _("It is rejected."), "success")
        if view.needs_second_person:
            flash(_above_limit(), "attention")
    return redirect(url_for("console_returns.claimed"), 303)


def _givers() -> frozenset[Giver]:
    """The roles that limits are known for of whoever presses."""
    return refunding.givers_of([str(role) for role in staff().roles])


def _above_limit() -> str:
    """What happens next with a refund that one person may not give alone."""
    return _(
        "The refund is above what you may give alone. Once it is due, it waits under Money to"
        " settle until a colleague agrees; the customer is paid then."
    )


def _page(number: str, *, errors: dict[str, str] | None = None) -> str:
    with runtime().database.looking() as session:
        view = returns.by_number(session, number)
        order = orders.by_id(session, view.order_id)
        lines = {line.id: line for line in orders.lines(session, view.order_id)}
        swap = exchanges.of_returns(session, [view.id]).get(view.id)
        receipts = returns.receipts_of(session, view.id)
        known = catalog.variants(
            session,
            {one.variant_id for receipt in receipts for one in receipt.units}
            | ({line.variant_id for line in swap.lines} if swap else set()),
        )
        return render_template(
            "console/return.html",
            area="console",
            view=view,
            order=order,
            lines=lines,
            swap=swap,
            receipts=receipts,
            variants=known,
            parcels=returns.parcels_of(session, [view.id]),
            places=reach.places(session),
            fields=_FIELDS,
            typed=request.form,
            errors=errors or {},
            words=words,
            is_exchange=view.kind is ReturnKind.EXCHANGE,
            photos=[_photo(number, one) for one in _photos(session, view)],
        )


def _photos(session: Session, view: ReturnView) -> list[AttachmentView]:
    """What the customer has shown of the order: to be held beside what came."""
    return attachments.pictures_by_customer(session, order_id=view.order_id)


def _photo(number: str, view: AttachmentView) -> dict[str, object]:
    url = url_for("console_returns.photo", number=number, public_id=view.public_id)
    return uploads.as_sent(view, url=url, preview_url=f"{url}/preview")


def _place(number: str, public_id: str) -> Place:
    with runtime().database.looking() as session:
        place = attachments.by_public_id(session, public_id)
        there = _photos(session, returns.by_number(session, number))
    if place.view.id not in {one.id for one in there}:
        raise NotFound("no such file")
    return place


def _do(act: Callable[[UnitOfWork], None], number: str, said: str) -> ResponseReturnValue:
    try:
        with runtime().unit_of_work(actor()) as uow:
            act(uow)
    except NotFound:
        raise
    except DomainError as error:
        flash(_told(error), "attention")
    else:
        flash(said, "success")
    return redirect(url_for("console_returns.one", number=number), 303)


def _number(name: str) -> int | None:
    """A number of the form that a column can hold; None where it is none."""
    typed = request.form.get(name, "").strip()
    is_small = typed.isdecimal() and len(typed) <= len(str(receiving.MOST_UNITS)) + 3
    return int(typed) if is_small else None


def _arrived(view: ReturnView) -> dict[int, list[Arrived]]:
    came: dict[int, list[Arrived]] = {}
    wrong: dict[str, str] = {}
    for line in view.lines:
        for name, disposition, finding in _FIELDS:
            field = f"{name}-{line.order_line_id}"
            units = _number(field) if request.form.get(field, "").strip() else 0
            if units is None:
                wrong[field] = "must be a whole number, 0 or more"
            elif units:
                came.setdefault(line.order_line_id, []).append(
                    Arrived(quantity=units, disposition=disposition, finding=finding)
                )
    if wrong:
        raise Invalid("not numbers", wrong)
    return came


def _strays(session: Session) -> list[Stray]:
    sku = request.form.get("stray", "").replace("\0", "").strip()[:_LONGEST]
    if not sku:
        return []
    variant = catalog.variants_by_sku(session, [sku]).get(sku)
    units = _number("stray_units")
    if variant is None:
        raise Invalid("unknown", {"stray": "is not in the catalogue"})
    if not units:
        raise Invalid("no number", {"stray_units": "is missing"})
    kept = Disposition.QUALITY_CONTROL
    return [Stray(variant_id=variant.id, quantity=units, disposition=kept)]


def _said(error: Invalid) -> dict[str, str]:
    """What is wrong, beside the field it is about."""
    said: dict[str, str] = {}
    for name in error.fields:
        if name.startswith("arrived["):
            line_id = name.removeprefix("arrived[").partition("]")[0]
            said[f"shelf-{line_id}"] = _(
                "More than was announced. Enter what is too many as something else in the parcel."
            )
        elif name == "stray":
            said[name] = _("This SKU is not in the catalogue.")
        elif name.startswith("stray"):
            said["stray_units"] = _("How many are there?")
        elif name == "location_id":
            said["location"] = _("Choose where the goods are.")
        else:
            said[name] = _("Enter a whole number, 0 or more.")
    return said


def _told(error: DomainError) -> str:
    known: dict[str, Any] = {
        "out-of-stock": _("There are not enough of the new goods any more."),
        "not-enough-balance": _("The gift card or credit does not hold the difference."),
        "cannot-settle": _("The difference cannot be settled by the method that was chosen."),
        "return-refunded": _("Money has gone back for it; it cannot be called off."),
        "exchange-on-its-way": _("The new goods have left; it cannot be called off."),
    }
    if isinstance(error, Stale):
        return _("It changed meanwhile. Please look again.")
    return str(known.get(error.code) or _("Somebody has dealt with it already."))
