"""Transfers at the console: ask, send, receive, and explain what differs."""

from collections.abc import Callable
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from oms_service.access.guard import actor, guard
from oms_service.catalog import queries as catalog
from oms_service.console import reach
from oms_service.console import stock_forms as forms
from oms_service.console import stock_words as words
from oms_service.console.stock_forms import Draft
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import papers, queries, transfers
from oms_service.inventory.papers import TransferView
from oms_service.inventory.purchasing import Came
from oms_service.inventory.states import TRANSFER, Explanation, TransferAction
from oms_service.inventory.transfers import OF_MISSING, OF_SURPLUS, NewTransfer
from oms_service.kernel.errors import DomainError
from oms_service.runtime import runtime
from oms_service.web.texts import gettext

blueprint = Blueprint(
    "console_transfers", __name__, url_prefix="/console/transfers", template_folder="templates"
)

PAGE: Final = 40


def _(text: str, **values: object) -> str:
    return str(gettext(text, **values))


@blueprint.get("")
@guard("stock:read")
def listed() -> str:
    is_open = request.args.get("view") != "all"
    with runtime().database.looking() as session:
        found = papers.transfers(
            session,
            is_open=is_open,
            among=reach.mine(),
            cursor=request.args.get("after", ""),
            limit=PAGE,
        )
        names = words.places(session)
    here = {} if is_open else {"view": "all"}
    return render_template(
        "console/stock/transfers.html",
        area="console",
        views=found.items,
        names=names,
        states=words.TRANSFERS,
        is_open=is_open,
        **forms.paging("console_transfers.listed", here, found.next_cursor),
    )


@blueprint.get("/new")
@guard("stock:transfer")
def ask_request() -> str:
    return _new_page(Draft(), forms.fresh_key())


@blueprint.post("/new")
@guard("stock:transfer")
def ask() -> ResponseReturnValue:
    """Add an item, or ask for what is on the form."""
    with runtime().database.looking() as session:
        draft = forms.read(session, ["quantity"], counts="quantity")
        places = {place.code: place.id for place in queries.locations(session)}
    if forms.is_adding() or request.form.get("remove") is not None or draft.errors:
        return _new_page(draft, forms.text("key"))
    reach.check(*(places.get(forms.text(one), 0) for one in ("from_location", "to_location")))
    units = draft.numbers("quantity", least=1)
    if not draft.errors:
        try:
            with runtime().unit_of_work(actor()) as uow:
                view = transfers.request(
                    uow,
                    NewTransfer(
                        from_location_id=places.get(forms.text("from_location"), 0),
                        to_location_id=places.get(forms.text("to_location"), 0),
                        expected_on=forms.day("expected_on"),
                        units=units,
                        key=forms.command_key(),
                    ),
                )
        except DomainError as error:
            draft.errors |= forms.fields_of(error)
        else:
            flash(_("Asked for. Send the goods when they are packed."), "success")
            return redirect(url_for("console_transfers.one", number=view.number), 303)
    return _new_page(draft, forms.text("key")), 422


@blueprint.get("/<number>")
@guard("stock:read")
def one(number: str) -> str:
    return _page(number, None)


@blueprint.post("/<number>/dispatch")
@guard("stock:transfer")
def dispatch(number: str) -> ResponseReturnValue:
    """Count one more by a scan, or send what is on the form."""
    view = _find(number)
    with runtime().database.looking() as session:
        on_it = {line.variant_id: line for line in view.lines}
        draft = forms.read(session, ["sent"], counts="sent", among=on_it)
    if forms.is_adding() or draft.errors:
        return _page(number, draft)
    sent = draft.numbers("sent")
    return _step(
        number,
        draft,
        lambda uow: transfers.dispatch(uow, view.id, sent, version=forms.version()),
        _("Sent. The goods are on their way."),
    )


