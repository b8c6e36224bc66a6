"""The words for why goods come from where and go by whom, in both languages, for staff."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from oms_service.kernel.languages import Language, Words
from oms_service.shipping import rates
from oms_service.sourcing.states import DecisionKind
from oms_service.sourcing.weighing import Code

KINDS: Final[Mapping[DecisionKind, Words]] = {
    DecisionKind.PROMISED: {"ja": "在庫を引き当て", "en": "Stock was allocated"},
    DecisionKind.FILLED: {"ja": "入荷分を引き当て", "en": "Stock that came in was allocated"},
    DecisionKind.MOVED: {"ja": "別の拠点へ変更", "en": "Moved to another location"},
    DecisionKind.GIVEN_UP: {"ja": "引き当てを解除", "en": "Allocation was taken back"},
}

WORDS: Final[Mapping[Code, Words]] = {
    Code.ONLY_ONE: {
        "ja": "在庫のある出荷拠点がここだけのため",
        "en": "The only location that could send it",
    },
    Code.BEST: {
        "ja": "1か所からまとめて出荷でき、条件が最もよいため",
        "en": "Sends everything in one go, and best by the rules",
    },
    Code.BEST_TOGETHER: {
        "ja": "{locations}か所に分けるのが、在庫と条件の面で最もよいため",
        "en": "Part of the best choice there is, over {locations} locations",
    },
    Code.CLOSED: {"ja": "出荷を休止中のため", "en": "Closed for sending"},
    Code.DOES_NOT_SHIP: {"ja": "配送を行わない拠点のため", "en": "Does not send orders"},
    Code.EXCLUDED: {
        "ja": "このチャネルの出荷元から除外しているため",
        "en": "Excluded by this channel's rules",
    },
    Code.NOT_ASKED: {
        "ja": "出荷元の指定に含まれないため",
        "en": "Not among the locations asked for",
    },
    Code.LEFT: {"ja": "この拠点から出荷できなくなったため", "en": "Could not send these units"},
    Code.NO_STOCK: {"ja": "販売可能な在庫がないため", "en": "Has none to spare"},
    Code.HAS_PART: {
        "ja": "{wanted}品目のうち全数そろうのは{has}品目",
        "en": "Has all of {has} of {wanted} items",
    },
    Code.FARTHER: {
        "ja": "送料の目安が{more}高くなるため",
        "en": "Sending from here would cost {more} more",
    },
    Code.LATER: {
        "ja": "約束の日からさらに{more}日遅れるため",
        "en": "Would come {more} more days after the promised day",
    },
    Code.SLOWER: {"ja": "お届けが{more}日遅くなるため", "en": "Would take {more} more days"},
    Code.IS_SHOP: {
        "ja": "店舗の在庫は店頭のために残すため",
        "en": "A shop: its stock is kept for the shop while others can send",
    },
    Code.LOWER_PRIORITY: {"ja": "優先順位が低いため", "en": "Lower on the list of locations"},
    Code.WOULD_SPLIT: {
        "ja": "出荷元が{more}か所増えるため",
        "en": "Would need {more} more locations",
    },
    Code.WOULD_SPLIT_LINES: {
        "ja": "明細が分かれて届くため",
        "en": "Would split lines over more parcels",
    },
    Code.WOULD_RUN_LOW: {
        "ja": "ほかの拠点のほうが在庫に余裕があるため",
        "en": "Others have more to spare",
    },
    Code.COSTS_MORE_TO_PACK: {
        "ja": "作業費が{more}高くなるため",
        "en": "Packing here would cost {more} more",
    },
    Code.AS_GOOD: {
        "ja": "条件は同じで、並び順が後のため",
        "en": "As good, but further down the order of locations",
    },
    Code.NOT_NEEDED: {"ja": "ほかの拠点で足りるため", "en": "Not needed: others have it"},
}

SERVICES: Final[Mapping[rates.Code, Words]] = {
    rates.Code.CHEAPEST: {"ja": "最も安いため", "en": "Cheapest"},
    rates.Code.CHEAPEST_IN_TIME: {
        "ja": "約束の日に間に合う中で最も安いため",
        "en": "Cheapest of those that come in time",
    },
    rates.Code.SOONEST: {
        "ja": "約束の日に{days_late}日遅れるが、最も早いため",
        "en": "Soonest, though {days_late} days late",
    },
    rates.Code.ONLY_ONE: {
        "ja": "送れるサービスがこれだけのため",
        "en": "The only one that takes it",
    },
    rates.Code.COSTS_MORE: {"ja": "送料が{more_minor}高いため", "en": "Costs {more_minor} more"},
    rates.Code.TOO_LATE: {
        "ja": "約束の日に{days_late}日遅れるため",
        "en": "Would be {days_late} days late",
    },
    rates.Code.SLOWER: {"ja": "{days}日余計にかかるため", "en": "Takes {days} more days"},
    rates.Code.LISTED_LATER: {
        "ja": "条件は同じで、並び順が後のため",
        "en": "As good, but listed later",
    },
    rates.Code.TOO_HEAVY: {
        "ja": "重さの上限{limit_g}gを超えるため",
        "en": "Heavier than {limit_g} g",
    },
    rates.Code.TOO_LONG: {
        "ja": "長さの上限{limit_mm}mmを超えるため",
        "en": "Longer than {limit_mm} mm",
    },
    rates.Code.TOO_LARGE: {
        "ja": "三辺合計の上限{limit_mm}mmを超えるため",
        "en": "Sides add up to more than {limit_mm} mm",
    },
    rates.Code.TOO_THICK: {
        "ja": "厚さの上限{limit_mm}mmを超えるため",
        "en": "Thicker than {limit_mm} mm",
    },
    rates.Code.SIZE_UNKNOWN: {
        "ja": "大きさが登録されていないため",
        "en": "Nobody has measured the goods",
    },
    rates.Code.NOT_SERVED: {"ja": "お届け先が対象外の地域のため", "en": "Does not go there"},
    rates.Code.NO_CASH_ON_DELIVERY: {
        "ja": "代金引換に対応していないため",
        "en": "Does not collect cash",
    },
    rates.Code.WISH_NOT_TAKEN: {
        "ja": "ご希望のお届け日時を指定できないため",
        "en": "Cannot be told the wished day or hours",
    },
}

REASONS: Final[Mapping[str, Words]] = {
    "disaster": {"ja": "災害・停電など", "en": "Disaster or power cut"},
    "stocktaking": {"ja": "棚卸し", "en": "Stocktaking"},
    "staff": {"ja": "人員不足", "en": "Too few people"},
    "moving": {"ja": "移転・改装", "en": "Moving or building work"},
    "holiday": {"ja": "休業日", "en": "Holiday"},
    "other": {"ja": "その他", "en": "Something else"},
}


_OF_MONEY: Final = frozenset({Code.FARTHER, Code.COSTS_MORE_TO_PACK})


def why(cause: Mapping[str, Any], language: Language, *, money: Callable[[int], str] = str) -> str:
    """One cause of a location, as it is kept with a decision; ``money`` says minor units."""
    code = Code(cause["code"])
    facts = dict(cause.get("facts", {}))
    if code in _OF_MONEY:
        facts["more"] = money(facts["more"])
    return WORDS[code][language].format(**facts)


def why_service(
    cause: rates.Cause, language: Language, *, money: Callable[[int], str] = str
) -> str:
    """One cause of a carrier's service."""
    facts = dict(cause.facts)
    if "more_minor" in facts:
        facts["more_minor"] = money(int(facts["more_minor"]))
    return SERVICES[cause.code][language].format(**facts)
