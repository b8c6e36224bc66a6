"""On which days a house sends and its carriers come, and when something placed then leaves: pure.

A ``Calendars`` is all of it at one moment. Its questions cost microseconds; none of them loops
for ever: where no day within ``HORIZON_DAYS`` will do, they raise.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from oms_service.kernel.errors import DomainError
from oms_service.kernel.languages import Words
from oms_service.shipping.areas import USUAL_BY_PREFIX, Area, closest, digits
from oms_service.shipping.lanes import bare_name as _bare
from oms_service.shipping.rates import Remote, Way

#: A day that does not come within a year and a month does not come.
HORIZON_DAYS: Final = 400
DAY_MINUTES: Final = 24 * 60
_DAY: Final = timedelta(days=1)
#: The minute of the day at which carriers collect where nothing else is said.
USUAL_COLLECTION: Final = 17 * 60
#: As ``inventory.locations`` has it.
USUAL_CUT_OFF: Final = 14 * 60
#: The country of holidays that are the shop's own.
OWN: Final = ""


class NeverLeaves(DomainError):
    """The location, or the carrier that comes to it, has no open day within a year."""

    code: ClassVar[str] = "never-leaves"


class NeverDelivered(DomainError):
    """The carrier has no day of delivery there within a year, or does not serve it at all."""

    code: ClassVar[str] = "never-delivered"


class WindowNotOffered(DomainError):
    """The carrier does not deliver within this window; ``offered`` are the codes it does."""

    code: ClassVar[str] = "window-not-offered"
    http_status: ClassVar[int] = 422

    def __init__(self, offered: Sequence[str]) -> None:
        super().__init__("this carrier does not deliver within this window")
        self.offered = tuple(offered)


@dataclass(frozen=True)
class DeliveryWindow:
    """Hours of the day a carrier lets one choose, in the destination's time."""

    code: str
    start: time
    until: time
    words: Words = field(hash=False)


@dataclass(frozen=True, kw_only=True)
class WorkingDays:
    """When one location sends.

    ``cut_offs``: from Monday, the minute of the day by which orders leave on the same day; None
    where nobody works. ``exceptions`` say the same of single days and win over everything.
    """

    zone: ZoneInfo
    country: str = "JP"
    region: str = ""
    cut_offs: tuple[int | None, ...] = (USUAL_CUT_OFF,) * 7
    handling_days: int = 0
    collection: int = USUAL_COLLECTION
    keeps_holidays: bool = False
    exceptions: Mapping[date, int | None] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, kw_only=True)
class CarrierDays:
    """When a carrier collects and delivers, in one prefecture or everywhere.

    Weekdays from Monday. ``exceptions``: (collects, delivers) on single days.
    """

    pickups: tuple[bool, ...] = (True,) * 7
    deliveries: tuple[bool, ...] = (True,) * 7
    picks_up_on_holidays: bool = True
    delivers_on_holidays: bool = True
    exceptions: Mapping[date, tuple[bool, bool]] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, kw_only=True)
class Windows:
    """The windows of a carrier, and its services that go without: into the letter box."""

    offered: tuple[DeliveryWindow, ...] = ()
    without: frozenset[str] = frozenset()


#: Of a carrier nobody has said anything about.
EVERY_DAY: Final = CarrierDays()
NO_WINDOWS: Final = Windows()


@dataclass(frozen=True)
class Reach:
    """How one service reaches remote areas: what its table says, by postal prefix and region."""

    by_prefix: Mapping[str, Sequence[Remote]] = field(hash=False)

    @classmethod
    def of(cls, remote: Sequence[Remote]) -> "Reach":
        found: dict[str, list[Remote]] = {}
        for one in remote:
            for prefix in one.postal_prefixes or ("",):
                found.setdefault(prefix, []).append(one)
        return cls(found)

    def closest(self, region: str, postal_code: str) -> Remote | None:
        """The entry with the longest prefix that fits."""
        for length in range(len(postal_code), -1, -1):
            for one in self.by_prefix.get(postal_code[:length], ()):
                if not one.region or one.region == region:
                    return one
        return None


NationalHolidays = Callable[[str, int], frozenset[date]]
"""The days off of a country in a year; ``shipping.calendars.national.days_off`` is one."""


