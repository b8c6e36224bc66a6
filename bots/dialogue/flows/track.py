"""Where an order is: current step, next step, when it arrives as far as anyone knows, parcels."""

# Every flow has the same four methods, whether or not it needs all that they are given.
# ruff: noqa: ARG002

from typing import Any

from bots.dialogue.contracts.shapes import Step
from bots.dialogue.flows.choosing import UNKNOWN, WHICH, choose_order, chosen_order
from bots.dialogue.moves import HUMAN, OTHER_ORDER, RETURN, Move, ask, finish, run
from bots.dialogue.turns import Button, Call, Data, Dialogue, Frame, Result, Say
from bots.understanding.heard import Heard, Intent
from oms_service.kernel.text import order_key

#: Steps after which nothing more will arrive: no date is owed.
ENDED = frozenset(
    {
        Step.DELIVERED,
        Step.CANCELLED,
        Step.RETURNING,
        Step.DELIVERY_FAILED,
        Step.RETURN_REQUESTED,
        Step.RETURN_RECEIVED,
        Step.REFUNDING,
        Step.REFUNDED,
    }
)
#: What carriers give as causes and customers should hear; other codes are passed over.
CAUSES = frozenset(
    {
        "snow",
        "typhoon",
        "earthquake",
        "weather",
        "traffic",
        "no_one_home",
        "address",
        "customs",
        "closed",
        "volume",
    }
)
LINK = Button("intent:tracking_link", "button.link")
#: What a button may begin, by what the rules allow.
BUTTONS = {
    "change_address": Button("intent:change_address", "button.change_address"),
    "cancel": Button("intent:cancel_order", "button.cancel"),
    "return": RETURN,
}
#: More parcels than fit on one screen are counted, not listed.
MOST_PARCELS = 4


class Track:
    intents = frozenset(
        {
            Intent.TRACK_ORDER,
            Intent.DELIVERY_ETA,
            Intent.DATE_CHANGED,
            Intent.TRACKING_LINK,
        }
    )

    def enter(self, frame: Frame, state: Dialogue) -> Move:
        if not state.is_identified:
            wanted = {"order_key": frame.data["order_key"]} if frame.data.get("order_key") else {}
            return Move(_anew(frame), opens=Frame("identify", wanted))
        if frame.step == "which":
            return _which(frame)
        key = frame.data.get("order_key") or state.order_key
        return run(frame, Call("track_order", {"order_key": key}))

    def answer(self, frame: Frame, heard: Heard, state: Dialogue) -> Move | None:
        key = chosen_order(heard)
        if key == "other":
            return _which(frame)
        if key:
            return run(frame.having(order_key=key), Call("track_order", {"order_key": key}))
        return None

    def result(self, frame: Frame, result: Result, state: Dialogue) -> Move:
        match result.outcome:
            case "ok":
                key = str(frame.data.get("order_key") or order_key(result.data["number"]))
                wish = str(frame.data.get("intent", ""))
                return finish(*answer_of(result.data, wish), order_key=key)
            case "several":
                return ask(frame.having(step="choose"), choose_order("track.several", result.data))
            case "none":
                return finish(Say("orders.none", buttons=(HUMAN,)))
        return ask(_anew(frame).having(step="which"), UNKNOWN, order_key=None)

    def back(self, frame: Frame, state: Dialogue) -> Move:
        return _which(frame)


def _which(frame: Frame) -> Move:
    return ask(_anew(frame).having(step="which"), WHICH)


def _anew(frame: Frame) -> Frame:
    """What is wanted stays, of which order is open again."""
    return Frame(frame.flow, {name: frame.data[name] for name in ("intent",) if name in frame.data})


def answer_of(order: Data, wish: str = "") -> tuple[Say, ...]:
    """What was asked for first, then what belongs to it; buttons for what can be done now."""
    match wish:
        case Intent.TRACKING_LINK:
            says = _links(order)
        case Intent.DELIVERY_ETA | Intent.DATE_CHANGED | Intent.REPORT_DELAY if _is_open(order):
            says = [*_about_date(order, wish), _headline(order)]
            if wish == Intent.REPORT_DELAY and not order["window"] and not order["is_late"]:
                says.reverse()  # where it stands is the reason
            says += _parcels(order) if wish == Intent.REPORT_DELAY else []
            says += _ways_on(order)
        case _:
            says = _where(order)
    last = says[-1]
    return (*says[:-1], Say(last.key, last.params, _offers(order, wish)))


def _is_open(order: Data) -> bool:
    return order["step"] not in ENDED


