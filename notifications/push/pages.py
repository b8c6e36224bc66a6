"""The worker that rings in browsers, and where customers switch it on and off."""

from http import HTTPStatus
from typing import Any, Final, cast

from flask import (
    Blueprint,
    Response,
    flash,
    jsonify,
    make_response,
    redirect,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from notifications.push import keys, queries, subscribing
from notifications.push.policy import MOST_BROWSERS
from notifications.push.subscribing import TooManyBrowsers, Wanted
from oms_service.access import queries as sign_ins
from oms_service.access.devices import device
from oms_service.access.guard import actor, customer_id, customer_session, guard, public
from oms_service.access.states import SessionKind
from oms_service.kernel.errors import Invalid, NotFound, Stale
from oms_service.runtime import runtime
from oms_service.web.static_files import Assets
from oms_service.web.texts import gettext

_ = gettext

blueprint = Blueprint("push", __name__)

WORKER: Final = "/push-worker.js"
_FILE: Final = "notifications/js/push_worker.js"
#: What a browser may be told to show is told on pages below this one only.
SCOPE: Final = "/account/"
#: Presses, and looks whether a browser rings, of one customer.
TRIES: Final = "120/hour"
_LONGEST: Final = 1000


def worker(assets: Assets) -> Blueprint:
    """The worker under one name for good: browsers ask whether it has changed, and get that."""
    routes = Blueprint("push_worker", __name__)

    @routes.get(WORKER)
    @public(reason="the script that shows rings; the same for everybody")
    def script() -> Response:
        response = make_response(assets.path(_FILE).read_bytes())
        response.mimetype = "text/javascript"
        response.headers["Cache-Control"] = "no-cache"
        response.add_etag()
        return cast(Response, response.make_conditional(request))

    return routes


@blueprint.post("/account/notices/browsers")
@guard(customer=True)
def switch_on() -> ResponseReturnValue:
    """Ring in the browser that asks; asked twice, or in two tabs, it is one."""
    _take()
    house = runtime()
    if _field("key") != keys.identity(house.settings).public:
        raise Stale("this page is older than the key it subscribed to")
    with house.unit_of_work(actor()) as uow:
        wanted = Wanted(
            endpoint=_field("endpoint"),
            p256dh=_field("p256dh"),
            auth=_field("auth"),
            device=device(request.user_agent.string),
            session_id=_sign_in(uow.session),
        )
        private = house.settings.webhooks_private
        try:
            browser_id = subscribing.switch_on(uow, customer_id(), wanted, private=private)
        except (Invalid, TooManyBrowsers) as error:
            return jsonify(said=_refusal(error)), error.http_status
    flash(_("We now notify you in this browser when there is news."), "success")
    return jsonify(id=browser_id), HTTPStatus.CREATED


@blueprint.post("/account/notices/browsers/here")
@guard(customer=True)
def recognise() -> ResponseReturnValue:
    """Which of the reader's browsers this is; ``id`` is null where it is none of them."""
    _take()
    with runtime().unit_of_work(actor()) as uow:
        session_id = _sign_in(uow.session)
        found = subscribing.recognise(uow, customer_id(), _field("endpoint"), session_id=session_id)
    return jsonify(id=found)


@blueprint.post("/account/notices/browsers/off")
@guard(customer=True)
def switch_off() -> ResponseReturnValue:
    """Do not ring in the browser that asks; asked twice, it is so once."""
    _take()
    with runtime().unit_of_work(actor()) as uow:
        was_on = subscribing.switch_off(uow, customer_id(), _field("endpoint"))
    if was_on:
        flash(_("We do not notify you in this browser any more."), "success")
    return jsonify(id=None)


@blueprint.post("/account/notices/browsers/<int(max=9223372036854775807):browser_id>/remove")
@guard(customer=True)
def remove(browser_id: int) -> ResponseReturnValue:
    """Do not ring in another browser any more; one that has ended already is none any more."""
    _take()
    try:
        with runtime().unit_of_work(actor()) as uow:
            subscribing.remove(uow, customer_id(), browser_id)
    except NotFound:
        flash(_("That browser gets no notifications any more."), "info")
    else:
        flash(_("We do not notify you in that browser any more."), "success")
    return redirect(url_for("notices.page", _anchor="browsers"), HTTPStatus.SEE_OTHER)


def shown(session: Session) -> dict[str, Any]:
    """What the reader's page of notices says of browsers; one query."""
    return {
        "browsers": queries.ringing(session, customer_id()),
        "key": keys.identity(runtime().settings).public,
        "worker": WORKER,
        "scope": SCOPE,
        "most": MOST_BROWSERS,
    }


def _refusal(error: Invalid | TooManyBrowsers) -> str:
    if isinstance(error, TooManyBrowsers):
        return str(_("That is one browser too many. Please remove another one first."))
    return str(_("This browser gave us an address that we cannot notify."))


def _sign_in(session: Session) -> int | None:
    """The id of the sign-in that this request comes with."""
    mine, now = customer_session(), runtime().clock.now()
    found = sign_ins.open_sessions(session, SessionKind.CUSTOMER, customer_id(), now)
    return next((one.id for one in found if one.digest == mine), None)


def _field(name: str) -> str:
    return request.form.get(name, "")[:_LONGEST].replace("\0", "")


def _take() -> None:
    runtime().limits.take("portal-push", str(customer_id()), TRIES)
