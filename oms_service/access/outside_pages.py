"""Sign-in by a provider: the way out, the way back, and what comes of it for staff and customers.

The provider is asked between two transactions, never inside of one.
"""

import hmac
from http import HTTPStatus
from typing import Final

import structlog
from flask import (
    Blueprint,
    make_response,
    redirect,
    render_template,
    request,
)
from flask import url_for as to
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from oms_service.access import answers, outside, visitors, words
from oms_service.access.guard import public
from oms_service.access.outside import COOKIES
from oms_service.access.states import CameBy, SessionKind
from oms_service.adapters.oidc.client import Named, Oidc, OutsideFailed
from oms_service.kernel import actors
from oms_service.kernel.errors import NotFound, TooMany
from oms_service.runtime import runtime

log = structlog.get_logger(__name__)

blueprint = Blueprint("access_outside", __name__, template_folder="templates")

#: What providers send along; longer is none of theirs.
_LONGEST: Final = 4096
_STAFF, _CUSTOMER = SessionKind.STAFF, SessionKind.CUSTOMER


@blueprint.get("/staff/sign-in/with/<slug>")
@public(reason="leads colleagues to a provider that the shop chose; limited by address")
def staff_set_out(slug: str) -> ResponseReturnValue:
    return _set_out(_STAFF, slug)


@blueprint.get("/sign-in/with/<slug>")
@public(reason="leads customers to a provider that the shop chose; limited by address")
def customer_set_out(slug: str) -> ResponseReturnValue:
    return _set_out(_CUSTOMER, slug)


@blueprint.get("/staff/sign-in/with/<slug>/back")
@public(reason="the way back from a provider; once, limited by address, its token is checked")
def staff_back(slug: str) -> ResponseReturnValue:
    try:
        came = _come_back(_STAFF, slug)
    except TooMany as error:
        return answers.later(_sorry(_STAFF, slug, words.wait(error.wait_s)), error)
    if came is None:
        return _sorry(_STAFF, slug, _over()), HTTPStatus.BAD_REQUEST
    named, next_path = came
    if named is None:
        return _sorry(_STAFF, slug, _failed(slug)), HTTPStatus.BAD_GATEWAY
    entry = None
    with runtime().unit_of_work(actors.SYSTEM) as uow:
        domains = runtime().settings.staff_oidc_domains
        found = outside.colleague(uow, slug, named, domains=domains, language=answers.language())
        if found is not None:
            entry = answers.let_in(
                uow,
                found,
                next_path=next_path,
                how=CameBy.PROVIDER,
                has_second_step=named.has_second_step,
            )
    if entry is None:
        text = _("There is no account for you here. Ask somebody in operations to add you.")
        return _sorry(_STAFF, slug, text), HTTPStatus.FORBIDDEN
    return answers.forget(entry.answer(), COOKIES[_STAFF])


@blueprint.get("/sign-in/with/<slug>/back")
@public(reason="the way back from a provider; once, limited by address, its token is checked")
def customer_back(slug: str) -> ResponseReturnValue:
    try:
        came = _come_back(_CUSTOMER, slug)
    except TooMany as error:
        return answers.later(_sorry(_CUSTOMER, slug, words.wait(error.wait_s)), error)
    if came is None:
        return _sorry(_CUSTOMER, slug, _over()), HTTPStatus.BAD_REQUEST
    named, next_path = came
    if named is None:
        return _sorry(_CUSTOMER, slug, _failed(slug)), HTTPStatus.BAD_GATEWAY
    token = None
    with runtime().unit_of_work(actors.SYSTEM) as uow:
        customer_id = outside.customer(uow, named)
        if customer_id is None:
            outside.wait_for_proof(uow, _token(_CUSTOMER), named)
        else:
            token = answers.start(uow, _CUSTOMER, customer_id)
    if token is None:
        # Whatever the provider knows of them, everybody proves their mail by a code.
        where = to("access.customer_sign_in", link=1, next=next_path or None)
        return redirect(where, HTTPStatus.SEE_OTHER)
    then = next_path or answers.customers_home()
    response = answers.signed_in(redirect(then, HTTPStatus.SEE_OTHER), _CUSTOMER, token)
    return answers.forget(response, COOKIES[_CUSTOMER])


