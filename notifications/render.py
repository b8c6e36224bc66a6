"""A notice in words: subject, text and HTML of one template, in its reader's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from notifications import phrases
from notifications.parts import PLACE, Part, as_html, as_text, parts
from oms_service.appearance.colours import DEFAULT
from oms_service.kernel.languages import Language
from oms_service.kernel.money import Money
from oms_service.shipping.windows import Window
from oms_service.web import formats

_HEADING: Final = "font-size:18px;line-height:1.5;margin:0 0 8px"
TEMPLATES: Final = Path(__file__).parent / "templates"

#: What may have nothing to say: its fact, button or sentence is left out then.
MAY_BE_EMPTY: Final = frozenset(
    {
        "arrival",
        "before",
        "before_day",
        "calendar",
        "carried",
        "cause",
        "label",
        "leaves",
        "page",
        "pay",
        "refunding",
        "rest",
        "settled",
        "slip",
        "terms",
        "until_moment",
        "what",
        "why",
    }
)


@dataclass(frozen=True)
class Words:
    """What a mail needs; a chat shows the text alone, with ``choices`` to press: (value, label).

    ``html`` says what ``text`` says, as a piece for the frame of the shop's letters.
    """

    subject: str
    text: str
    choices: tuple[tuple[str, str], ...] = ()
    html: str = ""
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Wording:
    """Subject and body as written, with places to fill in."""

    subject: str
    body: str

    @property
    def places(self) -> frozenset[str]:
        return frozenset(PLACE.findall(f"{self.subject} {self.body}"))


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

    def moment(self, written: str) -> str:
        """An ISO moment as people say it."""
        at = datetime.fromisoformat(written)
        return formats.moment(at, now=self.now, zone=self.zone, language=self.language)

    def expected(self, start: str | None, until: str | None) -> str:
        """The sentence about the arrival; it says so where nobody knows."""
        return self._arrival(phrases.EXPECTED, start, until)

    def arrival(self, start: str | None, until: str | None) -> str:
        """The sentence about the first word of an arrival."""
        return self._arrival(phrases.ARRIVAL, start, until)

    def _arrival(
        self,
        sentences: Mapping[bool, Mapping[str, str]],
        start: str | None,
        until: str | None,
    ) -> str:
        if start is None or until is None:
            return sentences[False][self.language]
        return sentences[True][self.language].format(window=self.window(start, until))

    def carried(self, parcel: Mapping[str, Any]) -> str:
        """One parcel's carrier and number."""
        return phrases.CARRIED[self.language].format(
            carrier=parcel["carrier"][self.language],
            number=formats.tracking_number(parcel["number"]),
        )

    def money(self, minor: int, currency: str) -> str:
        return formats.money(Money(minor, currency), self.language)

    def items(self, first: str, others: int) -> str:
        return formats.items(first, others, self.language)

    def named(self, words: Mapping[str, str]) -> str:
        """A name in this language, else in the other."""
        return words.get(str(self.language)) or next(iter(words.values()), "")

    def cause(self, code: str) -> str:
        return phrases.CAUSES.get(code, {}).get(self.language, "")


def render(
    template: str,
    facts: Mapping[str, Any],
    speech: Speech,
    *,
    wording: Wording | None = None,
    accent: str = DEFAULT,
) -> Words:
    """Put the facts of a notice into words.

    Args:
        template: whose words, unless the shop has written others.
        facts: as told.
        speech: in which language, from which moment.
        wording: what the shop has written instead.
        accent: the colour of buttons, ``#rrggbb``.

    Raises:
        KeyError: the facts lack something the words say.
    """
    written = wording or source(template, speech.language)
    said = {**dict.fromkeys(MAY_BE_EMPTY, ""), **facts, **_spoken(facts, speech)}

    def fill(piece: str) -> str:
        return PLACE.sub(lambda place: str(said[place.group(1)] or ""), piece)

    parted = parts(written.body, fill, lambda place: bool(said[place]))
    return Words(
        " ".join(fill(written.subject).split()),
        as_text(parted, speech.language),
        _choices(facts, speech.language),
        as_html(parted, accent),
        parted,
    )


