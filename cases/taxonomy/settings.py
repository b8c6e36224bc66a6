"""The settings of cases: reasons, what states are called, tags and fields, each on its pages."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

from cases.opening import OTHER
from cases.states import ACTIVE, CaseState, Priority, ReasonGroup, Stage
from cases.taxonomy import fields as own_fields
from cases.taxonomy import queries, reasons, statuses, tags
from cases.taxonomy.fields import FieldWish
from cases.taxonomy.reasons import LAST, ReasonWish, Taken
from cases.taxonomy.states import FieldKind
from cases.taxonomy.tags import TagInUse, TagTaken
from cases.taxonomy.views import Choice
from cases.taxonomy.words import GROUPS, KINDS, STAGES
from cases.words import PRIORITIES, PUBLIC_STATES, STATES
from oms_service.access.guard import actor, guard
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid, NotFound, Stale
from oms_service.kernel.languages import Language, Words, say
from oms_service.runtime import runtime
from oms_service.web.languages import spoken
from oms_service.web.texts import N_, gettext

blueprint = Blueprint(
    "case_settings", __name__, url_prefix="/desk/settings", template_folder="templates"
)

_DIGITS: Final = 9
_STALE: Final = N_("Somebody changed this meanwhile. Look at it again.")
_MISSING: Final = N_("Fill this in, in at most 80 characters.")
_WHY: Final = {
    "name": _MISSING,
    "public_name": _MISSING,
    "agent": _MISSING,
    "customer": _MISSING,
    "code": N_("Use small letters, digits and _, beginning with a letter."),
    "queue": N_("Choose a queue."),
    "position": N_("Enter a number from 0 to 9999."),
    "stages": N_("“Something else” is always offered."),
    "is_active": N_("“Something else” is always offered."),
    "choices": N_(
        "Write one choice a line, Japanese and English with a | between them; at most 50."
    ),
    "reasons": N_("One of these reasons is not there any more."),
    "tag": N_("A tag is a short word of at most 40 characters."),
    "into": N_("Choose another tag."),
    "category": N_("Only open cases stand somewhere more exactly."),
}


def _(text: str) -> str:
    return str(gettext(text))


Save = Callable[[UnitOfWork], object]


def _save(do: Save) -> dict[str, str]:
    """Save it; what stands against it in plain words, by field of the form."""
    try:
        with runtime().unit_of_work(actor()) as uow:
            do(uow)
    except Stale:
        return {"version": _(_STALE)}
    except Taken:
        return {"code": _("There is one of that code already.")}
    except TagTaken:
        return {"tag": _("Another tag is called so. Merge the two below.")}
    except TagInUse:
        return {"into": _("Cases have this tag: merge it into another.")}
    except Invalid as wrong:
        return {
            name.replace(".", "_"): _(_WHY.get(name.partition(".")[0], "Please check this."))
            for name in wrong.fields
        }
    return {}


def _whole(name: str, otherwise: int = 0) -> int:
    typed = request.form.get(name, "").strip()
    is_whole = typed.isascii() and typed.isdecimal() and len(typed) <= _DIGITS
    return int(typed) if is_whole else otherwise


def _named(field: str) -> dict[str, str]:
    return {str(one): request.form.get(f"{field}_{one}", "").strip() for one in Language}


def _page(template: str, errors: Mapping[str, str], **more: Any) -> ResponseReturnValue:
    page = render_template(template, area="desk", typed=request.form, errors=dict(errors), **more)
    return (page, HTTPStatus.UNPROCESSABLE_ENTITY) if errors else page


def _done(words: str, endpoint: str, **values: Any) -> ResponseReturnValue:
    flash(_(words), "success")
    return redirect(url_for(endpoint, **values), HTTPStatus.SEE_OTHER)


def _boxes(options: Mapping[Any, str]) -> list[dict[str, str]]:
    return [{"value": str(value), "label": _(word)} for value, word in options.items()]


# Reasons


@blueprint.get("/reasons")
@guard("cases:configure")
def all_reasons() -> ResponseReturnValue:
    """Every reason by its group, and how many open cases each has."""
    with runtime().database.looking() as session:
        found = queries.reasons(session)
        uses = queries.uses_of_reasons(session)
        queues = queries.queues(session)
    grouped = [
        (_(word), [one for one in found if one.group is group]) for group, word in GROUPS.items()
    ]
    return _page(
        "taxonomy/reasons.html",
        {},
        groups=[(word, several) for word, several in grouped if several],
        uses=uses,
        queues={queue_id: name for queue_id, (_code, name) in queues.items()},
        stages={str(stage): _(word) for stage, word in STAGES.items()},
        every=len(Stage),
        priorities=PRIORITIES,
    )


@blueprint.route("/reasons/new", methods=["GET", "POST"])
@guard("cases:configure")
def new_reason() -> ResponseReturnValue:
    errors: dict[str, str] = {}
    if request.method == "POST":
        wish = _reason_wish()
        errors = _save(
            lambda uow: reasons.add(uow, wish, code=request.form.get("code", "").strip())
        )
        if not errors:
            return _done(N_("The reason is there now."), "case_settings.all_reasons")
    return _reason_page(None, errors)


@blueprint.route("/reasons/<code>", methods=["GET", "POST"])
@guard("cases:configure")
def one_reason(code: str) -> ResponseReturnValue:
    errors: dict[str, str] = {}
    if request.method == "POST":
        wish = _reason_wish()
        errors = _save(lambda uow: reasons.change(uow, code, wish, version=_whole("version")))
        if not errors:
            return _done(
                N_("Saved. Chat, customer pages and desk offer it so from now on."),
                "case_settings.all_reasons",
            )
    return _reason_page(code, errors)


def _reason_wish() -> ReasonWish:
    form = request.form
    priority, group = form.get("priority", ""), form.get("group", "")
    return ReasonWish(
        name=_named("name"),
        public_name=_named("public_name"),
        queue=form.get("queue", ""),
        priority=Priority(priority) if priority in set(Priority) else Priority.NORMAL,
        group=ReasonGroup(group) if group in set(ReasonGroup) else ReasonGroup.OTHER,
        stages=[Stage(one) for one in form.getlist("stages") if one in set(Stage)],
        needs_photo=form.get("needs_photo") == "yes",
        is_active=form.get("is_active") == "yes",
        position=_whole("position", otherwise=LAST + 1),
    )


def _reason_page(code: str | None, errors: Mapping[str, str]) -> ResponseReturnValue:
    with runtime().database.looking() as session:
        found = queries.reason(session, code) if code else None
        queues = queries.queues(session)
        uses = queries.uses_of_reasons(session).get(code or "", 0)
        last = max((one.position for one in queries.reasons(session)), default=0)
    return _page(
        "taxonomy/reason.html",
        errors,
        reason=found,
        uses=uses,
        is_other=code == OTHER,
        queue=queues[found.queue_id][0] if found else "",
        queues=[(one, say(name, spoken())) for one, name in queues.values()],
        priorities=[(str(one), _(word)) for one, word in PRIORITIES.items()],
        groups=[(str(one), _(word)) for one, word in GROUPS.items()],
        stages=_boxes(STAGES),
        position=found.position if found else min(last + 10, LAST),
    )


# What states are called


@blueprint.get("/labels")
@guard("cases:configure")
def labels() -> ResponseReturnValue:
    """What colleagues and customers read of each state, and what stands within it."""
    with runtime().database.looking() as session:
        kept = queries.statuses(session)
    return _page(
        "taxonomy/labels.html",
        {},
        categories=[
            {
                "code": str(state),
                "own": kept.get(str(state)),
                "agent": _called(kept, state, "agent"),
                "customer": _called(kept, state, "customer"),
                "within": [
                    one for one in kept.values() if one.category is state and one.code != state
                ],
                "may_have": state in ACTIVE,
            }
            for state in CaseState
        ],
    )


def _called(kept: Mapping[str, Any], state: CaseState, whose: str) -> str:
    own = kept.get(str(state))
    if own is not None:
        return say(getattr(own, whose), spoken())
    words = STATES if whose == "agent" else PUBLIC_STATES
    return _(words[state])


@blueprint.route("/labels/<code>", methods=["GET", "POST"])
@guard("cases:configure")
def label(code: str) -> ResponseReturnValue:
    """The words of one state, or of one status within it."""
    category = CaseState(code) if code in set(CaseState) else None
    errors: dict[str, str] = {}
    if request.method == "POST":
        names = {"agent": _named("agent"), "customer": _named("customer")}
        version = _whole("version")
        if category is not None:
            errors = _save(lambda uow: statuses.call(uow, category, **names, version=version))
        else:
            is_active = request.form.get("is_active") == "yes"
            errors = _save(
                lambda uow: statuses.change(
                    uow, code, **names, is_active=is_active, version=version
                )
            )
        if not errors:
            return _done(N_("It is called so from now on."), "case_settings.labels")
    with runtime().database.looking() as session:
        own = queries.statuses(session).get(code)
    if own is None and category is None:
        raise NotFound("no such status")
    return _page(
        "taxonomy/label.html", errors, code=code, category=category, own=own, given=_given(category)
    )


def _given(category: CaseState | None) -> dict[str, Words]:
    """The house's words for a category in both languages, to begin with."""
    if category is None:
        return {}
    return {
        whose: {str(one): _in(words, one) for one in Language}
        for whose, words in (("agent", STATES[category]), ("customer", PUBLIC_STATES[category]))
    }


