"""The shop's answers on pages: what there is, what a question would get, writing and undoing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from bots.answers import facts, finding, queries, service, variables
from bots.answers.service import NothingToUndo, Wish
from bots.answers.states import Topic
from bots.answers.views import AnswerView
from bots.answers.words import TOPICS, wrong
from oms_service.access import queries as access
from oms_service.access.guard import actor, guard
from oms_service.catalog import window
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.kernel.errors import Invalid, NotFound, Stale
from oms_service.kernel.languages import Language, Words, say
from oms_service.runtime import runtime
from oms_service.web.languages import spoken
from oms_service.web.texts import gettext

blueprint = Blueprint(
    "answers", __name__, url_prefix="/desk/settings/answers", template_folder="templates"
)
#: Versions that are shown; all of them stay.
_MOST_SHOWN: Final = 20
_DIGITS: Final = 9


def _(text: str) -> str:
    return str(gettext(text))


@dataclass(frozen=True)
class Preview:
    """How an answer reads now, and what of it is left out."""

    language: str
    text: str
    missing: tuple[str, ...]


@dataclass
class Form:
    """What stands in the fields, and what is wrong with it."""

    values: Mapping[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    previews: tuple[Preview, ...] = ()


@blueprint.get("")
@guard("answers:manage")
def overview() -> str:
    """Every answer by what it is about; and which of them a question would get."""
    asked = request.args.get("ask", "").strip()[: service.LONGEST_QUESTION]
    house = runtime()
    with house.database.looking() as session:
        found = queries.answers(session, every=True)
        products = _product_names(session, found)
        values = _values(session)
    by_topic = {
        topic: [one for one in found if one.topic is topic]
        for topic in Topic
        if any(one.topic is topic for one in found)
    }
    in_use = {one.code: one for one in found if one.is_active}
    samples = {
        code: [q for said in one.questions.values() for q in said] for code, one in in_use.items()
    }
    keys = finding.find(asked, samples).keys if asked else ()
    return render_template(
        "answers/overview.html",
        area="desk",
        topics=by_topic,
        topic_words=TOPICS,
        products=products,
        asked=asked,
        got=[(in_use[key], _said(in_use[key], values)) for key in keys],
    )


@blueprint.route("/new", methods=["GET", "POST"])
@guard("answers:manage")
def new() -> ResponseReturnValue:
    """Another answer: about the shop, or about one product."""
    if request.method == "GET":
        return _page((), Form({"is_active": "yes", "topic": request.args.get("topic", "")}))
    form = _typed()
    if form.values.get("then") == "preview":
        return _page((), _previewed(form))
    try:
        with runtime().unit_of_work(actor()) as uow:
            service.add(uow, _wish(uow.session, form))
    except Invalid as refused:
        return _again((), form, refused)
    flash(_("The answer is there. The chat gives it from now on."), "success")
    return redirect(url_for("answers.overview"), HTTPStatus.SEE_OTHER)


@blueprint.route("/<code>", methods=["GET", "POST"])
@guard("answers:manage")
def one(code: str) -> ResponseReturnValue:
    """One answer: its questions, its words, how it reads now, and what it was."""
    with runtime().database.looking() as session:
        versions = queries.history(session, code)
        names = _product_names(session, versions)
    if request.method == "GET":
        return _page(versions, _previewed(_of(versions[0], names)))
    form = _typed()
    if form.values.get("then") == "preview":
        return _page(versions, _previewed(form))
    try:
        with runtime().unit_of_work(actor()) as uow:
            service.change(uow, code, _wish(uow.session, form), version=_version(form))
    except Stale:
        form.errors["version"] = _("Somebody changed this meanwhile. Look at it again.")
        return make_response(_page(versions, form), HTTPStatus.CONFLICT)
    except Invalid as refused:
        return _again(versions, form, refused)
    flash(_("The answer is changed. The chat gives it from now on."), "success")
    return redirect(url_for("answers.one", code=code), HTTPStatus.SEE_OTHER)


@blueprint.post("/<code>/undo")
@guard("answers:manage")
def undo(code: str) -> ResponseReturnValue:
    """Let the version before hold again."""
    try:
        with runtime().unit_of_work(actor()) as uow:
            service.undo(uow, code, version=_version(_typed()))
    except Stale:
        flash(_("Somebody changed this meanwhile. Look at it again."), "attention")
    except NothingToUndo:
        flash(_("This answer was never another."), "attention")
    else:
        flash(_("The version before holds again."), "success")
    return redirect(url_for("answers.one", code=code), HTTPStatus.SEE_OTHER)


def _again(versions: tuple[AnswerView, ...], form: Form, refused: Invalid) -> ResponseReturnValue:
    form.errors |= {name: _(wrong(name, why)) for name, why in refused.fields.items()}
    return make_response(_page(versions, form), HTTPStatus.UNPROCESSABLE_ENTITY)


def _typed() -> Form:
    return Form({name: value.strip() for name, value in request.form.items()})


def _of(found: AnswerView, products: Mapping[int, str]) -> Form:
    """An answer as its fields show it."""
    shown = {
        **{f"questions_{code}": "\n".join(said) for code, said in found.questions.items()},
        **{f"body_{code}": text for code, text in found.body.items()},
        "topic": str(found.topic),
        "product": products.get(found.product_id or 0, ""),
        "is_active": "yes" if found.is_active else "",
        "version": str(found.version),
    }
    return Form(shown)


def _wish(session: Session, form: Form) -> Wish:
    given = form.values
    topic = given.get("topic", "")
    if topic not in set(Topic):
        raise Invalid("no such topic", {"topic": "is unknown"})
    return Wish(
        topic=Topic(topic),
        questions={str(one): given.get(f"questions_{one}", "").splitlines() for one in Language},
        body={str(one): given.get(f"body_{one}", "") for one in Language},
        product_id=product_id(session, given.get("product", "")),
        is_active=given.get("is_active") == "yes",
    )


def product_id(session: Session, code: str) -> int | None:
    """The product of a code that somebody typed; None for none.

    Raises:
        Invalid: there is no such product.
    """
    if not code:
        return None
    wrong_product = Invalid("no such product", {"product": "is unknown"})
    if not code.isprintable():
        raise wrong_product
    try:
        return window.product_by_code(session, code).id
    except NotFound:
        raise wrong_product from None


def _previewed(form: Form) -> Form:
    """The same form with how the answer reads in each language now."""
    with runtime().database.looking() as session:
        values = _values(session)
    shown = []
    for language in Language:
        body = form.values.get(f"body_{language}", "").replace("\r\n", "\n")
        if body and not variables.unknown(body):
            text = variables.fill(body, values, language)
            shown.append(Preview(str(language), text, variables.missing(body, values)))
        elif body:
            form.errors[f"body_{language}"] = _(wrong(f"body_{language}", "unknown variable"))
    form.previews = tuple(shown)
    return form


def _values(session: Session) -> dict[str, Words]:
    house = runtime()
    return facts.values(house, session, now=house.clock.now(), channel=facts.home(session))


def _said(answer: AnswerView, values: Mapping[str, Words]) -> str:
    """As whoever looks would read it."""
    told = {
        code: variables.fill(body, values, Language(code)) for code, body in answer.body.items()
    }
    return say(told, spoken())


def _product_names(session: Session, found: tuple[AnswerView, ...]) -> dict[int, str]:
    ids = {one.product_id for one in found if one.product_id is not None}
    return window.product_codes(session, ids) if ids else {}


def _page(versions: tuple[AnswerView, ...], form: Form) -> str:
    with runtime().database.looking() as session:
        colleagues = access.staff_names(session)
        values = _values(session)
    return render_template(
        "answers/answer.html",
        area="desk",
        answer=versions[0] if versions else None,
        versions=[(one, _by(one, colleagues)) for one in versions[:_MOST_SHOWN]],
        form=form,
        topics=[(str(topic), _(said)) for topic, said in TOPICS.items()],
        variables={
            f"{{{name}}}": (_(said), say(values.get(name, {}), spoken()))
            for name, said in variables.VARIABLES.items()
        },
    )


def _by(version: AnswerView, colleagues: Mapping[int, str]) -> str:
    """Who wrote a version; empty for what came with the product."""
    if not version.by:
        return ""
    who = Actor.from_ref(version.by)
    if who.kind is ActorKind.STAFF and who.id.isdecimal():
        return colleagues.get(int(who.id), "") or _("a colleague")
    return _("a program")


def _version(form: Form) -> int:
    typed = form.values.get("version", "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= _DIGITS else -1
