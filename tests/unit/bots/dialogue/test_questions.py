"""Questions in the chat: answered from what skills bring, also in the midst of something else."""

import pytest

from bots.dialogue.turns import Dialogue
from oms_service.kernel.languages import Language
from tests.unit.bots.dialogue.questions import SHIRT
from tests.unit.bots.dialogue.shop import KEY, MAIL, Exchange, Shop, begun, identified, tell

EN, JA = Language.ENGLISH, Language.JAPANESE


def talk(state: Dialogue, *words: str, shop: Shop | None = None) -> Exchange:
    """Several messages; what the last one led to."""
    for one in words:
        said = tell(state, one, shop)
        state = said.state
    return said


def stock(**changes: object) -> Shop:
    return Shop(data={"find_product": changes})


def test_choices_of_a_product_are_counted_and_named() -> None:
    said = tell(begun(EN), "how many t-shirt options do you have in stock")
    assert said.skills == ["find_product"]
    assert said.message.text.splitlines() == [
        '"Cotton T-shirt" comes in 3 versions; 2 of them are in stock now.',
        "- white / L: ¥3,900",
        "- blue / M: ¥3,900 (2 left)",
        "Shops that have it: Ginza shop.",
    ]
    assert said.state.product == SHIRT["product"]
    assert not said.state.frames


def test_one_choice_is_answered_with_when_it_comes_back() -> None:
    said = tell(begun(EN), "is the blue t-shirt in size L in stock")
    assert said.keys == ["goods.gone", "goods.expected", "goods.shops"]
    assert "More are expected on Tue 1 Dec" in said.message.text


def test_the_same_in_japanese() -> None:
    said = tell(begun(), "青いTシャツのLサイズの在庫はありますか")
    assert said.message.text.splitlines() == [
        "「コットンTシャツ」(青 / L)は、ただいま在庫を切らしております。",
        "12月1日(火)に入荷する予定です。",
        "店頭に在庫のある店舗: 銀座店",
    ]


def test_it_is_what_was_spoken_of_last() -> None:
    said = talk(begun(EN), "is the blue t-shirt in stock", "is it still available in size L?")
    assert [call.arguments["product"] for call in said.calls] == [None, "tshirt"]


def test_a_product_that_is_not_named_is_asked_for_and_its_choice_remembered() -> None:
    asked = tell(begun(), "Lサイズの在庫を確認したい")
    assert asked.keys == ["goods.which"]
    said = tell(asked.state, "青いTシャツです")
    assert said.calls[0].arguments["words"] == "Lサイズの在庫を確認したい 青いTシャツです"
    assert said.keys[0] == "goods.gone"


def test_nobody_is_asked_for_a_name_for_ever() -> None:
    said = talk(begun(EN), "is it in stock", "the thing", "the other thing")
    assert said.keys[-1] == "offer.colleague"


@pytest.mark.parametrize(
    ("changes", "keys"),
    [
        ({"variants": SHIRT["variants"][:1], "shops": None}, ["goods.there", "goods.price"]),
        ({"variants": SHIRT["variants"][2:], "shops": None}, ["goods.few", "goods.price"]),
        (
            {"variants": [{**SHIRT["variants"][1], "sells_ahead": True}], "shops": None},
            ["goods.ahead", "goods.expected", "goods.price"],
        ),
        (
            {"lacking": {"ja": "赤", "en": "red"}, "shops": None},
            ["goods.lacking", "goods.many", "goods.variant", "goods.variant_few"],
        ),
        (
            {
                "place": {"name": {"ja": "銀座店", "en": "Ginza shop"}, "units": 0},
                "shops": {"ja": "横浜店", "en": "Yokohama shop"},
            },
            ["goods.not_at_place_plain", "goods.shops"],
        ),
        (
            {
                "place": {
                    "name": {"ja": "銀座店", "en": "Ginza shop"},
                    "units": 3,
                    "ready_by": "2026-11-22T14:00:00+09:00",
                }
            },
            ["goods.at_place_plain", "goods.ready_by", "goods.price"],
        ),
        (
            {"variants": SHIRT["variants"][1:2] * 2, "shops": None},
            ["goods.all_gone", "goods.expected"],
        ),
    ],
)
def test_what_is_said_follows_what_is_there(changes: dict[str, object], keys: list[str]) -> None:
    for language, words in ((EN, "is the t-shirt in stock"), (JA, "Tシャツの在庫ありますか")):
        said = tell(begun(language), words, stock(**changes))
        assert said.keys == keys
        assert "{" not in said.message.text


def test_what_a_product_is_begins_with_what_was_asked() -> None:
    said = tell(begun(EN), "how much does the t-shirt cost, tell me more about it")
    assert said.keys[:2] == ["goods.price", "goods.about"]
    own = {"code": "x", "text": {"ja": "日本製です。", "en": "Made in Japan."}}
    said = tell(begun(EN), "what material is the t-shirt made of", stock(answer=own))
    assert said.message.text == "Made in Japan."


@pytest.mark.parametrize(
    ("language", "words", "topic"),
    [
        (EN, "how much is shipping", "shipping"),
        (JA, "送料はいくらですか", "shipping"),
        (EN, "what is your return policy", "returns"),
        (JA, "返品の条件を教えてください", "returns"),
        (EN, "is there a cancellation fee", "cancelling"),
        (EN, "what payment methods do you accept", "payment"),
        (JA, "PayPayは使えますか", "payment"),
        (EN, "my promo code doesn't work", "coupons"),
        (EN, "I forgot my password", "account"),
        (JA, "パスワードを忘れました", "account"),
    ],
)
def test_what_holds_in_the_shop_is_answered_at_once(
    language: Language, words: str, topic: str
) -> None:
    said = tell(begun(language), words)
    assert said.calls[-1].arguments == {"words": words, "topic": topic, "order_key": None}
    assert said.keys == ["answer.said"]
    assert not said.state.frames


