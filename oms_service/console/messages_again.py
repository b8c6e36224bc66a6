"""Messages that did not get through, sent again: what will happen first, then once."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from oms_service.access.guard import actor, guard
from oms_service.console import messages
from oms_service.console import messages_words as words
from oms_service.conversations import outgoing, resending
from oms_service.conversations.outgoing import SentView
from oms_service.conversations.resending import NotAgain, Why
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.runtime import runtime
from oms_service.web.texts import gettext, ngettext

_ = gettext

blueprint = Blueprint(
    "console_messages_again",
    __name__,
    url_prefix="/console/messages/again",
    template_folder="templates",
)

_DIGITS: Final = 18


@blueprint.get("")
@guard("cases:reply")
def look() -> ResponseReturnValue:
    """What sending the chosen ones again means, before anything happens."""
    try:
        ids = _chosen(request.args.getlist("id"))
    except Invalid:
        return _too_many()
    with runtime().database.looking() as session:
        found = outgoing.several(session, ids, wanted=messages.theirs())
        if not found:
            flash(_("Choose at least one message first."), "attention")
            return redirect(url_for("console_messages.several"), 303)
        read = messages.read(session, found)
    return render_template(
        "console/messages_again.html",
        area="console",
        read=read,
        words=words,
        going=[one for one in found if resending.against(one) is None],
        staying=[(one, words.AGAINST[why]) for one in found if (why := resending.against(one))],
    )


@blueprint.post("")
@guard("cases:reply")
def send() -> ResponseReturnValue:
    """Send the chosen ones again, each by itself: what hinders one hinders no other."""
    try:
        ids = _chosen(request.form.getlist("id"))
    except Invalid:
        return _too_many()
    with runtime().database.looking() as session:
        found = outgoing.several(session, ids, wanted=messages.theirs())
    went, stayed = _send(found)
    if went:
        flash(
            ngettext(
                "%(num)d message is on its way again.",
                "%(num)d messages are on their way again.",
                went,
            ),
            "success",
        )
    for why, many in stayed.items():
        said = ngettext("%(num)d message was left:", "%(num)d messages were left:", many)
        flash(f"{said} {_(words.AGAINST[why])}", "attention")
    if len(found) == 1:
        return redirect(url_for("console_messages.one", message_id=found[0].id), 303)
    return redirect(url_for("console_messages.several", view="failed"), 303)


def _send(found: Sequence[SentView]) -> tuple[int, Counter[Why]]:
    """How many went, and why others did not."""
    went, stayed = 0, Counter[Why]()
    for one in found:
        try:
            with runtime().unit_of_work(actor()) as uow:
                resending.resend(uow, one.id)
        except NotAgain as error:
            stayed[error.why] += 1
        except NotFound:
            continue
        else:
            went += 1
    return went, stayed


def _chosen(typed: Sequence[str]) -> list[int]:
    """The ids that were ticked, each once.

    Raises:
        Invalid: they are more than go at one press.
    """
    ids = {int(one) for one in typed if len(one) <= _DIGITS and one.isascii() and one.isdecimal()}
    if len(ids) > resending.MOST:
        raise Invalid("too many at once")
    return sorted(ids)


def _too_many() -> ResponseReturnValue:
    flash(_("Choose at most %(most)s messages at once.", most=resending.MOST), "attention")
    return redirect(url_for("console_messages.several", view="failed"), 303)
