"""Questions about what holds in the shop, answered with what the shop itself says."""

# Every flow has the same four methods, whether or not it needs all that they are given.
# ruff: noqa: ARG002

from collections.abc import Mapping
from typing import Final

from bots.dialogue.flows import told
from bots.dialogue.flows.choosing import names_of
from bots.dialogue.moves import HUMAN, MENU, RETURN, TRACK, Move, ask, finish, pressed, run
from bots.dialogue.turns import Button, Call, Data, Dialogue, Frame, Question, Result, Say
from bots.understanding.heard import NAMES, Heard, Intent, Kind, Option

#: The field of the shop's answers that each wish belongs to.
TOPICS: Final[Mapping[str, str]] = {
    Intent.SHIPPING_INFO: "shipping",
    Intent.RETURN_POLICY: "returns",
    Intent.CANCELLATION_POLICY: "cancelling",
    Intent.PAYMENT_METHODS: "payment",
    Intent.COUPON_POINTS: "coupons",
    Intent.ACCOUNT_HELP: "account",
    Intent.PLACE_ORDER: "ordering",
}
#: What holds for one order besides, if it is known which.
OF_ORDER: Final = frozenset({"returns", "cancelling"})
CANCEL: Final = Button("intent:cancel_order", "button.cancel")
STOCK: Final = Button("intent:product_availability", "button.stock")
#: What one may want to do next.
LEADS_ON: Final[Mapping[str, tuple[Button, ...]]] = {
    "shipping": (TRACK, HUMAN),
    "returns": (RETURN, TRACK, HUMAN),
    "cancelling": (CANCEL, TRACK, HUMAN),
    "ordering": (STOCK, HUMAN),
}
#: Lines of one order that are told; of more a colleague tells.
MOST_LINES: Final = 5


class Asking:
    intents = frozenset(Intent(one) for one in TOPICS)

    def enter(self, frame: Frame, state: Dialogue) -> Move:
        topic, words = _topic(frame), told.said(frame)
        if topic == "coupons" and told.is_about_balance(words):
            return Move(None, opens=Frame("balance"))
        if topic == "ordering" and words and frame.step != "no_product":
            # Whoever wants to buy something that is sold here hears first whether it is there.
            return run(frame, Call("find_product", {"words": words, "product": None}))
        if topic in OF_ORDER and frame.step != "order_told":
            named = frame.data.get("order_key")
            if named and not state.is_identified:
                return Move(frame, opens=Frame("identify", {"order_key": named}))
            key = named or state.order_key
            if key and state.is_identified:
                return run(frame, Call("policy_of_order", {"order_key": key, "about": topic}))
        return _find(frame, state)

    def answer(self, frame: Frame, heard: Heard, state: Dialogue) -> Move | None:
        code = pressed(heard, "answer") or next(iter(heard.choices), None)
        if code:
            arguments = {"code": code, "order_key": state.order_key}
            return run(frame, Call("tell_answer", arguments))
        if heard.pressed is None and heard.intent in self.intents and not heard.is_act_all:
            again = Frame(frame.flow, {"intent": str(heard.intent), "said": told.kept(heard.text)})
            return self.enter(again, state)
        return None

    def result(self, frame: Frame, result: Result, state: Dialogue) -> Move:
        is_ok = result.outcome == "ok"
        if result.skill == "find_product":
            if is_ok:
                found = {**frame.data, "found": dict(result.data)}
                return Move(None, opens=Frame("goods", found))
            return _find(frame.having(step="no_product"), state)
        if result.skill == "policy_of_order":
            says = of_order(result.data, _topic(frame)) if is_ok else []
            return _find(frame.having(step="order_told"), state, *says)
        if is_ok:
            return finish(Say("answer.said", {"text": result.data["text"]}, _leads_on(frame)))
        if result.outcome == "several":
            return ask(frame.having(step="which"), _which(result.data))
        return Move(None, opens=Frame("offer", {"intent": frame.data["intent"]}))

    def back(self, frame: Frame, state: Dialogue) -> Move:
        return finish(Say("offer.declined", buttons=MENU))


def _topic(frame: Frame) -> str:
    return TOPICS[str(frame.data["intent"])]


def _leads_on(frame: Frame) -> tuple[Button, ...]:
    return LEADS_ON.get(_topic(frame), (HUMAN,))


def _find(frame: Frame, state: Dialogue, *says: Say) -> Move:
    arguments = {
        "words": told.said(frame),
        "topic": _topic(frame),
        "order_key": state.order_key if state.is_identified else None,
    }
    return run(frame, Call("find_answer", arguments), *says)


def _which(data: Data) -> Question:
    buttons = tuple(
        Button(f"answer:{one['code']}", "button.answer", {"title": one["title"]})
        for one in data["answers"]
    )
    options = tuple(
        Option(one["code"], NAMES.join(names_of(one["title"]))) for one in data["answers"]
    )
    return Question(Kind.OPTION, Say("answer.which", buttons=(*buttons, HUMAN)), options)


def of_order(data: Data, topic: str) -> list[Say]:
    """What the rules say of the order that was spoken of."""
    number = {"number": data["number"]}
    if topic == "cancelling":
        if data["can_cancel"]:
            return [Say("answer.can_cancel", number)]
        return [Say("answer.cannot_cancel", {**number, "refusal": data["refusal"]})]
    return [Say("answer.of_order", number), *(_line(one) for one in data["lines"][:MOST_LINES])]


def _line(line: Data) -> Say:
    params = {"name": line["name"]}
    if line["refusal"]:
        return Say("answer.line_refused", {**params, "refusal": line["refusal"]})
    if line["until"]:
        return Say("answer.line_until", {**params, "day": line["until"]})
    return Say("answer.line_open", params)


FLOW = Asking()
