"""Answers: found by their sample questions, said with the shop's values, never invented."""

import pytest

from bots.answers import finding, variables
from bots.answers.standard import standard
from bots.answers.states import Topic
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Language

SAMPLES = {
    code: [question for said in one.questions.values() for question in said]
    for code, one in standard().items()
}


@pytest.mark.parametrize(
    ("asked", "codes"),
    [
        ("what does shipping cost to hokkaido", ("shipping_cost",)),
        ("送料", ("shipping_cost",)),
        ("北海道までの送料は？", ("shipping_cost",)),
        ("can I pay by visa", ("payment_methods",)),
        ("コンビニで払えますか", ("payment_methods",)),
        ("until when is cancelling possible", ("cancelling",)),
        ("パスワードを忘れてしまいました", ("sign_in",)),
        ("do you sell to Canada or ship there", ("shipping_where",)),
        ("返品の期限を教えてください", ("returns_policy",)),
        ("天気はどうですか", ()),
        ("do you have parking", ()),
        ("", ()),
    ],
)
def test_a_question_finds_its_answer_or_none(asked: str, codes: tuple[str, ...]) -> None:
    assert finding.find(asked, SAMPLES).keys == codes


def test_answers_that_fit_alike_are_both_offered() -> None:
    samples = {"a": ["gift wrapping in gold"], "b": ["gift wrapping in blue"]}
    assert set(finding.find("gift wrapping", samples).keys) == {"a", "b"}
    assert finding.find("gift wrapping in blue", samples).keys == ("b",)


def test_a_line_without_a_value_is_left_out() -> None:
    body = "Shipping costs {shipping_charges}.\nFree from {free_shipping_from}.\nAsk us."
    values = {"free_shipping_from": {"ja": "8,000円", "en": "¥8,000"}}
    assert variables.fill(body, values, Language.ENGLISH) == "Free from ¥8,000.\nAsk us."
    assert variables.fill("{shop_phone}", values, Language.ENGLISH) == ""
    assert variables.missing(body, values) == ("shipping_charges",)


def test_a_value_that_looks_like_a_variable_stays_what_it_is() -> None:
    values = {"shop_name": {"ja": "{shop_phone}", "en": "{shop_phone}"}}
    assert variables.fill("{shop_name}", values, Language.JAPANESE) == "{shop_phone}"


@pytest.mark.parametrize("body", ["{price}", "a { b", "}", "{shop name}", "{{shop_name}"])
def test_what_is_no_variable_is_refused(body: str) -> None:
    with pytest.raises(Invalid):
        variables.check(body)


def test_the_standard_answers_are_whole_in_both_languages() -> None:
    topics = {one.topic for one in standard().values()}
    assert topics == set(Topic) - {Topic.PRODUCTS}
    for one in standard().values():
        assert set(one.questions) == set(one.body) == {"ja", "en"}
        for body in one.body.values():
            assert variables.unknown(body) == ()
            assert not any(sign.isdigit() for sign in body.replace("6桁", "")), one.code
