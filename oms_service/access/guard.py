"""Which door needs what: every route says it once, and a route that says nothing stays shut.

``guard("cases:read")`` is for staff, ``guard(scope="orders:read")`` for API keys,
``guard(customer=True)`` for signed-in customers, ``public(reason="...")`` for everybody. Each
marks the view it is written on, above or below the route; the check itself runs before every
request, so that no view can forget it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Final, TypeVar
from urllib.parse import urlencode

import structlog
from flask import Flask, Response, after_this_request, g, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound as PageNotFound

from oms_service.access import key_uses, permissions, queries
from oms_service.access.here import here
from oms_service.access.queries import KeyView, SignedIn, StaffView
from oms_service.access.sessions import COOKIES
from oms_service.access.states import SessionKind
from oms_service.kernel import actors, ids
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.kernel.errors import Forbidden, Unauthenticated
from oms_service.runtime import reading, runtime

log = structlog.get_logger(__name__)

F = TypeVar("F", bound=Callable[..., object])

STAFF_SIGN_IN: Final = "access.staff_sign_in"
CUSTOMER_SIGN_IN: Final = "access.customer_sign_in"
KEY_START: Final = "oms_"
_EXTENSION: Final = "oms.rules"
_MARK: Final = "_oms_rule"
CUSTOMERS: Final = "account:use"


class Who(StrEnum):
    """Whom a route is for."""

    STAFF = "staff"
    CUSTOMER = "customer"
    KEY = "key"
    PUBLIC = "public"


@dataclass(frozen=True)
class Rule:
    """What a route asks of whoever comes: a permission, or nothing, for a reason."""

    who: Who
    permission: str = ""
    reason: str = ""


class Undeclared(TypeError):
    """A route says nothing, or two things, about who may use it."""


def guard(
    permission: str | None = None, *, scope: str | None = None, customer: bool = False
) -> Callable[[F], F]:
    """Open a route to staff with ``permission``, to keys with ``scope``, or to ``customer``.

    Raises:
        Undeclared: not exactly one of the three is given.
        LookupError: the table of permissions has no such name.
    """
    given = [
        Rule(who, permissions.known(name).name)
        for who, name in (
            (Who.STAFF, permission),
            (Who.KEY, scope),
            (Who.CUSTOMER, CUSTOMERS if customer else None),
        )
        if name is not None
    ]
    if len(given) != 1:
        raise Undeclared("say one of: a staff permission, scope=..., customer=True")
    return _mark(given[0])


def public(*, reason: str) -> Callable[[F], F]:
    """Open a route to everybody; ``reason`` says why that is right."""
    if not reason.strip():
        raise Undeclared("a public route says why")
    return _mark(Rule(Who.PUBLIC, reason=reason))


def declare_public(app: Flask, endpoint: str, *, reason: str) -> None:
    """The same for a route whose view a library made."""
    app.extensions.setdefault(_EXTENSION, {})[endpoint] = Rule(Who.PUBLIC, reason=reason)


def register(app: Flask) -> None:
    """Check every request of ``app``."""
    app.extensions.setdefault(_EXTENSION, {})

    @app.before_request
    def check() -> ResponseReturnValue | None:
        return _check(app)


def rule_of(app: Flask, endpoint: str, method: str) -> Rule | None:
    """What the route says, or None when it says nothing."""
    declared: Rule | None = app.extensions.get(_EXTENSION, {}).get(endpoint)
    view = app.view_functions.get(endpoint)
    if declared is not None or view is None:
        return declared
    found: Rule | None = getattr(view, _MARK, None)
    if found is None and (of_class := getattr(view, "view_class", None)) is not None:
        wanted = "get" if method == "HEAD" else method.lower()
        found = getattr(getattr(of_class, wanted, None), _MARK, None)
    return found


def current_rule() -> Rule | None:
    """What the route of this request says; None on pages about an error before any route."""
    found: Rule | None = g.get("rule")
    return found


def staff() -> StaffView:
    """The colleague who sent this request.

    Raises:
        Unauthenticated: nobody is signed in as staff.
    """
    found = staff_or_none()
    if found is None:
        raise Unauthenticated("nobody is signed in as staff")
    return found


def staff_or_none() -> StaffView | None:
    page = here()
    if "staff" not in page:
        token = request.cookies.get(COOKIES[SessionKind.STAFF])
        page.staff = None
        if token:
            page.staff = queries.staff_by_token(reading(), token, runtime().clock.now())
    found: StaffView | None = page.staff
    return found


def staff_session() -> str:
    """The digest by which this request's own sign-in is found among others."""
    return ids.digest(request.cookies.get(COOKIES[SessionKind.STAFF], ""))


def customer_session() -> str:
    """The same of a customer's."""
    return ids.digest(request.cookies.get(COOKIES[SessionKind.CUSTOMER], ""))


