"""What a button carries comes back as it was, and nothing else is taken for it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.slack import values
from bots.slack.values import Value
from oms_service.kernel.errors import Invalid

counts = st.integers(0, 2**63 - 1)
names = st.from_regex(r"[a-z][a-z_]{0,9}", fullmatch=True).filter(lambda one: one not in "cv")
more = st.dictionaries(
    names,
    st.integers(-(2**62), 2**62) | st.text(st.characters(codec="ascii"), max_size=40),
    max_size=5,
)


@given(case_id=counts, version=counts, more=more)
def test_what_is_encoded_is_decoded_to_the_same(
    case_id: int, version: int, more: dict[str, int | str]
) -> None:
    assert values.decode(values.encode(case_id, version, **more)) == Value(case_id, version, more)


def test_a_value_is_as_short_as_it_can_be() -> None:
    assert values.encode(42, 4, do="snooze") == '{"c":42,"v":4,"do":"snooze"}'


def test_words_and_numbers_are_told_apart() -> None:
    found = values.decode('{"c":1,"v":2,"do":"refund","page":3}')
    assert (found.word("do"), found.number("page")) == ("refund", 3)
    assert (found.word("page"), found.number("do"), found.number("none")) == ("", None, None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "[]",
        "null",
        "3",
        '"c"',
        "{}",
        '{"c":1}',
        '{"c":true,"v":1}',
        '{"c":"1","v":1}',
        '{"c":-1,"v":1}',
        '{"c":1.5,"v":1}',
        '{"c":1,"v":9223372036854775808}',
        '{"c":1,"v":1,"more":{}}',
        '{"c":1,"v":1,"more":null}',
        '{"c":1,"v":1,"on":true}',
        '{"c":1,"v":1,"":1}',
        '{"c":1,"v":1,"a b":1}',
        json.dumps({"c": 1, "v": 1, "x": "a" * 301}),
        '{"c":1,"v":1,"x":"' + "a" * 4000,
        "[" * 2500,
    ],
)
def test_what_is_no_value_of_ours_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        values.decode(text)


@given(st.text(max_size=200))
def test_nothing_that_is_sent_breaks_it(text: str) -> None:
    try:
        found = values.decode(text)
    except Invalid:
        return
    assert values.decode(values.encode(found.case_id, found.version, **found.more)) == found


def test_what_does_not_fit_on_a_button_is_no_value() -> None:
    with pytest.raises(ValueError, match="hold"):
        values.encode(1, 1, **{f"name{one}": "a" * 300 for one in "abcdefghi"})
    long = {f"name{one}": "a" * 300 for one in "abcdefghi"}
    assert values.decode(values.memory(1, 1, long)) == Value(1, 1, long)
    with pytest.raises(ValueError, match="hold"):
        values.memory(1, 1, {f"name{one}": "a" * 300 for one in "abcdefghij"})
    with pytest.raises(ValueError, match="short code"):
        values.encode(1, 1, text="a" * 301)
    with pytest.raises(ValueError, match="below nothing"):
        values.encode(-1, 1)
