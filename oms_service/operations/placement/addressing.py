"""Whether a parcel can go to an address: its parts by country, brought to one form. Pure."""

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from oms_service.kernel.errors import DomainError, Invalid

#: The parts of an address and how long each may be.
PARTS: Final[Mapping[str, int]] = {
    "recipient": 160,
    "country": 2,
    "postal_code": 12,
    "region": 60,
    "city": 80,
    "line1": 160,
    "line2": 160,
    "phone": 40,
}
#: What every country needs; Japan's prefecture and others' postal codes are looked at apart.
NEEDED: Final = ("recipient", "city", "line1")
#: Countries whose parcels travel without a postal code. Source: UPU, addressing by country.
_WITHOUT_CODE: Final = frozenset({"AE", "HK", "QA"})
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_SEVEN: Final = re.compile(r"\d{7}")
_PREFECTURES: Final = (
    "北海道 青森県 岩手県 宮城県 秋田県 山形県 福島県 茨城県 栃木県 群馬県 埼玉県 千葉県 東京都 "
    "神奈川県 新潟県 富山県 石川県 福井県 山梨県 長野県 岐阜県 静岡県 愛知県 三重県 滋賀県 京都府 "
    "大阪府 兵庫県 奈良県 和歌山県 鳥取県 島根県 岡山県 広島県 山口県 徳島県 香川県 愛媛県 高知県 "
    "福岡県 佐賀県 長崎県 熊本県 大分県 宮崎県 鹿児島県 沖縄県"
)
PREFECTURES: Final = tuple(_PREFECTURES.split())
#: Written in Latin letters, or without its last sign, it is still that prefecture.
_PREFECTURES_IN_LATIN: Final = (
    "Hokkaido Aomori Iwate Miyagi Akita Yamagata Fukushima Ibaraki Tochigi Gunma Saitama Chiba "
    "Tokyo Kanagawa Niigata Toyama Ishikawa Fukui Yamanashi Nagano Gifu Shizuoka Aichi Mie Shiga "
    "Kyoto Osaka Hyogo Nara Wakayama Tottori Shimane Okayama Hiroshima Yamaguchi Tokushima "
    "Kagawa Ehime Kochi Fukuoka Saga Nagasaki Kumamoto Oita Miyazaki Kagoshima Okinawa"
)
_LATIN: Final = tuple(_PREFECTURES_IN_LATIN.split())
_LATIN_ENDINGS: Final = re.compile(r"[-\s](to|do|fu|ken|prefecture)$")


class AddressNotServed(DomainError):
    """The channel does not send to that country."""

    code: ClassVar[str] = "address-not-served"
    http_status: ClassVar[int] = 422


@dataclass(frozen=True)
class Checked:
    """An address in one form, and what it lacks: messages by part; empty when it is whole."""

    address: Mapping[str, str]
    lacks: Mapping[str, str]


def check(address: Mapping[str, Any], *, served: Collection[str] | None = None) -> Checked:
    """Bring an address to one form and say what it lacks.

    Args:
        address: recipient, country, postal_code, region, city, line1, line2, phone; a missing
            country is Japan.
        served: the countries the channel sends to; any where not given.

    Raises:
        Invalid: a part that is no text, too long, or holds a sign nobody can print.
        AddressNotServed: the channel does not send there.
    """
    plain = _plain(address)
    if served is not None and plain["country"] not in served:
        raise AddressNotServed(f"this channel does not send to {plain['country']}")
    lacks = {name: "is missing" for name in NEEDED if not plain[name]}
    if plain["country"] == "JP":
        lacks |= _in_japan(plain)
    elif not plain["postal_code"] and plain["country"] not in _WITHOUT_CODE:
        lacks["postal_code"] = "is missing"
    return Checked(plain, lacks)


def prefecture(said: str) -> str | None:
    """The one of the 47 that is meant: 東京, Tōkyō-to and Tokyo are 東京都."""
    return _BY_NAME.get(_name_key(said))


def _plain(address: Mapping[str, Any]) -> dict[str, str]:
    wrong = {f"ship_to.{name}": "is not a part of an address" for name in set(address) - set(PARTS)}
    plain: dict[str, str] = {}
    for name, longest in PARTS.items():
        said = address.get(name)
        if said is not None and not isinstance(said, str):
            wrong[f"ship_to.{name}"] = "must be a text"
            continue
        text = " ".join(unicodedata.normalize("NFKC", said or "").split())
        if any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in text):
            wrong[f"ship_to.{name}"] = "has characters that cannot be printed"
        elif len(text) > longest:
            wrong[f"ship_to.{name}"] = f"is longer than {longest} characters"
        plain[name] = text
    country = plain["country"] = (plain.get("country") or "JP").upper()
    if not _COUNTRY.fullmatch(country):
        wrong["ship_to.country"] = "must be two letters of ISO 3166"
    if wrong:
        raise Invalid("this address cannot be read", wrong)
    return plain


def _in_japan(plain: dict[str, str]) -> dict[str, str]:
    """What lacks of an address in Japan; its code and prefecture take their usual form."""
    lacks = {}
    digits = re.sub(r"\D", "", plain["postal_code"])
    if _SEVEN.fullmatch(digits):
        plain["postal_code"] = f"{digits[:3]}-{digits[3:]}"
    else:
        lacks["postal_code"] = "must have 7 digits" if digits else "is missing"
    known = prefecture(plain["region"])
    if known is None:
        lacks["region"] = "must be a prefecture" if plain["region"] else "is missing"
    else:
        plain["region"] = known
    return lacks


def _name_key(said: str) -> str:
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", said).strip().lower())
    text = "".join(sign for sign in text if not unicodedata.combining(sign))
    return _LATIN_ENDINGS.sub("", unicodedata.normalize("NFC", text))


_BY_NAME: Final = {
    **{_name_key(name): name for name in PREFECTURES},
    **{_name_key(name[:-1]): name for name in PREFECTURES if name != "北海道"},
    **{_name_key(latin): name for latin, name in zip(_LATIN, PREFECTURES, strict=True)},
}
