"""Where scans come from: mappings with a try, words nobody knows, numbers that wait, files."""

import json
from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from oms_service.access.guard import actor, guard
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Language, say
from oms_service.operations.returning import scanning
from oms_service.ports.carrier import CarrierStatus, is_storable
from oms_service.runtime import runtime
from oms_service.shipping import carriers
from oms_service.shipping.inbound import FileTaken, Scans, words_of
from oms_service.shipping.sources import mappings, reading, waiting, wordings
from oms_service.shipping.sources import rules as reading_rules
from oms_service.shipping.sources.mappings import MappingChanged, MappingView
from oms_service.shipping.sources.reading import NotSuchAFile
from oms_service.shipping.sources.states import Form
from oms_service.web.texts import N_, gettext


def _(text: str, **values: object) -> str:
    return str(gettext(text, **values))


blueprint = Blueprint(
    "console_tracking", __name__, url_prefix="/console/tracking", template_folder="templates"
)

_LONGEST: Final = 200_000
#: So many rows of a try or a file are shown.
SHOWN: Final = 50
STATUSES: Final[Mapping[CarrierStatus, str]] = {
    CarrierStatus.PRE_TRANSIT: N_("Label made"),
    CarrierStatus.IN_TRANSIT: N_("On its way"),
    CarrierStatus.OUT_FOR_DELIVERY: N_("Out for delivery"),
    CarrierStatus.AVAILABLE_FOR_PICKUP: N_("Waits to be fetched"),
    CarrierStatus.ATTEMPTED: N_("Nobody was there"),
    CarrierStatus.DELAYED: N_("Delayed"),
    CarrierStatus.CUSTOMS_HOLD: N_("Held at customs"),
    CarrierStatus.DELIVERED: N_("Delivered"),
    CarrierStatus.RETURNING: N_("On its way back"),
    CarrierStatus.FAILURE: N_("Lost or given up"),
    CarrierStatus.UNKNOWN: N_("Words nobody knows"),
}
WHYS: Final[Mapping[str, str]] = {
    "no_such_parcel": N_("No parcel has this number yet. The scan waits for it."),
    "from_the_future": N_("The time lies ahead of ours."),
    "is_empty": N_("It is empty."),
    "not_text": N_("It is not text."),
    "not_a_tracking_number": N_("It is not a tracking number."),
    "carrier_not_named": N_("The mapping does not name this carrier."),
    "not_a_time": N_("It is not a time that can be read."),
}
UNREADABLE: Final[Mapping[str, str]] = {
    "empty": N_("The file is empty."),
    "too_large": N_("The file is too large. Hand it in in parts."),
    "too_many_rows": N_("The file has too many rows. Hand it in in parts."),
    "wrong_encoding": N_("The file is written in another encoding than the mapping says."),
    "not_csv": N_("The file is not CSV. Look at row %(about)s."),
    "no_column": N_("The first row lacks the heading: %(about)s"),
    "not_json": N_("This is not JSON."),
    "no_list": N_("There is no list of scans where the mapping says."),
    "no_mapping": N_("Choose how the file is read."),
}


@blueprint.get("")
@guard("tracking:manage")
def overview() -> str:
    return _overview()


@blueprint.post("/files")
@guard("tracking:manage")
def take() -> ResponseReturnValue:
    """A file handed in; rows by number in the answer."""
    name = request.form.get("mapping", "")
    sent = request.files.get("file")
    body = sent.read() if sent else b""
    house = runtime()
    if not body:
        return _overview(errors={"file": _("Choose a file.")}, chosen=name), 422
    try:
        with house.unit_of_work(actor()) as uow:
            done = _ways().take_file(uow, name, body)
    except NotSuchAFile as problem:
        return _overview(errors={"file": _unreadable(problem)}, chosen=name), 422
    return _overview(done=done, chosen=name)


@blueprint.post("/words")
@guard("tracking:manage")
def explain() -> ResponseReturnValue:
    """Say what a carrier's words mean, for scans that came and that will come."""
    status = request.form.get("status", "")
    known = {str(one) for one in STATUSES if one is not CarrierStatus.UNKNOWN}
    if status not in known:
        flash(_("Choose what the words mean."), "attention")
        return redirect(url_for("console_tracking.overview"), 303)
    try:
        with runtime().unit_of_work(actor()) as uow:
            again = wordings.explain(
                uow,
                carrier=request.form.get("carrier", ""),
                words=request.form.get("words", ""),
                status=CarrierStatus(status),
            )
            scanning.record(uow, again, zone=runtime().settings.zone)
    except Invalid:
        flash(_("These words cannot be explained."), "danger")
    else:
        said = _("Kept. %(count)s scans were read again.", count=len(again))
        flash(said, "success")
    return redirect(url_for("console_tracking.overview"), 303)


@blueprint.post("/words/<int:wording_id>/forget")
@guard("tracking:manage")
def forget(wording_id: int) -> ResponseReturnValue:
    if wording_id < 1 << 62:
        with runtime().unit_of_work(actor()) as uow:
            wordings.forget(uow, wording_id)
    flash(_("Taken back. Scans that were read by it keep what they say."), "success")
    return redirect(url_for("console_tracking.overview"), 303)


@blueprint.get("/new")
@guard("tracking:manage")
def new() -> str:
    return _mapping_page(None, _example(), {})


@blueprint.post("/new")
@guard("tracking:manage")
def create() -> ResponseReturnValue:
    return _edited(None)


