"""The pages of a signed-in customer: their orders, and one of them. They need no script."""

from collections.abc import Callable
from typing import Final

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cases.delivery import pages as delivery
from cases.delivery import telling
from cases.delivery.view import Saying
from cases.portal import doors, page, words
from cases.portal.coming_back_words import CLAIM_STATES
from cases.portal.doors import Door
from cases.portal.paths import plain_number, url_of
from cases.words import STATE_ICONS, STATE_TONES
from oms_service.access.guard import actor, customer_id, guard
from oms_service.documents.queries import DocumentView
from oms_service.history import tracking
from oms_service.history.actions import Act
from oms_service.kernel import actors
from oms_service.kernel.errors import DomainError, NotFound
from oms_service.operations.money import billing
from oms_service.orders import queries as orders_of_shop
from oms_service.orders.states import OrderState
from oms_service.runtime import runtime
from oms_service.web import qr
from oms_service.web.languages import spoken
from oms_service.web.texts import gettext

blueprint = Blueprint("portal", __name__, url_prefix="/orders", template_folder="templates")

#: Orders on a page of the list.
CARDS: Final = 10
#: Files one customer may ask for; each is laid out anew, which takes our time and not theirs.
PAPERS: Final = "60/hour"
#: What the customer may change by themselves.
CHANGES: Final = frozenset(
    {
        Act.CHANGE_ADDRESS,
        Act.CHANGE_ITEMS,
        Act.CHANGE_PAYMENT,
        Act.SEND_FASTER,
        Act.CHANGE_DELIVERY,
        Act.CANCEL,
    }
)


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
    return shown(doors.own(number))


def shown(door: Door) -> str:
    """The page of an order, for whoever came to it by a door."""
    house, whose = runtime(), door.order.customer_id
    saying = Saying(spoken(), house.settings.zone, house.clock.now())
    with house.database.looking() as session:
        found = page.read(house, session, door.order, saying=saying)
    telling.note_read(house, found.tracking, channel=telling.PORTAL, actor=actors.customer(whose))
    token = house.links.token(found.order.number, whose, saying.now)
    return render_template(
        "portal/order.html",
        page=found,
        door=door,
        share_url=house.links.page(token),
        calendar_url=house.links.calendar(token)
        if door.is_guest
        else url_for("portal.delivery_entry", number=plain_number(found.order.number)),
        number=plain_number(found.order.number),
        code_picture=qr.svg(found.pickup.code) if found.pickup and found.pickup.is_open else None,
        weekdays=words.WEEKDAYS,
        change_acts=CHANGES,
        **_words(),
    )


@blueprint.get("/<number>/delivery.ics")
@guard(customer=True)
def delivery_entry(number: str) -> Response:
    """The delivery of one's own order for calendars."""
    house = runtime()
    with house.database.looking() as session:
        mine = orders_of_shop.own(session, number, customer_id())
        if mine.order_state is OrderState.DRAFT:
            raise NotFound("no such order")
        at = house.clock.now()
        found = tracking.track_all(session, house.adapters, [mine], now=at)[mine.id]
    url = f"{house.links.base}{url_of(mine.number)}"
    answer = delivery.file_of(house, found, url)
    if answer is None:
        raise NotFound("no date is known")
    return answer


@blueprint.post("/<number>/receipt")
@guard(customer=True)
def receipt(number: str) -> ResponseReturnValue:
    """The receipt as a file; from the second time on it says that it is reissued."""
    return _document(number, billing.issue_receipt)


@blueprint.post("/<number>/invoice")
@guard(customer=True)
def invoice(number: str) -> ResponseReturnValue:
    """The invoice as a file, the same one however often it is asked for."""
    return _document(number, billing.issue_invoice)


def _document(number: str, issue: Callable[..., DocumentView]) -> ResponseReturnValue:
    """Issue a document of one's own order, or say why there is none."""
    runtime().limits.take("portal-papers", str(customer_id()), PAPERS)
    try:
        with runtime().unit_of_work(actor()) as uow:
            mine = orders_of_shop.own(uow.session, number, customer_id())
            out = billing.print_out(uow, issue(uow, mine.id, issuer=runtime().settings.issuer))
    except NotFound:
        raise
    except DomainError as refused:
        flash(gettext(words.document_refusal(refused.code)), "attention")
        return redirect(url_of(number), 303)
    answer = Response(out.pdf, content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="{out.view.number}.pdf"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _words() -> dict[str, object]:
    return {
        **delivery.shown_with(),
        "payment_words": words.PAYMENTS,
        "refund_words": words.REFUNDS,
        "return_words": words.RETURNS,
        "claim_words": CLAIM_STATES,
        "reason_words": words.REASONS,
        "case_tones": STATE_TONES,
        "case_icons": STATE_ICONS,
    }
