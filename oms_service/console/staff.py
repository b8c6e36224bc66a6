"""Pages of colleagues: who there is, invitations, roles, limits, and who is shut out."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection
from werkzeug.datastructures import MultiDict

from oms_service.access import doors, invitations, permissions, queries, words
from oms_service.access import staff as colleagues
from oms_service.access.guard import actor, guard
from oms_service.access.guard import staff as at_hand
from oms_service.access.invitation_pages import letters
from oms_service.access.invitations import HasCome
from oms_service.access.queries import ChangeView, StaffView
from oms_service.access.staff import GrantsTooMuch, LastManager, NeverCame
from oms_service.access.states import Role, ScopeKind, StaffState
from oms_service.console.messages_words import cause
from oms_service.conversations import arriving
from oms_service.conversations.states import DeliveryState
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.kernel.errors import Forbidden, Invalid, TooMany
from oms_service.kernel.languages import Language, Words, say
from oms_service.kernel.money import EXPONENTS, Money
from oms_service.payments import limits
from oms_service.payments.limits import OwnLimit
from oms_service.runtime import runtime
from oms_service.sales import queries as sales
from oms_service.web import formats
from oms_service.web.languages import OWN_NAMES, spoken
from oms_service.web.texts import N_, gettext

blueprint = Blueprint(
    "console_staff", __name__, url_prefix="/console/staff", template_folder="templates"
)

PAGE: Final = 50
FILTERS: Final = ("q", "role", "state", "second_step")
_LONGEST: Final = 60
_SECOND_STEPS: Final = {"on": True, "off": False}
_GIVEN: Final = frozenset(str(one) for one in permissions.STAFF_ROLES)
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
    "state": N_("State"),
}
#: How the fields of own limits begin; the currency follows.
_LIMITS: Final = {"refund": "refund_up_to_minor", "goodwill": "goodwill_up_to_minor"}
_WRONG: Final = {
    "mail": N_("Enter a mail address, such as name@example.jp."),
    "name": N_("Enter a name of at most 160 characters."),
    "role": N_("Choose at least one role."),
    ScopeKind.QUEUE: N_("One of these queues is not there any more. Choose again."),
    ScopeKind.LOCATION: N_("One of these locations is not there any more. Choose again."),
}


def _(text: str) -> str:
    return str(gettext(text))


@blueprint.get("")
@guard("staff:manage")
def listed() -> ResponseReturnValue:
    """Everybody who may sign in, is invited to, or might once; narrowed by the address."""
    args, house = request.args, runtime()
    try:
        with house.database.reading() as connection:
            found = queries.listed(
                connection,
                house.clock.now(),
                words=args.get("q", "")[:_LONGEST].replace("\0", "").strip(),
                role=next(
                    (one for one in permissions.STAFF_ROLES if one == args.get("role")), None
                ),
                state=next((one for one in StaffState if one == args.get("state")), None),
                second_step=_SECOND_STEPS.get(args.get("second_step", "")),
                cursor=args.get("cursor", ""),
                limit=PAGE,
            )
            names = _names(connection)
    except Invalid:
        return redirect(url_for("console_staff.listed"))
    return render_template(
        "console/staff.html",
        area="console",
        colleagues=found.items,
        roles=words.ROLES,
        role_choices=[(str(one), words.ROLES[one]) for one in permissions.STAFF_ROLES],
        states=words.STATES,
        names=names,
        now=house.clock.now(),
        Scope=ScopeKind,
        args={name: args.get(name, "") for name in FILTERS},
        is_narrowed=any(args.get(name) for name in FILTERS),
        next_url=_with(cursor=found.next_cursor) if found.next_cursor else None,
        first_url=_with(cursor=None) if args.get("cursor") else None,
    )


@blueprint.route("/invite", methods=["GET", "POST"])
@guard("staff:manage")
def invite() -> ResponseReturnValue:
    """Invite a new colleague: they get a link by mail."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        invited, errors = _invited()
        if invited is not None:
            flash(
                _("%(name)s is invited. The link has gone to their mail.") % {"name": invited.name},
                "success",
            )
            return redirect(url_for("console_staff.one", staff_id=invited.id), 303)
    form, is_typed = request.form, request.method == "POST"
    with runtime().database.reading() as connection:
        names = _names(connection)
    page = render_template(
        "console/staff_invite.html",
        area="console",
        typed={name: form.get(name, "") for name in ("mail", "name")},
        speaks=form.get("language", str(spoken())),
        languages=[(str(one), OWN_NAMES[one]) for one in Language],
        roles=_role_options(),
        chosen=form.getlist("role"),
        scopes=_scope_options(names, lambda kind: form.getlist(kind) if is_typed else []),
        days=invitations.LIFETIME.days,
        errors=errors,
    )
    return (page, 422) if errors else page


