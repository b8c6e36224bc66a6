"""What is heard in single messages."""

import pytest

from bots.understanding.hear import hear, press
from bots.understanding.heard import Act, Expecting, Intent, Kind, Option
from oms_service.kernel.languages import Language

JA, EN = Language.JAPANESE, Language.ENGLISH


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("#W2611340", "W2611340"),
        ("＃Ｗ２６１ １３４０", "W2611340"),
        ("w2611340", "W2611340"),
        ("W-261-1340 です", "W2611340"),
        ("my order # W 2611340 please", "W2611340"),
        ("ORD-55012", "ORD55012"),
        ("ord55012の件", "ORD55012"),
        ("ＯＲＤ－５５０１２", "ORD55012"),
        ("A-10423", "A10423"),
        ("a10423", "A10423"),
        ("注文番号は a-10423 です", "A10423"),
        ("注文番号10045871、今どんな状態でしょうか", "10045871"),
        ("status of 10045871", "10045871"),
        ("#44321", "44321"),
    ],
)
def test_order_numbers_are_found_however_they_are_typed(text: str, key: str) -> None:
    assert hear(text, language_hint=JA).order_keys == (key,)


@pytest.mark.parametrize(
    "text",
    [
        "I need size 42 by 2026",
        "call me on 090-1234-5678",
        "a.10423@example.jp",
        "2個返品",
        "〒160-0022",
    ],
)
def test_other_numbers_are_no_order_numbers(text: str) -> None:
    keys = hear(text, language_hint=EN).order_keys
    assert keys in {(), ("2026",)}


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("Hanako@Example.JP です", "mail", "hanako@example.jp"),
        ("ｈａｎａｋｏ＠ｅｘａｍｐｌｅ．ｊｐ", "mail", "hanako@example.jp"),
        ("電話は０９０－１２３４－５６７８", "phone", "09012345678"),
        ("(03) 1234-5678", "phone", "0312345678"),
        ("+81 90 1234 5678", "phone", "+819012345678"),
        ("call +1 212 555 0100", "phone", "+12125550100"),
        ("09012345678", "phone", "09012345678"),
        ("〒160-0022 新宿区", "postal", "1600022"),
        ("1600022", "postal", "1600022"),
        ("my zip is 10083", "postal", "10083"),
        ("コードは２４６８１０です", "code", "246810"),
    ],
)
def test_proofs_are_found_in_their_shapes(text: str, name: str, value: str) -> None:
    heard = hear(text, language_hint=JA, expecting=Expecting(Kind.PROOF))
    assert getattr(heard, name) == value


@pytest.mark.parametrize(
    ("text", "hint", "language", "is_clear"),
    [
        ("注文はどこですか", EN, JA, True),
        ("where is my order", JA, EN, True),
        ("W2611340", JA, JA, False),
        ("W2611340", EN, EN, False),
        ("ok", JA, JA, False),
        ("hanako@example.jp", JA, JA, False),
        ("iPhone case はまだ届かない", EN, JA, True),
        ("😀😀", EN, EN, False),
        ("", JA, JA, False),
    ],
)
def test_the_language_is_what_the_words_show(
    text: str, hint: Language, language: Language, *, is_clear: bool
) -> None:
    heard = hear(text, language_hint=hint)
    assert (heard.language, heard.is_language_clear) == (language, is_clear)


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("はい", Act.YES),
        ("はい、お願いします。", Act.YES),
        ("Yes please!", Act.YES),
        ("いいえ、結構です", Act.NO),
        ("no, that's not it", Act.NO),
        ("キャンセル", Act.LEAVE),
        ("never mind", Act.LEAVE),
        ("OK, forget about it.", Act.LEAVE),
        ("戻る", Act.BACK),
        ("もう一度お願いします", Act.REPEAT),
        ("pardon?", Act.REPEAT),
        ("ありがとうございます", Act.THANKS),
        ("こんにちは", Act.GREETING),
        ("see you", Act.GOODBYE),
        ("何ができますか", Act.HELP),
        ("わかりません", Act.DONT_KNOW),
        ("where is my order", None),
    ],
)
def test_acts_are_heard(text: str, act: Act | None) -> None:
    assert hear(text, language_hint=JA).act is act


OPTIONS = (
    Option("1", "コットンTシャツ / Cotton T-shirt / コットンTシャツ 青 M blue M"),
    Option("3", "スニーカー / Sneakers / スニーカー Sneakers 24cm"),
    Option("9", "マグカップ / Mug"),
    Option("refused:2", "ドリップコーヒー / Drip coffee", is_only_named=True),
)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1つ目", ("1",)),
        ("２番目", ("3",)),
        ("the second", ("3",)),
        ("1と3", ("1", "9")),
        ("1, 2", ("1", "3")),
        ("最後", ("9",)),
        ("the last one", ("9",)),
        ("全部", ("1", "3", "9")),
        ("everything please", ("1", "3", "9")),
        ("スニーカー", ("3",)),
        ("the sneakers", ("3",)),
        ("すにーかーとマグカップ", ("3", "9")),
        ("スニーカーと1つ目", ("1", "3")),
        ("ドリップコーヒーを返したい", ("refused:2",)),
        ("ほげ", ()),
        ("7つ目", ()),
    ],
)
def test_choices_by_position_number_and_name(text: str, values: tuple[str, ...]) -> None:
    heard = hear(text, language_hint=JA, expecting=Expecting(Kind.SEVERAL, OPTIONS))
    assert sorted(heard.choices) == sorted(values)


