"""The rules of delays of each channel, on a page: what is saved is a new version."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from oms_service.access.guard import actor, guard
from oms_service.kernel.errors import Invalid
from oms_service.operations.outlook import words
from oms_service.operations.rules import delay_rules
from oms_service.operations.rules.delay_rules import USUAL
from oms_service.operations.rules.sourcing_rules import RulesChanged
from oms_service.runtime import runtime
from oms_service.sales import queries as sales
from oms_service.sales.queries import ChannelView
from oms_service.shipping.states import Cause, Jeopardy
from oms_service.web.texts import N_, gettext

blueprint = Blueprint(
    "delay_rules", __name__, url_prefix="/desk/deliveries/rules", template_folder="templates"
)

_DIGITS: Final = 4
NUMBERS: Final[Mapping[str, tuple[str, str]]] = {
    "at_risk_percent": (
        N_("At risk from this chance of being late"),
        N_("In percent, 1 to 99. The lower, the earlier the warning and the more false alarms."),
    ),
    "hold_days": (N_("A hold has stalled after"), N_("Days since it began.")),
    "house_days": (
        N_("Goods in the house have stalled after"),
        N_("Days since they should have left."),
    ),
    "case_after_hours": (
        N_("A delay opens a case from"),
        N_("Hours by which the promise slips; 0 for any delay."),
    ),
}
_BAD: Final = (Jeopardy.AT_RISK, Jeopardy.LATE, Jeopardy.STALLED)
_CAUSES: Final = tuple(
    one
    for one in Cause
    if one not in {Cause.NONE, Cause.SLOW, Cause.PAST_PROMISE, Cause.CARRIER_DELAY}
)


def _(text: str) -> str:
    return str(gettext(text))


@blueprint.get("")
@guard("delays:manage")
def channels() -> str:
    """Every channel, and the way to its rules."""
    with runtime().database.looking() as session:
        found = sales.channels(session)
    return render_template("delays/channels.html", area="desk", channels=found)


@blueprint.route("/<code>", methods=["GET", "POST"])
@guard("delays:manage")
def of_channel(code: str) -> ResponseReturnValue:
    """The rules of a channel."""
    with runtime().database.looking() as session:
        channel = sales.channel(session, code)
        held = sales.policy(session, channel.id, delay_rules.DELAYS, at=runtime().clock.now())
    now = delay_rules.read(held.rules) if held else USUAL
    given: dict[str, Any] = {
        **{name: getattr(now, name) for name in NUMBERS},
        "cases_for": sorted(now.cases_for),
        "told_of": sorted(now.told_of),
        "case_causes": sorted(now.case_causes),
    }
    errors: dict[str, str] = {}
    if request.method == "POST":
        given = _typed(frozenset(now.case_causes), errors)
        errors = errors or _adopt(channel, given)
        if not errors:
            flash(_("These rules hold from now on."), "success")
            return redirect(url_for("delays.listed"), 303)
    page = render_template(
        "delays/rules.html",
        area="desk",
        channel=channel,
        version=held.version if held else 0,
        rules=given,
        typed=request.form,
        numbers=NUMBERS,
        standings=_BAD,
        told=(*_BAD, Jeopardy.ON_TIME),
        causes=_CAUSES,
        said=words,
        errors=errors,
    )
    return (page, 422) if errors else page


def _typed(before: frozenset[str], errors: dict[str, str]) -> dict[str, Any]:
    """What the form says; reasons of carriers that it does not show stay as they were."""
    given: dict[str, Any] = {name: _number(name, errors) for name in NUMBERS}
    form = request.form
    given["cases_for"] = [str(one) for one in _BAD if one in form.getlist("cases_for")]
    told = (*_BAD, Jeopardy.ON_TIME)
    given["told_of"] = [str(one) for one in told if one in form.getlist("told_of")]
    chosen = {str(one) for one in _CAUSES if one in form.getlist("case_causes")}
    given["case_causes"] = sorted(chosen | (before - {str(one) for one in _CAUSES}))
    return given


def _number(name: str, errors: dict[str, str]) -> int:
    typed = request.form.get(name, "").strip()
    if typed.isascii() and typed.isdecimal() and len(typed) <= _DIGITS:
        return int(typed)
    errors[name] = _("Enter a whole number from 0 on.")
    return 0


def _adopt(channel: ChannelView, given: Mapping[str, Any]) -> dict[str, str]:
    seen = request.form.get("version", "")
    after = int(seen) if seen.isascii() and seen.isdecimal() and len(seen) <= _DIGITS else 0
    try:
        with runtime().unit_of_work(actor()) as uow:
            delay_rules.adopt(uow, channel_id=channel.id, rules=given, text={}, after=after)
    except RulesChanged:
        return {"version": _("Somebody changed this meanwhile. Look at it again.")}
    except Invalid as wrong:
        return {name: _("This number is out of its bounds.") for name in wrong.fields}
    return {}
