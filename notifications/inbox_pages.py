"""The inbox of customers: what they were told, in which words, and why it came to them."""

from http import HTTPStatus
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from notifications import inbox_badge, preferences, told
from notifications.preference_pages import KINDS
from notifications.rules import may_be_refused
from notifications.rules_words import RULES
from oms_service.access.guard import actor, customer_id, guard
from oms_service.conversations.channels import LINE, MAIL, SLACK, SMS, WEBCHAT
from oms_service.runtime import runtime
from oms_service.web.languages import spoken
from oms_service.web.texts import N_

blueprint = Blueprint(
    "notice_inbox", __name__, url_prefix="/account/inbox", template_folder="templates"
)

BY: Final = {
    MAIL: N_("by mail"),
    WEBCHAT: N_("in the chat"),
    LINE: N_("on LINE"),
    SLACK: N_("in Slack"),
    SMS: N_("by text message"),
}


@blueprint.get("")
@guard(customer=True)
def page() -> str:
    """Everything they were told, the newest first."""
    house = runtime()
    with house.database.looking() as session:
        found = told.page(
            session,
            customer_id(),
            language=spoken(),
            zone=house.settings.zone,
            cursor=request.args.get("cursor"),
        )
        unread = told.unread(session, customer_id())
    return render_template(
        "notifications/inbox.html", found=found, unread=unread, names=RULES, ways=BY
    )


@blueprint.get("/<int(max=9223372036854775807):notice_id>")
@guard(customer=True)
def one(notice_id: int) -> str:
    """One notice in its words, and why it came. Opening it is reading it."""
    house, me = runtime(), customer_id()
    with house.database.looking() as session:
        found = told.one(session, notice_id, me, language=spoken(), zone=house.settings.zone)
        overtaken = told.overtaken(session, found)
        wants = preferences.of(session, me).wants(found.kind, found.channel)
    if found.read_at is None:
        with house.unit_of_work(actor()) as uow:
            told.read_one(uow, notice_id, me)
    return render_template(
        "notifications/told.html",
        told=found,
        name=RULES[found.rule.template],
        kind=KINDS[found.kind][0],
        may_be_refused=may_be_refused(found.kind),
        wants=wants,
        overtaken=[(RULES[rule.template], at) for rule, at in overtaken],
        ways=BY,
    )


@blueprint.get("/unread")
@guard(customer=True)
def unread_now() -> str:
    """How much is unread now; a page that is looked at again asks."""
    return render_template("notifications/badge_now.html", said=inbox_badge.now())


@blueprint.post("/read")
@guard(customer=True)
def read() -> ResponseReturnValue:
    """All of it is read; said twice, it is so once."""
    with runtime().unit_of_work(actor()) as uow:
        told.read_all(uow, customer_id())
    return redirect(url_for("notice_inbox.page"), HTTPStatus.SEE_OTHER)
