"""Addresses as Japan writes them: from the large to the small."""

import re
from typing import Final

from bots.understanding.slots.sheet import TAKEN, Sheet, What
from bots.understanding.values import AddressHeard
from oms_service.kernel.text import postal_key

_PREFECTURE_LIST: Final = (
    "青森 岩手 宮城 秋田 山形 福島 茨城 栃木 群馬 埼玉 千葉 神奈川 新潟 富山 石川 福井 山梨 "
    "長野 岐阜 静岡 愛知 三重 滋賀 兵庫 奈良 和歌山 鳥取 島根 岡山 広島 山口 徳島 香川 愛媛 高知 "
    "福岡 佐賀 長崎 熊本 大分 宮崎 鹿児島 沖縄"
)
_PREFECTURE: Final = rf"北海道|東京都|京都府|大阪府|(?:{'|'.join(_PREFECTURE_LIST.split())})県"
#: Their names have the sign in the middle that others end with, or begin with hiragana.
_ODD_CITIES: Final = (
    "四日市市|廿日市市|野々市市|市川市|市原市|八街市|十日町市|大町市|町田市|村山市|武蔵村山市"
    "|東村山市|羽村市|田村市|大村市|村上市|郡山市|蒲郡市|小郡市|郡上市|大和郡山市|大和市|町村市"
    "|さいたま市|つくば市|いわき市|ひたちなか市|かすみがうら市|つくばみらい市|ふじみ野市|あま市"
    "|みよし市|いすみ市|にかほ市|つがる市|むつ市|えびの市|うるま市|たつの市|さぬき市|うきは市"
)
_SIGNS: Final = "一-鿿々ヶケァ-ヺー"
_WARD: Final = rf"(?:[{_SIGNS}]{{1,4}}?区)?"
_CITY: Final = (
    rf"(?:(?:{_ODD_CITIES}){_WARD}|[{_SIGNS}]{{1,5}}?郡[{_SIGNS}]{{1,5}}?[町村]"
    rf"|[{_SIGNS}]{{1,6}}?市{_WARD}|[{_SIGNS}]{{1,4}}?区|[{_SIGNS}]{{1,5}}?[町村])"
)
_POSTAL: Final = (
    r"(?:〒? ?(?<![\w#-])(?P<postal>\d{3}[- ]?\d{4})(?!-?\d| \d{4}(?!\d))[ 、,:の]{0,2})"
)
_HEADS: Final = (
    re.compile(rf"{_POSTAL}?(?P<region>{_PREFECTURE})[ 、]?(?P<city>{_CITY}|)"),
    re.compile(rf"{_POSTAL}(?P<region>)(?P<city>{_CITY})"),
    re.compile(rf"{_POSTAL}(?P<region>)(?P<city>)(?=[一-鿿々ァ-ヺー]{{1,8}}\d+(?:丁目|番|-\d))"),
    re.compile(rf"(?P<postal>)(?P<region>)(?:新?住所|届け?先|送り?先|新居)?(?P<city>{_CITY})"),
)
#: Where the address ends and the sentence goes on.
_AFTER: Final = re.compile(
    r"[、,]? ?(?:(?:に|へ|まで|で)?(?:住所|お?届|変更|変え|送|配送|発送|修正|訂正"
    r"|直し|引っ?越|移|切り?替"
    r"|転送|転居|お願い|願い|して|なり)|(?:なの)?です|でし[たょ]|だ(?:けど|から|よ"
    r"|と)|を(?:新|登録|お?届|指定)"
    r"|が(?:新|正|今)|宛|への?|から|と(?:言|い|申|なり)|に(?= |$)|(?:に|が)?住んで"
    r"|在住|電話|tel|携帯)"
    rf"|[。;!?{TAKEN}]|、(?!\d)",
    re.IGNORECASE,
)
_NUMBER: Final = r"(?:\d{1,5}|[一二三四五六七八九十]{1,3}(?=丁目|番|号|条|線))"
#: Up to the house: ``神南1-2-3``, ``神南一丁目2番3号``.
_LINE: Final = re.compile(
    rf"(?P<line1>[^\d]{{0,16}}?{_NUMBER}"
    rf"(?:(?:丁目|番地の?|番町?|号(?!室)|条|線|[-の東西南北~]){{1,2}}(?:{_NUMBER}(?!階"
    rf"|F|号室))?)*)(?P<line2>.*)"
)
_LONGEST: Final = 90


def address_in(sheet: Sheet, *, is_asked: bool) -> AddressHeard | None:
    """The first address with a house number; a prefecture and a city do where it was asked."""
    for head in _HEADS:
        for match in head.finditer(sheet.left):
            heard = _heard(sheet, match, is_asked=is_asked)
            if heard:
                return heard
    return None


def _heard(sheet: Sheet, match: re.Match[str], *, is_asked: bool) -> AddressHeard | None:
    city = match["city"] or ""
    rest = sheet.left[match.end() : match.end() + _LONGEST]
    after = _AFTER.search(rest)
    rest = rest[: after.start()] if after else rest
    line = _LINE.match(rest.strip(" 、,"))
    is_partial = is_asked and bool(city) and bool(match["region"] or match["postal"])
    if line is None and not is_partial:
        return None
    start = match.start() if match["region"] or match["postal"] else match.start("city")
    typed = sheet.take(What.ADDRESS, (start, match.end() + len(rest.rstrip(" 、,"))))
    return AddressHeard(
        postal=postal_key(match["postal"] or ""),
        region=match["region"] or "",
        city=city,
        line1=line["line1"].strip() if line else rest.strip(" 、,"),
        line2=line["line2"].strip(" 、,") if line else "",
        country="JP",
        as_typed=typed.strip(),
    )
