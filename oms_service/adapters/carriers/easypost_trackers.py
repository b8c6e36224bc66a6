"""What EasyPost tells of parcels: its webhooks' events and its trackers, in our words.

A tracker repeats everything it knows each time, so that each detail is one scan under a key made
of its own words. The estimate belongs to the tracker, not to a detail: each new date is a word of
its own, said at the time of the newest detail.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from oms_service.kernel.languages import Words, in_both
from oms_service.kernel.text import order_key
from oms_service.ports.carrier import (
    ESTIMATE_ONLY,
    KIND,
    CarrierStatus,
    ScanFact,
    Unreadable,
    fingerprint,
    is_storable,
    plain_words,
)

_S = CarrierStatus
SLUG: Final = "easypost"
MOST_DETAILS: Final = 1000
_LONGEST_NUMBER: Final = 60
_LONGEST_TEXT: Final = 200
_LONGEST_PLACE: Final = 120
_YEARS: Final = range(2000, 2100)

#: EasyPost's ``status`` of a tracker and of each of its details.
STATUSES: Final[Mapping[str, CarrierStatus]] = {
    "pre_transit": _S.PRE_TRANSIT,
    "in_transit": _S.IN_TRANSIT,
    "out_for_delivery": _S.OUT_FOR_DELIVERY,
    "available_for_pickup": _S.AVAILABLE_FOR_PICKUP,
    "delivered": _S.DELIVERED,
    "return_to_sender": _S.RETURNING,
    "failure": _S.FAILURE,
    "cancelled": _S.FAILURE,
    "error": _S.UNKNOWN,
    "unknown": _S.UNKNOWN,
}

#: ``status_detail`` that says more than the status it comes with.
DETAILS: Final[Mapping[str, CarrierStatus]] = {
    "delivery_attempted": _S.ATTEMPTED,
    "delivery_exception": _S.DELAYED,
    "delayed": _S.DELAYED,
    "weather_delay": _S.DELAYED,
    "missed_connection": _S.DELAYED,
    "held": _S.CUSTOMS_HOLD,
    "held_at_customs": _S.CUSTOMS_HOLD,
    "customs_delay": _S.CUSTOMS_HOLD,
    "clearance_delay": _S.CUSTOMS_HOLD,
    "held_for_pickup": _S.AVAILABLE_FOR_PICKUP,
    "arrived_at_pickup_location": _S.AVAILABLE_FOR_PICKUP,
    "pickup_available": _S.AVAILABLE_FOR_PICKUP,
    "return": _S.RETURNING,
    "return_to_sender": _S.RETURNING,
    "lost": _S.FAILURE,
    "destroyed": _S.FAILURE,
    "transferred_to_destination_carrier": _S.IN_TRANSIT,
}
#: These say more even beside a status that ends the journey.
_ENDED: Final = frozenset({_S.DELIVERED, _S.FAILURE, _S.RETURNING})

#: ``status_detail`` that gives a reason.
REASONS: Final[Mapping[str, str]] = {
    "weather_delay": "weather",
    "delivery_attempted": "no_one_home",
    "address_correction": "address",
    "incorrect_address": "address",
    "insufficient_address": "address",
    "refused": "refused",
    "recipient_refused": "refused",
    "damaged": "damaged",
    "lost": "lost",
    "customs_delay": "customs",
    "clearance_delay": "customs",
    "held_at_customs": "customs",
    "business_closed": "closed",
    "moved": "moved",
    "volume": "volume",
}

#: EasyPost's names of carriers, folded to letters and digits, to our codes.
CARRIERS: Final[Mapping[str, str]] = {
    "usps": "usps",
    "ups": "ups",
    "upsdap": "ups",
    "upssurepost": "ups",
    "upsmailinnovations": "ups",
    "fedex": "fedex",
    "fedexdefault": "fedex",
    "fedexsmartpost": "fedex",
    "dhl": "dhl",
    "dhlexpress": "dhl",
    "dhlecs": "dhl",
    "dhlecommerce": "dhl",
    "japanpost": "japanpost",
    "yamato": "yamato",
    "yamatotransport": "yamato",
    "sagawa": "sagawa",
    "sagawaexpress": "sagawa",
}
#: The other way, for asking EasyPost about a parcel of ours.
THEIR_NAMES: Final[Mapping[str, str]] = {
    "usps": "USPS",
    "ups": "UPS",
    "fedex": "FedEx",
    "dhl": "DHLExpress",
    "japanpost": "JapanPost",
}


@dataclass(frozen=True)
class EasyPostTrackers:
    """The reader of EasyPost's words; it speaks for the carriers it names."""

    slug: str = SLUG
    names: Words = field(default_factory=lambda: in_both("EasyPost"))

    def tracking_url(self, number: str) -> str | None:  # noqa: ARG002 - the carriers have pages
        return None

    def verify(
        self,
        body: bytes,
        headers: Mapping[str, str],
        secret: str,
        *,
        now: datetime,  # noqa: ARG002 - EasyPost signs no time; repetitions change nothing
    ) -> bool:
        """By EasyPost's own check of ``X-Hmac-Signature``."""
        from easypost.errors.general.signature_verification_error import (  # noqa: PLC0415 - loads with the first call
            SignatureVerificationError,
        )
        from easypost.util import validate_webhook  # noqa: PLC0415 - loads with the first call

        given = headers.get("X-Hmac-Signature", "")
        if not (given.isascii() and is_storable(secret)):
            return False
        try:
            validate_webhook(body, {"X-Hmac-Signature": given}, secret)
        except SignatureVerificationError:
            return False
        except (ValueError, RecursionError):
            return True  # signed well; that it is no JSON is found when it is read
        return True

    def parse(self, body: bytes) -> list[ScanFact]:
        try:
            data = json.loads(body)
        except (ValueError, RecursionError):
            raise Unreadable("the body is not JSON") from None
        if not isinstance(data, dict):
            raise Unreadable("the body must be an object")
        return _of(data)