def _in(words: str, language: Language) -> str:
    with force_locale(str(language)):
        return _(words)


@blueprint.post("/labels/<code>/given")
@guard("cases:configure")
def label_as_given(code: str) -> ResponseReturnValue:
    """The house's words again."""
    if code not in set(CaseState):
        raise NotFound("no such state")
    errors = _save(
        lambda uow: statuses.call_as_given(uow, CaseState(code), version=_whole("version"))
    )
    if errors:
        flash(next(iter(errors.values())), "attention")
        return redirect(url_for("case_settings.label", code=code), HTTPStatus.SEE_OTHER)
    return _done(N_("It has the given words again."), "case_settings.labels")


@blueprint.route("/labels/<category>/new", methods=["GET", "POST"])
@guard("cases:configure")
def new_label(category: str) -> ResponseReturnValue:
    """A further status within a state of open cases."""
    if category not in set(ACTIVE):
        raise NotFound("no such state")
    state = CaseState(category)
    errors: dict[str, str] = {}
    if request.method == "POST":
        errors = _save(
            lambda uow: statuses.add(
                uow,
                state,
                agent=_named("agent"),
                customer=_named("customer"),
                code=request.form.get("code", "").strip(),
            )
        )
        if not errors:
            return _done(N_("The status is there now."), "case_settings.labels")
    return _page("taxonomy/label.html", errors, code=None, category=None, own=None, given={})


