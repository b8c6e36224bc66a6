"""What a lead says of routing, on pages: queues, rules and their order, skills, weights."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cases import queries as cases
from cases.routing import queries, service, trying, words
from cases.routing.pages import LANGUAGES, whole
from cases.routing.policy import Facts
from cases.routing.queries import QueueView, RuleView, SkillView
from cases.routing.service import QueueWish, RuleWish, StillDefault
from cases.sla.pages import CHANNEL_WORDS, TIERS
from cases.states import Priority
from cases.words import PRIORITIES
from oms_service.access.guard import actor, guard
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid, Stale
from oms_service.kernel.languages import Language, say
from oms_service.kernel.money import Money
from oms_service.ports.slots import Area, Entry
from oms_service.runtime import runtime
from oms_service.sales import queries as sales
from oms_service.web import formats
from oms_service.web.languages import spoken
from oms_service.web.texts import N_, gettext

blueprint = Blueprint("routing", __name__, url_prefix="/desk/routing", template_folder="templates")

_NEW: Final = "new"
_AMOUNT_DIGITS: Final = 12


def _(text: str) -> str:
    return str(gettext(text))


@blueprint.get("")
@guard("routing:manage")
def overview() -> str:
    """Rules in the order they are asked, queues with their members, skills, weights."""
    with runtime().database.looking() as session:
        found = queries.rules(session)
        queues, skills = queries.queues(session), queries.skills(session)
        names = {one.staff_id: one.name for one in queries.agents(session)}
        reasons = cases.reasons(session)
        weights = queries.weights(session)
        channels = {one.code: one.name for one in sales.channels(session)}
    return render_template(
        "routing/overview.html",
        area="desk",
        rules=found,
        queues=queues,
        by_id={one.id: one for one in queues},
        skills=skills,
        skill_names={one.code: one.name for one in skills},
        who=names,
        weights=weights,
        channel_words=CHANNEL_WORDS,
        priorities=PRIORITIES,
        conditions=lambda rule: _conditions(rule, reasons, channels),
    )


def _conditions(
    rule: RuleView, reasons: Mapping[str, Any], channels: Mapping[str, Any]
) -> list[str]:
    """What a case must be for a rule, in words; nothing means any."""
    said = [say(reasons[one].name, spoken()) for one in rule.reasons if one in reasons]
    said += [_(CHANNEL_WORDS[one]) for one in rule.channels if one in CHANNEL_WORDS]
    said += [_(LANGUAGES[Language(one)]) for one in rule.languages]
    said += [_(PRIORITIES[Priority(one)]) for one in rule.priorities]
    said += [_(words_) for one, words_ in TIERS.items() if one in rule.tiers]
    said += [f"#{one}" for one in rule.tags]
    said += [say(channels[one], spoken()) for one in rule.sales_channels if one in channels]
    if rule.least_minor is not None:
        amount = formats.money(Money(rule.least_minor, rule.currency), spoken())
        said.append(_("orders from %(amount)s") % {"amount": amount})
    return said


# Rules


@blueprint.route("/rules/new", methods=["GET", "POST"])
@guard("routing:manage")
def new_rule() -> ResponseReturnValue:
    """A further rule, asked last."""
    return _rule(None)


@blueprint.route("/rules/<int:rule_id>", methods=["GET", "POST"])
@guard("routing:manage")
def rule(rule_id: int) -> ResponseReturnValue:
    """One rule: for which cases, and where they go."""
    with runtime().database.reading() as connection:
        found = queries.rule(connection, rule_id)
    return _rule(found)


@blueprint.post("/rules/<int:rule_id>/move")
@guard("routing:manage")
def move_rule(rule_id: int) -> ResponseReturnValue:
    """Let a rule be asked one place earlier or later."""
    with runtime().unit_of_work(actor()) as uow:
        service.move_rule(uow, rule_id, up=request.form.get("way") == "up")
    return redirect(url_for("routing.overview"), HTTPStatus.SEE_OTHER)


def _rule(found: RuleView | None) -> ResponseReturnValue:
    errors: dict[str, str] = {}
    if request.method == "POST":
        errors = _save(lambda uow: _write_rule(uow, found))
        if not errors:
            flash(_("It holds for cases that come in from now on."), "success")
            return redirect(url_for("routing.overview"), HTTPStatus.SEE_OTHER)
    with runtime().database.looking() as session:
        queues, skills = queries.queues(session), queries.skills(session)
        channels = sales.channels(session)
        groups = _groups(cases.reasons(session), channels)
    by_id = {one.id: one.code for one in queues}
    page = render_template(
        "routing/rule.html",
        area="desk",
        rule=found,
        typed=request.form,
        errors=errors,
        groups=groups,
        queues=[("", _("the queue of its reason")), *_named(queues)],
        held_queue=by_id.get(found.queue_id or 0, "") if found else "",
        priorities=[("", _("as its reason says")), *((p, _(w)) for p, w in PRIORITIES.items())],
        skills=[{"value": code, "label": name} for code, name in _named(skills)],
        currencies=[("", ""), *((one, one) for one in sorted({c.currency for c in channels}))],
    )
    return (page, HTTPStatus.UNPROCESSABLE_ENTITY) if errors else page


def _groups(reasons: Mapping[str, Any], channels: Any) -> list[tuple[str, str, list[Any]]]:
    """The conditions of a rule that are chosen from lists."""
    lists: tuple[tuple[str, str, Mapping[Any, Any]], ...] = (
        ("reasons", _("Reasons"), {code: one.name for code, one in reasons.items()}),
        ("channels", _("Channels"), CHANNEL_WORDS),
        ("languages", _("Languages"), LANGUAGES),
        ("priorities", _("Priorities"), PRIORITIES),
        ("tiers", _("Customers"), TIERS),
        ("sales_channels", _("Sales channels"), {one.code: one.name for one in channels}),
    )
    return [
        (
            name,
            legend,
            [
                {
                    "value": str(value),
                    "label": _(said) if isinstance(said, str) else say(said, spoken()),
                }
                for value, said in options.items()
            ],
        )
        for name, legend, options in lists
    ]


def _named(some: tuple[QueueView, ...] | tuple[SkillView, ...]) -> list[tuple[str, str]]:
    return [(one.code, say(one.name, spoken())) for one in some]


def _write_rule(uow: UnitOfWork, found: RuleView | None) -> None:
    form = request.form
    typed = form.get("least_minor", "").strip()
    is_amount = typed.isascii() and typed.isdecimal() and len(typed) <= _AMOUNT_DIGITS
    wish = RuleWish(
        name=_name(),
        reasons=form.getlist("reasons"),
        channels=form.getlist("channels"),
        languages=form.getlist("languages"),
        priorities=form.getlist("priorities"),
        tiers=form.getlist("tiers"),
        tags=[
            one.strip() for one in form.get("tags", "").replace("、", ",").split(",") if one.strip()
        ],
        sales_channels=form.getlist("sales_channels"),
        least_minor=(int(typed) if is_amount else 0) if typed else None,
        currency=form.get("currency", ""),
        queue=form.get("queue", ""),
        priority=form.get("priority", ""),
        skills=form.getlist("skills"),
        is_active=form.get("is_active") == "yes",
    )
    if found is None:
        service.add_rule(uow, wish)
    else:
        service.change_rule(uow, found.id, wish, version=whole("version"))


# Queues and skills


@blueprint.route("/queues/<code>", methods=["GET", "POST"])
@guard("routing:manage")
def queue(code: str) -> ResponseReturnValue:
    """One queue: its name, who works on it, the default; ``new`` for a further one."""
    with runtime().database.reading() as connection:
        found = None if code == _NEW else queries.queue(connection, code)
        people = queries.agents(connection)
    errors: dict[str, str] = {}
    if request.method == "POST":
        errors = _save(lambda uow: _write_queue(uow, found))
        if not errors:
            flash(_("Saved."), "success")
            return redirect(url_for("routing.overview"), HTTPStatus.SEE_OTHER)
    page = render_template(
        "routing/queue.html",
        area="desk",
        queue=found,
        typed=request.form,
        errors=errors,
        people=[{"value": str(one.staff_id), "label": one.name} for one in people],
        held=[str(one) for one in found.members] if found else [],
    )
    return (page, HTTPStatus.UNPROCESSABLE_ENTITY) if errors else page


def _write_queue(uow: UnitOfWork, found: QueueView | None) -> None:
    form = request.form
    wish = QueueWish(
        name=_name(),
        members=[int(one) for one in form.getlist("members") if _is_id(one)],
        is_default=form.get("is_default") == "yes",
    )
    if found is None:
        service.add_queue(uow, wish)
    else:
        service.change_queue(uow, found.code, wish, version=whole("version"))


@blueprint.route("/skills/<code>", methods=["GET", "POST"])
@guard("routing:manage")
def skill(code: str) -> ResponseReturnValue:
    """One skill: its name, and whether it is offered; ``new`` for a further one."""
    with runtime().database.reading() as connection:
        found = next((one for one in queries.skills(connection) if one.code == code), None)
    errors: dict[str, str] = {}
    if request.method == "POST":
        errors = _save(lambda uow: _write_skill(uow, code, found))
        if not errors:
            flash(_("Saved."), "success")
            return redirect(url_for("routing.overview"), HTTPStatus.SEE_OTHER)
    page = render_template(
        "routing/skill.html", area="desk", skill=found, typed=request.form, errors=errors
    )
    return (page, HTTPStatus.UNPROCESSABLE_ENTITY) if errors else page


def _write_skill(uow: UnitOfWork, code: str, found: SkillView | None) -> None:
    if found is None and code == _NEW:
        service.add_skill(uow, _name())
    else:
        is_active = request.form.get("is_active") == "yes"
        service.change_skill(uow, code, _name(), is_active=is_active, version=whole("version"))


@blueprint.post("/weights")
@guard("routing:manage")
def weights() -> ResponseReturnValue:
    """How much room a case of each channel takes."""
    errors = _save(lambda uow: service.set_weights(uow, {one: whole(one) for one in CHANNEL_WORDS}))
    if errors:
        flash(_("A case takes 1 to 10."), "danger")
    else:
        flash(_("What everybody carries was counted anew."), "success")
    return redirect(url_for("routing.overview"), HTTPStatus.SEE_OTHER)


# Trying


@blueprint.get("/try")
@guard("routing:manage")
def try_out() -> str:
    """Where would this case go? Nothing is opened."""
    asked = request.args
    with runtime().database.looking() as session:
        queues = {one.id: one for one in queries.queues(session)}
        reasons = cases.reasons(session)
        channels = sales.channels(session)
        found = None
        if asked.get("reason") in reasons:
            found = trying.where(session, _facts(asked))
        names = {one.staff_id: one.name for one in queries.agents(session)}
        rules = {one.id: one.name for one in queries.rules(session)}
    return render_template(
        "routing/try.html",
        area="desk",
        asked=asked,
        found=found,
        queues=queues,
        rules=rules,
        who=names,
        why=words.WHY,
        nobody=words.NOBODY,
        verdicts=words.VERDICTS,
        reasons=[(code, say(one.name, spoken())) for code, one in sorted(reasons.items())],
        channels=[(code, _(said)) for code, said in CHANNEL_WORDS.items()],
        languages=[(str(one), _(said)) for one, said in LANGUAGES.items()],
        tiers=[(str(one), _(said)) for one, said in TIERS.items()],
        priorities=[("", _("as its reason says")), *((p, _(w)) for p, w in PRIORITIES.items())],
        sales_channels=[("", _("no order")), *_shops(channels)],
    )


def _shops(channels: Any) -> list[tuple[str, str]]:
    return [(one.code, say(one.name, spoken())) for one in channels]


def _facts(asked: Mapping[str, str]) -> Facts:
    typed = asked.get("value", "").strip()
    is_amount = typed.isascii() and typed.isdecimal() and len(typed) <= _AMOUNT_DIGITS
    return Facts(
        reason=asked.get("reason", ""),
        channel=asked.get("channel", ""),
        language=asked.get("language", ""),
        priority=asked.get("priority", ""),
        tier=asked.get("tier", ""),
        tags=frozenset(trying.tags(asked.get("tags", ""))),
        sales_channel=asked.get("sales_channel", ""),
        value_minor=int(typed) if is_amount else None,
    )


# Inside


def _name() -> dict[str, str]:
    return {str(one): request.form.get(f"name_{one}", "").strip() for one in Language}


def _is_id(typed: str) -> bool:
    return typed.isascii() and typed.isdecimal() and len(typed) <= _AMOUNT_DIGITS


def _save(write: Any) -> dict[str, str]:
    """What was wrong with it, by field; nothing when it is saved."""
    try:
        with runtime().unit_of_work(actor()) as uow:
            write(uow)
    except Stale:
        return {"version": _("Somebody changed this meanwhile. Look at it again.")}
    except StillDefault:
        return {"is_default": _("Make another queue the default instead.")}
    except Invalid as wrong:
        return {
            name.replace("name.", "name_"): _(_WRONG.get(name, "Please check this."))
            for name in wrong.fields
        }
    return {}


_WRONG: Final = {
    "name.ja": N_("Enter a name of at most 60 characters."),
    "name.en": N_("Enter a name of at most 60 characters."),
    "queue": N_("Choose a queue, a priority or a skill: a rule has to say something."),
    "least_minor": N_("Enter a whole amount, or leave it empty."),
    "currency": N_("Choose the currency of the amount."),
}

ENTRIES: Final = (
    Entry(
        area=Area.DESK,
        label=N_("Queues and routing"),
        endpoint="routing.overview",
        permission="routing:manage",
        icon="arrow",
        rank=61,
        group=N_("Case settings"),
    ),
)