def _where(order: Data) -> list[Say]:
    """The answer first, then the date and why, what comes next, and each parcel."""
    says = [_headline(order)]
    if _is_open(order):
        says += [*_cause(order), _date(order), *_explained(order)]
        if order["next_step"] and order["next_step"] != "unknown":
            says.append(Say("track.next", {"step": order["next_step"]}))
    return [*says, *_parcels(order), *_ways_on(order)]


def _about_date(order: Data, wish: str) -> list[Say]:
    """When, whether that is another date than before, or why: whichever was asked stands first."""
    why = _cause(order) or _explained(order)
    if wish == Intent.REPORT_DELAY and order["is_late"]:
        return [*why, _date(order)]
    if wish == Intent.REPORT_DELAY and order["window"]:
        return [Say("track.not_late", {"window": order["window"]}), *why]
    if wish == Intent.DATE_CHANGED and order["window"] and order["promised"]:
        said = {"window": order["window"], "promised": order["promised"]}
        return [Say(f"track.moved_{order['moved']}", said), *why]
    return [_date(order), *why]


def _links(order: Data) -> list[Say]:
    says = [Say("track.page", {"number": order["number"], "page": order["page"]})]
    if order["calendar"]:
        says.append(Say("track.calendar", {"calendar": order["calendar"]}))
    elif _is_open(order):
        says.append(Say("track.no_calendar"))
    return [*says, Say("track.page_note")]


def _ways_on(order: Data) -> list[Say]:
    """Where the carrier takes wishes, when it is the customer's move."""
    if order["step"] not in {Step.ATTEMPTED, Step.READY_FOR_PICKUP}:
        return []
    links = [act["link"] for act in order["acts"] if act["act"] == "choose_delivery"]
    return [Say("track.choose", {"link": link}) for link in links[:1]]


def _offers(order: Data, wish: str) -> tuple[Button, ...]:
    """What can be done now, as the shop's rules say; then the ways that are always open."""
    acts = {act["act"] for act in order["acts"]}
    can = [button for act, button in BUTTONS.items() if act in acts]
    link = () if wish == Intent.TRACKING_LINK or not _is_open(order) else (LINK,)
    return (*can, *link, OTHER_ORDER, HUMAN)


def _headline(order: Data) -> Say:
    params: dict[str, Any] = {"number": order["number"], "summary": order["summary"]}
    step = str(order["step"])
    if step == "delivered" and order["delivered_at"]:
        return Say("track.delivered_at", {**params, "at": order["delivered_at"]})
    return Say(f"track.at.{step if step in set(Step) else Step.UNKNOWN}", params)


def _cause(order: Data) -> list[Say]:
    """What holds it up, when it is late and somebody said so: in its own words, if there are."""
    if order["is_late"] and order["explanation"]:
        return _said(order)
    if order["is_late"] and order.get("why") in CAUSES:
        return [Say("track.because", {"why": order["why"]})]
    return []


def _explained(order: Data) -> list[Say]:
    """Why it comes then; what is late has been explained before its date."""
    return [] if order["is_late"] else _said(order)


def _said(order: Data) -> list[Say]:
    said = order["explanation"]
    return [Say("track.explained", {"explanation": said})] if said and order["window"] else []


def _date(order: Data) -> Say:
    if order["window"]:
        return Say(
            "track.window_late" if order["is_late"] else "track.window",
            {"window": order["window"]},
        )
    if order["next_word_at"]:
        return Say("track.no_date_until", {"at": order["next_word_at"]})
    return Say("track.no_date_late" if order["is_late"] else "track.no_date")


def _parcels(order: Data) -> list[Say]:
    """Each parcel; an address that is given for another reason below is not given twice."""
    given = {one.params["link"] for one in _ways_on(order)}
    parcels = [
        {**parcel, "link": None} if parcel["link"] in given else parcel
        for parcel in order["parcels"]
    ]
    says = [_parcel(parcel, several=len(parcels) > 1) for parcel in parcels[:MOST_PARCELS]]
    if len(parcels) > MOST_PARCELS:
        says.append(Say("track.more_parcels", {"count": len(parcels) - MOST_PARCELS}))
    return says


def _parcel(parcel: Data, *, several: bool) -> Say:
    params: dict[str, Any] = {}
    parts = ["parcel_step" if several else "parcel"]
    if several:
        params["step"] = parcel["step"]
    if parcel["carrier"]:
        params["carrier"] = parcel["carrier"]
        if not several and parcel["step"] == Step.DELIVERED:
            parts.append("there")
    else:
        parts.append("unnamed")
    if not parcel["number"]:
        return Say(f"track.{'_'.join([*parts, 'no_number'])}", params)
    params["tracking"] = parcel["number"]
    if parcel["link"]:
        params["link"] = parcel["link"]
        parts.append("link")
    return Say(f"track.{'_'.join(parts)}", params)


FLOW = Track()
