"""Where colleagues say how they are told: which kinds by which way, and when not by mail."""

from http import HTTPStatus
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from notifications import hours_pages
from notifications.colleagues import wishes, words
from notifications.colleagues.rules import NEEDED, kinds_of
from notifications.colleagues.states import Kind, Way
from oms_service.access.guard import actor, guard, staff
from oms_service.kernel.errors import Invalid
from oms_service.runtime import reading, runtime
from oms_service.web.languages import spoken
from oms_service.web.texts import gettext

_ = gettext

blueprint = Blueprint(
    "colleague_wishes", __name__, url_prefix="/notices/choices", template_folder="templates"
)

#: Choices that one colleague may save.
TRIES: Final = "60/hour"
_HOURS: Final = 24


@blueprint.get("")
@guard("notices:own")
def page() -> str:
    """How they are told now."""
    return _page({})


@blueprint.post("")
@guard("notices:own")
def choose() -> ResponseReturnValue:
    """Be told so from now on."""
    me = staff()
    runtime().limits.take("colleague-wishes", str(me.id), TRIES)
    form = request.form
    ways = {kind: _way(form.get(str(kind), "")) for kind in _kinds()}
    try:
        with runtime().unit_of_work(actor()) as uow:
            # What they cannot be told of now is chosen as before, for when they can again.
            before = wishes.of(uow.session, [me.id], shop=runtime().settings.zone)[me.id].ways
            wishes.choose(
                uow,
                me.id,
                {**before, **ways},
                zone=form.get("zone", ""),
                quiet_from_h=_hour(form.get("quiet_from_h", "")),
                quiet_until_h=_hour(form.get("quiet_until_h", "")),
            )
    except Invalid as wrong:
        return _page({name: _said(name) for name in wrong.fields}), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(_("Your choices are saved."), "success")
    return redirect(url_for(".page"), HTTPStatus.SEE_OTHER)


def _page(errors: dict[str, str]) -> str:
    house, me, language = runtime(), staff(), spoken()
    wish = wishes.of(reading(), [me.id], shop=house.settings.zone)[me.id]
    zone = wishes.zone_of(reading(), me.id)
    shop = str(
        _("As the shop: %(place)s", place=hours_pages.place(str(house.settings.zone), language))
    )
    form = request.form
    return render_template(
        "colleagues/choices.html",
        area="desk",
        kinds=[
            (kind, *words.KINDS[kind], form.get(str(kind)) or str(wish.way(kind)))
            for kind in _kinds()
        ],
        ways=words.WAYS,
        needed=NEEDED,
        zones=[("", shop), *hours_pages.places(language)],
        zone=form.get("zone", zone),
        hours=[(str(hour), f"{hour}:00") for hour in range(_HOURS)],
        quiet_from_h=form.get("quiet_from_h", str(wish.quiet_from_h)),
        quiet_until_h=form.get("quiet_until_h", str(wish.quiet_until_h)),
        errors=errors,
    )


def _kinds() -> list[Kind]:
    """What the colleague at hand can be told of at all."""
    return list(kinds_of(staff().roles))


def _way(written: str) -> Way:
    return Way(written) if written in set(Way) else Way.BELL


def _hour(written: str) -> int:
    is_fit = written.isascii() and written.isdigit() and len(written) <= len(str(_HOURS))
    return int(written) if is_fit else -1


def _said(name: str) -> str:
    if name == "zone":
        return str(_("Please choose a place from the list."))
    if name in set(Kind):
        return str(_("This has to reach you: please choose the bell or mail."))
    return str(_("Please choose an hour from the list."))
