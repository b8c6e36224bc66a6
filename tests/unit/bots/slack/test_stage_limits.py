"""The stage refuses what Slack refuses: every limit on both sides of its edge."""

from typing import Any

import pytest
from slack_sdk.models.blocks import ActionsBlock, HeaderBlock, SectionBlock

from bots.slack.stage.limits import check_message, check_metadata, check_view
from bots.slack.stage.refusals import Refused

Block = dict[str, Any]


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def section(text: str = "x", **more: Any) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(number: int = 0, **more: Any) -> Block:
    return {"type": "button", "action_id": f"a{number}", "text": plain("go"), **more}


def actions(*elements: Block) -> Block:
    return {"type": "actions", "elements": list(elements)}


def option(value: str = "v", text: str = "t") -> Block:
    return {"text": plain(text), "value": value}


def select(count: int, kind: str = "static_select") -> Block:
    return {"type": kind, "action_id": "s", "options": [option(str(n)) for n in range(count)]}


def field(**more: Any) -> Block:
    element = {"type": "plain_text_input", "action_id": "value", **more}
    return {"type": "input", "block_id": "text", "label": plain("Text"), "element": element}


def modal(*blocks: Block, **more: Any) -> Block:
    return {
        "type": "modal",
        "title": plain("Title"),
        "submit": plain("Send"),
        "blocks": list(blocks),
        **more,
    }


