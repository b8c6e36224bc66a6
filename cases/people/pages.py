"""A customer on one page: who they are, what is open for them, and all that was between us."""

from typing import Final

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from cases.desk.page import named
from cases.desk.sentences import teller
from cases.finding import pages as lists
from cases.finding import queries as finding
from cases.people import queries
from cases.sla.pages import CHANNEL_WORDS, TIERS
from cases.words import STATE_ICONS, STATE_TONES
from oms_service.access import queries as access
from oms_service.access.guard import guard, staff
from oms_service.console import orders_words, reach, returns_words
from oms_service.conversations.states import AuthorKind
from oms_service.customers import queries as customers
from oms_service.customers.states import IdentityKind
from oms_service.history import queries as history
from oms_service.kernel.errors import NotFound
from oms_service.runtime import runtime
from oms_service.web.texts import N_

blueprint = Blueprint(
    "desk_customers", __name__, url_prefix="/desk/customers", template_folder="templates"
)

#: By what they are known, and as what kind of personal data it is masked.
KNOWN_BY: Final = {
    IdentityKind.MAIL: (N_("Mail"), "mail"),
    IdentityKind.PHONE: (N_("Phone"), "phone"),
    IdentityKind.LINE: (N_("LINE"), "number"),
    IdentityKind.SLACK: (N_("Slack"), "number"),
}
AUTHORS: Final = {
    AuthorKind.CUSTOMER: (N_("Customer"), "person"),
    AuthorKind.BOT: (N_("Automatic answer"), "speech"),
    AuthorKind.AGENT: (N_("Colleague"), "people"),
    AuthorKind.NOTICE: (N_("Notice"), "info"),
}
#: So much of the past is shown at once.
_MOST: Final = 200
#: Larger numbers are no customer's.
_LARGEST: Final = 2**63 - 1


@blueprint.get("/<int:customer_id>")
@guard("customers:read")
def one(customer_id: int) -> ResponseReturnValue:
    """Everything about one customer; who was merged leads to whom they are now."""
    _check(customer_id)
    house = runtime()
    now = house.clock.now()
    with house.database.looking() as session:
        found = queries.read(session, customer_id, staff(), lists.viewer())
    if found.person.id != customer_id:
        return redirect(url_for("desk_customers.one", customer_id=found.person.id))
    return render_template(
        "people/customer.html",
        page=found,
        person=found.person,
        known_by=KNOWN_BY,
        tiers=TIERS,
        channels=CHANNEL_WORDS,
        state_tones=STATE_TONES,
        state_icons=STATE_ICONS,
        order_words=orders_words,
        return_words=returns_words,
        name_of=lambda ref: named(ref, found.names),
        now=now,
        soon=now + finding.SOON,
    )


@blueprint.get("/<int:customer_id>/history")
@guard("customers:read")
def past(customer_id: int) -> str:
    """The customer's whole past over all orders and channels, newest first."""
    _check(customer_id)
    house = runtime()
    with house.database.looking() as session:
        person = customers.find(session, customer_id)
        if person is None:
            raise NotFound("no such customer")
        found = history.for_customer(session, house.timeline, person.id)[::-1]
    return render_template(
        "people/history.html",
        person=person,
        past=reach.of_mine(found)[:_MOST],
        told=teller(house.adapters),
    )


@blueprint.get("/<int:customer_id>/conversations/<public_id>")
@guard("customers:read")
def conversation(customer_id: int, public_id: str) -> str:
    """One conversation as it was held, with whom or what."""
    _check(customer_id)
    with runtime().database.looking() as session:
        person, found, said = queries.talk(session, customer_id, public_id[:60], staff())
        names = access.staff_names(session)
    return render_template(
        "people/talk.html",
        person=person,
        talk=found,
        said=said,
        authors=AUTHORS,
        name_of=lambda ref: named(ref, names),
        channels=CHANNEL_WORDS,
    )


def _check(customer_id: int) -> None:
    if not 0 < customer_id <= _LARGEST:
        raise NotFound("no such customer")
