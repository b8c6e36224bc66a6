"""Exact sentences: what a customer reads, in both languages."""

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from oms_service.kernel.languages import Language
from oms_service.shipping.because import Because, HouseStage, Why
from oms_service.shipping.explaining import sentence

TOKYO = ZoneInfo("Asia/Tokyo")


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=TOKYO)


#: Saturday morning.
NOW = at(21, 9)
#: From Osaka to Tokyo, since Friday evening.
ROAD = Because(why="", left_at=at(20, 19, 30), origin="大阪府", destination="東京都")

SITUATIONS = [
    (
        replace(ROAD, why=Why.HISTORY, usual_days=(1, 1), closed=(date(2026, 11, 22),)),
        (
            "It left Osaka last night and usually takes 1 day to Tokyo. "
            "There is no delivery on Sun 22 Nov."
        ),
        "昨夜、大阪を出発しました。東京までは通常1日です。11月22日(日)は配達がございません。",
    ),
    (
        replace(ROAD, why=Why.LEAD_TIME, usual_days=(1, 2), extra_days=1),
        (
            "It left Osaka last night and usually takes 1 to 2 days to Tokyo. "
            "Islands and remote areas take 1 day longer."
        ),
        (
            "昨夜、大阪を出発しました。東京までは通常1~2日です。"
            "離島などの地域へは、さらに1日ほどかかります。"
        ),
    ),
    (
        Because(why=Why.HISTORY, usual_days=(2, 2), behind_days=2, left_at=at(21, 8)),
        (
            "It left our warehouse this morning and usually takes 2 days. "
            "At the moment parcels are taking about 2 days longer than usual."
        ),
        (
            "今朝、倉庫を出発しました。お届けまでは通常2日です。"
            "現在、通常より2日ほど遅れてお届けしています。"
        ),
    ),
    (
        replace(ROAD, why=Why.CARRIER),
        "It left Osaka last night; the carrier itself expects it then.",
        "昨夜、大阪を出発しました。運送会社から連絡のあったお届け予定です。",
    ),
    (
        Because(why=Why.OUT_FOR_DELIVERY, said_at=at(21, 7, 42)),
        "It has been out for delivery since 7:42 this morning.",
        "本日7時42分から配達中です。",
    ),
    (
        Because(why="snow", destination="北海道"),
        "Heavy snow is holding up parcels to Hokkaido.",
        "大雪のため、北海道方面の便に遅れが出ています。",
    ),
    (
        Because(why="typhoon"),
        "A typhoon is holding up parcels.",
        "台風のため、配送に遅れが出ています。",
    ),
    (
        Because(why="no_one_home"),
        "The carrier called, but nobody was at home.",
        "お届けに伺いましたが、ご不在でした。",
    ),
    (
        Because(why=Why.DELAYED),
        "The carrier has reported a delay.",
        "運送会社から、配送が遅れているとの連絡がありました。",
    ),
    (
        Because(why="a_code_nobody_knows"),
        "The carrier has reported a delay.",
        "運送会社から、配送が遅れているとの連絡がありました。",
    ),
    (
        Because(why=Why.CUSTOMS),
        "It is being cleared by customs.",
        "税関で手続き中です。",
    ),
    (
        replace(ROAD, why=Why.OVERDUE, usual_days=(1, 1)),
        "It is taking longer than the usual 1 day from Osaka to Tokyo, and may come any day now.",
        (
            "大阪から東京までは通常1日ですが、今回は日数がかかっています。"
            "まもなくお届けできる見込みです。"
        ),
    ),
    (
        Because(why=Why.ATTEMPTED, usual_days=(1, 1), said_at=at(20, 14)),
        "The carrier could not hand it over yesterday and usually comes again the next day.",
        "昨日お届けに伺いましたが、お渡しできませんでした。通常は翌日に改めてお届けします。",
    ),
    (
        Because(why=Why.AT_COUNTER, said_at=at(19, 14)),
        "It has been waiting to be collected since Thu 19 Nov.",
        "一昨日から受け取り場所でお預かりしています。",
    ),
    (
        Because(
            why=Why.NOT_SENT,
            stage=HouseStage.PLACED,
            ready_on=date(2026, 11, 30),
            leaves_on=date(2026, 12, 1),
            usual_days=(1, 1),
            origin="大阪府",
            destination="東京都",
        ),
        (
            "The goods are due on Mon 30 Nov. We expect it to leave Osaka on Tue 1 Dec; "
            "from there it usually takes 1 day to Tokyo."
        ),
        (
            "商品は11月30日(月)に入荷の予定です。12月1日(火)に大阪から発送の予定です。"
            "東京までは通常1日です。"
        ),
    ),
    (
        Because(
            why=Why.NOT_SENT,
            stage=HouseStage.PACKED,
            leaves_on=date(2026, 11, 21),
            usual_days=(0, 0),
            destination="東京都",
        ),
        (
            "It is packed. We expect it to leave our warehouse today; "
            "from there it usually arrives in Tokyo on the same day."
        ),
        "梱包が済み、本日発送の予定です。東京へは通常、当日中に届きます。",
    ),
]


@pytest.mark.parametrize(("because", "english", "japanese"), SITUATIONS)
def test_a_situation_in_both_languages(because: Because, english: str, japanese: str) -> None:
    assert sentence(because, Language.ENGLISH, TOKYO, now=NOW) == english
    assert sentence(because, Language.JAPANESE, TOKYO, now=NOW) == japanese


def test_without_a_present_moment_days_are_dates() -> None:
    because = SITUATIONS[0][0]
    assert sentence(because, Language.ENGLISH, TOKYO) == (
        "It left Osaka on Fri 20 Nov and usually takes 1 day to Tokyo. "
        "There is no delivery on Sun 22 Nov."
    )
    assert sentence(because, Language.JAPANESE, TOKYO) == (
        "11月20日(金)に大阪を出発しました。東京までは通常1日です。"
        "11月22日(日)は配達がございません。"
    )


def test_another_year_is_named() -> None:
    because = Because(
        why=Why.HISTORY,
        left_at=at(20, 12),
        closed=(date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 2)),
    )
    assert sentence(because, Language.ENGLISH, TOKYO, now=NOW).endswith(
        "There is no delivery on Thu 31 Dec, Fri 1 Jan 2027 and Sat 2 Jan 2027."
    )
    assert sentence(because, Language.JAPANESE, TOKYO, now=NOW).endswith(
        "12月31日(木)、2027年1月1日(金)と2027年1月2日(土)は配達がございません。"
    )


@pytest.mark.parametrize("because", [one for one, _, _ in SITUATIONS])
def test_what_is_kept_as_json_is_read_back(because: Because) -> None:
    assert Because.of_json(because.as_json()) == because


@pytest.mark.parametrize("kept", [None, {}, {"usual_days": [1, 1]}])
def test_of_nothing_kept_nothing_is_read(kept: dict[str, object] | None) -> None:
    assert Because.of_json(kept) is None


def test_names_of_a_newer_release_are_passed_over() -> None:
    assert Because.of_json({"why": "snow", "moon": "full"}) == Because(why="snow")
