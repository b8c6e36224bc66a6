"""The rules of a mapping, as data: which column or path says what, and what words mean.

The form, as JSON::

    {"items": "data.events",
     "carrier": {"fixed": "yamato"},          or {"from": "carrier", "names": {"SGX": "sagawa"}}
     "number": "送り状番号", "status": "状態", "time": ["日付", "時刻"],
     "place": "担当店", "reason": "備考", "event": "", "estimate": "お届け予定日",
     "time_format": "%Y/%m/%d %H:%M", "zone": "Asia/Tokyo",
     "statuses": {"配達完了": "delivered"}, "reasons": {"大雪": "snow"},
     "poll": "https://partner.example/track?number={number}",
     "encoding": "auto", "delimiter": ","}

A CSV mapping names columns by their heading, a JSON mapping by dotted paths; ``items`` is the path
of the list of scans, for JSON only. ``time`` may be several columns, joined by a space. Words that
``statuses`` does not have are looked up with the carrier's own adapter, then among the wordings
that colleagues have explained. ``poll`` is an address that is asked about each parcel of the fixed
carrier and answers in the form this mapping reads.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from oms_service.kernel.errors import Invalid
from oms_service.ports.carrier import CarrierStatus, is_storable, plain_words
from oms_service.shipping.sources.states import Form

NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
CARRIER: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
REASON: Final = re.compile(r"[a-z][a-z_]{0,59}")
MOST_WORDS: Final = 300
_LONGEST_PATH: Final = 120
_LONGEST_WORDS: Final = 200
_LONGEST_FORMAT: Final = 60
_LONGEST_URL: Final = 500
_MOST_PARTS: Final = 4
ENCODINGS: Final = ("auto", "utf-8", "cp932")
DELIMITERS: Final = (",", ";", "\t", "|")
#: Where nothing else is said: ISO 8601, and what Japanese carriers write.
USUAL_FORMATS: Final = (
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y%m%d %H%M%S",
    "%Y%m%d %H%M",
    "%Y%m%d%H%M%S",
    "%Y%m%d%H%M",
    "%Y年%m月%d日 %H:%M",
    "%Y年%m月%d日 %H時%M分",
    "%Y/%m/%d",
    "%Y%m%d",
    "%Y年%m月%d日",
)
#: What may follow a ``%`` in ``time_format``, each once; others stand for several of these.
_TIME_SIGNS: Final = frozenset("aAbBdfGHIjmMpSuUVwWyYzZ")
_FIELDS: Final = frozenset(
    {
        "items",
        "carrier",
        "number",
        "status",
        "time",
        "place",
        "reason",
        "event",
        "estimate",
        "time_format",
        "zone",
        "statuses",
        "reasons",
        "encoding",
        "delimiter",
        "poll",
    }
)


@dataclass(frozen=True, kw_only=True)
class Rules:
    """One mapping, checked. Paths are empty where the source does not say such a thing."""

    form: Form
    number: str
    status: str
    time: tuple[str, ...]
    carrier: str = ""
    carrier_from: str = ""
    carrier_names: Mapping[str, str] = field(default_factory=dict)
    items: str = ""
    place: str = ""
    reason: str = ""
    event: str = ""
    estimate: str = ""
    time_format: str = ""
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Tokyo"))
    statuses: Mapping[str, CarrierStatus] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    encoding: str = "auto"
    delimiter: str = ","
    poll: str = ""


def read(form: Form, given: Mapping[str, Any]) -> Rules:
    """The rules that data says.

    Raises:
        Invalid: with every field that is wrong, and why.
    """
    book = _Book(given)
    carrier, carrier_from, names = book.carrier()
    found = Rules(
        form=form,
        number=book.path("number", needed=True),
        status=book.path("status", needed=True),
        time=book.parts("time"),
        carrier=carrier,
        carrier_from=carrier_from,
        carrier_names=names,
        items=book.path("items") if form is Form.JSON else "",
        place=book.path("place"),
        reason=book.path("reason"),
        event=book.path("event"),
        estimate=book.path("estimate"),
        time_format=book.time_format(),
        zone=book.zone(),
        statuses=book.statuses(),
        reasons=book.reasons(),
        encoding=book.one_of("encoding", ENCODINGS),
        delimiter=book.one_of("delimiter", DELIMITERS),
        poll=book.poll(is_fixed=bool(carrier)),
    )
    book.strange()
    if book.wrong:
        raise Invalid("the mapping cannot be used", book.wrong)
    return found


class _Book:
    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = given
        self.wrong: dict[str, str] = {}

    def text(self, name: str, longest: int, *, needed: bool = False) -> str:
        given = self._given.get(name, "")
        if not isinstance(given, str) or not is_storable(given) or len(given) > longest:
            self.wrong[name] = f"must be a text of at most {longest} characters"
            return ""
        if needed and not given.strip():
            self.wrong[name] = "is needed"
        return given.strip()

    def path(self, name: str, *, needed: bool = False) -> str:
        return self.text(name, _LONGEST_PATH, needed=needed)

    def parts(self, name: str) -> tuple[str, ...]:
        given = self._given.get(name, "")
        listed = [given] if isinstance(given, str) else given
        if not isinstance(listed, list) or not 1 <= len(listed) <= _MOST_PARTS:
            self.wrong[name] = f"must be a name, or a list of at most {_MOST_PARTS}"
            return ()
        found = [one.strip() for one in listed if isinstance(one, str)]
        if len(found) != len(listed) or not all(
            one and is_storable(one) and len(one) <= _LONGEST_PATH for one in found
        ):
            self.wrong[name] = "is needed"
        return tuple(found)

    def carrier(self) -> tuple[str, str, dict[str, str]]:
        given = self._given.get("carrier")
        if not isinstance(given, dict) or set(given) - {"fixed", "from", "names"}:
            self.wrong["carrier"] = 'must be {"fixed": code}, or {"from": name, "names": {...}}'
            return "", "", {}
        fixed, path, names = given.get("fixed", ""), given.get("from", ""), given.get("names", {})
        if not isinstance(names, dict) or len(names) > MOST_WORDS:
            self.wrong["carrier"] = "names: must be a table"
            return "", "", {}
        if bool(fixed) == bool(path):
            self.wrong["carrier"] = "either one code for all, or where it stands"
        elif fixed and not _is_code(fixed):
            self.wrong["carrier"] = "must be a code such as yamato"
        elif path and not _is_text(path, _LONGEST_PATH):
            self.wrong["carrier"] = "must say where it stands"
        elif not all(_is_text(key, _LONGEST_WORDS) and _is_code(n) for key, n in names.items()):
            self.wrong["carrier"] = "names: each must be a code such as yamato"
        if "carrier" in self.wrong:
            return "", "", {}
        return fixed, path.strip(), {plain_words(key): code for key, code in names.items()}

    def time_format(self) -> str:
        given = self.text("time_format", _LONGEST_FORMAT)
        signs = [sign for sign in re.findall(r"%(.?)", given, re.DOTALL) if sign != "%"]
        if not _TIME_SIGNS.issuperset(signs) or len(set(signs)) != len(signs):
            self.wrong["time_format"] = "must be like %Y/%m/%d %H:%M, with each sign once"
        return given

    def zone(self) -> ZoneInfo:
        given = self._given.get("zone", "Asia/Tokyo")
        try:
            return ZoneInfo(given)
        except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
            self.wrong["zone"] = "must be a time zone such as Asia/Tokyo"
            return ZoneInfo("UTC")

    def poll(self, *, is_fixed: bool) -> str:
        url = self.text("poll", _LONGEST_URL)
        if not url:
            return ""
        if not _is_address(url) or "{number}" not in url:
            self.wrong["poll"] = "must be an address with {number} in it"
        elif not is_fixed:
            self.wrong["poll"] = "needs one carrier for all"
        return url

    def statuses(self) -> dict[str, CarrierStatus]:
        known = set(CarrierStatus) - {CarrierStatus.UNKNOWN}
        table = self._table("statuses")
        if any(status not in known for status in table.values()):
            self.wrong["statuses"] = f"each must be one of {', '.join(sorted(known))}"
            return {}
        return {words: CarrierStatus(status) for words, status in table.items()}

    def reasons(self) -> dict[str, str]:
        table = self._table("reasons")
        if not all(REASON.fullmatch(code) for code in table.values()):
            self.wrong["reasons"] = "each must be a code such as snow"
            return {}
        return table

    def one_of(self, name: str, choices: Sequence[str]) -> str:
        given = self._given.get(name, choices[0])
        if given not in choices:
            self.wrong[name] = f"must be one of {', '.join(map(repr, choices))}"
            return choices[0]
        return str(given)

    def strange(self) -> None:
        for name in self._given:
            if name not in _FIELDS:
                self.wrong[str(name)[:60]] = "is nothing a mapping has"

    def _table(self, name: str) -> dict[str, str]:
        given = self._given.get(name, {})
        if not isinstance(given, dict) or len(given) > MOST_WORDS:
            self.wrong[name] = f"must be a table of at most {MOST_WORDS}"
            return {}
        if not all(
            _is_text(words, _LONGEST_WORDS) and isinstance(code, str)
            for words, code in given.items()
        ):
            self.wrong[name] = "must have words on the left and a code on the right"
            return {}
        return {plain_words(words): code for words, code in given.items()}


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _is_text(given: object, longest: int) -> bool:
    return (
        isinstance(given, str)
        and bool(given.strip())
        and len(given) <= longest
        and is_storable(given)
    )


def _is_code(given: object) -> bool:
    return isinstance(given, str) and bool(CARRIER.fullmatch(given))
