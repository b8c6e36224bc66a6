"""Who is called in a note."""

import pytest

from cases.together.mentions import Colleague, called
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