AGGREGATORS: Final = {(KIND, SLUG): EasyPostTrackers()}


def _of(data: Mapping[str, Any]) -> list[ScanFact]:
    kind = data.get("object")
    if kind == "Tracker":
        return _tracker(data, "tracker")
    if kind != "Event":
        raise Unreadable("object: must be Event or Tracker")
    if not str(data.get("description")).startswith("tracker."):
        return []
    result = data.get("result")
    if not isinstance(result, dict) or result.get("object") != "Tracker":
        raise Unreadable("result: must be a Tracker")
    return _tracker(result, "result")


def _tracker(tracker: Mapping[str, Any], where: str) -> list[ScanFact]:
    number = _text(tracker, "tracking_code", where, needed=True)
    if len(number) > _LONGEST_NUMBER or not order_key(number):
        raise Unreadable(f"{where}.tracking_code: not a tracking number")
    carrier = carrier_of(_text(tracker, "carrier", where, needed=True))
    details = tracker.get("tracking_details") or []
    if not isinstance(details, list) or len(details) > MOST_DETAILS:
        raise Unreadable(f"{where}.tracking_details: must be a list of at most {MOST_DETAILS}")
    facts = [
        _detail(detail, carrier, number, f"{where}.tracking_details[{place}]")
        for place, detail in enumerate(details)
    ]
    return [*facts, *_estimate(tracker, facts, carrier, number, where)]


def carrier_of(name: str) -> str:
    """Our code of a carrier of EasyPost's; a folded name where we have none."""
    folded = "".join(sign for sign in plain_words(name) if sign.isalnum())
    return CARRIERS.get(folded, folded[:60])


def status_of(status: str, detail: str) -> CarrierStatus:
    """Our word for EasyPost's pair of words."""
    plain = STATUSES.get(status, _S.UNKNOWN)
    return plain if plain in _ENDED else DETAILS.get(detail, plain)


def _detail(detail: object, carrier: str, number: str, where: str) -> ScanFact:
    if not isinstance(detail, dict):
        raise Unreadable(f"{where}: must be an object")
    status, more = _text(detail, "status", where), _text(detail, "status_detail", where)
    message = _text(detail, "message", where) or _text(detail, "description", where)
    occurred_at = _moment(detail.get("datetime"), f"{where}.datetime")
    place = _place(detail.get("tracking_location"), f"{where}.tracking_location")
    return ScanFact(
        carrier=carrier,
        tracking_number=number,
        event_key=fingerprint(number, f"{status}\n{more}\n{message}", occurred_at, place),
        status=status_of(status, more),
        occurred_at=occurred_at,
        place=place,
        reason=REASONS.get(more, ""),
        carrier_words=message or status,
    )


def _estimate(
    tracker: Mapping[str, Any], facts: Sequence[ScanFact], carrier: str, number: str, where: str
) -> list[ScanFact]:
    """The tracker's own date, and its own status where it has no details yet."""
    given = tracker.get("est_delivery_date")
    said = tracker.get("updated_at") or tracker.get("created_at")
    if not facts and not said:
        return []
    newest = max(facts, key=lambda fact: fact.occurred_at) if facts else None
    at = newest.occurred_at if newest else _moment(said, f"{where}.updated_at")
    status = newest.status if newest else status_of(_text(tracker, "status", where), "")
    start = until = None
    if given is not None:
        start = _moment(given, f"{where}.est_delivery_date")
        until = start + timedelta(days=1) if _is_day(start) else start + timedelta(hours=1)
    elif newest is not None or status is _S.UNKNOWN:
        return []
    return [
        ScanFact(
            carrier=carrier,
            tracking_number=number,
            event_key=f"{ESTIMATE_ONLY}{start.isoformat() if start else status}"
            f":{newest.event_key[-24:] if newest else ''}",
            status=status,
            occurred_at=at,
            place=newest.place if newest else "",
            carrier_words=newest.carrier_words if newest else "",
            estimate_from=start,
            estimate_until=until,
        )
    ]


def _is_day(moment: datetime) -> bool:
    """Midnight UTC is how EasyPost writes a day without an hour."""
    return (moment.hour, moment.minute, moment.second) == (0, 0, 0)


def _place(given: object, where: str) -> str:
    if given is None:
        return ""
    if not isinstance(given, dict):
        raise Unreadable(f"{where}: must be an object")
    parts = [_text(given, name, where) for name in ("city", "state", "country")]
    return ", ".join(part for part in parts if part)[:_LONGEST_PLACE]


def _moment(given: object, where: str) -> datetime:
    if not isinstance(given, str):
        raise Unreadable(f"{where}: must be a time")
    try:
        read = datetime.fromisoformat(given)
    except ValueError:
        raise Unreadable(f"{where}: not a time") from None
    if read.year not in _YEARS:
        raise Unreadable(f"{where}: not a year of ours")
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)


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
