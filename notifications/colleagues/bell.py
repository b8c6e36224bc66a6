"""The bell on every page of staff: how much is unread, as it happens."""

from typing import Final
from urllib.parse import urlsplit

from flask import render_template, request

from cases.desk import hints
from notifications.colleagues import queries, service
from oms_service.access.guard import actor, staff, staff_or_none
from oms_service.ports.slots import Tool
from oms_service.runtime import reading, runtime
from oms_service.web.texts import gettext


def bell() -> str | None:
    """The bell with what is unread now; it listens for more."""
    me = staff_or_none()
    if me is None:
        return None
    return render_template(
        "colleagues/bell.html", stream=hints.stream_url(service.topic(me.id)), said=now()
    )


def now() -> dict[str, object]:
    """The number on the bell, and the same as a sentence."""
    count = queries.unread(reading(), staff())
    shown = f"{queries.MOST}+" if count > queries.MOST else str(count)
    words = (
        gettext("Your notices: %(count)s unread", count=shown) if count else gettext("Your notices")
    )
    return {"count": count, "shown": shown, "words": words}


def note_what_is_before_them() -> None:
    """What is told of the page that somebody looks at right now, they have read.

    The bell asks by itself only while its page is in sight; the browser says which page that is.
    """
    path = urlsplit(request.headers.get("HX-Current-URL", "")).path
    me = staff()
    if path and queries.is_unread_at(reading(), me.id, path):
        with runtime().unit_of_work(actor()) as uow:
            service.read_at(uow, me.id, path)


TOOL: Final = Tool(name="bell", render=bell, permission="notices:own", rank=10)
