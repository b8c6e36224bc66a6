"""Answer times on pages: the policies and hours of the shop, and what they mean just now."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cases import queries as cases
from cases.sla import editing, queries
from cases.sla.book import Step
from cases.sla.clocks import WARNINGS, Metric
from cases.sla.editing import HoursView, PolicyView, PolicyWish
from cases.sla.hours import NeverOpen
from cases.sla.words import METRICS
from cases.states import Priority
from cases.words import PRIORITIES
from oms_service.access.guard import actor, guard
from oms_service.customers.states import Tier
from oms_service.kernel.errors import Invalid, Stale
from oms_service.kernel.languages import Language, say
from oms_service.runtime import runtime
from oms_service.shipping.calendars import national
from oms_service.web.languages import spoken
from oms_service.web.texts import N_, gettext

blueprint = Blueprint(
    "answer_times", __name__, url_prefix="/desk/times", template_folder="templates"
)

MEASURED: Final = (Metric.FIRST_RESPONSE, Metric.NEXT_RESPONSE, Metric.RESOLUTION)
WEEKDAYS: Final = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)
TIERS: Final[Mapping[Tier, str]] = {
    Tier.STANDARD: N_("Standard customers"),
    Tier.SILVER: N_("Silver customers"),
    Tier.GOLD: N_("Gold customers"),
}
CHANNEL_WORDS: Final[Mapping[str, str]] = {
    "webchat": N_("Web chat"),
    "line": N_("LINE"),
    "sms": N_("Text messages"),
    "slack": N_("Slack"),
    "mail": N_("Mail"),
    "portal": N_("Customer pages"),
    "desk": N_("Desk"),
    "api": N_("API"),
    "assistant": N_("Assistants of customers"),
    "shipping": N_("Delays found by the shop"),
}
STEPS: Final[Mapping[Step, str]] = {
    Step.REASSIGN: N_("Give it to a colleague with room"),
    Step.RAISE_PRIORITY: N_("Make it more pressing"),
    Step.TELL_LEAD: N_("Put it on the leads' list"),
}
#: In the place of a code: a further one.
NEW: Final = "new"
_DIGITS: Final = 6
_MINUTE_S: Final = 60


def _(text: str) -> str:
    return str(gettext(text))


@blueprint.get("")
@guard("sla:manage")
def overview() -> str:
    """Every policy in the order they are asked, and by when a case opened now would be due."""
    house = runtime()
    now = house.clock.now()
    with house.database.looking() as session:
        found, hours = editing.policies(session), editing.all_hours(session)
        held = queries.book(session, today=now.date())
        reasons = cases.reasons(session)
    due: dict[int, dict[Metric, Any]] = {}
    for policy in held.policies:
        for metric, span in policy.targets.spans.items():
            try:
                moment = policy.targets.hours.add(now, span)
            except NeverOpen:
                moment = None
            due.setdefault(policy.id, {})[metric] = moment
    return render_template(
        "sla/overview.html",
        area="desk",
        policies=found,
        hours={one.id: one for one in hours},
        due=due,
        metrics=METRICS,
        measured=MEASURED,
        span=_span,
        conditions=lambda policy: list(_conditions(policy, reasons)),
    )


def _span(minutes: int) -> str:
    """Working time as exact as it was set."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("%(minutes)s min") % {"minutes": rest}
    if not rest:
        return _("%(hours)s h") % {"hours": hours}
    return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": rest}


def _conditions(policy: PolicyView, reasons: Mapping[str, Any]) -> Iterator[Any]:
    """What a case must be for a policy, in words; nothing means any."""
    yield from (reasons[one].name for one in policy.reasons if one in reasons)
    yield from (_(PRIORITIES[Priority(one)]) for one in policy.priorities)
    yield from (_(TIERS[Tier(one)]) for one in policy.tiers)
    yield from (_(CHANNEL_WORDS[one]) for one in policy.channels)


@blueprint.post("/policies/<code>/move")
@guard("sla:manage")
def move_policy(code: str) -> ResponseReturnValue:
    """Let a policy be asked one place earlier or later."""
    with runtime().unit_of_work(actor()) as uow:
        editing.move_policy(uow, code, up=request.form.get("way") == "up")
    return redirect(url_for("answer_times.overview"), 303)


@blueprint.route("/policies/<code>", methods=["GET", "POST"])
@guard("sla:manage")
def policy(code: str) -> ResponseReturnValue:
    """One policy: for which cases, how soon, what happens when time runs out; ``new`` adds one."""
    with runtime().database.looking() as session:
        found = None if code == NEW else editing.policy_by_code(session, code)
        reasons = cases.reasons(session)
        desks = editing.all_hours(session)
    errors: dict[str, str] = {}
    if request.method == "POST":
        wish = _wish(errors)
        errors = errors or _save_policy(code, wish)
        if not errors:
            flash(_("These times hold from now on, for open cases too."), "success")
            return redirect(url_for("answer_times.overview"), 303)
    page = render_template(
        "sla/policy.html",
        area="desk",
        policy=found,
        typed=request.form,
        errors=errors,
        metrics=METRICS,
        measured=MEASURED,
        groups=[
            ("reasons", _("Reasons"), _boxes({one: reasons[one].name for one in sorted(reasons)})),
            ("priorities", _("Priorities"), _boxes(PRIORITIES)),
            ("tiers", _("Customers"), _boxes(TIERS)),
            ("channels", _("Channels"), _boxes(CHANNEL_WORDS)),
        ],
        rungs=_boxes(_rungs()),
        held_rungs=[f"{percent}:{step}" for percent, step in (found.ladder if found else ())],
        desks=[(one.code, say(one.name, spoken())) for one in desks],
        held_desk=next((one.code for one in desks if found and one.id == found.hours_id), ""),
    )
    return (page, 422) if errors else page


