"""Names of people, and words that are none."""

import pytest

from bots.understanding.heard import Kind
from tests.unit.bots.understanding.slots.hearing import heard

ENGLISH = [
    ("my name is Yusuf Rossi", "Yusuf", "Rossi"),
    ("My name's Yusuf Rossi.", "Yusuf", "Rossi"),
    ("my name is yusuf rossi and my zip code is 19122", "Yusuf", "Rossi"),
    ("name: Mei Davis", "Mei", "Davis"),
    ("Name is Ethan Garcia, I live in Denver, 80280", "Ethan", "Garcia"),
    ("Yusuf Rossi in 19122", "Yusuf", "Rossi"),
    ("Yusuf Rossi, 19122", "Yusuf", "Rossi"),
    ("yusuf rossi 19122", "Yusuf", "Rossi"),
    ("I am Mei Davis in zipcode 80217.", "Mei", "Davis"),
    ("I'm Fatima Johnson", "Fatima", "Johnson"),
    ("Hi, this is Fatima Johnson, zip 78712", "Fatima", "Johnson"),
    ("Hello, I'm Sofia Hernandez and I live in Seattle, WA, 98193", "Sofia", "Hernandez"),
    ("it's Isabella Johansson", "Isabella", "Johansson"),
    ("Olivia Lopez here", "Olivia", "Lopez"),
    ("Olivia Lopez speaking", "Olivia", "Lopez"),
    ("the order is under the name of Chen Smith", "Chen", "Smith"),
    ("It is under Lucas Brown", "Lucas", "Brown"),
    ("my full name is Maria de la Cruz", "Maria", "Cruz"),
    ("my name is Sean O'Brien", "Sean", "O'Brien"),
    ("My name is Zoë Müller", "Zoë", "Müller"),
    ("Anne-Marie Dupont, 10001", "Anne-Marie", "Dupont"),
    ("i'm mei davis, zip 80217", "Mei", "Davis"),
    ("you can call me Noah Patel", "Noah", "Patel"),
    ("my name is Raj", "Raj", ""),
    ("Where is my order? Thanks, Amelia Silva", "Amelia", "Silva"),
    ("I am called Aarav Anderson", "Aarav", "Anderson"),
    ("MY NAME IS YARA ITO", "Yara", "Ito"),
]
JAPANESE = [
    ("山田花子です", "花子", "山田"),
    ("山田 花子です", "花子", "山田"),
    ("名前は山田です", "", "山田"),
    ("山田と申します", "", "山田"),
    ("佐藤と申します、注文番号A-10423の件で", "", "佐藤"),
    ("私は田中太郎と申します", "太郎", "田中"),
    ("お世話になります。鈴木一郎です。", "一郎", "鈴木"),
    ("氏名:高橋 美咲", "美咲", "高橋"),
    ("氏名は渡辺直美です", "直美", "渡辺"),
    ("名前は佐々木健です", "健", "佐々木"),
    ("長谷川さくらです", "さくら", "長谷川"),
    ("東野です", "", "東野"),
    ("田中です", "", "田中"),
    ("田中です。160-0022です。", "", "田中"),
    ("名義は小林です", "", "小林"),
    ("ヤマダ ハナコと申します", "ハナコ", "ヤマダ"),
    ("名前はやまだはなこです", "", "やまだはなこ"),
    ("木村といいます", "", "木村"),
    ("中村って言います", "", "中村"),
    ("山本の名前で注文しました", "", "山本"),
    ("ユスフ・ロッシです", "ユスフ", "ロッシ"),
    ("Yusuf Rossiです", "Yusuf", "Rossi"),
    ("Yusuf Rossiと申します", "Yusuf", "Rossi"),
    ("すみません、五十嵐ですが", "", "五十嵐"),
    ("注文者:石川翔太", "翔太", "石川"),
    ("森と申します", "", "森"),
    ("名前は「井上誠」です", "誠", "井上"),
]
NOBODY = [
    "I'm looking for my order",
    "I am not happy",
    "I'm so angry",
    "This is ridiculous",
    "This is Not Acceptable",
    "it's late",
    "my name is not important",
    "I'm waiting for A-10423",
    "I live in New York",
    "Hello Team",
    "Good Morning",
    "Thank you very much",
    "the Desk Lamp is broken",
    "Desk Lamp",
    "return the T-Shirt",
    "Where is my order",
    "yes please",
    "by mistake",
    "for my daughter",
    "I'm in Denver",
    "大丈夫です",
    "赤です",
    "青のLです",
    "お願いします",
    "注文番号です",
    "全部です",
    "返品です",
    "明日の午前中です",
    "25日です",
    "まだです",
    "未着です",
    "土日です",
    "一番上です",
    "その他です",
    "理由は破損です",
    "会社の住所です",
    "必要ないです",
    "担当者と話したいです",
    "サイズが合わないです",
    "コットンTシャツです",
    "東京です",
    "銀行振込です",
    "代引きです",
    "林檎ジュースです",
    "森のくまのぬいぐるみです",
    "宛名が旧姓のままです",
    "建物の名前が変わったので直して",
    "配達員さんは渡したと言いますが",
    "振込名義は何になりますか",
    "宛名は私なのに別の人の注文",
    "driver came at noon",
    "my name is spelled wrong in my account",
    "expenses due tonight",
    "can't be home between 2 and 4",
]
ASKED = [
    ("Yusuf Rossi", "Yusuf", "Rossi"),
    ("yusuf rossi", "Yusuf", "Rossi"),
    ("山田花子", "花子", "山田"),
    ("山田 花子", "花子", "山田"),
    ("山田", "", "山田"),
    ("ヤマダハナコ、160-0022", "", "ヤマダハナコ"),
]


@pytest.mark.parametrize(("text", "given", "family"), ENGLISH + JAPANESE)
def test_people_say_who_they_are(text: str, given: str, family: str) -> None:
    name = heard(text).name
    assert name is not None
    assert (name.given, name.family) == (given, family)


@pytest.mark.parametrize("text", NOBODY)
def test_other_words_are_no_names(text: str) -> None:
    assert heard(text).name is None


@pytest.mark.parametrize(("text", "given", "family"), ASKED)
def test_a_name_may_stand_alone_where_somebody_proves_who_they_are(
    text: str, given: str, family: str
) -> None:
    name = heard(text, Kind.PROOF).name
    assert name is not None
    assert (name.given, name.family) == (given, family)


def test_the_name_is_kept_as_it_was_typed() -> None:
    name = heard("my name is yusuf rossi and I wait").name
    assert name is not None
    assert (name.as_typed, name.parts) == ("yusuf rossi", ("Yusuf", "Rossi"))
