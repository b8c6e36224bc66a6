"""Calendars as stored: what the shop has said; whatever it has not is as usual."""

from datetime import date

from sqlalchemy import ARRAY, Boolean, CheckConstraint, Integer, SmallInteger, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from oms_service.infra.db import PLAIN, Code, Model, ref
from oms_service.kernel.languages import Words

_BOUNDS = "BETWEEN DATE '2000-01-01' AND DATE '2100-12-31'"


class LocationCalendar(Model):
    """When one location sends.

    ``cut_offs``: from Monday, the minute of the day by which orders leave on it, or NULL where
    nobody works. ``collection_minute`` is when carriers come.
    """

    __tablename__ = "location_calendars"
    __table_args__ = (
        CheckConstraint(
            "array_length(cut_offs, 1) = 7"
            " AND 0 <= ALL (array_remove(cut_offs, NULL))"
            " AND 1440 >= ALL (array_remove(cut_offs, NULL))",
            name="cut_offs",
        ),
        CheckConstraint("handling_days BETWEEN 0 AND 60", name="handling_days"),
        CheckConstraint("collection_minute BETWEEN 0 AND 1439", name="collection_minute"),
    )

    location_id: Mapped[int] = mapped_column(ref("locations.id"), primary_key=True)
    cut_offs: Mapped[list[int | None]] = mapped_column(ARRAY(Integer), info=PLAIN)
    handling_days: Mapped[int]
    collection_minute: Mapped[int]
    keeps_holidays: Mapped[bool]
    version: Mapped[int]


class LocationDay(Model):
    """A day on which a location works otherwise; without a cut-off it is closed."""

    __tablename__ = "location_days"
    __table_args__ = (
        CheckConstraint("cut_off_minute BETWEEN 0 AND 1440", name="cut_off_minute"),
        CheckConstraint(f"day {_BOUNDS}", name="day"),
    )

    location_id: Mapped[int] = mapped_column(
        ref("location_calendars.location_id"), primary_key=True
    )
    day: Mapped[date] = mapped_column(primary_key=True)
    cut_off_minute: Mapped[int | None]


class CarrierCalendar(Model):
    """What the shop has said of a carrier; its ``windows`` as ``calendars.reading`` reads them.

    ``without``: services that know no windows.
    """

    __tablename__ = "carrier_calendars"
    __table_args__ = (
        CheckConstraint("carrier <> ''", name="carrier"),
        CheckConstraint("jsonb_typeof(windows) = 'array'", name="windows"),
        CheckConstraint("jsonb_typeof(without) = 'array'", name="without"),
    )

    carrier: Mapped[Code] = mapped_column(primary_key=True)
    windows: Mapped[list[dict[str, str]]] = mapped_column(JSONB, info=PLAIN)
    without: Mapped[list[str]] = mapped_column(info=PLAIN)
    version: Mapped[int]


class CarrierWeek(Model):
    """On which weekdays, from Monday, a carrier collects and delivers; region '' is everywhere."""

    __tablename__ = "carrier_weeks"
    __table_args__ = (
        CheckConstraint(
            "array_length(pickups, 1) = 7 AND array_position(pickups, NULL) IS NULL"
            " AND true = ANY (pickups)",
            name="pickups",
        ),
        CheckConstraint(
            "array_length(deliveries, 1) = 7 AND array_position(deliveries, NULL) IS NULL"
            " AND true = ANY (deliveries)",
            name="deliveries",
        ),
    )

    carrier: Mapped[Code] = mapped_column(ref("carrier_calendars.carrier"), primary_key=True)
    region: Mapped[str] = mapped_column(String(60), primary_key=True, info=PLAIN)
    pickups: Mapped[list[bool]] = mapped_column(ARRAY(Boolean), info=PLAIN)
    deliveries: Mapped[list[bool]] = mapped_column(ARRAY(Boolean), info=PLAIN)
    picks_up_on_holidays: Mapped[bool]
    delivers_on_holidays: Mapped[bool]


class CarrierDay(Model):
    """A day on which a carrier works otherwise; region '' is everywhere."""

    __tablename__ = "carrier_days"
    __table_args__ = (CheckConstraint(f"day {_BOUNDS}", name="day"),)

    carrier: Mapped[Code] = mapped_column(ref("carrier_calendars.carrier"), primary_key=True)
    region: Mapped[str] = mapped_column(String(60), primary_key=True, info=PLAIN)
    day: Mapped[date] = mapped_column(primary_key=True)
    picks_up: Mapped[bool]
    delivers: Mapped[bool]


class Holiday(Model):
    """A holiday the shop adds, or a national one it takes away; country '' is the shop's own."""

    __tablename__ = "holidays"
    __table_args__ = (
        CheckConstraint("length(country) IN (0, 2)", name="country"),
        CheckConstraint("country <> '' OR is_holiday", name="own"),
        CheckConstraint(f"day {_BOUNDS}", name="day"),
    )

    country: Mapped[str] = mapped_column(String(2), primary_key=True, info=PLAIN)
    day: Mapped[date] = mapped_column(primary_key=True)
    is_holiday: Mapped[bool]
    name: Mapped[Words] = mapped_column(info=PLAIN)


class RemoteArea(Model):
    """An island or remote area as the shop has it; it wins over the usual one of its code."""

    __tablename__ = "remote_areas"
    __table_args__ = (
        CheckConstraint("code <> ''", name="code"),
        CheckConstraint("extra_days BETWEEN 0 AND 60", name="extra_days"),
        CheckConstraint("jsonb_typeof(postal_prefixes) = 'array'", name="postal_prefixes"),
    )

    code: Mapped[Code] = mapped_column(primary_key=True)
    name: Mapped[Words] = mapped_column(info=PLAIN)
    region: Mapped[str] = mapped_column(String(60), info=PLAIN)
    postal_prefixes: Mapped[list[str]] = mapped_column(info=PLAIN)
    extra_days: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)


class CalendarMark(Model):
    """One row, another word after each change of any calendar: who has it need not read again."""

    __tablename__ = "calendar_marks"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    mark: Mapped[Code]