@dataclass(frozen=True, kw_only=True)
class Calendars:
    """Everything about days at one moment. Two of one ``version`` are the same.

    ``locations``, ``carriers`` (by carrier and prefecture, '' for everywhere),
    ``carrier_windows``, ``reach`` (one for each service of a carrier) and ``areas`` (by postal
    prefix) hold what the shop has; what is not there is as usual. ``own`` are holidays by
    country that the shop adds (True) or takes away (False); those of country ``OWN`` close all
    of its locations.
    """

    version: str
    zone: ZoneInfo = field(compare=False)
    country: str = field(default="JP", compare=False)
    locations: Mapping[int, WorkingDays] = field(default_factory=dict, compare=False)
    carriers: Mapping[tuple[str, str], CarrierDays] = field(default_factory=dict, compare=False)
    carrier_windows: Mapping[str, Windows] = field(default_factory=dict, compare=False)
    reach: Mapping[str, Sequence[Reach]] = field(default_factory=dict, compare=False)
    areas: Mapping[str, Area] = field(default_factory=lambda: USUAL_BY_PREFIX, compare=False)
    own: Mapping[tuple[str, date], bool] = field(default_factory=dict, compare=False)
    national: NationalHolidays = field(compare=False)

    def is_holiday(self, day: date, country: str = "JP") -> bool:
        """Whether a country has that day off; the shop's own corrections count."""
        corrected = self.own.get((country, day)) if self.own else None
        return day in self.national(country, day.year) if corrected is None else corrected

    def works(self, location_id: int | None, day: date) -> bool:
        """Whether a location sends anything on a day."""
        return self.cut_off(location_id, day) is not None

    def cut_off(self, location_id: int | None, day: date) -> int | None:
        """By which minute of a day orders leave on it; None where the location is closed."""
        return self._cut_off(self._place(location_id), day)

    def picks_up(self, carrier: str, day: date, *, location_id: int | None) -> bool:
        """Whether a carrier comes to a location on a day, open or not."""
        place = self._place(location_id)
        return self._collects(self._days_of(carrier, place.region), place, day)

    def is_day_off(self, location_id: int | None, day: date) -> bool:
        """Whether a location is closed on a day on which its week would have it open.

        For what has hours of its own, such as a shop's counter.
        """
        place = self._place(location_id)
        if day in place.exceptions:
            return place.exceptions[day] is None
        return self._is_free(place, day)

    def next_pickup(self, carrier: str, day: date, *, location_id: int | None) -> date:
        """The first day from ``day`` on, which counts, on which a carrier takes goods from there.

        Raises:
            NeverLeaves: there is none within ``HORIZON_DAYS``.
        """
        place = self._place(location_id)
        road = self._days_of(carrier, place.region)
        for _ in range(HORIZON_DAYS):
            if self._cut_off(place, day) is not None and self._collects(road, place, day):
                return day
            day += _DAY
        raise NeverLeaves("nothing leaves from there")

    def arrives_on(
        self, carrier: str, leaves_on: date, days: int, *, location_id: int | None, way: Way
    ) -> date | None:
        """When goods that are ready on ``leaves_on`` arrive after so many days on the road.

        None where the carrier never takes or never delivers them.
        """
        try:
            left = self.next_pickup(carrier, leaves_on, location_id=location_id)
            return self.next_delivery(
                carrier, left + days * _DAY, region=way.region, postal_code=way.postal_code
            )
        except (NeverLeaves, NeverDelivered):
            return None

    def next_hand_over(
        self, placed_at: datetime, *, location_id: int | None, carrier: str
    ) -> datetime:
        """The earliest moment at which goods placed then leave.

        The day is the first on which the location works, the carrier comes and the handling days
        are over; an order after the cut-off counts from the next working day. The moment is that
        of the carrier's collection, or ``placed_at`` where the cut-off is later.

        Args:
            placed_at: with a zone.
            location_id: from where; None: from a location of which nothing is known.
            carrier: its code; '' for whoever comes daily.

        Returns:
            UTC, never before ``placed_at``; a later order never leaves earlier.

        Raises:
            NeverLeaves: no such day within ``HORIZON_DAYS``.
        """
        place = self._place(location_id)
        road = self._days_of(carrier, place.region)
        day = placed_at.astimezone(place.zone).date()
        cut_off = self._cut_off(place, day)
        left = place.handling_days
        if cut_off is None or placed_at >= moment(day, cut_off, place.zone):
            day += _DAY
        for _ in range(HORIZON_DAYS):
            if self._cut_off(place, day) is not None:
                if left <= 0 and self._collects(road, place, day):
                    return max(moment(day, place.collection, place.zone), placed_at.astimezone(UTC))
                left -= 1
            day += _DAY
        raise NeverLeaves("nothing leaves from there")

    def next_collection(
        self, ready_at: datetime, *, location_id: int | None, carrier: str
    ) -> datetime:
        """When a carrier next comes for goods that stand ready: no cut-off, no handling days.

        Returns:
            UTC, never before ``ready_at``.

        Raises:
            NeverLeaves: no such day within ``HORIZON_DAYS``.
        """
        place = self._place(location_id)
        day = ready_at.astimezone(place.zone).date()
        if moment(day, place.collection, place.zone) < ready_at:
            day += _DAY
        day = self.next_pickup(carrier, day, location_id=location_id)
        return moment(day, place.collection, place.zone)

    def delivers(
        self, carrier: str, day: date, *, region: str = "", postal_code: str = "", country: str = ""
    ) -> bool:
        """Whether a carrier delivers on a day to an address; a place it does not serve: never."""
        return self._serves(carrier, region, digits(postal_code)) and self._delivers(
            self._days_of(carrier, region), day, country or self.country
        )

    def next_delivery(
        self, carrier: str, day: date, *, region: str = "", postal_code: str = "", country: str = ""
    ) -> date:
        """The first day from ``day`` on, which counts, on which a carrier delivers there.

        Raises:
            NeverDelivered: there is none within ``HORIZON_DAYS``.
        """
        road, where = self._days_of(carrier, region), country or self.country
        if self._serves(carrier, region, digits(postal_code)):
            for later in range(HORIZON_DAYS):
                if self._delivers(road, day + later * _DAY, where):
                    return day + later * _DAY
        raise NeverDelivered("nothing is delivered there")

    def extra_days(self, carrier: str, *, region: str = "", postal_code: str = "") -> int:
        """Days beyond those of the lane: 0 but on islands and in remote areas.

        What the carrier's own services say wins (the slowest, where they differ), else the area's.
        """
        code = digits(postal_code)
        said = [one.extra_days for one in self._remotes(carrier, region, code)]
        known = [days for days in said if days is not None]
        if known:
            return max(known)
        area = self.area(code)
        # Postal codes of other countries look alike.
        is_elsewhere = area and area.region and region and _bare(region) != _bare(area.region)
        return area.extra_days if area and not is_elsewhere else 0

    def area(self, postal_code: str) -> Area | None:
        """The island or remote area an address lies in."""
        return closest(self.areas, postal_code)

    def windows(self, carrier: str, service: str = "") -> tuple[DeliveryWindow, ...]:
        """The windows one may choose from, by their beginning; none for what needs nobody home."""
        known = self.carrier_windows.get(carrier, NO_WINDOWS)
        return () if service in known.without else known.offered

    def window(self, carrier: str, service: str, code: str) -> DeliveryWindow:
        """The window of that code.

        Raises:
            WindowNotOffered: the service has no such window.
        """
        offered = self.windows(carrier, service)
        for one in offered:
            if one.code == code:
                return one
        raise WindowNotOffered([one.code for one in offered])

    def _place(self, location_id: int | None) -> WorkingDays:
        known = self.locations.get(location_id) if location_id is not None else None
        return known or WorkingDays(zone=self.zone, country=self.country)

    def _days_of(self, carrier: str, region: str) -> CarrierDays:
        return self.carriers.get((carrier, region)) or self.carriers.get((carrier, "")) or EVERY_DAY

    def _cut_off(self, place: WorkingDays, day: date) -> int | None:
        """By which minute of a day orders leave on it; None where the location is closed."""
        if place.exceptions and day in place.exceptions:
            return place.exceptions[day]
        cut_off = place.cut_offs[day.weekday()]
        return None if cut_off is None or self._is_free(place, day) else cut_off

    def _is_free(self, place: WorkingDays, day: date) -> bool:
        """Whether a day is a holiday of the shop, or one of its country that the place keeps."""
        if self.own and self.own.get((OWN, day)):
            return True
        return place.keeps_holidays and self.is_holiday(day, place.country)

    def _collects(self, road: CarrierDays, place: WorkingDays, day: date) -> bool:
        if road.exceptions and day in road.exceptions:
            return road.exceptions[day][0]
        return road.pickups[day.weekday()] and (
            road.picks_up_on_holidays or not self.is_holiday(day, place.country)
        )

    def _delivers(self, road: CarrierDays, day: date, country: str) -> bool:
        if road.exceptions and day in road.exceptions:
            return road.exceptions[day][1]
        return road.deliveries[day.weekday()] and (
            road.delivers_on_holidays or not self.is_holiday(day, country)
        )

    def _remotes(self, carrier: str, region: str, postal_code: str) -> list[Remote]:
        """What each service of a carrier says of an address, where it says something."""
        found = [one.closest(region, postal_code) for one in self.reach.get(carrier, ())]
        return [one for one in found if one is not None]

    def _serves(self, carrier: str, region: str, postal_code: str) -> bool:
        """Whether a service of the carrier reaches an address: one that says nothing of it does."""
        services = self.reach.get(carrier, ())
        said = self._remotes(carrier, region, postal_code) if services else []
        return len(said) < len(services) or not said or any(one.is_served for one in said)


def moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """A wall-clock minute of a day, in UTC; 1440 is the midnight that ends it.

    An hour that comes twice is meant the first time.
    """
    whole, rest = divmod(minute, DAY_MINUTES)
    at = time(rest // 60, rest % 60)
    return datetime.combine(day + whole * _DAY, at, zone).astimezone(UTC)


def minute_of(said: str) -> int:
    """A time such as 15:00 as the minute of the day; 24:00 is the midnight that ends it."""
    hours, minutes = said.split(":")
    return int(hours) * 60 + int(minutes)


def clock(minute: int) -> str:
    """The same backwards."""
    return f"{minute // 60:02}:{minute % 60:02}"