def _invited() -> tuple[StaffView | None, dict[str, str]]:
    form = request.form
    language = next((one for one in Language if one == form.get("language")), spoken())
    try:
        with runtime().unit_of_work(actor()) as uow:
            queues, locations = _offered(uow, form)
            made = invitations.invite(
                uow,
                letters(),
                mail=form.get("mail", "")[: colleagues.LONGEST_MAIL + 1],
                name=form.get("name", "")[: colleagues.LONGEST_NAME + 1],
                language=language,
                roles=[Role(one) for one in form.getlist("role") if one in _GIVEN],
                queues=queues,
                locations=locations,
            )
    except Invalid as wrong:
        return None, _said(wrong)
    return made, {}


@blueprint.post("/<int(max=999999999999999):staff_id>/invite-again")
@guard("staff:manage")
def invite_again(staff_id: int) -> ResponseReturnValue:
    """Send who has not come yet a new link."""
    try:
        invitations.may_send(runtime().limits, staff_id=staff_id)
        with runtime().unit_of_work(actor()) as uow:
            invitations.send_again(uow, letters(), staff_id)
    except TooMany as error:
        flash(words.wait(error.wait_s), "attention")
    except GrantsTooMuch:
        flash(_("They may do more than you. Ask somebody who may do as much."), "attention")
    except HasCome:
        flash(_("They have come in already."), "attention")
    else:
        flash(
            _("A new link has gone to their mail. The old one opens nothing any more."), "success"
        )
    return redirect(url_for("console_staff.one", staff_id=staff_id), 303)


@blueprint.post("/<int(max=999999999999999):staff_id>/withdraw")
@guard("staff:manage")
def withdraw(staff_id: int) -> ResponseReturnValue:
    """Let an invitation open nothing any more."""
    try:
        with runtime().unit_of_work(actor()) as uow:
            invitations.withdraw(uow, staff_id)
    except HasCome:
        flash(_("They have come in already."), "attention")
    else:
        flash(_("The invitation is withdrawn. Its link opens nothing any more."), "success")
    return redirect(url_for("console_staff.one", staff_id=staff_id), 303)


@blueprint.post("/<int(max=999999999999999):staff_id>/deactivate")
@guard("staff:manage")
def deactivate(staff_id: int) -> ResponseReturnValue:
    """Shut a colleague out."""
    try:
        with runtime().unit_of_work(actor()) as uow:
            colleagues.deactivate(uow, staff_id)
    except LastManager:
        flash(_("Nobody else looks after colleagues. Give somebody that role first."), "attention")
    except Forbidden:
        flash(_("Ask another colleague to deactivate you."), "attention")
    else:
        flash(_("They are shut out. Their open cases go back to the queue."), "success")
    return redirect(url_for("console_staff.one", staff_id=staff_id), 303)


@blueprint.post("/<int(max=999999999999999):staff_id>/activate")
@guard("staff:manage")
def activate(staff_id: int) -> ResponseReturnValue:
    """Let a colleague in again."""
    try:
        with runtime().unit_of_work(actor()) as uow:
            colleagues.activate(uow, staff_id)
    except GrantsTooMuch:
        flash(_("They may do more than you. Ask somebody who may do as much."), "attention")
    except NeverCame:
        flash(_("They have not come in yet. Send them a new invitation."), "attention")
    else:
        flash(_("They may sign in again, with the rights they had."), "success")
    return redirect(url_for("console_staff.one", staff_id=staff_id), 303)


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
    roles = [Role(one) for one in form.getlist("role") if one in _GIVEN]
    try:
        with runtime().unit_of_work(actor()) as uow:
            found = queries.staff_by_id(uow.session, staff_id)
            queues, locations = _offered(uow, form)
            colleagues.set_roles(uow, found.mail, roles)
            colleagues.limit(uow, staff_id, queues=queues, locations=locations)
            colleagues.set_refund_limits(uow, staff_id, wanted)
    except LastManager:
        return {"role": _("Nobody else looks after colleagues. Give somebody that role first.")}
    except Invalid as wrong:
        return _said(wrong)
    return {}


