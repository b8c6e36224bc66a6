"""What the small shop answers when orders are to be changed."""

from typing import Any, Final

from bots.dialogue.turns import Call, Data, Result

LAMP: Final[Data] = {"ja": "デスクランプ", "en": "Desk Lamp"}
SHIRT: Final[Data] = {"ja": "Tシャツ", "en": "T-Shirt"}
SUMMARY: Final[Data] = {"ja": "Tシャツほか1点", "en": "T-Shirt and 1 more"}
ADDRESS: Final[Data] = {
    "recipient": "佐藤 美咲",
    "country": "JP",
    "postal_code": "160-0022",
    "region": "東京都",
    "city": "新宿区",
    "line1": "新宿1-2-3",
    "line2": "",
}
USUAL: Final[Data] = {
    **ADDRESS,
    "postal_code": "530-0001",
    "region": "大阪府",
    "city": "大阪市北区",
}
ORDERS: Final = [
    {
        "number": "A-20001",
        "summary": SUMMARY,
        "status": "placed",
        "items": [SHIRT, LAMP],
        "is_open": True,
    },
    {
        "number": "A-20002",
        "summary": {"ja": "スニーカー", "en": "Sneakers"},
        "status": "placed",
        "items": [{"ja": "スニーカー", "en": "Sneakers"}],
        "is_open": True,
    },
    {
        "number": "A-20003",
        "summary": {"ja": "水筒", "en": "Water Bottle"},
        "status": "delivered",
        "items": [{"ja": "水筒", "en": "Water Bottle"}],
        "is_open": False,
    },
]


def yen(minor: int) -> Data:
    return {"minor": minor, "currency": "JPY"}


def method(method_id: int, kind: str, *, last_four: str = "", is_used: bool = False) -> Data:
    return {
        "method_id": method_id,
        "kind": kind,
        "brand": "visa" if kind == "card" else "",
        "last_four": last_four,
        "balance": yen(5_000) if kind == "gift_card" else None,
        "is_used": is_used,
    }


METHODS: Final = [
    method(1, "card", last_four="4242", is_used=True),
    method(2, "gift_card"),
    method(3, "paypal"),
]


def _version(variant_id: int, color: str, size: str, price: int, *, there: bool = True) -> Data:
    ja = {"blue": "青", "red": "赤", "black": "黒"}[color]
    return {
        "variant_id": variant_id,
        "options": {"color": color, "size": size},
        "words": {"ja": f"{ja} / {size}", "en": f"{color} / {size}"},
        "price": yen(price),
        "is_available": there,
    }


SHIRTS: Final = [
    _version(11, "blue", "M", 2_000),
    _version(12, "red", "M", 2_000),
    _version(13, "red", "L", 2_200),
    _version(14, "black", "M", 2_000, there=False),
]
LAMPS: Final = [
    _version(21, "black", "S", 5_000),
    _version(22, "red", "S", 5_000),
    _version(23, "blue", "S", 4_800),
]
LINES: Final = [
    {"line_id": 1, "name": SHIRT, "options": SHIRTS[0]["words"], "quantity": 2},
    {"line_id": 2, "name": LAMP, "options": LAMPS[0]["words"], "quantity": 1},
]


