"""How parcels travel in the demo shop: what a carrier says of one, in the carrier's own words."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from oms_service.adapters.carriers.house import JAPAN_POST, SAGAWA, YAMATO
from oms_service.demo_shop.season import ZONE, at, day_of
from oms_service.ports.carrier import CarrierStatus
from oms_service.shipping import eta, forecasts, jeopardy
from oms_service.shipping.because import Because
from oms_service.shipping.jeopardy import OnTheRoad, Verdict
from oms_service.shipping.lanes import Lane
from oms_service.shipping.standing import Said, newest
from oms_service.shipping.states import ForecastStage, Jeopardy
from oms_service.shipping.windows import Window

CARRIERS: Final = {carrier.slug: carrier for carrier in (YAMATO, SAGAWA, JAPAN_POST)}
_OFFICE: Final = {"yamato": "センター", "sagawa": "営業所", "japanpost": "郵便局"}
#: What each carrier calls the steps on a parcel's way.
WORDS: Final = {
    "yamato": {
        "taken": "荷物受付",
        "left": "発送済み",
        "passing": "作業店通過",
        "arrived": "配達店到着",
        "out": "配達中",
        "absent": "ご不在",
        "again": "依頼受付(再配達)",
        "delayed": "輸送遅延",
        "done": "配達完了",
    },
    "sagawa": {
        "taken": "集荷",
        "left": "輸送中",
        "passing": "中継",
        "arrived": "営業所到着",
        "out": "配達中",
        "absent": "ご不在",
        "again": "配達準備中",
        "delayed": "遅延",
        "done": "配達完了",
    },
    "japanpost": {
        "taken": "引受",
        "left": "発送",
        "passing": "中継",
        "arrived": "到着",
        "out": "持ち出し中",
        "absent": "ご不在のため持ち戻り",
        "again": "配達希望受付",
        "delayed": "配達遅延",
        "done": "お届け済み",
    },
}
#: What a carrier says of the cause; ``adapters.carriers`` reads it back into a code.
CAUSES: Final = {
    "snow": "大雪のため",
    "typhoon": "台風の影響",
    "rain": "大雨のため",
    "volume": "物量増加のため",
    "address": "住所確認中",
    "traffic": "交通渋滞のため",
    "absent": "",
}
#: Days lost to each cause: at least, at most.
_LOST: Final = {
    "snow": (2, 4),
    "typhoon": (1, 4),
    "rain": (2, 3),
    "volume": (1, 2),
    "address": (1, 2),
    "traffic": (1, 1),
    "absent": (1, 1),
}
_SNOWY: Final = ("北海道", "青森県", "秋田県", "新潟県", "石川県", "宮城県", "長野県")
_STORMY: Final = ("沖縄県", "鹿児島県", "長崎県", "熊本県", "福岡県", "愛媛県", "香川県")
#: How often things go wrong in general.
_BAD_WEATHER: Final = 0.12
_ABSENT, _ADDRESS, _TRAFFIC = 0.07, 0.008, 0.012


@dataclass(frozen=True)
class Word:
    """One thing a carrier said."""

    at: datetime
    words: str
    reason: str
    place: str
    status: CarrierStatus
    estimate: Window | None = None


@dataclass(frozen=True)
class Road:
    """From where to where a parcel goes, and by whom."""

    carrier: str
    depot: str
    city: str
    lane: Lane | None

    def word(
        self, step: str, when: datetime, *, cause: str = "", estimate: Window | None = None
    ) -> Word:
        carrier = CARRIERS[self.carrier]
        here = self.depot if step in {"taken", "left"} else self.city
        place = f"{here}{_OFFICE[self.carrier]}"
        if step in {"passing", "delayed"}:
            place = "ロジスティクスベース"
        said = WORDS[self.carrier][step]
        told = f"{CAUSES[cause]} {said}" if cause else said
        return Word(
            when,
            f"{said} {CAUSES[cause]}".strip() if cause else said,
            carrier.reason_of(told),
            place,
            carrier.status_of(said),
            estimate,
        )


def trouble(chance: random.Random, day: date, region: str, *, is_recent: bool = False) -> str:
    """What goes wrong with a parcel that leaves on ``day``; mostly nothing.

    The weather of the last days was bad everywhere, so that some of what is under way is late.
    """
    if is_recent and chance.random() < _BAD_WEATHER:
        return "snow" if day.month in {11, 12, 1, 2, 3} and region in _SNOWY else "rain"
    risks = [("absent", _ABSENT), ("address", _ADDRESS), ("traffic", _TRAFFIC)]
    if day.month in {12, 1, 2, 3} and region in _SNOWY:
        risks.append(("snow", 0.18))
    if day.month in {8, 9, 10} and region in _STORMY:
        risks.append(("typhoon", 0.1))
    if day.month == 12:  # noqa: PLR2004 - December
        risks.append(("volume", 0.05))
    drawn = chance.random()
    for cause, risk in risks:
        if drawn < risk:
            return cause
        drawn -= risk
    return ""


def travel(chance: random.Random, road: Road, handed_at: datetime, cause: str) -> list[Word]:
    """Everything the carrier will say, to the delivery."""
    lane = road.lane or Lane(2, 3)
    days = lane.usual_days if chance.random() < 0.9 else lane.late_days  # noqa: PLR2004 - share
    start = day_of(handed_at)
    due = start + timedelta(days=days)
    said = [road.word("taken", handed_at), road.word("left", handed_at + _hours(chance, 2, 4))]
    said.append(road.word("passing", at(start + timedelta(days=1), 0, 30) + _hours(chance, 0, 2)))
    if cause == "absent":
        said += _morning(chance, road, due)
        said.append(road.word("absent", _slot(chance, due)))
        due += timedelta(days=1)
        said.append(road.word("again", at(due, 0) - _hours(chance, 2, 4)))
        said += _morning(chance, road, due)[1:]
    else:
        if cause:
            least, most = _LOST[cause]
            new = due + timedelta(days=chance.randint(least, most))
            heard = at(due, 6) - _hours(chance, 0, 2)
            window = Window.of_days(new, new + timedelta(days=1), ZONE)
            said.append(road.word("delayed", heard, cause=cause, estimate=window))
            due = new
        said += _morning(chance, road, due)
    said.append(road.word("done", _slot(chance, due)))
    return said


def _morning(chance: random.Random, road: Road, day: date) -> list[Word]:
    return [
        road.word("arrived", at(day, 6, 10) + _hours(chance, 0, 0.7)),
        road.word("out", at(day, 7, 20) + _hours(chance, 0, 1.2)),
    ]


def _slot(chance: random.Random, day: date) -> datetime:
    return at(day, 9) + _hours(chance, 0, 11.5)


def _hours(chance: random.Random, least: float, most: float) -> timedelta:
    return timedelta(seconds=int(chance.uniform(least, most) * 3600))


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a parcel stands at some time, as the shop would have it written down."""

    heard: tuple[Word, ...]
    status: CarrierStatus
    status_at: datetime | None
    promised: Window | None
    estimated: Window | None
    estimated_at: datetime | None
    estimate_reason: str
    because: Because | None
    verdict: Verdict
    look_again_at: datetime | None
    #: What the customer was told, when, why: first the promise, then what replaced it.
    told: tuple[tuple[datetime, Window, str], ...]

    @property
    def delivered_at(self) -> datetime | None:
        return self.status_at if self.status is CarrierStatus.DELIVERED else None


