"""Where an order is: current step, next step, when it arrives as far as anyone knows, parcels."""

# Every flow has the same four methods, whether or not it needs all that they are given.
# ruff: noqa: ARG002

from typing import Any

from bots.dialogue.calls import Step
from bots.dialogue.flows.choosing import choose_order, chosen_order
from bots.dialogue.moves import HUMAN, OTHER_ORDER, RETURN, Move, ask, finish, run
from bots.dialogue.turns import Button, Call, Data, Dialogue, Frame, Question, Result, Say
from bots.understanding.heard import Heard, Intent, Kind

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
#: More parcels than fit on one screen are counted, not listed.
MOST_PARCELS = 4


class Track:
    intents = frozenset({Intent.TRACK_ORDER, Intent.DELIVERY_ETA, Intent.REPORT_DELAY})

    def enter(self, frame: Frame, state: Dialogue) -> Move:
        if not state.is_identified:
            wanted = {"order_key": frame.data["order_key"]} if frame.data.get("order_key") else {}
            return Move(Frame(frame.flow), opens=Frame("identify", wanted))
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
                key = str(frame.data.get("order_key") or result.data["number"])
                return finish(*answer_of(result.data), order_key=key)
            case "several":
                return ask(frame.having(step="choose"), choose_order("track.several", result.data))
            case "none":
                return finish(Say("orders.none", buttons=(HUMAN,)))
        question = Question(Kind.ORDER, Say("track.unknown", buttons=(HUMAN,)))
        return ask(Frame(frame.flow, {"step": "which"}), question, order_key=None)

    def back(self, frame: Frame, state: Dialogue) -> Move:
        return _which(frame)


def _which(frame: Frame) -> Move:
    question = Question(Kind.ORDER, Say("track.which", buttons=(HUMAN,)))
    return ask(Frame(frame.flow, {"step": "which"}), question)


def answer_of(order: Data) -> tuple[Say, ...]:
    """The answer first, then the date, what comes next, and each parcel."""
    says = [_headline(order)]
    if order["step"] not in ENDED:
        says += _cause(order)
        says.append(_date(order))
        if order["next_step"] and order["next_step"] != "unknown":
            says.append(Say("track.next", {"step": order["next_step"]}))
    says += _parcels(order["parcels"])
    offers: tuple[Button, ...] = (OTHER_ORDER, HUMAN)
    if order["step"] in {"delivered", "partly_delivered"}:
        offers = (RETURN, *offers)
    last = says[-1]
    return (*says[:-1], Say(last.key, last.params, offers))


def _headline(order: Data) -> Say:
    params: dict[str, Any] = {"number": order["number"], "summary": order["summary"]}
    step = str(order["step"])
    if step == "delivered" and order["delivered_at"]:
        return Say("track.delivered_at", {**params, "at": order["delivered_at"]})
    return Say(f"track.at.{step if step in set(Step) else Step.UNKNOWN}", params)


def _cause(order: Data) -> list[Say]:
    """What holds it up, when it is late and somebody said so."""
    if order["is_late"] and order.get("why") in CAUSES:
        return [Say("track.because", {"why": order["why"]})]
    return []


def _date(order: Data) -> Say:
    if order["window"]:
        return Say(
            "track.window_late" if order["is_late"] else "track.window",
            {"window": order["window"]},
        )
    if order["next_word_at"]:
        return Say("track.no_date_until", {"at": order["next_word_at"]})
    return Say("track.no_date_late" if order["is_late"] else "track.no_date")


def _parcels(parcels: list[Data]) -> list[Say]:
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
