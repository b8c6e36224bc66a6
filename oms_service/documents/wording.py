"""The words on documents, in both languages, and how they write money, days and addresses."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from babel.dates import format_date

from oms_service.kernel.languages import Language
from oms_service.kernel.money import EXPONENTS

_JA, _EN = Language.JAPANESE, Language.ENGLISH

#: The rate that is marked on qualified invoices: the reduced one, 8 %.
REDUCED_BP: Final = 800

WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "packing_slip": ("納品書", "Packing slip"),
    "pick_list": ("ピッキングリスト", "Pick list"),
    "manifest": ("集荷明細書", "Manifest"),
    "invoice": ("請求書", "Invoice"),
    "qualified_invoice": ("請求書(適格請求書)", "Invoice (qualified invoice)"),
    "receipt": ("領収書", "Receipt"),
    "credit_note": ("返金明細書", "Credit note"),
    "qualified_credit_note": (
        "返金明細書(適格返還請求書)",
        "Credit note (qualified return invoice)",
    ),
    "order_number": ("注文番号", "Order"),
    "ordered_on": ("ご注文日", "Ordered"),
    "sold_on": ("お取引日", "Date of sale"),
    "packed_on": ("梱包日", "Packed"),
    "ships_on": ("出荷日", "Ships"),
    "wished": ("お届け指定", "Deliver"),
    "box": ("お荷物", "Box"),
    "number": ("番号", "Number"),
    "issued_on": ("発行日", "Issued"),
    "registration": ("登録番号", "Registration number"),
    "from": ("差出人", "From"),
    "to": ("お届け先", "To"),
    "phone": ("電話", "Phone"),
    "item": ("品名", "Item"),
    "sku": ("SKU", "SKU"),
    "quantity": ("数量", "Qty"),
    "unit_price": ("単価", "Unit price"),
    "amount": ("金額", "Amount"),
    "units": ("合計点数", "Units in all"),
    "bin": ("棚", "Bin"),
    "fetched": ("確認", "Done"),
    "location": ("拠点", "Location"),
    "printed_at": ("印刷", "Printed"),
    "carrier": ("配送会社", "Carrier"),
    "day": ("集荷日", "Day"),
    "tracking": ("お問い合わせ番号", "Tracking number"),
    "region": ("地域", "Region"),
    "weight": ("重量", "Weight"),
    "boxes": ("個口数", "Boxes"),
    "total_weight": ("総重量", "Total weight"),
    "handed_over_by": ("引渡者", "Handed over by"),
    "taken_by": ("受取者", "Taken by"),
    "contents": ("内容品", "Contents"),
    "rate": ("税率", "Rate"),
    "sum_with_tax": ("対象額(税込)", "Sum incl. tax"),
    "sum_without_tax": ("対象額(税抜)", "Sum excl. tax"),
    "tax": ("消費税額", "Tax"),
    "shipping": ("送料", "Shipping"),
    "total_invoice": ("ご請求金額(税込)", "Total incl. tax"),
    "total_receipt": ("領収金額(税込)", "Amount received incl. tax"),
    "total_credit_note": ("返還金額(税込)", "Amount returned incl. tax"),
    "reduced": ("※は軽減税率(8%)対象です。", "* Reduced tax rate (8 %)."),
    "mark": ("※", "* "),
    "purpose": ("但し", "For"),
    "default_purpose": ("お品代として", "goods as listed"),
    "received": ("上記金額を正に領収いたしました。", "Received with thanks."),
    "paid_by": ("お支払い方法", "Paid by"),
    "reissue": ("再発行", "Reissued"),
    "stamp": ("収入印紙", "Revenue stamp"),
    "electronic": (
        "電子データで発行しているため、収入印紙は不要です。",
        "Issued electronically: no revenue stamp is needed.",
    ),
    "about_invoice": ("対象の請求書", "Refers to invoice"),
    "replaces": (
        "本書は請求書 {about} を訂正するものです。",
        "This corrects and replaces invoice {about}.",
    ),
    "billed_to": ("宛名", "To"),
    "returned_on": ("返還日", "Returned"),
    "payment_of": ("ご注文 {number} のお支払い", "Payment for order {number}"),
    "refund_of": ("ご注文 {number} のご返金", "Refund for order {number}"),
    "erased": ("(消去済み)", "(erased)"),
    "enquiries": (
        "ご不明な点は、注文番号とあわせてお問い合わせください。",
        "Questions? Please give the order number above.",
    ),
}

PAID_BY: Final[Mapping[str, tuple[str, str]]] = {
    "card": ("クレジットカード", "Credit card"),
    "paypal": ("PayPal", "PayPal"),
    "gift_card": ("ギフトカード", "Gift card"),
    "store_credit": ("ストアクレジット", "Store credit"),
    "konbini": ("コンビニ払い", "Convenience store"),
    "cash_on_delivery": ("代金引換", "Cash on delivery"),
    "cash": ("現金", "Cash"),
    "bank_transfer": ("銀行振込", "Bank transfer"),
}


def word(name: str, language: Language) -> str:
    return WORDS[name][0 if language is _JA else 1]


def payment(kind: str, language: Language) -> str:
    """A way to pay in words; one nobody has words for is not shown."""
    return PAID_BY.get(kind, ("", ""))[0 if language is _JA else 1]


def day(value: date | None, language: Language) -> str:
    """``2026年11月22日`` or ``22 November 2026``; empty where unknown."""
    if value is None:
        return ""
    if language is _JA:
        return f"{value.year}年{value.month}月{value.day}日"
    return format_date(value, "d MMMM y", locale="en")


def money(minor: int, currency: str, language: Language) -> str:
    """``1,980円``, ``¥1,980`` or ``USD 19.80``."""
    digits = EXPONENTS[currency]
    sign, plain = ("-" if minor < 0 else ""), abs(minor)
    whole, part = divmod(plain, 10**digits)
    shown = f"{whole:,}" + (f".{part:0{digits}d}" if digits else "")
    if currency == "JPY":
        return f"{sign}{shown}円" if language is _JA else f"{sign}¥{shown}"
    return f"{sign}{currency} {shown}"


def rate(tax_rate_bp: int) -> str:
    """``8%`` or ``7.75%``."""
    whole, part = divmod(tax_rate_bp, 100)
    return f"{whole}%" if not part else f"{whole}.{part:02d}".rstrip("0") + "%"


def weight(weight_g: int | None) -> str:
    """``1.25 kg``; empty where nobody weighed."""
    return "" if weight_g is None else f"{weight_g / 1000:.2f} kg"


def to_whom(name: str, language: Language) -> str:
    """A customer's name as one writes it on an envelope."""
    if not name:
        return word("erased", language)
    return f"{name} 様" if language is _JA else name


def on_behalf(name: str, language: Language) -> str:
    """The name on an invoice or receipt, which the customer may have chosen: ``… 御中`` stays."""
    polite = ("様", "御中", "殿", "先生")
    return name if language is not _JA or name.endswith(polite) else to_whom(name, language)


def postal(code: str) -> str:
    """``〒160-0022``; another country's code as it is."""
    digits = code.replace("-", "")
    if len(digits) == 7 and digits.isdecimal():  # noqa: PLR2004 - a Japanese postal code
        return f"〒{digits[:3]}-{digits[3:]}"
    return code
