"""Properties of days and hours, whatever a shop says of them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from oms_service.shipping.calendars import national
from oms_service.shipping.calendars.days import (
    OWN,
    Calendars,
    CarrierDays,
    NeverDelivered,
    NeverLeaves,
    WorkingDays,
)

ZONES = ["Asia/Tokyo", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "UTC"]
BEGIN = datetime(2026, 2, 1, tzinfo=UTC)
days = st.dates(date(2026, 2, 1), date(2027, 4, 1))
moments = st.integers(0, 400 * 24 * 60).map(lambda minutes: BEGIN + timedelta(minutes=minutes))
cut_offs = st.one_of(st.none(), st.integers(0, 1440))
weeks = st.tuples(*[st.booleans()] * 7)
places = st.builds(
    WorkingDays,
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    country=st.sampled_from(["JP", "US"]),
    cut_offs=st.tuples(*[cut_offs] * 7),
    handling_days=st.integers(0, 5),
    collection=st.integers(0, 1439),
    keeps_holidays=st.booleans(),
    exceptions=st.dictionaries(days, cut_offs, max_size=5),
)
carriers = st.builds(
    CarrierDays,
    pickups=weeks,
    deliveries=weeks,
    picks_up_on_holidays=st.booleans(),
    delivers_on_holidays=st.booleans(),
    exceptions=st.dictionaries(days, st.tuples(st.booleans(), st.booleans()), max_size=5),
)
bundles = st.builds(
    lambda place, carrier, own: Calendars(
        version="1",
        zone=ZoneInfo("Asia/Tokyo"),
        locations={1: place},
        carriers={("one", ""): carrier},
        own=dict.fromkeys(((OWN, day) for day in own), True),
        national=national.days_off,
    ),
    places,
    carriers,
    st.lists(days, max_size=5),
)


def leaves(of: Calendars, placed_at: datetime) -> datetime | None:
    try:
        return of.next_hand_over(placed_at, location_id=1, carrier="one")
    except NeverLeaves:
        return None


@given(bundles, moments, st.integers(0, 20_000))
def test_nothing_leaves_before_it_is_placed_nor_earlier_than_what_was_placed_before(
    of: Calendars, placed_at: datetime, minutes: int
) -> None:
    first = leaves(of, placed_at)
    second = leaves(of, placed_at + timedelta(minutes=minutes))
    assert first is None or first >= placed_at
    if first is not None and second is not None:
        assert first <= second


@given(bundles, moments)
def test_nothing_leaves_on_a_closed_day_nor_without_its_carrier(
    of: Calendars, placed_at: datetime
) -> None:
    found = leaves(of, placed_at)
    if found is not None:
        day = found.astimezone(of.locations[1].zone).date()
        assert of.works(1, day)
        assert of.picks_up("one", day, location_id=1)


@given(bundles, days)
def test_a_delivery_is_on_or_after_the_day_and_none_was_possible_in_between(
    of: Calendars, day: date
) -> None:
    try:
        found = of.next_delivery("one", day)
    except NeverDelivered:
        assert not any(of.delivers("one", day + timedelta(days=later)) for later in range(400))
        return
    assert found >= day
    assert of.delivers("one", found)
    between = range((found - day).days)
    assert not any(of.delivers("one", day + timedelta(days=later)) for later in between)
