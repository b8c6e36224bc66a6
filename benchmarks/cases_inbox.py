"""The desk's inbox and its search, with a hundred thousand cases: what they cost the database.

The cases are written as a shop would have them after some years: one in five is open, words are
Japanese and English, and some names and words are far more frequent than others.
"""

import random
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from benchmarks.harness import Bench, Figure, figure
from cases import folding
from cases.finding import queries
from cases.finding.filters import GIVEN, Filters, Key, View, Wanted
from cases.finding.queries import Viewer
from cases.finding.states import Sort
from oms_service.infra.db import Database

CASES: Final = 100_000
OPEN_SHARE: Final = 5
ROUNDS: Final = 6
INBOX_GOAL_MS: Final = 100.0
SEARCH_GOAL_MS: Final = 200.0
_NOW: Final = datetime(2026, 11, 22, 3, tzinfo=UTC)
_ZONE: Final = ZoneInfo("Asia/Tokyo")
_BATCH: Final = 5_000

_FAMILIES: Final = (
    *(("佐藤", "サトウ", "Sato"), ("鈴木", "スズキ", "Suzuki"), ("高橋", "タカハシ", "Takahashi")),
    *(("田中", "タナカ", "Tanaka"), ("伊藤", "イトウ", "Ito"), ("渡辺", "ワタナベ", "Watanabe")),
    *(
        ("山本", "ヤマモト", "Yamamoto"),
        ("中村", "ナカムラ", "Nakamura"),
        ("林", "ハヤシ", "Hayashi"),
    ),
    *(("小林", "コバヤシ", "Kobayashi"), ("加藤", "カトウ", "Kato"), ("Wilson", "", "Wilson")),
    *(
        ("長谷川", "ハセガワ", "Hasegawa"),
        ("五十嵐", "イガラシ", "Igarashi"),
        ("Müller", "", "Mueller"),
    ),
)
_GIVEN_NAMES: Final = (
    *(("美咲", "ミサキ", "Misaki"), ("翔太", "ショウタ", "Shota"), ("葵", "アオイ", "Aoi")),
    *(("陽菜", "ヒナ", "Hina"), ("健一", "ケンイチ", "Kenichi"), ("Emma", "", "Emma")),
    *(("由紀子", "ユキコ", "Yukiko"), ("大輔", "ダイスケ", "Daisuke"), ("Noah", "", "Noah")),
)
_SAID: Final = (
    "届いた商品ですが、思っていたものと違ったので返品したいです。",
    "荷物が{days}日前から動いていないようです。確認をお願いします。",
    "引っ越しをしたので、お届け先を変更できますか。マンション名は{word}です。",
    "領収書の宛名を会社名にできますか。株式会社{word}でお願いします。",
    "箱を開けたら{word}が割れていました。写真を送ります。",
    "This is not quite what I expected. I would like to return the {word}, please.",
    "My parcel has not moved for {days} days. Could somebody have a look at the tracking?",
    "I have moved. Can you send the {word} to my new address instead?",
    "The refund for the {word} has not arrived on my card yet.",
    "お世話になっております。{word}の在庫はいつ入りますか。よろしくお願いいたします。",
)
_WORDS: Final = (
    *("コーヒーミル", "マグカップ", "ドリッパー", "ニットセーター", "加湿器", "イヤホン", "炊飯器"),
    *("grinder", "kettle", "sweater", "headphones", "humidifier", "dripper", "lampshade"),
)
#: What is looked for: name, the kana of one, a number, mail, words, and mistakes in them.
_SEARCHES: Final = (
    *("佐藤", "サトウ ミサキ", "ｻﾄｳ", "長谷川由紀子", "A-150007", "4412-3400-5678", "C-150123"),
    *("hasegawa77@mail.example", "返品", "割れて", "コーヒーミル", "humidifier refund", "林"),
    *("Wilsno", "humidifer", "コーヒミル", "いがらし けんいち", "zzqqxx", "領収書 株式会社"),
)


