"""A carrier that sends scans as JSON; what differs between carriers is data.

The body::

    {"scans": [{"tracking_number": "1234-5678-9012", "event_id": "…", "status": "配達中",
                "occurred_at": "2026-11-22T07:42:00+09:00", "place": "新宿センター",
                "reason": "大雪", "estimate": {"from": "…", "until": "…"}}]}

``event_id``, ``place``, ``reason`` and ``estimate`` may be missing. A time without an offset is
the carrier's local one. Words the mapping does not know become ``unknown`` and are kept.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from oms_service.adapters.carriers import signing
from oms_service.kernel.languages import Words
from oms_service.kernel.text import order_key
from oms_service.ports.carrier import (
    CarrierStatus,
    ScanFact,
    Unreadable,
    fingerprint,
    is_storable,
    meaning,
    named_in,
)

MOST_SCANS: Final = 1000
_LONGEST_NUMBER: Final = 60
_LONGEST_TEXT: Final = 200
_YEARS: Final = range(2000, 2100)
_JAPAN: Final = ZoneInfo("Asia/Tokyo")


@dataclass(frozen=True, kw_only=True)
class JsonCarrier:
    """One carrier, described by data.

    Args:
        slug: the code parcels carry.
        names: as customers read it.
        statuses: the carrier's words to ours.
        reasons: words inside a status or a reason to our codes; the first that fits counts.
        tracking_page: the page of a parcel, with ``{number}``; empty where there is none.
        zone: of times without an offset.
        speaks_for_others: whether a scan may name another carrier, as an aggregator's does.
    """

    slug: str
    names: Words
    statuses: Mapping[str, CarrierStatus]
    reasons: Mapping[str, str] = field(default_factory=dict)
    tracking_page: str = ""
    zone: ZoneInfo = _JAPAN
    speaks_for_others: bool = False

    def tracking_url(self, number: str) -> str | None:
        key = order_key(number)
        if not self.tracking_page or not key:
            return None
        return self.tracking_page.replace("{number}", quote(key))

    def verify(
        self, body: bytes, headers: Mapping[str, str], secret: str, *, now: datetime
    ) -> bool:
        return signing.is_genuine(body, headers, secret, now=now)

    def parse(self, body: bytes) -> list[ScanFact]:
        try:
            data = json.loads(body)
        except (ValueError, RecursionError):
            raise Unreadable("the body is not JSON") from None
        scans = data.get("scans") if isinstance(data, dict) else None
        if not isinstance(scans, list):
            raise Unreadable("scans: must be a list")
        if len(scans) > MOST_SCANS:
            raise Unreadable(f"scans: more than {MOST_SCANS}")
        return [self._scan(item, f"scans[{number}]") for number, item in enumerate(scans)]

    def _scan(self, item: object, where: str) -> ScanFact:
        if not isinstance(item, dict):
            raise Unreadable(f"{where}: must be an object")
        number = _text(item, "tracking_number", where, needed=True)
        if len(number) > _LONGEST_NUMBER or not order_key(number):
            raise Unreadable(f"{where}.tracking_number: not a tracking number")
        words = _text(item, "status", where, needed=True)
        occurred_at = self._time(item.get("occurred_at"), f"{where}.occurred_at")
        place, reason = _text(item, "place", where), _text(item, "reason", where)
        start, until = self._estimate(item.get("estimate"), f"{where}.estimate")
        return ScanFact(
            carrier=self._carrier(item, where),
            tracking_number=number,
            event_key=_text(item, "event_id", where)
            or fingerprint(number, words, occurred_at, place),
            status=self.status_of(words),
            occurred_at=occurred_at,
            place=place,
            reason=self.reason_of(f"{reason} {words}"),
            carrier_words=f"{words} {reason}".strip()[:_LONGEST_TEXT],
            estimate_from=start,
            estimate_until=until,
        )

    def status_of(self, words: str) -> CarrierStatus:
        """Our word for the carrier's; a longer wording counts by what it begins with."""
        return meaning(words, self.statuses) or CarrierStatus.UNKNOWN

    def reason_of(self, words: str) -> str:
        return named_in(words, self.reasons)

    def _carrier(self, item: Mapping[str, Any], where: str) -> str:
        named = _text(item, "carrier", where) if self.speaks_for_others else ""
        return named[:60] or self.slug

    def _estimate(self, given: object, where: str) -> tuple[datetime, datetime] | tuple[None, None]:
        if given is None:
            return None, None
        if not isinstance(given, dict):
            raise Unreadable(f"{where}: must be an object")
        start = self._time(given.get("from"), f"{where}.from")
        until = self._time(given.get("until"), f"{where}.until")
        if until < start:
            raise Unreadable(f"{where}: ends before it begins")
        return start, until

    def _time(self, given: object, where: str) -> datetime:
        if not isinstance(given, str):
            raise Unreadable(f"{where}: must be a time")
        try:
            read = datetime.fromisoformat(given)
        except ValueError:
            raise Unreadable(f"{where}: not a time such as 2026-11-22T07:42:00+09:00") from None
        if read.year not in _YEARS:
            raise Unreadable(f"{where}: not a year of ours")
        aware = read if read.tzinfo is not None else read.replace(tzinfo=self.zone)
        return aware.astimezone(UTC)


def _text(item: Mapping[str, Any], name: str, where: str, *, needed: bool = False) -> str:
    given = item.get(name)
    if given is None and not needed:
        return ""
    if not isinstance(given, str) or not is_storable(given):
        raise Unreadable(f"{where}.{name}: must be text")
    text = given.strip()[:_LONGEST_TEXT]
    if needed and not text:
        raise Unreadable(f"{where}.{name}: must not be empty")
    return text
