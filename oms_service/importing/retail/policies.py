"""What the shops that write such files let their customers do, as policies of the channel.

Their terms: a pending order can be cancelled for one of two reasons, its address and its payment
method can be changed, and its items once, each to another version of the same product; after
that nothing more. A delivered order can be returned or exchanged, once, the money going back the
way it came or to a gift card. A difference is paid by a method that the customer names, and a
gift card must hold all that it is to pay.
"""

from collections.abc import Mapping
from typing import Any, Final

from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.languages import Words
from oms_service.operations.rules import change_rules, exchange_rules, policy
from oms_service.returns.states import ReturnReason

_METHODS: Final = ["card", "paypal", "gift_card"]
#: Such files say nothing of when something arrived, so no window is counted.
_WITHOUT_WINDOW: Final[Mapping[str, Any]] = {
    "window_days": policy.MOST_DAYS,
    "reasons": {str(reason): {"waives": ["window"]} for reason in ReturnReason},
}

CHANGES: Final[Mapping[str, Any]] = {
    "cancel": {"reasons": ["no_longer_needed", "ordered_by_mistake"], "in_part": False},
    "address": {},
    "payment": {"at_most": 1, "methods": _METHODS},
    "items": {"at_most": 1, "is_final": True, "names_method": True, "methods": _METHODS},
}
RETURNS: Final[Mapping[str, Any]] = {
    **_WITHOUT_WINDOW,
    "once_per_order": True,
    "whole_order_delivered": True,
    "refund_ways": ["original", "gift_card"],
}
EXCHANGES: Final[Mapping[str, Any]] = {
    **_WITHOUT_WINDOW,
    "once_per_order": True,
    "whole_order_delivered": True,
    "same_product": True,
    "sends": "on_receipt",
    "settles": "on_receipt",
}

_TEXTS: Final[Mapping[str, Words]] = {
    change_rules.CHANGES: {
        "ja": "ご注文の変更とキャンセルは、出荷の準備が始まるまで承ります。"
        "商品の変更は1回限りで、その後の変更・キャンセルは承れません。",
        "en": "An order can be changed or cancelled until we begin to prepare it. Its items can "
        "be changed once; after that it can no longer be changed or cancelled.",
    },
    policy.RETURNS: {
        "ja": "お届け済みのご注文は、1回に限り返品または交換を承ります。"
        "返金はお支払いの方法、またはギフトカードへいたします。",
        "en": "A delivered order can be returned or exchanged once. The money goes back the way "
        "it was paid, or to a gift card.",
    },
    exchange_rules.EXCHANGES: {
        "ja": "お届け済みのご注文は、1回に限り、同じ商品の別の種類への交換を承ります。",
        "en": "The items of a delivered order can be exchanged once, each for another version of "
        "the same product.",
    },
}


def put_in_force(uow: UnitOfWork, channel_id: int) -> None:
    """Let these terms hold in a channel that is new."""
    change_rules.adopt(uow, channel_id=channel_id, rules=CHANGES, text=_TEXTS[change_rules.CHANGES])
    policy.adopt(uow, channel_id=channel_id, rules=RETURNS, text=_TEXTS[policy.RETURNS])
    exchange_rules.adopt(
        uow, channel_id=channel_id, rules=EXCHANGES, text=_TEXTS[exchange_rules.EXCHANGES]
    )
