"""Mere closings, however they are put together, bring nothing back; anything said besides does."""

from hypothesis import given
from hypothesis import strategies as st

from cases.closings import is_only_thanks

CLOSINGS = (
    "ありがとう",
    "ありがとうございます",
    "ありがとうございました",
    "助かりました",
    "了解しました",
    "承知いたしました",
    "解決しました",
    "お世話になりました",
    "サンキュー",
    "thanks",
    "Thank you",
    "THX",
    "cheers",
    "ok",
    "got it",
    "perfect",
    "that's all",
    "much appreciated",
    "have a nice day",
)
AROUND = ("本当に", "丁寧にご対応いただき", "早速のご返信", "この度は", "so much", "for your help")
DRESS = (
    "",
    " ",
    "。",
    "、",
    "!",
    "!!",
    "…",
    "〜",
    "\n",
    "😊",
    "🙏",
    "👍🏽",
    "❤️",
    "(^^)",
    "m(_ _)m",
    "♪",
)
MATTERS = (
    "まだ届きません",
    "返金はいつになりますか",
    "ご連絡ください",
    "別の商品も壊れていました",
    "it is still broken",
    "when do I get my money",
    "please call me",
    "wrong size",
    "A-10423",
)
dress = st.sampled_from(DRESS)


@st.composite
def polite(draw: st.DrawFn) -> str:
    """One closing or several, with what people put around them."""
    parts = draw(st.lists(st.sampled_from(CLOSINGS), min_size=1, max_size=4))
    said = "".join(one + draw(dress) for one in parts)
    before = draw(st.sampled_from(("", *AROUND)))
    return f"{draw(dress)}{before}{draw(dress)}{said}"


@given(polite())
def test_politeness_alone_is_a_closing(text: str) -> None:
    assert is_only_thanks(text)


@given(polite(), st.sampled_from(MATTERS), dress, st.booleans())
def test_a_matter_beside_politeness_is_none(
    text: str, matter: str, between: str, is_first: bool
) -> None:
    said = f"{matter}{between}{text}" if is_first else f"{text}{between}{matter}"
    assert not is_only_thanks(said)


@given(polite(), st.sampled_from(("?", "?", "❓", "👎", "😡", "😢", "💢")))
def test_a_question_or_a_frown_is_none(text: str, sign: str) -> None:
    assert not is_only_thanks(text + sign)


@given(st.text(max_size=400))
def test_any_text_is_answered_at_once(text: str) -> None:
    assert is_only_thanks(text) in {True, False}
