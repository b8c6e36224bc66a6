"""The words for how a promise stands, why, and what would help, in both languages: for colleagues.

What customers read of the same codes stands with the notices and the answers.
"""

from collections.abc import Mapping
from typing import Final

from oms_service.kernel.languages import Words
from oms_service.shipping.states import Cause, Jeopardy, Stage, Suggestion, Who

JEOPARDY: Final[Mapping[Jeopardy, Words]] = {
    Jeopardy.ON_TIME: {"ja": "予定どおり", "en": "On time"},
    Jeopardy.AT_RISK: {"ja": "遅れのおそれ", "en": "At risk"},
    Jeopardy.LATE: {"ja": "遅れ", "en": "Late"},
    Jeopardy.STALLED: {"ja": "停滞", "en": "Stalled"},
}

CAUSES: Final[Mapping[Cause, Words]] = {
    Cause.NONE: {"ja": "", "en": ""},
    Cause.PAYMENT_HOLD: {"ja": "入金待ち", "en": "Waiting for the payment"},
    Cause.ADDRESS: {"ja": "住所に不備あり", "en": "The address needs checking"},
    Cause.REVIEW_HOLD: {"ja": "確認のため保留中", "en": "On hold for a check"},
    Cause.CUSTOMER_HOLD: {"ja": "お客様の都合で保留中", "en": "On hold for the customer"},
    Cause.STOCK: {"ja": "入荷待ち", "en": "Waiting for stock"},
    Cause.STOCK_OVERDUE: {
        "ja": "入荷予定日を過ぎている",
        "en": "The stock has not come by its day",
    },
    Cause.NOT_SENT: {"ja": "まだ発送されていない", "en": "It has not been sent yet"},
    Cause.SILENCE: {
        "ja": "配送会社からの更新が途絶えている",
        "en": "The carrier has said nothing for too long",
    },
    Cause.CUSTOMS: {"ja": "税関で止まっている", "en": "Held by customs"},
    Cause.ATTEMPTED: {"ja": "不在などで配達できていない", "en": "Delivery was tried in vain"},
    Cause.REFUSED: {"ja": "受け取りを断られた", "en": "It was refused at the door"},
    Cause.DAMAGED: {"ja": "輸送中に破損", "en": "Damaged on the way"},
    Cause.LOST: {"ja": "荷物が行方不明", "en": "The parcel is lost"},
    Cause.RETURNING: {"ja": "返送されている", "en": "It is on its way back"},
    Cause.UNCLAIMED: {
        "ja": "窓口で受け取られていない",
        "en": "Nobody has fetched it from the counter",
    },
    Cause.CARRIER_DELAY: {"ja": "配送会社の遅れ", "en": "The carrier is late"},
    Cause.SLOW: {"ja": "いつもより時間がかかっている", "en": "It is slower than usual"},
    Cause.PAST_PROMISE: {"ja": "お約束の日を過ぎた", "en": "The promised day is over"},
}

SUGGESTIONS: Final[Mapping[Suggestion, Words]] = {
    Suggestion.NONE: {"ja": "", "en": ""},
    Suggestion.WAIT: {"ja": "配送会社の続報を待つ", "en": "Wait for the carrier"},
    Suggestion.ASK_FOR_PAYMENT: {"ja": "お支払いをお願いする", "en": "Ask for the payment"},
    Suggestion.CONFIRM_ADDRESS: {"ja": "住所をお客様に確認する", "en": "Confirm the address"},
    Suggestion.DECIDE_ON_HOLD: {
        "ja": "内容を確認し、保留を解くか決める",
        "en": "Check it, and decide on the hold",
    },
    Suggestion.ASK_CUSTOMER: {
        "ja": "お客様にご希望を伺う",
        "en": "Ask the customer what they would like",
    },
    Suggestion.FIND_STOCK: {
        "ja": "入荷日を確かめるか、代わりの品を探す",
        "en": "Find a date, or another item",
    },
    Suggestion.SEND_FIRST: {"ja": "先に出荷する", "en": "Send it before others"},
    Suggestion.TRACE: {
        "ja": "配送会社に荷物の調査を依頼する",
        "en": "Ask the carrier to trace it",
    },
    Suggestion.CLEAR_CUSTOMS: {
        "ja": "通関に必要な書類をそろえる",
        "en": "Provide what customs ask for",
    },
    Suggestion.ARRANGE_REDELIVERY: {
        "ja": "再配達の日時を決める",
        "en": "Arrange the next delivery",
    },
    Suggestion.SEND_AGAIN: {
        "ja": "代わりの品を送るか、返金する",
        "en": "Send it again, or refund it",
    },
    Suggestion.REMIND_TO_COLLECT: {
        "ja": "窓口でのお受け取りをお願いする",
        "en": "Remind the customer to fetch it",
    },
}

WHO: Final[Mapping[Who, Words]] = {
    Who.NOBODY: {"ja": "", "en": ""},
    Who.CUSTOMER: {"ja": "お客様", "en": "Customer"},
    Who.WAREHOUSE: {"ja": "倉庫", "en": "Warehouse"},
    Who.CARRIER: {"ja": "配送会社", "en": "Carrier"},
    Who.AGENT: {"ja": "担当者", "en": "Colleague"},
}

STAGES: Final[Mapping[Stage, Words]] = {
    Stage.HELD: {"ja": "保留中", "en": "On hold"},
    Stage.BACKORDERED: {"ja": "入荷待ち", "en": "Waiting for stock"},
    Stage.PLACED: {"ja": "受付済み", "en": "Placed"},
    Stage.ALLOCATED: {"ja": "引当済み", "en": "Allocated"},
    Stage.PICKED: {"ja": "ピッキング済み", "en": "Picked"},
    Stage.PACKED: {"ja": "梱包済み", "en": "Packed"},
    Stage.HANDED_OVER: {"ja": "発送済み", "en": "With the carrier"},
    Stage.DELIVERED: {"ja": "お届け済み", "en": "Delivered"},
    Stage.CANCELLED: {"ja": "キャンセル", "en": "Cancelled"},
}