#: What fits, and the same a step further, which does not.
FULL = [section("x" * 3_000)] * 4
EDGES: list[tuple[Any, Any]] = [
    ([section()] * 50, [section()] * 51),
    ([section("x" * 3_000)], [section("x" * 3_001)]),
    ([section("x")], [section("")]),
    (
        [{"type": "section", "fields": [plain("x")] * 10}],
        [{"type": "section", "fields": [plain("x")] * 11}],
    ),
    (
        [{"type": "section", "fields": [plain("x" * 2_000)]}],
        [{"type": "section", "fields": [plain("x" * 2_001)]}],
    ),
    (
        [{"type": "header", "text": plain("x" * 150)}],
        [{"type": "header", "text": plain("x" * 151)}],
    ),
    (
        [{"type": "header", "text": plain("x")}],
        [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
    ),
    ([actions(*map(button, range(25)))], [actions(*map(button, range(26)))]),
    ([actions(button())], [actions()]),
    ([actions(button(1), button(2))], [actions(button(1), button(1))]),
    ([actions(button(text=plain("x" * 75)))], [actions(button(text=plain("x" * 76)))]),
    ([actions(button(value="x" * 2_000))], [actions(button(value="x" * 2_001))]),
    ([actions(button(action_id="x" * 255))], [actions(button(action_id="x" * 256))]),
    ([actions(button(style="danger"))], [actions(button(style="warning"))]),
    ([actions(select(100))], [actions(select(101))]),
    ([actions(select(5, "overflow"))], [actions(select(6, "overflow"))]),
    ([actions(select(10, "radio_buttons"))], [actions(select(11, "radio_buttons"))]),
    (
        [actions({**select(1), "options": [option("x" * 150)]})],
        [actions({**select(1), "options": [option("x" * 151)]})],
    ),
    (
        [actions({**select(1), "options": [option(text="x" * 75)]})],
        [actions({**select(1), "options": [option(text="x" * 76)]})],
    ),
    (
        [actions({**select(2), "initial_option": option("1")})],
        [actions({**select(2), "initial_option": option("2")})],
    ),
    ([actions(select(2))], [actions({**select(2), "options": [option("1"), option("1")]})]),
    (
        [{"type": "context", "elements": [plain("x")] * 10}],
        [{"type": "context", "elements": [plain("x")] * 11}],
    ),
    ([section(block_id="b" * 255)], [section(block_id="b" * 256)]),
    ([section(block_id="1"), section(block_id="2")], [section(block_id="1")] * 2),
    ([section(accessory=button())], [section(accessory={"type": "plain_text_input"})]),
    ([{"type": "divider"}], [{"type": "line"}]),
    (
        [{"type": "image", "image_url": "https://x.example/a.png", "alt_text": "a"}],
        [{"type": "image", "image_url": "https://x.example/a.png"}],
    ),
    *(
        ([*FULL, section("x" * 1_195)], bad)  # with the five of "words"
        for bad in ([*FULL, section("x" * 1_196)], [section("x" * 3_000)] * 5)
    ),
    ([section("注" * 3_000)], [section("注" * 3_001)]),
]


@pytest.mark.parametrize(("good", "bad"), EDGES)
def test_a_message_is_taken_up_to_each_limit_and_no_further(good: Any, bad: Any) -> None:
    check_message("words", good)
    with pytest.raises(Refused) as raised:
        check_message("words", bad)
    assert raised.value.error in {"invalid_blocks", "msg_blocks_too_long"}
    if raised.value.error == "invalid_blocks":
        assert "json-pointer:/blocks" in raised.value.messages[0]


def test_the_text_of_a_message_has_limits_too() -> None:
    check_message("x" * 40_000, None)
    check_message("x" * 4_000, None, is_update=True)
    for text, blocks, is_update, error in (
        ("", None, False, "no_text"),
        ("x" * 40_001, None, False, "msg_too_long"),
        ("x" * 4_001, None, True, "msg_too_long"),
        ("x", "[]", False, "invalid_blocks_format"),
    ):
        with pytest.raises(Refused) as raised:
            check_message(text, blocks, is_update=is_update)
        assert raised.value.error == error


VIEW_EDGES: list[tuple[Block, Block]] = [
    (modal(*[section()] * 100), modal(*[section()] * 101)),
    (modal(title=plain("x" * 24)), modal(title=plain("x" * 25))),
    (modal(submit=plain("x" * 24)), modal(submit=plain("x" * 25))),
    (modal(private_metadata="x" * 3_000), modal(private_metadata="x" * 3_001)),
    (modal(callback_id="x" * 255), modal(callback_id="x" * 256)),
    (modal(field()), modal(field(), submit=None)),
    (modal(field(max_length=3_000)), modal(field(max_length=3_001))),
    (
        modal(field(max_length=2, initial_value="ab")),
        modal(field(max_length=2, initial_value="abc")),
    ),
    (modal(field()), modal({**field(), "label": plain("x" * 2_001)})),
    (modal(field()), modal({**field(), "element": button()})),
    (modal(), {"type": "sheet", "blocks": []}),
    (modal(), {"type": "modal", "title": plain("x")}),
]


@pytest.mark.parametrize(("good", "bad"), VIEW_EDGES)
def test_a_view_is_taken_up_to_each_limit_and_no_further(good: Block, bad: Block) -> None:
    check_view(good, kinds=("modal",))
    with pytest.raises(Refused) as raised:
        check_view(bad, kinds=("modal",))
    assert raised.value.error == "invalid_arguments"
    assert "json-pointer:/view" in raised.value.messages[0]


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ({"event_type": "card"}, "invalid_metadata_format"),
        ({"event_type": "", "event_payload": {}}, "invalid_metadata_format"),
        ("card", "invalid_metadata_format"),
        ({"event_type": "card", "event_payload": {"x": "x" * 9_000}}, "metadata_too_large"),
    ],
)
def test_metadata_is_looked_at(metadata: Any, error: str) -> None:
    check_metadata(None)
    check_metadata({"event_type": "card", "event_payload": {"key": 1}})
    with pytest.raises(Refused) as raised:
        check_metadata(metadata)
    assert raised.value.error == error


def test_what_slacks_own_classes_build_is_taken() -> None:
    built = [
        HeaderBlock(text="Case 7").to_dict(),
        SectionBlock(text="*A-10423*", fields=["one", "two"]).to_dict(),
        ActionsBlock(elements=[button(value="1"), select(3)]).to_dict(),
    ]
    check_message("Case 7", built)
