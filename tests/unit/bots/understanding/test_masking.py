"""Words without what is personal in them."""

import pytest

from bots.understanding.masking import masked


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("where is A-10423", "where is <order>"),
        ("# W 261 1340 please", "<order> please"),
        ("my name is Yusuf Rossi and my zip is 19122", "my name is <name> and my zip is <postal>"),
        ("mail me at yusuf@example.com", "mail me at <mail>"),
        ("call 090-1234-5678 or +1 212 555 0100", "call <phone> or <phone>"),
        ("ship to 123 Main St, Suite 4, Springfield IL 62704 please", "ship to <address> please"),
        ("refund $12.50 to my visa ending in 4242", "refund <amount> to my visa <card>"),
        ("my card is 4242 4242 4242 4242", "my card is <card>"),
        ("the code is 246810", "the code is <code>"),
        ("bring it on Dec 5 after 6pm", "bring it on <date> <date>"),
        ("tracking number 1234 5678 9012", "tracking number <number>"),
        ("order number one zero four two three", "order number <order>"),
        ("two of the blue ones", "two of the blue ones"),
        ("where is my order", "where is my order"),
        ("注文番号A-10423はどこですか", "注文番号<order>はどこですか"),
        ("エーのいちまるよんにーさんです", "<order>です"),
        ("山田花子です。電話は090-1234-5678です。", "<name>です。電話は<phone>です。"),
        ("〒160-0022 東京都新宿区新宿3-1-5 サンハイツ201です", "<address>です"),
        ("ｈａｎａｋｏ＠ｅｘａｍｐｌｅ．ｊｐ", "<mail>"),
        ("1,980円を末尾4242のカードに返金", "<amount>を<card>のカードに返金"),
        ("郵便番号は160-0022", "郵便番号は<postal>"),
        ("12月3日の午前中", "<date>の<date>"),
        ("青を2つ", "青を2つ"),
        ("注文はどこですか", "注文はどこですか"),
        ("", ""),
    ],
)
def test_personal_words_and_figures_give_way_to_their_kind(text: str, left: str) -> None:
    assert masked(text) == left


def test_all_of_a_long_text_is_masked() -> None:
    text = "I am waiting for A-10423, write to yusuf@example.com. " * 30
    left = masked(text)
    assert left.count("<order>") == 30
    assert left.count("<mail>") == 30
    assert "10423" not in left


@pytest.mark.parametrize(
    "text", ["where is A-10423", "山田花子です。〒160-0022", "on Dec 5 at 6pm"]
)
def test_masked_text_stays_as_it_is(text: str) -> None:
    assert masked(masked(text)) == masked(text)
