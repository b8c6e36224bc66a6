"""Slack on pages: which workspaces let us in, which channel a queue has, who is which colleague."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import structlog
from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bots.slack import people, queries, workspaces
from bots.slack.client import Busy, Refused, Unanswered
from bots.slack.install import choosing, oauth
from bots.slack.install.words import TROUBLES, WRONG
from bots.slack.people import LinkAddresses
from bots.slack.sealing import CannotOpen
from cases.routing import queries as routing
from oms_service.access import queries as access
from oms_service.access.guard import actor, guard, staff
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.runtime import Runtime, runtime
from oms_service.web import security
from oms_service.web.languages import read as language_of
from oms_service.web.texts import N_, gettext

log = structlog.get_logger(__name__)

console = Blueprint(
    "slack_console", __name__, url_prefix="/console/slack", template_folder="templates"
)
desk = Blueprint("slack_link", __name__, url_prefix="/desk/slack", template_folder="templates")

#: How often one colleague may have Slack asked about channels.
TRIES: Final = "60/hour"


def _(text: str) -> str:
    return str(gettext(text))


# What there is


@console.get("")
@guard("slack:manage")
def overview() -> ResponseReturnValue:
    """Workspaces, the channel of each queue, and colleagues who are known in Slack."""
    house = runtime()
    with house.database.looking() as session:
        found = queries.workspaces(session)
        linked = {one.id: queries.people(session, one.id) for one in found}
        here = [(one, queries.waiting(session, one.id)) for one in queries.channels(session)]
        queues = routing.queues(session)
        names = access.staff_names(session)
    page = make_response(
        render_template(
            "slack/overview.html",
            settings=house.settings,
            workspaces=found,
            linked=linked,
            channels={one.queue_id: (one, waits) for one, waits in here if one.queue_id},
            queues=queues,
            names=names,
            troubles=TROUBLES,
        )
    )
    if house.settings.slack_client_id:
        return security.leading_to(page, house.settings, house.settings.slack_install_url)
    return page


# Installing


@console.post("/install")
@guard("slack:manage")
def install() -> ResponseReturnValue:
    """Go to Slack, which asks whether to let us in."""
    house = runtime()
    if not house.settings.slack_client_id:
        raise NotFound("nobody installs by pages here")
    state = oauth.States(house.settings.secret_key).write(staff().id, now=house.clock.now())
    return redirect(oauth.way_out(house.settings, state), HTTPStatus.SEE_OTHER)


@console.get("/back")
@guard("slack:manage")
def back() -> ResponseReturnValue:
    """The way back: the one who set out brings a code, which is good once."""
    house = runtime()
    settings = house.settings
    state, code = request.args.get("state", ""), request.args.get("code", "")
    if not oauth.States(settings.secret_key).is_theirs(state, staff().id, now=house.clock.now()):
        flash(_("That was begun by somebody else, or too long ago. Please begin again."), "danger")
        return redirect(url_for("slack_console.overview"))
    if not code:
        flash(_("Slack was not connected: nobody agreed to it there."), "attention")
        return redirect(url_for("slack_console.overview"))
    try:
        came = oauth.redeem(settings, code[:300])
    except (Busy, Refused, Unanswered) as error:
        log.warning("slack.not_installed", cause=str(error))
        flash(_("Slack did not confirm the connection. Please begin again."), "danger")
        return redirect(url_for("slack_console.overview"))
    with house.unit_of_work(actor()) as uow:
        workspaces.install(
            uow,
            master=settings.secret_key,
            team=came.team,
            name=came.name,
            app=came.app,
            bot="",
            bot_user=came.bot_user,
            token=came.token,
            scopes=came.scopes,
        )
    flash(_("Slack is connected. Choose a channel for each queue."), "success")
    return redirect(url_for("slack_console.overview"))


@console.post("/workspaces/<int:workspace_id>/end")
@guard("slack:manage")
def end(workspace_id: int) -> ResponseReturnValue:
    """Be let in no more. Slack is told, too, where it can be."""
    house = runtime()
    try:
        slack = workspaces.slack_of(house, workspace_id)
    except (NotFound, CannotOpen):
        slack = None  # what cannot be told there ends here all the same
    with house.unit_of_work(actor()) as uow:
        workspaces.revoke(uow, workspace_id)
    if slack is not None and not house.settings.slack_bot_token:
        try:
            slack.call("auth.revoke", {})
        except (Busy, Refused, Unanswered) as error:
            log.warning("slack.not_revoked", cause=str(error))
    flash(_("Slack is disconnected. What was posted stays there."), "success")
    return redirect(url_for("slack_console.overview"), HTTPStatus.SEE_OTHER)


# Channels


@console.route("/queues/<code>", methods=["GET", "POST"])
@guard("slack:manage")
def queue(code: str) -> ResponseReturnValue:
    """The channel of a queue: choose one, or have one made."""
    house = runtime()
    typed = {name: value.strip()[:200] for name, value in request.form.items()}
    if request.method == "GET":
        return _queue(house, code, typed, {})
    house.limits.take("slack-channel", str(staff().id), TRIES)
    try:
        workspace_id = _workspace(typed.get("workspace", ""))
        if typed.get("then") == "make":
            choosing.make(house, workspace_id, code, typed.get("name", ""), actor())
        else:
            choosing.choose(house, workspace_id, code, typed.get("channel", ""), actor())
    except Invalid as refused:
        errors = {name: _(WRONG.get(why, why)) for name, why in refused.fields.items()}
        return _queue(house, code, typed, errors), HTTPStatus.UNPROCESSABLE_ENTITY
    except (Busy, Refused, Unanswered) as error:
        said = TROUBLES.get(str(error), N_("Slack does not answer as it should. Please try again."))
        return _queue(house, code, typed, {"channel": _(said)}), HTTPStatus.BAD_GATEWAY
    flash(_("New cases of this queue stand in that channel from now on."), "success")
    return redirect(url_for("slack_console.overview"), HTTPStatus.SEE_OTHER)


def _queue(house: Runtime, code: str, values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    with house.database.looking() as session:
        found = routing.queue(session, code)
        kept = queries.channel_of_queue(session, found.id)
        waits = queries.waiting(session, kept.id) if kept else 0
        letting = [one for one in queries.workspaces(session) if one.revoked_at is None]
    if not letting:
        raise NotFound("no workspace lets us in")
    return render_template(
        "slack/queue.html",
        queue=found,
        kept=kept,
        waits=waits,
        workspaces=letting,
        values=values,
        errors=errors,
        troubles=TROUBLES,
    )


def _workspace(written: str) -> int:
    if not (written.isascii() and written.isdecimal() and len(written) <= len("9" * 18)):
        raise Invalid("choose a workspace", {"workspace": "is missing"})
    return int(written)


@console.post("/channels/<int:channel_id>/language")
@guard("slack:manage")
def language(channel_id: int) -> ResponseReturnValue:
    """Have the cards of a channel speak Japanese or English."""
    chosen = language_of(request.form.get("language"))
    if chosen is None:
        raise Invalid("choose a language", {"language": "is missing"})
    with runtime().unit_of_work(actor()) as uow:
        choosing.speak(uow, channel_id, chosen)
    flash(_("Saved. Cards change with their next news."), "success")
    return redirect(url_for("slack_console.overview"), HTTPStatus.SEE_OTHER)


@console.post("/channels/<int:channel_id>/leave")
@guard("slack:manage")
def leave(channel_id: int) -> ResponseReturnValue:
    """No more cases appear there."""
    with runtime().unit_of_work(actor()) as uow:
        choosing.leave(uow, channel_id)
    flash(_("No more cases appear in that channel. Those that stand there go on."), "success")
    return redirect(url_for("slack_console.overview"), HTTPStatus.SEE_OTHER)


@console.post("/people/<int:person_id>/unlink")
@guard("slack:manage")
def unlink(person_id: int) -> ResponseReturnValue:
    """Somebody in Slack is no colleague any more."""
    with runtime().unit_of_work(actor()) as uow:
        people.unlink(uow, person_id)
    flash(_("They read in Slack, and can do nothing there any more."), "success")
    return redirect(url_for("slack_console.overview"), HTTPStatus.SEE_OTHER)


# Linking oneself


@desk.route("/link/<token>", methods=["GET", "POST"])
@guard("sessions:own")
def link(token: str) -> ResponseReturnValue:
    """A colleague says that somebody in Slack is them; both are named before it is done."""
    house = runtime()
    person_id = LinkAddresses.of(house).person_id(token)
    with house.database.reading() as connection:
        person = queries.person_by_id(connection, person_id) if person_id is not None else None
        workspace = queries.workspace(connection, person.workspace_id) if person else None
    if person is None or workspace is None or workspace.revoked_at is not None:
        page = render_template("slack/link.html", is_over=True)
        return make_response(page, HTTPStatus.GONE)
    if request.method == "POST":
        with house.unit_of_work(actor()) as uow:
            people.link(uow, person.id, staff().id)
        flash(_("You are linked. Go back to Slack and press the button once more."), "success")
        return redirect(url_for("slack_link.link", token=token), HTTPStatus.SEE_OTHER)
    return render_template(
        "slack/link.html",
        is_over=False,
        me=staff(),
        is_linked=person.staff_id == staff().id,
        is_others=person.staff_id is not None and person.staff_id != staff().id,
        workspace=workspace,
        person=person,
    )
