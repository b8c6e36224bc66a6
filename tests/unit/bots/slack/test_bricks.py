"""Each brick keeps Slack's limits and shows what people write as what it is: words."""

from datetime import date, time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.choices import units
from bots.slack.blocks import bricks, fitting, texts
from bots.slack.blocks.bricks import Choice
from tests.unit.bots.slack import hostile, limits

OWN = "https://shop.example/desk"


@settings(max_examples=150)
@given(text=hostile.anything, most=st.integers(1, 400))
def test_a_text_is_cut_where_a_reader_sees_a_character_end(text: str, most: int) -> None:
    clusters = list(texts.clusters(text))
    assert "".join(clusters) == text
    found = texts.cut(text, most)
    assert units(found) <= most
    if found != text:
        assert found.endswith("…")
        kept = found[:-1]
        assert any("".join(clusters[:n]).rstrip() == kept for n in range(len(clusters) + 1))


def test_families_flags_and_accents_are_never_cut_in_two() -> None:
    family = "👨‍👩‍👧‍👦"
    assert list(texts.clusters(f"{family}👍🏽🇯🇵🇺🇸e\u0301가")) == [
        family, "👍🏽", "🇯🇵", "🇺🇸", "e\u0301", "가",
    ]  # fmt: skip
    assert texts.cut(family * 3, 30) == family * 2 + "…"
    assert texts.cut("🇯🇵🇺🇸🇫🇷", 10) == "🇯🇵🇺🇸…"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<!channel> & <@U1>", "&lt;!channel&gt; &amp; &lt;@U1&gt;"),
        ("&lt;!here&gt;", "&amp;lt;!here&amp;gt;"),
        ("*bold* _it_ ~no~ `code`", "＊bold＊ ＿it＿ ～no～ ｀code｀"),
        ("SKU_BLUE_01 2*3 a~b", "SKU_BLUE_01 2*3 a~b"),
        ("> not quoted", "＞ not quoted"),
        (":smile: 10:00:00 :100: C:d", "：smile: 10:00:00 ：100: C:d"),
        ("a\u202eb\u2066c\u200fd\x00e", "abcde"),
        ("two\r\n\r\n\r\n\r\nlines  here", "two lines here"),
    ],
)
def test_what_people_write_is_no_mark(written: str, shown: str) -> None:
    assert texts.esc(written) == shown


def test_ten_to_sixteen_hours_stay_as_they_are() -> None:
    assert texts.esc("11月25日(水) 14~16時") == "11月25日(水) 14~16時"


def test_marks_of_ours_stay_and_their_values_do_not_become_any() -> None:
    said = texts.mark("*%(name)s*: %(link)s", name="<!here>", link=texts.linked(OWN, "a|b>"))
    assert said == f"*&lt;!here&gt;*: <{OWN}|a¦b&gt;>"
    assert texts.linked("javascript:alert(1)", "x") == "x"
    assert texts.linked("https://a.example/|<!here>", "x") == "x"


def test_neither_a_link_nor_an_escaped_sign_is_cut_in_two() -> None:
    said = texts.joined([texts.linked(OWN, "page"), "&" * 10], " ")
    for most in range(1, units(said)):
        found = texts.cut_mark(said, most)
        assert units(found) <= max(most, 1)
        assert not hostile.dangers(
            [{"type": "mrkdwn", "text": found.rstrip("…") or "-", "verbatim": True}]
        )


choices = st.lists(
    st.builds(
        Choice,
        value=st.text("abc0{}:,", min_size=1, max_size=150),
        label=hostile.anything,
        hint=hostile.anything,
    ),
    min_size=1,
    max_size=20,
)


@settings(max_examples=40)
@given(
    text=hostile.anything,
    other=hostile.anything,
    options=choices,
    number=st.integers(0, 10**9),
    chosen=st.text(max_size=5),
)
def test_every_brick_is_one_that_slack_takes(
    text: str, other: str, options: list[Choice], number: int, chosen: str
) -> None:
    press = bricks.button(
        text, "case:take", "{}", style="primary", said=other, url=f"{OWN}/x",
        alert=bricks.alert(text, other, text, other, is_dangerous=True),
    )  # fmt: skip
    blocks: list[dict[str, Any]] = [
        bricks.header(text),
        bricks.section(text, accessory=press),
        *bricks.facts([(text, other), (other, "x"), ("name", text)] * 9),
        bricks.context(text, other, *[text] * 20),
        bricks.divider(),
        bricks.quote(text),
        *bricks.actions([press] * 30 + [bricks.overflow("case:more", options)]),
        *bricks.actions([bricks.overflow("case:more", options)], block_id="b"),
        *bricks.actions([None]),
    ]
    assert limits.faults(blocks, most=200) == []
    assert hostile.dangers(blocks) == []
    inputs = [
        bricks.select("select", options, chosen=options[-1].value, placeholder=text),
        bricks.grouped("grouped", [(text, options), ("", [])], chosen=chosen),
        bricks.lookup("lookup", placeholder=text, chosen=options[0]),
        bricks.checks("checks", options, [options[0].value]),
        bricks.radios("radios", options, options[-1].value),
        bricks.line("line", given=text, placeholder=other, is_long=True, least=3),
        bricks.line("short", given=text, most=number),
        bricks.count("count", most=number, given=number),
        bricks.day("day", given=date(2026, 11, 23), placeholder=text),
        bricks.hour("hour", given=time(9, 5)),
        bricks.files("files", kinds=("png", "pdf"), most=number),
    ]
    asked = [bricks.asked(text, one, hint=other, is_needed=False) for one in inputs]
    view = fitting.modal("case:x", text, asked, memory="{}", submit=other or "Send")
    assert limits.faults_of_view(view) == []
    assert hostile.dangers(view) == []


