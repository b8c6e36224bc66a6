"""The sentences that notices are put together from, by code, in both languages."""

from collections.abc import Mapping
from typing import Final

from oms_service.kernel.languages import Language

#: The subject of a letter that tells several things.
TOGETHER: Final[Mapping[str, str]] = {
    "ja": "ご注文についてのお知らせ（{count}件）",
    "en": "{count} pieces of news about your orders",
}

#: Why a parcel is late, as one sentence; codes without one say nothing.
CAUSES: Final[Mapping[str, Mapping[str, str]]] = {
    "snow": {
        "ja": "大雪のため、配送に遅れが出ています。",
        "en": "Heavy snow is holding up parcels.",
    },
    "typhoon": {
        "ja": "台風のため、配送に遅れが出ています。",
        "en": "A typhoon is holding up parcels.",
    },
    "earthquake": {
        "ja": "地震のため、配送に遅れが出ています。",
        "en": "An earthquake is holding up parcels.",
    },
    "weather": {
        "ja": "悪天候のため、配送に遅れが出ています。",
        "en": "Bad weather is holding up parcels.",
    },
    "traffic": {
        "ja": "交通の乱れのため、配送に遅れが出ています。",
        "en": "Traffic is holding up parcels.",
    },
    "customs": {
        "ja": "通関のお手続きに時間がかかっています。",
        "en": "It is taking longer to clear customs.",
    },
    "no_one_home": {
        "ja": "お届けに伺いましたが、ご不在でした。",
        "en": "The carrier called, but nobody was at home.",
    },
    "address": {
        "ja": "配送会社がお届け先のご住所を確認しています。",
        "en": "The carrier is checking the delivery address.",
    },
    "damaged": {
        "ja": "輸送中にお荷物の破損が見つかりました。",
        "en": "The parcel was found damaged on the way.",
    },
    "volume": {
        "ja": "荷物が集中しており、配送に時間がかかっています。",
        "en": "The carrier has more parcels than usual.",
    },
    "attempted": {
        "ja": "お届けに伺いましたが、お受け取りいただけませんでした。",
        "en": "The carrier called, but could not hand the parcel over.",
    },
    "silence": {
        "ja": "配送会社からの更新が途絶えているため、所在を確認しております。",
        "en": "The carrier has said nothing for some time, so we are asking where it is.",
    },
    "lost": {
        "ja": "お荷物の所在がわからなくなっております。",
        "en": "The carrier cannot find the parcel.",
    },
    "returning": {
        "ja": "お荷物がこちらへ返送されています。",
        "en": "The parcel is on its way back to us.",
    },
    "refused": {
        "ja": "お届け先でお受け取りいただけなかったとの連絡がありました。",
        "en": "The carrier says that the parcel was not accepted at the address.",
    },
    "unclaimed": {
        "ja": "お荷物は配送会社の窓口でお受け取りをお待ちしています。",
        "en": "The parcel is waiting for you at the carrier's counter.",
    },
    "payment_hold": {
        "ja": "ご入金の確認ができておらず、発送をお待ちしております。",
        "en": "We have not received the payment yet, so the order is waiting.",
    },
    "stock": {
        "ja": "商品の入荷をお待ちしております。",
        "en": "We are waiting for the item to come in.",
    },
    "stock_overdue": {
        "ja": "商品の入荷が遅れております。",
        "en": "The item has not come in when we expected it.",
    },
    "not_sent": {
        "ja": "発送の準備に時間がかかっております。",
        "en": "It is taking us longer than usual to send it.",
    },
}
#: Where it is going to be, or that nobody knows yet.
EXPECTED: Final[Mapping[bool, Mapping[str, str]]] = {
    True: {"ja": "現在のお届け予定は{window}です。", "en": "We now expect it {window}."},
    False: {
        "ja": "新しいお届け予定は確認中です。",
        "en": "We do not have a new date yet.",
    },
}
#: The same of what has just left; the page below says it once it is known.
ARRIVAL: Final[Mapping[bool, Mapping[str, str]]] = {
    True: {"ja": "お届け予定は{window}です。", "en": "Expect it {window}."},
    False: {
        "ja": "お届け予定は、わかりしだい下のページでお知らせします。",
        "en": "The page below will show when to expect it as soon as we know.",
    },
}
#: Who carries a parcel, and under which number.
CARRIED: Final[Mapping[Language, str]] = {
    Language.JAPANESE: "{carrier}(お問い合わせ番号 {number})",
    Language.ENGLISH: "{carrier}, tracking number {number}",
}
MORE_FOLLOWS: Final[Mapping[Language, str]] = {
    Language.JAPANESE: "残りの商品は、準備が整いしだい別のお荷物でお送りします。",
    Language.ENGLISH: "The rest of your order follows in another parcel when it is ready.",
}
#: The scores of an answer as buttons say them, the best first.
SCORES: Final[Mapping[Language, tuple[str, ...]]] = {
    Language.JAPANESE: ("5 とても満足", "4 満足", "3 どちらともいえない", "2 不満", "1 とても不満"),
    Language.ENGLISH: (
        "5 Very satisfied",
        "4 Satisfied",
        "3 Neither",
        "2 Dissatisfied",
        "1 Very dissatisfied",
    ),
}

