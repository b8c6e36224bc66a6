"""What the API of calendars takes and gives."""

from datetime import date
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate

from oms_service.api.schemas import Strict, text_field, time_field
from oms_service.shipping.calendars.service import (
    FIRST_DAY,
    LAST_DAY,
    MOST_DAYS,
    MOST_EXCEPTIONS,
    MOST_PREFIXES,
    MOST_REGIONS,
    MOST_WINDOWS,
)

_WEEK: Final = 7
#: A time of day; 24:00 is the midnight that ends it.
_CLOCK: Final = r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"
_HOURS: Final = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
_CODE: Final = r"^[A-Za-z0-9_-]*[A-Za-z0-9][A-Za-z0-9_-]*$"
_COUNTRY: Final = r"^([A-Z]{2}|own)$"

LOCATION: Final = {
    "location": "tokyo",
    "name": {"ja": "東京倉庫", "en": "Tokyo warehouse"},
    "zone": "Asia/Tokyo",
    "country": "JP",
    "cut_offs": ["15:00", "15:00", "15:00", "15:00", "15:00", "12:00", None],
    "handling_days": 0,
    "collection": "17:00",
    "keeps_holidays": True,
    "exceptions": [{"day": "2026-12-31", "cut_off": None}],
    "version": 1,
}
WEEK: Final = {
    "pickups": [True] * 7,
    "deliveries": [True] * 7,
    "picks_up_on_holidays": True,
    "delivers_on_holidays": True,
    "exceptions": [{"day": "2027-01-01", "picks_up": False, "delivers": True}],
}
CARRIER: Final = {
    "carrier": "yamato",
    "name": {"ja": "ヤマト運輸", "en": "Yamato"},
    "everywhere": WEEK,
    "regions": [],
    "windows": [
        {
            "code": "1416",
            "from": "14:00",
            "until": "16:00",
            "name": {"ja": "14~16時", "en": "14:00–16:00"},
        }
    ],
    "without": ["nekopos"],
    "version": 1,
}
AREA: Final = {
    "code": "sado",
    "name": {"ja": "佐渡島", "en": "Sado"},
    "region": "新潟県",
    "postal_prefixes": ["952"],
    "extra_days": 1,
    "is_own": False,
    "version": 0,
}
HOLIDAY: Final = {
    "day": "2026-11-23",
    "name": {"ja": "勤労感謝の日", "en": "Labor Thanksgiving Day"},
    "is_holiday": True,
    "is_own": False,
}
HAND_OVER: Final = {
    "placed_at": "2026-11-21T06:30:00+00:00",
    "leaves_at": "2026-11-24T08:00:00+00:00",
    "extra_days": 0,
    "next_delivery": "2026-11-24",
    "windows": CARRIER["windows"],
}


def _of_our_time(day: date) -> None:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValidationError(f"must be from {FIRST_DAY} to {LAST_DAY}")


def _day(**more: Any) -> fields.Date:
    return fields.Date(validate=_of_our_time, metadata={"example": "2026-12-31"}, **more)


def _clock(pattern: str, **more: Any) -> fields.String:
    return fields.String(
        validate=validate.Regexp(pattern + r"\Z", error="must be a time such as 15:00"),
        metadata={"pattern": pattern, "example": "15:00"},
        **more,
    )


def _code(**more: Any) -> fields.String:
    checks = [validate.Length(1, 60), validate.Regexp(_CODE + r"\Z", error="must be a code")]
    return fields.String(validate=checks, metadata={"pattern": _CODE, "example": "1416"}, **more)


class BothNamesSchema(Strict):
    """What it is called, in both languages."""

    ja = text_field(80, shortest=1, required=True)
    en = text_field(80, shortest=1, required=True)


class LocationExceptionSchema(Strict):
    """A single day; without a cut-off the location is closed."""

    day = _day(required=True)
    cut_off = _clock(_CLOCK, required=True, allow_none=True)


class NewLocationCalendarSchema(Strict):
    """When a location sends: everything that was said before is forgotten."""

    cut_offs = fields.List(
        _clock(_CLOCK, allow_none=True),
        required=True,
        validate=validate.Length(equal=_WEEK),
        metadata={
            "description": "From Monday: until when orders leave that day; null: closed.",
            "example": LOCATION["cut_offs"],
        },
    )
    handling_days = fields.Integer(
        strict=True, required=True, validate=validate.Range(0, MOST_DAYS)
    )
    collection = _clock(_HOURS, required=True)
    keeps_holidays = fields.Boolean(required=True)
    exceptions = fields.List(
        fields.Nested(LocationExceptionSchema),
        load_default=list,
        validate=validate.Length(max=MOST_EXCEPTIONS),
    )


class LocationCalendarSchema(NewLocationCalendarSchema):
    """When a location sends; version 0 while nothing was said and it is as usual."""

    location = fields.String(required=True)
    name = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    zone = fields.String(required=True)
    country = fields.String(required=True)
    version = fields.Integer(required=True)


class LocationCalendarsSchema(Schema):
    locations = fields.List(fields.Nested(LocationCalendarSchema), required=True)


class CarrierExceptionSchema(Strict):
    """A single day."""

    day = _day(required=True)
    picks_up = fields.Boolean(required=True)
    delivers = fields.Boolean(required=True)


def _week() -> fields.List[bool]:
    return fields.List(fields.Boolean(), required=True, validate=validate.Length(equal=_WEEK))


