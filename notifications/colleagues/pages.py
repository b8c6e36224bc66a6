"""The list of what a colleague is told, and the bell that every page carries."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from notifications.colleagues import bell, queries, service, words
from notifications.colleagues.queries import NoticeView
from notifications.colleagues.wording import title
from notifications.render import Speech
from oms_service.access.guard import actor, guard, staff
from oms_service.console.messages_words import cause
from oms_service.conversations import arriving
from oms_service.conversations.states import DeliveryState
from oms_service.runtime import reading, runtime
from oms_service.web.languages import spoken
from oms_service.web.texts import gettext, ngettext
from oms_service.web.undo import flash_undo

blueprint = Blueprint(
    "colleague_notices", __name__, url_prefix="/notices", template_folder="templates"
)

_LONGEST_PRESS: Final = 60
#: More digits than this make no id.
_DIGITS: Final = 15


@dataclass(frozen=True)
class Shown:
    """A notice as its line says it."""

    notice: NoticeView
    title: str


@blueprint.get("")
@guard("notices:own")
def page() -> str:
    """What is unread first, then the rest."""
    cursor = request.args.get("after") or None
    found = queries.page(reading(), staff(), cursor=cursor)
    following = found.next_cursor
    comes_back = arriving.problem(reading(), staff().mail) if not cursor else None
    return render_template(
        "colleagues/notices.html",
        area="desk",
        found=[Shown(one, _title(one)) for one in found.items],
        words=words,
        comes_back=comes_back,
        cause=cause(comes_back.said, DeliveryState.FAILED) if comes_back else "",
        up_to=max((one.id for one in found.items), default=0),
        has_unread=any(one.is_unread for one in found.items),
        next_url=url_for(".page", after=following) if following else None,
        first_url=url_for(".page") if cursor else None,
    )


@blueprint.get("/bell")
@guard("notices:own")
def bell_now() -> str:
    """The bell as it is now; a page that is in sight asks for it when something happens."""
    bell.note_what_is_before_them()
    return render_template("colleagues/bell_now.html", said=bell.now())


@blueprint.get("/<int(max=9223372036854775807):notice_id>")
@guard("notices:own")
def go(notice_id: int) -> ResponseReturnValue:
    """Open what a notice is about; opening it is reading it."""
    found = queries.one(reading(), staff(), notice_id)
    if found.is_unread:
        with runtime().unit_of_work(actor()) as uow:
            service.read_at(uow, staff().id, found.path)
    return redirect(found.path, HTTPStatus.SEE_OTHER)


@blueprint.post("/<int(max=9223372036854775807):notice_id>/read")
@guard("notices:own")
def read(notice_id: int) -> ResponseReturnValue:
    """One is read, without opening what it is about."""
    queries.one(reading(), staff(), notice_id)
    with runtime().unit_of_work(actor()) as uow:
        done, press = service.read_one(uow, staff().id, notice_id)
    return _back(done, press)


@blueprint.post("/read")
@guard("notices:own")
def read_all() -> ResponseReturnValue:
    """All that stood on the page is read; what has come since is not."""
    written = request.form.get("up_to", "")
    is_fit = written.isascii() and written.isdigit() and len(written) <= _DIGITS
    with runtime().unit_of_work(actor()) as uow:
        done, press = service.read_all(uow, staff().id, up_to=int(written) if is_fit else 0)
    return _back(done, press)


@blueprint.post("/unread")
@guard("notices:own")
def take_back() -> ResponseReturnValue:
    """What a press marked as read is unread again."""
    with runtime().unit_of_work(actor()) as uow:
        press = request.form.get("press", "")[:_LONGEST_PRESS]
        if not service.take_back(uow, staff().id, press):
            flash(gettext("That was too long ago, or taken back already."), "attention")
    return redirect(url_for(".page"), HTTPStatus.SEE_OTHER)


def _back(done: int, press: str) -> ResponseReturnValue:
    if done:
        said = ngettext("%(num)s notice is read.", "%(num)s notices are read.", done)
        flash_undo(said, url=url_for(".take_back"), fields={"press": press})
    return redirect(url_for(".page"), HTTPStatus.SEE_OTHER)


def _title(one: NoticeView) -> str:
    house = runtime()
    return title(one.rule, one.facts, Speech(spoken(), house.clock.now(), house.settings.zone))
