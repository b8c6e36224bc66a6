"""Addresses as English writes them: from the house to the country."""

import re
from dataclasses import dataclass
from typing import Final

from bots.understanding.slots.postal import BRITISH, CANADIAN, STATES
from bots.understanding.slots.sheet import TAKEN, Sheet, What
from bots.understanding.values import AddressHeard
from oms_service.kernel.text import postal_key

_STATE_NAMES: Final = {
    "alabama": "AL", "alaska": "AK", "arizona": "AZ", "arkansas": "AR", "california": "CA",
    "colorado": "CO", "connecticut": "CT", "delaware": "DE", "florida": "FL", "georgia": "GA",
    "hawaii": "HI", "idaho": "ID", "illinois": "IL", "indiana": "IN", "iowa": "IA", "kansas": "KS",
    "kentucky": "KY", "louisiana": "LA", "maine": "ME", "maryland": "MD", "massachusetts": "MA",
    "michigan": "MI", "minnesota": "MN", "mississippi": "MS", "missouri": "MO", "montana": "MT",
    "nebraska": "NE", "nevada": "NV", "new hampshire": "NH", "new jersey": "NJ",
    "new mexico": "NM", "new york": "NY", "north carolina": "NC", "north dakota": "ND",
    "ohio": "OH", "oklahoma": "OK", "oregon": "OR", "pennsylvania": "PA", "rhode island": "RI",
    "south carolina": "SC", "south dakota": "SD", "tennessee": "TN", "texas": "TX", "utah": "UT",
    "vermont": "VT", "virginia": "VA", "washington": "WA", "west virginia": "WV",
    "wisconsin": "WI", "wyoming": "WY", "washington dc": "DC", "d.c.": "DC",
}  # fmt: skip
_PROVINCE_LIST: Final = "ON QC BC AB MB SK NS NB NL PE YT NT NU"
_PROVINCES: Final = tuple(_PROVINCE_LIST.split())
_COUNTRIES: Final = {
    "usa": "US", "u.s.a.": "US", "us": "US", "u.s.": "US", "united states": "US",
    "united states of america": "US", "america": "US", "uk": "GB", "u.k.": "GB",
    "united kingdom": "GB", "great britain": "GB", "england": "GB", "scotland": "GB",
    "wales": "GB", "canada": "CA", "japan": "JP", "australia": "AU", "ireland": "IE",
    "singapore": "SG", "new zealand": "NZ", "germany": "DE", "france": "FR",
}  # fmt: skip
_SUFFIX: Final = (
    "street|str|st|avenue|ave|av|road|rd|drive|dr|lane|ln|boulevard|blvd|way|court"
    "|ct|place|pl|square|sq"
    "|terrace|ter|parkway|pkwy|highway|hwy|circle|cir|crescent|cres|close|row"
    "|gardens|grove|mews|hill|walk|trail|loop|alley|plaza"
    "|broadway|quay|wharf|green|park"
)
_UNIT: Final = (
    r"(?:suite|ste|apt|apartment|unit|flat|floor|room|rm|building|bldg|studio"
    r"|penthouse)\.? ?#?\d?[\w-]{0,6}\b|# ?\d[\w-]{0,5}"
    r"|\d{1,3}(?:st|nd|rd|th) floor"
)
_DIRECTION: Final = r"(?: (?:nw|ne|sw|se|n|s|e|w|north|south|east|west)\b\.?(?! \d))?"
_STREET: Final = re.compile(
    rf"(?:(?P<flat>{_UNIT})[ ,]{{1,2}})?"
    rf"(?P<line1>(?<![\w-])\d{{1,6}}(?:-\d{{1,4}})?[A-Za-z]? "
    rf"(?:[A-Za-z0-9][A-Za-z0-9.'’-]{{0,20}} ){{1,4}}?"
    rf"(?:{_SUFFIX})\b(?! (?:{_SUFFIX})\b)\.?{_DIRECTION}"
    r"|(?<![\w-])\d{1,6} (?:highway|broadway)\b"
    r"|\bp\.? ?o\.? box \d{1,6})",
    re.IGNORECASE | re.ASCII,
)
#: House first, then what is no street name: ``1-2-3 Jinnan, Shibuya-ku, Tokyo 150-0041``.
_BLOCK: Final = re.compile(
    (
        r"(?P<flat>)(?P<line1>(?<![\w-])\d{1,3}-\d{1,3}(?:-\d{1,4})?,? "
        r"[A-Z][a-z-]{2,20}(?: [A-Z][a-z-]{2,20})?)(?=,)"
    ),
    re.ASCII,
)
_STATE_WORDS: Final = "|".join([*sorted(_STATE_NAMES, key=len, reverse=True), *STATES, *_PROVINCES])
_STATE_AT_END: Final = re.compile(
    rf"(?:^|[ ,]+)(?P<state>{_STATE_WORDS})[ ,.]*$", re.IGNORECASE | re.ASCII
)
_CAPITAL_STATE: Final = re.compile(
    rf"(?<![A-Za-z])(?:{'|'.join([*STATES, *_PROVINCES])}"
    rf"|(?i:{'|'.join(sorted(_STATE_NAMES, key=len, reverse=True))}))(?![A-Za-z])"
)
_ZIP: Final = re.compile(
    rf"(?<![\w-])(?P<postal>\d{{5}}(?:-\d{{4}})?|\d{{3}}-\d{{4}}|{BRITISH}|{CANADIAN})(?![\w-])",
    re.IGNORECASE | re.ASCII,
)
_COUNTRY: Final = re.compile(
    (
        rf"[ ,]{{0,2}}(?P<country>"
        rf"{'|'.join(map(re.escape, sorted(_COUNTRIES, key=len, reverse=True)))})(?!\w)"
    ),
    re.IGNORECASE | re.ASCII,
)
_UNIT_FIRST: Final = re.compile(
    rf"[ ,]{{0,2}}(?P<unit>{_UNIT})[ ,]{{0,2}}", re.IGNORECASE | re.ASCII
)
_ZIP_WORD: Final = re.compile(
    r"[ ,]*(?:zip(?: ?code)?|postcode)?(?: is)?:?[ ,]*$", re.IGNORECASE | re.ASCII
)
#: Where the address ends and the sentence goes on.
_AFTER: Final = re.compile(
    rf"[;!?\n{TAKEN}]|\.(?= |$)|[ ,]+(?:please|pls|instead|thanks|thank|and|but|not|as"
    rf"|because|since|for|so|if|it|my|i|is|"
    r"now|asap|from|by|before|when|where|with)\b",
    re.IGNORECASE | re.ASCII,
)
_CAPITAL_WORDS: Final = re.compile(
    r"[ ,]{1,2}(?P<city>[A-Z][A-Za-z.'’-]{1,20}(?: [A-Z][A-Za-z.'’-]{1,20}){0,2})"
)
_AREA: Final = re.compile(
    r"(?P<city>[A-Z][A-Za-z.'’-]{1,20}(?: [A-Z][A-Za-z.'’-]{1,20}){0,2}),? "
    rf"(?P<state>(?i:{_STATE_WORDS})),? (?P<postal>\d{{5}}(?:-\d{{4}})?|(?i:{CANADIAN}))(?![\w-])"
)
#: Words that no street is named with in small letters.
_NO_STREET_LIST: Final = (
    "a an the of my your our this that these those in on at to for and or is are "
    "was it i you we day days week weeks item items "
    "order orders piece pieces fit way by from with one two long right left wrong "
    "different every each half more less per first"
)
_NO_STREET: Final = frozenset(_NO_STREET_LIST.split())
_LONGEST: Final = 90