#: What was said before of the same arrival, or of the day that goods leave.
BEFORE: Final[Mapping[Language, str]] = {
    Language.JAPANESE: "これまでのお届け予定は{old_window}でした。",
    Language.ENGLISH: "Until now we expected it {old_window}.",
}
BEFORE_DAY: Final[Mapping[Language, str]] = {
    Language.JAPANESE: "これまでの発送予定日は{old_day}でした。",
    Language.ENGLISH: "The date was {old_day} before.",
}
LEAVES: Final[Mapping[Language, str]] = {
    Language.JAPANESE: "発送は{leaves_day}までを予定しております。",
    Language.ENGLISH: "We expect to send it by {leaves_day}.",
}
#: Money for goods that came back: for all of them, for what has come of several parcels so far,
#: and for what came last of them.
REFUNDING: Final[Mapping[str, Mapping[str, str]]] = {
    "all": {
        "ja": "{refund}の返金のお手続きに入ります。返金が済みましたら、またお知らせいたします。",
        "en": "We are now refunding {refund} and will write to you once it is paid.",
    },
    "part": {
        "ja": "この分として{refund}を返金いたします。",
        "en": "We are refunding {refund} for these.",
    },
    "rest": {
        "ja": "残りの商品の分として、{refund}の返金のお手続きに入ります。"
        "返金が済みましたら、またお知らせいたします。",
        "en": "We are now refunding {refund} for the rest and will write to you once it is paid.",
    },
}
#: Money that a change brought: what is taken for it, and what goes back.
SETTLED: Final[Mapping[bool, Mapping[str, str]]] = {
    True: {
        "ja": "差額の{settled}をお支払いいただきます。",
        "en": "The difference you pay is {settled}.",
    },
    False: {
        "ja": "差額の{settled}を返金いたします。",
        "en": "We refund the difference of {settled}.",
    },
}
#: Why something waits, was refused or called off; codes without a sentence say nothing.
WHY: Final[Mapping[str, Mapping[str, str]]] = {
    "payment": {
        "ja": "お支払いの確認をお待ちしております。",
        "en": "We are waiting for the payment.",
    },
    "address": {
        "ja": "お届け先のご住所を確認いたします。ご注文のページでご確認ください。",
        "en": "The delivery address needs a check. Please look at it on the page of your order.",
    },
    "insufficient_funds": {
        "ja": "残高またはご利用可能額が不足しているようです。",
        "en": "There does not seem to be enough money or credit for it.",
    },
    "expired_card": {
        "ja": "カードの有効期限が切れているようです。",
        "en": "The card seems to have expired.",
    },
    "not_paid_in_time": {
        "ja": "期限までにお支払いを確認できなかったためです。",
        "en": "The payment did not arrive in time.",
    },
    "not_collected": {
        "ja": "お取り置き期限までにお受け取りがなかったためです。",
        "en": "It was not collected while we kept it.",
    },
    "out_of_stock": {
        "ja": "商品をご用意できなくなったためです。",
        "en": "We can no longer get the item.",
    },
}
#: What a change changed, and how a claim is put right.
WHAT: Final[Mapping[str, Mapping[str, str]]] = {
    "change.address": {
        "ja": "お届け先を新しいご住所に変更いたしました。",
        "en": "It goes to the new address.",
    },
    "change.payment": {
        "ja": "お支払い方法を変更いたしました。",
        "en": "It is paid another way now.",
    },
    "change.items": {
        "ja": "商品を変更いたしました。",
        "en": "We send the other version of the item.",
    },
    "change.quantity": {
        "ja": "数量を変更いたしました。",
        "en": "The quantity is changed.",
    },
    "change.expedite": {
        "ja": "お急ぎの配送に変更いたしました。",
        "en": "We send it faster.",
    },
    "change.delivery": {
        "ja": "お届けの日時を変更いたしました。",
        "en": "The day and time of delivery are changed.",
    },
    "claim.back_first": {
        "ja": "恐れ入りますが、先に商品をお送りください。到着しだい、すぐに対応いたします。",
        "en": "Please send the items back first. We will put it right as soon as they are here.",
    },
}
