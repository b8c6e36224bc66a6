"""The customer's page about LINE: link it, see that it is linked, end that. It needs no script."""

from typing import Final

from flask import (
    Blueprint,
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from bots.line import linking, queries, service
from bots.line.client import Api, Busy, Refused, Unanswered
from bots.line.linking import LinkPages
from bots.line.views import AccountView
from oms_service.access.guard import actor, customer_id, guard
from oms_service.conversations import queries as conversations
from oms_service.kernel.errors import NotFound
from oms_service.runtime import Runtime
from oms_service.web import languages, security
from oms_service.web.texts import gettext

_ = gettext

#: How often one customer may begin; each asks LINE for something.
TRIES: Final = "20/hour"


def blueprint(house: Runtime, api: Api, links: LinkPages) -> Blueprint:
    """The page and its forms."""
    routes = Blueprint("line_account", __name__, url_prefix="/account", template_folder="templates")

    @routes.get("/line")
    @guard(customer=True)
    def page() -> Response:
        """What is linked; with ``link``, what was begun on LINE."""
        _on(house)
        given = request.args.get("link", "")
        with house.database.reading() as connection:
            linked = queries.of_customer(connection, customer_id())
        begun = _begun(house, links, given)
        is_ours = begun is not None and begun.customer_id == customer_id()
        shown = render_template(
            "line/account.html",
            linked=linked,
            link=given if begun is not None and not is_ours else "",
            is_over=bool(given) and begun is None,
            account=house.settings.line_account,
            shop=house.look.name(languages.spoken()),
        )
        # The form that begins ends on LINE's own page.
        login_url = house.settings.line_login_url
        return security.leading_to(make_response(shown), house.settings, login_url)

    @routes.post("/line")
    @guard(customer=True)
    def begin() -> ResponseReturnValue:
        """Go to LINE, which asks its user and comes back with the number made here."""
        _on(house)
        house.limits.take("line-link", str(customer_id()), TRIES)
        begun = _begun(house, links, request.form.get("link", ""))
        if begun is None:
            flash(_("This page is no longer good. Please ask for a new one on LINE."), "attention")
            return redirect(url_for("line_account.page"), 303)
        with house.database.reading() as connection:
            user = conversations.key_of(connection, begun.identity_id) or ""
        try:
            token = api.link_token(user)
        except (Unanswered, Busy, Refused):
            flash(_("LINE does not answer just now. Please try again in a moment."), "attention")
            return redirect(url_for("line_account.page"), 303)
        with house.unit_of_work(actor()) as uow:
            nonce = service.make_nonce(uow, account_id=begun.id, customer_id=customer_id())
        there = linking.dialog(house.settings.line_login_url, link_token=token, nonce=nonce)
        return redirect(there, 303)

    @routes.post("/line/unlink")
    @guard(customer=True)
    def unlink() -> ResponseReturnValue:
        """End the link of every LINE account of this customer."""
        _on(house)
        with house.unit_of_work(actor()) as uow:
            theirs = queries.of_customer(uow.session, customer_id())
            for one in sorted(theirs, key=lambda one: one.id):
                service.unlink(uow, one.id, of_customer=customer_id())
        if theirs:
            flash(_("Your LINE account is no longer linked."), "success")
        return redirect(url_for("line_account.page"), 303)

    return routes


def _on(house: Runtime) -> None:
    if not house.settings.has_line:
        raise NotFound("LINE is off")


def _begun(house: Runtime, links: LinkPages, written: str) -> AccountView | None:
    """The LINE account that an address was written for, while it is good."""
    account_id = links.read(written)
    if account_id is None:
        return None
    with house.database.reading() as connection:
        return queries.account(connection, account_id)