def _offered(uow: UnitOfWork, form: MultiDict[str, str]) -> list[frozenset[int]]:
    """The queues and the locations that were chosen, if there are such.

    Raises:
        Invalid: one of them is unknown.
    """
    reader = uow.session.connection()
    return [
        doors.check_offered(runtime(), reader, kind, _ids(form.getlist(kind)))
        for kind in (ScopeKind.QUEUE, ScopeKind.LOCATION)
    ]


def _said(wrong: Invalid) -> dict[str, str]:
    """What is wrong with which field, in words."""
    if isinstance(wrong, GrantsTooMuch):
        return {_field(name): _("Give no more than you have yourself.") for name in wrong.fields}
    if wrong.fields.get("mail") == "is taken":
        return {"mail": _("A colleague has this address already. Look for them in the list.")}
    return {name: _(_WRONG[name]) for name in wrong.fields}


def _field(name: str) -> str:
    """The field of a limit that is named with its currency; any other name is a field's own."""
    limit, _at, currency = name.partition(" ")
    return next((f"{kind}_{currency}" for kind, one in _LIMITS.items() if one == limit), name)


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
    form, house = request.form, runtime()
    with house.database.reading() as connection:
        listed = queries.listed_one(connection, staff_id, house.clock.now())
        never_came = queries.never_came(connection, staff_id)
        names = _names(connection)
        people = queries.staff_names(connection)
        changes = queries.changes_of(connection, staff_id)
        own_limits = _limit_fields(connection, staff_id)
        keys = queries.keys_made_by(connection, f"{ActorKind.STAFF}:{staff_id}")
        comes_back = arriving.problem(connection, listed.staff.mail)
    found, is_typed = listed.staff, request.method == "POST"
    return render_template(
        "console/staff_one.html",
        area="console",
        colleague=found,
        listed=listed,
        states=words.STATES,
        never_came=never_came,
        comes_back=comes_back,
        cause=cause(comes_back.said, DeliveryState.FAILED) if comes_back else "",
        now=house.clock.now(),
        keys=keys,
        is_me=staff_id == at_hand().id,
        roles=_role_options(kept=found.roles),
        chosen=form.getlist("role") if is_typed else sorted(found.roles),
        scopes=_scope_options(
            names,
            lambda kind: (
                form.getlist(kind) if is_typed else [str(one) for one in found.scope(kind)]
            ),
        ),
        own_limits=own_limits,
        errors=errors,
        changes=[(one, _who(one.by, people), _told(one, names)) for one in changes],
    )


def _role_options(kept: Collection[Role] = ()) -> list[dict[str, Any]]:
    """Every role with what it is for; who may do less than one does not give it anew."""
    me = at_hand()
    return [
        {
            "value": str(role),
            "label": words.ROLES[role],
            "hint": words.ROLES_SAY[role],
            "disabled": role not in kept and not colleagues.may_grant(me, role),
        }
        for role in permissions.STAFF_ROLES
    ]


def _scope_options(
    names: Mapping[ScopeKind, Mapping[int, Words]], chosen: Callable[[ScopeKind], list[str]]
) -> list[dict[str, Any]]:
    return [
        {
            "name": str(kind),
            "options": [
                {"value": str(one), "label": say(name, spoken())}
                for one, name in names[kind].items()
            ],
            "chosen": chosen(kind),
        }
        for kind in ScopeKind
    ]


def _with(**changes: str | None) -> str:
    kept = {**request.args.to_dict(), **changes}
    said = urlencode({name: value for name, value in kept.items() if value})
    return f"{url_for('console_staff.listed')}?{said}"


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
        if kind in {"roles", "state"}:
            known = {
                str(one): said for of in (words.ROLES, words.STATES) for one, said in of.items()
            }
            return ", ".join(str(known[one]) for one in values)
        if kind in _LIMITS.values():
            amounts = [formats.money(Money(minor, code), spoken()) for code, minor in values]
            return ", ".join(amounts) or _("As their roles say")
        if kind == "second_step":
            return _("Switched on") if values else _("Switched off")
        if kind == "password":
            return _("Changed") if values else ""
        if kind == "provider":
            return ", ".join(words.provider(one) for one in values)
        places = names[ScopeKind(kind)]
        return ", ".join(say(places[one], spoken()) for one in values if one in places) or _("All")

    return [
        (_(_KINDS[kind]), listing(kind, one["was"]), listing(kind, one["is"]))
        for kind, one in change.data.items()
    ]
