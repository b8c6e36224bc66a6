"""Counts at the console: make a sheet, scan or type what is there, approve what differs."""

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
from oms_service.inventory import counting, papers, queries
from oms_service.inventory.counting import NewCount
from oms_service.inventory.papers import CountView
from oms_service.inventory.writing import MOST_LINES
from oms_service.kernel.errors import DomainError
from oms_service.runtime import runtime
from oms_service.web.texts import gettext

blueprint = Blueprint(
    "console_counts", __name__, url_prefix="/console/counts", template_folder="templates"
)

PAGE: Final = 40


def _(text: str, **values: object) -> str:
    return str(gettext(text, **values))


def waiting() -> int | None:
    """How many sheets wait for approval, for the navigation."""
    with runtime().database.looking() as session:
        return papers.counts_to_approve(session) or None


@blueprint.get("")
@guard("stock:read")
def listed() -> str:
    is_open = request.args.get("view") != "all"
    with runtime().database.looking() as session:
        found = papers.counts(
            session,
            is_open=is_open,
            among=reach.mine(),
            cursor=request.args.get("after", ""),
            limit=PAGE,
        )
        names = words.places(session)
        tell = words.Ledger(session)
    here = {} if is_open else {"view": "all"}
    return render_template(
        "console/stock/counts.html",
        area="console",
        views=found.items,
        names=names,
        tell=tell,
        states=words.COUNTS,
        is_open=is_open,
        **forms.paging("console_counts.listed", here, found.next_cursor),
    )


@blueprint.get("/new")
@guard("stock:count")
def ask_start() -> str:
    return _new_page(Draft(), forms.fresh_key())


@blueprint.post("/new")
@guard("stock:count")
def start() -> ResponseReturnValue:
    """Add an item, or make the sheet; without an item, of all the location keeps."""
    with runtime().database.looking() as session:
        draft = forms.read(session, [], counts="lines")
        places = {place.code: place.id for place in reach.places(session)}
        location_id = places.get(forms.text("location"), 0)
        kept = queries.levels(session, location_id=location_id, limit=MOST_LINES)
    if forms.is_adding() or request.form.get("remove") is not None or draft.errors:
        return _new_page(draft, forms.text("key"))
    if not draft.lines and kept.next_cursor is not None:
        draft.errors["code"] = _("This location keeps too many items for one sheet. Add some.")
        return _new_page(draft, forms.text("key")), 422
    chosen = list(draft.lines) or [level.variant_id for level in kept.items]
    try:
        with runtime().unit_of_work(actor()) as uow:
            view = counting.start(
                uow,
                NewCount(location_id=location_id, variant_ids=chosen, key=forms.command_key()),
            )
    except DomainError as error:
        draft.errors |= forms.fields_of(error)
        return _new_page(draft, forms.text("key")), 422
    flash(_("The sheet is made. Count what is on the shelf."), "success")
    return redirect(url_for("console_counts.one", number=view.number), 303)


@blueprint.get("/<number>")
@guard("stock:read")
def one(number: str) -> str:
    return _page(number, None)


@blueprint.post("/<number>/lines")
@guard("stock:count")
def enter(number: str) -> ResponseReturnValue:
    """Count one more by a scan, or keep what is on the form."""
    view = _find(number)
    with runtime().database.looking() as session:
        draft = forms.read(session, ["counted"], counts="counted")
    if forms.is_adding() or draft.errors:
        return _page(number, draft)
    counted = draft.numbers("counted", needed=False)
    before = {line.variant_id: line.counted for line in view.lines}
    changed = {of: units for of, units in counted.items() if before.get(of) != units}
    is_last = request.form.get("do") == "submit"
    if not draft.errors:
        try:
            with runtime().unit_of_work(actor()) as uow:
                if changed:
                    counting.enter(uow, view.id, changed)
                if is_last:
                    counting.submit(uow, view.id)
        except DomainError as error:
            draft.errors |= forms.fields_of(error)
        else:
            said = _("Handed in for approval.") if is_last else _("Kept. You can go on counting.")
            flash(said, "success")
            return redirect(url_for("console_counts.one", number=number), 303)
    return _page(number, draft), 422


@blueprint.post("/<number>/approve")
@guard("stock:adjust")
def approve(number: str) -> ResponseReturnValue:
    return _step(number, counting.approve, _("Approved. The books say what was counted."))


@blueprint.post("/<number>/send-back")
@guard("stock:adjust")
def send_back(number: str) -> ResponseReturnValue:
    return _step(number, counting.send_back, _("Sent back to be counted again."))


@blueprint.post("/<number>/cancel")
@guard("stock:count")
def cancel(number: str) -> ResponseReturnValue:
    return _step(number, counting.cancel, _("Called off. The books stay as they are."))


def _step(number: str, how: Callable[..., CountView], said: str) -> ResponseReturnValue:
    view, version = _find(number), forms.version()

    def take(uow: UnitOfWork) -> CountView:
        return how(uow, view.id, version=version)

    forms.do(take, said)
    return redirect(url_for("console_counts.one", number=number), 303)


def _find(number: str) -> CountView:
    with runtime().database.looking() as session:
        return papers.count(session, number)


def _new_page(draft: Draft, key: str) -> str:
    with runtime().database.looking() as session:
        places = reach.places(session)
    return render_template(
        "console/stock/count_new.html",
        area="console",
        places=[(place.code, words.in_words(place.name)) for place in places],
        draft=draft,
        named=words.named,
        key=key,
        location=forms.text("location"),
    )


def _page(number: str, draft: Draft | None) -> str:
    with runtime().database.looking() as session:
        view = papers.count(session, number)
        shown = {line.variant_id for line in view.lines} | (draft.lines.keys() if draft else set())
        variants = catalog.variants(session, shown)
        levels = {
            level.variant_id: level.on_hand
            for level in queries.availability(session, shown)
            if level.location_id == view.location_id
        }
        names = words.places(session)
        tell = words.Ledger(session)
    return render_template(
        "console/stock/count.html",
        area="console",
        view=view,
        variants=variants,
        levels=levels,
        named=words.named,
        names=names,
        tell=tell,
        state=words.COUNTS[view.state],
        draft=draft or Draft(),
    )
