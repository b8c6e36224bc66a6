"""The shop's policies at the console: the terms customers read, and the rules behind them."""

import json
from collections.abc import Mapping
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from oms_service.access.guard import actor, guard
from oms_service.kernel.errors import Invalid, NotFound, Stale
from oms_service.kernel.languages import Language
from oms_service.operations.rules import policies
from oms_service.runtime import runtime
from oms_service.sales import queries as sales
from oms_service.web.texts import N_, gettext

blueprint = Blueprint(
    "console_policies", __name__, url_prefix="/console/policies", template_folder="templates"
)

#: Limits of colleagues stand in the policy for payments: nobody raises their own by a page.
KINDS: Final = {
    "returns": (N_("Returns"), N_("The terms of return customers are shown before they ask.")),
    "exchanges": (N_("Exchanges"), N_("What may be exchanged, and when new goods leave.")),
    "claims": (N_("Claims"), N_("What is done about damaged, wrong and missing goods.")),
    "changes": (N_("Changes of orders"), N_("What may be changed or cancelled, and until when.")),
}


def _(text: str, **values: object) -> str:
    return str(gettext(text, **values))


@blueprint.get("")
@guard("policies:manage")
def several() -> str:
    """Every channel with the version of each policy that is in force."""
    house = runtime()
    with house.database.looking() as session:
        channels = sales.channels(session)
        known = {
            one.id: sales.in_force(session, one.id, tuple(KINDS), at=house.clock.now())
            for one in channels
        }
    return render_template(
        "console/policies.html", area="console", channels=channels, known=known, kinds=KINDS
    )


@blueprint.route("/<channel>/<any(returns,exchanges,claims,changes):kind>", methods=["GET", "POST"])
@guard("policies:manage")
def one(channel: str, kind: str) -> ResponseReturnValue:
    """One policy: its text in both languages and its rules; saving makes a new version."""
    if request.method == "GET":
        return _page(channel, kind)
    try:
        with runtime().unit_of_work(actor()) as uow:
            found = sales.channel(uow.session, channel[:60])
            made = policies.adopt(
                uow,
                channel_id=found.id,
                kind=kind,
                rules=_rules(),
                text={one.value: request.form.get(f"text-{one}", "") for one in Language},
                version=_version(),
            )
    except Invalid as refused:
        return _page(channel, kind, errors=refused.fields), 422
    except Stale:
        flash(_("Somebody has saved another version meanwhile. This is it."), "attention")
        return redirect(url_for(".one", channel=channel, kind=kind), 303)
    flash(_("Version %(version)s is in force from now on.", version=made.version), "success")
    return redirect(url_for(".several"), 303)


def _page(channel: str, kind: str, *, errors: Mapping[str, str] | None = None) -> str:
    house = runtime()
    with house.database.looking() as session:
        found = sales.channel(session, channel[:60])
        now = sales.policy(session, found.id, kind, at=house.clock.now())
    rules = json.dumps(now.rules if now else {}, ensure_ascii=False, indent=2)
    return render_template(
        "console/policy.html",
        area="console",
        channel=found,
        kind=kind,
        name=KINDS[kind][0],
        means=KINDS[kind][1],
        now=now,
        rules=request.form.get("rules", rules),
        texts={
            one.value: request.form.get(f"text-{one}", now.text.get(one.value, "") if now else "")
            for one in Language
        },
        errors={_field(name): _said(name, why) for name, why in (errors or {}).items()},
    )


def _rules() -> dict[str, object]:
    try:
        found = json.loads(request.form.get("rules", ""))
    except (ValueError, RecursionError):
        raise Invalid("not JSON", {"rules": "is not JSON"}) from None
    if not isinstance(found, dict):
        raise Invalid("not a table", {"rules": "must be a table"})
    return found


def _version() -> int:
    typed = request.form.get("version", "")
    if not typed.isdecimal() or len(typed) > 9:  # noqa: PLR2004 - as versions go
        raise NotFound("no such form")
    return int(typed)


def _field(name: str) -> str:
    """The input that a wrong key belongs to."""
    return f"text-{name.removeprefix('text.')}" if name.startswith("text.") else "rules"


def _said(name: str, why: str) -> str:
    if name.startswith("text."):
        return _("This text is too long.")
    if name == "rules":
        return _("The rules cannot be read: check brackets, commas and quotation marks.")
    return _("“%(name)s” %(why)s.", name=name, why=why)
