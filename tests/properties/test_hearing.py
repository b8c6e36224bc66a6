"""Any text is heard, quickly, and nothing is heard that does not stand in it."""

import re
import time
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bots.understanding import text as texts
from bots.understanding.hear import hear
from bots.understanding.heard import Expecting, Kind, Option
from bots.understanding.lexicon import lexicon
from bots.understanding.masking import masked
from bots.understanding.slots.gather import slots_in
from oms_service.kernel.languages import Language
from oms_service.kernel.text import postal_key

LEXICONS = tuple(lexicon(language) for language in Language)
TODAY = date(2026, 11, 24)
OPTIONS = (
    Option("1", "コットンTシャツ / Cotton T-shirt / 青 M blue M", price_minor=1_000),
    Option("2", "スニーカー / Sneakers / 24cm 白 white", price_minor=2_000, is_current=True),
    Option("3", "マグカップ / Mug / 350ml", price_minor=500),
)
#: Pieces that the patterns look for: put together at random they are what could slow them down.
PIECES = (
    *("A-10423", "# W 261 1340", "order number", "one "),
    *("double ", "注文番号は", "一〇四二三", "エーの"),
    *("a@example.jp", "@", "090-1234-5678", "+81 "),
    *("(03)", "〒160-0022", "19122 ", "SW1A 1AA", "IL "),
    *("my name is ", "Yusuf Rossi ", "I am ", "山田", "花子", "です", "と申します", "名前は"),
    *("123 Main St, ", "Suite 4, ", "Springfield ", "東京都"),
    *("渋谷区", "神南1-2-3 ", "12 a st ", "丁目"),
    *("next Tuesday ", "the 3rd ", "between 2 and 4 pm ", "明日"),
    *("午前中", "12/3", "25日", "から", "まで"),
    *("1,980円", "$12.50 ", "visa ", "ending in 4242 "),
    *("カード", "ギフトカード", "から", "に変更", "の代わりに"),
    *("everything except ", "the blue one ", "not ", "2つ目"),
    *("以外", "両方", "two of the ", "青を2つ"),
    *("exchange ", "for a ", "instead of ", "、", "。", ",", ".", " "),
    *("-", "1", "0", "a", "A", "あ", "ー", "\x01"),
)  # fmt: skip
ANY_TEXT = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=40).map("".join),
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map(lambda some: "".join(some) * 500),
)


@settings(max_examples=40, deadline=None)
@example(text="12 a st " * 250, language=Language.ENGLISH, kind=None)
@given(
    text=ANY_TEXT,
    language=st.sampled_from(list(Language)),
    kind=st.none() | st.sampled_from(list(Kind)),
)
def test_what_is_heard_stands_in_the_text(text: str, language: Language, kind: Kind | None) -> None:
    expecting = Expecting(kind, OPTIONS) if kind else None
    found = hear(text, language_hint=language, expecting=expecting, today=TODAY)
    plain = texts.tidy(text)
    assert found.text == plain
    assert {*found.choices} <= {option.value for option in OPTIONS}
    assert found.mail is None or found.mail in plain.casefold().replace(" ", "")
    assert found.name is None or found.name.as_typed in plain
    assert found.address is None or found.address.as_typed in plain
    assert all(re.fullmatch(r"[A-Z0-9]+", key) for key in found.order_keys)
    assert found.postal is None or found.postal == postal_key(found.postal)
    assert found.code is None or re.fullmatch(r"\d{6}", found.code)
    when = found.when
    assert when is None or when.first is None or when.last is None or when.first <= when.last
    assert all(one.number > 0 and one.words for one in found.counted)
    assert found.payment == next(iter(found.payments), None)


@settings(max_examples=25, deadline=None)
@given(ANY_TEXT)
def test_masking_never_fails_and_leaves_no_mail(text: str) -> None:
    left = masked(text)
    assert hear(left, language_hint=Language.JAPANESE).mail is None


@pytest.mark.parametrize(
    "text",
    [
        *("12 a st ", "1 2 ", "Jan 1 は", "東京都", "市", "と"),
        *("a", "あ", "*", "$1", "+81 ", "1/1", "@"),
        *("one ", "いち", "except カード", "12:", "exchange a "),
        *("mon ", "I am ", "はは", "の1", "-1"),
        "".join(PIECES),
    ],
)  # fmt: skip
def test_two_thousand_characters_are_read_in_20_ms(text: str) -> None:
    plain = texts.tidy((text * 2_000)[:2_000])
    best = min(_taken_ms(plain) for _ in range(3))
    assert best < 20


def _taken_ms(plain: str) -> float:
    """Of this thread alone: other work on the machine does not count."""
    begun = time.thread_time()
    slots_in(plain, Language.ENGLISH, LEXICONS, Expecting(Kind.SEVERAL, OPTIONS), TODAY)
    return (time.thread_time() - begun) * 1_000
