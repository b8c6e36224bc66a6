"""Where the demo shop sells and keeps stock: channels, warehouses, shops, and their terms."""

from typing import Any, Final

from oms_service.inventory.service import NewLocation
from oms_service.inventory.states import LocationKind
from oms_service.kernel.languages import Language, Words
from oms_service.sales.service import NewChannel
from oms_service.sales.states import ChannelKind, TaxMode

WEB, MARKETPLACE, GINZA, UMEDA = "web", "marketplace", "shop-ginza", "shop-umeda"


def _channel(code: str, ja: str, en: str, kind: ChannelKind, buffer: int = 0) -> NewChannel:
    return NewChannel(
        code=code,
        name={"ja": ja, "en": en},
        kind=kind,
        currency="JPY",
        tax_mode=TaxMode.INCLUSIVE,
        zone="Asia/Tokyo",
        locale=Language.JAPANESE,
        stock_buffer=buffer,
    )


CHANNELS: Final = (
    _channel(WEB, "オンラインショップ", "Web shop", ChannelKind.WEB),
    _channel(MARKETPLACE, "モール店", "Marketplace", ChannelKind.MARKETPLACE, 2),
    _channel(GINZA, "銀座店", "Ginza shop", ChannelKind.SHOP),
    _channel(UMEDA, "梅田店", "Umeda shop", ChannelKind.SHOP),
)
#: Share of orders by channel.
SHARES: Final = {WEB: 0.6, MARKETPLACE: 0.16, GINZA: 0.13, UMEDA: 0.11}


def _place(
    code: str, kind: LocationKind, names: tuple[str, str], region: str, postal_code: str
) -> NewLocation:
    return NewLocation(
        code=code,
        kind=kind,
        name={"ja": names[0], "en": names[1]},
        postal_code=postal_code,
        region=region,
        is_pickup_point=kind is LocationKind.SHOP,
    )


_WAREHOUSE, _SHOP = LocationKind.WAREHOUSE, LocationKind.SHOP
LOCATIONS: Final = (
    _place("tokyo", _WAREHOUSE, ("東京倉庫", "Tokyo warehouse"), "東京都", "135-0064"),
    _place("osaka", _WAREHOUSE, ("大阪倉庫", "Osaka warehouse"), "大阪府", "559-0034"),
    _place("fukuoka", _WAREHOUSE, ("福岡倉庫", "Fukuoka warehouse"), "福岡県", "812-0051"),
    _place("ginza", _SHOP, ("銀座店", "Ginza shop"), "東京都", "104-0061"),
    _place("yokohama", _SHOP, ("横浜店", "Yokohama shop"), "神奈川県", "220-0005"),
    _place("umeda", _SHOP, ("梅田店", "Umeda shop"), "大阪府", "530-0001"),
    _place("sapporo", _SHOP, ("札幌店", "Sapporo shop"), "北海道", "060-0005"),
)
#: The depot where a carrier takes a warehouse's parcels.
DEPOTS: Final = {"tokyo": "江東", "osaka": "住之江", "fukuoka": "博多"}
STOCK_OF: Final = {GINZA: "ginza", UMEDA: "umeda"}
#: Who the shop is on invoices and labels, as settings; nobody has this number, phone or building.
SETTINGS: Final = {
    "SHOP_LEGAL_NAME": "みなと商店株式会社(デモ)",
    "SHOP_REGISTRATION_NUMBER": "T9000000000000",
    "SHOP_POSTAL_CODE": "135-0063",
    "SHOP_ADDRESS": "東京都|江東区|有明0-0-0|みなとビル1階",
    "SHOP_PHONE": "03-0000-0000",
}
_WEST: Final = frozenset(
    [
        "三重県",
        "滋賀県",
        "京都府",
        "大阪府",
        "兵庫県",
        "奈良県",
        "和歌山県",
        "岡山県",
        "広島県",
        "香川県",
        "愛媛県",
        "石川県",
    ]
)
_SOUTH: Final = frozenset(
    ["福岡県", "佐賀県", "長崎県", "熊本県", "大分県", "宮崎県", "鹿児島県", "沖縄県"]
)


