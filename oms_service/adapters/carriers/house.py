"""The carriers of the house, as data: wordings, reasons, tracking pages.

The Japanese wordings are those on the carriers' public tracking pages.
"""

from typing import Final

from oms_service.adapters.carriers.json_carrier import JsonCarrier
from oms_service.kernel.languages import in_both
from oms_service.ports.carrier import KIND, UNNAMED, CarrierStatus

_S = CarrierStatus

#: Why a parcel is late, in words that any of the three uses. The more special come first.
JAPANESE_REASONS: Final = {
    "大雪": "snow",
    "降雪": "snow",
    "雪": "snow",
    "台風": "typhoon",
    "地震": "earthquake",
    "大雨": "weather",
    "天候": "weather",
    "悪天": "weather",
    "渋滞": "traffic",
    "交通": "traffic",
    "通行止": "traffic",
    "不在": "no_one_home",
    "住所": "address",
    "宛所": "address",
    "転居": "moved",
    "受取辞退": "refused",
    "受取拒": "refused",
    "破損": "damaged",
    "紛失": "lost",
    "通関": "customs",
    "休業": "closed",
    "混雑": "volume",
    "物量": "volume",
}

YAMATO: Final = JsonCarrier(
    slug="yamato",
    names={"ja": "ヤマト運輸", "en": "Yamato"},
    tracking_page="https://jizen.kuronekoyamato.co.jp/jizen/servlet/crjz.b.NQ0010?id={number}",
    statuses={
        "伝票番号登録済": _S.PRE_TRANSIT,
        "荷物受付": _S.IN_TRANSIT,
        "発送済み": _S.IN_TRANSIT,
        "発送": _S.IN_TRANSIT,
        "輸送中": _S.IN_TRANSIT,
        "作業店通過": _S.IN_TRANSIT,
        "配達店到着": _S.IN_TRANSIT,
        "配達準備中": _S.IN_TRANSIT,
        "持戻(休業)": _S.ATTEMPTED,
        "持戻": _S.ATTEMPTED,
        "配達予定": _S.OUT_FOR_DELIVERY,
        "配達中": _S.OUT_FOR_DELIVERY,
        "配達日・時間帯指定(保管中)": _S.IN_TRANSIT,
        "ご来店予定(保管中)": _S.AVAILABLE_FOR_PICKUP,
        "保管中": _S.AVAILABLE_FOR_PICKUP,
        "投函完了": _S.DELIVERED,
        "宅配ボックス": _S.DELIVERED,
        "置き配完了": _S.DELIVERED,
        "配達完了": _S.DELIVERED,
        "ご不在": _S.ATTEMPTED,
        "不在": _S.ATTEMPTED,
        "依頼受付(再配達)": _S.IN_TRANSIT,
        "遅延": _S.DELAYED,
        "輸送遅延": _S.DELAYED,
        "調査中": _S.DELAYED,
        "返品": _S.RETURNING,
        "紛失": _S.FAILURE,
    },
    reasons=JAPANESE_REASONS,
)

SAGAWA: Final = JsonCarrier(
    slug="sagawa",
    names={"ja": "佐川急便", "en": "Sagawa"},
    tracking_page="https://k2k.sagawa-exp.co.jp/p/web/okurijosearch.do?okurijoNo={number}",
    statuses={
        "送り状登録": _S.PRE_TRANSIT,
        "集荷": _S.IN_TRANSIT,
        "お預かり": _S.IN_TRANSIT,
        "輸送中": _S.IN_TRANSIT,
        "中継": _S.IN_TRANSIT,
        "営業所到着": _S.IN_TRANSIT,
        "到着": _S.IN_TRANSIT,
        "配達準備中": _S.IN_TRANSIT,
        "保管中": _S.AVAILABLE_FOR_PICKUP,
        "営業所保管": _S.AVAILABLE_FOR_PICKUP,
        "配達中": _S.OUT_FOR_DELIVERY,
        "持出中": _S.OUT_FOR_DELIVERY,
        "ご不在": _S.ATTEMPTED,
        "持戻り": _S.ATTEMPTED,
        "配達予定日変更": _S.DELAYED,
        "遅延": _S.DELAYED,
        "配達完了": _S.DELIVERED,
        "配達終了": _S.DELIVERED,
        "返送": _S.RETURNING,
        "紛失": _S.FAILURE,
    },
    reasons=JAPANESE_REASONS,
)

JAPAN_POST: Final = JsonCarrier(
    slug="japanpost",
    names={"ja": "日本郵便", "en": "Japan Post"},
    tracking_page=(
        "https://trackings.post.japanpost.jp/services/srv/search/direct"
        "?reqCodeNo1={number}&searchKind=S002&locale=ja"
    ),
    statuses={
        "発送準備": _S.PRE_TRANSIT,
        "引受": _S.IN_TRANSIT,
        "差出人から引受": _S.IN_TRANSIT,
        "発送": _S.IN_TRANSIT,
        "中継": _S.IN_TRANSIT,
        "通過": _S.IN_TRANSIT,
        "到着": _S.IN_TRANSIT,
        "配達希望受付": _S.IN_TRANSIT,
        "国際交換局から発送": _S.IN_TRANSIT,
        "通関手続中": _S.CUSTOMS_HOLD,
        "税関検査のため税関へ提示": _S.CUSTOMS_HOLD,
        "持ち出し中": _S.OUT_FOR_DELIVERY,
        "ご不在のため持ち戻り": _S.ATTEMPTED,
        "持ち戻り": _S.ATTEMPTED,
        "保管": _S.AVAILABLE_FOR_PICKUP,
        "窓口でお渡し": _S.DELIVERED,
        "お届け済み": _S.DELIVERED,
        "お届け先にお届け済み": _S.DELIVERED,
        "配達完了": _S.DELIVERED,
        "配達遅延": _S.DELAYED,
        "遅延": _S.DELAYED,
        "調査中": _S.DELAYED,
        "差出人に返送": _S.RETURNING,
        "返送": _S.RETURNING,
        "差出人に返送済み": _S.FAILURE,
        "亡失": _S.FAILURE,
    },
    reasons=JAPANESE_REASONS,
)

_OUR_WORDS: Final = {status.value: status for status in CarrierStatus}
_OUR_REASONS: Final = {code: code for code in dict.fromkeys(JAPANESE_REASONS.values())}

GENERIC: Final = JsonCarrier(
    slug="generic",
    names=in_both("Carrier") | {"ja": "配送業者"},
    statuses=_OUR_WORDS,
    reasons=_OUR_REASONS,
    speaks_for_others=True,
)

#: Of parcels whose source did not say who carries them.
OTHER: Final = JsonCarrier(
    slug=UNNAMED,
    names=in_both("Carrier") | {"ja": "配送業者"},
    statuses=_OUR_WORDS,
    reasons=_OUR_REASONS,
)

#: What went over the counter of a shop.
COUNTER: Final = JsonCarrier(
    slug="counter",
    names={"ja": "店頭受け取り", "en": "Collected in the shop"},
    statuses=_OUR_WORDS,
    reasons=_OUR_REASONS,
)

CARRIERS: Final = {
    (KIND, carrier.slug): carrier
    for carrier in (YAMATO, SAGAWA, JAPAN_POST, GENERIC, OTHER, COUNTER)
}
