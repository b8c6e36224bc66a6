"""A notice in words: subject and text of one template, in the customer's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from oms_service.kernel.languages import Language
from oms_service.kernel.money import Money
from oms_service.shipping.windows import Window
from oms_service.web import formats

TEMPLATES: Final = Path(__file__).parent / "templates"

#: Why a parcel is late, as one sentence; codes without one say nothing.
CAUSES: Final[Mapping[str, Mapping[str, str]]] = {
    "snow": {
        "ja": "大雪のため、配送に遅れが出ています。",
        "en": "Heavy snow is holding up parcels.",
    },
    "typhoon": {
        "ja": "台風のため、配送に遅れが出ています。",
        "en": "A typhoon is holding up parcels.",
    },
    "earthquake": {
        "ja": "地震のため、配送に遅れが出ています。",
        "en": "An earthquake is holding up parcels.",
    },
    "weather": {
        "ja": "悪天候のため、配送に遅れが出ています。",
        "en": "Bad weather is holding up parcels.",
    },
    "traffic": {
        "ja": "交通の乱れのため、配送に遅れが出ています。",
        "en": "Traffic is holding up parcels.",
    },
    "customs": {
        "ja": "通関のお手続きに時間がかかっています。",
        "en": "It is taking longer to clear customs.",
    },
    "no_one_home": {
        "ja": "お届けに伺いましたが、ご不在でした。",
        "en": "The carrier called, but nobody was at home.",
    },
    "address": {
        "ja": "配送会社がお届け先のご住所を確認しています。",
        "en": "The carrier is checking the delivery address.",
    },
    "damaged": {
        "ja": "輸送中にお荷物の破損が見つかりました。",
        "en": "The parcel was found damaged on the way.",
    },
    "volume": {
        "ja": "荷物が集中しており、配送に時間がかかっています。",
        "en": "The carrier has more parcels than usual.",
    },
    "attempted": {
        "ja": "お届けに伺いましたが、お受け取りいただけませんでした。",
        "en": "The carrier called, but could not hand the parcel over.",
    },
    "silence": {
        "ja": "配送会社からの更新が途絶えているため、所在を確認しております。",
        "en": "The carrier has said nothing for some time, so we are asking where it is.",
    },
    "lost": {
        "ja": "お荷物の所在がわからなくなっております。",
        "en": "The carrier cannot find the parcel.",
    },
    "returning": {
        "ja": "お荷物がこちらへ返送されています。",
        "en": "The parcel is on its way back to us.",
    },
    "refused": {
        "ja": "お届け先でお受け取りいただけなかったとの連絡がありました。",
        "en": "The carrier says that the parcel was not accepted at the address.",
    },
    "unclaimed": {
        "ja": "お荷物は配送会社の窓口でお受け取りをお待ちしています。",
        "en": "The parcel is waiting for you at the carrier's counter.",
    },
    "payment_hold": {
        "ja": "ご入金の確認ができておらず、発送をお待ちしております。",
        "en": "We have not received the payment yet, so the order is waiting.",
    },
    "stock": {
        "ja": "商品の入荷をお待ちしております。",
        "en": "We are waiting for the item to come in.",
    },
    "stock_overdue": {
        "ja": "商品の入荷が遅れております。",
        "en": "The item has not come in when we expected it.",
    },
    "not_sent": {
        "ja": "発送の準備に時間がかかっております。",
        "en": "It is taking us longer than usual to send it.",
    },
}
#: Where it is going to be, or that nobody knows yet.
_EXPECTED: Final[Mapping[bool, Mapping[str, str]]] = {
    True: {"ja": "現在のお届け予定は{window}です。", "en": "We now expect it {window}."},
    False: {
        "ja": "新しいお届け予定は確認中です。",
        "en": "We do not have a new date yet.",
    },
}
#: The same of what has just left; the page below says it once it is known.
_ARRIVAL: Final[Mapping[bool, Mapping[str, str]]] = {
    True: {"ja": "お届け予定は{window}です。", "en": "Expect it {window}."},
    False: {
        "ja": "お届け予定は、わかりしだい下のページでお知らせします。",
        "en": "The page below will show when to expect it as soon as we know.",
    },
}
#: Who carries a parcel, and under which number.
_CARRIED: Final[Mapping[Language, str]] = {
    Language.JAPANESE: "{carrier}(お問い合わせ番号 {number})",
    Language.ENGLISH: "{carrier}, tracking number {number}",
}
_MORE_FOLLOWS: Final[Mapping[Language, str]] = {
    Language.JAPANESE: "残りの商品は、準備が整いしだい別のお荷物でお送りします。",
    Language.ENGLISH: "The rest of your order follows in another parcel when it is ready.",
}
#: The scores of an answer as buttons say them, the best first.
SCORES: Final[Mapping[Language, tuple[str, ...]]] = {
    Language.JAPANESE: ("5 とても満足", "4 満足", "3 どちらともいえない", "2 不満", "1 とても不満"),
    Language.ENGLISH: (
        "5 Very satisfied",
        "4 Satisfied",
        "3 Neither",
        "2 Dissatisfied",
        "1 Very dissatisfied",
    ),
}


#: Below what is told of an arrival: where it stands at any time, and the entry for calendars.
_FOLLOW: Final[Mapping[Language, str]] = {
    Language.JAPANESE: "現在の状況はこちらでご覧いただけます。\n{page}\n"
    "お届け予定をカレンダーに追加できます。\n{calendar}",
    Language.ENGLISH: "Where it is at any time:\n{page}\nFor your calendar:\n{calendar}",
}

#: Below what tells that something may come back: its label, and the terms that hold for it.
_LABEL: Final[Mapping[Language, str]] = {
    Language.JAPANESE: "お荷物に貼る返品ラベルはこちらです。\n{label}",
    Language.ENGLISH: "Here is the label for the parcel:\n{label}",
}
_TERMS: Final[Mapping[Language, str]] = {
    Language.JAPANESE: "適用される返品特約はこちらです。\n{terms}",
    Language.ENGLISH: "The terms of return that hold for it:\n{terms}",
}


@dataclass(frozen=True)
class Words:
    """What a mail needs; a chat shows the text alone, with ``choices`` to press: (value, label)."""

    subject: str
    text: str
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Speech:
    """The language a notice is said in, and when and where now is."""

    language: Language
    now: datetime
    zone: ZoneInfo

    def window(self, start: str, until: str) -> str:
        """Two ISO moments as people say them."""
        between = Window(datetime.fromisoformat(start), datetime.fromisoformat(until))
        first, last = between.spoken(self.zone)
        return formats.window(first, last, now=self.now, zone=self.zone, language=self.language)

    def day(self, written: str) -> str:
        """An ISO day as people say it."""
        day = date.fromisoformat(written)
        return formats.day(day, now=self.now, zone=self.zone, language=self.language)

    def expected(self, start: str | None, until: str | None) -> str:
        """The sentence about the arrival; it says so where nobody knows."""
        is_known = start is not None and until is not None
        window = self.window(start, until) if start is not None and until is not None else ""
        return _EXPECTED[is_known][self.language].format(window=window)

    def arrival(self, start: str | None, until: str | None) -> str:
        """The sentence about the first word of an arrival."""
        is_known = start is not None and until is not None
        window = self.window(start, until) if start is not None and until is not None else ""
        return _ARRIVAL[is_known][self.language].format(window=window)

    def carried(self, parcel: Mapping[str, Any]) -> str:
        """One parcel's carrier and number."""
        return _CARRIED[self.language].format(
            carrier=parcel["carrier"][self.language],
            number=formats.tracking_number(parcel["number"]),
        )

    def money(self, minor: int, currency: str) -> str:
        return formats.money(Money(minor, currency), self.language)

    def items(self, first: str, others: int) -> str:
        return formats.items(first, others, self.language)

    def cause(self, code: str) -> str:
        return CAUSES.get(code, {}).get(self.language, "")


