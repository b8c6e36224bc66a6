"""Macros on pages: what there is, how often it is used, and how one would read in a real case."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from cases import queries as cases
from cases import reach
from cases.routing import queries as routing
from cases.states import Priority
from cases.words import CHOSEN, PRIORITIES, RESOLUTIONS
from cases.writing import filling, macros, queries, values
from cases.writing.filling import VARIABLES, ValuesMissing
from cases.writing.macros import Wish
from cases.writing.moments import Preset
from cases.writing.states import ENDS, Do
from cases.writing.views import MacroView
from cases.writing.words import PRESETS
from oms_service.access.guard import actor, guard, staff
from oms_service.kernel.errors import Forbidden, Invalid, NotFound, Stale
from oms_service.kernel.languages import Language, Words, say
from oms_service.runtime import runtime
from oms_service.web.languages import spoken
from oms_service.web.texts import N_, gettext

blueprint = Blueprint("macros", __name__, url_prefix="/desk/macros", template_folder="templates")

_NO_VARIABLE: Final = N_("There is no such variable. Those there are stand below.")
_WRONG: Final = {
    "is missing": N_("Write a title and a text, in one language at least."),
    "is missing or too long": N_("Write both: a title of up to 100 and a text of up to 5,000."),
    "has an unknown variable": _NO_VARIABLE,
}
_DIGITS: Final = 9


def _(text: str) -> str:
    return str(gettext(text))


@dataclass(frozen=True)
class Preview:
    """How a macro reads in one case, or why it does not."""

    text: str = ""
    problem: str = ""
    language: str = ""


@dataclass
class Form:
    """What stands in the fields, and what is wrong with it."""

    values: Mapping[str, str]
    reasons: list[str]
    queues: list[str]
    errors: dict[str, str] = field(default_factory=dict)
    preview: Preview | None = None


@blueprint.get("")
@guard("cases:reply")
def overview() -> str:
    """Everybody's macros and one's own."""
    with runtime().database.looking() as session:
        found = queries.macros(session, staff_id=staff().id, every=True)
        used = queries.uses(session)
        reasons = cases.reasons(session)
    return render_template(
        "writing/macros.html",
        area="desk",
        macros=found,
        used=used,
        reasons={code: one.name for code, one in reasons.items()},
        may_edit=_may_edit,
    )


@blueprint.route("/new", methods=["GET", "POST"])
@guard("cases:reply")
def new() -> ResponseReturnValue:
    """A macro of one's own, or one for all by whoever may."""
    if request.method == "GET":
        return _page(None, Form({"is_active": "yes"}, [], []))
    form = _typed()
    is_shared = form.values.get("is_shared") == "yes"
    if is_shared and not staff().may("macros:manage"):
        raise Forbidden("macros for all are written by leads")
    if form.values.get("then") == "preview":
        return _page(None, _previewed(form))
    try:
        with runtime().unit_of_work(actor()) as uow:
            macros.add(uow, _wish(form), owner_id=None if is_shared else staff().id)
    except Invalid as wrong:
        return _again(None, form, wrong)
    flash(_("The macro is there. Find it beside the box for the reply."), "success")
    return redirect(url_for("macros.overview"), HTTPStatus.SEE_OTHER)


@blueprint.route("/<code>", methods=["GET", "POST"])
@guard("cases:reply")
def one(code: str) -> ResponseReturnValue:
    """One macro: its words, what it does, and how it reads in a case."""
    with runtime().database.looking() as session:
        found = queries.macro(session, code, staff_id=staff().id)
    if request.method == "GET":
        return _page(found, _of(found))
    form = _typed()
    if form.values.get("then") == "preview":
        return _page(found, _previewed(form))
    if not _may_edit(found):
        raise Forbidden("macros for all are written by leads")
    try:
        with runtime().unit_of_work(actor()) as uow:
            macros.change(uow, found, _wish(form), version=_version(form))
    except Stale:
        form.errors["version"] = _("Somebody changed this meanwhile. Look at it again.")
        return make_response(_page(found, form), HTTPStatus.CONFLICT)
    except Invalid as wrong:
        return _again(found, form, wrong)
    flash(_("The macro is changed. What was sent stays as it was."), "success")
    return redirect(url_for("macros.overview"), HTTPStatus.SEE_OTHER)


def _may_edit(found: MacroView) -> bool:
    return found.owner_id == staff().id or staff().may("macros:manage")


def _again(found: MacroView | None, form: Form, wrong: Invalid) -> ResponseReturnValue:
    form.errors |= {
        name: _(_WRONG.get(why, "Please check this.")) for name, why in wrong.fields.items()
    }
    return make_response(_page(found, form), HTTPStatus.UNPROCESSABLE_ENTITY)


