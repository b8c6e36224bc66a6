"""Who is called in a note."""

import pytest

from cases.together.mentions import Colleague, called, suggested
from oms_service.access.states import Role

AOI = Colleague(1, "田中 葵", "aoi@desk.example", frozenset({Role.AGENT}))
KEN = Colleague(2, "佐藤 健", "ken@shop.example", frozenset({Role.WAREHOUSE}))
TANAKA = Colleague(3, "田中 実", "minoru@desk.example", frozenset({Role.LEAD}))
ANN = Colleague(4, "Ann Lee", "ann.lee@desk.example", frozenset({Role.AGENT, Role.LEAD}))


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("@佐藤さん、お願いします", (2,)),
        ("＠佐藤健 お願い", (2,)),
        ("@佐藤 健 お願い", (2,)),
        ("@葵 @健", (1, 2)),
        ("@田中 どちら", ()),
        ("@田中葵 はい", (1,)),
        ("@aoi please", (1,)),
        ("@aoife please", ()),
        ("@Ann, look", (4,)),
        ("@ann.lee look", (4,)),
        ("write to ken@shop.example", ()),
        ("@warehouse", (2,)),
        ("@倉庫 と @リーダー", (2, 3, 4)),
        ("@ 佐藤", ()),
        ("@@佐藤", (2,)),
        ("@nobody", ()),
        ("@", ()),
        ("", ()),
    ],
)
def test_names_mail_names_and_roles_call_whom_they_name(text: str, ids: tuple[int, ...]) -> None:
    assert called(text, [AOI, KEN, TANAKA, ANN]) == ids


@pytest.mark.parametrize(
    ("typed", "calls"),
    [
        ("", ["Ann Lee", "佐藤 健", "田中 実", "田中 葵"]),
        ("田", ["田中 実", "田中 葵"]),
        ("健", ["佐藤 健"]),
        ("ＡＮ", ["Ann Lee"]),
        ("lee", ["Ann Lee"]),
        ("ann lee", []),
        ("ann l", ["Ann Lee"]),
        ("le", ["Ann Lee", "leads"]),
        ("倉", ["倉庫"]),
        ("店", []),
        ("nobody", []),
        ("aoi", ["田中 葵"]),
    ],
)
def test_what_is_suggested_calls_whom_it_names(typed: str, calls: list[str]) -> None:
    everybody = [AOI, KEN, TANAKA, ANN]
    found = suggested(typed, everybody, limit=6)
    assert [one.call for one in found] == calls
    for one in found:
        whom = (
            {one.whom.id}
            if isinstance(one.whom, Colleague)
            else {of.id for of in everybody if one.whom in of.roles}
        )
        assert set(called(f"@{one.call} please", everybody)) == whom
    assert suggested("", everybody, limit=2) == suggested("", everybody, limit=6)[:2]


def test_two_of_one_name_are_suggested_by_their_mail() -> None:
    second = Colleague(5, "佐藤 健", "ken.second@shop.example", frozenset({Role.AGENT}))
    found = suggested("佐藤", [KEN, second], limit=6)
    assert [one.call for one in found] == ["ken", "ken.second"]
