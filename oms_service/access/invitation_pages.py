"""The door for who was invited: a link in their mail, a password of their own or a provider.

A link that is unknown, used, replaced, withdrawn or too old gets the same words.
"""

from http import HTTPStatus

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from oms_service.access import answers, invitations, passwords, visitors, words
from oms_service.access.guard import public
from oms_service.access.invitations import Letters
from oms_service.access.queries import StaffView
from oms_service.access.states import CameBy
from oms_service.kernel import actors
from oms_service.kernel.errors import TooMany
from oms_service.kernel.languages import Language
from oms_service.runtime import runtime

blueprint = Blueprint("access_invitation", __name__, template_folder="templates")


@blueprint.get("/staff/invitation")
@public(reason="shows a form and signs nobody in; the link in the mail is the proof")
def page() -> ResponseReturnValue:
    key = request.args.get("key", "")
    try:
        invitations.may_look(runtime().limits, address=visitors.address())
    except TooMany as error:
        return answers.later(_over(words.wait(error.wait_s)), error)
    found = _whose(key)
    return (_over(), HTTPStatus.GONE) if found is None else _form(found, key, {})


@blueprint.post("/staff/invitation")
@public(reason="lets in who was invited; the link counts once, looks are limited by address")
def come_in() -> ResponseReturnValue:
    house, key = runtime(), request.form.get("key", "")
    try:
        invitations.may_look(house.limits, address=visitors.address())
    except TooMany as error:
        return answers.later(_over(words.wait(error.wait_s)), error)
    found = _whose(key)
    if found is None:
        return _over(), HTTPStatus.GONE
    fresh = request.form.get("fresh", "")
    errors = _unfit(fresh)
    if errors:
        return _form(found, key, errors), HTTPStatus.UNPROCESSABLE_ENTITY
    digest = passwords.digest(fresh)
    entry = None
    with house.unit_of_work(actors.staff(found.id)) as uow:
        came = invitations.accept(uow, letters(), key, digest)
        if came is not None:
            entry = answers.let_in(uow, came, next_path="", how=CameBy.INVITATION)
    return (_over(), HTTPStatus.GONE) if entry is None else entry.answer()


def letters() -> Letters:
    """Who writes the mails of this shop, and reads the links in them."""
    house = runtime()
    names = {one: house.look.name(one) for one in Language}
    return Letters(house.settings.secret_key, house.settings.public_url, names)


def _whose(key: str) -> StaffView | None:
    with runtime().database.reading() as connection:
        return invitations.whose(connection, letters(), key, runtime().clock.now())


def _unfit(fresh: str) -> dict[str, str]:
    """What is wrong with the password, its repetition, or that there is one at all."""
    if not runtime().settings.staff_passwords:
        return {"fresh": _("Passwords are switched off here. Choose how to sign in.")}
    if not passwords.SHORTEST <= len(fresh) <= passwords.LONGEST:
        return {"fresh": _("Choose one of 12 to 200 characters.")}
    return {} if fresh == request.form.get("again", "") else {"again": _("The two do not match.")}


def _form(found: StaffView, key: str, errors: dict[str, str]) -> str:
    settings = runtime().settings
    return render_template(
        "access/invitation.html",
        me=found,
        roles=[words.ROLES[one] for one in sorted(found.roles)],
        key=key,
        errors=errors,
        has_passwords=settings.staff_passwords,
        shortest=passwords.SHORTEST,
        providers=[(one.slug, words.provider(one.slug)) for one in settings.staff_oidc],
    )


def _over(wait: str = "") -> str:
    return render_template("access/invitation_over.html", text=wait)
