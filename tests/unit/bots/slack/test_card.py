"""The card says what there is and offers what the state has room for."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bots.slack import values
from bots.slack.blocks import card, waiting
from bots.slack.blocks.card import Beside
from bots.slack.blocks.speaking import Sight
from bots.slack.blocks.waiting import Ask, Asked
from cases.desk.page import CasePage
from cases.states import CaseState
from oms_service.history.steps import Step
from oms_service.orders.policy import Sums
from oms_service.payments.states import RefundState
from tests.unit.bots.slack import drawn, limits, made
from tests.unit.bots.slack.made import DAY, ENGLISH, MIKA, NOW, beside


def blocks_of(page: CasePage, around: Beside | None = None) -> list[dict[str, Any]]:
    with made.spoken(ENGLISH) as voice:
        return card.card(page, around or beside(), voice).blocks


def pressed(blocks: list[dict[str, Any]]) -> list[str]:
    """Action ids of what can be pressed, with the verbs of the menu."""
    found = []
    for block in blocks:
        for one in block.get("elements", ()) if block["type"] == "actions" else ():
            found.append(str(one["action_id"]))
            options = one.get("options", ())
            found += [f"> {json.loads(option['value'])['do']}" for option in options]
    return found


def facts_of(blocks: list[dict[str, Any]]) -> dict[str, str]:
    fields = [one["text"] for block in blocks for one in block.get("fields", ())]
    return {one.partition("\n")[0].strip("*"): one.partition("\n")[2] for one in fields}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["take", "reply", "resolve", "more"]),
        ({"state": CaseState.OPEN, "assignee_id": MIKA.id}, ["reply", "resolve", "more"]),
        (
            {"state": CaseState.WAITING_CUSTOMER, "assignee_id": MIKA.id},
            ["resume", "reply", "resolve", "more"],
        ),
        (
            {"state": CaseState.SNOOZED, "assignee_id": MIKA.id, "snoozed_until": NOW + DAY},
            ["resume", "reply", "resolve", "more"],
        ),
        ({"state": CaseState.RESOLVED}, ["reopen", "history"]),
        ({"state": CaseState.CLOSED}, ["history"]),
    ],
)
def test_each_state_offers_its_own(changes: dict[str, Any], expected: list[str]) -> None:
    found = pressed(blocks_of(made.a_page(made.a_case(**changes))))
    assert [one for one in found if not one.startswith(">")] == [f"case:{v}" for v in expected]


def test_what_waits_for_a_word_comes_first_whether_somebody_has_the_case_or_not() -> None:
    page = made.a_decision()
    assert pressed(blocks_of(page)) == [
        "case:approve", "case:take", "case:reply", "case:resolve", "case:more",
        "> reject", "> refund", "> ask", "> snooze", "> all",
    ]  # fmt: skip
    theirs = replace(page, case=replace(page.case, assignee_id=MIKA.id, state=CaseState.OPEN))
    assert pressed(blocks_of(theirs)) == [
        "case:approve", "case:reject", "case:reply", "case:resolve", "case:more",
        "> refund", "> ask", "> snooze", "> assign", "> all",
    ]  # fmt: skip


def test_buttons_carry_the_case_its_version_and_what_is_to_be_decided() -> None:
    blocks = blocks_of(made.a_decision())
    row = next(one for one in blocks if one["type"] == "actions")
    assert values.decode(row["elements"][1]["value"]) == values.Value(42, 4)
    approve = values.decode(row["elements"][0]["value"])
    assert (approve.case_id, approve.version) == (42, 4)
    assert approve.more == {"what": "return", "ref": "R-7", "rv": 4}
    reject = values.decode(row["elements"][4]["options"][0]["value"])
    assert reject.more == {"do": "reject", "what": "return", "ref": "R-7", "rv": 4}


def test_money_that_is_gone_offers_no_refund() -> None:
    panel = made.a_panel(sums=Sums(captured=4460, refunded=4460))
    assert "> refund" not in pressed(blocks_of(made.a_page(panel=panel)))
    owed = drawn.a_refund(state=RefundState.REQUESTED, amount=drawn.money(4460))
    assert "> refund" not in pressed(blocks_of(made.a_page(panel=made.a_panel(refunds=(owed,)))))
    assert "> refund" in pressed(blocks_of(made.a_page()))
    assert "> refund" not in pressed(blocks_of(made.a_page(), beside(left=drawn.money(0))))


def test_what_the_operations_say_is_left_is_said() -> None:
    found = facts_of(blocks_of(made.a_page(), beside(left=drawn.money(1200))))
    assert found["Total"] == "¥4,460, of which ¥1,200 may go back"
    unpaid = made.a_page(panel=made.a_panel(sums=Sums()))
    assert facts_of(blocks_of(unpaid))["Total"] == "¥4,460 · nothing paid yet"


def test_an_internal_case_asks_the_customer_nothing() -> None:
    assert "> ask" not in pressed(blocks_of(made.a_page(made.a_case(is_internal=True))))


def test_a_case_that_is_part_of_another_leads_there_and_offers_nothing() -> None:
    around = beside(merged_into="C-1001", merged_url="https://shop.example/desk/cases/C-1001")
    blocks = blocks_of(made.a_page(made.a_case(state=CaseState.CLOSED)), around)
    assert pressed(blocks) == []
    assert "<https://shop.example/desk/cases/C-1001|C-1001>" in blocks[0]["text"]["text"]


def test_of_five_hundred_lines_five_are_named_and_the_rest_counted() -> None:
    lines = [made.a_line(one) for one in range(1, 501)]
    blocks = blocks_of(made.a_page(panel=made.a_panel(lines)))
    items = next(one for one in blocks if "Drip coffee" in str(one))
    assert items["text"]["text"].split("\n") == ["Drip coffee × 2"] * 5 + ["… and 495 more"]
    parcels = made.a_tracking(parcels=(made.a_parcel(),) * 60)
    found = facts_of(blocks_of(made.a_page(panel=made.a_panel(tracking=parcels))))
    assert found["Parcels"].split("\n")[3:] == ["… and 57 more"]


def test_what_was_written_is_quoted_word_for_word_and_cut() -> None:
    text = "*late* <!channel> " + "ab " * 1000
    blocks = blocks_of(made.a_page(thread=(made.said(text),)))
    quoted = next(one for one in blocks if one["type"] == "rich_text")
    said = quoted["elements"][0]["elements"][0]["text"]
    assert said.startswith("*late* <!channel> ab")
    assert (len(said), said[-1]) == (600, "…")


def test_the_card_says_who_reads_what_is_written_in_its_thread() -> None:
    last = blocks_of(made.a_page())[-1]
    assert "is an internal note" in last["elements"][0]["text"]


def test_how_late_it_is_stands_against_what_was_promised() -> None:
    assert facts_of(blocks_of(made.a_page()))["Expected"] == (
        "Wed 25 Nov, 10:00–12:00\n⚠️ 3 days later than promised (yesterday, Sun 22 Nov, 10:00–12:00)"
    )
    in_time = made.a_tracking(promised=made.a_tracking().window)
    page = made.a_page(panel=made.a_panel(tracking=in_time))
    assert facts_of(blocks_of(page))["Expected"] == "Wed 25 Nov, 10:00–12:00"
    arrived = made.a_tracking(step=Step.DELIVERED)
    page = made.a_page(panel=made.a_panel(tracking=arrived))
    assert "Expected" not in facts_of(blocks_of(page))
    assert facts_of(blocks_of(page))["Order"].split("\n")[1] == "Delivered"
    alone = made.a_tracking(step=Step.ATTEMPTED)
    page = made.a_page(panel=made.a_panel(tracking=alone))
    assert facts_of(blocks_of(page))["Order"].split("\n")[1] == "⚠️ Nobody was at home"


def test_the_same_case_makes_the_same_card() -> None:
    assert blocks_of(drawn.taken()) == blocks_of(drawn.taken())


def test_a_settled_case_is_a_few_lines() -> None:
    with made.spoken(ENGLISH) as voice:
        found = card.card(drawn.settled(), beside(), voice)
    assert len(found.blocks) == 3
    assert limits.characters(found.blocks) < 400
    assert found.text == "C-1042 · Where is it · 佐藤 · Resolved · with Mika"


def test_all_that_waits_is_named_and_found_again_by_its_button() -> None:
    asked = Asked(refunds=(drawn.a_refund(),), wishes=(drawn.a_wish(),))
    with made.spoken(ENGLISH) as voice:
        found = waiting.of_case(made.a_decision(), asked, voice)
        assert [(one.what, one.ref) for one in found] == [
            (Ask.RETURN, "R-7"), (Ask.WISH, "2"), (Ask.REFUND, "31"),
        ]  # fmt: skip
        assert waiting.named(found, "refund", "31") == found[2]
        assert waiting.named(found, "refund", "32") is None
        assert waiting.of_case(drawn.settled(), asked, voice) == []


@pytest.mark.parametrize(
    ("family", "given", "short", "whole"),
    [
        ("佐藤", "美咲", "佐藤", "佐藤 美咲"),
        ("Wilson", "Emma", "Emma W.", "Emma Wilson"),
        ("", "Emma", "Emma", "Emma"),
        ("Wilson", "", "Wilson", "Wilson"),
        ("", "美咲", "美咲", "美咲"),
        ("", "", "Customer", "Customer"),
    ],
)
def test_names_are_as_long_as_the_place_allows(
    family: str, given: str, short: str, whole: str
) -> None:
    customer = made.a_customer(family, given)
    with made.spoken(ENGLISH) as voice:
        assert voice.name(customer) == short
        assert voice.name(None) == "Unknown visitor"
    with made.spoken(ENGLISH, Sight.ALL) as voice:
        assert voice.name(customer) == whole
    if whole != "Customer":
        with made.spoken(made.JAPANESE) as voice:
            assert voice.name(customer) == f"{short}様"
        with made.spoken(ENGLISH, Sight.NONE) as voice:
            assert voice.name(customer) == "●●●"