def together(several: Sequence[Words], language: Language) -> Words:
    """Several notices as one letter, each below its own subject."""
    return Words(
        phrases.TOGETHER[language].format(count=len(several)),
        "\n\n\n".join(f"■ {one.subject}\n{one.text}" for one in several),
        html="\n".join(
            f'<h2 style="{_HEADING}">{escape(one.subject)}</h2>\n{one.html}' for one in several
        ),
        parts=tuple(part for one in several for part in one.parts),
    )


def _choices(facts: Mapping[str, Any], language: Language) -> tuple[tuple[str, str], ...]:
    """The scores that may be pressed as an answer, the best first."""
    values = facts.get("choices") or []
    return tuple(zip(values, phrases.SCORES[language], strict=True)) if values else ()


@cache
def source(template: str, language: Language) -> Wording:
    """A template's subject and body, as written."""
    path = TEMPLATES / language / f"{template}.txt"
    subject, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    return Wording(subject.strip(), body.strip())


#: Facts that are days or moments, and what templates call them.
_DAYS: Final = (
    ("new_day", "day"),
    ("until_day", "until"),
    ("old_day", "old_day"),
    ("leaves_by", "leaves_day"),
)
_MONEY: Final = (("refund_minor", "refund"), ("amount_minor", "amount"))
#: Sentences that say one fact, where there is one.
_SENTENCES: Final = (
    ("old_window", "before", phrases.BEFORE),
    ("old_day", "before_day", phrases.BEFORE_DAY),
    ("leaves_day", "leaves", phrases.LEAVES),
)


def _spoken(facts: Mapping[str, Any], speech: Speech) -> dict[str, str]:
    said = _of_arrival(facts, speech)
    if "cause" in facts:
        # Japanese runs on, English needs a space behind a sentence.
        cause = speech.cause(facts["cause"])
        said["cause"] = f"{cause} " if cause and speech.language is Language.ENGLISH else cause
    said |= _of_days_and_money(facts, speech)
    said |= _of_names_and_codes(facts, speech)
    for fact, name, by_language in _SENTENCES:
        if said.get(fact):
            said[name] = by_language[speech.language].format(**{fact: said[fact]})
    return said


def _of_arrival(facts: Mapping[str, Any], speech: Speech) -> dict[str, str]:
    said = {}
    if "new_from" in facts:
        said["window"] = speech.window(facts["new_from"], facts["new_until"])
    if facts.get("old_from") and facts.get("old_until"):
        said["old_window"] = speech.window(facts["old_from"], facts["old_until"])
    if "expected_from" in facts:
        said["expected"] = speech.expected(facts["expected_from"], facts["expected_until"])
        said["arrival"] = speech.arrival(facts["expected_from"], facts["expected_until"])
    if "parcels" in facts:
        said["carried"] = "\n".join(speech.carried(one) for one in facts["parcels"])
        said["rest"] = phrases.MORE_FOLLOWS[speech.language] if facts.get("more_follows") else ""
    return said


def _of_days_and_money(facts: Mapping[str, Any], speech: Speech) -> dict[str, str]:
    said = {name: speech.day(facts[fact]) for fact, name in _DAYS if facts.get(fact)}
    if facts.get("until_at"):
        said["until_moment"] = speech.moment(facts["until_at"])
    said |= {
        name: speech.money(facts[fact], facts["currency"]) for fact, name in _MONEY if fact in facts
    }
    if facts.get("refund_minor"):
        sentence = phrases.REFUNDING[facts.get("refund_of") or "all"][speech.language]
        said["refunding"] = sentence.format(refund=said["refund"])
    if facts.get("settled_minor"):
        minor = facts["settled_minor"]
        sentence = phrases.SETTLED[minor > 0][speech.language]
        said["settled"] = sentence.format(settled=speech.money(abs(minor), facts["currency"]))
    return said


def _of_names_and_codes(facts: Mapping[str, Any], speech: Speech) -> dict[str, str]:
    said = {"place": speech.named(facts["place"])} if "place" in facts else {}
    if "first_item" in facts:
        said["items"] = speech.items(speech.named(facts["first_item"]), facts["further_items"])
    for fact, sentences in (("why", phrases.WHY), ("what", phrases.WHAT)):
        if fact in facts:
            said[fact] = sentences.get(facts[fact], {}).get(speech.language, "")
    return said
