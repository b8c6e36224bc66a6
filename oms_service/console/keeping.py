"""How long what is kept of customers stays: the shop's rules, with what would go before it goes."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from oms_service.access import queries as access
from oms_service.access.guard import actor, guard
from oms_service.infra.keeping import MOST_DAYS, Rules
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.kernel.errors import Invalid, Stale
from oms_service.runtime import runtime
from oms_service.web.texts import N_, gettext

blueprint = Blueprint(
    "console_keeping", __name__, url_prefix="/console/keeping", template_folder="templates"
)

_DIGITS: Final = 9
#: What a field holds that is no number: no rule allows it.
_NO_NUMBER: Final = -1
#: What the law wants kept, or what the books stand on; nothing here ever deletes it.
BY_LAW: Final = (
    (
        N_("Invoices, receipts and credit notes"),
        N_("Seven years from when the year's tax return was due, ten if it was a loss."),
    ),
    (
        N_("Orders, payments, refunds and movements of stock"),
        N_("As long as invoices: they are the books behind them."),
    ),
    (
        N_("Names and addresses of customers"),
        N_("Until somebody asks to be forgotten; then they go at once, and the books stay."),
    ),
)


def _(text: str, **values: object) -> str:
    return str(gettext(text, **values))


@blueprint.get("")
@guard("keeping:manage")
def rules() -> str:
    """What is kept for how long, and how much is over already."""
    return _page()


@blueprint.post("")
@guard("keeping:manage")
def change() -> ResponseReturnValue:
    """First what would go under other days, then, confirmed, let them hold."""
    typed = {kept.name: _typed(kept.name) for kept in runtime().keeping.all()}
    try:
        if "confirmed" not in request.form:
            return _page(typed=typed, is_looked_at=True)
        with runtime().unit_of_work(actor()) as uow:
            runtime().keeping.change(uow, typed, version=_whole(request.form.get("version", "")))
    except Invalid as error:
        return _page(typed=typed, errors=error.fields), 422
    except Stale:
        flash(
            _("A colleague has changed these rules meanwhile. This is how they are now."),
            "attention",
        )
    else:
        flash(_("These rules hold from now on. What is over goes within the hour."), "success")
    return redirect(url_for("console_keeping.rules"), 303)


def _page(
    *,
    typed: Mapping[str, int | None] | None = None,
    errors: Mapping[str, str] | None = None,
    is_looked_at: bool = False,
) -> str:
    house = runtime()
    with house.database.looking() as session:
        held = house.keeping.rules(session)
        days = typed or {name: one.days for name, one in held.of.items()}
        due = {} if errors else house.keeping.due(session, days, now=house.clock.now())
        names = access.staff_names(session)
    return render_template(
        "console/keeping.html",
        area="console",
        kinds=house.keeping.all(),
        rules=held,
        days=days,
        due=due,
        errors={f"days-{name}": _wrong(name) for name in errors or {}},
        said={name: request.form.get(f"days-{name}", "") for name in days} if errors else {},
        is_looked_at=is_looked_at,
        changed=_changed(held, names),
        by_law=BY_LAW,
    )


def _changed(held: Rules, names: Mapping[int, str]) -> Mapping[str, Any]:
    """Who said it, by kind; nobody where the shop has said nothing."""
    found = {}
    for name, rule in held.of.items():
        who = Actor.from_ref(rule.changed_by) if rule.changed_by else None
        if who is not None and rule.changed_at is not None:
            colleague = names.get(int(who.id), "") if who.kind is ActorKind.STAFF else ""
            found[name] = (colleague, rule.changed_at)
    return found


def _wrong(name: str) -> str:
    least = next(one.least_days for one in runtime().keeping.all() if one.name == name)
    return _(
        "Enter whole days from %(least)s to %(most)s, or nothing to keep it for ever.",
        least=least,
        most=MOST_DAYS,
    )


def _typed(name: str) -> int | None:
    """Days as typed: none is for ever."""
    said = request.form.get(f"days-{name}", "").strip()
    return _whole(said) if said else None


def _whole(said: str) -> int:
    plain = said.strip()
    return int(plain) if plain.isdecimal() and len(plain) <= _DIGITS else _NO_NUMBER
