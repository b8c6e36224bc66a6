"""A way to pay as a slot: chosen among those the customer has, by the words people use."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from bots.dialogue.flows.form import Slot, facts
from bots.dialogue.moves import HUMAN, pressed
from bots.dialogue.turns import Button, Data, Frame, Question, Say
from bots.understanding.heard import NAMES, Heard, Kind, Option

#: As ``bots.understanding.values`` has it: the way the order was paid.
ORIGINAL: Final = "original"
_WORDS: Final = {
    "card": ("credit card", "クレジットカード"),
    "paypal": ("PayPal", "ペイパル"),
    "gift_card": ("gift card", "ギフトカード"),
    "store_credit": ("store credit", "ストアクレジット"),
    "konbini": ("convenience store", "コンビニ"),
    "cash_on_delivery": ("cash on delivery", "代引き"),
    "cash": ("cash", "現金"),
    "bank_transfer": ("bank transfer", "銀行振込"),
}


def method_slot(
    text: str,
    *,
    name: str = "method",
    is_needed: Callable[[Frame], bool] = lambda frame: True,  # noqa: ARG005 - a slot's signature
) -> Slot:
    """The slot: its value is the id of one of ``facts["methods"]``; asked with that text."""
    return Slot(
        name,
        ask=lambda frame: _question(facts(frame)["methods"], text),
        read=_read,
        is_needed=is_needed,
    )


def spoken_method(method: Data) -> dict[str, Any]:
    """``kind``, ``brand`` and ``last_four`` as parameters of a text, the missing ones empty."""
    end = f"****{method['last_four']}" if method["last_four"] else ""
    shown = " ".join(part for part in (method["brand"].title(), end) if part)
    return {"method": method["kind"], "which": f" ({shown})" if shown else ""}


def _question(methods: Sequence[Data], text: str) -> Question:
    buttons = tuple(
        Button(f"method:{one['method_id']}", "button.method", spoken_method(one)) for one in methods
    )
    options = tuple(Option(str(one["method_id"]), _names(one)) for one in methods)
    return Question(Kind.OPTION, Say(text, buttons=(*buttons, HUMAN)), options)


def _names(method: Data) -> str:
    words = _WORDS.get(method["kind"], (method["kind"].replace("_", " "),))
    more = " ".join(part for part in (method["brand"], method["last_four"]) if part)
    return NAMES.join([*words, *((f"{one} {more}" for one in words) if more else ())])


def _read(frame: Frame, heard: Heard, asked: bool) -> int | None:  # noqa: FBT001 - a slot's signature
    methods = facts(frame)["methods"]
    typed = pressed(heard, "method")
    if heard.pressed is not None:
        return next((one["method_id"] for one in methods if str(one["method_id"]) == typed), None)
    found = fitting(methods, heard)
    if len(found) == 1:
        chosen: int = found[0]["method_id"]
        return chosen
    if asked and heard.choices:
        among = [one for one in (found or methods) if str(one["method_id"]) in heard.choices]
        return among[0]["method_id"] if len(among) == 1 else None
    return None


def fitting(methods: Sequence[Data], heard: Heard) -> list[Data]:
    """Those of the methods that the words mean, by kind, brand and last digits."""
    said = heard.payment
    if said is None:
        return []
    if said.kind == ORIGINAL:
        return [one for one in methods if one["is_used"]]
    found = [one for one in methods if one["kind"] == said.kind]
    if said.last4:
        found = [one for one in found if one["last_four"] == said.last4]
    if said.brand:
        found = [one for one in found if one["brand"].casefold() == said.brand]
    if said.is_other:
        found = [one for one in found if not one["is_used"]]
    return found
