"""The two entrances: staff by password, customers by a code in their mail; and the ways out."""

from http import HTTPStatus
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
from flask_babel import get_locale
from flask_babel import gettext as _

from oms_service.access import (
    codes,
    demo_accounts,
    guard,
    queries,
    sessions,
    staff,
    visitors,
    words,
)
from oms_service.access.devices import device
from oms_service.access.guard import public
from oms_service.access.paths import own_path
from oms_service.access.queries import StaffView
from oms_service.access.states import SessionKind
from oms_service.kernel import actors
from oms_service.kernel.errors import TooMany
from oms_service.kernel.languages import Language
from oms_service.ports.slots import Area
from oms_service.runtime import runtime

blueprint = Blueprint("access", __name__, template_folder="templates")

_HOME: Final = "/"


@blueprint.get("/staff/sign-in")
@public(reason="the entrance for staff")
def staff_sign_in() -> ResponseReturnValue:
    found = guard.staff_or_none()
    if found is not None:
        return redirect(_after(found), HTTPStatus.SEE_OTHER)
    return _staff_form()


@blueprint.post("/staff/sign-in")
@public(reason="the entrance for staff; limited by mail and by address")
def staff_come_in() -> ResponseReturnValue:
    mail, password = request.form.get("mail", ""), request.form.get("password", "")
    try:
        admitted = staff.admit(
            runtime().database,
            runtime().limits,
            mail=mail[:320],
            password=password,
            address=visitors.address(),
        )
    except TooMany as error:
        return _later(_staff_form(error=words.wait(error.wait_s)), error)
    if admitted is None:
        return _staff_form(error=_("Mail address and password do not match.")), 401
    with runtime().unit_of_work(actors.staff(admitted.staff.id)) as uow:
        token = staff.sign_in(
            uow,
            admitted,
            device=device(request.user_agent.string),
            instead_of=_token(SessionKind.STAFF),
        )
    response = redirect(_after(admitted.staff), HTTPStatus.SEE_OTHER)
    return _with_cookie(response, SessionKind.STAFF, token)


@blueprint.post("/staff/sign-out")
@public(reason="ends only the sign-in of the browser that asks")
def staff_sign_out() -> ResponseReturnValue:
    return _sign_out(SessionKind.STAFF, url_for("access.staff_sign_in"))


@blueprint.get("/staff/sessions")
@guard.guard("sessions:own")
def staff_sessions() -> ResponseReturnValue:
    me = guard.staff()
    with runtime().database.reading() as connection:
        found = queries.open_sessions(connection, SessionKind.STAFF, me.id, runtime().clock.now())
    return render_template(
        "access/sessions.html",
        area="desk" if me.may("cases:read") else "console",
        me=me,
        roles=[words.ROLES[role] for role in sorted(me.roles)],
        sessions=found,
        this=guard.staff_session(),
    )


@blueprint.post("/staff/sessions/<int:session_id>/end")
@guard.guard("sessions:own")
def staff_end_session(session_id: int) -> ResponseReturnValue:
    me = guard.staff()
    with runtime().unit_of_work(actors.staff(me.id)) as uow:
        sessions.revoke(uow, SessionKind.STAFF, me.id, session_id)
    flash(_("That sign-in has ended."), "success")
    return redirect(url_for("access.staff_sessions"), HTTPStatus.SEE_OTHER)


@blueprint.get("/sign-in")
@public(reason="the entrance for customers")
def customer_sign_in() -> ResponseReturnValue:
    if guard.customer_or_none() is not None:
        return redirect(_next(_customers_home()), HTTPStatus.SEE_OTHER)
    return _mail_form()


@blueprint.post("/sign-in")
@public(reason="the entrance for customers; limited by mail and by address")
def customer_ask_code() -> ResponseReturnValue:
    mail = request.form.get("mail", "").strip()[:320]
    if "@" not in mail:
        return _mail_form(mail, error=_("Enter a mail address, such as name@example.jp.")), 422
    try:
        codes.may_ask(runtime().limits, mail=mail, address=visitors.address())
    except TooMany as error:
        return _later(_mail_form(mail, error=words.wait(error.wait_s)), error)
    with runtime().unit_of_work(actors.SYSTEM) as uow:
        codes.send_code(uow, mail, _language())
    return _code_form(mail)