@dataclass(frozen=True)
class _Tail:
    """What follows the street: how long it is, and its parts."""

    length: int = 0
    unit: str = ""
    city: str = ""
    state: str = ""
    postal: str = ""
    country: str = ""


def address_in(sheet: Sheet, *, is_asked: bool) -> AddressHeard | None:
    """The first address with a street; a city with state and code does where it was asked."""
    for pattern in (_STREET, _BLOCK):
        for match in pattern.finditer(sheet.left):
            tail = _tail(sheet.left[match.end() : match.end() + _LONGEST])
            if _is_street(match["line1"]) or tail.unit or tail.postal:
                return _heard(sheet, match, tail)
    area = _AREA.search(sheet.left) if is_asked else None
    if not area:
        return None
    typed = sheet.take(What.ADDRESS, area.span())
    return AddressHeard(
        city=area["city"],
        region=_state(area["state"]),
        postal=postal_key(area["postal"]),
        country=_country(area["postal"], area["state"], ""),
        as_typed=typed,
    )


def _is_street(line1: str) -> bool:
    """Whether it is one without anything behind it: words in small letters may be chance."""
    between = re.split(r"[ .]+", line1.rstrip(". "))[1:-1]
    return not any(word in _NO_STREET for word in between) and (
        bool(between) or bool(re.search(r"highway|broadway|box", line1, re.IGNORECASE | re.ASCII))
    )


