"""What the bot cannot do itself: where the customer can, or passing the conversation on."""

# Every flow has the same four methods, whether or not it needs all that they are given.
# ruff: noqa: ARG002

from bots.dialogue.contracts.shapes import HandOffReason
from bots.dialogue.flows import hand_off
from bots.dialogue.moves import MENU, Move, ask, finish, run
from bots.dialogue.turns import Button, Call, Dialogue, Frame, Question, Result, Say
from bots.understanding.heard import Act, Heard, Intent, Kind

PASS_ON = Button("yes", "button.pass_on")
NOT_NOW = Button("no", "button.not_now")
FLOWS_OF_THEIR_OWN = frozenset(
    {
        Intent.TRACK_ORDER,
        Intent.DELIVERY_ETA,
        Intent.REPORT_DELAY,
        Intent.DATE_CHANGED,
        Intent.TRACKING_LINK,
        Intent.ORDER_HISTORY,
        Intent.RETURN_ITEM,
        Intent.REFUND_STATUS,
        Intent.CANCEL_ORDER,
        Intent.CHANGE_ADDRESS,
        Intent.CHANGE_DELIVERY_DATE,
        Intent.CHANGE_ITEMS,
        Intent.CHANGE_PAYMENT,
        Intent.PRODUCT_AVAILABILITY,
        Intent.PRODUCT_INFO,
        Intent.SHIPPING_INFO,
        Intent.RETURN_POLICY,
        Intent.CANCELLATION_POLICY,
        Intent.PAYMENT_METHODS,
        Intent.COUPON_POINTS,
        Intent.ACCOUNT_HELP,
        Intent.PLACE_ORDER,
        Intent.INVOICE_RECEIPT,
        Intent.COMPLAINT,
        Intent.TALK_TO_HUMAN,
        Intent.CHANGE_LANGUAGE,
    }
)
#: What customers do themselves on a page, once it is known which order they mean.
BY_THEMSELVES = frozenset(
    {
        Intent.EXCHANGE_ITEM,
        Intent.REPORT_DAMAGED,
        Intent.REPORT_MISSING,
        Intent.REPORT_WRONG_ITEM,
    }
)


class Offer:
    intents = frozenset(Intent) - FLOWS_OF_THEIR_OWN

    def enter(self, frame: Frame, state: Dialogue) -> Move:
        key = frame.data.get("order_key") or state.order_key
        if frame.data["intent"] in BY_THEMSELVES and state.is_identified and key:
            return run(frame, Call("coming_back_page", {"order_key": key}))
        return _offer(frame, "offer.colleague")

    def answer(self, frame: Frame, heard: Heard, state: Dialogue) -> Move | None:
        if heard.pressed == "yes" or (heard.pressed is None and heard.act is Act.YES):
            passing = hand_off.frame_for(HandOffReason.NEEDS_COLLEAGUE, state)
            return Move(None, opens=passing)
        if heard.pressed == "no" or heard.act in {Act.NO, Act.LEAVE}:
            return finish(Say("offer.declined", buttons=MENU))
        return None

    def result(self, frame: Frame, result: Result, state: Dialogue) -> Move:
        if result.outcome == "ok":
            return _offer(frame, "offer.yourself", link=result.data["link"])
        return _offer(frame, "offer.colleague")

    def back(self, frame: Frame, state: Dialogue) -> Move:
        return finish(Say("offer.declined", buttons=MENU))


def _offer(frame: Frame, key: str, **params: str) -> Move:
    say = Say(key, {"topic": frame.data["intent"], **params}, buttons=(PASS_ON, NOT_NOW))
    return ask(frame, Question(Kind.CONFIRM, say))


FLOW = Offer()
