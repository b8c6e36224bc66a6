"""What the small shop answers to questions."""

from typing import Any

from bots.dialogue.turns import Call, Result

YEN = "JPY"


def yen(minor: int) -> dict[str, Any]:
    return {"minor": minor, "currency": YEN}


SHIRT: dict[str, Any] = {
    "product": "tshirt",
    "name": {"ja": "コットンTシャツ", "en": "Cotton T-shirt"},
    "description": {"ja": "一年着てもよれません。", "en": "Keeps its shape."},
    "category": "clothes",
    "variants": [
        {
            "options": {"ja": "白 / L", "en": "white / L"},
            "units": 12,
            "price": yen(3_900),
            "ships_by": None,
            "sells_ahead": False,
            "expected_on": None,
        },
        {
            "options": {"ja": "青 / L", "en": "blue / L"},
            "units": 0,
            "price": yen(3_900),
            "ships_by": None,
            "sells_ahead": False,
            "expected_on": "2026-12-01",
        },
        {
            "options": {"ja": "青 / M", "en": "blue / M"},
            "units": 2,
            "price": yen(3_900),
            "ships_by": None,
            "sells_ahead": False,
            "expected_on": None,
        },
    ],
    "count": 3,
    "count_there": 2,
    "is_narrowed": False,
    "lacking": None,
    "options": [{"ja": "色: 白、青", "en": "colour: white and blue"}],
    "shops": {"ja": "銀座店", "en": "Ginza shop"},
    "place": None,
    "weight_g": 210,
    "size_mm": None,
    "is_final_sale": False,
    "answer": None,
}


class Questions:
    """Skills that answer; one product is sold, and one answer is known for each topic."""

    def _find_answer(self, call: Call) -> Result:
        text = {"ja": "送料は660円です。", "en": "Shipping costs ¥660."}
        return Result("find_answer", "ok", {"code": call.arguments["topic"], "text": text})

    def _tell_answer(self, call: Call) -> Result:
        text = {"ja": "8,000円から無料です。", "en": "Free from ¥8,000."}
        return Result("tell_answer", "ok", {"code": call.arguments["code"], "text": text})

    def _find_product(self, call: Call) -> Result:
        words, chosen = call.arguments["words"].casefold(), call.arguments["product"]
        if chosen is None and not ("shirt" in words or "シャツ" in words):
            return Result("find_product", "none")
        if "blue" not in words and "青" not in words:
            return Result("find_product", "ok", SHIRT)
        is_large = "l" in words.split() or "lサイズ" in words
        fitting = SHIRT["variants"][1:2] if is_large else SHIRT["variants"][1:]
        narrowed = {**SHIRT, "variants": fitting, "is_narrowed": True}
        return Result("find_product", "ok", narrowed)

    def _policy_of_order(self, call: Call) -> Result:
        line = {"name": SHIRT["name"], "quantity": 1, "until": "2026-12-20", "refusal": None}
        is_about_returns = call.arguments["about"] == "returns"
        data = {
            "number": "#W2611340",
            "lines": [line] if is_about_returns else [],
            "can_cancel": is_about_returns,
            "refusal": None if is_about_returns else {"code": "cancelled"},
        }
        return Result("policy_of_order", "ok", data)

    def _order_contents(self, call: Call) -> Result:
        line = {"name": SHIRT["name"], "options": "blue / L", "quantity": 2, "amount": yen(7_800)}
        data = {
            "number": "#W2611340",
            "placed_at": "2026-11-20T01:00:00+00:00",
            "lines": [line],
            "units": 2,
            "items": yen(7_800),
            "discount": None,
            "shipping": yen(660),
            "added_tax": None,
            "total": yen(8_460),
            "refunded": None,
            "paid_by": [{"kind": "card", "last_four": "4242", "amount": yen(8_460)}],
            "is_cancelled": False,
        }
        return Result("order_contents", "ok", data)

    def _order_sums(self, call: Call) -> Result:
        one = {
            "number": "#W2611340",
            "summary": SHIRT["name"],
            "placed_on": "2026-11-20",
            "total": yen(8_460),
        }
        return Result("order_sums", "ok", {"orders": [one], "count": 1})

    def _paper_of_order(self, call: Call) -> Result:
        link = f"https://shop.example/papers/x/{call.arguments['paper']}"
        return Result("paper_of_order", "ok", {"number": "#W2611340", "link": link})

    def _balances(self, call: Call) -> Result:
        card = {
            "kind": "gift_card",
            "last_four": "7Q2K",
            "amount": yen(3_000),
            "expires_on": "2027-03-31",
        }
        return Result("balances", "ok", {"balances": [card]})

    def _report_complaint(self, call: Call) -> Result:
        return Result("report_complaint", "ok", {"case_number": "C-9"})

    def _keep_feedback(self, call: Call) -> Result:
        return Result("keep_feedback", "ok", {"stored": "note"})