# Tags


@blueprint.get("/tags")
@guard("cases:configure")
def all_tags() -> ResponseReturnValue:
    """Every tag and how many cases have it."""
    with runtime().database.looking() as session:
        found = queries.tags(session)
    return _page("taxonomy/tags.html", {}, tags=found)


@blueprint.route("/tags/<int:tag_id>", methods=["GET", "POST"])
@guard("cases:configure")
def one_tag(tag_id: int) -> ResponseReturnValue:
    """One tag, to be called otherwise, merged or dropped."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        typed = request.form.get("tag", "")
        errors = _save(lambda uow: tags.rename(uow, tag_id, typed, version=_whole("version")))
        if not errors:
            return _done(N_("The tag is called so from now on."), "case_settings.all_tags")
    return _tag_page(tag_id, errors)


@blueprint.post("/tags/<int:tag_id>/merge")
@guard("cases:configure")
def merge_tag(tag_id: int) -> ResponseReturnValue:
    """Let all its cases have another tag, and drop it."""
    into = _whole("into")
    if into == 0:
        return _tag_page(tag_id, {"into": _("Choose another tag.")})
    errors = _save(lambda uow: tags.merge(uow, tag_id, into=into))
    if errors:
        return _tag_page(tag_id, errors)
    return _done(N_("The two tags are one now."), "case_settings.all_tags")


@blueprint.post("/tags/<int:tag_id>/drop")
@guard("cases:configure")
def drop_tag(tag_id: int) -> ResponseReturnValue:
    """Drop a tag that no case has."""
    errors = _save(lambda uow: tags.drop(uow, tag_id))
    if errors:
        return _tag_page(tag_id, errors)
    return _done(N_("The tag is gone."), "case_settings.all_tags")


def _tag_page(tag_id: int, errors: Mapping[str, str]) -> ResponseReturnValue:
    with runtime().database.looking() as session:
        found = queries.tags(session)
    one = next((one for one in found if one.id == tag_id), None)
    if one is None:
        raise NotFound("no such tag")
    others = [(str(other.id), other.name) for other in found if other.id != tag_id]
    return _page("taxonomy/tag.html", errors, tag=one, others=others)


# Fields


@blueprint.get("/fields")
@guard("cases:configure")
def all_fields() -> ResponseReturnValue:
    """Every field, in the shop's order."""
    with runtime().database.looking() as session:
        found = queries.fields(session)
        known = {one.code: one.name for one in queries.reasons(session)}
    return _page("taxonomy/fields.html", {}, fields=found, kinds=KINDS, reasons=known)