def _rungs() -> dict[str, str]:
    """Every step at every share that colleagues are told at."""
    words = _("At %(share)s percent: %(step)s")
    return {
        f"{share}:{step}": words % {"share": share, "step": _(said)}
        for share in WARNINGS
        for step, said in STEPS.items()
    }


def _boxes(options: Mapping[Any, Any]) -> list[dict[str, Any]]:
    """Options as the form's macro takes them; a word of the shop's own is in both languages."""
    return [
        {"value": str(value), "label": _(said) if isinstance(said, str) else say(said, spoken())}
        for value, said in options.items()
    ]


def _wish(errors: dict[str, str]) -> PolicyWish:
    form = request.form
    targets = {}
    for metric in MEASURED:
        typed = form.get(metric, "").strip()
        if not typed:
            continue
        if not (typed.isascii() and typed.isdecimal() and 0 < len(typed) <= _DIGITS and int(typed)):
            errors[metric] = _("Enter whole minutes, or leave it empty for no target.")
            continue
        targets[str(metric)] = int(typed) * _MINUTE_S
    return PolicyWish(
        reasons=form.getlist("reasons"),
        priorities=form.getlist("priorities"),
        tiers=form.getlist("tiers"),
        channels=form.getlist("channels"),
        targets=targets,
        ladder=[
            [percent, str(step)]
            for percent in WARNINGS
            for step in Step
            if f"{percent}:{step}" in form.getlist("ladder")
        ],
        is_active=form.get("is_active") == "yes",
        hours=form.get("hours", ""),
    )


def _typed_name() -> dict[str, str]:
    return {str(one): request.form.get(f"name_{one}", "").strip() for one in Language}


def _save_policy(code: str, wish: PolicyWish) -> dict[str, str]:
    try:
        with runtime().unit_of_work(actor()) as uow:
            if code == NEW:
                editing.add_policy(uow, _typed_name(), wish)
            else:
                editing.change_policy(uow, code, wish, version=_version())
    except Stale:
        return {"version": _("Somebody changed this meanwhile. Look at it again.")}
    except Invalid as wrong:
        return {
            name.removeprefix("targets.").replace("name.", "name_"): _("Please check this.")
            for name in wrong.fields
        }
    return {}


@blueprint.route("/hours/<code>", methods=["GET", "POST"])
@guard("sla:manage")
def hours(code: str) -> ResponseReturnValue:
    """Opening hours: a line a weekday, holidays, and days of their own; ``new`` adds some."""
    with runtime().database.looking() as session:
        found = None if code == NEW else editing.hours_by_code(session, code)
    errors: dict[str, str] = {}
    if request.method == "POST":
        errors = _save_hours(code)
        if not errors:
            flash(_("These hours hold from now on, for open cases too."), "success")
            return redirect(url_for("answer_times.overview"), 303)
    page = render_template(
        "sla/hours.html",
        area="desk",
        hours=found,
        lines=_lines(found) if found else dict[str, str](),
        zone=str(runtime().settings.zone),
        typed=request.form,
        errors=errors,
        weekdays=WEEKDAYS,
        countries=[("", _("none")), *((one, one) for one in national.countries())],
    )
    return (page, 422) if errors else page


def _lines(found: HoursView) -> dict[str, str]:
    """Hours as one types them: ``09:00-12:00, 13:00-18:00``."""
    lines = {f"day{place}": _spoken(day) for place, day in enumerate(found.week)}
    special = (f"{day} {_spoken(spans)}".strip() for day, spans in sorted(found.special.items()))
    return {**lines, "special": "\n".join(special)}


def _spoken(spans: list[list[str]]) -> str:
    return ", ".join("-".join(span) for span in spans)


def _save_hours(code: str) -> dict[str, str]:
    form = request.form
    week = [_spans(form.get(f"day{place}", "")) for place in range(len(WEEKDAYS))]
    special = {}
    for line in form.get("special", "").splitlines():
        day, _space, spans = line.strip().partition(" ")
        if day:
            special[day] = _spans(spans)
    try:
        with runtime().unit_of_work(actor()) as uow:
            given: dict[str, Any] = {
                "zone": form.get("zone", "").strip(),
                "country": form.get("country", ""),
                "week": week,
                "special": special,
            }
            if code == NEW:
                editing.add_hours(uow, name=_typed_name(), **given)
            else:
                editing.change_hours(uow, code, **given, version=_version())
    except Stale:
        return {"version": _("Somebody changed this meanwhile. Look at it again.")}
    except Invalid as wrong:
        return {
            _field(name): _(_WRONG_HOURS.get(_kind(name), "Please check this."))
            for name in wrong.fields
        }
    return {}


_WRONG_HOURS: Final = {
    "zone": N_("Enter a time zone such as Asia/Tokyo."),
    "country": N_("No holidays are known there."),
    "week": N_("Enter hours such as 09:00-12:00, 13:00-18:00."),
    "special": N_(
        "Enter a day a line, such as 2026-12-31 09:00-12:00; without hours it is closed."
    ),
}


def _kind(field: str) -> str:
    return field.partition(".")[0]


def _field(name: str) -> str:
    """The field of the form that an error belongs to."""
    if name.startswith("name."):
        return name.replace("name.", "name_")
    kind, _dot, rest = name.partition(".")
    return f"day{rest or 0}" if kind == "week" else kind


def _spans(typed: str) -> list[list[str]]:
    plain = typed.replace("、", ",").replace("〜", "-").replace("–", "-").replace("~", "-")
    return [[end.strip() for end in span.split("-")] for span in plain.split(",") if span.strip()]


def _version() -> int:
    typed = request.form.get("version", "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= _DIGITS else 0