def test_a_known_order_is_told_of_before_the_general_answer() -> None:
    said = tell(identified(EN), "what is your return policy")
    assert said.keys == ["answer.of_order", "answer.line_until", "answer.said"]
    assert "until Sun 20 Dec" in said.message.text
    said = tell(identified(EN), "until when can I cancel an order")
    assert said.keys == ["answer.cannot_cancel", "answer.said"]


def test_several_answers_are_offered_and_one_is_chosen() -> None:
    choices = {
        "answers": [
            {"code": "a", "title": {"ja": "送料", "en": "Charges"}},
            {"code": "b", "title": {"ja": "日数", "en": "Days"}},
        ]
    }
    shop = Shop(outcomes={"find_answer": "several"}, data={"find_answer": choices})
    asked = tell(begun(EN), "delivery options", shop)
    assert asked.keys == ["answer.which"]
    assert [choice.label for choice in asked.message.choices][:2] == ["Charges", "Days"]
    for answer in ("!answer:b", "the second", "days"):
        said = tell(asked.state, answer)
        assert said.calls[0].arguments["code"] == "b"
        assert said.keys == ["answer.said"]


def test_where_the_shop_has_no_answer_a_colleague_is_offered() -> None:
    shop = Shop(outcomes={"find_answer": "none"})
    said = tell(begun(), "送料はいくらですか", shop)
    assert said.keys == ["offer.colleague"]


@pytest.mark.parametrize(
    ("words", "skill", "arguments"),
    [
        ("what's in order W2611340", "order_contents", {"order_key": KEY, "is_last": False}),
        ("how much did I pay for my last order", "order_contents", {"is_last": True}),
        ("先月の注文の合計金額を知りたい", "order_sums", {}),
        ("send me the bill for order W2611340", "paper_of_order", {"paper": "invoice"}),
        ("領収書をください", "paper_of_order", {"paper": "receipt"}),
        ("check the balance on my gift card", "balances", {}),
        ("ギフト券の残高確認", "balances", {}),
    ],
)
def test_ones_own_matters_are_told_to_whoever_is_known(
    words: str, skill: str, arguments: dict[str, object]
) -> None:
    said = tell(identified(EN), words)
    assert said.skills == [skill]
    assert said.calls[0].arguments.items() >= arguments.items()
    assert "{" not in said.message.text
    stranger = tell(begun(EN), words)
    assert stranger.skills == []
    assert stranger.keys[-1].startswith("identify.")


def test_who_one_is_is_asked_and_the_question_then_answered() -> None:
    said = talk(begun(EN), "what's in order W2611340", MAIL)
    assert said.skills == ["identify", "order_contents"]
    assert said.message.text.splitlines()[0] == "Your order #W2611340 came to ¥8,460."


def test_a_complaint_is_heard_once_and_brought_before_a_colleague() -> None:
    asked = tell(identified(), "苦情を言いたい")
    assert asked.keys == ["complaint.ask"]
    said = tell(asked.state, "配達の人に荷物を投げられて、箱がつぶれていました")
    assert said.skills == ["report_complaint"]
    assert said.keys == ["complaint.taken"]
    assert "C-9" in said.message.text
    at_once = tell(begun(EN), "your courier was rude to my mother and threw the box, terrible")
    assert at_once.keys == ["complaint.sorry", "complaint.taken"]


def test_what_somebody_thinks_is_kept() -> None:
    asked = tell(identified(EN), "I'd like to leave feedback")
    assert asked.keys == ["feedback.ask"]
    pressed = tell(asked.state, "!score:5")
    assert pressed.calls[0].arguments == {"order_key": KEY, "score": 5, "words": ""}
    written = tell(asked.state, "The wrapping was lovely")
    assert written.calls[0].arguments["words"] == "The wrapping was lovely"
    assert written.keys == ["feedback.note"]


@pytest.mark.parametrize(
    ("language", "begin", "question"),
    [
        (EN, "I want to return something", "how much is shipping?"),
        (JA, "返品したい", "送料はいくらですか"),
        (JA, "返品したい", "Tシャツの在庫ありますか"),
    ],
)
def test_a_question_in_the_midst_of_something_is_answered_and_it_goes_on(
    language: Language, begin: str, question: str
) -> None:
    asked = tell(identified(language), begin)
    said = tell(asked.state, question)
    assert said.keys[-1] == asked.keys[-1], "the question that was open is asked again"
    assert "resume.return" in said.keys
    assert [frame.flow for frame in said.state.frames] == ["return"]


def test_a_question_while_one_shows_who_one_is_keeps_what_it_was_for() -> None:
    asked = tell(begun(EN), "I want to return something")
    said = tell(asked.state, "do you ship to Canada?")
    assert said.keys[0] == "answer.said"
    assert [frame.flow for frame in said.state.frames] == ["return", "identify"]


def test_a_frame_keeps_no_mail_and_no_phone() -> None:
    shop = Shop(outcomes={"find_product": "none"})
    said = tell(begun(EN), "is it in stock? mail me at a@example.com or +81 90-1234-5678", shop)
    kept = str([frame.data for frame in said.state.frames])
    assert "example.com" not in kept
    assert "1234" not in kept
