"""The two entrances: staff by password, customers by code or link in their mail; the ways out."""

from http import HTTPStatus

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request
from flask import url_for as to
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from oms_service.access import (
    answers,
    codes,
    demo_accounts,
    guard,
    outside,
    queries,
    sessions,
    staff,
    visitors,
    words,
)
from oms_service.access.codes import MailLinks
from oms_service.access.events import StaffSignedOut, StaffSignInRefused
from oms_service.access.guard import public
from oms_service.access.outside import COOKIES as TRIPS
from oms_service.access.states import CameBy, SessionKind
from oms_service.kernel import actors
from oms_service.kernel.errors import TooMany
from oms_service.runtime import runtime

blueprint = Blueprint("access", __name__, template_folder="templates")


@blueprint.get("/staff/sign-in")
@public(reason="the entrance for staff")
def staff_sign_in() -> ResponseReturnValue:
    found = guard.staff_or_none()
    if found is not None:
        return redirect(answers.next_path() or answers.after(found), HTTPStatus.SEE_OTHER)
    return _staff_form()


@blueprint.post("/staff/sign-in")
@public(reason="the entrance for staff; limited by mail and by address")
def staff_come_in() -> ResponseReturnValue:
    mail, password = request.form.get("mail", ""), request.form.get("password", "")
    house = runtime()
    if not house.settings.staff_passwords:
        return _staff_form(error=_("Passwords are switched off here. Choose how to sign in.")), 403
    try:
        admitted = staff.admit(
            house.database,
            house.limits,
            mail=mail[:320],
            password=password,
            address=visitors.address(),
        )
    except TooMany as error:
        return answers.later(_staff_form(error=words.wait(error.wait_s)), error)
    entry = None
    if admitted is not None:
        with house.unit_of_work(actors.staff(admitted.staff.id)) as uow:
            if staff.is_still_right(uow, admitted):
                entry = answers.let_in(uow, admitted.staff, next_path=answers.next_path())
    if entry is None:
        _refused(mail)
        return _staff_form(error=_("Mail address and password do not match.")), 401
    return entry.answer()


@blueprint.post("/staff/sign-out")
@public(reason="ends only the sign-in of the browser that asks")
def staff_sign_out() -> ResponseReturnValue:
    return _sign_out(SessionKind.STAFF, to("access.staff_sign_in"))


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
    return redirect(to("access.staff_sessions"), HTTPStatus.SEE_OTHER)


@blueprint.post("/staff/sessions/end-others")
@guard.guard("sessions:own")
def staff_end_others() -> ResponseReturnValue:
    me = guard.staff()
    with runtime().unit_of_work(actors.staff(me.id)) as uow:
        sessions.revoke_all(uow, SessionKind.STAFF, me.id, but=guard.staff_session())
    flash(_("All other sign-ins have ended."), "success")
    return redirect(to("access.staff_sessions"), HTTPStatus.SEE_OTHER)


@blueprint.get("/sign-in")
@public(reason="the entrance for customers")
def customer_sign_in() -> ResponseReturnValue:
    if guard.customer_or_none() is not None:
        return redirect(answers.next_path(answers.customers_home()), HTTPStatus.SEE_OTHER)
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
        return answers.later(_mail_form(mail, error=words.wait(error.wait_s)), error)
    with runtime().unit_of_work(actors.SYSTEM) as uow:
        codes.send_code(
            uow, mail, answers.language(), links=_links(), next_path=answers.next_path()
        )
    return _code_form(mail)


@blueprint.post("/sign-in/code")
@public(reason="the entrance for customers; five tries a code, limited by address")
def customer_come_in() -> ResponseReturnValue:
    mail = request.form.get("mail", "")[:320]
    code = request.form.get("code", "")[:40]
    try:
        codes.may_try(runtime().limits, address=visitors.address())
    except TooMany as error:
        return answers.later(_code_form(mail, error=words.wait(error.wait_s)), error)
    token = linked = None
    with runtime().unit_of_work(actors.SYSTEM) as uow:
        customer_id = codes.check_code(uow, mail, code)
        if customer_id is not None:
            token = answers.start(uow, SessionKind.CUSTOMER, customer_id)
            if "link" in request.values:
                linked = outside.link_waiting(uow, _trip(), customer_id)
    if token is None:
        error_text = _(
            "That code does not match or is no longer valid. Check it, or get a new one."
        )
        return _code_form(mail, error=error_text), 401
    codes.came_in(runtime().limits, mail=mail, address=visitors.address())
    if linked is not None:
        name = words.provider(linked)
        flash(_("From now on you can sign in with %(provider)s.", provider=name), "success")
    return _customer_in(token)


@blueprint.get("/sign-in/link")
@public(reason="shows a button and signs nobody in; the link in the mail is the proof")
def customer_link() -> ResponseReturnValue:
    key = request.args.get("key", "")
    try:
        codes.may_try(runtime().limits, address=visitors.address())
    except TooMany as error:
        return answers.later(_mail_form(error=words.wait(error.wait_s)), error)
    with runtime().database.reading() as connection:
        mail = codes.mail_of_link(connection, _links(), key, runtime().clock.now())
    if mail is None:
        return _mail_form(error=_link_is_over()), 410
    return render_template("access/link.html", key=key, mail=mail, next=answers.next_path())


