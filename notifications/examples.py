"""Facts to look at the words of a notice with, where no real order is at hand."""

from collections.abc import Mapping
from typing import Any, Final

#: One order with everything that can happen to it; ``example.invalid`` leads nowhere.
FACTS: Final[Mapping[str, Any]] = {
    "order": "A-10423",
    "first_item": {"ja": "ドリップコーヒー", "en": "drip coffee"},
    "further_items": 1,
    "amount_minor": 4980,
    "refund_minor": 1980,
    "settled_minor": -500,
    "currency": "JPY",
    "old_from": "2026-11-22T15:00:00+00:00",
    "old_until": "2026-11-23T15:00:00+00:00",
    "new_from": "2026-11-24T15:00:00+00:00",
    "new_until": "2026-11-26T15:00:00+00:00",
    "expected_from": "2026-11-24T15:00:00+00:00",
    "expected_until": "2026-11-26T15:00:00+00:00",
    "cause": "snow",
    "parcels": [{"carrier": {"ja": "ヤマト運輸", "en": "Yamato"}, "number": "123456789012"}],
    "more_follows": False,
    "old_day": "2026-12-03",
    "new_day": "2026-12-10",
    "leaves_by": "2026-12-10",
    "until_day": "2026-12-24",
    "until_at": "2026-11-29T11:00:00+00:00",
    "slip": "1234-5678-90",
    "place": {"ja": "渋谷店", "en": "Shibuya shop"},
    "code": "K7M-2QX",
    "units": 2,
    "return_number": "R-2345",
    "claim_number": "CL-0042",
    "case_number": "C-1001",
    "reason": "使用の跡があるため",
    "link": "https://example.invalid/case/x",
    "page": "https://example.invalid/t/x",
    "calendar": "https://example.invalid/t/x/delivery.ics",
    "pay": "https://example.invalid/pay/x",
    "label": "https://example.invalid/return-label/x",
    "terms": "https://example.invalid/return-terms/1",
}
#: Where a template says more with a code of its own.
_OF: Final[Mapping[str, Mapping[str, Any]]] = {
    "return_partly_received": {"refund_of": "part"},
    "order_held": {"why": "address"},
    "payment_failed": {"why": "expired_card"},
    "order_cancelled_by_us": {"why": "out_of_stock"},
    "order_changed": {"what": "change.delivery"},
    "claim_approved": {"what": "claim.back_first"},
}


def facts_of(template: str) -> dict[str, Any]:
    """What a notice of a template may tell."""
    return {**FACTS, **_OF.get(template, {})}
