"""What the small shop answers when things come back, or something is wrong with them."""

from typing import Any, Final

from bots.dialogue.turns import Call, Data, Result
from tests.unit.bots.dialogue.changes import (
    LAMPS,
    METHODS,
    SHIRTS,
    Changes,
    method,
    yen,
)

NUMBER: Final = "#W2611340"
TSHIRT: Final[Data] = {"ja": "コットンTシャツ", "en": "Cotton T-shirt"}
COFFEE: Final[Data] = {"ja": "ドリップコーヒー", "en": "Drip coffee"}
SNEAKERS: Final[Data] = {"ja": "スニーカー", "en": "Sneakers"}
LAMP: Final[Data] = {"ja": "デスクランプ", "en": "Desk Lamp"}
SUMMARY: Final[Data] = {"ja": "コットンTシャツほか2点", "en": "cotton T-shirt and 2 more"}
ORDERS: Final = [
    {
        "number": NUMBER,
        "summary": SUMMARY,
        "status": "delivered",
        "items": [TSHIRT, COFFEE, SNEAKERS],
        "is_open": True,
    },
    {
        "number": "A-10423",
        "summary": COFFEE,
        "status": "delivered",
        "items": [COFFEE],
        "is_open": True,
    },
]


def _line(line_id: int, name: Data, options: Any, quantity: int) -> dict[str, Any]:
    refusal = None if quantity else {"code": "final_sale"}
    return {
        "line_id": line_id,
        "name": name,
        "options": options,
        "quantity": quantity,
        "refusal": refusal,
    }


LINES: Final = [
    _line(1, TSHIRT, {"ja": "青 M", "en": "blue M"}, 3),
    _line(2, COFFEE, "", 0),
    _line(3, SNEAKERS, {"ja": "24cm 白", "en": "24 cm white"}, 1),
]
_BOTH: Final = ["refund", "replacement"]
CLAIMABLE: Final = [
    {
        **_line(one["line_id"], one["name"], one["options"], units),
        "remedies": {
            "damaged": _BOTH,
            "defective": _BOTH,
            "wrong_item": _BOTH,
            "missing": ["replacement"],
        },
        "is_delivered": True,
    }
    for one, units in zip(LINES, (3, 1, 1), strict=True)
]
_PROPOSED: Final = {
    "decision": "at_once",
    "number": NUMBER,
    "summary": SUMMARY,
    "doubts": [],
    "needs_photo": False,
}
_DONE: Final = {
    "return": {"return_number": "R-1"},
    "exchange": {"return_number": "R-1", "label": "https://shop.example/label"},
    "claim": {
        "claim_number": "K-1",
        "remedy": "refund",
        "refund": yen(5_940),
        "comes_back": False,
    },
}


class ComingBack(Changes):
    """The skills of returns, exchanges, claims and delays, for an order that is there."""

    def _return_facts(self, call: Call) -> Result:
        return _facts(call, {"lines": LINES, "methods": METHODS[:1]})

    def _exchange_facts(self, call: Call) -> Result:
        shirt = {
            **_line(1, TSHIRT, SHIRTS[0]["words"], 1),
            "variant_id": 11,
            "own_options": SHIRTS[0]["options"],
            "option_words": {},
            "variants": SHIRTS,
            "price": yen(2_000),
        }
        lamp = {
            **_line(2, LAMP, LAMPS[0]["words"], 1),
            "variant_id": 21,
            "own_options": LAMPS[0]["options"],
            "option_words": {},
            "variants": LAMPS,
            "price": yen(5_000),
        }
        methods = [*METHODS, method(4, "card", last_four="1881")]
        return _facts(call, {"lines": [shirt, lamp], "methods": methods, "is_once": False})

    def _claim_facts(self, call: Call) -> Result:
        return _facts(call, {"lines": CLAIMABLE})

    def _refund_choices(self, call: Call) -> Result:
        return _facts(call, {"ways": ["return", "claim"]})

    def _report_delay(self, call: Call) -> Result:
        known = {"order_key": "W2611340", "number": NUMBER, "summary": SUMMARY}
        choices = {"case_number": None, "can_cancel": False, "can_claim": False, "claim_on": None}
        return Result(call.skill, "ok", {**known, **choices})

    def _propose_return(self, call: Call) -> Result:
        names = {one["line_id"]: one["name"] for one in LINES}
        lines = [
            {
                "name": names[one["line_id"]],
                "quantity": one["quantity"],
                "is_allowed": True,
                "refusal": None,
            }
            for one in call.arguments["lines"]
        ]
        way = "gift_card" if call.arguments["method_id"] == 2 else "original_payment"
        more = {"lines": lines, "refund": yen(5_940), "method": way, "fee": None}
        return _proposed(call, more)

    def _propose_exchange(self, call: Call) -> Result:
        swaps, difference = [], 0
        for one in call.arguments["swaps"]:
            name, of = (TSHIRT, SHIRTS) if one["line_id"] == 1 else (LAMP, LAMPS)
            new = next(each for each in of if each["variant_id"] == one["variant_id"])
            difference += new["price"]["minor"] - of[0]["price"]["minor"]
            swaps.append(
                {
                    "name": name,
                    "had": of[0]["words"],
                    "wanted": new["words"],
                    "quantity": one["quantity"],
                    "price_before": of[0]["price"],
                    "price_after": new["price"],
                }
            )
        named = call.arguments["method_id"]
        paid = next((one for one in METHODS if one["method_id"] == named), METHODS[0])
        more = {
            "swaps": swaps,
            "difference": yen(difference),
            "method": paid if difference > 0 else None,
            "is_sent_at_once": False,
        }
        return _proposed(call, more)

    def _propose_claim(self, call: Call) -> Result:
        names = {one["line_id"]: one["name"] for one in CLAIMABLE}
        wanted = call.arguments
        more = {
            "lines": [
                {"name": names[one["line_id"]], "quantity": one["quantity"]}
                for one in wanted["lines"]
            ],
            "reason": wanted["reason"],
            "remedy": wanted["remedy"],
            "comes_back": False,
            "refund": yen(5_940 if wanted["remedy"] == "refund" else 0),
            "method": "original_payment",
        }
        return _proposed(call, more)

    def _carry_out(self, call: Call) -> Result:
        kind = call.arguments["proposal"]
        if kind not in _DONE:
            return super()._carry_out(call)
        done = {
            "kind": kind,
            "decision": "at_once",
            "order_number": NUMBER,
            "case_number": None,
            "facts": _DONE[kind],
        }
        return Result(call.skill, "ok", done)


def _proposed(call: Call, more: dict[str, Any]) -> Result:
    """Named after what it proposes, so that doing it is known by its name."""
    name = {"proposal": call.skill.removeprefix("propose_")}
    return Result(call.skill, "ok", {**_PROPOSED, **name, **more})


def _facts(call: Call, more: dict[str, Any]) -> Result:
    key = call.arguments["order_key"]
    if key is None:
        return Result(call.skill, "several", {"orders": ORDERS, "spoken": call.arguments["spoken"]})
    if key not in {"W2611340", "2611340", "A10423"}:
        return Result(call.skill, "unknown")
    return Result(
        call.skill,
        "ok",
        {"order_key": "W2611340", "number": NUMBER, "summary": SUMMARY, **more},
    )
