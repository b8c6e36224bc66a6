"""The pages of a signed-in customer: their orders, and one of them. They need no script."""

import re
from typing import Final

from flask import Blueprint, render_template, request, url_for

from cases.portal import page, words
from cases.progress import SCANS, STEPS
from cases.words import PUBLIC_STATES, STATE_ICONS, STATE_TONES
from oms_service.access.guard import customer_id, guard
from oms_service.kernel.text import order_key
from oms_service.runtime import runtime

blueprint = Blueprint("portal", __name__, url_prefix="/orders", template_folder="templates")

#: Orders on a page of the list.
CARDS: Final = 10
_SAFE: Final = re.compile(r"[A-Za-z0-9._-]+")


@blueprint.get("")
@guard(customer=True)
def orders() -> str:
    """The customer's orders, newest first."""
    cursor = request.args.get("after") or None
    with runtime().database.looking() as session:
        shown = page.listed(runtime(), session, customer_id(), cursor=cursor, limit=CARDS)
    following = shown.next_cursor
    return render_template(
        "portal/orders.html",
        cards=shown.cards,
        url_of=url_of,
        next_url=url_for("portal.orders", after=following) if following else None,
        first_url=url_for("portal.orders") if cursor else None,
        **_words(),
    )


@blueprint.get("/<number>")
@guard(customer=True)
def order(number: str) -> str:
    """One order; somebody else's is as unknown as one that does not exist."""
    with runtime().database.looking() as session:
        shown = page.read(runtime(), session, number, customer_id())
    return render_template("portal/order.html", page=shown, **_words())


def url_of(number: str) -> str:
    """The page of an order: its number without what an address would not carry, such as ``#``."""
    plain = number.removeprefix("#")
    return url_for("portal.order", number=plain if _SAFE.fullmatch(plain) else order_key(number))


def _words() -> dict[str, object]:
    return {
        "step_words": STEPS,
        "step_icons": words.STEP_ICONS,
        "scan_words": SCANS,
        "tone_of": page.tone_of,
        "payment_words": words.PAYMENTS,
        "refund_words": words.REFUNDS,
        "return_words": words.RETURNS,
        "reason_words": words.REASONS,
        "case_words": PUBLIC_STATES,
        "case_tones": STATE_TONES,
        "case_icons": STATE_ICONS,
    }