class Changes:
    """The skills of changing, for an order of two shirts and a lamp."""

    def _cancel_facts(self, call: Call) -> Result:
        more = {
            "lines": LINES,
            "reasons": ["no_longer_needed", "ordered_by_mistake", "other"],
            "in_part": True,
        }
        return _facts(call, more)

    def _address_facts(self, call: Call) -> Result:
        return _facts(call, {"address": ADDRESS, "usual": USUAL})

    def _postal_area(self, call: Call) -> Result:
        if call.arguments["postal_code"] != "150-0002":
            return Result(call.skill, "unknown")
        return Result(call.skill, "ok", {"region": "東京都", "city": "渋谷区", "town": "渋谷"})

    def _usual_address_facts(self, call: Call) -> Result:
        return Result(call.skill, "ok", {"address": ADDRESS})

    def _delivery_facts(self, call: Call) -> Result:
        more = {
            "first": "2026-11-24",
            "last": "2027-01-21",
            "hours": [
                {"code": "0812", "words": {"ja": "午前中", "en": "morning"}},
                {"code": "1416", "words": {"ja": "14~16時", "en": "14:00–16:00"}},
                {"code": "1921", "words": {"ja": "19~21時", "en": "19:00–21:00"}},
            ],
            "day": None,
            "wished_hours": "",
        }
        return _facts(call, more)

    def _item_facts(self, call: Call) -> Result:
        lines = [
            {**line, "variant_id": of[0]["variant_id"], "own_options": of[0]["options"],
             "option_words": {}, "variants": of}
            for line, of in zip(LINES, (SHIRTS, LAMPS), strict=True)
        ]  # fmt: skip
        more = {"lines": lines, "methods": METHODS, "names_method": False, "is_once": False}
        return _facts(call, more)

    def _payment_facts(self, call: Call) -> Result:
        return _facts(call, {"methods": METHODS, "total": yen(9_000)})

    def _propose_cancel(self, call: Call) -> Result:
        wanted = call.arguments["lines"]
        lines = [
            {**next(one for one in LINES if one["line_id"] == line["line_id"]), **line}
            for line in wanted or []
        ]
        back = -9_000 if wanted is None else -5_000
        more = {
            "is_whole": wanted is None,
            "lines": lines,
            "reason": call.arguments["reason"],
            "paid_by": [METHODS[0]],
        }
        return _shown(call, more, settled=back, after=9_000 + back)

    def _propose_address(self, call: Call) -> Result:
        return _shown(call, {"address": {**ADDRESS, **call.arguments["address"]}})

    def _propose_usual_address(self, call: Call) -> Result:
        address = {**ADDRESS, **call.arguments["address"]}
        return Result(
            call.skill, "ok", {"proposal": "p1", "decision": "at_once", "address": address}
        )

    def _propose_delivery(self, call: Call) -> Result:
        hours = call.arguments["hours"]
        words = {"ja": hours, "en": hours} if hours else None
        return _shown(call, {"day": call.arguments["day"], "hours": words})

    def _propose_items(self, call: Call) -> Result:
        swaps = []
        after = 9_000
        for one in call.arguments["swaps"]:
            of = SHIRTS if one["line_id"] == 1 else LAMPS
            line = LINES[one["line_id"] - 1]
            new = next(each for each in of if each["variant_id"] == one["variant_id"])
            after += one["quantity"] * (new["price"]["minor"] - of[0]["price"]["minor"])
            swaps.append(
                {
                    "name": line["name"],
                    "had": line["options"],
                    "wanted": new["words"],
                    "quantity": one["quantity"],
                    "price_before": of[0]["price"],
                    "price_after": new["price"],
                }
            )
        return _shown(call, {"swaps": swaps}, settled=after - 9_000, after=after)

    def _propose_payment(self, call: Call) -> Result:
        found = next(one for one in METHODS if one["method_id"] == call.arguments["method_id"])
        return _shown(call, {"moved": yen(9_000), "method": found})

    def _carry_out(self, call: Call) -> Result:
        facts = {"is_whole": True, "back": yen(9_000), "refund_by": "2026-12-09"}
        return Result(
            call.skill,
            "ok",
            {
                "kind": "cancel",
                "decision": "at_once",
                "order_number": "A-20001",
                "case_number": None,
                "facts": facts,
            },
        )

    def _withdraw_proposal(self, call: Call) -> Result:
        return Result(call.skill, "ok")

    def _proposal_standing(self, call: Call) -> Result:
        return Result(call.skill, "replaced")


def _facts(call: Call, more: dict[str, Any]) -> Result:
    key = call.arguments["order_key"]
    if key is None:
        spoken = call.arguments["spoken"]
        return Result(call.skill, "several", {"orders": ORDERS, "spoken": spoken})
    if key == "A20003":
        refusals = [{"code": "already_shipped"}]
        return Result(call.skill, "refused", {"number": "A-20003", "refusals": refusals})
    if key not in {"A20001", "A20002", "20001", "W2611340"}:
        return Result(call.skill, "unknown")
    number = "A-20002" if key == "A20002" else "A-20001"
    known = {"order_key": number.replace("-", ""), "number": number, "summary": SUMMARY}
    return Result(call.skill, "ok", {**known, **more})


def _shown(call: Call, more: dict[str, Any], *, settled: int = 0, after: int = 9_000) -> Result:
    shown = {
        "proposal": "p1",
        "decision": "at_once",
        "number": "A-20001",
        "summary": SUMMARY,
        "before": yen(9_000),
        "after": yen(after),
        "settled": yen(settled),
        "method": METHODS[0],
        "refund_by": "2026-12-09" if settled < 0 or "moved" in more else None,
    }
    return Result(call.skill, "ok", {**shown, **more})
