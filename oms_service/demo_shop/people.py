"""People who buy in the demo shop, all invented: names with kana, addresses in real places."""

import random
from dataclasses import dataclass
from typing import Any, Final

from oms_service.kernel.languages import Language

_FAMILIES: Final = tuple(
    tuple(entry.split("/"))
    for entry in [
        "佐藤/サトウ/sato",
        "鈴木/スズキ/suzuki",
        "高橋/タカハシ/takahashi",
        "田中/タナカ/tanaka",
        "伊藤/イトウ/ito",
        "渡辺/ワタナベ/watanabe",
        "山本/ヤマモト/yamamoto",
        "中村/ナカムラ/nakamura",
        "小林/コバヤシ/kobayashi",
        "加藤/カトウ/kato",
        "吉田/ヨシダ/yoshida",
        "山田/ヤマダ/yamada",
        "佐々木/ササキ/sasaki",
        "山口/ヤマグチ/yamaguchi",
        "松本/マツモト/matsumoto",
        "井上/イノウエ/inoue",
        "木村/キムラ/kimura",
        "林/ハヤシ/hayashi",
        "斎藤/サイトウ/saito",
        "清水/シミズ/shimizu",
        "山崎/ヤマザキ/yamazaki",
        "森/モリ/mori",
        "池田/イケダ/ikeda",
        "橋本/ハシモト/hashimoto",
        "阿部/アベ/abe",
        "石川/イシカワ/ishikawa",
        "山下/ヤマシタ/yamashita",
        "中島/ナカジマ/nakajima",
        "石井/イシイ/ishii",
        "小川/オガワ/ogawa",
        "前田/マエダ/maeda",
        "岡田/オカダ/okada",
        "長谷川/ハセガワ/hasegawa",
        "藤田/フジタ/fujita",
        "後藤/ゴトウ/goto",
        "近藤/コンドウ/kondo",
        "村上/ムラカミ/murakami",
        "遠藤/エンドウ/endo",
        "青木/アオキ/aoki",
        "坂本/サカモト/sakamoto",
    ]
)
_GIVEN: Final = tuple(
    tuple(entry.split("/"))
    for entry in [
        "美咲/ミサキ/misaki",
        "陽菜/ヒナ/hina",
        "結衣/ユイ/yui",
        "葵/アオイ/aoi",
        "さくら/サクラ/sakura",
        "真由美/マユミ/mayumi",
        "恵子/ケイコ/keiko",
        "智子/トモコ/tomoko",
        "由美子/ユミコ/yumiko",
        "愛/アイ/ai",
        "彩/アヤ/aya",
        "舞/マイ/mai",
        "千尋/チヒロ/chihiro",
        "香織/カオリ/kaori",
        "遥/ハルカ/haruka",
        "翔太/ショウタ/shota",
        "健太/ケンタ/kenta",
        "大輔/ダイスケ/daisuke",
        "拓也/タクヤ/takuya",
        "直樹/ナオキ/naoki",
        "蓮/レン/ren",
        "悠真/ユウマ/yuma",
        "浩/ヒロシ/hiroshi",
        "誠/マコト/makoto",
        "隆/タカシ/takashi",
        "修/オサム/osamu",
        "裕子/ユウコ/yuko",
        "洋平/ヨウヘイ/yohei",
        "亮/リョウ/ryo",
        "和也/カズヤ/kazuya",
    ]
)
_ENGLISH_FAMILIES: Final = [
    "Wilson",
    "Brown",
    "Taylor",
    "Evans",
    "Walker",
    "Hughes",
    "Martin",
    "Cooper",
    "Bennett",
    "Murphy",
    "Chen",
    "Singh",
    "Garcia",
    "Kim",
]
_ENGLISH_GIVEN: Final = [
    "Emma",
    "Oliver",
    "Grace",
    "Daniel",
    "Sophie",
    "James",
    "Chloe",
    "Henry",
    "Lucy",
    "Thomas",
    "Maya",
    "Arjun",
    "Elena",
    "David",
]

