"""Hours of the day as people name them."""

import re
from dataclasses import dataclass
from typing import Final

#: Parts of the day and their hours; the order decides between those that overlap.
_PARTS: Final = (
    (re.compile((
        r"午前中?|朝(?:のうち|方|一番|いち)?(?!から待)|\b(?:in the |early |late |this "
        r"|tomorrow )?mornings?\b"
    ), re.I), 8, 12),
    (re.compile(r"夕方|夕刻|\b(?:early|late afternoon/) evening\b", re.I), 16, 18),
    (re.compile(r"午後(?!\s?\d)|お?昼(?:過ぎ|すぎ)(?:から)?|\bafternoons?\b", re.I), 12, 18),
    (re.compile((
        r"夜間|(?<!深)(?<!昨)夜(?!分)(?!中)|今晩|今夜|晩(?!年)|\b(?:evenings?|tonight"
        r"|at night|nights?)\b"
    ), re.I), 18, 21),
    (re.compile((
        r"正午|お?昼(?:頃|ごろ|休み|どき|時)?(?!間)|\b(?:noon|midday|lunch ?time"
        r"|around lunch)\b"
    ), re.I), 12, 13),
)  # fmt: skip
_GREETING: Final = re.compile(
    r"\bgood (?:morning|afternoon|evening|night)\b|夜分|\bovernight\b|朝日|夜明", re.IGNORECASE
)
_HALF: Final = r"(?P<{0}half>午前|午後|朝|夜|夕方|昼)?の?\s?"
_HOUR_JA: Final = (
    r"(?P<{0}hour>[01]?\d|2[0-4])(?:時(?P<{0}min>半|[0-5]\d分)?|:(?P<{0}colon>[0-5]\d))"
)
_RANGE_JA: Final = re.compile(
    (
        _HALF
        + r"(?P<{0}hour>[01]?\d|2[0-4])(?:時(?P<{0}min>半|[0-5]\d分)?|:(?P<{0}colon>[0-5]\d))?"
    ).format("a")
    + r"\s?(?:から|〜|~|-|と)\s?"
    + (_HALF + _HOUR_JA).format("b")
    + r"(?!間)"
)
_POINT_JA: Final = re.compile(
    (_HALF + _HOUR_JA).format("a")
    + (
        r"\s?(?P<how>以降|以後|から|より後|過ぎ|すぎ|まで|以前|より前|前|ごろ|頃|くらい"
        r"|ぐらい|台)?(?!間)"
    )
)
_AM: Final = r"(?P<{0}half>a\.?m\b\.?|p\.?m\b\.?|o'?clock)"
_HOUR_EN: Final = r"(?P<{0}hour>[01]?\d|2[0-4])(?::(?P<{0}colon>[0-5]\d))?"
_RANGE_EN: Final = re.compile(
    r"(?<![\w./$£€-])(?P<lead>between |from |any ?time between )?"
    + (_HOUR_EN + r" ?" + _AM + "?").format("a")
    + r" ?(?:-|–|to|and|until|till) ?"
    + (_HOUR_EN + r"(?: ?" + _AM + ")?").format("b")
    + r"(?![\w/])",
    re.IGNORECASE,
)
_POINT_EN: Final = re.compile(
    r"(?P<how>\b(?:after|from|later than|past|not before|any ?time after|before|by"
    r"|until|till|no later than|at|around|about) )?"
    r"(?:(?<![\w./$£€-])"
    + (_HOUR_EN + r" ?" + _AM + "?").format("a")
    + r"|(?P<noon>noon|midday|midnight))(?![\w/])"
    r"(?P<behind> or (?:later|after)| onwards?| or (?:earlier|before))?",
    re.IGNORECASE,
)
_LATER_LIST: Final = (
    "after|from|later than|past|not before|anytime after|any time after|or later"
    "|or after|onward|onwards|以降|以後|から|より後|過ぎ|すぎ"
)
_LATER: Final = frozenset(_LATER_LIST.split("|"))
_EARLIER_LIST: Final = "before|by|until|till|no later than|or earlier|or before|まで|以前|より前|前"
_EARLIER: Final = frozenset(_EARLIER_LIST.split("|"))
_NOON: Final = 12
#: Nobody has a parcel brought before this hour: a smaller one alone is one of the afternoon.
_FIRST_OF_MORNING: Final = 8
_DAY: Final = 24


@dataclass(frozen=True)
class Hours:
    """Hours of the clock and where they stand in the text."""

    start: int
    end: int
    first: int | None
    until: int | None


