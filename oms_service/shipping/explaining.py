"""Why a parcel comes when we say, in a sentence or two as a person would say them: pure.

Where a present moment is given, days near it are called by their names; without one the words stay
true however long they are kept.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from oms_service.kernel.languages import Language
from oms_service.shipping import lanes
from oms_service.shipping.because import Because, HouseStage, Why

#: What holds a parcel up, by the carrier's code: said of a road, or of no road in particular.
_HELD_UP: Final[Mapping[str, tuple[str, str]]] = {
    "snow": ("大雪", "Heavy snow"),
    "typhoon": ("台風", "A typhoon"),
    "earthquake": ("地震", "An earthquake"),
    "weather": ("悪天候", "Bad weather"),
    "traffic": ("交通の乱れ", "Traffic"),
    "volume": ("荷物の集中", "A large number of parcels"),
}
_OTHER_CAUSES: Final[Mapping[str, tuple[str, str]]] = {
    "no_one_home": (
        "お届けに伺いましたが、ご不在でした。",
        "The carrier called, but nobody was at home.",
    ),
    "address": (
        "運送会社がお届け先のご住所を確認しています。",
        "The carrier is checking the delivery address.",
    ),
    "customs": (
        "通関の手続きに時間がかかっています。",
        "It is taking longer to clear customs.",
    ),
    "closed": (
        "お届け先がお休みのため、お届けできませんでした。",
        "The address was closed, so it could not be delivered.",
    ),
    "damaged": (
        "輸送中にお荷物の破損が見つかりました。",
        "The parcel was found damaged on the way.",
    ),
    "moved": (
        "運送会社がお引っ越し先のご住所を確認しています。",
        "The carrier is looking for the new address.",
    ),
    "lost": (
        "運送会社がお荷物を捜しています。",
        "The carrier is searching for the parcel.",
    ),
}
_EVENING, _MORNING_ENDS = 18, 12
_WEEKDAYS_JA: Final = "月火水木金土日"
_WEEKDAYS_EN: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS_EN: Final = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip


def sentence(
    because: Because, language: Language, zone: ZoneInfo, *, now: datetime | None = None
) -> str:
    """The explanation of an estimate.

    Args:
        because: what led to it.
        language: whose words.
        zone: whose days and hours.
        now: UTC; with it the words are "last night" and "tomorrow", without it dates.
    """
    today = now.astimezone(zone).date() if now else None
    if language is Language.JAPANESE:
        return "".join(_Japanese(because, zone, today).said())
    return " ".join(_English(because, zone, today).said())


@dataclass(frozen=True)
class _Speech(ABC):
    """What both languages go by."""

    because: Because
    zone: ZoneInfo
    today: date | None

    def said(self) -> Iterator[str]:
        """Sentence by sentence."""
        because = self.because
        by_why: Mapping[str, Callable[[], Iterator[str]]] = {
            Why.CARRIER: self.by_carrier,
            Why.OUT_FOR_DELIVERY: self.on_the_van,
            Why.DELAYED: self.delayed,
            Why.CUSTOMS: self.in_customs,
            Why.ATTEMPTED: self.attempted,
            Why.AT_COUNTER: self.at_counter,
            Why.OVERDUE: self.overdue,
            Why.NOT_SENT: self.not_sent,
            Why.WISHED: self.as_wished,
            Why.LEAD_TIME: self.on_its_road,
            Why.HISTORY: self.on_its_road,
        }
        yield from by_why.get(because.why, self.held_up)()
        if because.why in {Why.LEAD_TIME, Why.HISTORY, Why.NOT_SENT}:
            yield from self.besides()

    @abstractmethod
    def on_its_road(self) -> Iterator[str]: ...

    @abstractmethod
    def by_carrier(self) -> Iterator[str]: ...

    @abstractmethod
    def on_the_van(self) -> Iterator[str]: ...

    @abstractmethod
    def delayed(self) -> Iterator[str]: ...

    @abstractmethod
    def held_up(self) -> Iterator[str]: ...

    @abstractmethod
    def in_customs(self) -> Iterator[str]: ...

    @abstractmethod
    def attempted(self) -> Iterator[str]: ...

    @abstractmethod
    def at_counter(self) -> Iterator[str]: ...

    @abstractmethod
    def overdue(self) -> Iterator[str]: ...

    @abstractmethod
    def not_sent(self) -> Iterator[str]: ...

    @abstractmethod
    def as_wished(self) -> Iterator[str]: ...

    @abstractmethod
    def besides(self) -> Iterator[str]: ...

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)

    def ago(self, day: date) -> int | None:
        return (self.today - day).days if self.today else None


class _English(_Speech):
    def on_its_road(self) -> Iterator[str]:
        left, usual = self._left(), self._usual("to")
        if left and usual:
            yield f"{left} and {usual}."
        elif left:
            yield f"{left}."
        elif usual:
            yield f"Its road {usual}."

    def by_carrier(self) -> Iterator[str]:
        left = self._left()
        if left:
            yield f"{left}; the carrier itself expects it then."
        else:
            yield "The carrier itself expects it then."

    def on_the_van(self) -> Iterator[str]:
        at = self.because.said_at
        yield (
            f"It has been out for delivery since {self._moment(at)}."
            if at
            else ("It is out for delivery.")
        )

    def delayed(self) -> Iterator[str]:
        yield "The carrier has reported a delay."

    def held_up(self) -> Iterator[str]:
        why, to = self.because.why, _english_place(self.because.destination)
        if why in _HELD_UP:
            yield f"{_HELD_UP[why][1]} is holding up parcels{f' to {to}' if to else ''}."
        elif why in _OTHER_CAUSES:
            yield _OTHER_CAUSES[why][1]
        else:
            yield from self.delayed()

    def in_customs(self) -> Iterator[str]:
        yield "It is being cleared by customs."

    def attempted(self) -> Iterator[str]:
        at = self.because.said_at
        when = f" {self._day(self.local(at).date())}" if at else ""
        again = self._again("comes again")
        yield f"The carrier could not hand it over{when}{f' and {again}' if again else ''}."

    def at_counter(self) -> Iterator[str]:
        at = self.because.said_at
        since = f" since {self._bare_day(self.local(at).date())}" if at else ""
        yield f"It has been waiting to be collected{since}."

    def overdue(self) -> Iterator[str]:
        usual = self._days()
        than = f" than the usual {usual}{self._road()}" if usual else " than usual"
        yield f"It is taking longer{than}, and may come any day now."

    def not_sent(self) -> Iterator[str]:
        because = self.because
        if because.ready_on is not None:
            yield f"The goods are due {self._day(because.ready_on)}."
        if because.stage == HouseStage.PACKED:
            yield "It is packed."
        leaves, usual = because.leaves_on, self._usual("to")
        if leaves is not None:
            origin = _english_place(because.origin) or "our warehouse"
            told = f"We expect it to leave {origin} {self._day(leaves)}"
            yield f"{told}; from there it {usual}." if usual else f"{told}."

    def as_wished(self) -> Iterator[str]:
        left = self._left()
        if left:
            yield f"{left}."
        yield "It is to be delivered when you asked for it."

    def besides(self) -> Iterator[str]:
        because = self.because
        if because.closed:
            days = _and([self._bare_day(day) for day in because.closed], " and ")
            yield f"There is no delivery on {days}."
        if because.extra_days:
            yield f"Islands and remote areas take {_days_en(because.extra_days)} longer."
        if because.behind_days:
            yield (
                f"At the moment parcels are taking about {_days_en(because.behind_days)} "
                "longer than usual."
            )

    def _left(self) -> str:
        at = self.because.left_at
        if at is None:
            return ""
        local = self.local(at)
        origin = _english_place(self.because.origin) or "our warehouse"
        ago = self.ago(local.date())
        if ago == 1 and local.hour >= _EVENING:
            when = "last night"
        elif ago == 0 and local.hour < _MORNING_ENDS:
            when = "this morning"
        else:
            when = self._day(local.date())
        return f"It left {origin} {when}"

    def _days(self) -> str:
        usual = self.because.usual_days
        if usual is None or usual[1] == 0:
            return ""
        first, last = usual
        return _days_en(last) if first == last else f"{first} to {last} days"

    def _usual(self, word: str) -> str:
        place = _english_place(self.because.destination)
        if self.because.usual_days == (0, 0):
            return f"usually arrives{f' in {place}' if place else ''} on the same day"
        days = self._days()
        return f"usually takes {days}{f' {word} {place}' if place else ''}" if days else ""

    def _again(self, verb: str) -> str:
        usual = self.because.usual_days
        if usual is None:
            return ""
        if usual == (0, 0):
            return f"usually {verb} on the same day"
        if usual == (1, 1):
            return f"usually {verb} the next day"
        return f"usually {verb} within {_days_en(usual[1])}"

    def _road(self) -> str:
        origin, to = (
            _english_place(self.because.origin),
            _english_place(self.because.destination),
        )
        return f" from {origin} to {to}" if origin and to else f" to {to}" if to else ""

    def _day(self, day: date) -> str:
        ago = self.ago(day)
        near = {-1: "tomorrow", 0: "today", 1: "yesterday"}.get(ago) if ago is not None else None
        return near or f"on {self._bare_day(day)}"

    def _bare_day(self, day: date) -> str:
        said = f"{_WEEKDAYS_EN[day.weekday()]} {day.day} {_MONTHS_EN[day.month - 1]}"
        return said if self.today is None or day.year == self.today.year else f"{said} {day.year}"

    def _moment(self, at: datetime) -> str:
        local = self.local(at)
        clock, ago = f"{local.hour}:{local.minute:02}", self.ago(local.date())
        if ago == 0:
            return f"{clock} this morning" if local.hour < _MORNING_ENDS else f"{clock} today"
        return f"{self._bare_day(local.date())}, {clock}"


class _Japanese(_Speech):
    def on_its_road(self) -> Iterator[str]:
        left, usual = self._left(), self._usual()
        if left:
            yield f"{left}を出発しました。"
        if usual:
            yield f"{usual}。"

    def by_carrier(self) -> Iterator[str]:
        left = self._left()
        if left:
            yield f"{left}を出発しました。"
        yield "運送会社から連絡のあったお届け予定です。"

    def on_the_van(self) -> Iterator[str]:
        at = self.because.said_at
        yield f"{self._moment(at)}から配達中です。" if at else "ただいま配達中です。"

    def delayed(self) -> Iterator[str]:
        yield "運送会社から、配送が遅れているとの連絡がありました。"

    def held_up(self) -> Iterator[str]:
        why, to = self.because.why, lanes.bare_name(self.because.destination)
        if why in _HELD_UP:
            what = f"{to}方面の便" if to else "配送"
            yield f"{_HELD_UP[why][0]}のため、{what}に遅れが出ています。"
        elif why in _OTHER_CAUSES:
            yield _OTHER_CAUSES[why][0]
        else:
            yield from self.delayed()

    def in_customs(self) -> Iterator[str]:
        yield "税関で手続き中です。"

    def attempted(self) -> Iterator[str]:
        at, usual = self.because.said_at, self.because.usual_days
        when = self._on(self.local(at).date()) if at else ""
        yield f"{when}お届けに伺いましたが、お渡しできませんでした。"
        if usual is not None:
            again = {(0, 0): "当日中", (1, 1): "翌日"}.get(usual) or f"{usual[1]}日以内"
            yield f"通常は{again}に改めてお届けします。"

    def at_counter(self) -> Iterator[str]:
        at = self.because.said_at
        since = f"{self._day(self.local(at).date())}から" if at else ""
        yield f"{since}受け取り場所でお預かりしています。"

    def overdue(self) -> Iterator[str]:
        usual = self._days()
        if usual:
            yield f"{self._road()}通常{usual}ですが、今回は日数がかかっています。"
        else:
            yield "通常より日数がかかっています。"
        yield "まもなくお届けできる見込みです。"

    def not_sent(self) -> Iterator[str]:
        because = self.because
        if because.ready_on is not None:
            yield f"商品は{self._on(because.ready_on)}入荷の予定です。"
        if because.leaves_on is not None:
            packed = "梱包が済み、" if because.stage == HouseStage.PACKED else ""
            origin = lanes.bare_name(because.origin)
            day = self._on(because.leaves_on)
            yield f"{packed}{day}{f'{origin}から' if origin else ''}発送の予定です。"
            usual = self._usual()
            if usual:
                yield f"{usual}。"

    def as_wished(self) -> Iterator[str]:
        left = self._left()
        if left:
            yield f"{left}を出発しました。"
        yield "ご指定の日時に合わせてお届けします。"

    def besides(self) -> Iterator[str]:
        because = self.because
        if because.closed:
            days = _and([self._bare_day(day) for day in because.closed], "と")
            yield f"{days}は配達がございません。"
        if because.extra_days:
            yield f"離島などの地域へは、さらに{because.extra_days}日ほどかかります。"
        if because.behind_days:
            yield f"現在、通常より{because.behind_days}日ほど遅れてお届けしています。"

    def _left(self) -> str:
        at = self.because.left_at
        if at is None:
            return ""
        local = self.local(at)
        ago = self.ago(local.date())
        if ago == 1 and local.hour >= _EVENING:
            when = "昨夜、"
        elif ago == 0 and local.hour < _MORNING_ENDS:
            when = "今朝、"
        else:
            said = self._on(local.date())
            when = said if said.endswith("に") else f"{said}、"
        return f"{when}{lanes.bare_name(self.because.origin) or '倉庫'}"

    def _days(self) -> str:
        usual = self.because.usual_days
        if usual is None or usual[1] == 0:
            return ""
        first, last = usual
        return f"{last}日" if first == last else f"{first}~{last}日"

    def _usual(self) -> str:
        place = lanes.bare_name(self.because.destination)
        if self.because.usual_days == (0, 0):
            return f"{f'{place}へは' if place else ''}通常、当日中に届きます"
        days = self._days()
        return f"{f'{place}までは' if place else 'お届けまでは'}通常{days}です" if days else ""

    def _road(self) -> str:
        origin, to = (
            lanes.bare_name(self.because.origin),
            lanes.bare_name(self.because.destination),
        )
        return f"{origin}から{to}までは" if origin and to else f"{to}までは" if to else ""

    def _day(self, day: date) -> str:
        ago = self.ago(day)
        near = {-2: "明後日", -1: "明日", 0: "本日", 1: "昨日", 2: "一昨日"}
        return (near.get(ago) if ago is not None else None) or self._bare_day(day)

    def _on(self, day: date) -> str:
        said = self._day(day)
        return f"{said}に" if said.endswith(")") else said

    def _bare_day(self, day: date) -> str:
        said = f"{day.month}月{day.day}日({_WEEKDAYS_JA[day.weekday()]})"
        is_this_year = self.today is None or day.year == self.today.year
        return said if is_this_year else f"{day.year}年{said}"

    def _moment(self, at: datetime) -> str:
        local = self.local(at)
        minutes = f"{local.minute}分" if local.minute else ""
        return f"{self._day(local.date())}{local.hour}時{minutes}"


def _days_en(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"


def _and(parts: Sequence[str], glue: str) -> str:
    if len(parts) <= 1:
        return "".join(parts)
    comma = "、" if glue == "と" else ", "
    return f"{comma.join(parts[:-1])}{glue}{parts[-1]}"


def place(region: str, language: Language) -> str:
    """A region as readers of a language write it: 北海道, "Hokkaido"."""
    return _english_place(region) if language is Language.ENGLISH else region


def _english_place(region: str) -> str:
    bare = lanes.bare_name(region)
    return _ROMAN.get(bare, bare)


#: How the prefectures are written in English.
_ROMAN: Final[Mapping[str, str]] = {
    "北海道": "Hokkaido",
    "青森": "Aomori",
    "岩手": "Iwate",
    "宮城": "Miyagi",
    "秋田": "Akita",
    "山形": "Yamagata",
    "福島": "Fukushima",
    "茨城": "Ibaraki",
    "栃木": "Tochigi",
    "群馬": "Gunma",
    "埼玉": "Saitama",
    "千葉": "Chiba",
    "東京": "Tokyo",
    "神奈川": "Kanagawa",
    "山梨": "Yamanashi",
    "新潟": "Niigata",
    "富山": "Toyama",
    "石川": "Ishikawa",
    "福井": "Fukui",
    "長野": "Nagano",
    "岐阜": "Gifu",
    "静岡": "Shizuoka",
    "愛知": "Aichi",
    "三重": "Mie",
    "滋賀": "Shiga",
    "京都": "Kyoto",
    "大阪": "Osaka",
    "兵庫": "Hyogo",
    "奈良": "Nara",
    "和歌山": "Wakayama",
    "鳥取": "Tottori",
    "島根": "Shimane",
    "岡山": "Okayama",
    "広島": "Hiroshima",
    "山口": "Yamaguchi",
    "徳島": "Tokushima",
    "香川": "Kagawa",
    "愛媛": "Ehime",
    "高知": "Kochi",
    "福岡": "Fukuoka",
    "佐賀": "Saga",
    "長崎": "Nagasaki",
    "熊本": "Kumamoto",
    "大分": "Oita",
    "宮崎": "Miyazaki",
    "鹿児島": "Kagoshima",
    "沖縄": "Okinawa",
}