@blueprint.post("/sign-in/link")
@public(reason="the entrance for customers by the link in their mail; once, limited by address")
def customer_come_in_by_link() -> ResponseReturnValue:
    key = request.form.get("key", "")
    try:
        codes.may_try(runtime().limits, address=visitors.address())
    except TooMany as error:
        return answers.later(_mail_form(error=words.wait(error.wait_s)), error)
    token = None
    with runtime().unit_of_work(actors.SYSTEM) as uow:
        mail = codes.mail_of_link(uow.session, _links(), key, uow.now)
        customer_id = codes.check_link(uow, _links(), key)
        if customer_id is not None:
            token = answers.start(uow, SessionKind.CUSTOMER, customer_id)
    if token is None:
        return _mail_form(error=_link_is_over()), 410
    codes.came_in(runtime().limits, mail=mail or "", address=visitors.address())
    return _customer_in(token)


@blueprint.post("/sign-out")
@public(reason="ends only the sign-in of the browser that asks")
def customer_sign_out() -> ResponseReturnValue:
    return _sign_out(SessionKind.CUSTOMER, answers.HOME)


@blueprint.get("/account/sign-ins")
@guard.guard(customer=True)
def customer_sessions() -> ResponseReturnValue:
    me, now = guard.customer_id(), runtime().clock.now()
    with runtime().database.reading() as connection:
        found = queries.open_sessions(connection, SessionKind.CUSTOMER, me, now)
        links = outside.links_of(connection, SessionKind.CUSTOMER, me)
    return render_template(
        "access/own_sign_ins.html",
        sessions=found,
        this=guard.customer_session(),
        links=[(one, words.provider(one.provider)) for one in links],
    )


@blueprint.post("/account/sign-ins/<int(max=999999999999999):session_id>/end")
@guard.guard(customer=True)
def customer_end_session(session_id: int) -> ResponseReturnValue:
    me = guard.customer_id()
    with runtime().unit_of_work(actors.customer(me)) as uow:
        sessions.revoke(uow, SessionKind.CUSTOMER, me, session_id)
    flash(_("That sign-in has ended."), "success")
    return redirect(to("access.customer_sessions"), HTTPStatus.SEE_OTHER)


@blueprint.post("/account/sign-ins/end-others")
@guard.guard(customer=True)
def customer_end_others() -> ResponseReturnValue:
    me = guard.customer_id()
    with runtime().unit_of_work(actors.customer(me)) as uow:
        sessions.revoke_all(uow, SessionKind.CUSTOMER, me, but=guard.customer_session())
    flash(_("All other sign-ins have ended."), "success")
    return redirect(to("access.customer_sessions"), HTTPStatus.SEE_OTHER)


@blueprint.post("/account/sign-ins/providers/<int(max=999999999999999):link_id>/end")
@guard.guard(customer=True)
def customer_unlink(link_id: int) -> ResponseReturnValue:
    me = guard.customer_id()
    with runtime().unit_of_work(actors.customer(me)) as uow:
        outside.unlink(uow, SessionKind.CUSTOMER, me, link_id)
    flash(_("Nobody signs in that way any more."), "success")
    return redirect(to("access.customer_sessions"), HTTPStatus.SEE_OTHER)


def _refused(mail: str) -> None:
    """Write down that somebody could not come in, by colleague and network, never by address."""
    with runtime().unit_of_work(actors.SYSTEM) as uow:
        found = queries.staff_by_mail(uow.session, mail[:320].replace("\0", ""))
        uow.emit(
            StaffSignInRefused(
                staff_id=found.id if found else 0,
                step=str(CameBy.PASSWORD),
                network=visitors.network(),
            )
        )


def _customer_in(token: str) -> Response:
    then = redirect(answers.next_path(answers.customers_home()), HTTPStatus.SEE_OTHER)
    return answers.signed_in(then, SessionKind.CUSTOMER, token)


def _staff_form(error: str | None = None) -> str:
    settings = runtime().settings
    return render_template(
        "access/staff_sign_in.html",
        mail=request.form.get("mail", ""),
        next=answers.next_path(),
        error=error,
        has_passwords=settings.staff_passwords,
        providers=[(one.slug, words.provider(one.slug)) for one in settings.staff_oidc],
        accounts=demo_accounts.ACCOUNTS if settings.demo else (),
        demo_password=demo_accounts.PASSWORD,
        role_words=words.ROLES,
    )


def _mail_form(mail: str = "", error: str | None = None) -> str:
    return render_template(
        "access/sign_in.html",
        mail=mail,
        next=answers.next_path(),
        error=error,
        link=_waiting_for(),
        providers=[
            (one.slug, words.provider(one.slug)) for one in runtime().settings.customer_oidc
        ],
    )


def _code_form(mail: str, error: str | None = None) -> str:
    return render_template(
        "access/code.html",
        mail=mail,
        next=answers.next_path(),
        error=error,
        link=_waiting_for(),
    )


def _waiting_for() -> str:
    """By which provider somebody has come who shows now which customer they are; mostly none."""
    trip = _trip()
    if not trip or "link" not in request.values:
        return ""
    with runtime().database.reading() as connection:
        found = outside.waiting(connection, trip, runtime().clock.now())
    return words.provider(found.provider) if found else ""


def _trip() -> str:
    return request.cookies.get(TRIPS[SessionKind.CUSTOMER], "")


def _link_is_over() -> str:
    return str(_("That link was used already or is no longer valid. We can send you a new one."))


def _links() -> MailLinks:
    settings = runtime().settings
    return MailLinks(settings.secret_key, settings.public_url)


def _sign_out(kind: SessionKind, then: str) -> Response:
    token = answers.token_of(kind)
    if token:
        me = guard.staff_or_none() if kind is SessionKind.STAFF else None
        with runtime().unit_of_work(actors.staff(me.id) if me else actors.SYSTEM) as uow:
            sessions.end(uow, kind, token)
            if me is not None:
                uow.emit(StaffSignedOut(staff_id=me.id))
    response = make_response(redirect(then, HTTPStatus.SEE_OTHER))
    return answers.forget(response, sessions.COOKIES[kind])