def hours_in(text: str) -> Hours | None:
    """The first hours that are named: a range, a point with its direction, or a part of the day."""
    plain = _GREETING.sub(lambda match: " " * len(match[0]), text)
    for pattern, read in ((_RANGE_JA, _range), (_RANGE_EN, _english_range)):
        for match in pattern.finditer(plain):
            hours = read(match)
            if hours:
                return hours
    for match in _POINT_JA.finditer(plain):
        return _point(match, match["how"] or "")
    for match in _POINT_EN.finditer(plain):
        hours = _english_point(match)
        if hours:
            return hours
    return _part(plain)


def _part(text: str) -> Hours | None:
    for pattern, first, until in _PARTS:
        match = pattern.search(text)
        if match:
            return Hours(*match.span(), first, until)
    return None


def _range(match: re.Match[str]) -> Hours | None:
    first_half = match["ahalf"]
    first = _clock(int(match["ahour"]), first_half, 0)
    until = _clock(int(match["bhour"]), match["bhalf"] or first_half, _minutes(match, "b"))
    if until is not None and first is not None and until < first and not match["bhalf"]:
        until = _clock(int(match["bhour"]), "午後", _minutes(match, "b"))
    return _ordered(match, first, until)


def _english_range(match: re.Match[str]) -> Hours | None:
    halves = match["ahalf"], match["bhalf"]
    has_colon = match["acolon"] or match["bcolon"]
    if (
        not any(halves)
        and not has_colon
        and not (match["lead"] and "between" in match["lead"].lower())
    ):
        return None
    first_hour, until_hour = int(match["ahour"]), int(match["bhour"])
    half = halves[0] or (halves[1] if first_hour <= until_hour or until_hour == _NOON else None)
    if (
        not halves[0]
        and halves[1]
        and halves[1][0].lower() == "p"
        and (first_hour > until_hour or until_hour == _NOON)
    ):
        half = "am" if first_hour != _NOON else "pm"
    first = _clock(first_hour, half, 0)
    until = _clock(until_hour, halves[1] or halves[0], int(match["bcolon"] or 0))
    if first is not None and until is not None and until < first and not halves[1]:
        until = _clock(until_hour, "pm", int(match["bcolon"] or 0))
    return _ordered(match, first, until)


def _ordered(match: re.Match[str], first: int | None, until: int | None) -> Hours | None:
    if first is None or until is None or first >= until:
        return None
    return Hours(*match.span(), first, until)


def _point(match: re.Match[str], how: str) -> Hours | None:
    hour = _clock(int(match["ahour"]), match["ahalf"], 0)
    return _directed(match.span(), hour, how, has_more=bool(_minutes(match, "a")))


def _english_point(match: re.Match[str]) -> Hours | None:
    how = (match["behind"] or match["how"] or "").strip().casefold()
    if match["noon"]:
        hour = _DAY if match["noon"].lower() == "midnight" else _NOON
        return _directed(match.span(), hour, how, has_more=False) if how else None
    if not match["ahalf"] and not match["acolon"]:
        return None
    hour_ = _clock(int(match["ahour"]), match["ahalf"], 0)
    return _directed(match.span(), hour_, how, has_more=bool(int(match["acolon"] or 0)))


def _directed(span: tuple[int, int], hour: int | None, how: str, *, has_more: bool) -> Hours | None:
    """``has_more``: minutes were said beyond the hour."""
    if hour is None:
        return None
    if how in _LATER:
        return Hours(*span, hour, None)
    if how in _EARLIER:
        return Hours(*span, None, min(_DAY, hour + has_more))
    return Hours(*span, hour, min(_DAY, hour + 1 + has_more)) if hour < _DAY else None


def _minutes(match: re.Match[str], which: str) -> int:
    said = match[f"{which}min"] or match[f"{which}colon"] or ""
    return 30 if said == "半" else int(re.sub(r"\D", "", said) or 0)


def _clock(hour: int, half: str | None, minutes: int) -> int | None:
    """The hour of 24; the end of a range takes the whole of an hour that it has begun."""
    half = (half or "").casefold().replace(".", "")
    if half.startswith(("p", "午後", "夜", "夕方", "昼")):
        hour += _NOON if hour < _NOON else 0
    elif half.startswith(("a", "午前", "朝")):
        hour = 0 if hour == _NOON and half.startswith("a") else hour
    elif 1 <= hour < _FIRST_OF_MORNING:
        hour += _NOON
    hour += 1 if minutes else 0
    return hour if hour <= _DAY else None