def test_what_is_chosen_is_on_the_list_however_long_that_is() -> None:
    many = [Choice(str(one), f"Number {one}") for one in range(300)]
    found = bricks.select("one", many, chosen="250")
    assert len(found["options"]) == 100
    assert found["initial_option"]["value"] == found["options"][-1]["value"] == "250"


def test_a_menu_of_nothing_is_none_and_a_list_of_nothing_is_a_mistake() -> None:
    assert bricks.overflow("case:more", []) is None
    assert bricks.actions([]) == []
    for build in (bricks.select, bricks.checks, bricks.radios):
        with pytest.raises(ValueError, match="nothing to choose"):
            build("name", [])
    with pytest.raises(ValueError, match="characters are needed"):
        bricks.overflow("case:more", [Choice("x" * 151, "too much")])


def test_texts_of_no_length_show_a_dash() -> None:
    assert bricks.header("")["text"]["text"] == "–"
    assert bricks.section("\x00")["text"]["text"] == "–"
    assert bricks.quote(" ")["elements"][0]["elements"][0]["text"] == "–"
    assert bricks.facts([("Name", ""), ("Other", "\u200b")]) == []


# Messages


def entry(text: str) -> list[dict[str, Any]]:
    return [bricks.section(text)]


def test_what_matters_least_goes_first_and_what_is_left_out_is_counted() -> None:
    parts = [
        fitting.part(0, entry("head")),
        fitting.listing(2, [entry(f"line {one}") for one in range(500)]),
        fitting.part(3, entry("least")),
        fitting.part(1, entry("more")),
    ]
    blocks = fitting.message(parts, "text").blocks
    said = [
        one.get("text", one.get("elements", [{}])[0])["text"]
        if one["type"] == "section"
        else one["elements"][0]["text"]
        for one in blocks
    ]
    assert len(blocks) == 50
    assert said[0] == "head"
    assert said[1:48] == [f"line {one}" for one in range(47)]
    assert said[48:] == ["… and 453 more", "more"]


def test_a_list_that_may_not_stand_at_all_still_says_how_long_it_is() -> None:
    parts = [
        fitting.part(0, entry("x" * 2900) * 4),
        fitting.listing(1, [entry("y" * 2900), entry("z" * 2900)], count=7),
    ]
    blocks = fitting.message(parts, "text").blocks
    assert [one["type"] for one in blocks] == ["section"] * 4 + ["context"]
    assert blocks[-1]["elements"][0]["text"] == "… and 7 more"


@settings(max_examples=30)
@given(
    given=st.lists(
        st.tuples(st.integers(1, 5), st.lists(hostile.anything, max_size=20), st.integers(0, 999)),
        max_size=6,
    ),
    text=hostile.anything,
)
def test_a_message_always_fits(given: list[tuple[int, list[str], int]], text: str) -> None:
    parts = [fitting.part(0, entry("head"))] + [
        fitting.listing(rank, [entry(one) for one in lines], count=count)
        for rank, lines, count in given
    ]
    found = fitting.message(parts, text)
    assert limits.faults_of_message(found.text, found.blocks) == []
    assert found.blocks[0]["text"]["text"] == "head"
    assert hostile.dangers(found.blocks) == []
    assert "<" not in found.text


def test_a_view_holds_a_hundred_blocks_and_says_what_it_cut() -> None:
    view = fitting.home([bricks.divider()] * 500)
    assert len(view["blocks"]) == 100
    assert view["blocks"][-1]["elements"][0]["text"] == "… and 401 more"
    assert limits.faults_of_view(view) == []


def test_a_view_remembers_no_more_than_slack_does() -> None:
    with pytest.raises(ValueError, match="hold"):
        fitting.modal("case:x", "Title", [], memory="x" * 3001)
