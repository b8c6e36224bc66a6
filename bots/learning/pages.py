"""Teaching the chat on pages: what was missed, what the shop taught, files of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request
from flask import url_for as address
from flask.typing import ResponseReturnValue

from bots.learning import queries, service
from bots.learning.service import NothingMissed, SeedTaken
from bots.learning.words import LABELS, OUTCOMES, wrong
from oms_service.access.guard import actor, guard
from oms_service.console.sheets import note
from oms_service.kernel.errors import Invalid, Stale
from oms_service.kernel.languages import Language
from oms_service.runtime import runtime
from oms_service.web.texts import gettext

blueprint = Blueprint(
    "learning", __name__, url_prefix="/desk/settings/learning", template_folder="templates"
)
_PAGE: Final = 100
_DIGITS: Final = 15
_MOST_IDS: Final = queries.MOST_MISSED
_LARGEST_FILE: Final = 2_000_000


def _(text: str) -> str:
    return str(gettext(text))


@dataclass
class Form:
    """What stands in the fields, and what is wrong with it."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


@blueprint.get("")
@guard("answers:manage")
def overview() -> str:
    """What was not understood, and what the shop taught."""
    return _overview(Form())


@blueprint.post("/missed")
@guard("answers:manage")
def settle() -> ResponseReturnValue:
    """Make a seed of messages that were missed, or dismiss them."""
    form = _typed()
    ids = [_number(one) for one in request.form.getlist("id")][:_MOST_IDS]
    at = form.values.get("at", "")
    try:
        with runtime().unit_of_work(actor()) as uow:
            if form.values.get("then") == "dismiss":
                service.dismiss(uow, ids)
                told = _("It is put aside.")
            else:
                service.teach(
                    uow,
                    ids,
                    text=form.values.get(f"text-{at}", ""),
                    language=_language(form),
                    label=form.values.get(f"label-{at}", ""),
                )
                told = _("The chat has learned it and understands it from now on.")
    except NothingMissed:
        told = _("Somebody has looked at this before.")
    except SeedTaken:
        told = _("The same words were taught before.")
    except Invalid as refused:
        return _refused(form, refused)
    flash(told, "success")
    return redirect(address("learning.overview"), HTTPStatus.SEE_OTHER)


@blueprint.post("/seeds")
@guard("answers:manage")
def add() -> ResponseReturnValue:
    """Teach something that customers say."""
    form = _typed()
    try:
        with runtime().unit_of_work(actor()) as uow:
            service.add(
                uow,
                text=form.values.get("text", ""),
                language=_language(form),
                label=form.values.get("label", ""),
            )
    except SeedTaken:
        form.errors["text"] = _("The same words were taught before.")
        return make_response(_overview(form), HTTPStatus.CONFLICT)
    except Invalid as refused:
        return _refused(form, refused)
    flash(_("The chat has learned it and understands it from now on."), "success")
    return redirect(address("learning.overview"), HTTPStatus.SEE_OTHER)


@blueprint.route("/seeds/<int:seed_id>", methods=["GET", "POST"])
@guard("answers:manage")
def one(seed_id: int) -> ResponseReturnValue:
    """One utterance: its words, what it means, whether it is in use."""
    with runtime().database.looking() as session:
        seed = queries.seed(session, _known(seed_id))
    if request.method == "GET":
        shown = {
            "text": seed.text,
            "label": seed.label,
            "is_active": "yes" if seed.is_active else "",
        }
        return _one(seed, Form({**shown, "version": str(seed.version)}))
    form = _typed()
    try:
        with runtime().unit_of_work(actor()) as uow:
            service.change(
                uow,
                seed_id,
                text=form.values.get("text", ""),
                label=form.values.get("label", ""),
                is_active=form.values.get("is_active") == "yes",
                version=_number(form.values.get("version", "")),
            )
    except Stale:
        form.errors["text"] = _("Somebody changed this meanwhile. Look at it again.")
        return make_response(_one(seed, form), HTTPStatus.CONFLICT)
    except SeedTaken:
        form.errors["text"] = _("The same words were taught before.")
        return make_response(_one(seed, form), HTTPStatus.CONFLICT)
    except Invalid as refused:
        form.errors |= {name: _(wrong(name)) for name in refused.fields}
        return make_response(_one(seed, form), HTTPStatus.UNPROCESSABLE_ENTITY)
    flash(_("It is changed. The chat goes by it from now on."), "success")
    return redirect(address("learning.overview"), HTTPStatus.SEE_OTHER)