def render(template: str, facts: Mapping[str, Any], speech: Speech) -> Words:
    """Put the facts of a notice into words.

    Raises:
        KeyError: the facts lack something the template says.
    """
    subject, body = source(template, speech.language)
    said = {**facts, **_spoken(facts, speech)}
    if "page" in facts:
        body = f"{body}\n{_FOLLOW[speech.language]}"
    for fact, words in (("label", _LABEL), ("terms", _TERMS)):
        if facts.get(fact):
            body = f"{body}\n{words[speech.language]}"
    lines = (line.format(**said).strip() for line in body.split("\n"))
    text = "\n".join(lines).strip()
    return Words(subject.format(**said), text, _choices(facts, speech.language))


def _choices(facts: Mapping[str, Any], language: Language) -> tuple[tuple[str, str], ...]:
    """The scores that may be pressed as an answer, the best first."""
    values = facts.get("choices") or []
    return tuple(zip(values, SCORES[language], strict=True)) if values else ()


@cache
def source(template: str, language: Language) -> tuple[str, str]:
    """A template's subject and body, as written."""
    path = TEMPLATES / language / f"{template}.txt"
    subject, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    return subject.strip(), body.strip()


#: Facts that are days, and what templates call them.
_DAYS: Final = (("new_day", "day"), ("until_day", "until"))


def _spoken(facts: Mapping[str, Any], speech: Speech) -> dict[str, str]:
    said = {}
    if "cause" in facts:
        # Japanese runs on, English needs a space behind a sentence.
        cause = speech.cause(facts["cause"])
        said["cause"] = f"{cause} " if cause and speech.language is Language.ENGLISH else cause
    if "new_from" in facts:
        said["window"] = speech.window(facts["new_from"], facts["new_until"])
    said |= {name: speech.day(facts[fact]) for fact, name in _DAYS if fact in facts}
    if "expected_from" in facts:
        said["expected"] = speech.expected(facts["expected_from"], facts["expected_until"])
        said["arrival"] = speech.arrival(facts["expected_from"], facts["expected_until"])
    if "parcels" in facts:
        said["carried"] = "\n".join(speech.carried(one) for one in facts["parcels"])
        said["rest"] = _MORE_FOLLOWS[speech.language] if facts["more_follows"] else ""
    if "refund_minor" in facts:
        said["refund"] = speech.money(facts["refund_minor"], facts["currency"])
    if "first_item" in facts:
        first = facts["first_item"]
        name = first.get(str(speech.language)) or next(iter(first.values()), "")
        said["items"] = speech.items(name, facts["further_items"])
    return said
