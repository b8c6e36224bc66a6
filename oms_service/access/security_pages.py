"""Sign-in and security: one's own password, second step and providers; and a colleague's, to help.

What is switched off or changed here asks again for the password, and for a code where there is one.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from oms_service.access import (
    answers,
    guard,
    outside,
    passwords,
    queries,
    required,
    second_steps,
    sessions,
    staff,
    totp,
    visitors,
    words,
)
from oms_service.access.queries import StaffView
from oms_service.access.second_step_pages import picture
from oms_service.access.second_steps import WrongCode
from oms_service.access.states import SessionKind
from oms_service.kernel.errors import Forbidden, Stale, TooMany
from oms_service.runtime import runtime

blueprint = Blueprint("access_security", __name__, template_folder="templates")

_LONGEST: Final = 40
Errors = Mapping[str, str]


@blueprint.get("/staff/security")
@guard.guard("sessions:own")
def page() -> str:
    return _page({})


@blueprint.post("/staff/security/second-step")
@guard.guard("sessions:own")
def begin() -> ResponseReturnValue:
    """Make a new secret for an app, and show it."""
    me = guard.staff()
    with runtime().unit_of_work(guard.actor()) as uow:
        second_steps.begin(uow, me.id)
    return redirect(url_for(".set_up"), HTTPStatus.SEE_OTHER)


@blueprint.get("/staff/security/second-step")
@guard.guard("sessions:own")
def set_up() -> ResponseReturnValue:
    try:
        return _set_up_page(None)
    except Stale:  # nothing was begun, or it is on already: their own page says which
        return redirect(url_for(".page"), HTTPStatus.SEE_OTHER)


@blueprint.post("/staff/security/second-step/confirm")
@guard.guard("sessions:own")
def confirm() -> ResponseReturnValue:
    me = guard.staff()
    try:
        _count(me)
        with runtime().unit_of_work(guard.actor()) as uow:
            codes = second_steps.confirm(uow, _master(), me.id, _typed("code"))
            sessions.revoke_all(uow, SessionKind.STAFF, me.id, but=guard.staff_session())
    except TooMany as error:
        return answers.later(str(_set_up_page(words.wait(error.wait_s))), error)
    except WrongCode:
        text = _("That code does not match. Type the one shown now.")
        return _set_up_page(text), HTTPStatus.UNPROCESSABLE_ENTITY
    return _codes_page(codes, is_new=True)


@blueprint.post("/staff/security/recovery-codes")
@guard.guard("sessions:own")
def renew_codes() -> ResponseReturnValue:
    me = guard.staff()
    errors = _proven("renew", me)
    if not errors:
        try:
            with runtime().unit_of_work(guard.actor()) as uow:
                codes = second_steps.renew_codes(uow, _master(), me.id, _typed("renew_code"))
        except WrongCode:
            errors = {"renew_code": _wrong_code()}
        else:
            return _codes_page(codes, is_new=False)
    return _page(errors), HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.post("/staff/security/second-step/off")
@guard.guard("sessions:own")
def switch_off() -> ResponseReturnValue:
    me = guard.staff()
    if required.asks_second_step(runtime().settings, me.roles):
        raise Forbidden("their role never comes in without")
    errors = _proven("off", me)
    if not errors:
        try:
            with runtime().unit_of_work(guard.actor()) as uow:
                second_steps.switch_off(uow, _master(), me.id, _typed("off_code"))
        except WrongCode:
            errors = {"off_code": _wrong_code()}
        else:
            flash(_("Your second step is off. Your password alone lets you in."), "attention")
            return redirect(url_for(".page"), HTTPStatus.SEE_OTHER)
    return _page(errors), HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.post("/staff/security/password")
@guard.guard("sessions:own")
def change_password() -> ResponseReturnValue:
    me = guard.staff()
    if not runtime().settings.staff_passwords:
        raise Forbidden("passwords are switched off here")
    with runtime().database.reading() as connection:
        known = queries.password_of(connection, me.id)
    fresh = request.form.get("fresh", "")
    errors = _proven("password", me) or _unfit(fresh)
    if not errors:
        digest = passwords.digest(fresh)
        try:
            with runtime().unit_of_work(guard.actor()) as uow:
                second_steps.change_password(
                    uow,
                    _master(),
                    me.id,
                    _typed("password_code"),
                    known=known,
                    fresh=digest,
                    this=guard.staff_session(),
                )
        except WrongCode:
            errors = {"password_code": _wrong_code()}
        except Stale:
            errors = {"password_now": _wrong_password()}
        else:
            flash(_("Your password is new, and all your other sign-ins have ended."), "success")
            return redirect(url_for(".page"), HTTPStatus.SEE_OTHER)
    return _page(errors), HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.get("/staff/colleagues/<int(max=999999999999999):staff_id>/sign-in")
@guard.guard("staff:manage")
def colleague(staff_id: int) -> str:
    """How a colleague comes in, for who helps them."""
    house = runtime()
    with house.database.reading() as connection:
        found = queries.staff_by_id(connection, staff_id)
        state = second_steps.state_of(connection, staff_id)
        links = outside.links_of(connection, SessionKind.STAFF, staff_id)
        open_ones = queries.open_sessions(
            connection, SessionKind.STAFF, staff_id, house.clock.now()
        )
        has_password = queries.password_of(connection, staff_id) is not None
    return render_template(
        "access/colleague.html",
        area="console",
        colleague=found,
        is_me=staff_id == guard.staff().id,
        state=state,
        must=required.asks_second_step(house.settings, found.roles),
        has_password=has_password and house.settings.staff_passwords,
        links=[(one, words.provider(one.provider)) for one in links],
        sessions=open_ones,
    )


@blueprint.post("/staff/colleagues/<int(max=999999999999999):staff_id>/second-step/reset")
@guard.guard("staff:manage")
def reset(staff_id: int) -> ResponseReturnValue:
    _for_another(staff_id)
    with runtime().unit_of_work(guard.actor()) as uow:
        was_on = second_steps.reset(uow, staff_id)
    if was_on:
        flash(_("Their second step is reset. They have been told by mail."), "success")
    return redirect(url_for(".colleague", staff_id=staff_id), HTTPStatus.SEE_OTHER)


@blueprint.post("/staff/colleagues/<int(max=999999999999999):staff_id>/sign-ins/end")
@guard.guard("staff:manage")
def end_sign_ins(staff_id: int) -> ResponseReturnValue:
    _for_another(staff_id)
    with runtime().unit_of_work(guard.actor()) as uow:
        staff.end_sign_ins(uow, staff_id)
    flash(_("All their sign-ins have ended."), "success")
    return redirect(url_for(".colleague", staff_id=staff_id), HTTPStatus.SEE_OTHER)


@blueprint.post(
    "/staff/colleagues/<int(max=999999999999999):staff_id>/providers"
    "/<int(max=999999999999999):link_id>/end"
)
@guard.guard("staff:manage")
def unlink(staff_id: int, link_id: int) -> ResponseReturnValue:
    _for_another(staff_id)
    with runtime().unit_of_work(guard.actor()) as uow:
        staff.hold(uow, staff_id)
        outside.unlink(uow, SessionKind.STAFF, staff_id, link_id)
        sessions.revoke_all(uow, SessionKind.STAFF, staff_id)
    flash(_("Nobody signs in that way any more."), "success")
    return redirect(url_for(".colleague", staff_id=staff_id), HTTPStatus.SEE_OTHER)


def _page(errors: Errors) -> str:
    me, house = guard.staff(), runtime()
    with house.database.reading() as connection:
        state = second_steps.state_of(connection, me.id)
        links = outside.links_of(connection, SessionKind.STAFF, me.id)
        has_password = queries.password_of(connection, me.id) is not None
    return render_template(
        "access/security.html",
        area="desk" if me.may("cases:read") else "console",
        me=me,
        state=state,
        must=required.asks_second_step(house.settings, me.roles),
        has_password=has_password and house.settings.staff_passwords,
        shortest=passwords.SHORTEST,
        links=[(one, words.provider(one.provider)) for one in links],
        errors=errors,
    )


def _set_up_page(error: str | None) -> str:
    me = guard.staff()
    with runtime().database.reading() as connection:
        secret = second_steps.secret_begun(connection, _master(), me.id)
    if secret is None:
        raise Stale("nothing was begun")
    return render_template(
        "access/security_set_up.html",
        area="desk" if me.may("cases:read") else "console",
        picture=picture(secret, me.mail),
        typed=totp.typed(secret),
        error=error,
    )


def _codes_page(codes: tuple[str, ...], *, is_new: bool) -> str:
    return render_template(
        "access/recovery_codes.html",
        area="desk" if guard.staff().may("cases:read") else "console",
        codes=codes,
        then=url_for(".page"),
        is_new=is_new,
        frame="frame/staff.html",
    )


def _proven(start: str, me: StaffView) -> dict[str, str]:
    """What is wrong with the password that was asked for again; nothing where none is needed."""
    try:
        _count(me)
    except TooMany as error:
        return {f"{start}_now": words.wait(error.wait_s)}
    with runtime().database.reading() as connection:
        stored = queries.password_of(connection, me.id)
    if start != "password" and (stored is None or not runtime().settings.staff_passwords):
        return {}
    typed = request.form.get(f"{start}_now", "")
    return {} if passwords.is_right(stored, typed) else {f"{start}_now": _wrong_password()}


def _unfit(fresh: str) -> dict[str, str]:
    """What is wrong with a new password and its repetition."""
    if not passwords.SHORTEST <= len(fresh) <= passwords.LONGEST:
        return {"fresh": _("Choose one of 12 to 200 characters.")}
    return {} if fresh == request.form.get("again", "") else {"again": _("The two do not match.")}


def _for_another(staff_id: int) -> None:
    """Nobody takes the locks off their own door without the keys.

    Raises:
        Forbidden: it is their own.
    """
    if staff_id == guard.staff().id:
        raise Forbidden("for oneself there is one's own page")


def _count(me: StaffView) -> None:
    second_steps.may_try(runtime().limits, staff_id=me.id, address=visitors.address())


def _wrong_code() -> str:
    return str(_("That code does not match or was used already."))


def _wrong_password() -> str:
    return str(_("That is not your password."))


def _typed(name: str) -> str:
    return request.form.get(name, "")[:_LONGEST]


def _master() -> str:
    return runtime().settings.secret_key
