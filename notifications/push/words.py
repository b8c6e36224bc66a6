"""What a ring says on a screen that anybody may see: what it is about, and nothing of whom."""

from collections.abc import Mapping
from typing import Final

from notifications.rules import Kind
from oms_service.kernel.languages import Language

_ORDER: Final = {"ja": "ご注文のお知らせ", "en": "News about your order"}
TITLES: Final[Mapping[Kind, Mapping[str, str]]] = {
    Kind.ORDERS: _ORDER,
    Kind.PAYMENT: {"ja": "お支払いのお知らせ", "en": "News about your payment"},
    Kind.DELIVERY: {"ja": "お届けのお知らせ", "en": "News about your delivery"},
    Kind.STOCK: _ORDER,
    Kind.PICKUP: {"ja": "店舗受け取りのお知らせ", "en": "News about your pickup"},
    Kind.RETURNS: {"ja": "返品のお知らせ", "en": "News about your return"},
    Kind.REFUNDS: {"ja": "返金のお知らせ", "en": "News about your refund"},
    Kind.ANSWERS: {"ja": "お問い合わせのお知らせ", "en": "News about your question"},
    Kind.SURVEYS: {"ja": "アンケートのお願い", "en": "A short question for you"},
}
BODY: Final[Mapping[str, str]] = {
    "ja": "アカウントのページでご覧いただけます。",
    "en": "Open it to read it in your account.",
}


def said(kind: Kind, language: Language, *, tag: str, path: str) -> dict[str, str]:
    """What the browser is told; by ``tag`` a later ring replaces it, ``path`` is where it leads."""
    return {
        "title": TITLES[kind][language],
        "body": BODY[language],
        "lang": str(language),
        "tag": tag,
        "path": path,
    }
