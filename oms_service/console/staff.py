"""Pages of colleagues: their roles, what they are limited to, and what they may give alone."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from oms_service.access import doors, permissions, queries, words
from oms_service.access import staff as colleagues
from oms_service.access.guard import actor, guard
from oms_service.access.guard import staff as at_hand
from oms_service.access.queries import ChangeView
from oms_service.access.states import Role, ScopeKind
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Words, say
from oms_service.kernel.money import EXPONENTS, Money
from oms_service.payments import limits
from oms_service.payments.limits import OwnLimit
from oms_service.runtime import runtime
from oms_service.sales import queries as sales
from oms_service.web import formats
from oms_service.web.languages import spoken
from oms_service.web.texts import N_, gettext

blueprint = Blueprint(
    "console_staff", __name__, url_prefix="/console/staff", template_folder="templates"
)

#: As many digits as an id may have.
_DIGITS: Final = 15
_KINDS: Final = {
    "roles": N_("Roles"),
    ScopeKind.QUEUE: N_("Queues"),
    ScopeKind.LOCATION: N_("Locations"),
    "refund_up_to_minor": N_("Refunds alone"),
    "goodwill_up_to_minor": N_("Goodwill alone"),
    "second_step": N_("Second step"),
    "password": N_("Password"),
    "provider": N_("Signs in with"),
}
#: How the fields of own limits begin; the currency follows.
_LIMITS: Final = {"refund": "refund_up_to_minor", "goodwill": "goodwill_up_to_minor"}
_WRONG: Final = {
    "role": N_("Choose at least one role."),
    ScopeKind.QUEUE: N_("One of these queues is not there any more. Choose again."),
    ScopeKind.LOCATION: N_("One of these locations is not there any more. Choose again."),
}


def _(text: str) -> str:
    return str(gettext(text))


@blueprint.get("")
@guard("staff:manage")
def listed() -> str:
    """Everybody who may sign in, or might once."""
    with runtime().database.reading() as connection:
        return render_template(
            "console/staff.html",
            area="console",
            colleagues=queries.all_staff(connection),
            roles=words.ROLES,
            names=_names(connection),
            Scope=ScopeKind,
        )


@blueprint.route("/<int(max=999999999999999):staff_id>", methods=["GET", "POST"])
@guard("staff:manage")
def one(staff_id: int) -> ResponseReturnValue:
    """What one colleague may do and see, and what was changed of it."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        if staff_id == at_hand().id:
            flash(_("Ask another colleague to change your own rights."), "attention")
            return redirect(url_for("console_staff.one", staff_id=staff_id), 303)
        errors = _changed(staff_id)
        if not errors:
            flash(_("Kept. It holds from their next click on."), "success")
            return redirect(url_for("console_staff.one", staff_id=staff_id), 303)
    page = _page(staff_id, errors)
    return (page, 422) if errors else page


def _changed(staff_id: int) -> dict[str, str]:
    form = request.form
    wanted, wrong_amounts = _typed_limits()
    if wrong_amounts:
        return wrong_amounts
    roles = [Role(one) for one in form.getlist("role") if one in set(permissions.STAFF_ROLES)]
    try:
        with runtime().unit_of_work(actor()) as uow:
            found = queries.staff_by_id(uow.session, staff_id)
            queues, locations = (
                doors.check_offered(
                    runtime(), uow.session.connection(), kind, _ids(form.getlist(kind))
                )
                for kind in (ScopeKind.QUEUE, ScopeKind.LOCATION)
            )
            colleagues.set_roles(uow, found.mail, roles)
            colleagues.limit(uow, staff_id, queues=queues, locations=locations)
            colleagues.set_refund_limits(uow, staff_id, wanted)
    except Invalid as wrong:
        return {name: _(_WRONG[name]) for name in wrong.fields}
    return {}


