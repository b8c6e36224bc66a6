"""One form for what people type in many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_service.kernel.text import digits_key, folded, mail_key, order_key, phone_key, postal_key


@pytest.mark.parametrize(
    "typed", ["#W2611340", "＃Ｗ２６１１３４０", "w 2611340", "W-261-1340", " w2611340 "]
)
def test_an_order_number_is_found_however_it_is_dressed(typed: str) -> None:
    assert order_key(typed) == "W2611340"
    assert digits_key(typed) == "2611340"


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("090-1234-5678", "819012345678"),
        ("０９０１２３４５６７８", "819012345678"),
        ("+81 90-1234-5678", "819012345678"),
        ("0081-90-1234-5678", "819012345678"),
        ("+1 (212) 555-0199", "12125550199"),
    ],
)
def test_a_phone_number_is_one_number(typed: str, key: str) -> None:
    assert phone_key(typed) == key


def test_postal_codes_and_mail() -> None:
    assert postal_key("〒160-0022") == postal_key("１６０００２２") == "1600022"
    assert mail_key(" Misaki.Sato@Example.JP ") == "misaki.sato@example.jp"


def test_search_folds_scripts_widths_and_spaces() -> None:
    assert folded("サトウ　ミサキ") == folded("さとう ﾐｻｷ") == "さとう みさき"


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(st.text())
def test_a_key_of_a_key_is_itself(text: str) -> None:
    assert order_key(order_key(text)) == order_key(text)
    assert postal_key(postal_key(text)) == postal_key(text)
