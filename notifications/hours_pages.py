"""When customers are written to: by their own clock, which they choose here. It needs no script."""

from datetime import datetime
from functools import lru_cache
from http import HTTPStatus
from typing import Final
from zoneinfo import ZoneInfo

from babel.core import get_global
from babel.dates import get_timezone_location
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from oms_service.access.guard import actor, customer_id, guard
from oms_service.customers import zones
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Language
from oms_service.runtime import runtime
from oms_service.web import formats
from oms_service.web.languages import spoken
from oms_service.web.texts import gettext

_ = gettext

blueprint = Blueprint("notice_hours", __name__, url_prefix="/account", template_folder="templates")

#: Choices that one customer may save.
TRIES: Final = "60/hour"


@blueprint.get("/hours")
@guard(customer=True)
def page() -> str:
    """By which clock their day goes now, and all there are."""
    with runtime().database.looking() as session:
        now = zones.chosen(session, customer_id())
    return _page(now)


@blueprint.post("/hours")
@guard(customer=True)
def choose() -> ResponseReturnValue:
    """Keep what is chosen; what has been put off until the morning already stays put off."""
    runtime().limits.take("portal-hours", str(customer_id()), TRIES)
    wanted = request.form.get("zone", "")
    try:
        with runtime().unit_of_work(actor()) as uow:
            zones.choose(uow, customer_id(), wanted)
    except Invalid:
        wrong = {"zone": str(_("Please choose a place from the list."))}
        return _page("", wrong), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(_("Your choices are saved."), "success")
    return redirect(url_for("notice_hours.page"), HTTPStatus.SEE_OTHER)


def _page(now: str, errors: dict[str, str] | None = None) -> str:
    shop = runtime().settings.zone
    language = spoken()
    own = _("As the shop: %(place)s", place=place(str(shop), language))
    others = [(name, said) for name, said in places(language) if name != now]
    chosen = [(now, place(now, language))] if now else []
    zone = ZoneInfo(now) if now else shop
    return render_template(
        "notifications/hours.html",
        options=[*chosen, ("", str(own)), *others],
        now=now,
        clock=_clock(runtime().clock.now(), zone, language),
        errors=errors or {},
    )


@lru_cache(maxsize=len(Language))
def places(language: Language) -> tuple[tuple[str, str], ...]:
    """Every zone that people live by, and its place in words, in the order of the words."""
    lived_in = [one for one in get_global("zone_territories") if one in zones.known()]
    return tuple(
        sorted(((one, place(one, language)) for one in lived_in), key=lambda both: both[1])
    )


def place(zone: str, language: Language) -> str:
    """A zone's place in words, such as ``ドイツ（ベルリン）時間``."""
    return get_timezone_location(ZoneInfo(zone), locale=language.value)


def _clock(now: datetime, zone: ZoneInfo, language: Language) -> str:
    return formats.clock_time(now.astimezone(zone), language)
