"""Dialogs ask for what the desk's forms ask for, and what is sent is read as the desk reads it."""

from typing import Any

import pytest

from bots.slack import values
from bots.slack.blocks import history, typed
from bots.slack.blocks.forms import acting, talking, working
from bots.slack.blocks.forms.acting import Doing
from bots.slack.blocks.forms.talking import Writing
from cases.acting.states import ActKind
from tests.unit.bots.slack import drawn, made
from tests.unit.bots.slack.made import ENGLISH, KEN


def fields(view: dict[str, Any]) -> dict[str, str]:
    """The entries of a form: name and kind."""
    inputs = (one for one in view["blocks"] if one["type"] == "input")
    return {one["element"]["action_id"]: one["element"]["type"] for one in inputs}


def draw(name: str) -> dict[str, Any]:
    with made.spoken(ENGLISH) as voice:
        found = drawn.VIEWS[name](voice)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("reply", ["macro", "text", "asks", "files"]),
        ("ask", ["macro", "text"]),
        ("note", ["note"]),
        ("reject-return", ["reason"]),
        ("approve-return", []),
        ("reject-wish", []),
        ("refund", ["scope", "amount", "part", "units-1", "units-2", "reason"]),
        ("replacement", ["units-1", "reason", "photo"]),
        ("label", ["return_number"]),
        ("cancel", ["reason", "scope", "units-1"]),
        (
            "address",
            ["recipient", "postal_code", "country", "region", "city", "line1", "line2", "phone"],
        ),
        ("delivery", ["deliver_on", "delivery_window"]),
        ("hold", ["reason"]),
        ("exchange", ["sku-1", "units-1", "reason", "method_id"]),
        ("items", ["variant-1", "units-1", "method_id"]),
        ("expedite", ["speed", "method_id"]),
        ("payment", ["method_id"]),
        ("snooze", ["when", "snooze_day", "snooze_time"]),
        ("wait", ["days"]),
        ("escalate", ["set_priority", "staff", "note"]),
        ("assign", ["staff"]),
        ("queue", ["set_queue"]),
        ("merge", ["alike", "with"]),
        ("merge-both", ["stays"]),
        ("resolve", ["code", "ending", "lines_ended", "despite"]),
        ("promote", ["name", "private"]),
    ],
)
def test_fields_have_the_desks_names(name: str, expected: list[str]) -> None:
    assert list(fields(draw(name))) == expected


def test_what_was_typed_is_read_as_a_form_of_the_desk() -> None:
    view = {
        "state": {
            "values": {
                "text#3": {"text": {"type": "plain_text_input", "value": " a < b & c\n\0"}},
                "asks": {"asks": {"type": "checkboxes", "selected_options": [{"value": "yes"}]}},
                "photo": {"photo": {"type": "checkboxes", "selected_options": []}},
                "code": {"code": {"type": "static_select", "selected_option": {"value": "x"}}},
                "hours": {"hours": {"type": "static_select", "selected_option": {"value": "-"}}},
                "none": {"none": {"type": "static_select", "selected_option": None}},
                "on": {"on": {"type": "datepicker", "selected_date": "2026-11-23"}},
                "at": {"at": {"type": "timepicker", "selected_time": "09:00"}},
                "units-1": {"units-1": {"type": "number_input", "value": "2"}},
                "empty": {"empty": {"type": "plain_text_input", "value": None}},
                "files": {"files": {"type": "file_input", "files": [{"id": "F1"}, {"id": "F2"}]}},
            }
        }
    }
    found = typed.read(view)
    assert found.values == {
        "text": "a < b & c", "asks": "yes", "code": "x", "hours": "", "none": "",
        "on": "2026-11-23", "at": "09:00", "units-1": "2", "empty": "",
    }  # fmt: skip
    assert found.chosen == {"asks": ("yes",), "photo": ()}
    assert found.files == {"files": ({"id": "F1"}, {"id": "F2"})}
    assert (found.is_ticked("asks"), found.is_ticked("photo")) == (True, False)


@pytest.mark.parametrize(
    "view",
    [{}, {"state": None}, {"state": {"values": None}}, {"state": {"values": {"a": None}}},
     {"state": {"values": {"a": {"b": None}}}}],
)  # fmt: skip
def test_a_view_without_a_form_is_an_empty_one(view: dict[str, Any]) -> None:
    assert typed.read(view) == typed.Typed({}, {}, {})


def test_errors_stand_beside_their_entries_and_none_is_lost() -> None:
    view = draw("reply-with-macro-and-news")
    assert typed.errors(view, {"text": "Write an answer first."}) == {
        "text#2": "Write an answer first."
    }
    assert typed.errors(view, {"macro": "Gone.", "form": "Look again.", "x": "Y."}) == {
        "macro": "Gone.",
        "files": "Look again. Y.",
    }
    assert typed.errors(draw("reopen"), {"x": "nowhere to stand"}) == {}


