"""How texts and words are folded, so that two characters of Japanese have a trigram."""

from hypothesis import given
from hypothesis import strategies as some

from cases import folding
from cases.finding.marking import Part, around, parts


def test_signs_beyond_ascii_stand_twice() -> None:
    assert folding.grams("佐藤 Emma ｻﾄｳ") == "佐佐藤藤 emma ささととうう"


def test_a_token_stands_between_spaces_once() -> None:
    assert folding.tokens(["A-1", "A1", "A1", ""]) == " a-1 a1 "


def test_a_short_word_is_looked_for_where_words_begin() -> None:
    assert folding.patterns("林") == ["% 林林%"]
    assert folding.patterns("佐藤") == ["%佐佐藤藤%"]
    assert folding.patterns("ok") == ["% ok%"]


def test_a_number_is_looked_for_without_its_dress_too() -> None:
    assert folding.patterns("4412-3400") == ["%4412-3400%", "%44123400%"]
    assert folding.key("＃Ａ－１") == "a1"
    assert folding.key("sato") == ""


def test_signs_that_mean_something_to_like_are_escaped() -> None:
    assert folding.patterns("100%_\\") == ["%100\\%\\_\\\\%", "%100%"]


def test_input_is_bounded() -> None:
    assert len(folding.words("a " * 50)) == 8
    assert len(folding.words("x" * 500)[0]) == 60


def test_a_word_is_marked_in_the_script_it_was_written_in() -> None:
    assert parts("ｺｰﾋｰ と コーヒー", ["こーひー"]) == [
        Part("ｺｰﾋｰ", is_hit=True),
        Part(" と ", is_hit=False),
        Part("コーヒー", is_hit=True),
    ]
    assert parts("ﾊﾞｯｸﾞ", ["ばっぐ"]) == [Part("ﾊﾞｯｸﾞ", is_hit=True)]


def test_the_line_around_a_word_is_short() -> None:
    found = around(["nothing here", f"{'x' * 100} kettle {'y' * 400}"], ["kettle"])
    assert found[0].text.startswith("…")
    assert found[1] == Part("kettle", is_hit=True)
    assert sum(len(one.text) for one in found) <= 150


@given(some.text(max_size=80), some.text(min_size=1, max_size=5))
def test_marking_changes_no_sign(text: str, word: str) -> None:
    assert "".join(one.text for one in parts(text, folding.words(word))) == text
