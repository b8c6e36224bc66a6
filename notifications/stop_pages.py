"""The page behind a link that ends one kind of mail: one button, and mail programs press it too."""

from http import HTTPStatus

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from notifications import preferences
from notifications.preference_pages import KINDS
from notifications.rules import Kind
from notifications.stops import Stops
from oms_service.access.guard import public
from oms_service.conversations.channels import MAIL
from oms_service.customers import queries as customers
from oms_service.customers.service import held
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import actors
from oms_service.kernel.errors import NotFound
from oms_service.runtime import runtime

#: Where these choices are kept to have been made.
SOURCE = "mail_link"

blueprint = Blueprint("stop_mail", __name__, url_prefix="/stop-mail", template_folder="templates")


@blueprint.get("/<token>")
@public(reason="the signed link is the proof; following it changes nothing")
def page(token: str) -> str:
    """What would end, and the button that ends it."""
    customer_id, kind = _read(token)
    with runtime().database.looking() as session:
        wants = preferences.of(session, customer_id).wants(kind, MAIL)
    return render_template("notifications/stop.html", token=token, kind=KINDS[kind][0], wants=wants)


@blueprint.post("/<token>")
@public(reason="the signed link is the proof; mail programs press it without signing in")
def stop(token: str) -> ResponseReturnValue:
    """End mail of that kind; pressed again, it stays ended."""
    customer_id, kind = _read(token)
    with runtime().unit_of_work(actors.customer(customer_id)) as uow:
        end(uow, customer_id, kind)
    return (
        render_template("notifications/stop.html", token=token, kind=KINDS[kind][0], wants=False),
        HTTPStatus.OK,
    )


def end(uow: UnitOfWork, customer_id: int, kind: Kind) -> None:
    """Only mail ends: what else is chosen at this moment stays, so nobody chooses meanwhile."""
    held(uow, customer_id)
    said = preferences.of(uow.session, customer_id)
    wanted = {(kind, way): said.wants(kind, way) for way in preferences.CHANNELS}
    preferences.choose(uow, customer_id, {**wanted, (kind, MAIL): False}, source=SOURCE)


def _read(token: str) -> tuple[int, Kind]:
    """Whose mail of which kind.

    Raises:
        NotFound: the link is forged or over, or there is no such customer any more.
    """
    house = runtime()
    stops = Stops(house.settings.secret_key, house.settings.public_url)
    found = stops.read(token, house.clock.now())
    if found is None:
        raise NotFound("no such link")
    with house.database.looking() as session:
        if customers.is_erased(session, found[0]):
            raise NotFound("no such link")
    return found
