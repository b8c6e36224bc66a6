"""How much a customer has not read yet, on every page of theirs.

It holds no stream: those are for talks. A page that is looked at again asks anew.
"""

from typing import Final

from flask import render_template

from notifications import told
from oms_service.access.guard import CUSTOMERS, customer_id, customer_or_none
from oms_service.ports.slots import Tool
from oms_service.runtime import reading
from oms_service.web.texts import gettext

#: A greater number is not counted out.
MOST: Final = 99


def badge() -> str | None:
    """The way to the inbox with what is unread now; nothing for who is not signed in."""
    if customer_or_none() is None:
        return None
    return render_template("notifications/badge.html", said=now())


def now() -> dict[str, object]:
    """The number on it, and the same as a sentence."""
    count = told.unread(reading(), customer_id(), at_most=MOST + 1)
    shown = f"{MOST}+" if count > MOST else str(count)
    words = (
        gettext("What we told you: %(count)s unread", count=shown)
        if count
        else gettext("What we told you")
    )
    return {"count": count, "shown": shown, "words": words}


TOOL: Final = Tool(name="inbox", render=badge, permission=CUSTOMERS, rank=10)
