"""Saved views on the desk: kept from the inbox, called otherwise, ordered, shared, taken away."""

from collections.abc import Callable
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cases.finding import pages, saving, words
from cases.finding.filters import Key
from cases.finding.saving import TooManyViews, ViewWish
from oms_service.access.guard import actor, guard, staff
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid, Stale
from oms_service.runtime import runtime
from oms_service.web.texts import gettext

blueprint = Blueprint("finding_views", __name__, url_prefix="/desk/views")

#: More digits than this make no position and no version.
_DIGITS: Final = 9


def _(text: str) -> str:
    return str(gettext(text))


def _shares() -> bool:
    return staff().may("cases:assign")


@blueprint.get("")
@guard("cases:read")
def several() -> str:
    """One's own views and the shared ones."""
    with runtime().database.reading() as connection:
        stored = saving.of(connection, staff().id)
        called = pages.names(connection)
    shown = [
        {
            "view": one,
            "what": [
                (
                    _(words.KEYS[key]),
                    [called.options(key).get(value, value) for value in one.filters[key]],
                )
                for key in Key
                if one.filters.get(key)
            ],
            "sort": _(words.SORTS[one.sort]),
            "owner": called.staff.get(one.owner_id or 0, ""),
            "is_mine": one.owner_id == staff().id or (one.is_shared and _shares()),
        }
        for one in stored
    ]
    return render_template("finding/views.html", shown=shown, shares=_shares())


@blueprint.post("")
@guard("cases:read")
def save() -> ResponseReturnValue:
    """Keep what the inbox shows as a view."""

    def press(uow: UnitOfWork) -> str:
        asked = pages.read_asked(uow.session.connection())
        made = saving.save(
            uow,
            ViewWish(
                name=request.form.get("name", ""),
                filters=asked.wanted.filters,
                sort=asked.sort,
                is_shared=request.form.get("is_shared") == "yes",
            ),
            shares=_shares(),
        )
        return url_for("finding.inbox", view=made.public_id)

    return _pressed(press, _("Kept. It stands among your views."))


@blueprint.post("/<public_id>")
@guard("cases:read")
def change(public_id: str) -> ResponseReturnValue:
    """Call it otherwise, put it elsewhere, share it or take it back."""

    def press(uow: UnitOfWork) -> str:
        found = saving.one(uow.session, public_id, staff().id)
        saving.change(
            uow,
            public_id,
            ViewWish(
                name=request.form.get("name", ""),
                filters=found.filters,
                sort=found.sort,
                is_shared=request.form.get("is_shared") == "yes",
                position=_number("position"),
            ),
            version=_number("version"),
            shares=_shares(),
        )
        return url_for("finding_views.several")

    return _pressed(press, _("Saved."))


@blueprint.post("/<public_id>/drop")
@guard("cases:read")
def drop(public_id: str) -> ResponseReturnValue:
    def press(uow: UnitOfWork) -> str:
        saving.drop(uow, public_id, shares=_shares())
        return url_for("finding_views.several")

    return _pressed(press, _("The view is gone. Its cases are where they were."))


def _pressed(press: Callable[[UnitOfWork], str], done: str) -> ResponseReturnValue:
    back = url_for("finding_views.several")
    try:
        with runtime().unit_of_work(actor()) as uow:
            there = press(uow)
    except Stale:
        flash(_("Somebody changed this view meanwhile. This is how it stands now."), "attention")
    except TooManyViews:
        flash(_("There are as many views as anybody reads. Take one away first."), "attention")
    except Invalid as refused:
        flash(_why(refused), "danger")
        if request.endpoint == "finding_views.save":
            back = url_for("finding.inbox")
    else:
        flash(done, "success")
        return redirect(there, 303)
    return redirect(back, 303)


def _why(refused: Invalid) -> str:
    if "name" in refused.fields:
        return _("Give the view a name of 1 to 60 characters.")
    if "position" in refused.fields:
        return _("The place is a number from 0 to 999.")
    if "is_shared" in refused.fields:
        return _("Only those who lead cases share views with everybody.")
    return _("What the list was narrowed down to cannot be kept.")


def _number(name: str) -> int:
    written = request.form.get(name, "")
    is_one = written.isascii() and written.isdecimal() and len(written) <= _DIGITS
    return int(written) if is_one else -1
