"""The words for what a policy answers, in both languages: sentences a customer may read."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from babel.dates import format_date

from oms_service.kernel.languages import Language, Words
from oms_service.operations.rules.eligibility import Cause, Code

WORDS: Final[Mapping[Code, Words]] = {
    Code.CANCELLED: {
        "ja": "キャンセル済みの商品です。",
        "en": "This item was cancelled.",
    },
    Code.NOT_DELIVERED: {
        "ja": "まだお届けが済んでいません。お受け取り後にお申し込みください。",
        "en": "This item has not been delivered yet. Please ask again once you have it.",
    },
    Code.RETURN_IN_PROGRESS: {
        "ja": "返品のお手続きが進んでいます。",
        "en": "A return for this item is under way.",
    },
    Code.ALREADY_RETURNED: {
        "ja": "すでに返品を承っています。",
        "en": "This item has already been returned.",
    },
    Code.TOO_MANY: {
        "ja": "返品いただけるのは{left}点までです。",
        "en": "You can return at most {left} of this item.",
    },
    Code.WINDOW_CLOSED: {
        "ja": "お受け取りから{days}日を過ぎているため、返品を承れません"
        "(お受け取り {delivered_on}、返品期限 {closed_on})。",
        "en": "The {days}-day return window closed on {closed_on} (delivered {delivered_on}).",
    },
    Code.FINAL_SALE: {
        "ja": "返品をお受けできない条件で販売した商品です。",
        "en": "This item was sold without the right to return it.",
    },
    Code.NOT_RETURNABLE: {
        "ja": "返品の対象ではない種類の商品です。",
        "en": "This kind of item cannot be returned.",
    },
    Code.DELIVERY_DATE_UNKNOWN: {
        "ja": "お届け日を確認できないため、担当者が確認いたします。",
        "en": "We do not know the delivery date, so a colleague will check.",
    },
    Code.REASON_NEEDS_PERSON: {
        "ja": "商品の状態について、担当者が確認いたします。",
        "en": "A colleague will look at what is wrong with the item.",
    },
    Code.ABOVE_LIMIT: {
        "ja": "金額が大きいため、担当者が確認いたします。",
        "en": "Because of the amount, a colleague will check.",
    },
    Code.APPROVAL_NEEDED: {
        "ja": "お申し込みは、担当者が確認してから承ります。",
        "en": "A colleague confirms each request.",
    },
    Code.NO_POLICY: {
        "ja": "担当者が確認いたします。",
        "en": "A colleague will check.",
    },
    Code.METHOD_NOT_YOURS: {
        "ja": "ご登録のないお支払い方法です。ご登録済みの方法からお選びください。",
        "en": "This payment method is not on your account. Please choose one that is.",
    },
    Code.METHOD_ENDED: {
        "ja": "有効期限が切れているため、ご利用いただけません。",
        "en": "This has expired and can no longer be used.",
    },
    Code.METHOD_CURRENCY: {
        "ja": "ご注文と通貨が異なるため、ご利用いただけません。",
        "en": "This is in another currency than the order and cannot be used for it.",
    },
    Code.BALANCE_TOO_LOW: {
        "ja": "残高が足りません。ほかのお支払い方法をお選びください。",
        "en": "The balance is not enough. Please choose another payment method.",
    },
    Code.ONCE_ONLY: {
        "ja": "返品・交換のお申し込みは、1回のご注文につき1度のみ承っております。",
        "en": "A return or exchange can be asked for once per order, and this order has had one.",
    },
    Code.ORDER_NOT_DELIVERED: {
        "ja": "ご注文の商品がすべてお届け済みになってから、お申し込みください。",
        "en": "Please ask again once everything in this order has been delivered.",
    },
    Code.CONDITION_NOT_ACCEPTED: {
        "ja": "開封済み・使用済みなど、現在の状態の商品は承れません。",
        "en": "The item cannot be taken back in the condition it is in.",
    },
    Code.VALUE_TOO_HIGH: {
        "ja": "金額が大きいため、こちらからのお申し込みは承れません。",
        "en": "The amount is above what can be asked for here.",
    },
    Code.REFUND_WAY_NOT_OFFERED: {
        "ja": "ご希望の返金方法はお選びいただけません。",
        "en": "The money cannot be returned in that way.",
    },
    Code.EVIDENCE_NEEDED: {
        "ja": "写真などで状態を確認するため、担当者からご連絡いたします。",
        "en": "A colleague will ask you for a photo or other details first.",
    },
    Code.CHANNEL_NEEDS_PERSON: {
        "ja": "担当者が内容を確認してから承ります。",
        "en": "A colleague will confirm this first.",
    },
    Code.OTHER_PRODUCT: {
        "ja": "交換は、同じ商品の色・サイズなどの違いに限り承っております。",
        "en": "An item can only be exchanged for another version of the same product.",
    },
    Code.SAME_VARIANT: {
        "ja": "お手元の商品と同じものが選ばれています。別の種類をお選びください。",
        "en": "This is the item you already have. Please choose another version.",
    },
    Code.VARIANT_NOT_SOLD: {
        "ja": "お選びの商品は、現在お取り扱いがありません。",
        "en": "The version you chose is not sold at present.",
    },
    Code.VARIANT_OUT_OF_STOCK: {
        "ja": "お選びの商品は、ただいま在庫がございません。",
        "en": "The version you chose is out of stock at the moment.",
    },
    Code.ALREADY_CLAIMED: {
        "ja": "この商品については、すでに対応を承っています。",
        "en": "This item has been taken care of already.",
    },
    Code.NOT_SHIPPED: {
        "ja": "まだ出荷していない商品です。",
        "en": "This item has not been shipped yet.",
    },
    Code.CLAIM_WINDOW_CLOSED: {
        "ja": "お申し出の期限({closed_on})を過ぎております。",
        "en": "The time to report this ended on {closed_on}.",
    },
    Code.STILL_ON_THE_WAY: {
        "ja": "お荷物はまだ輸送中です。{ask_again_on}になっても届かない場合は、お知らせください。",
        "en": "The parcel is on its way. Please tell us if it has not come by {ask_again_on}.",
    },
    Code.REMEDY_NOT_OFFERED: {
        "ja": "ご希望の対応はお選びいただけません。",
        "en": "What you ask for cannot be offered in this case.",
    },
    Code.CHANGE_NOT_OFFERED: {
        "ja": "ご注文後のこの変更は承っておりません。",
        "en": "This shop does not offer this change after an order is placed.",
    },
    Code.ORDER_CANCELLED: {
        "ja": "このご注文はキャンセル済みです。",
        "en": "This order has been cancelled.",
    },
    Code.ALREADY_SHIPPED: {
        "ja": "すでに出荷しているため、変更やキャンセルを承れません。"
        "お受け取り後の返品・交換をご利用ください。",
        "en": "This has left our warehouse and can no longer be changed or cancelled. "
        "You can return or exchange it once it has arrived.",
    },
    Code.ALREADY_PACKED: {
        "ja": "すでに箱詰めが済んでいるため、承れません。",
        "en": "This is packed already, so it can no longer be changed.",
    },
    Code.ALREADY_PICKING: {
        "ja": "出荷の準備が始まっているため、承れません。",
        "en": "We have begun to prepare this order, so it can no longer be changed.",
    },
    Code.LABEL_BOUGHT: {
        "ja": "送り状を発行済みのため、お届け先を変更できません。",
        "en": "The shipping label has been made, so the address can no longer be changed.",
    },
    Code.ORDER_WAITS: {
        "ja": "ご注文内容を確認しているところです。確認が終わってからお申し込みください。",
        "en": "We are still checking this order. Please ask again once that is done.",
    },
    Code.CUT_OFF_PASSED: {
        "ja": "ご注文から{minutes}分を過ぎているため、承れません。",
        "en": "This can be changed within {minutes} minutes of ordering, and that time has passed.",
    },
    Code.PLACED_UNKNOWN: {
        "ja": "ご注文日時を確認できないため、担当者が確認いたします。",
        "en": "We do not know when this was ordered, so a colleague will check.",
    },
    Code.NO_FURTHER_CHANGE: {
        "ja": "商品の変更を承ったご注文は、その後の変更・キャンセルを承れません。",
        "en": "The items of this order were changed before. "
        "After that it can no longer be changed or cancelled.",
    },
    Code.CHANGED_OFTEN_ENOUGH: {
        "ja": "この変更は、1回のご注文につき{times}度まで承っております。",
        "en": "The number of times this can be changed for one order is {times}, "
        "and it has been reached.",
    },
    Code.REASON_NOT_ACCEPTED: {
        "ja": "選ばれた理由では、キャンセルを承れません。",
        "en": "An order cannot be cancelled for this reason.",
    },
    Code.NOTHING_CHANGES: {
        "ja": "現在の内容と同じです。",
        "en": "That is what the order says already.",
    },
    Code.NOT_SO_MANY: {
        "ja": "変更いただけるのは{left}点までです。",
        "en": "At most {left} of this item can still be changed.",
    },
    Code.MORE_NOT_OFFERED: {
        "ja": "ご注文後に数量を増やすことはできません。追加分は新しくご注文ください。",
        "en": "More cannot be added to this order. Please place a new order for the rest.",
    },
    Code.FEWER_NOT_OFFERED: {
        "ja": "ご注文後に数量を減らすことはできません。",
        "en": "The quantity of this order cannot be lowered.",
    },
    Code.METHOD_NOT_OFFERED: {
        "ja": "この変更にはご利用いただけないお支払い方法です。",
        "en": "This payment method cannot be used for this change.",
    },
    Code.METHOD_MISSING: {
        "ja": "差額のお支払い方法をお選びください。",
        "en": "Please choose how the difference is paid.",
    },
    Code.NOT_PAID_YET: {
        "ja": "まだお支払いを確認できていないため、お支払い方法を変更できません。",
        "en": "No payment has reached us yet, so there is none to move to another method.",
    },
    Code.PAYMENT_WAITS: {
        "ja": "お支払いの手続き中です。終わってからお申し込みください。",
        "en": "A payment for this order is under way. Please ask again once it is done.",
    },
    Code.SPEED_NOT_OFFERED: {
        "ja": "ご希望のお届け方法はお選びいただけません。",
        "en": "This delivery service is not offered for this order.",
    },
    Code.ADDRESS_NOT_SERVED: {
        "ja": "ご希望の地域へはお届けしておりません。",
        "en": "We do not deliver to this address.",
    },
    Code.ADDRESS_INCOMPLETE: {
        "ja": "ご住所に不足があります。",
        "en": "Something is missing from this address.",
    },
    Code.COLLECTED_IN_SHOP: {
        "ja": "店舗でお受け取りのご注文です。",
        "en": "This order is collected in a shop.",
    },
    Code.CHANGE_NEEDS_PERSON: {
        "ja": "この変更は、担当者が確認してから承ります。",
        "en": "A colleague will confirm this change first.",
    },
    Code.WISH_NOT_OFFERED: {
        "ja": "このお届け先では、お届け日時のご指定を承っておりません。",
        "en": "A day or time of delivery cannot be chosen for this address.",
    },
    Code.WINDOW_NOT_OFFERED: {
        "ja": "このお届け先では、ご希望の時間帯をお選びいただけません。",
        "en": "No carrier delivers to this address within these hours.",
    },
    Code.DAY_PAST: {
        "ja": "ご希望のお届け日が過ぎています。",
        "en": "This day has passed.",
    },
    Code.DAY_TOO_SOON: {
        "ja": "ご希望の日にはお届けが間に合いません。最短のお届け日は{first}です。",
        "en": "It cannot be there by this day. The earliest is {first}.",
    },
    Code.DAY_TOO_FAR: {
        "ja": "お届け日は{last}までの日からお選びください。",
        "en": "Please choose a day up to {last}.",
    },
    Code.DAY_CLOSED: {
        "ja": "{day}はお届け先への配達がございません。別の日をお選びください。",
        "en": "There is no delivery to this address on {day}. Please choose another day.",
    },
    Code.DAY_UNKNOWN: {
        "ja": "入荷の時期が決まっていない商品があるため、お届け日のご指定を承れません。",
        "en": "We do not know yet when all items are in stock, so no day can be chosen.",
    },
    Code.WITH_CARRIER: {
        "ja": "すでに運送会社へお渡ししています。お届け日時は、運送会社の配達状況ページから"
        "ご変更ください。",
        "en": "The carrier has it already. Please change the day or time on the carrier's own "
        "tracking page.",
    },
}


def say(cause: Cause, language: Language) -> str:
    """One cause in one sentence, dates as people write them."""
    facts = {
        name: _day(value, language) if isinstance(value, date) else value
        for name, value in cause.facts.items()
    }
    return WORDS[cause.code][language].format(**facts)


def _day(day: date, language: Language) -> str:
    pattern = "M月d日" if language is Language.JAPANESE else "d MMMM"
    return format_date(day, pattern, locale=str(language))