def test_things_of_one_name_are_told_apart_by_their_options() -> None:
    shirts = (
        Option("1", "Tシャツ / T-shirt / Tシャツ T-shirt 青 M blue"),
        Option("2", "Tシャツ / T-shirt / Tシャツ T-shirt 赤 M red"),
    )
    expecting = Expecting(Kind.SEVERAL, shirts)
    assert hear("赤いTシャツ", language_hint=JA, expecting=expecting).choices == ("2",)
    assert hear("the blue T-shirt", language_hint=EN, expecting=expecting).choices == ("1",)
    assert hear("Tシャツ", language_hint=JA, expecting=expecting).choices == ("1", "2")


@pytest.mark.parametrize(
    ("text", "kind", "quantity"),
    [
        ("２個", None, 2),
        ("三つ", None, 3),
        ("2 of them", None, 2),
        ("three", Kind.QUANTITY, 3),
        ("3", Kind.QUANTITY, 3),
        ("3", Kind.ORDER, None),
        ("2つ目", None, None),
    ],
)
def test_quantities(text: str, kind: Kind | None, quantity: int | None) -> None:
    expecting = Expecting(kind) if kind else None
    assert hear(text, language_hint=JA, expecting=expecting).quantity == quantity


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("英語でお願いします", EN), ("English please", EN), ("in Japanese", JA), ("日本語で", JA)],
)
def test_a_wish_for_a_language(text: str, wanted: Language) -> None:
    heard = hear(text, language_hint=JA)
    assert (heard.intent, heard.wanted_language) == (Intent.CHANGE_LANGUAGE, wanted)


def test_a_mail_address_says_nothing_but_itself() -> None:
    assert hear("someone.human@agent.example", language_hint=EN).intent is None


def test_slips_of_the_finger_are_read() -> None:
    assert hear("plz cancl my ordr", language_hint=EN).intent is Intent.CANCEL_ORDER


def test_a_pressed_button_is_only_itself() -> None:
    heard = press("line:3", language=JA)
    assert (heard.pressed, heard.text, heard.intent, heard.order_keys) == ("line:3", "", None, ())


@pytest.mark.parametrize(
    ("text", "is_yes"),
    [
        ("はい、いや、どうしよう", False),
        ("はい、やめます", False),
        ("はい、キャンセルします", True),
        ("yes, stop", False),
        ("yes, no", False),
        ("yes, cancel it", True),
        ("yes please, go ahead", True),
    ],
)
def test_a_yes_that_is_taken_back_in_the_same_breath_is_none(text: str, is_yes: bool) -> None:
    heard = hear(text, language_hint=JA, expecting=Expecting(Kind.CONFIRM))
    assert (heard.act is Act.YES and heard.is_act_all) is is_yes


@pytest.mark.parametrize(
    "text",
    [
        "はいたつ時間の変更お願いします",
        "はいそうが遅すぎませんか",
        "はいそう業者はどこですか",
        "はいいろのシャツはありますか",
        "はいけいは選べますか",
    ],
)
def test_words_that_only_begin_like_a_yes_are_none(text: str) -> None:
    assert hear(text, language_hint=JA).act is not Act.YES


@pytest.mark.parametrize(
    "text", ["yesterday", "okra", "nothing", "normal", "yes-man hat", "surely"]
)
def test_longer_words_are_no_slips_of_a_yes_or_no(text: str) -> None:
    asked = Expecting(Kind.CONFIRM)
    assert hear(text, language_hint=EN, expecting=asked).act not in {Act.YES, Act.NO}


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("はい", Act.YES),
        ("はいはい", Act.YES),
        ("はいそうです", Act.YES),
        ("はいお願いします", Act.YES),
        ("はい大丈夫です", Act.YES),
        ("はい、キャンセルで", Act.YES),
        ("yess", Act.YES),
        ("yeah sure", Act.YES),
        ("yeahh", Act.YES),
        ("yep!", Act.YES),
        ("noppe", Act.NO),
        ("nope", Act.NO),
        ("actually never mind", Act.LEAVE),
        ("やっぱりやめておきます", Act.LEAVE),
    ],
)
def test_short_answers_are_heard_with_slips_too(text: str, act: Act) -> None:
    heard = hear(text, language_hint=EN, expecting=Expecting(Kind.CONFIRM))
    assert (heard.act, heard.is_act_all) == (act, True)


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        ("no, three", Kind.QUANTITY, 3),
        ("make it all three", Kind.QUANTITY, 3),
        ("no, three", Kind.CONFIRM, 3),
        ("sorry, make it 2 instead", Kind.CONFIRM, 2),
        ("いえ、3です", Kind.CONFIRM, 3),
        ("no, the red one", Kind.CONFIRM, None),
        ("yes", Kind.CONFIRM, None),
        ("no, three", Kind.TEXT, None),
    ],
)
def test_a_number_alone_is_how_many_where_it_could_be_corrected(
    text: str, kind: Kind, number: int | None
) -> None:
    assert hear(text, language_hint=EN, expecting=Expecting(kind)).quantity == number


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("もっと安い店があった", "no_longer_needed"),
        ("好みに合わない", "changed_mind"),
        ("思っていたのと違う", "changed_mind"),
        ("サイズが合わない", "wrong_size"),
        ("there was a cheaper one elsewhere", "no_longer_needed"),
        ("not my taste", "changed_mind"),
        ("not what I imagined", "changed_mind"),
        ("it doesn't suit me", "changed_mind"),
        ("it was a misteak", "ordered_by_mistake"),
        ("it came brokken", "damaged"),
    ],
)
def test_reasons_are_heard_in_many_words(text: str, reason: str) -> None:
    asked = Expecting(Kind.REASON)
    assert reason in hear(text, language_hint=EN, expecting=asked).reasons