@blueprint.post("/sign-in/code")
@public(reason="the entrance for customers; five tries a code, limited by address")
def customer_come_in() -> ResponseReturnValue:
    mail = request.form.get("mail", "")[:320]
    code = request.form.get("code", "")[:40]
    try:
        codes.may_try(runtime().limits, address=visitors.address())
    except TooMany as error:
        return _later(_code_form(mail, error=words.wait(error.wait_s)), error)
    token = None
    with runtime().unit_of_work(actors.SYSTEM) as uow:
        customer_id = codes.check_code(uow, mail, code)
        if customer_id is not None:
            token = sessions.start(
                uow,
                SessionKind.CUSTOMER,
                customer_id,
                device=device(request.user_agent.string),
                instead_of=_token(SessionKind.CUSTOMER),
            )
    if token is None:
        error_text = _(
            "That code does not match or is no longer valid. Check it, or get a new one."
        )
        return _code_form(mail, error=error_text), 401
    return _with_cookie(redirect(_next(_customers_home()), 303), SessionKind.CUSTOMER, token)


@blueprint.post("/sign-out")
@public(reason="ends only the sign-in of the browser that asks")
def customer_sign_out() -> ResponseReturnValue:
    return _sign_out(SessionKind.CUSTOMER, _HOME)


def _staff_form(error: str | None = None) -> str:
    settings = runtime().settings
    return render_template(
        "access/staff_sign_in.html",
        mail=request.form.get("mail", ""),
        next=_next(""),
        error=error,
        accounts=demo_accounts.ACCOUNTS if settings.demo else (),
        demo_password=demo_accounts.PASSWORD,
        role_words=words.ROLES,
    )


def _mail_form(mail: str = "", error: str | None = None) -> str:
    return render_template("access/sign_in.html", mail=mail, next=_next(""), error=error)


def _code_form(mail: str, error: str | None = None) -> str:
    return render_template("access/code.html", mail=mail, next=_next(""), error=error)


def _sign_out(kind: SessionKind, then: str) -> Response:
    token = _token(kind)
    if token:
        with runtime().unit_of_work(actors.SYSTEM) as uow:
            sessions.end(uow, kind, token)
    response = make_response(redirect(then, HTTPStatus.SEE_OTHER))
    response.delete_cookie(
        sessions.COOKIES[kind],
        httponly=True,
        samesite="Lax",
        secure=runtime().settings.secure_cookies,
    )
    return response


def _with_cookie(response: ResponseReturnValue, kind: SessionKind, token: str) -> Response:
    made = make_response(response)
    made.set_cookie(
        sessions.COOKIES[kind],
        token,
        max_age=int(sessions.LIFETIME[kind].total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=runtime().settings.secure_cookies,
    )
    return made


def _later(body: str, error: TooMany) -> Response:
    response = make_response(body, HTTPStatus.TOO_MANY_REQUESTS)
    response.headers["Retry-After"] = str(error.wait_s)
    return response


def _token(kind: SessionKind) -> str | None:
    return request.cookies.get(sessions.COOKIES[kind])


def _next(default: str) -> str:
    asked = request.form.get("next") or request.args.get("next")
    return own_path(asked) if asked else default


def _after(colleague: StaffView) -> str:
    """Where a colleague goes after signing in: back, or to where their day starts."""
    asked = _next("")
    if asked:
        return asked
    entries = runtime().slots.navigation(Area.DESK, colleague.may)
    starts = [one for one in entries if one.starts_day_for and colleague.may(one.starts_day_for)]
    for entry in (*starts, *entries):
        return url_for(entry.endpoint)
    return url_for("access.staff_sessions")


def _customers_home() -> str:
    """Where a customer goes after signing in: the first page that is theirs."""
    for entry in runtime().slots.navigation(Area.PORTAL, lambda name: name == guard.CUSTOMERS):
        return url_for(entry.endpoint)
    return _HOME


def _language() -> Language:
    return Language(str(get_locale()))
