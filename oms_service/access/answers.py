"""What the pages of the entrances share: their cookies and their ways back."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from flask import Response, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from oms_service.access import guard, required, second_steps, sessions
from oms_service.access.devices import device
from oms_service.access.events import StaffSignedIn
from oms_service.access.paths import own_path
from oms_service.access.queries import StaffView
from oms_service.access.states import CameBy, SessionKind
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import TooMany
from oms_service.kernel.languages import Language
from oms_service.ports.slots import Area
from oms_service.runtime import runtime

#: Who has this cookie is not signed in: no page but those of the second step looks at it.
HALF_WAY: Final = "oms_staff_half"
HALF_WAY_PATH: Final = "/staff/sign-in"
HOME: Final = "/"


@dataclass(frozen=True)
class Entry:
    """How a colleague goes on: signed in, or half-way to it."""

    token: str
    is_half_way: bool
    then: str

    def answer(self) -> Response:
        response = make_response(redirect(self.then, HTTPStatus.SEE_OTHER))
        if self.is_half_way:
            return keep(
                response,
                HALF_WAY,
                self.token,
                max_age_s=int(second_steps.HALF_WAY.total_seconds()),
                path=HALF_WAY_PATH,
            )
        return signed_in(response, SessionKind.STAFF, self.token)


def let_in(
    uow: UnitOfWork,
    found: StaffView,
    *,
    next_path: str,
    how: CameBy = CameBy.PASSWORD,
    has_second_step: bool = False,
) -> Entry:
    """A colleague's first step was right: sign them in, or have them go on to the second.

    Args:
        uow: the transaction.
        found: who it is.
        next_path: where they wanted to go; empty for where their day starts.
        how: what let them in so far.
        has_second_step: the provider said that it asked for one.
    """
    is_on = second_steps.state_of(uow.session, found.id).is_on
    if not required.is_needed(
        must=required.asks_second_step(runtime().settings, found.roles),
        is_on=is_on,
        by_provider=how is CameBy.PROVIDER,
        has_second_step=has_second_step,
    ):
        token = start(uow, SessionKind.STAFF, found.id, how=how)
        return Entry(token, is_half_way=False, then=next_path or after(found))
    if not is_on:
        second_steps.begin(uow, found.id)
    token = second_steps.stand_half_way(uow, found.id)
    step = "access_second_step.code" if is_on else "access_second_step.set_up"
    return Entry(token, is_half_way=True, then=url_for(step, next=next_path or None))


def start(uow: UnitOfWork, kind: SessionKind, subject_id: int, *, how: CameBy = CameBy.CODE) -> str:
    """Sign this browser in; what it was signed in as before ends. The token for its cookie.

    Of a colleague it is told ``how``: after the second step by its code.
    """
    if kind is SessionKind.STAFF:
        uow.emit(StaffSignedIn(staff_id=subject_id, how=str(how)))
    return sessions.start(
        uow,
        kind,
        subject_id,
        device=device(request.user_agent.string),
        instead_of=token_of(kind),
    )


def signed_in(response: ResponseReturnValue, kind: SessionKind, token: str) -> Response:
    """The answer that brings the cookie of a sign-in."""
    lasts_s = int(sessions.LIFETIME[kind].total_seconds())
    return keep(make_response(response), sessions.COOKIES[kind], token, max_age_s=lasts_s)


def keep(response: Response, name: str, value: str, *, max_age_s: int, path: str = "/") -> Response:
    """Give the browser a cookie that scripts cannot read."""
    response.set_cookie(
        name,
        value,
        max_age=max_age_s,
        path=path,
        httponly=True,
        samesite="Lax",
        secure=runtime().settings.secure_cookies,
    )
    return response


def forget(response: Response, name: str, *, path: str = "/") -> Response:
    """Take a cookie back."""
    secure = runtime().settings.secure_cookies
    response.delete_cookie(name, path=path, httponly=True, samesite="Lax", secure=secure)
    return response


def later(body: str, error: TooMany) -> Response:
    """A page for who has to wait."""
    response = make_response(body, HTTPStatus.TOO_MANY_REQUESTS)
    response.headers["Retry-After"] = str(error.wait_s)
    return response


def token_of(kind: SessionKind) -> str | None:
    return request.cookies.get(sessions.COOKIES[kind])


def next_path(default: str = "") -> str:
    """Where to go afterwards, as the form or the address says: on this site, or ``default``."""
    asked = request.form.get("next") or request.args.get("next")
    return own_path(asked) if asked else default


def after(colleague: StaffView) -> str:
    """Where a colleague's day starts."""
    entries = runtime().slots.navigation(Area.DESK, colleague.may)
    starts = [one for one in entries if one.starts_day_for and colleague.may(one.starts_day_for)]
    for entry in (*starts, *entries):
        return url_for(entry.endpoint)
    return url_for("access.staff_sessions")


def customers_home() -> str:
    """Where a customer goes after signing in: the first page that is theirs."""
    for entry in runtime().slots.navigation(Area.PORTAL, lambda name: name == guard.CUSTOMERS):
        return url_for(entry.endpoint)
    return HOME


def language() -> Language:
    return Language(str(get_locale()))