def test_a_draft_stands_in_the_reply_and_words_of_a_macro_in_its_next_turn() -> None:
    with made.spoken(ENGLISH) as voice:
        first = talking.reply(
            made.a_page(), drawn.hand(draft="My draft"), Writing(form_id="f"), voice
        )
        second = talking.reply(
            made.a_page(),
            drawn.hand(draft="My draft"),
            Writing(form_id="f", text="My draft\n\nSorry.", macro=drawn.a_macro(), turn=1),
            voice,
        )
    texts = [
        one
        for view in (first, second)
        for one in view["blocks"]
        if "text" in one.get("block_id", "")
    ]
    assert [(one["block_id"], one["element"]["initial_value"]) for one in texts] == [
        ("text", "My draft"),
        ("text#1", "My draft\n\nSorry."),
    ]
    assert values.decode(second["private_metadata"]).more == {
        "form": "f", "seen": "3.7", "turn": 1,
    }  # fmt: skip


def test_money_is_looked_at_before_it_is_given() -> None:
    asked, seen = draw("refund"), draw("refund-looked-at")
    assert asked["submit"]["text"] == "Preview the change"
    assert values.decode(asked["private_metadata"]).word("digest") == ""
    assert seen["submit"]["text"] == "Have a colleague agree"
    assert values.decode(seen["private_metadata"]).more == {
        "kind": "refund",
        "key": "k1",
        "order": "A-10423",
        "digest": drawn.refund_seen().digest,
    }


def test_what_is_refused_has_to_be_looked_at_again() -> None:
    view = draw("refund-refused")
    assert view["submit"]["text"] == "Preview the change"
    assert values.decode(view["private_metadata"]).word("digest") == ""
    assert "At most ¥1,000 is left." in str(view["blocks"])


def test_what_was_filled_in_stays_under_what_it_brings() -> None:
    view = draw("refund-looked-at")
    entries = {one["block_id"]: one["element"] for one in view["blocks"] if one["type"] == "input"}
    assert entries["units-1"]["initial_value"] == "2"
    assert entries["scope"]["initial_option"]["value"] == "lines"
    assert entries["reason"]["initial_option"]["value"] == "late"
    assert entries["amount"]["initial_value"] == "12,00"


def test_of_five_hundred_lines_forty_have_an_entry_and_the_desk_has_the_rest() -> None:
    lines = [made.a_line(one) for one in range(1, 501)]
    offered = drawn.claim_facts() | {"lines": lines, "left": dict.fromkeys(range(1, 501), 2)}
    doing = Doing(key="k", desk_url="https://shop.example/desk")
    with made.spoken(ENGLISH) as voice:
        view = acting.act(drawn.taken(), ActKind.REPLACEMENT, offered, doing, voice)
    assert len([one for one in fields(view) if one.startswith("units-")]) == 40
    assert "… and 460 more · <https://shop.example/desk|Choose them on the desk>" in str(view)


def test_all_that_the_desk_has_a_form_for_has_one_here() -> None:
    assert set(acting.KINDS) == set(ActKind)


def test_of_very_many_colleagues_one_types_a_name() -> None:
    people = [KEN] * 101
    with made.spoken(ENGLISH) as voice:
        assert fields(working.assign(made.a_page(), people[:100], voice)) == {
            "staff": "static_select"
        }
        assert fields(working.assign(made.a_page(), people, voice)) == {"staff": "external_select"}


# Pages of the past


@pytest.mark.parametrize(
    ("page", "shown", "ways"),
    [
        (0, 20, ["case:history_older"]),
        (1, 20, ["case:history_newer", "case:history_older"]),
        (2, 5, ["case:history_newer"]),
        (99, 5, ["case:history_newer"]),
        (-1, 20, ["case:history_older"]),
    ],
)
def test_the_past_is_shown_a_page_at_a_time(page: int, shown: int, ways: list[str]) -> None:
    with made.spoken(ENGLISH) as voice:
        view = history.history(drawn.a_past(44), voice, page=page)
    assert len([one for one in view["blocks"] if one["type"] == "section"]) == shown
    row = next(one for one in view["blocks"] if one["type"] == "actions")
    assert [one["action_id"] for one in row["elements"]] == ways
    here = min(max(page, 0), 2)
    assert values.decode(view["private_metadata"]).number("page") == here
    steps = {"case:history_newer": -1, "case:history_older": 1}
    assert [values.decode(one["value"]).number("page") for one in row["elements"]] == [
        here + steps[one] for one in ways
    ]


def test_each_day_is_named_once_and_what_has_no_time_last() -> None:
    with made.spoken(ENGLISH) as voice:
        view = history.history(drawn.a_past(10), voice)
    days = [one["elements"][0]["text"] for one in view["blocks"] if one["type"] == "context"]
    assert days == ["A-10423", "*today, Mon 23 Nov*", "*yesterday, Sun 22 Nov*", "*time unknown*"]
