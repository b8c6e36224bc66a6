"""The second step at the staff entrance: a code of the app, or setting the app up first."""

from http import HTTPStatus
from typing import Final

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from oms_service.access import answers, guard, second_steps, totp, visitors, words
from oms_service.access.events import StaffSignInRefused
from oms_service.access.guard import public
from oms_service.access.second_steps import AlreadyOn, HalfWay
from oms_service.access.states import CameBy, SessionKind
from oms_service.kernel import actors
from oms_service.kernel.errors import Stale, TooMany
from oms_service.runtime import reading, runtime

blueprint = Blueprint("access_second_step", __name__, template_folder="templates")

_LONGEST: Final = 40


@blueprint.get("/staff/sign-in/code")
@public(reason="the second step of the entrance for staff; opens for who has taken the first")
def code() -> ResponseReturnValue:
    found = _half_way()
    if found is None:
        return _from_the_start()
    if not found.is_on:
        return redirect(url_for(".set_up", next=answers.next_path() or None), HTTPStatus.SEE_OTHER)
    return _code_form(found)


@blueprint.post("/staff/sign-in/code")
@public(reason="the second step of the entrance for staff; limited by person and by address")
def come_through() -> ResponseReturnValue:
    found = _half_way()
    if found is None:
        return _from_the_start()
    try:
        _count(found)
    except TooMany as error:
        return answers.later(_code_form(found, words.wait(error.wait_s)), error)
    token = None
    with runtime().unit_of_work(actors.staff(found.staff.id)) as uow:
        came = second_steps.come_through(uow, _master(), _token(), _typed())
        if came is not None:
            token = answers.start(uow, SessionKind.STAFF, came)
        else:
            uow.emit(
                StaffSignInRefused(
                    staff_id=found.staff.id, step=str(CameBy.CODE), network=visitors.network()
                )
            )
    if token is None:
        again = _half_way()
        if again is None:
            return _from_the_start()
        return _code_form(again, _("That code does not match or was used already.")), 401
    _uncount(found)
    then = answers.next_path() or answers.after(found.staff)
    response = answers.signed_in(redirect(then, HTTPStatus.SEE_OTHER), SessionKind.STAFF, token)
    return answers.forget(response, answers.HALF_WAY, path=answers.HALF_WAY_PATH)


@blueprint.get("/staff/sign-in/set-up")
@public(reason="the second step of the entrance for staff; opens for who has taken the first")
def set_up() -> ResponseReturnValue:
    found = _half_way()
    if found is None:
        return _from_the_start()
    if found.is_on:
        return redirect(url_for(".code", next=answers.next_path() or None), HTTPStatus.SEE_OTHER)
    return _set_up_form(found)


@blueprint.post("/staff/sign-in/set-up")
@public(reason="the second step of the entrance for staff; limited by person and by address")
def finish_set_up() -> ResponseReturnValue:
    found = _half_way()
    if found is None or found.is_on:
        return _from_the_start()
    try:
        _count(found)
    except TooMany as error:
        return answers.later(_set_up_form(found, words.wait(error.wait_s)), error)
    token = None
    codes: tuple[str, ...] = ()
    try:
        with runtime().unit_of_work(actors.staff(found.staff.id)) as uow:
            came = second_steps.come_through_new(uow, _master(), _token(), _typed())
            if came is not None:
                staff_id, codes = came
                token = answers.start(uow, SessionKind.STAFF, staff_id)
    except AlreadyOn:
        return redirect(url_for(".code", next=answers.next_path() or None), HTTPStatus.SEE_OTHER)
    if token is None:
        again = _half_way()
        if again is None:
            return _from_the_start()
        return _set_up_form(again, _("That code does not match. Type the one shown now.")), 401
    _uncount(found)
    guard.comes_in(SessionKind.STAFF, token)
    page = render_template(
        "access/recovery_codes.html",
        codes=codes,
        then=answers.next_path() or answers.after(found.staff),
        is_new=True,
        frame="frame/base.html",
    )
    response = answers.signed_in(make_response(page), SessionKind.STAFF, token)
    return answers.forget(response, answers.HALF_WAY, path=answers.HALF_WAY_PATH)


def picture(secret: bytes, mail: str) -> Markup:
    """The QR code that an app reads."""
    import segno  # noqa: PLC0415 - only the page that sets an app up needs it

    look = runtime().look
    shop = look.look().name(answers.language()) or look.default_name()
    said = totp.address(secret, shop=shop, mail=mail)
    made = segno.make(said, error="l", micro=False)
    return Markup(made.svg_inline(scale=3, border=4, light="white"))  # noqa: S704 - modules alone, no text


def _code_form(found: HalfWay, error: str | None = None) -> str:
    return render_template(
        "access/second_step.html", me=found.staff, next=answers.next_path(), error=error
    )


def _set_up_form(found: HalfWay, error: str | None = None) -> str:
    secret = second_steps.secret_begun(reading(), _master(), found.staff.id)
    if secret is None:
        raise Stale("what was begun has ended")
    return render_template(
        "access/set_up.html",
        me=found.staff,
        next=answers.next_path(),
        error=error,
        picture=picture(secret, found.staff.mail),
        typed=totp.typed(secret),
    )


def _from_the_start() -> ResponseReturnValue:
    where = url_for("access.staff_sign_in", next=answers.next_path() or None)
    response = make_response(redirect(where, HTTPStatus.SEE_OTHER))
    return answers.forget(response, answers.HALF_WAY, path=answers.HALF_WAY_PATH)


def _half_way() -> HalfWay | None:
    token = _token()
    with runtime().database.reading() as connection:
        return second_steps.half_way(connection, token, runtime().clock.now()) if token else None


def _count(found: HalfWay) -> None:
    limits, address = runtime().limits, visitors.address()
    second_steps.may_try(limits, staff_id=found.staff.id, address=address)


def _uncount(found: HalfWay) -> None:
    second_steps.came_in(runtime().limits, staff_id=found.staff.id, address=visitors.address())


def _token() -> str:
    return request.cookies.get(answers.HALF_WAY, "")


def _typed() -> str:
    return request.form.get("code", "")[:_LONGEST]


def _master() -> str:
    return runtime().settings.secret_key
