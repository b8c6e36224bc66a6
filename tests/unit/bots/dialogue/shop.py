"""A small shop that answers the dialogue's calls from data, and a customer who talks to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bots.dialogue.calls import check_call, check_result
from bots.dialogue.engine import opening, step
from bots.dialogue.replies import Message, compose
from bots.dialogue.turns import Call, Dialogue, Result, Say, decode, encode
from bots.understanding.hear import hear, press
from bots.understanding.heard import Heard
from bots.wording import SpokenFormats
from oms_service.kernel.languages import Language
from tests.unit.bots.dialogue.coming_back import ComingBack
from tests.unit.bots.dialogue.questions import Questions

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
FORMATS = SpokenFormats(NOW, ZoneInfo("Asia/Tokyo"))
MAIL = "hanako@example.jp"
PHONE = "09012345678"
POSTAL = "1600022"
KEY = "W2611340"
CODE = "246810"

ORDER: dict[str, Any] = {
    "number": "#W2611340",
    "summary": {"ja": "コットンTシャツほか2点", "en": "cotton T-shirt and 2 more"},
    "step": "out_for_delivery",
    "next_step": "delivered",
    "window": {"start": "2026-11-22T14:00:00+09:00", "end": "2026-11-22T16:00:00+09:00"},
    "promised": {"start": "2026-11-22T14:00:00+09:00", "end": "2026-11-22T16:00:00+09:00"},
    "moved": "no",
    "is_late": False,
    "explanation": None,
    "page": "https://shop.example/t/WyJX",
    "calendar": "https://shop.example/t/WyJX/delivery.ics",
    "acts": [{"act": "contact", "link": "https://shop.example/chat"}],
    "delivered_at": None,
    "next_word_at": None,
    "parcels": [
        {
            "carrier": {"ja": "ヤマト運輸", "en": "Yamato"},
            "number": "123456789012",
            "link": "https://track.example/123456789012",
            "step": "out_for_delivery",
        }
    ],
}
ORDERS = [
    {"number": "#W2611340", "summary": ORDER["summary"], "status": "out_for_delivery"},
    {
        "number": "A-10423",
        "summary": {"ja": "ドリップコーヒー", "en": "drip coffee"},
        "status": "delivered",
    },
]


@dataclass(frozen=True)
class Shop(ComingBack, Questions):
    """What its skills answer; ``outcomes`` puts others in the place of the good ones."""

    outcomes: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def run(self, call: Call) -> Result:
        check_call(call)
        usual = getattr(self, f"_{call.skill}")(call)
        outcome = self.outcomes.get(call.skill, usual.outcome)
        kept = usual.data if outcome == usual.outcome else {}
        data = {**kept, **self.data.get(call.skill, {})}
        return check_result(Result(call.skill, outcome, data))

    def _identify(self, call: Call) -> Result:
        wanted = call.arguments
        is_theirs = wanted["order_key"] in {KEY, "2611340"} and (
            wanted["mail"] == MAIL or wanted["phone"] == PHONE or wanted["postal"] == POSTAL
        )
        return (
            Result("identify", "ok", {"order_key": KEY}) if is_theirs else _plain(call, "unknown")
        )

    def _send_code(self, call: Call) -> Result:
        return _plain(call, "sent")

    def _check_code(self, call: Call) -> Result:
        return _plain(call, "ok" if call.arguments["code"] == CODE else "wrong")

    def _track_order(self, call: Call) -> Result:
        match call.arguments["order_key"]:
            case "W2611340" | "A10423":
                return Result("track_order", "ok", ORDER)
            case None:
                return Result("track_order", "several", {"orders": ORDERS})
        return _plain(call, "unknown")

    def _list_orders(self, call: Call) -> Result:
        return Result("list_orders", "ok", {"orders": ORDERS})

    def _mail_transcript(self, call: Call) -> Result:
        return Result("mail_transcript", "ok", {"to": "h…@example.jp"})

    def _take_over(self, call: Call) -> Result:
        told = {"channel": "line", "topic": "cancel_order", "number": "A-20001"}
        begun = {"intent": "cancel_order", "order_key": "A20001", "said": []}
        return Result("take_over", "ok", {**told, "flow": "cancel", "data": begun})

    def _hand_off(self, call: Call) -> Result:
        data = {"case_number": "C-7", "wait_minutes": 5, "is_open": True}
        return Result("hand_off", "ok", data)


def _plain(call: Call, outcome: str) -> Result:
    return Result(call.skill, outcome)


@dataclass(frozen=True)
class Exchange:
    """What one message led to: the text keys said and the calls made, in order."""

    says: tuple[Say, ...]
    calls: tuple[Call, ...]
    state: Dialogue

    @property
    def keys(self) -> list[str]:
        return [say.key for say in self.says]

    @property
    def skills(self) -> list[str]:
        return [call.skill for call in self.calls]

    @property
    def message(self) -> Message:
        return compose(self.says, self.state.language, FORMATS)


def begun(language: Language = Language.JAPANESE, **known: Any) -> Dialogue:
    return replace(opening(language).state, **known)


def identified(language: Language = Language.JAPANESE, order_key: str | None = KEY) -> Dialogue:
    return begun(language, is_identified=True, order_key=order_key)


def tell(state: Dialogue, words: str | Heard, shop: Shop | None = None) -> Exchange:
    """One message to the dialogue; text that begins with ``!`` presses that button."""
    shop = shop or Shop()
    turn = step(state, _heard(state, words))
    says, calls = list(turn.says), []
    while turn.call:
        calls.append(turn.call)
        stored = decode(encode(turn.state))
        turn = step(stored, shop.run(turn.call))
        says += turn.says
    return Exchange(tuple(says), tuple(calls), turn.state)


def _heard(state: Dialogue, words: str | Heard) -> Heard:
    if isinstance(words, Heard):
        return words
    if words.startswith("!"):
        return press(words[1:], language=state.language)
    today = date.fromisoformat(state.today) if state.today else None
    return hear(words, language_hint=state.language, expecting=state.expecting, today=today)