@blueprint.post("/<number>/receive")
@guard("stock:transfer")
def receive(number: str) -> ResponseReturnValue:
    """Count one more by a scan, or book in what is on the form."""
    view = _find(number)
    with runtime().database.looking() as session:
        on_it = {line.variant_id: line for line in view.lines}
        draft = forms.read(session, ["received", "damaged"], counts="received", among=on_it)
    if forms.is_adding() or draft.errors:
        return _page(number, draft)
    sound, damaged = draft.numbers("received"), draft.numbers("damaged")
    came = {of: Came(received=sound.get(of, 0), damaged=damaged.get(of, 0)) for of in draft.lines}
    return _step(
        number,
        draft,
        lambda uow: transfers.receive(uow, view.id, came, version=forms.version()),
        _("Booked in."),
    )


@blueprint.post("/<number>/settle")
@guard("stock:transfer")
def settle(number: str) -> ResponseReturnValue:
    view = _find(number)
    with runtime().database.reading() as connection:
        known = catalog.variants(connection, [line.variant_id for line in view.differing])
    said = {of: forms.text(f"why-{variant.sku}") for of, variant in known.items()}
    codes = {one.value for one in Explanation}
    why = {of: Explanation(code) for of, code in said.items() if code in codes}
    return _step(
        number,
        Draft(),
        lambda uow: transfers.settle(uow, view.id, why, version=forms.version()),
        _("Explained. Both locations are right again."),
    )


@blueprint.post("/<number>/take-over")
@guard("stock:transfer")
def take_over(number: str) -> ResponseReturnValue:
    view = _find(number)
    forms.do(lambda uow: transfers.take_over(uow, view.id), _("It is yours to explain now."))
    return redirect(url_for("console_transfers.one", number=number), 303)


@blueprint.post("/<number>/cancel")
@guard("stock:transfer")
def cancel(number: str) -> ResponseReturnValue:
    view = _find(number)
    forms.do(lambda uow: transfers.cancel(uow, view.id, version=forms.version()), _("Called off."))
    return redirect(url_for("console_transfers.one", number=number), 303)


def _step(
    number: str, draft: Draft, how: Callable[[UnitOfWork], TransferView], said: str
) -> ResponseReturnValue:
    """Take a step with what is on the form, or show the form again with what is wrong."""
    if not draft.errors:
        try:
            with runtime().unit_of_work(actor()) as uow:
                how(uow)
        except DomainError as error:
            draft.errors |= forms.fields_of(error)
        else:
            flash(said, "success")
            return redirect(url_for("console_transfers.one", number=number), 303)
    return _page(number, draft), 422


def _find(number: str) -> TransferView:
    with runtime().database.looking() as session:
        return papers.transfer(session, number)


def _new_page(draft: Draft, key: str) -> str:
    with runtime().database.looking() as session:
        places = queries.locations(session)
    return render_template(
        "console/stock/transfer_new.html",
        area="console",
        places=[(place.code, words.in_words(place.name)) for place in places],
        draft=draft,
        named=words.named,
        key=key,
        typed={name: forms.text(name) for name in ("from_location", "to_location", "expected_on")},
    )


def _page(number: str, draft: Draft | None) -> str:
    with runtime().database.looking() as session:
        view = papers.transfer(session, number)
        variants = catalog.variants(session, [line.variant_id for line in view.lines])
        names = words.places(session)
        tell = words.Ledger(session)
    return render_template(
        "console/stock/transfer.html",
        area="console",
        view=view,
        variants=variants,
        named=words.named,
        names=names,
        tell=tell,
        state=words.TRANSFERS[view.state],
        actions={str(one) for one in TRANSFER.actions_from(view.state)},
        settles=TransferAction.SETTLE in TRANSFER.actions_from(view.state),
        explanations=words.EXPLANATIONS,
        of_missing=_choices(OF_MISSING),
        of_surplus=_choices(OF_SURPLUS),
        draft=draft or Draft(),
    )


def _choices(among: tuple[Explanation, ...]) -> list[dict[str, str]]:
    return [{"value": one.value, "label": _(words.EXPLANATIONS[one])} for one in among]