@blueprint.post("/file")
@guard("answers:manage")
def take_in() -> ResponseReturnValue:
    """Teach all utterances of a file, or none where a line is wrong."""
    sent = request.files.get("file")
    form = Form()
    try:
        lines = _lines(sent.stream.read(_LARGEST_FILE + 1) if sent else b"")
        with runtime().unit_of_work(actor()) as uow:
            count = service.take_in(uow, lines)
    except Invalid as refused:
        form.errors = {
            "file": " ".join(
                f"{_('Line')} {name}: {_(wrong(name))}" if name.isdecimal() else _(wrong(name))
                for name in list(refused.fields)[:10]
            )
        }
        return make_response(_overview(form), HTTPStatus.UNPROCESSABLE_ENTITY)
    flash(f"{_('Utterances taken in:')} {count}", "success")
    return redirect(address("learning.overview"), HTTPStatus.SEE_OTHER)


@blueprint.get("/file")
@guard("answers:manage")
def give_out() -> Response:
    """All that the shop taught, one JSON object a line."""
    with runtime().database.looking() as session:
        response = as_lines(queries.seeds(session))
    note("utterances")
    response.headers["Content-Disposition"] = 'attachment; filename="utterances.jsonl"'
    return response


def as_lines(seeds: Sequence[queries.SeedView]) -> Response:
    """Those that are in use, one JSON object a line."""
    lines = [
        json.dumps(
            {"text": one.text, "lang": str(one.language), "intent": one.label, "slots": {}},
            ensure_ascii=False,
        )
        for one in seeds
        if one.is_active
    ]
    return Response("".join(f"{line}\n" for line in lines), mimetype="application/jsonl")


def _overview(form: Form) -> str:
    after = _number(request.args.get("after", "0"))
    label = request.args.get("label") or None
    with runtime().database.looking() as session:
        missed = queries.missed(session)
        seeds = queries.seeds(session, label=label, after=max(0, after), limit=_PAGE + 1)
    return render_template(
        "learning/overview.html",
        area="desk",
        missed=missed,
        seeds=seeds[:_PAGE],
        further=seeds[_PAGE - 1].id if len(seeds) > _PAGE else None,
        form=form,
        label=label or "",
        words=_words(),
        outcomes={outcome: _(said) for outcome, said in OUTCOMES.items()},
        languages=_languages(),
    )


def _one(seed: queries.SeedView, form: Form) -> str:
    return render_template("learning/seed.html", area="desk", seed=seed, form=form, words=_words())


def _words() -> dict[str, str]:
    return {label: _(said) for label, said in LABELS.items()}


def _languages() -> list[tuple[str, str]]:
    return [(str(Language.JAPANESE), _("Japanese")), (str(Language.ENGLISH), _("English"))]


def _refused(form: Form, refused: Invalid) -> ResponseReturnValue:
    form.errors |= {name: _(wrong(name)) for name in refused.fields}
    return make_response(_overview(form), HTTPStatus.UNPROCESSABLE_ENTITY)


def _typed() -> Form:
    return Form({name: value.strip() for name, value in request.form.items()})


def _language(form: Form) -> Language:
    typed = form.values.get("language", "")
    if typed not in set(Language):
        raise Invalid("no such language", {"language": "is unknown"})
    return Language(typed)


def _lines(body: bytes) -> list[str]:
    if len(body) > _LARGEST_FILE:
        raise Invalid("the file is too large", {"file": "is too large"})
    try:
        return body.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise Invalid("the file is no text", {"file": "is no text in UTF-8"}) from None


def _known(seed_id: int) -> int:
    return seed_id if seed_id < 10**_DIGITS else 0


def _number(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= _DIGITS else -1
