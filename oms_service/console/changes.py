"""Changing orders at the console: choose what, see what it brings, confirm."""

from collections.abc import Callable, Mapping
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from oms_service.access.guard import actor, guard
from oms_service.console import changes_forms, changes_shown, changes_words, orders_words
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import ids
from oms_service.kernel.errors import Invalid, Stale
from oms_service.operations.changes import changing, changing_preview
from oms_service.operations.changes.change_wishes import Wish
from oms_service.operations.changes.changing import Wanted
from oms_service.operations.changes.changing_book import open_book
from oms_service.operations.rules import reasons
from oms_service.operations.rules.change_eligibility import ChangeRefused
from oms_service.operations.rules.eligibility import Cause
from oms_service.orders import changes
from oms_service.orders import queries as orders
from oms_service.orders.changes import ChangeDecided, ChangeView
from oms_service.orders.queries import OrderView
from oms_service.orders.states import ChangeKind
from oms_service.runtime import runtime
from oms_service.web.languages import spoken
from oms_service.web.texts import gettext

_ = gettext

blueprint = Blueprint(
    "console_changes", __name__, url_prefix="/console/orders", template_folder="templates"
)

#: Under which name changes that colleagues make are kept.
CHANNEL: Final = "desk"


@blueprint.get("/<number>/change")
@guard("orders:change")
def choose(number: str) -> str:
    """What may be changed of an order, and why the rest may not."""
    house = runtime()
    with house.database.looking() as session:
        order = orders.find(session, number)
        offers = changing_preview.offers(session, order.id, now=house.clock.now())
    return render_template(
        "console/change_choose.html",
        area="console",
        order=order,
        offers=[(one.kind, [_said(cause) for cause in one.causes]) for one in offers],
        words=changes_words,
    )


@blueprint.route(
    "/<number>/change/<any(address,payment,items,quantity,expedite,delivery):what>",
    methods=["GET", "POST"],
)
@guard("orders:change")
def change(number: str, what: str) -> ResponseReturnValue:
    """One kind of change: the form, then what it would bring, then done."""
    return _wizard(number, ChangeKind(what))


@blueprint.route("/<number>/cancel", methods=["GET", "POST"])
@guard("orders:cancel")
def cancel(number: str) -> ResponseReturnValue:
    """Calling off an order or units of it, the same way."""
    return _wizard(number, ChangeKind.CANCEL)


@blueprint.post("/<number>/changes/<int(max=2147483647):position>/confirm")
@guard("orders:change")
def confirm(number: str, position: int) -> ResponseReturnValue:
    return _decide(number, position, changing.confirm, _("The order is changed."))


@blueprint.post("/<number>/changes/<int(max=2147483647):position>/decline")
@guard("orders:change")
def decline(number: str, position: int) -> ResponseReturnValue:
    return _decide(number, position, changing.decline, _("The change is declined."))


def panel(known: Mapping[str, object]) -> str | None:
    """Beside an order: what was changed of it, what waits, and the way to change more."""
    order_id = known.get("order_id")
    if not isinstance(order_id, int):
        return None
    with runtime().database.looking() as session:
        order = orders.by_id(session, order_id)
        found = changes.of_order(session, order_id)
    if order.order_state == "draft":
        return None
    return render_template(
        "console/change_panel.html",
        order=order,
        changes=tuple(reversed(found)),
        words=changes_words,
        why=_rule,
    )


def _wizard(number: str, kind: ChangeKind) -> ResponseReturnValue:
    if request.method == "GET":
        return _page(number, kind)
    try:
        if "confirmed" in request.form:
            return _do(number, kind)
        return _page(number, kind, is_asked=True)
    except Invalid as error:
        return _page(number, kind, errors=changes_forms.messages(error)), 422
    except ChangeRefused as error:
        said = [_said(cause) for cause in error.decision.causes]
        lacks = changes_forms.lacking(kind, request.form)
        return _page(number, kind, refusals=said, errors=lacks), 409
    except Stale:
        flash(_("The order has changed meanwhile. This is how it is now."), "attention")
        return redirect(request.path, 303)


def _do(number: str, kind: ChangeKind) -> ResponseReturnValue:
    with runtime().unit_of_work(actor()) as uow:
        order = orders.find(uow.session, number)
        book = open_book(uow.session, order.id, now=uow.now)
        view = changing.request(
            uow,
            Wanted(
                order_id=order.id,
                wish=changes_forms.read(kind, request.form, book),
                channel=CHANNEL,
                key=f"console:{changes_forms.key(request.form)}",
                version=changes_forms.version(request.form),
                digest=request.form.get("digest", ""),
            ),
        )
        if view.is_open:
            changing.confirm(uow, view.id)
    said = _("It is cancelled.") if kind is ChangeKind.CANCEL else _("The order is changed.")
    flash(said, "success")
    return redirect(url_for("console_orders.one", number=order.number), 303)


def _page(
    number: str,
    kind: ChangeKind,
    *,
    is_asked: bool = False,
    errors: Mapping[str, str] | None = None,
    refusals: list[str] | None = None,
) -> str:
    house = runtime()
    with house.database.looking() as session:
        order = orders.find(session, number)
        book = open_book(session, order.id, now=house.clock.now())
        seen = None
        if is_asked:
            wish: Wish = changes_forms.read(kind, request.form, book)
            seen = changing_preview.look(session, book, wish)[0]
            if seen.decision.is_refused:
                raise ChangeRefused(seen.decision)
        facts = changes_shown.facts(session, book, kind)
    return render_template(
        "console/change.html",
        area="console",
        order=order,
        kind=kind,
        seen=seen,
        doubts=[_said(cause) for cause in seen.decision.causes] if seen else [],
        errors=dict(errors or {}),
        refusals=refusals or [],
        given=request.form,
        key=request.form.get("key") or ids.token(),
        words=changes_words,
        kinds=orders_words.METHODS,
        way=changes_shown.way(book, seen),
        written=changes_shown.written(seen.wish) if seen else (),
        wished=changes_shown.wished(seen.wish) if seen else "",
        **facts,
    )


def _decide(
    number: str,
    position: int,
    how: Callable[[UnitOfWork, int], ChangeView],
    said: str,
) -> ResponseReturnValue:
    try:
        with runtime().unit_of_work(actor()) as uow:
            order: OrderView = orders.find(uow.session, number)
            how(uow, changes.of_order_at(uow.session, order.id, position).id)
    except ChangeDecided:
        flash(_("Somebody has decided about it already."), "attention")
    except ChangeRefused as error:
        flash(" ".join(_said(cause) for cause in error.decision.causes), "danger")
    except (Stale, Invalid):
        flash(_("It would bring something else now. Please ask for it anew."), "attention")
    else:
        flash(said, "success")
    return redirect(url_for("console_orders.one", number=number), 303)


def _said(cause: Cause) -> str:
    return reasons.say(cause, spoken())


def _rule(code: str) -> str:
    """Why a change waits for a person; a rule whose words need numbers is not put into words."""
    found = next((one for one in reasons.WORDS if str(one) == code), None)
    if found is None or "{" in reasons.WORDS[found]["en"]:
        return ""
    return _said(Cause(found))