def _tail(text: str) -> _Tail:
    after = _AFTER.search(text)
    text = text[: after.start()] if after else text
    unit = _UNIT_FIRST.match(text)
    at = unit.end() if unit else 0
    found = unit["unit"] if unit else ""
    code = _ZIP.search(text, at)
    if code:
        city, state = _city_and_state(_ZIP_WORD.sub("", text[at : code.start()]))
        country = _COUNTRY.match(text, code.end())
        return _Tail(
            country.end() if country else code.end(),
            found, city, state, code["postal"], country["country"] if country else "",
        )  # fmt: skip
    return _tail_without_code(text, at, found)


def _tail_without_code(text: str, at: int, unit: str) -> _Tail:
    states = list(_CAPITAL_STATE.finditer(text, at))
    if states:
        end = states[-1].end()
        city, state = _city_and_state(text[at:end])
        return _Tail(end, unit, city, state)
    small = _STATE_AT_END.search(text, at)
    if small and small.start() > at:
        city, state = _city_and_state(text[at:])
        return _Tail(len(text), unit, city, state)
    words = _CAPITAL_WORDS.match(text, max(0, at - 1))
    if words is None:
        return _Tail(at if unit else 0, unit)
    region = _CAPITAL_WORDS.match(text, words.end())
    if region and _COUNTRY.fullmatch(f" {region['city']}"):
        region = None
    end = region.end() if region else words.end()
    country = _COUNTRY.match(text, end)
    return _Tail(
        country.end() if country else end,
        unit,
        words["city"],
        region["city"] if region else "",
        country=country["country"] if country else "",
    )


def _city_and_state(text: str) -> tuple[str, str]:
    """``Fort Worth, Texas`` in its parts; a city that is named as its state is both."""
    bare = text.strip(" ,.")
    state = _STATE_AT_END.search(bare)
    city = bare[: state.start()].strip(" ,.") if state else bare
    named = state["state"] if state else ""
    if not city and named:
        return named, named
    if not named and "," in city:
        city, _, named = (part.strip() for part in city.rpartition(","))
    return city.removeprefix("in ").strip(" ,"), named


def _heard(sheet: Sheet, match: re.Match[str], tail: _Tail) -> AddressHeard:
    typed = sheet.take(What.ADDRESS, (match.start(), match.end() + tail.length))
    return AddressHeard(
        line1=match["line1"].rstrip(" ,."),
        line2=match["flat"] or tail.unit,
        city=tail.city,
        region=_state(tail.state),
        postal=postal_key(tail.postal),
        country=_country(tail.postal, tail.state, tail.country),
        as_typed=typed.rstrip(" ,."),
    )


def _state(typed: str) -> str:
    """Two letters, where it is a state or province of ours."""
    return _STATE_NAMES.get(typed.casefold(), typed.upper() if len(typed) == _TWO else typed)


def _country(postal: str, state: str, named: str) -> str:
    if named:
        return _COUNTRIES[named.casefold()]
    key = postal_key(postal)
    if re.fullmatch(CANADIAN, key) or _state(state) in _PROVINCES:
        return "CA"
    if re.fullmatch(r"\d{7}", key):
        return "JP"
    if _state(state) in STATES or re.fullmatch(r"\d{5}|\d{9}", key):
        return "US"
    return "GB" if key else ""


_TWO: Final = 2