@blueprint.get("/mappings/<name>")
@guard("tracking:manage")
def mapping(name: str) -> str:
    view = _find(name)
    return _mapping_page(view, _typed_of(view), {})


@blueprint.post("/mappings/<name>")
@guard("tracking:manage")
def change(name: str) -> ResponseReturnValue:
    return _edited(_find(name))


def _edited(view: MappingView | None) -> ResponseReturnValue:
    """Try it on the sample, or keep it."""
    typed = {
        field: request.form.get(field, "")[:_LONGEST]
        for field in ("name", "form", "rules", "sample", "version")
    }
    errors: dict[str, str] = {}
    form, rules = _rules(typed, errors)
    found: reading.Read | None = None
    if not errors and "keep" not in request.form:
        found = _tried(form, rules, typed["sample"], errors)
    elif not errors:
        name = view.name if view else typed["name"].strip()
        try:
            with runtime().unit_of_work(actor()) as uow:
                mappings.save(uow, name, form=form, rules=rules, version=_version(typed))
        except MappingChanged:
            errors["name"] = _("Somebody changed this meanwhile. Look at it again.")
        except Invalid as wrong:
            errors |= _said(wrong)
        else:
            flash(_("Saved. Files and calls are read by it from now on."), "success")
            return redirect(url_for("console_tracking.mapping", name=name), 303)
    page = _mapping_page(view, typed, errors, found)
    return (page, 422) if errors else page


def _rules(typed: Mapping[str, str], errors: dict[str, str]) -> tuple[Form, dict[str, Any]]:
    form = Form(typed["form"]) if typed["form"] in set(Form) else Form.CSV
    try:
        given = json.loads(typed["rules"])
        said = json.dumps(given, ensure_ascii=False)
    except (ValueError, RecursionError):
        given, said = None, ""
    if not isinstance(given, dict) or not is_storable(said) or "\\u0000" in said:
        errors["rules"] = _("This is not a table that can be read (JSON).")
        return form, {}
    try:
        reading_rules.read(form, given)
    except Invalid as wrong:
        errors |= _said(wrong)
    return form, given


def _tried(
    form: Form, rules: Mapping[str, Any], sample: str, errors: dict[str, str]
) -> reading.Read | None:
    """What the sample would say; a sample is text already, whatever the files are written in."""
    plain = reading_rules.read(form, {**rules, "encoding": "utf-8"})
    if not sample.strip() or not is_storable(sample):
        errors["sample"] = _("Paste some rows, with the heading.")
        return None
    try:
        return reading.read(plain, sample.encode(), lambda slug: words_of(runtime().adapters, slug))
    except NotSuchAFile as problem:
        errors["sample"] = _unreadable(problem)
        return None


def _unreadable(problem: NotSuchAFile) -> str:
    return _(UNREADABLE[problem.code], about=problem.about)


def _said(wrong: Invalid) -> dict[str, str]:
    ours = {"name"}
    found = {name: why for name, why in wrong.fields.items() if name in ours}
    rest = [f"{name}: {why}" for name, why in wrong.fields.items() if name not in ours]
    return {**found, **({"rules": "; ".join(rest)} if rest else {})}


def _version(typed: Mapping[str, str]) -> int:
    given = typed["version"]
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else 0  # noqa: PLR2004 - fits a column


def _find(name: str) -> MappingView:
    with runtime().database.looking() as session:
        return mappings.find(session, name)


def _example() -> dict[str, str]:
    with runtime().database.looking() as session:
        view = mappings.find(session, "plain-csv")
    return {**_typed_of(view), "name": "", "version": "0"}


def _typed_of(view: MappingView) -> dict[str, str]:
    return {
        "name": view.name,
        "form": str(view.form),
        "rules": json.dumps(view.rules, ensure_ascii=False, indent=1),
        "sample": "",
        "version": str(view.version),
    }


def _ways() -> Scans:
    house = runtime()
    return Scans(house.adapters, house.settings.zone, scanning.record)


def _carrier(slug: str) -> str:
    return say(carriers.name_of(runtime().adapters, slug), Language(str(get_locale())))


def _overview(
    *, errors: Mapping[str, str] | None = None, done: FileTaken | None = None, chosen: str = ""
) -> str:
    with runtime().database.looking() as session:
        known = mappings.all_of_them(session)
        strange = wordings.unexplained(session)
        explained = wordings.explained(session)
        numbers = waiting.waiting(session)
        count = waiting.count(session)
    return render_template(
        "console/tracking.html",
        area="console",
        mappings=known,
        strange=strange,
        explained=explained,
        numbers=numbers,
        count=count,
        statuses=STATUSES,
        whys=WHYS,
        carrier=_carrier,
        errors=errors or {},
        done=done,
        chosen=chosen,
        shown=SHOWN,
    )


def _mapping_page(
    view: MappingView | None,
    typed: Mapping[str, str],
    errors: Mapping[str, str],
    found: reading.Read | None = None,
) -> str:
    return render_template(
        "console/tracking_mapping.html",
        area="console",
        view=view,
        typed=typed,
        errors=errors,
        found=found,
        statuses=STATUSES,
        whys=WHYS,
        carrier=_carrier,
        shown=SHOWN,
    )


def unknown_words() -> int:
    """How many wordings wait for somebody to explain them."""
    with runtime().database.looking() as session:
        return len(wordings.unexplained(session))
