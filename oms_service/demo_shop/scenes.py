"""The orders everybody may try in the chat: always there, always in the same plight.

``docs/demo.md`` lists them from here. Their times hang on the present, so that each is alive on
any day and at any hour.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from oms_service.demo_shop.journeys import Road, Word
from oms_service.demo_shop.people import PLACES, Person
from oms_service.demo_shop.season import ZONE, at, day_of
from oms_service.kernel.languages import Language, Words
from oms_service.payments.states import MethodKind
from oms_service.shipping.windows import Window

Trip = Callable[[Road, datetime, datetime], tuple[Word, ...]]
"""From the road, the handing over and the present: what the carrier says, until delivered."""


@dataclass(frozen=True, kw_only=True)
class Box:
    """One parcel of a scene: whose, which lines of the order, how it travels."""

    carrier: str
    lines: tuple[int, ...]
    trip: Trip


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One order to try. ``placed`` and ``sent`` say how long ago."""

    number: str
    who: Person
    plight: Words
    goods: tuple[tuple[str, int], ...]
    method: MethodKind
    placed: timedelta
    sent: Callable[[datetime], datetime] | None = None
    boxes: tuple[Box, ...] = ()


def person(names: str, mail: str, phone: str, city: str, line1: str, line2: str = "") -> Person:
    family, given, family_kana, given_kana = names.split("/")
    place = next(number for number, entry in enumerate(PLACES) if entry[1] == city)
    return Person(
        family=family,
        given=given,
        family_kana=family_kana,
        given_kana=given_kana,
        mail=mail,
        phone=phone,
        language=Language.JAPANESE if family_kana else Language.ENGLISH,
        place=place,
        line1=f"{PLACES[place][2]}{line1}",
        line2=line2,
    )


def _days_ago(days: int, hour: int) -> Callable[[datetime], datetime]:
    def when(now: datetime) -> datetime:
        return at(day_of(now) - timedelta(days=days), hour, 20)

    return when


def _out_at(now: datetime) -> datetime:
    """This morning at 7:42, or a little ago where that is still to come."""
    return min(at(day_of(now), 7, 42), now - timedelta(minutes=20))


def _slot(now: datetime) -> Window:
    """The delivery window of today that is still ahead."""
    for first, last in ((9, 12), (14, 16), (16, 18), (18, 20), (19, 21)):
        window = Window(at(day_of(now), first), at(day_of(now), last))
        if window.until > now + timedelta(minutes=40):
            return window
    return Window(now, now + timedelta(hours=2))


def _begun(road: Road, handed: datetime, *, by: datetime) -> list[Word]:
    """Taken in and on the way, as far as that can be before ``by``."""
    step = (by - handed) / 4
    return [
        road.word("taken", handed),
        road.word("left", handed + min(timedelta(hours=3), step)),
        road.word("passing", handed + min(timedelta(hours=8), step * 2)),
    ]


def _snowed_in(road: Road, handed: datetime, now: datetime) -> tuple[Word, ...]:
    """Held up twice; the new days lie ahead, the promise has passed."""
    today = day_of(now)
    first = at(today - timedelta(days=3), 6, 10)
    again = min(at(today - timedelta(days=1), 9, 15), now - timedelta(hours=1))
    soon = Window.of_days(today - timedelta(days=1), today, ZONE)
    new = Window.of_days(today + timedelta(days=2), today + timedelta(days=3), ZONE)
    return (
        *_begun(road, handed, by=first),
        road.word("delayed", first, cause="snow", estimate=soon),
        road.word("delayed", again, cause="snow", estimate=new),
    )


def _out_today(road: Road, handed: datetime, now: datetime) -> tuple[Word, ...]:
    out = _out_at(now)
    return (
        *_begun(road, handed, by=out),
        road.word("arrived", out - timedelta(hours=1, minutes=30)),
        road.word("out", out, estimate=_slot(now)),
    )


def _on_its_way(road: Road, handed: datetime, now: datetime) -> tuple[Word, ...]:
    return tuple(_begun(road, handed, by=now))


def _missed(road: Road, handed: datetime, now: datetime) -> tuple[Word, ...]:
    day = day_of(now) - timedelta(days=1)
    return (
        *_begun(road, handed, by=at(day, 5)),
        road.word("arrived", at(day, 6, 20)),
        road.word("out", at(day, 7, 50)),
        road.word("absent", at(day, 15, 12)),
    )


def _delivered(days: int) -> Trip:
    def trip(road: Road, handed: datetime, now: datetime) -> tuple[Word, ...]:
        day = day_of(now) - timedelta(days=days)
        return (
            *_begun(road, handed, by=at(day, 5)),
            road.word("arrived", at(day, 6, 15)),
            road.word("out", at(day, 8, 5)),
            road.word("done", at(day, 11, 34)),
        )

    return trip


_MISAKI: Final = person(
    "佐藤/美咲/サトウ/ミサキ",
    "misaki.sato@example.jp",
    "090-0123-4567",
    "札幌市中央区",
    "8-1-20",
    "メゾン大通 502",
)
_KENTA: Final = person(
    "鈴木/健太/スズキ/ケンタ", "kenta.suzuki@example.jp", "090-0123-4568", "世田谷区", "2-11-7"
)
_MAYUMI: Final = person(
    "田中/真由美/タナカ/マユミ", "mayumi.tanaka@example.jp", "090-0123-4569", "新宿区", "4-30-2"
)
_MAKOTO: Final = person(
    "高橋/誠/タカハシ/マコト", "makoto.takahashi@example.jp", "090-0123-4570", "豊中市", "3-1-12"
)
_EMMA: Final = person(
    "Wilson/Emma//", "emma.wilson@example.com", "090-0123-4571", "港区", "4-2-9", "Villa Midori 301"
)
_SAKURA: Final = person(
    "伊藤/さくら/イトウ/サクラ",
    "sakura.ito@example.jp",
    "090-0123-4572",
    "名古屋市千種区",
    "1-44-3",
)
_RYO: Final = person(
    "山口/亮/ヤマグチ/リョウ", "ryo.yamaguchi@example.jp", "090-0123-4573", "仙台市青葉区", "3-5-8"
)
_CHIHIRO: Final = person(
    "渡辺/千尋/ワタナベ/チヒロ",
    "chihiro.watanabe@example.jp",
    "090-0123-4574",
    "広島市中区",
    "6-2-1",
)
_KAORI: Final = person(
    "中村/香織/ナカムラ/カオリ",
    "kaori.nakamura@example.jp",
    "090-0123-4575",
    "船橋市",
    "5-7-15",
    "コーポひまわり 203",
)