def stand(words: Sequence[Word], lane: Lane | None, handed_at: datetime, now: datetime) -> Standing:
    """What the shop believes at ``now``, by the same rules as of live parcels."""
    heard = tuple(word for word in words if word.at <= now)
    promise = _believed((), lane, handed_at, handed_at)
    promised = promise.window if promise else None
    told = [(handed_at, promised, "handed_over")] if promised else []
    if any(word.estimate or word.reason for word in heard):
        told += _replacements(heard, lane, handed_at, promised)
    latest = newest(_said(heard))
    believed = _believed(heard, lane, handed_at, now)
    status = latest.status if latest else CarrierStatus.PRE_TRANSIT
    is_done = status is CarrierStatus.DELIVERED
    here = OnTheRoad(
        status=status,
        reason=heard[-1].reason if heard else "",
        heard_at=latest.occurred_at if latest else handed_at,
        attempts=sum(word.status is CarrierStatus.ATTEMPTED for word in heard),
        delivered_at=latest.occurred_at if latest and is_done else None,
        promised=promised,
        estimated=believed.window if believed else None,
        chance_late=believed.chance_after(promised.until) if believed and promised else None,
        silence=jeopardy.silence_of(lane),
    )
    verdict = jeopardy.judge(here, now)
    return Standing(
        heard=heard,
        status=status,
        status_at=latest.occurred_at if latest else None,
        promised=promised,
        estimated=believed.window if believed else None,
        estimated_at=believed.median if believed else None,
        estimate_reason=believed.why if believed else "",
        because=believed.because if believed else None,
        verdict=verdict,
        look_again_at=jeopardy.look_again(here, now),
        told=tuple(told),
    )


@dataclass(frozen=True)
class Foretold:
    """What the shop believed of a parcel at one stage, as its log keeps it."""

    stage: ForecastStage
    at: datetime
    estimate: eta.Estimate
    promised_until: datetime
    is_at_risk: bool


def foretold(
    words: Sequence[Word], lane: Lane | None, handed_at: datetime, now: datetime
) -> list[Foretold]:
    """At hand-over and a day before the promise ended, each from what was heard by then."""
    first = _believed((), lane, handed_at, handed_at)
    if first is None:
        return []
    until = first.window.until
    found = [Foretold(ForecastStage.HANDOVER, handed_at, first, until, is_at_risk=False)]
    day = until - forecasts.AHEAD
    if handed_at <= day <= now:
        believed = _believed([word for word in words if word.at <= day], lane, handed_at, day)
        if believed is not None:
            verdict = stand(words, lane, handed_at, day).verdict
            is_at_risk = verdict.jeopardy is not Jeopardy.ON_TIME
            found.append(Foretold(ForecastStage.DAY_BEFORE, day, believed, until, is_at_risk))
    return found


def _replacements(
    heard: Sequence[Word], lane: Lane | None, handed_at: datetime, promised: Window | None
) -> list[tuple[datetime, Window, str]]:
    found = []
    last = promised
    for index, word in enumerate(heard, start=1):
        believed = _believed(heard[:index], lane, handed_at, word.at)
        if believed and last and believed.window.until > last.until:
            last = believed.window
            found.append((word.at, last, word.reason or str(believed.why)))
    return found


def _believed(
    heard: Sequence[Word], lane: Lane | None, handed_at: datetime, now: datetime
) -> eta.Estimate | None:
    sent = eta.Sent(handed_over_at=handed_at, lane=lane)
    return eta.estimate(_said(heard), sent, now=now, known=eta.Known(ZONE))


def _said(heard: Sequence[Word]) -> list[Said]:
    return [
        Said(
            word.status,
            word.at,
            str(index),
            word.reason,
            word.estimate.start if word.estimate else None,
            word.estimate.until if word.estimate else None,
        )
        for index, word in enumerate(heard)
    ]