@blueprint.route("/fields/new", methods=["GET", "POST"])
@guard("cases:configure")
def new_field() -> ResponseReturnValue:
    errors: dict[str, str] = {}
    if request.method == "POST":
        typed = request.form.get("kind", "")
        kind = FieldKind(typed) if typed in set(FieldKind) else FieldKind.TEXT
        wish = _field_wish(kind)
        code = request.form.get("code", "").strip()
        errors = _save(lambda uow: own_fields.add(uow, kind, wish, code=code))
        if not errors:
            return _done(N_("The field is there now."), "case_settings.all_fields")
    return _field_page(None, errors)


@blueprint.route("/fields/<code>", methods=["GET", "POST"])
@guard("cases:configure")
def one_field(code: str) -> ResponseReturnValue:
    errors: dict[str, str] = {}
    if request.method == "POST":
        with runtime().database.looking() as session:
            kind = queries.field(session, code).kind
        wish = _field_wish(kind)
        errors = _save(lambda uow: own_fields.change(uow, code, wish, version=_whole("version")))
        if not errors:
            return _done(N_("Saved."), "case_settings.all_fields")
    return _field_page(code, errors)


def _field_wish(kind: FieldKind) -> FieldWish:
    form = request.form
    return FieldWish(
        name=_named("name"),
        reasons=form.getlist("reasons"),
        is_required=form.get("is_required") == "yes",
        is_public=form.get("is_public") == "yes",
        is_active=form.get("is_active") == "yes",
        position=_whole("position", otherwise=LAST + 1),
        choices=_choices(form.get("choices", "")) if kind is FieldKind.CHOICE else (),
    )


def _choices(typed: str) -> list[dict[str, str]]:
    """A line a choice: ``大 | Large``."""
    found = []
    for line in typed.replace("|", "|").splitlines():
        japanese, _bar, english = (one.strip() for one in line.partition("|"))
        if japanese or english:
            found.append({"ja": japanese or english, "en": english or japanese})
    return found


def _lines(choices: tuple[Choice, ...]) -> str:
    return "\n".join(f"{one.name['ja']} | {one.name['en']}" for one in choices if one.is_active)


def _field_page(code: str | None, errors: Mapping[str, str]) -> ResponseReturnValue:
    with runtime().database.looking() as session:
        found = queries.field(session, code) if code else None
        known = queries.reasons(session)
        last = max((one.position for one in queries.fields(session)), default=0)
    return _page(
        "taxonomy/field.html",
        errors,
        field=found,
        choices=_lines(tuple(found.choices)) if found else "",
        kinds=[(str(one), _(word)) for one, word in KINDS.items()],
        reasons=[
            {"value": one.code, "label": say(one.name, spoken())}
            for one in known
            if one.is_active or (found and one.code in found.reasons)
        ],
        position=found.position if found else min(last + 10, LAST),
        Kind=FieldKind,
    )