@figure("cases")
def inbox_and_search(bench: Bench) -> Iterator[Figure]:
    """Milliseconds of a page of the inbox with its counts, and of searches, at the database."""
    database = Database(bench.database_url, pool_size=1)
    with database.engine.begin() as connection:
        bench.tell(f"writing {CASES} cases")
        _write(connection)
    with database.reading() as connection:
        connection.execute(text("VACUUM ANALYZE case_inbox"))
        staff = Viewer(connection.execute(text("SELECT min(id) FROM staff")).scalar_one())
        inbox = _timed(bench, _pages(connection, staff))
        search = _timed(bench, _searches(connection, staff))
    database.close()
    yield Figure(name="inbox", value=_p95(inbox), unit="ms", goal=INBOX_GOAL_MS, at_most=True)
    yield Figure(name="search", value=_p95(search), unit="ms", goal=SEARCH_GOAL_MS, at_most=True)


def _pages(connection: Connection, viewer: Viewer) -> Iterator[tuple[str, Callable[[], object]]]:
    """Every view in its order with all counts, a page deep down, and rare filters."""
    asked: dict[str, tuple[Filters, Sort, str]] = {
        str(view): (one.filters, one.sort, "") for view, one in GIVEN.items()
    }
    asked |= {f"open by {sort}": (GIVEN[View.OPEN].filters, sort, "") for sort in Sort}
    asked["all by change"] = ({}, Sort.CHANGED, "")
    asked["one reason, one channel"] = (
        {Key.STATE: ("resolved",), Key.REASON: ("delay",), Key.CHANNEL: ("line",)},
        Sort.NEWEST,
        "",
    )
    asked["a rare tag"] = ({Key.TAG: ("3",)}, Sort.PRIORITY, "")
    views = {str(view): one.filters for view, one in GIVEN.items() if one.is_counted}

    def of(held: Filters, sort: Sort, cursor: str) -> Callable[[], object]:
        def read() -> object:
            queries.counts(connection, views, viewer, now=_NOW, zone=_ZONE)
            return queries.page(
                connection, Wanted(held, "", sort), viewer, now=_NOW, zone=_ZONE, cursor=cursor
            )

        return read

    for name, (held, sort, cursor) in asked.items():
        yield name, of(held, sort, cursor)
    cursor = ""
    for _ in range(40):
        found = queries.page(
            connection,
            Wanted(GIVEN[View.OPEN].filters),
            viewer,
            now=_NOW,
            zone=_ZONE,
            cursor=cursor,
        )
        cursor = found.page.next_cursor or ""
    yield "forty pages down", of(GIVEN[View.OPEN].filters, Sort.PRIORITY, cursor)


def _searches(connection: Connection, viewer: Viewer) -> Iterator[tuple[str, Callable[[], object]]]:
    def of(typed: str, held: Filters) -> Callable[[], object]:
        return lambda: queries.page(connection, Wanted(held, typed), viewer, now=_NOW, zone=_ZONE)

    for typed in _SEARCHES:
        yield typed, of(typed, {})
    yield "返品, open ones", of("返品", {Key.STATE: ("open_ones",)})


def _timed(
    bench: Bench, asked: Iterator[tuple[str, Callable[[], object]]]
) -> dict[str, list[float]]:
    took: dict[str, list[float]] = {}
    for name, ask in asked:
        ask()
        for _ in range(ROUNDS):
            began = time.perf_counter()
            ask()
            took.setdefault(name, []).append((time.perf_counter() - began) * 1000)
        bench.tell(f"{name}: {statistics.median(took[name]):.1f} ms")
    return took


def _p95(took: dict[str, list[float]]) -> float:
    every = sorted(one for each in took.values() for one in each)
    return every[int(len(every) * 0.95)]


# A hundred thousand cases


def _write(connection: Connection) -> None:
    """Cases with their rows of the inbox, as the projection would fold them."""
    connection.execute(
        text(
            "INSERT INTO staff (mail, name, password_hash, language, is_active, created_at)"
            " SELECT 's' || n || '@shop.example', 'Colleague ' || n, '', 'ja', true, :now"
            " FROM generate_series(1, 20) n"
        ),
        {"now": _NOW},
    )
    staff = list(connection.execute(text("SELECT id FROM staff ORDER BY id")).scalars())
    queues = list(connection.execute(text("SELECT id FROM queues ORDER BY id")).scalars())
    reasons = list(
        connection.execute(text("SELECT code FROM case_reasons ORDER BY code")).scalars()
    )
    dice = random.Random(7)  # noqa: S311 - the same cases each time
    for start in range(0, CASES, _BATCH):
        rows = [_case(dice, 50_000 + start + n, staff, queues, reasons) for n in range(_BATCH)]
        connection.execute(_CASE, rows)
        connection.execute(_ROW, rows)