class CarrierWeekSchema(Strict):
    """On which days a carrier works; weekdays from Monday, at least one of each."""

    pickups = _week()
    deliveries = _week()
    picks_up_on_holidays = fields.Boolean(required=True)
    delivers_on_holidays = fields.Boolean(required=True)
    exceptions = fields.List(
        fields.Nested(CarrierExceptionSchema),
        load_default=list,
        validate=validate.Length(max=MOST_EXCEPTIONS),
    )


class RegionalWeekSchema(CarrierWeekSchema):
    """The same for one prefecture."""

    region = text_field(60, shortest=1, required=True, metadata={"example": "沖縄県"})


class DeliveryHoursSchema(Strict):
    """Hours a customer may choose, in the destination's time."""

    code = _code(required=True)
    start = _clock(_HOURS, required=True, data_key="from")
    until = _clock(_HOURS, required=True)
    name = fields.Nested(BothNamesSchema, required=True)


class NewCarrierCalendarSchema(Strict):
    """When a carrier works: everything that was said before is forgotten."""

    everywhere = fields.Nested(CarrierWeekSchema, required=True)
    regions = fields.List(
        fields.Nested(RegionalWeekSchema),
        load_default=list,
        validate=validate.Length(max=MOST_REGIONS - 1),
    )
    windows = fields.List(
        fields.Nested(DeliveryHoursSchema),
        load_default=list,
        validate=validate.Length(max=MOST_WINDOWS),
    )
    without = fields.List(
        _code(),
        load_default=list,
        validate=validate.Length(max=MOST_WINDOWS),
        metadata={"description": "Services that know no windows.", "example": ["nekopos"]},
    )


class CarrierCalendarSchema(NewCarrierCalendarSchema):
    """When a carrier works; version 0 while nothing was said and it is as usual."""

    carrier = fields.String(required=True)
    name = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    version = fields.Integer(required=True)


class CarrierCalendarsSchema(Schema):
    carriers = fields.List(fields.Nested(CarrierCalendarSchema), required=True)


class NewAreaSchema(Strict):
    """Where an island or remote area is, and how many days more everything takes to it."""

    name = fields.Nested(BothNamesSchema, required=True)
    region = text_field(60, load_default="", metadata={"example": "新潟県"})
    postal_prefixes = fields.List(
        fields.String(validate=validate.Regexp(r"^[0-9]{1,7}\Z", error="must be 1 to 7 digits")),
        required=True,
        validate=validate.Length(1, MOST_PREFIXES),
        metadata={"example": ["952"]},
    )
    extra_days = fields.Integer(strict=True, required=True, validate=validate.Range(0, MOST_DAYS))


class RemoteAreaSchema(NewAreaSchema):
    """An island or remote area; ``is_own`` once the shop has said something of it."""

    code = fields.String(required=True)
    is_own = fields.Boolean(required=True)
    version = fields.Integer(required=True)


class RemoteAreasSchema(Schema):
    areas = fields.List(fields.Nested(RemoteAreaSchema), required=True)


class HolidaysQuery(Strict):
    """Of one country, two letters, or ``own`` for the shop's; in one year."""

    country = fields.String(
        load_default="JP",
        validate=validate.Regexp(_COUNTRY + r"\Z", error="must be two letters, or own"),
        metadata={"pattern": _COUNTRY, "example": "JP"},
    )
    year = fields.Integer(
        required=True,
        validate=validate.Range(FIRST_DAY.year, LAST_DAY.year),
        metadata={"example": 2026},
    )


class HolidaySchema(Schema):
    """A holiday; ``is_own`` where the shop has said so, ``is_holiday`` false where it is none."""

    day = fields.Date(required=True, metadata={"example": HOLIDAY["day"]})
    name = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    is_holiday = fields.Boolean(required=True)
    is_own = fields.Boolean(required=True)


class HolidaysSchema(Schema):
    country = fields.String(required=True)
    year = fields.Integer(required=True)
    holidays = fields.List(fields.Nested(HolidaySchema), required=True)


class NewHolidaySchema(Strict):
    """A holiday to add, or with ``is_holiday`` false a national one that is none here."""

    name = fields.Nested(BothNamesSchema, required=True)
    is_holiday = fields.Boolean(load_default=True)


class LeavesQuery(Strict):
    """What would be ordered when, and where to."""

    location = text_field(60, shortest=1, required=True, metadata={"example": "tokyo"})
    carrier = text_field(60, load_default="", metadata={"example": "yamato"})
    service = text_field(60, load_default="", metadata={"example": "takkyubin"})
    region = text_field(60, load_default="", metadata={"example": "東京都"})
    postal_code = text_field(12, load_default="", metadata={"example": "160-0022"})
    placed_at = time_field(
        load_default=None,
        metadata={"description": "Now where not given.", "example": HAND_OVER["placed_at"]},
    )


class LeavesSchema(Schema):
    """When it leaves and from when it can be delivered, without the time on the road.

    ``next_delivery`` is the first day from the one it leaves on which the carrier delivers there;
    ``extra_days`` come on top of the days of the lane.
    """

    placed_at = fields.AwareDateTime(required=True)
    leaves_at = fields.AwareDateTime(required=True)
    extra_days = fields.Integer(required=True)
    next_delivery = fields.Date(required=True, metadata={"example": HAND_OVER["next_delivery"]})
    windows = fields.List(fields.Nested(DeliveryHoursSchema), required=True)