def _set_out(kind: SessionKind, slug: str) -> ResponseReturnValue:
    house, provider = runtime(), _provider(kind, slug)
    try:
        house.limits.take("provider-out", visitors.address(), outside.PER_ADDRESS)
    except TooMany as error:
        return answers.later(_sorry(kind, slug, words.wait(error.wait_s)), error)
    with house.unit_of_work(actors.SYSTEM) as uow:
        token = outside.set_out(uow, kind, slug, answers.next_path())
    secrets = outside.secrets_of(house.settings.secret_key, token)
    try:
        where = provider.way_out(
            back=_back(kind, slug),
            state=secrets.state,
            nonce=secrets.nonce,
            verifier=secrets.verifier,
        )
    except OutsideFailed as error:
        log.warning("sign_in.provider_failed", provider=slug, why=error.why)
        return _sorry(kind, slug, _failed(slug)), HTTPStatus.BAD_GATEWAY
    response = make_response(redirect(where, HTTPStatus.SEE_OTHER))
    lasts_s = int(outside.LIFETIME.total_seconds()) * 2
    return answers.keep(response, COOKIES[kind], token, max_age_s=lasts_s)


def _come_back(kind: SessionKind, slug: str) -> tuple[Named | None, str] | None:
    """Whom the provider named and where they wanted to go; None for no trip of this browser's.

    The name is None where the provider failed, or the person called it off there.

    Raises:
        TooMany: this address comes back too often.
    """
    house, provider, args = runtime(), _provider(kind, slug), request.args
    house.limits.take("provider-back", visitors.address(), outside.PER_ADDRESS)
    token = _token(kind)
    secrets = outside.secrets_of(house.settings.secret_key, token)
    state = args.get("state", "")[:_LONGEST]
    if not token or not hmac.compare_digest(secrets.state.encode(), state.encode()):
        return None
    with house.unit_of_work(actors.SYSTEM) as uow:
        next_path = outside.come_back(uow, kind, slug, token)
    if next_path is None:
        return None
    code = args.get("code", "")[:_LONGEST]
    issuer = args.get("iss", provider.provider.issuer)
    if not code or issuer != provider.provider.issuer:
        log.info("sign_in.called_off", provider=slug)
        return None, next_path
    try:
        named = provider.whom(
            back=_back(kind, slug), code=code, nonce=secrets.nonce, verifier=secrets.verifier
        )
    except OutsideFailed as error:
        log.warning("sign_in.provider_failed", provider=slug, why=error.why)
        return None, next_path
    return named, next_path


def _sorry(kind: SessionKind, slug: str, text: str) -> str:
    is_staff = kind is _STAFF
    return render_template(
        "access/provider_failed.html",
        frame="frame/base.html" if is_staff else "frame/customer.html",
        text=text,
        title=_("Sign in with %(provider)s", provider=words.provider(slug)),
        back=to("access.staff_sign_in" if is_staff else "access.customer_sign_in"),
    )


def _over() -> str:
    return str(_("That took too long or was begun in another browser. Please sign in again."))


def _failed(slug: str) -> str:
    name = words.provider(slug)
    said = _(
        "It did not work by way of %(provider)s. Try again, or sign in another way.", provider=name
    )
    return str(said)


def _back(kind: SessionKind, slug: str) -> str:
    """Where the provider sends browsers back, as it is registered there."""
    endpoint = "access_outside.staff_back" if kind is _STAFF else "access_outside.customer_back"
    return runtime().settings.public_url.rstrip("/") + to(endpoint, slug=slug)


def _token(kind: SessionKind) -> str:
    return request.cookies.get(COOKIES[kind], "")


def _provider(kind: SessionKind, slug: str) -> Oidc:
    found = runtime().sign_in_providers.get((str(kind), slug))
    if found is None:
        raise NotFound("no such provider")
    return found
