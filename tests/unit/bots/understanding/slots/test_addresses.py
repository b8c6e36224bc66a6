"""Addresses, whole and in part."""

import pytest

from bots.understanding.heard import Kind
from tests.unit.bots.understanding.slots.hearing import heard

#: postal, region, city, line1, line2, country
JAPANESE = [
    ("東京都渋谷区神南1-2-3", ("", "東京都", "渋谷区", "神南1-2-3", "", "JP")),
    (
        "東京都渋谷区神南1-2-3 渋谷ビル301に変更してください",
        ("", "東京都", "渋谷区", "神南1-2-3", "渋谷ビル301", "JP"),
    ),
    (
        "〒160-0022 東京都新宿区新宿3丁目1番5号 サンハイツ201です",
        ("1600022", "東京都", "新宿区", "新宿3丁目1番5号", "サンハイツ201", "JP"),
    ),
    (
        "〒１６０－００２２　東京都新宿区新宿３－１－５",
        ("1600022", "東京都", "新宿区", "新宿3-1-5", "", "JP"),
    ),
    (
        "住所を大阪府大阪市北区梅田2-4-9に変えたい",
        ("", "大阪府", "大阪市北区", "梅田2-4-9", "", "JP"),
    ),
    ("横浜市西区みなとみらい2-2-1です", ("", "", "横浜市西区", "みなとみらい2-2-1", "", "JP")),
    ("届け先は三重県四日市市諏訪町1-5", ("", "三重県", "四日市市", "諏訪町1-5", "", "JP")),
    ("1600022 新宿区新宿1-1", ("1600022", "", "新宿区", "新宿1-1", "", "JP")),
    (
        "北海道札幌市中央区北一条西2丁目",
        ("", "北海道", "札幌市中央区", "北一条西2丁目", "", "JP"),
    ),
    (
        "京都府京都市中京区河原町10番地に送って",
        ("", "京都府", "京都市中京区", "河原町10番地", "", "JP"),
    ),
    ("新しい住所は千葉県市川市八幡1-1-1です", ("", "千葉県", "市川市", "八幡1-1-1", "", "JP")),
    (
        "埼玉県さいたま市大宮区桜木町1-7-5",
        ("", "埼玉県", "さいたま市大宮区", "桜木町1-7-5", "", "JP"),
    ),
    ("さいたま市浦和区高砂3-15-1", ("", "", "さいたま市浦和区", "高砂3-15-1", "", "JP")),
    ("つくば市吾妻1丁目", ("", "", "つくば市", "吾妻1丁目", "", "JP")),
    (
        "長野県北佐久郡軽井沢町長倉2381-1",
        ("", "長野県", "北佐久郡軽井沢町", "長倉2381-1", "", "JP"),
    ),
    ("沖縄県那覇市泉崎1-2-2 501号室", ("", "沖縄県", "那覇市", "泉崎1-2-2", "501号室", "JP")),
    (
        "福岡県福岡市博多区博多駅前2丁目1-1へ届けて",
        ("", "福岡県", "福岡市博多区", "博多駅前2丁目1-1", "", "JP"),
    ),
    ("配送先を港区六本木6-10-1に変更", ("", "", "港区", "六本木6-10-1", "", "JP")),
    (
        "送り先:愛知県名古屋市中村区名駅一丁目1番4号",
        ("", "愛知県", "名古屋市中村区", "名駅一丁目1番4号", "", "JP"),
    ),
    ("広島市中区基町6-78にお願いします", ("", "", "広島市中区", "基町6-78", "", "JP")),
    ("千代田区丸の内1-9-1", ("", "", "千代田区", "丸の内1-9-1", "", "JP")),
    (
        "150-0041 東京都渋谷区神南1-19-11、パークウェースクエア2階",
        ("1500041", "東京都", "渋谷区", "神南1-19-11", "", "JP"),
    ),
    (
        "引っ越したので、仙台市青葉区国分町3-7-1に送ってください",
        ("", "", "仙台市青葉区", "国分町3-7-1", "", "JP"),
    ),
    ("郡山市朝日1-23-7", ("", "", "郡山市", "朝日1-23-7", "", "JP")),
    (
        "東京都町田市森野2-2-22から送り先を変えたい",
        ("", "東京都", "町田市", "森野2-2-22", "", "JP"),
    ),
    (
        "兵庫県神戸市中央区加納町6-5-1 神戸マンション 1203",
        ("", "兵庫県", "神戸市中央区", "加納町6-5-1", "神戸マンション 1203", "JP"),
    ),
]
ENGLISH = [
    (
        "123 Main St, Suite 4, Springfield IL 62704",
        ("62704", "IL", "Springfield", "123 Main St", "Suite 4", "US"),
    ),
    ("101 Highway, New York, 10001", ("10001", "NY", "New York", "101 Highway", "", "US")),
    (
        "445 Maple Drive, Suite 394, Fort Worth, Texas, 76165",
        ("76165", "TX", "Fort Worth", "445 Maple Drive", "Suite 394", "US"),
    ),
    (
        "986 Sunset Drive Suite 259 Denver CO 80279 USA",
        ("80279", "CO", "Denver", "986 Sunset Drive", "Suite 259", "US"),
    ),
    (
        "12 oak avenue apt 3 boston ma 02110",
        ("02110", "MA", "boston", "12 oak avenue", "apt 3", "US"),
    ),
    (
        "Flat 2, 10 Baker Street, London NW1 6XE please",
        ("NW16XE", "", "London", "10 Baker Street", "Flat 2", "GB"),
    ),
    ("221B Baker Street, London", ("", "", "London", "221B Baker Street", "", "")),
    (
        "1-2-3 Jinnan, Shibuya-ku, Tokyo 150-0041",
        ("1500041", "Tokyo", "Shibuya-ku", "1-2-3 Jinnan", "", "JP"),
    ),
    ("please send it to 5 Elm Rd. thanks", ("", "", "", "5 Elm Rd", "", "")),
    (
        "change my address to 123 Oak Street, Springfield, IL 62704 and tell me when it comes",
        ("62704", "IL", "Springfield", "123 Oak Street", "", "US"),
    ),
    (
        "ship to 77 Massachusetts Avenue, Cambridge, MA 02139-4307",
        ("021394307", "MA", "Cambridge", "77 Massachusetts Avenue", "", "US"),
    ),
    (
        "PO Box 1234, Austin, TX 78701",
        ("78701", "TX", "Austin", "PO Box 1234", "", "US"),
    ),
    (
        "111 Wellington St, Ottawa ON K1A 0A9",
        ("K1A0A9", "ON", "Ottawa", "111 Wellington St", "", "CA"),
    ),
    (
        "my new address is 4 Privet Drive, Little Whinging, Surrey, UK",
        ("", "Surrey", "Little Whinging", "4 Privet Drive", "", "GB"),
    ),
    (
        "1600 Pennsylvania Ave NW, Washington, DC 20500",
        ("20500", "DC", "Washington", "1600 Pennsylvania Ave NW", "", "US"),
    ),
    (
        "350 5th Avenue, Floor 21, New York, NY 10118",
        ("10118", "NY", "New York", "350 5th Avenue", "Floor 21", "US"),
    ),
    (
        "deliver to 42 Wallaby Way, Apt 7B, Denver, Colorado",
        ("", "CO", "Denver", "42 Wallaby Way", "Apt 7B", "US"),
    ),
    (
        "it should go to 9 Hill Road #1204, Austin TX 78701 instead",
        ("78701", "TX", "Austin", "9 Hill Road", "#1204", "US"),
    ),
    (
        "10 Downing Street, London SW1A 2AA, United Kingdom",
        ("SW1A2AA", "", "London", "10 Downing Street", "", "GB"),
    ),
    (
        "123 Main Street, Seattle, WA",
        ("", "WA", "Seattle", "123 Main Street", "", "US"),
    ),
    (
        "I moved to 8 Rosewood Lane, Unit 12, Portland, Oregon 97201.",
        ("97201", "OR", "Portland", "8 Rosewood Lane", "Unit 12", "US"),
    ),
    (
        "15 St James's Square, London SW1Y 4LE",
        ("SW1Y4LE", "", "London", "15 St James's Square", "", "GB"),
    ),
    ("200 Broadway, New York", ("", "NY", "New York", "200 Broadway", "", "US")),
    ("3 Church Close, Leeds LS1 4AP", ("LS14AP", "", "Leeds", "3 Church Close", "", "GB")),
    (
        "500 W Madison St, Chicago, Illinois 60661",
        ("60661", "IL", "Chicago", "500 W Madison St", "", "US"),
    ),
    ("6 elm court, san jose, ca 95112", ("95112", "CA", "san jose", "6 elm court", "", "US")),
]
NOWHERE = [
    "where is my order",
    "I want 2 shirts that fit my way",
    "one way or another",
    "2 items in my place",
    "it came 3 days ago by the way",
    "I have 2 of the green ones",
    "there is no way I pay 10 dollars for the hill",
    "change my address",
    "A-10423",
    "12/3 in the evening",
    "the 3 piece place mat",
    "call 090-1234-5678",
    "Yusuf Rossi in 19122",
    "送り先の住所を変更したい",
    "住所を間違えました",
    "2つ目の商品",
    "12月3日",
    "市外局番は03です",
    "注文番号A-10423",
    "東京に引っ越しました",
    "3個の区別がつかない",
    "町内に1回届きました",
    "W6671029の数量を1から3に",
    "W5591002、マグカップ2個にお願いします",
    "W6610932、予定日は10日だったのに",
]
ASKED = [
    ("東京都渋谷区", ("", "東京都", "渋谷区", "", "", "JP")),
    ("〒160-0022 新宿区", ("1600022", "", "新宿区", "", "", "JP")),
    ("Springfield, IL 62704", ("62704", "IL", "Springfield", "", "", "US")),
    ("New York, NY 10001", ("10001", "NY", "New York", "", "", "US")),
]
Parts = tuple[str, str, str, str, str, str]


def _parts(text: str, kind: Kind | None = None) -> Parts | None:
    one = heard(text, kind).address
    if one is None:
        return None
    return one.postal, one.region, one.city, one.line1, one.line2, one.country


@pytest.mark.parametrize(("text", "parts"), JAPANESE + ENGLISH)
def test_an_address_in_its_parts(text: str, parts: Parts) -> None:
    assert _parts(text) == parts


@pytest.mark.parametrize("text", NOWHERE)
def test_other_words_are_no_address(text: str) -> None:
    assert _parts(text) is None


@pytest.mark.parametrize(("text", "parts"), ASKED)
def test_a_part_is_enough_where_an_address_was_asked_for(text: str, parts: Parts) -> None:
    assert (_parts(text), _parts(text, Kind.ADDRESS)) == (None, parts)


def test_an_address_is_kept_as_it_was_typed() -> None:
    one = heard("please send it to 5 Elm Road, Leeds LS1 4AP, thank you").address
    assert one is not None
    assert one.as_typed == "5 Elm Road, Leeds LS1 4AP"
    other = heard("住所は東京都渋谷区神南1-2-3 渋谷ビル301です").address
    assert other is not None
    assert other.as_typed == "東京都渋谷区神南1-2-3 渋谷ビル301"
