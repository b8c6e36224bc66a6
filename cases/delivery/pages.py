"""The page of a delivery for whoever holds its link, and the delivery as an entry for calendars."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from cases.delivery import calendar, entries, telling, view, words
from cases.delivery.entries import Entry
from cases.delivery.states import EntryState
from cases.progress import SCANS, STEPS, tone_of
from oms_service.access import visitors
from oms_service.access.guard import public
from oms_service.history import actions, tracking
from oms_service.history.actions import Act, Action
from oms_service.history.links import KEPT
from oms_service.history.tracking import Tracking
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.kernel.text import order_key
from oms_service.runtime import Runtime, runtime
from oms_service.web.languages import spoken
from oms_service.web.texts import N_, gettext

#: Openings from one address; and links tried there that open nothing.
RATE: Final = "120/minute"
MISSES: Final = "20/15 minutes"
#: Done on pages that want to know who is there.
_SIGNED_IN: Final = frozenset(
    {
        Act.CHANGE_ADDRESS,
        Act.CHANGE_ITEMS,
        Act.CHANGE_PAYMENT,
        Act.SEND_FASTER,
        Act.CHANGE_DELIVERY,
        Act.CANCEL,
    }
)
_TITLES: Final = {
    EntryState.EXPECTED: N_("Delivery: order %(number)s"),
    EntryState.DELIVERED: N_("Delivered: order %(number)s"),
    EntryState.CANCELLED: N_("No delivery: order %(number)s"),
}

blueprint = Blueprint("delivery", __name__, url_prefix="/t", template_folder="templates")


@blueprint.get("/<token>")
@public(reason="the signed link is the proof; it opens one delivery and nothing else")
def page(token: str) -> ResponseReturnValue:
    """Where the order of a link is. What is forged, over or revoked is one and the same page."""
    return _show(token, "delivery/page.html")


@blueprint.get("/<token>/now")
@public(reason="a piece of the page that the signed link opens")
def now(token: str) -> ResponseReturnValue:
    """The answer alone, for a page that stays open."""
    return _show(token, "delivery/now.html")


@blueprint.get("/<token>/delivery.ics")
@public(reason="the signed link is the proof; calendars that subscribe sign in nowhere")
def entry(token: str) -> ResponseReturnValue:
    """The delivery for calendars."""
    house = runtime()
    with house.database.looking() as session:
        found = _open(house, session, token)
    answer = None if found is None else file_of(house, found, house.links.page(token))
    return _shut(answer or _gone(is_known=found is not None))


def file_of(house: Runtime, found: Tracking, url: str) -> Response | None:
    """An order's entries as a file that points to ``url``; None where no date is known."""
    with house.unit_of_work(Actor(ActorKind.CUSTOMER, str(found.customer_id))) as uow:
        given = entries.hand_out(uow, found)
        telling.note(uow, found, channel=telling.CALENDAR)
    if not given:
        return None
    saying = view.Saying(spoken(), house.settings.zone, house.clock.now())
    written = calendar.write(
        [_event(one, found, given, url, saying) for one in given],
        name=gettext("Delivery of order %(number)s", number=found.number),
        language=saying.language,
        zone=saying.zone,
    )
    answer = Response(written, content_type=calendar.CONTENT_TYPE)
    name = f"delivery-{order_key(found.number)}.ics"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _event(
    one: Entry, found: Tracking, all_of_it: Sequence[Entry], url: str, saying: view.Saying
) -> calendar.Event:
    summary = gettext(_TITLES[one.state], number=found.number)
    if len(all_of_it) > 1:
        count = {"part": one.part, "of": len(all_of_it)}
        summary += gettext(" (parcel %(part)s of %(of)s)", **count)
    return calendar.Event(
        uid=f"{order_key(found.number)}-{one.part}@{urlsplit(url).hostname}",
        sequence=one.sequence,
        changed_at=one.changed_at,
        window=one.window,
        state=one.state,
        summary=summary,
        description=_description(one, found, url, saying),
        url=url,
    )


def _description(one: Entry, found: Tracking, url: str, saying: view.Saying) -> str:
    parcel = one.parcel
    # Without a present moment: the words are read on other days, too.
    plain = saying.dated(parcel.because if parcel else found.because)
    told = [plain] if one.state is EntryState.EXPECTED and plain else []
    if parcel is not None and parcel.tracking_number:
        carrier = parcel.carrier_name[saying.language.value]
        number = parcel.tracking_number
        told.append(
            gettext("%(carrier)s, tracking number %(number)s", carrier=carrier, number=number)
        )
    told.append(gettext("Where it is now: %(url)s", url=url))
    return "\n".join(told)


def _show(token: str, template: str) -> Response:
    house = runtime()
    with house.database.looking() as session:
        found = _open(house, session, token)
        if found is None:
            return _shut(_gone(is_known=False))
        saying = view.Saying(spoken(), house.settings.zone, house.clock.now())
        shown = view.of(session, found, saying)
        acts = actions.actions(session, found, base=house.links.base, now=saying.now)
    telling.note_read(house, found, channel=telling.TRACKING_PAGE, actor=Actor(ActorKind.CUSTOMER))
    said = render_template(
        template,
        view=shown,
        token=token,
        calendar_url=url_for("delivery.entry", token=token, lang=saying.language.value),
        acts=[one for one in acts if one.act not in _SIGNED_IN and one.act is not Act.CONTACT],
        own_page=_own_page(acts),
        ends_on=(saying.now + KEPT).astimezone(saying.zone).date(),
        **shown_with(),
    )
    return _shut(make_response(said))


def _own_page(acts: Sequence[Action]) -> str | None:
    """Where more can be done after signing in, if anything can."""
    return next((one.link for one in acts if one.act in _SIGNED_IN), None)


def shown_with() -> dict[str, object]:
    """The words and icons that the parts of a delivery are shown with."""
    return {
        "step_words": STEPS,
        "step_icons": words.STEP_ICONS,
        "scan_words": SCANS,
        "act_words": words.ACTS,
        "tone_of": tone_of,
    }


def _open(house: Runtime, session: Session, token: str) -> Tracking | None:
    """What a link leads to; who tries many that lead nowhere has to wait.

    Raises:
        TooMany: this address opened, or tried, too many.
    """
    address = visitors.address()
    house.limits.take("tracking-link", address, RATE)
    house.limits.check("tracking-link-miss", address, MISSES)
    at = house.clock.now()
    order = house.links.open(session, token, at)
    if order is None:
        house.limits.take("tracking-link-miss", address, MISSES)
        return None
    return tracking.track_all(session, house.adapters, [order], now=at)[order.id]


def _gone(*, is_known: bool) -> Response:
    """No such link; or a link to an order of which no date is known, for a calendar."""
    return make_response(render_template("delivery/gone.html", is_known=is_known), 404)


def _shut(answer: Response) -> Response:
    """Nobody learns the address from us: no index, no referrer, no copy."""
    answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "no-store"
    return answer
