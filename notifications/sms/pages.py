"""Where a customer proves a number for short messages, and ends them. It needs no script."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from notifications.sms import numbers
from oms_service.access import codes, visitors, words
from oms_service.access.guard import actor, customer_id, guard
from oms_service.adapters.sms.numbers import e164
from oms_service.kernel.errors import NotFound, TooMany
from oms_service.runtime import runtime
from oms_service.web.languages import spoken
from oms_service.web.texts import N_, gettext

_ = gettext

blueprint = Blueprint(
    "sms_number", __name__, url_prefix="/account/notices/number", template_folder="templates"
)

#: Where consents of these pages are kept to have been given and ended.
SOURCE: Final = "portal"
_END_TRIES: Final = "20/hour"
_LONGEST: Final = 40
_NO_MOBILE: Final = N_("Please enter a mobile number, such as 090-1234-5678 or +44 7400 123456.")
_WRONG: Final = N_("That code does not match or is no longer valid. Check it, or get a new one.")


@blueprint.get("")
@guard(customer=True)
def page() -> str:
    """The number that is proven, the code that is waited for, or a field for a number."""
    _known()
    return _page({})


@blueprint.post("")
@guard(customer=True)
def ask() -> ResponseReturnValue:
    """Send a code to a number; pressed twice, one code is on its way."""
    _open()
    house, typed = runtime(), request.form.get("number", "")[: _LONGEST + 1]
    number = e164(typed)
    if number is None:
        return _page({"number": str(_(_NO_MOBILE))}, typed), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        numbers.may_ask(
            house.limits, number=number, customer_id=customer_id(), address=visitors.address()
        )
    except TooMany as error:
        return _page({"number": words.wait(error.wait_s)}, typed), HTTPStatus.TOO_MANY_REQUESTS
    language = spoken()
    with house.unit_of_work(actor()) as uow:
        numbers.ask(uow, customer_id(), number, language=language, shop=house.look.name(language))
    return redirect(url_for("sms_number.page", _anchor="code"), HTTPStatus.SEE_OTHER)


@blueprint.post("/code")
@guard(customer=True)
def prove() -> ResponseReturnValue:
    """Take the number as theirs once they have read what was sent to it."""
    _open()
    house = runtime()
    try:
        numbers.may_try(house.limits, customer_id=customer_id(), address=visitors.address())
    except TooMany as error:
        return _page({"code": words.wait(error.wait_s)}), HTTPStatus.TOO_MANY_REQUESTS
    code = codes.plain(request.form.get("code", "")[:_LONGEST])
    with house.unit_of_work(actor()) as uow:
        proven = numbers.prove(uow, customer_id(), code, source=SOURCE)
    if proven is None:
        return _page({"code": str(_(_WRONG))}), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(
        _("The number is yours. Now tick what we may tell you by text message, and save."),
        "success",
    )
    return redirect(url_for("notices.page"), HTTPStatus.SEE_OTHER)


@blueprint.post("/end")
@guard(customer=True)
def end() -> ResponseReturnValue:
    """No short messages any more, at once; pressed again, it stays so."""
    _known()
    runtime().limits.take("sms-end", str(customer_id()), _END_TRIES)
    with runtime().unit_of_work(actor()) as uow:
        numbers.end(uow, customer_id(), source=SOURCE)
    flash(_("You get no more text messages from us."), "success")
    return redirect(url_for("notices.page"), HTTPStatus.SEE_OTHER)


def _page(errors: Mapping[str, str], typed: str = "") -> str:
    house = runtime()
    with house.database.looking() as session:
        proven = numbers.of(session, customer_id())
        asked = numbers.asked(session, customer_id(), house.clock.now())
    return render_template(
        "notifications/number.html",
        proven=numbers.shown(proven.number) if proven else None,
        asked=numbers.shown(asked) if asked else None,
        is_open=house.settings.has_sms,
        by_reply=bool(house.settings.sms_hook_secret),
        minutes=int(numbers.LIFETIME.total_seconds() // 60),
        typed=typed[:_LONGEST],
        errors=errors,
    )


def _open() -> None:
    """Go on only where the shop sends short messages.

    Raises:
        NotFound: it does not.
    """
    if not runtime().settings.has_sms:
        raise NotFound("no short messages are sent here")


def _known() -> None:
    """The same, but for whoever has a number from when it did: they may end it.

    Raises:
        NotFound: nothing is to be seen here.
    """
    if runtime().settings.has_sms:
        return
    with runtime().database.looking() as session:
        if numbers.of(session, customer_id()) is None:
            raise NotFound("no short messages are sent here")
