"""The console: how the system is doing, and which machines have keys."""

from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from oms_service.access import keys as api_keys
from oms_service.access import queries, words
from oms_service.access.guard import actor, guard
from oms_service.console import health, messages_words, needs, policy
from oms_service.console.policy import Mood
from oms_service.infra import duty_words
from oms_service.kernel.actors import ActorKind
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.runtime import runtime
from oms_service.sales import queries as sales
from oms_service.web.texts import gettext, ngettext

_ = gettext

blueprint = Blueprint("console", __name__, url_prefix="/console", template_folder="templates")

_MINUTE_S: Final = 60
_HOUR_S: Final = 3600


@blueprint.get("")
@guard("console:read")
def overview() -> str:
    """What waits for whoever looks, and how the house is; the page follows what happens."""
    return render_template(
        "console/overview.html", area="console", every=_every, is_worse=False, **_now()
    )


@blueprint.get("/live")
@guard("console:read")
def live() -> str:
    """The same alone, some seconds later; what got worse since then is said aloud."""
    was = next((mood for mood in Mood if mood == request.args.get("was")), Mood.FINE)
    now = _now()
    return render_template(
        "console/overview_live.html", is_worse=now["house"].health.worst.is_worse(was), **now
    )


@blueprint.get("/keys")
@guard("keys:manage")
def keys() -> str:
    return _keys_page()


@blueprint.post("/keys")
@guard("keys:manage")
def create_key() -> ResponseReturnValue:
    try:
        with runtime().unit_of_work(actor()) as uow:
            code = request.form.get("channel", "")
            _view, secret = api_keys.create(
                uow,
                label=request.form.get("label", ""),
                scopes=request.form.getlist("scope"),
                channel_id=sales.channel(uow.session, code).id if code else None,
            )
    except Invalid as error:
        said = {
            "label": _("Say what the key is for."),
            "scope": _("Choose what the key may do. Keys of one channel may do less."),
        }
        return _keys_page(errors={name: said[name] for name in error.fields}), 422
    return _keys_page(secret=secret)


@blueprint.post("/keys/<int:key_id>/revoke")
@guard("keys:manage")
def revoke_key(key_id: int) -> ResponseReturnValue:
    try:
        with runtime().unit_of_work(actor()) as uow:
            api_keys.revoke(uow, key_id)
    except NotFound:
        flash(_("That key was revoked before."), "attention")
    else:
        flash(_("The key is revoked. Requests with it are refused from now on."), "success")
    return redirect(url_for("console.keys"), 303)


def _keys_page(*, secret: str | None = None, errors: dict[str, str] | None = None) -> str:
    with runtime().database.looking() as session:
        found = queries.all_keys(session)
        names = queries.staff_names(session)
        channels = sales.channels(session)
    return render_template(
        "console/keys.html",
        area="console",
        keys=found,
        names={f"{ActorKind.STAFF}:{staff_id}": name for staff_id, name in names.items()},
        scopes=words.SCOPES,
        secret=secret,
        errors=errors or {},
        label=request.form.get("label", "") if errors else "",
        chosen=request.form.getlist("scope") if errors else [],
        channels={channel.id: channel for channel in channels},
        channel=request.form.get("channel", "") if errors else "",
        of_a_channel=api_keys.OF_A_CHANNEL,
    )


def _every(interval_s: float) -> str:
    """How often a duty comes, in words."""
    seconds = round(interval_s)
    if seconds < _MINUTE_S:
        return str(ngettext("%(num)d second", "%(num)d seconds", seconds))
    if seconds < _HOUR_S:
        return str(ngettext("%(num)d minute", "%(num)d minutes", seconds // _MINUTE_S))
    return str(ngettext("%(num)d hour", "%(num)d hours", seconds // _HOUR_S))


def _duty_called(name: str) -> str:
    """A duty in words; its own name, should nobody have given it any."""
    words = duty_words.called().get(name)
    return str(gettext(words)) if words else name


def _now() -> dict[str, Any]:
    house = health.look(runtime())
    return {
        "house": house,
        "size": policy.size,
        "needs": needs.mine(runtime()),
        "most": needs.MOST,
        "message_words": messages_words,
        "duty_called": _duty_called,
    }