def _typed_limits() -> tuple[list[OwnLimit], dict[str, str]]:
    """The own limits that the form says, by currency, and what is wrong with which field."""
    found: dict[str, dict[str, int]] = {}
    errors = {}
    for field, typed in request.form.items():
        kind, _at, currency = field.partition("_")
        if kind not in _LIMITS or currency not in EXPONENTS or not typed.strip():
            continue
        try:
            minor = Money.parse(typed.strip().replace(",", "")[:20], currency).minor
        except ValueError:
            minor = -1
        if 0 <= minor <= limits.MOST_MINOR:
            found.setdefault(currency, {})[_LIMITS[kind]] = minor
        else:
            errors[field] = _("Enter an amount from 0 on, or leave it empty.")
    return [OwnLimit(currency=one, **amounts) for one, amounts in found.items()], errors


def _limit_fields(connection: Connection, staff_id: int) -> list[dict[str, str]]:
    """A field for each currency the shop sells in, and each kind; as typed, or as it holds."""
    own = {one.currency: one for one in limits.of(connection, staff_id)}
    with runtime().database.looking() as session:
        currencies = {one.currency for one in sales.channels(session)} | own.keys()
    fields = []
    for currency in sorted(currencies, key=lambda one: (one not in own, one)):
        for kind, name in _LIMITS.items():
            minor = getattr(own.get(currency), name, None)
            kept = "" if minor is None else str(Money(minor, currency).decimal)
            field = f"{kind}_{currency}"
            typed = request.form.get(field, kept)
            fields.append({"name": field, "kind": kind, "currency": currency, "value": typed})
    return fields


def _ids(typed: list[str]) -> set[int]:
    """The ids that are chosen; what is none is 0, which nothing has."""
    return {
        int(one) if one.isascii() and one.isdecimal() and len(one) <= _DIGITS else 0
        for one in typed
    }


def _page(staff_id: int, errors: Mapping[str, str]) -> str:
    form = request.form
    with runtime().database.reading() as connection:
        found = queries.staff_by_id(connection, staff_id)
        names = _names(connection)
        people = queries.staff_names(connection)
        changes = queries.changes_of(connection, staff_id)
        own_limits = _limit_fields(connection, staff_id)
    is_typed = request.method == "POST"
    return render_template(
        "console/staff_one.html",
        area="console",
        colleague=found,
        is_me=staff_id == at_hand().id,
        roles=[
            {"value": str(role), "label": words.ROLES[role]} for role in permissions.STAFF_ROLES
        ],
        chosen=form.getlist("role") if is_typed else sorted(found.roles),
        scopes=[
            {
                "name": str(kind),
                "options": [
                    {"value": str(one), "label": say(name, spoken())}
                    for one, name in names[kind].items()
                ],
                "chosen": form.getlist(kind) if is_typed else [str(n) for n in found.scope(kind)],
            }
            for kind in ScopeKind
        ],
        own_limits=own_limits,
        errors=errors,
        changes=[(one, _who(one.by, people), _told(one, names)) for one in changes],
    )


def _names(reader: Connection) -> dict[ScopeKind, Mapping[int, Words]]:
    return {kind: runtime().scopes[kind](reader) for kind in ScopeKind}


def _who(ref: str, people: Mapping[int, str]) -> str:
    by = Actor.from_ref(ref)
    return people.get(int(by.id), "") if by.kind is ActorKind.STAFF else _("the system")


def _told(
    change: ChangeView, names: Mapping[ScopeKind, Mapping[int, Words]]
) -> list[tuple[str, str, str]]:
    """What was changed, and how it was and is, in words."""

    def listing(kind: str, values: list[Any]) -> str:
        if kind == "roles":
            return ", ".join(str(words.ROLES[Role(one)]) for one in values)
        if kind in _LIMITS.values():
            amounts = [formats.money(Money(minor, code), spoken()) for code, minor in values]
            return ", ".join(amounts) or _("As their roles say")
        if kind == "second_step":
            return _("Switched on") if values else _("Switched off")
        if kind == "password":
            return _("Changed") if values else ""
        if kind == "provider":
            return ", ".join(words.provider(one) for one in values)
        known = names[ScopeKind(kind)]
        return ", ".join(say(known[one], spoken()) for one in values if one in known) or _("All")

    return [
        (_(_KINDS[kind]), listing(kind, one["was"]), listing(kind, one["is"]))
        for kind, one in change.data.items()
    ]