#: Prefecture, city, town, postal code, how often.
PLACES: Final = (
    ("東京都", "新宿区", "西新宿", "160-0023", 9),
    ("東京都", "世田谷区", "三軒茶屋", "154-0024", 9),
    ("東京都", "杉並区", "高円寺南", "166-0003", 7),
    ("東京都", "江東区", "豊洲", "135-0061", 6),
    ("東京都", "武蔵野市", "吉祥寺本町", "180-0004", 5),
    ("東京都", "港区", "南麻布", "106-0047", 4),
    ("神奈川県", "横浜市青葉区", "美しが丘", "225-0002", 7),
    ("神奈川県", "川崎市中原区", "小杉町", "211-0063", 5),
    ("神奈川県", "藤沢市", "鵠沼海岸", "251-0037", 3),
    ("埼玉県", "さいたま市浦和区", "高砂", "330-0063", 5),
    ("埼玉県", "川越市", "脇田本町", "350-1123", 2),
    ("千葉県", "船橋市", "本町", "273-0005", 4),
    ("千葉県", "浦安市", "入船", "279-0012", 2),
    ("茨城県", "つくば市", "吾妻", "305-0031", 2),
    ("栃木県", "宇都宮市", "馬場通り", "320-0026", 1),
    ("群馬県", "高崎市", "八島町", "370-0849", 1),
    ("北海道", "札幌市中央区", "大通西", "060-0042", 4),
    ("北海道", "旭川市", "宮下通", "070-0030", 1),
    ("北海道", "函館市", "本町", "040-0011", 1),
    ("宮城県", "仙台市青葉区", "一番町", "980-0811", 3),
    ("青森県", "青森市", "新町", "030-0801", 1),
    ("秋田県", "秋田市", "中通", "010-0001", 1),
    ("新潟県", "新潟市中央区", "東大通", "950-0087", 2),
    ("石川県", "金沢市", "香林坊", "920-0961", 2),
    ("長野県", "松本市", "中央", "390-0811", 2),
    ("静岡県", "静岡市葵区", "呉服町", "420-0031", 2),
    ("愛知県", "名古屋市千種区", "覚王山通", "464-0841", 5),
    ("愛知県", "豊田市", "若宮町", "471-0026", 2),
    ("三重県", "津市", "羽所町", "514-0009", 1),
    ("京都府", "京都市左京区", "下鴨宮崎町", "606-0802", 4),
    ("大阪府", "大阪市北区", "天神橋", "530-0041", 6),
    ("大阪府", "豊中市", "本町", "560-0021", 3),
    ("大阪府", "吹田市", "千里山西", "565-0851", 3),
    ("兵庫県", "神戸市中央区", "三宮町", "650-0021", 4),
    ("兵庫県", "西宮市", "甲子園口", "663-8113", 3),
    ("奈良県", "奈良市", "学園北", "631-0036", 2),
    ("岡山県", "岡山市北区", "表町", "700-0822", 2),
    ("広島県", "広島市中区", "本通", "730-0035", 3),
    ("香川県", "高松市", "丸亀町", "760-0029", 1),
    ("愛媛県", "松山市", "大街道", "790-0004", 1),
    ("福岡県", "福岡市中央区", "天神", "810-0001", 5),
    ("福岡県", "北九州市小倉北区", "魚町", "802-0006", 2),
    ("長崎県", "長崎市", "浜町", "850-0853", 1),
    ("熊本県", "熊本市中央区", "手取本町", "860-0808", 1),
    ("鹿児島県", "鹿児島市", "東千石町", "892-0842", 1),
    ("沖縄県", "那覇市", "おもろまち", "900-0006", 2),
)
_HOUSES: Final = ("メゾン青葉", "コーポひまわり", "グランド桜", "サンハイツ", "ヴィラ緑")
_MAIL_HOSTS: Final = ("example.jp", "example.com")


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who buys; ``place`` is an index into ``PLACES``."""

    family: str
    given: str
    family_kana: str
    given_kana: str
    mail: str
    phone: str
    language: Language
    place: int
    line1: str
    line2: str

    @property
    def recipient(self) -> str:
        if self.language is Language.ENGLISH:
            return f"{self.given} {self.family}"
        return f"{self.family} {self.given}"

    @property
    def address(self) -> dict[str, Any]:
        """As orders keep it."""
        region, city, _, postal_code, _ = PLACES[self.place]
        return {
            "recipient": self.recipient,
            "country": "JP",
            "postal_code": postal_code,
            "region": region,
            "city": city,
            "line1": self.line1,
            "line2": self.line2,
            "phone": self.phone,
        }


def invent(chance: random.Random, number: int) -> Person:
    """Person ``number``: nobody else has the same mail address or phone."""
    place = chance.choices(range(len(PLACES)), [weight for *_, weight in PLACES])[0]
    line1 = (
        f"{PLACES[place][2]}{chance.randint(1, 9)}-{chance.randint(1, 28)}-{chance.randint(1, 19)}"
    )
    line2 = f"{chance.choice(_HOUSES)} {chance.randint(1, 9)}0{chance.randint(1, 6)}"
    line2 = line2 if chance.random() < 0.6 else ""  # noqa: PLR2004 - share of flats
    if chance.random() < 0.08:  # noqa: PLR2004 - share of people who write English
        family, given = chance.choice(_ENGLISH_FAMILIES), chance.choice(_ENGLISH_GIVEN)
        kana, romaji, language = ("", ""), (family.lower(), given.lower()), Language.ENGLISH
    else:
        family, family_kana, family_romaji = chance.choice(_FAMILIES)
        given, given_kana, given_romaji = chance.choice(_GIVEN)
        kana, romaji, language = (
            (family_kana, given_kana),
            (family_romaji, given_romaji),
            Language.JAPANESE,
        )
    return Person(
        family=family,
        given=given,
        family_kana=kana[0],
        given_kana=kana[1],
        mail=f"{romaji[1]}.{romaji[0]}{number}@{chance.choice(_MAIL_HOSTS)}",
        phone=phone(number),
        language=language,
        place=place,
        line1=line1,
        line2=line2,
    )


def phone(number: int) -> str:
    """A mobile number nobody has: none is given out with a 0 after the prefix."""
    return f"090-0{number // 10_000 % 1000:03}-{number % 10_000:04}"