def customer_id() -> int:
    """The customer who sent this request.

    Raises:
        Unauthenticated: nobody is signed in as a customer.
    """
    found = customer_or_none()
    if found is None:
        raise Unauthenticated("nobody is signed in as a customer")
    return found.subject_id


def customer_or_none() -> SignedIn | None:
    if "customer" not in g:
        token = request.cookies.get(COOKIES[SessionKind.CUSTOMER])
        g.customer = None
        if token:
            g.customer = queries.customer_by_token(reading(), token, runtime().clock.now())
    found: SignedIn | None = g.customer
    return found


def api_key() -> KeyView:
    """The key that signed this request.

    Raises:
        Unauthenticated: no key came, or one that is unknown or revoked.
    """
    if "api_key" not in g:
        g.api_key = None
        kind, _, secret = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() == "bearer" and secret.strip().startswith(KEY_START):
            g.api_key = queries.key_by_secret(reading(), secret.strip(), now=runtime().clock.now())
    found: KeyView | None = g.api_key
    if found is None:
        raise Unauthenticated("an API key is needed: Authorization: Bearer oms_...")
    return found


def actor() -> Actor:
    """In whose name this request acts, by what its route asks for.

    Raises:
        Unauthenticated: the route is public, so it must say itself who acts.
    """
    match current_rule():
        case Rule(who=Who.STAFF):
            return actors.staff(staff().id)
        case Rule(who=Who.CUSTOMER):
            return actors.customer(customer_id())
        case Rule(who=Who.KEY):
            return Actor(ActorKind.INTEGRATION, str(api_key().id))
        case _:
            raise Unauthenticated("a public route has no actor")


def session_mark() -> str:
    """What tells this browser's sign-ins from any other's, for proofs bound to them."""
    fresh = g.get("fresh_cookies", {})
    cookies = (fresh.get(name) or request.cookies.get(name, "") for name in COOKIES.values())
    return "|".join(cookies)


def comes_in(kind: SessionKind, token: str) -> None:
    """This request's answer signs its browser in: proofs on its page are bound to that already."""
    g.fresh_cookies = {COOKIES[kind]: token}


def _check(app: Flask) -> ResponseReturnValue | None:
    if request.endpoint is None:
        return None  # no such route: Flask answers
    rule = rule_of(app, request.endpoint, request.method)
    g.rule = rule
    match rule:
        case None:
            log.error("route.undeclared", endpoint=request.endpoint)
            raise PageNotFound
        case Rule(who=Who.STAFF, permission=permission):
            return _check_staff(permission)
        case Rule(who=Who.CUSTOMER):
            return _check_customer()
        case Rule(who=Who.KEY, permission=scope):
            _check_key(scope)
    return None


def _check_staff(permission: str) -> ResponseReturnValue | None:
    found = staff_or_none()
    if found is None:
        return _to_sign_in(STAFF_SIGN_IN)
    if not found.may(permission):
        raise Forbidden(f"needs {permission}")
    return None


def _check_customer() -> ResponseReturnValue | None:
    return None if customer_or_none() else _to_sign_in(CUSTOMER_SIGN_IN)


def _check_key(scope: str) -> None:
    try:
        key = api_key()
    except Unauthenticated:
        after_this_request(_ask_for_key)
        raise
    if key_uses.is_unnoted(key, runtime().clock.now()):
        with runtime().unit_of_work(Actor(ActorKind.INTEGRATION, str(key.id))) as uow:
            key_uses.note_use(uow, key.id)
    if scope not in key.scopes:
        raise Forbidden(f"the key lacks the scope {scope}")


def _ask_for_key(response: Response) -> Response:
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _to_sign_in(endpoint: str) -> ResponseReturnValue:
    """A person is led to the entrance and back; anything else is told to sign in."""
    is_piece = request.headers.get("HX-Request") == "true"
    accepts = request.accept_mimetypes
    reads_pages = not accepts or accepts.accept_html
    if not (is_piece or (request.method in {"GET", "HEAD"} and reads_pages)):
        raise Unauthenticated("please sign in")
    back = request.full_path.rstrip("?") if request.method == "GET" and not is_piece else ""
    where = url_for(endpoint) + (f"?{urlencode({'next': back})}" if back else "")
    if is_piece:
        answer = make_response("", HTTPStatus.UNAUTHORIZED)
        answer.headers["HX-Redirect"] = where
        return answer
    return redirect(where, HTTPStatus.SEE_OTHER)


def _mark(rule: Rule) -> Callable[[F], F]:
    def mark(view: F) -> F:
        if getattr(view, _MARK, None) is not None:
            raise Undeclared(f"{view!r} says twice who may use it")
        setattr(view, _MARK, rule)
        return view

    return mark