def nearest(region: str) -> tuple[str, ...]:
    """The warehouses for parcels to ``region``, nearest first."""
    if region in _SOUTH:
        return ("fukuoka", "osaka", "tokyo")
    return ("osaka", "tokyo", "fukuoka") if region in _WEST else ("tokyo", "osaka", "fukuoka")


#: What sending costs, and which orders wait for a person; ``rules.placing_rules`` reads them.
SHIPPING_CHARGES: Final[dict[str, Any]] = {
    "rates": [
        {"countries": ["JP"], "regions": ["北海道", "沖縄県"], "charge_minor": 1_320},
        {"countries": ["JP"], "charge_minor": 660},
    ],
    "free_from_minor": 8_000,
    "tax_rate_bp": 1_000,
}
_HOLD_RULES: Final[dict[str, Any]] = {
    "total_above_minor": 200_000,
    "first_order_above_minor": 80_000,
    "cash_on_delivery_above_minor": 100_000,
    "incomplete_address": True,
}


def hold_rules(code: str) -> dict[str, Any]:
    """The marketplace answers for what its customers pay; nobody else's goods leave unpaid."""
    return {**_HOLD_RULES, "unpaid": code != MARKETPLACE}


CHARGES_TEXT: Final[Words] = {
    "ja": "送料は全国一律660円(北海道・沖縄県は1,320円)。8,000円以上のご注文は送料無料です。",
    "en": "Shipping is 660 yen in Japan (1,320 yen to Hokkaido and Okinawa), free from 8,000 yen.",
}

#: What may be exchanged; ``operations.rules.exchange_rules`` reads it.
EXCHANGE_RULES: Final[dict[str, Any]] = {
    "window_days": 30,
    "approval": "at_once",
    "at_once_up_to_minor": 20_000,
    "excluded_categories": ["coffee", "tea"],
}
EXCHANGE_TEXT: Final[Words] = {
    "ja": (
        "お受け取りから30日以内、未使用の商品に限り、サイズや色の交換を承ります。"
        "お品物が当店に届きしだい、交換品を発送いたします。"
    ),
    "en": (
        "Unused goods can be exchanged for another size or colour within 30 days of delivery. We"
        " send the new ones as soon as the old ones are here."
    ),
}


#: What may be returned, by channel; ``operations.rules.policy`` says what the words mean.
RETURN_FEE: Final = 550
RETURN_DAYS: Final = {WEB: 30, MARKETPLACE: 14, GINZA: 14, UMEDA: 14}


def return_text(code: str) -> Words:
    """The terms of return as customers read them (返品特約)."""
    days = RETURN_DAYS[code]
    return {
        "ja": (
            f"お受け取りから{days}日以内、未使用の商品に限り返品を承ります。"
            "お客様のご都合による返品は、返送料550円を差し引いてご返金いたします。"
            "コーヒー・お茶とアウトレット品は、お客様のご都合による返品を承れません。"
            "不良品・破損・お届け間違いの場合は、期間にかかわらず当店の負担でご返金いたします。"
        ),
        "en": (
            f"Terms of return: unused goods can be returned within {days} days of delivery. If you"
            " changed your mind, 550 yen for the way back are taken off the refund. Coffee, tea"
            " and outlet goods cannot be returned for that reason. If goods are faulty, damaged or"
            " wrong, we refund them in full, however long ago they came."
        ),
    }


def return_rules(code: str) -> dict[str, Any]:
    """The same as data, as ``operations.rules.policy`` reads it."""
    return {
        "window_days": RETURN_DAYS[code],
        "postage_minor": RETURN_FEE,
        "approval": "at_once",
        "at_once_up_to_minor": 10_000,
        "excluded_categories": ["coffee", "tea"],
        "reasons": {
            reason: {
                "waives": [
                    "window",
                    "fee",
                    "final_sale",
                    "category",
                    "condition",
                    "restocking",
                    "postage",
                ],
                "approval": "person",
            }
            for reason in ("damaged", "defective", "wrong_item")
        },
    }
