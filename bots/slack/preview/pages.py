"""``/desk/slack``: the Slack that a demo plays, so that everybody can try an agent's day there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bots.slack.install.manifest import SHORTCUTS
from bots.slack.preview import fields, formatting
from bots.slack.preview.asking import Asking, Away
from bots.slack.stage import keys
from oms_service.access import queries as access
from oms_service.access import words
from oms_service.access.guard import guard, staff
from oms_service.runtime import runtime
from oms_service.web.texts import N_, gettext

_ = gettext

HOME: Final = "home"
DIRECT: Final = "direct"
#: What the form's own buttons do, beside those of our blocks.
_OWN: Final = frozenset({"ask", "close", "dismiss", "say", "submit", "take_back"})
#: Shortcuts at messages, in the words of the app's manifest.
_SHORTCUTS: Final = {"case:create": N_("Create case from message"), "case:add": N_("Add to case")}


@dataclass(frozen=True)
class Place:
    """Where somebody is: who, which channel or the app's home, which thread."""

    person: str
    where: str
    thread: str

    def url(self, **other: str) -> str:
        """The page there, or with something else."""
        said: dict[str, Any] = {"as": self.person, "in": self.where, "at": self.thread, **other}
        kept = {name: value for name, value in said.items() if value}
        return url_for("slack_preview.page", **kept)


blueprint = Blueprint(
    "slack_preview", __name__, url_prefix="/desk/slack", template_folder="templates"
)


@blueprint.get("")
@guard("cases:work")
def page() -> ResponseReturnValue:
    """All of it: channels, messages, a thread, the window before somebody."""
    place = _place(request.args)
    try:
        seen = _seen(place)
        if place.where == HOME:
            _asking().do({"person": seen["me"], "deed": "open_home"})
            seen = _seen(place)
    except Away:
        return render_template("slack_preview/away.html", area="desk"), 503
    return render_template("slack_preview/page.html", area="desk", **_shown(seen, place))


@blueprint.get("/live")
@guard("cases:work")
def live() -> ResponseReturnValue:
    """What has changed since; nothing where nothing has."""
    place = _place(request.args)
    try:
        seen = _seen(place)
    except Away:
        return "", 204
    if str(seen["revision"]) == request.args.get("revision"):
        return "", 204
    window = seen["window"] or {}
    if window.get("hash", "") != request.args.get("window", ""):
        return Response(status=200, headers={"HX-Refresh": "true"})
    return render_template("slack_preview/live.html", is_update=True, **_shown(seen, place))


@blueprint.post("/do")
@guard("cases:work")
def act() -> ResponseReturnValue:
    """What somebody does: it goes to the stage, which tells the app, which answers there."""
    place = _place(request.form)
    try:
        said = _deed(place)
        done = _asking().do(said) if said else {"is_good": True}
    except Away:
        done = {"is_good": False, "why": "away"}
    if not done["is_good"]:
        flash(_why(done), "attention")
    return redirect(place.url(), 303)


def _asking() -> Asking:
    settings = runtime().settings
    return Asking(settings.slack_stage_port, keys.page_token(settings.secret_key))


def _place(said: Mapping[str, str]) -> Place:
    return Place(said.get("as", ""), said.get("in", ""), said.get("at", ""))


def _seen(place: Place) -> dict[str, Any]:
    """What they see; who is not named is who is signed in, in the first channel."""
    where = "" if place.where == HOME else place.where
    asking = _asking()
    seen = asking.look(person=place.person, channel=where, thread=place.thread)
    if seen.get("is_empty"):
        raise Away("nobody is there yet")
    if not place.person:
        mine = [one["id"] for one in seen["people"] if one["mail"] == staff().mail]
        seen = asking.look(person=(mine or [seen["me"]])[0], channel=where, thread=place.thread)
    if not where and place.where != HOME and seen["channels"]:
        first = next((one for one in seen["channels"] if one["kind"] != "im"), seen["channels"][0])
        seen = asking.look(person=seen["me"], channel=first["id"], thread=place.thread)
    return seen


def _shown(seen: Mapping[str, Any], place: Place) -> dict[str, Any]:
    names = {one["id"]: one["name"] for one in seen["people"]}
    channels = {one["id"]: one["name"] for one in seen["channels"] if one["name"]}
    here = Place(seen["me"], HOME if place.where == HOME else seen["channel"], place.thread)
    return {
        "seen": seen,
        "roles": _roles(),
        "place": here,
        "names": {**names, **channels},
        "channel": next((c for c in seen["channels"] if c["id"] == seen["channel"]), None),
        "is_home": place.where == HOME,
        "fields": fields,
        "formatting": formatting,
        "moment": _moment,
        "shortcuts": [(code, _SHORTCUTS[code]) for code in SHORTCUTS if code in _SHORTCUTS],
    }


def _roles() -> dict[str, str]:
    """What each colleague is here, by mail, in words."""
    with runtime().database.reading() as connection:
        known = access.all_staff(connection)
    return {
        one.mail: ", ".join(str(words.ROLES[role]) for role in sorted(one.roles)) for one in known
    }


def _moment(ts: str) -> datetime:
    return datetime.fromtimestamp(float(ts), UTC)


def _deed(place: Place) -> dict[str, Any] | None:
    """What a form asks for; None where it asks for nothing known."""
    form = request.form
    said: dict[str, Any] = {"person": place.person, "channel": place.where, "thread": place.thread}
    said |= {name: fields.said(form[name]) for name in ("ts", "text") if name in form}
    if form.get("press"):
        return _press(said, form["press"], form.get("surface", ""))
    if form.get("shortcut") in SHORTCUTS:
        return {**said, "deed": "shortcut", "callback_id": form["shortcut"]}
    deed = form.get("deed", "")
    if deed not in _OWN:
        return None
    if deed == "say":
        if form.get("below") != "yes":
            said["thread"] = ""
        said["files"] = fields.brought_files(request.files, "files")
        return {**said, "deed": deed} if said.get("text") or said["files"] else None
    return {**said, "deed": deed, "fields": fields.typed(form, request.files)}


def _press(said: dict[str, Any], press: str, surface: str) -> dict[str, Any] | None:
    found = fields.pressed(press)
    if found is None:
        return None
    typed = fields.typed(request.form, request.files)
    if surface == "window":
        return {**said, **found, "deed": "press_in_window", "fields": typed}
    if surface == "home":
        return {**said, **found, "deed": "press_at_home", "fields": typed}
    key = f"{found['block_id']}\n{found['action_id']}"
    if found["choose"] is None and key in typed:
        found["choose"] = typed[key]
    return {**said, **found, "deed": "press"}


def _why(done: Mapping[str, Any]) -> str:
    why = done.get("why", "")
    if why == "unwilling":
        return str(_("Slack does not send this yet: a field is empty or does not fit."))
    if why == "app_trouble":
        return str(_("The app has answered with an error; in Slack a warning would stand here."))
    if why == "away":
        return str(_("The preview does not answer just now. Please try again in a moment."))
    return str(_("Slack refuses this: %(code)s", code=why))