def _typed() -> Form:
    given = {name: value.strip() for name, value in request.form.items()}
    return Form(given, request.form.getlist("reasons"), request.form.getlist("queues"))


def _of(found: MacroView) -> Form:
    """A macro as its fields show it."""
    by_do = {one["do"]: str(one.get("value", "")) for one in found.actions}
    end = next((f"{do}:{value}" for do, value in by_do.items() if do in ENDS), "")
    shown = {
        **{f"title_{language}": said for language, said in found.title.items()},
        **{f"body_{language}": said for language, said in found.body.items()},
        "priority": by_do.get(Do.PRIORITY, ""),
        "queue": by_do.get(Do.QUEUE, ""),
        "tag": by_do.get(Do.TAG, ""),
        "assign_me": "yes" if Do.ASSIGN_ME in by_do else "",
        "end": end,
        "is_active": "yes" if found.is_active else "",
        "version": str(found.version),
    }
    return Form(shown, list(found.reasons), list(found.queues))


def _wish(form: Form) -> Wish:
    given = form.values
    return Wish(
        title={str(one): given.get(f"title_{one}", "") for one in Language},
        body={str(one): given.get(f"body_{one}", "") for one in Language},
        actions=_actions(given),
        reasons=form.reasons,
        queues=form.queues,
        is_active=given.get("is_active") == "yes",
    )


def _actions(given: Mapping[str, str]) -> list[dict[str, str]]:
    found = [
        {"do": str(do), "value": given[str(do)]}
        for do in (Do.PRIORITY, Do.QUEUE, Do.TAG)
        if given.get(str(do))
    ]
    if given.get("assign_me") == "yes":
        found.append({"do": str(Do.ASSIGN_ME)})
    end, _colon, value = given.get("end", "").partition(":")
    if end:
        found.append({"do": end, "value": value} if value else {"do": end})
    return found


def _previewed(form: Form) -> Form:
    """The same form with how the macro reads in the case that is named."""
    house = runtime()
    with house.database.looking() as session:
        form.preview = _preview(session, form)
    return form


def _preview(session: Session, form: Form) -> Preview:
    try:
        found = reach.case(session, form.values.get("case", ""))
    except NotFound:
        return Preview(problem=_("There is no such case."))
    told = values.of_case(runtime(), session, found, agent_name=staff().name)
    body = form.values.get(f"body_{found.language}", "")
    if not body:
        return Preview(problem=_("This macro has no text in that language."))
    try:
        filling.check(body)
        return Preview(filling.fill(body, told), language=str(found.language))
    except ValuesMissing as lacks:
        names = ", ".join(_(VARIABLES[one]) for one in lacks.names)
        words = _("This case lacks what the macro says: %(names)s") % {"names": names}
        return Preview(problem=words)
    except Invalid:
        return Preview(problem=_(_NO_VARIABLE))


def _page(found: MacroView | None, form: Form) -> str:
    with runtime().database.looking() as session:
        reasons, queues = cases.reasons(session), routing.queues(session)
    return render_template(
        "writing/macro.html",
        area="desk",
        macro=found,
        form=form,
        may_share=staff().may("macros:manage"),
        may_edit=found is None or _may_edit(found),
        reasons=_boxes({code: one.name for code, one in reasons.items()}),
        queues=_boxes({one.code: one.name for one in queues}),
        variables={f"{{{{{name}}}}}": _(said) for name, said in VARIABLES.items()},
        priorities=_options({str(one): _(PRIORITIES[one]) for one in Priority}),
        moves=_options({one.code: say(one.name, spoken()) for one in queues}),
        ends=_options(_ends()),
    )


def _ends() -> dict[str, str]:
    resolved, snoozed = _("Resolve: %(value)s"), _("Snooze: %(value)s")
    return {
        str(Do.WAIT): _("Wait for the customer's answer"),
        **{f"{Do.RESOLVE}:{one}": resolved % {"value": _(RESOLUTIONS[one])} for one in CHOSEN},
        **{f"{Do.SNOOZE}:{one}": snoozed % {"value": _(PRESETS[one])} for one in Preset},
    }


def _options(found: Mapping[str, str]) -> list[tuple[str, str]]:
    return [("", _("Leave it as it is")), *found.items()]


def _boxes(found: Mapping[str, Words]) -> list[dict[str, Any]]:
    return [{"value": code, "label": say(name, spoken())} for code, name in found.items()]


def _version(form: Form) -> int:
    typed = form.values.get("version", "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= _DIGITS else 0