SCENES: Final = (
    Scene(
        number="A-10423",
        who=_MISAKI,
        plight={"ja": "大雪で遅れている", "en": "late: held up by snow"},
        goods=(("DRIP-30", 1), ("MUG-WHITE", 1)),
        method=MethodKind.CARD,
        placed=timedelta(days=6, hours=2),
        sent=_days_ago(5, 16),
        boxes=(Box(carrier="yamato", lines=(0, 1), trip=_snowed_in),),
    ),
    Scene(
        number="A-10431",
        who=_KENTA,
        plight={"ja": "本日配達中", "en": "out for delivery today"},
        goods=(("KETTLE-STEEL", 1),),
        method=MethodKind.CARD,
        placed=timedelta(days=2, hours=3),
        sent=lambda now: _out_at(now) - timedelta(hours=15),
        boxes=(Box(carrier="yamato", lines=(0,), trip=_out_today),),
    ),
    Scene(
        number="A-10407",
        who=_MAYUMI,
        plight={
            "ja": "3日前にお届け済み、返品できる(アウトレット品を除く)",
            "en": "delivered 3 days ago; can be returned, except the outlet bag",
        },
        goods=(("KNIT-M-NAVY", 1), ("TSHIRT-M-WHITE", 2), ("OUTLET-BAG-NATURAL", 1)),
        method=MethodKind.CARD,
        placed=timedelta(days=6),
        sent=_days_ago(4, 16),
        boxes=(Box(carrier="sagawa", lines=(0, 1, 2), trip=_delivered(3)),),
    ),
    Scene(
        number="A-10388",
        who=_MAKOTO,
        plight={
            "ja": "45日前にお届け済み、返品期間は終了",
            "en": "delivered 45 days ago; the return window is closed",
        },
        goods=(("SHIRT-L-WHITE", 1),),
        method=MethodKind.KONBINI,
        placed=timedelta(days=48),
        sent=_days_ago(46, 16),
        boxes=(Box(carrier="japanpost", lines=(0,), trip=_delivered(45)),),
    ),
    Scene(
        number="A-10415",
        who=_EMMA,
        plight={"ja": "輸送中(英語のお客様)", "en": "on its way; the customer writes English"},
        goods=(("BEANS-ETHIOPIA-200G-BEANS", 2), ("DRIPPER-1-2-WHITE", 1)),
        method=MethodKind.CARD,
        placed=timedelta(days=2),
        sent=lambda now: now - timedelta(hours=14),
        boxes=(Box(carrier="sagawa", lines=(0, 1), trip=_on_its_way),),
    ),
    Scene(
        number="A-10434",
        who=_SAKURA,
        plight={"ja": "出荷準備中", "en": "being prepared"},
        goods=(("TOWEL-BATH-GREY", 2),),
        method=MethodKind.CARD,
        placed=timedelta(hours=2),
    ),
    Scene(
        number="A-10436",
        who=_RYO,
        plight={"ja": "コンビニ支払い待ち", "en": "waiting for payment at a convenience store"},
        goods=(("PAN-24CM", 1),),
        method=MethodKind.KONBINI,
        placed=timedelta(hours=3),
    ),
    Scene(
        number="A-10419",
        who=_CHIHIRO,
        plight={
            "ja": "2個口のうち1個はお届け済み、1個は輸送中",
            "en": "two parcels: one delivered, one on its way",
        },
        goods=(("APRON-NAVY", 1), ("BOARD-LARGE", 1)),
        method=MethodKind.CARD,
        placed=timedelta(days=4),
        sent=_days_ago(2, 16),
        boxes=(
            Box(carrier="yamato", lines=(0,), trip=_delivered(1)),
            Box(carrier="yamato", lines=(1,), trip=_on_its_way),
        ),
    ),
    Scene(
        number="A-10402",
        who=_KAORI,
        plight={"ja": "ご不在で持ち戻り", "en": "nobody was home; waiting for a new date"},
        goods=(("TUMBLER-350ML-WHITE", 1), ("HOJICHA-BAGS", 2)),
        method=MethodKind.CASH_ON_DELIVERY,
        placed=timedelta(days=3, hours=5),
        sent=_days_ago(2, 16),
        boxes=(Box(carrier="japanpost", lines=(0, 1), trip=_missed),),
    ),
)


def people(scenes: tuple[Scene, ...] = SCENES) -> list[Person]:
    return [replace(scene.who) for scene in scenes]


def as_markdown() -> str:
    """The table of ``docs/demo.md``."""
    lines = ["| Order | Customer | Mail | Phone | Postal code | What is with it |"]
    lines += ["|---|---|---|---|---|---|"]
    lines += [
        f"| `{scene.number}` | {scene.who.recipient} | {scene.who.mail} | {scene.who.phone}"
        f" | {PLACES[scene.who.place][3]} | {scene.plight['en']} |"
        for scene in SCENES
    ]
    return "\n".join(lines) + "\n"