_CASE: Final = text(
    "INSERT INTO cases (id, number, reason, state, priority, queue_id, assignee_id, language,"
    " channel, snapshot, wanted, failed_rule, opened_at, opened_by, waiting_since, resolved_at,"
    " resolution, is_internal, version) OVERRIDING SYSTEM VALUE VALUES (:case_id, :number,"
    " :reason, :state, :priority, :queue_id, :assignee_id, :language, :channel, '{}', '{}', '',"
    " :opened_at, 'system:', :waiting_since, :resolved_at, '', false, 1)"
)
_ROW: Final = text(
    "INSERT INTO case_inbox (case_id, number, reason, state, is_active, priority_rank, queue_id,"
    " assignee_id, customer_name, tier, channel, language, tags, order_number, excerpt, opened_at,"
    " waiting_since, due_at, due_metric, waits_from, due_by, updated_at, search, words) VALUES"
    " (:case_id, :number, :reason, :state, :is_active, :rank, :queue_id, :assignee_id, :name,"
    " 'standard', :channel, :language, :tags, :order_number, :excerpt, :opened_at, :waiting_since,"
    " :due_at, :due_metric, :waits_from, :due_by, :updated_at, :search, :words)"
)


def _case(
    dice: random.Random, nth: int, staff: list[int], queues: list[int], reasons: list[str]
) -> dict[str, object]:
    family = _FAMILIES[min(int(dice.expovariate(0.35)), len(_FAMILIES) - 1)]
    given = _GIVEN_NAMES[min(int(dice.expovariate(0.4)), len(_GIVEN_NAMES) - 1)]
    is_active = dice.randrange(OPEN_SHARE) == 0
    opened = _NOW - timedelta(minutes=dice.randrange(1_000_000))
    waits = opened + timedelta(minutes=5) if is_active and dice.random() < 0.7 else None
    due = _NOW + timedelta(minutes=dice.randrange(-2_000, 20_000)) if waits else None
    rank = dice.choices((0, 1, 2, 3), (3, 12, 75, 10))[0]
    said = " ".join(
        dice.choice(_SAID).format(days=dice.randrange(2, 9), word=dice.choice(_WORDS))
        for _ in range(dice.randrange(2, 9))
    )
    never = datetime(9999, 12, 31, tzinfo=UTC)
    order, tracking = f"A-{100_000 + nth}", f"44{nth:06d}5678"
    number = f"C-{100_000 + nth}"
    return {
        "case_id": nth,
        "number": number,
        "reason": dice.choice(reasons),
        "state": dice.choice(("new", "open", "open", "waiting_customer"))
        if is_active
        else "resolved",
        "is_active": is_active,
        "rank": rank,
        "priority": ("urgent", "high", "normal", "low")[rank],
        "queue_id": dice.choice(queues),
        "assignee_id": dice.choice(staff) if dice.random() < 0.9 else None,
        "name": f"{family[0]} {given[0]}",
        "channel": dice.choice(("webchat", "mail", "line", "portal")),
        "language": "ja" if family[1] else "en",
        "tags": [dice.choice((1, 1, 1, 2, 2, 4))]
        if dice.random() < 0.2
        else [3] * (nth % 997 == 0),
        "order_number": order,
        "excerpt": said[:160],
        "opened_at": opened,
        "waiting_since": waits,
        "waits_from": waits or never,
        "due_at": due,
        "due_metric": "first_response" if due else "",
        "due_by": due or never,
        "updated_at": opened + timedelta(hours=1),
        "resolved_at": None if is_active else opened + timedelta(hours=1),
        "search": folding.tokens(
            [
                *(number, number.replace("-", ""), order, order.replace("-", ""), tracking),
                *(f"{family[0]} {given[0]}", f"{family[0]}{given[0]}", f"{given[0]} {family[0]}"),
                *(f"{family[1]} {given[1]}", f"{family[1]}{given[1]}", f"{given[1]} {family[1]}"),
                f"{family[2]}{nth % 1000}@mail.example".lower(),
            ]
        ),
        "words": f" {folding.grams(said)} ",
    }
