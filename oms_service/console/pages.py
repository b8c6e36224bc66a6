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
#: Days after which a key may end by itself.
_GOOD_FOR: Final = ("30", "90", "365")


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
                days=_days(request.form.get("days", "")),
            )
    except Invalid as error:
        said = {
            "label": _("Say what the key is for."),
            "scope": _("Choose what the key may do. Keys of one channel may do less."),
            "days": _("Choose one of these."),
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


def _days(said: str) -> int | None:
    """After how many days a key ends; never where nothing is said, and no time where it is none."""
    if not said:
        return None
    return int(said) if said in _GOOD_FOR else 0


def _keys_page(*, secret: str | None = None, errors: dict[str, str] | None = None) -> str:
    now = runtime().clock.now()
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
        now=now,
        ending=sum(one.ends_soon(now) for one in found if not one.revoked_at),
        good_for=[("", _("until it is revoked"))]
        + [(one, ngettext("%(num)d day", "%(num)d days", int(one))) for one in _GOOD_FOR],
        days=request.form.get("days", "") if errors else "",
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
