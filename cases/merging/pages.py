"""Pages that make one case of two and two of one, and what stands beside a case of that."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from cases import queries as cases
from cases import reach
from cases.holding import AlreadyDone
from cases.merging import queries, service, words
from cases.merging.queries import Suggestion
from cases.merging.service import Part
from cases.states import ACTIVE
from cases.views import CaseView
from cases.words import STATE_ICONS, STATE_TONES
from oms_service.access.guard import actor, guard, staff
from oms_service.conversations import queries as conversations
from oms_service.conversations.states import Direction
from oms_service.customers import queries as customers
from oms_service.kernel import ids
from oms_service.kernel.errors import DomainError, Invalid, NotFound
from oms_service.kernel.languages import say
from oms_service.orders import queries as orders
from oms_service.ports.slots import Beside, Panel
from oms_service.runtime import runtime
from oms_service.web.languages import spoken
from oms_service.web.texts import N_, gettext

blueprint = Blueprint("merging", __name__, url_prefix="/desk", template_folder="templates")

_LONGEST_KEY: Final = 80
_DIGITS: Final = 15


def _(text: str) -> str:
    return str(gettext(text))


# Merging


@blueprint.get("/cases/<number>/merge")
@guard("cases:work")
def choose(number: str) -> ResponseReturnValue:
    """Type or choose another case, look at both side by side, and say which one stays."""
    asked = request.args.get("with", "").strip()[:40]
    found = _case(number)
    if not asked:
        return _choosing(found)
    try:
        other = _case(asked)
    except NotFound:
        return _choosing(found, {"with": _wrong("with")}, asked), 422
    if other.id == found.id:
        return _choosing(found, {"with": _wrong("into")}, asked), 422
    return _side_by_side(found, other)


@blueprint.post("/cases/<number>/merge")
@guard("cases:work")
def merge(number: str) -> ResponseReturnValue:
    """Merge as the form says: ``stays`` is the number of the case that stands for both."""
    form = request.form
    found, other = _case(number), _case(form.get("with", "")[:40])
    loser, winner = (other, found) if form.get("stays") == found.number else (found, other)
    try:
        with runtime().unit_of_work(actor()) as uow:
            service.merge(
                uow,
                loser.id,
                winner.id,
                key=_key(form),
                version=_number(form.get(f"version-{loser.number}", "")),
                into_version=_number(form.get(f"version-{winner.number}", "")),
            )
    except DomainError as refused:
        return _refused(refused, number)
    flash(_("Merged. This case stands for both now."), "success")
    return _to_case(winner.number)


@blueprint.post("/cases/<number>/unmerge")
@guard("cases:work")
def unmerge(number: str) -> ResponseReturnValue:
    """A merged case stands for itself again."""
    found = _case(number)
    try:
        with runtime().unit_of_work(actor()) as uow:
            service.unmerge(uow, found.id)
    except DomainError as refused:
        return _refused(refused, number)
    flash(_("Put back. The case stands for itself again."), "success")
    return _to_case(number)


@blueprint.post("/cases/<number>/not-same")
@guard("cases:work")
def not_same(number: str) -> ResponseReturnValue:
    """Do not offer to merge these two again."""
    found, other = _case(number), _case(request.form.get("with", "")[:40])
    with runtime().unit_of_work(actor()) as uow:
        service.not_same(uow, found.id, other.id)
    flash(_("Noted. They are not offered for merging any more."), "success")
    return _to_case(number)


def _choosing(found: CaseView, errors: Mapping[str, str] | None = None, typed: str = "") -> str:
    with runtime().database.reading() as connection:
        alike = _alike(connection, found)
        reasons = cases.reasons(connection)
    return render_template(
        "merging/choose.html",
        case=found,
        alike=alike,
        reasons=reasons,
        errors=dict(errors or {}),
        typed=typed,
        words=words,
        **_states(),
    )


def _side_by_side(found: CaseView, other: CaseView) -> str:
    with runtime().database.looking() as session:
        reasons = cases.reasons(session)
        people = customers.those(
            session, {one.customer_id for one in (found, other) if one.customer_id}
        )
        bought = orders.by_ids(session, {one.order_id for one in (found, other) if one.order_id})
        said = conversations.last_words(
            session, {one.conversation_id for one in (found, other) if one.conversation_id}
        )
    older = min(found, other, key=lambda one: one.id)
    return render_template(
        "merging/side_by_side.html",
        case=found,
        both=[found, other],
        older=older,
        reasons=reasons,
        people=people,
        orders=bought,
        said=said,
        key=ids.token(),
        **_states(),
    )


# Splitting


@blueprint.route("/cases/<number>/split", methods=["GET", "POST"])
@guard("cases:work")
def split(number: str) -> ResponseReturnValue:
    """Choose messages and items that are a matter of their own."""
    found = _case(number)
    errors: dict[str, str] = {}
    if request.method == "POST":
        made, errors = _split(found)
        if made is not None:
            flash(_("Split. This is the new case."), "success")
            return _to_case(made.number)
    with runtime().database.looking() as session:
        said = queries.messages(session, found.id)
        quantities = cases.lines(session, found.id)
        bought = orders.lines_of(session, queries.order_ids(session, found.id))
        order = orders.by_id(session, found.order_id) if found.order_id else None
        reasons = [one for one in cases.reasons(session).values() if one.is_active]
    page = render_template(
        "merging/split.html",
        case=found,
        is_open=found.state in ACTIVE,
        said=[one for one in said if one.text],
        is_heard=lambda one: one.direction is Direction.IN,
        lines=[
            (line, quantities[line.id])
            for lines in bought.values()
            for line in lines
            if line.id in quantities
        ],
        order=order,
        reasons=[
            ("", _("Choose a reason")),
            *((one.code, say(one.name, spoken())) for one in reasons),
        ],
        typed=request.form,
        chosen=request.form.getlist("messages"),
        chosen_lines=request.form.getlist("lines"),
        errors=errors,
        key=request.form.get("key") or ids.token(),
    )
    return (page, HTTPStatus.UNPROCESSABLE_ENTITY) if errors else page


def _split(found: CaseView) -> tuple[CaseView | None, dict[str, str]]:
    form = request.form
    chosen = [_number(one) for one in form.getlist("messages")[: service.MOST_MESSAGES + 1]]
    lines = [_number(one) for one in form.getlist("lines")[: service.MOST_MESSAGES + 1]]
    with runtime().database.reading() as connection:
        if form.get("reason", "") not in cases.reasons(connection):
            return None, {"reason": _wrong("reason")}
    part = Part(
        reason=form["reason"],
        key=_key(form),
        message_ids=[one or 0 for one in chosen],
        line_ids=[one or 0 for one in lines],
        order_id=found.order_id if form.get("with_order") == "yes" else None,
    )
    try:
        with runtime().unit_of_work(actor()) as uow:
            return service.split(uow, found.id, part, version=_number(form.get("version", ""))), {}
    except Invalid as wrong:
        return None, {name: _wrong(name) for name in wrong.fields}
    except service.TakenElsewhere:
        return None, {"reason": _(words.TAKEN)}
    except DomainError as refused:
        return None, {"messages": _(_words_of(refused))}


@blueprint.post("/cases/<number>/unsplit")
@guard("cases:work")
def unsplit(number: str) -> ResponseReturnValue:
    """Put a case that was split off back."""
    found = _case(number)
    try:
        with runtime().unit_of_work(actor()) as uow:
            into = service.unsplit(uow, found.id)
    except DomainError as refused:
        return _refused(refused, number)
    flash(_("Put back. This case holds everything again."), "success")
    return _to_case(into.number)


# Beside a case


def of_case(context: Mapping[str, object]) -> str | None:
    """What the case is part of, what is part of it, and what is probably the same."""
    case_id = context.get("case_id")
    if not isinstance(case_id, int):
        return None
    with runtime().database.reading() as connection:
        case = cases.by_id(connection, case_id)
        root = queries.in_place_of(connection, case)
        taken = queries.merges_into(connection, case_id)
        apart = queries.splits_of(connection, case_id)
        came_from = queries.came_from(connection, case_id)
        alike = _alike(connection, case)
        reasons = cases.reasons(connection)
    is_open = case.state in ACTIVE
    if not (is_open or case.merged_into_id or taken or apart or came_from):
        return None
    return render_template(
        "merging/of_case.html",
        case=case,
        root=root,
        taken=taken,
        apart=apart,
        came_from=came_from,
        alike=alike,
        reasons=reasons,
        is_open=is_open,
        words=words,
        **_states(),
    )


PANELS: Final = (
    Panel(
        beside=Beside.CASE,
        name="merging",
        label=N_("Is it the same matter?"),
        render=of_case,
        permission="cases:read",
        rank=30,
        folds=True,
    ),
)


# Inside


def _alike(reader: Connection, found: CaseView) -> list[Suggestion]:
    """What is probably the same, of what the colleague may see."""
    alike = queries.suggestions(reader, found)
    theirs = reach.those(reader, [one.case.id for one in alike], staff())
    return [one for one in alike if one.case.id in theirs]


def _wrong(field: str) -> str:
    """What is wrong with a field of a form."""
    return _(words.FIELDS.get(field, N_("Please check this.")))


def _states() -> dict[str, Any]:
    return {
        "state_tones": STATE_TONES,
        "state_icons": STATE_ICONS,
    }


def _refused(refused: DomainError, number: str) -> ResponseReturnValue:
    """Say in plain words why not; a thing that does not exist is simply not there."""
    if isinstance(refused, NotFound):
        raise refused
    flash(_(_words_of(refused)), "attention")
    return _to_case(number)


def _words_of(refused: DomainError) -> str:
    if isinstance(refused, AlreadyDone):
        return N_("That has been done already.")
    if isinstance(refused, Invalid):
        return words.FIELDS.get(next(iter(refused.fields), ""), N_("Please check this."))
    return words.REFUSED.get(refused.code, N_("That is not possible any more."))


def _case(number: str) -> CaseView:
    with runtime().database.reading() as connection:
        return reach.case(connection, number)


def _to_case(number: str) -> ResponseReturnValue:
    return redirect(url_for("desk.case", number=number), HTTPStatus.SEE_OTHER)


def _number(typed: str) -> int | None:
    plain = typed.strip()
    return int(plain) if plain.isascii() and plain.isdecimal() and len(plain) <= _DIGITS else None


def _key(form: Mapping[str, str]) -> str:
    """The form's own key: pressed twice, it is done once."""
    key = form.get("key", "")
    if not (key.isascii() and key.isprintable() and 0 < len(key) <= _LONGEST_KEY):
        return f"desk:{ids.token()}"
    return f"desk:{key}"
