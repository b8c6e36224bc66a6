"""Purchase orders at the console: order goods, book in what comes, end what will not come."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from oms_service.access.guard import actor, guard
from oms_service.catalog import queries as catalog
from oms_service.console import reach
from oms_service.console import stock_forms as forms
from oms_service.console import stock_words as words
from oms_service.console.stock_forms import Draft
from oms_service.inventory import papers, purchasing
from oms_service.inventory.papers import PurchaseView
from oms_service.inventory.purchasing import Came, NewPurchase
from oms_service.inventory.states import OPEN_PURCHASES
from oms_service.kernel.errors import DomainError
from oms_service.runtime import runtime
from oms_service.web.texts import gettext

blueprint = Blueprint(
    "console_purchases", __name__, url_prefix="/console/purchases", template_folder="templates"
)

PAGE: Final = 40


def _(text: str, **values: object) -> str:
    return str(gettext(text, **values))


@blueprint.get("")
@guard("stock:read")
def listed() -> str:
    is_open = request.args.get("view") != "all"
    with runtime().database.looking() as session:
        found = papers.purchases(
            session,
            is_open=is_open,
            among=reach.mine(),
            cursor=request.args.get("after", ""),
            limit=PAGE,
        )
        names = words.places(session)
    here = {} if is_open else {"view": "all"}
    return render_template(
        "console/stock/purchases.html",
        area="console",
        views=found.items,
        names=names,
        states=words.PURCHASES,
        is_open=is_open,
        today=runtime().clock.now().astimezone(runtime().settings.zone).date(),
        open_states=OPEN_PURCHASES,
        **forms.paging("console_purchases.listed", here, found.next_cursor),
    )


@blueprint.get("/new")
@guard("stock:buy")
def ask_order() -> str:
    return _new_page(Draft(), forms.fresh_key())


@blueprint.post("/new")
@guard("stock:buy")
def order() -> ResponseReturnValue:
    """Add an item, or order what is on the form."""
    with runtime().database.looking() as session:
        draft = forms.read(session, ["quantity"], counts="quantity")
        places = {place.code: place.id for place in reach.places(session)}
    if not _is_sent(draft):
        return _new_page(draft, forms.text("key"))
    units = draft.numbers("quantity", least=1)
    expected_on = forms.day("expected_on")
    if expected_on is None:
        draft.errors["expected_on"] = _("Choose the day the goods should come.")
    if not draft.errors and expected_on is not None:
        try:
            with runtime().unit_of_work(actor()) as uow:
                view = purchasing.order(
                    uow,
                    NewPurchase(
                        supplier=forms.text("supplier"),
                        reference=forms.text("reference"),
                        location_id=places.get(forms.text("location"), 0),
                        expected_on=expected_on,
                        units=units,
                        key=forms.command_key(),
                    ),
                )
        except DomainError as error:
            draft.errors |= forms.fields_of(error)
        else:
            flash(_("Ordered. The goods count as incoming from now on."), "success")
            return redirect(url_for("console_purchases.one", number=view.number), 303)
    return _new_page(draft, forms.text("key")), 422


@blueprint.get("/<number>")
@guard("stock:read")
def one(number: str) -> str:
    return _page(number, None, forms.fresh_key())


@blueprint.post("/<number>/receive")
@guard("stock:receive")
def receive(number: str) -> ResponseReturnValue:
    """Count one more by a scan, or book in what is on the form."""
    with runtime().database.looking() as session:
        view = papers.purchase(session, number)
        on_it = {line.variant_id: line for line in view.lines}
        draft = forms.read(session, ["received", "damaged"], counts="received", among=on_it)
    if not _is_sent(draft):
        return _page(number, draft, forms.text("key"))
    sound, damaged = draft.numbers("received"), draft.numbers("damaged")
    came = {
        of: Came(received=sound[of], damaged=damaged[of])
        for of in draft.lines
        if sound.get(of) or damaged.get(of)
    }
    if not draft.errors:
        try:
            with runtime().unit_of_work(actor()) as uow:
                purchasing.receive(
                    uow,
                    view.id,
                    came,
                    key=forms.command_key(),
                    delivery_note=forms.text("delivery_note"),
                )
        except DomainError as error:
            draft.errors |= forms.fields_of(error)
        else:
            flash(_("Booked in. Sound units can be sold now."), "success")
            return redirect(url_for("console_purchases.one", number=number), 303)
    return _page(number, draft, forms.text("key")), 422


@blueprint.post("/<number>/reschedule")
@guard("stock:buy")
def reschedule(number: str) -> ResponseReturnValue:
    view = _find(number)
    expected_on = forms.day("expected_on")
    if expected_on is None:
        flash(_("Choose the day the goods should come."), "attention")
    else:
        forms.do(
            lambda uow: purchasing.reschedule(uow, view.id, expected_on, version=forms.version()),
            _("The new day is kept."),
        )
    return redirect(url_for("console_purchases.one", number=number), 303)


@blueprint.post("/<number>/end")
@guard("stock:buy")
def end(number: str) -> ResponseReturnValue:
    view = _find(number)
    forms.do(
        lambda uow: purchasing.end(
            uow, view.id, reason=forms.text("reason"), version=forms.version()
        ),
        _("Ended. Nothing more is expected of it."),
    )
    return redirect(url_for("console_purchases.one", number=number), 303)


def _is_sent(draft: Draft) -> bool:
    """Whether the form is meant as a whole: not to add, remove or look up an item."""
    is_look_up = forms.is_adding() or request.form.get("remove") is not None
    return not is_look_up and "code" not in draft.errors


def _find(number: str) -> PurchaseView:
    with runtime().database.looking() as session:
        return papers.purchase(session, number)


def _new_page(draft: Draft, key: str) -> str:
    with runtime().database.looking() as session:
        places = reach.places(session)
    return render_template(
        "console/stock/purchase_new.html",
        area="console",
        places=[(place.code, words.in_words(place.name)) for place in places],
        draft=draft,
        named=words.named,
        key=key,
        typed={
            name: forms.text(name) for name in ("supplier", "reference", "expected_on", "location")
        },
    )


def _page(number: str, draft: Draft | None, key: str) -> str:
    with runtime().database.looking() as session:
        view = papers.purchase(session, number)
        variants = catalog.variants(session, [line.variant_id for line in view.lines])
        said: Mapping[str, Any] = {
            "receipts": papers.receipts(session, view.id),
            "names": words.places(session),
            "tell": words.Ledger(session),
            "reasons": [(one.code, words.in_words(one.words)) for one in papers.reasons(session)],
        }
    return render_template(
        "console/stock/purchase.html",
        area="console",
        view=view,
        variants=variants,
        named=words.named,
        state=words.PURCHASES[view.state],
        is_open=view.state in OPEN_PURCHASES,
        draft=draft or Draft(),
        key=key,
        delivery_note=forms.text("delivery_note"),
        **said,
    )
