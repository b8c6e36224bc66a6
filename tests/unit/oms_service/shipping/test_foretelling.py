"""What a history teaches: exact windows where it is plain, lead times where it is thin."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from oms_service.ports.carrier import CarrierStatus as S
from oms_service.shipping.arrivals.fitted import NOTHING, Fitted, Unreadable
from oms_service.shipping.arrivals.fitting import fit
from oms_service.shipping.arrivals.journeys import Journey, Road
from oms_service.shipping.because import HouseStage, Why
from oms_service.shipping.calendars import national
from oms_service.shipping.calendars.days import Calendars, CarrierDays, WorkingDays
from oms_service.shipping.eta import Estimate, Known, Sent, Unsent, estimate, foresee
from oms_service.shipping.lanes import Lane
from oms_service.shipping.standing import Said
from oms_service.shipping.windows import Window

TOKYO = ZoneInfo("Asia/Tokyo")
#: Sixty days, the last a Thursday.
FIRST = date(2026, 9, 21)
DAYS = 60
ROAD = Road("東京都", "大阪府", "yamato", "")
SUNDAY = 6
LANE = Lane(1, 2)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=TOKYO)


def november(day: int, hour: int = 0) -> datetime:
    return at(date(2026, 11, day), hour)


LEFT = november(19, 18)


def days(first: int, last: int) -> Window:
    return Window.of_days(date(2026, 11, first), date(2026, 11, last), TOKYO)


def hours(day: int, first: int, last: int) -> Window:
    return Window(november(day, first), november(day, last))


def journeys(
    *,
    a_day: int = 4,
    took: Callable[[int], int] = lambda _: 1,
    road: Road = ROAD,
    word: int | None = None,
    missed: int = 0,
) -> Iterator[Journey]:
    """Placed at ten, packed at noon, left at 18:00, on the van at seven, there at noon.

    ``took`` says after how many days by the parcel's number; ``word`` adds the carrier's own
    estimate, so many days too early; every ``missed``th meets nobody and comes a day later. Of
    Sagawa nothing comes on a Sunday.
    """
    for number in range(DAYS * a_day):
        day = FIRST + timedelta(days=number // a_day)
        came = day + timedelta(days=took(number))
        if road.carrier == "sagawa" and came.weekday() == SUNDAY:
            came += timedelta(days=1)
        heard = []
        if word is not None:
            told = Window.of_days(came - timedelta(days=word), came - timedelta(days=word), TOKYO)
            heard.append(Said(S.IN_TRANSIT, at(day, 19), "w", "", told.start, told.until))
        heard.append(Said(S.OUT_FOR_DELIVERY, at(came, 7), "o"))
        if missed and number % missed == 0:
            heard.append(Said(S.ATTEMPTED, at(came, 12), "a"))
            came += timedelta(days=1)
        yield Journey(
            road,
            at(day, 10),
            at(day, 18),
            at(came, 12, number % 50),
            location="1",
            indoors=((HouseStage.PACKED, at(day, 12)),),
            heard=tuple(heard),
        )


@cache
def plain() -> Fitted:
    return fit(list(journeys()), TOKYO).fitted


def believe(
    fitted: Fitted,
    *said: Said,
    left: datetime = LEFT,
    now: datetime | None = None,
    sent: Sent | None = None,
    calendars: Calendars | None = None,
) -> Estimate:
    sent = sent or Sent(
        handed_over_at=left,
        lane=LANE,
        origin_region=ROAD.origin,
        destination_region=ROAD.destination,
        carrier=ROAD.carrier,
    )
    known = Known(TOKYO, calendars, fitted)
    found = estimate(said, sent, now=now or left, known=known)
    assert found is not None
    return found


def carried_by(carrier: str, left: datetime) -> Sent:
    return Sent(
        handed_over_at=left,
        lane=LANE,
        origin_region=ROAD.origin,
        destination_region=ROAD.destination,
        carrier=carrier,
    )


def test_a_plain_history_names_the_hour() -> None:
    found = believe(plain())
    assert found.window == hours(20, 12, 13)
    assert found.why == Why.HISTORY
    assert found.because.usual_days == (1, 1)
    assert found.chance_after(november(20, 11)) == 1.0
    assert found.chance_after(november(20, 18)) < 0.1


def test_a_road_never_gone_is_told_by_its_lead_time() -> None:
    sent = replace(carried_by("yamato", november(19, 18)), destination_region="福岡県")
    found = believe(plain(), sent=replace(sent, lane=Lane(2, 3)))
    assert (found.window, found.why) == (days(21, 22), Why.LEAD_TIME)


def test_a_few_parcels_change_little_and_many_change_all() -> None:
    slow = list(journeys(took=lambda _: 4))
    few = believe(fit(slow[-1:], TOKYO).fitted)
    many = believe(fit(slow, TOKYO).fitted)
    assert few.median.astimezone(TOKYO).date() == date(2026, 11, 20)
    assert many.median.astimezone(TOKYO).date() == date(2026, 11, 23)


def test_days_on_which_nothing_was_ever_delivered_are_passed_over_and_named() -> None:
    fitted = fit(list(journeys(road=replace(ROAD, carrier="sagawa"))), TOKYO).fitted
    saturday = november(21, 18)
    found = believe(fitted, sent=carried_by("sagawa", saturday), left=saturday)
    assert found.window.days(TOKYO) or found.window.start >= november(23)
    assert found.median.astimezone(TOKYO).date() == date(2026, 11, 23)
    assert found.because.closed == (date(2026, 11, 22),)


def test_what_calendars_say_of_a_carrier_counts_too() -> None:
    closed = CarrierDays(exceptions={date(2026, 11, 20): (True, False)})
    calendars = Calendars(
        version="1", zone=TOKYO, carriers={("yamato", ""): closed}, national=national.days_off
    )
    found = believe(plain(), calendars=calendars)
    assert found.window == hours(21, 12, 13)
    assert found.because.closed == (date(2026, 11, 20),)


def test_an_island_costs_its_days_on_top() -> None:
    sent = replace(carried_by("yamato", november(19, 18)), extra_days=2)
    found = believe(plain(), sent=sent)
    assert found.window == hours(22, 12, 13)
    assert found.because.extra_days == 2


def test_a_carrier_that_keeps_its_word_is_taken_at_it() -> None:
    fitted = fit(list(journeys(word=0, took=lambda n: 1 + n % 3)), TOKYO).fitted
    told = days(22, 22)
    word = Said(S.IN_TRANSIT, november(19, 19), "w", "", told.start, told.until)
    found = believe(fitted, word, now=november(19, 20))
    assert (found.window, found.why) == (told, Why.CARRIER)


def test_a_carrier_that_never_keeps_its_word_is_not() -> None:
    fitted = fit(list(journeys(word=1, took=lambda _: 2)), TOKYO).fitted
    told = days(20, 20)
    word = Said(S.IN_TRANSIT, november(19, 19), "w", "", told.start, told.until)
    found = believe(fitted, word, now=november(19, 20))
    assert found.median.astimezone(TOKYO).date() == date(2026, 11, 21)
    assert found.why == Why.HISTORY


def test_on_the_van_it_comes_when_vans_have_come() -> None:
    loaded = Said(S.OUT_FOR_DELIVERY, november(20, 7), "o")
    found = believe(plain(), loaded, now=november(20, 8))
    assert (found.window, found.why) == (hours(20, 12, 13), Why.OUT_FOR_DELIVERY)


def test_after_a_miss_it_comes_when_it_has_come_before() -> None:
    fitted = fit(list(journeys(missed=3)), TOKYO).fitted
    miss = Said(S.ATTEMPTED, november(20, 12), "a")
    found = believe(fitted, miss, now=november(20, 13))
    assert (found.window, found.why) == (hours(21, 12, 13), Why.ATTEMPTED)
    assert found.because.usual_days == (1, 1)


def test_a_delay_without_a_date_costs_days_even_where_none_was_seen() -> None:
    snow = Said(S.DELAYED, november(20, 9), "d", "snow")
    found = believe(plain(), snow, now=november(20, 10))
    assert found.why == "snow"
    assert found.window == days(21, 24)


def test_over_its_date_it_comes_soon_and_then_nobody_can_say() -> None:
    late = believe(plain(), now=november(22, 10))
    assert (late.window, late.why) == (days(22, 23), Why.OVERDUE)
    sent = carried_by("yamato", november(19, 18))
    known = Known(TOKYO, None, plain())
    assert estimate([], sent, now=november(19, 18) + timedelta(days=20), known=known) is None


WAITING = Unsent(
    stage=HouseStage.PLACED,
    since=november(19, 10),
    location_id=1,
    origin_region=ROAD.origin,
    destination_region=ROAD.destination,
    carrier="yamato",
    lane=LANE,
)


def foreseen(
    unsent: Unsent, now: datetime, *, fitted: Fitted = NOTHING, calendars: Calendars | None = None
) -> Estimate | None:
    return foresee(unsent, now=now, known=Known(TOKYO, calendars, fitted))


def test_what_is_ordered_in_time_leaves_as_it_always_has() -> None:
    found = foreseen(WAITING, november(19, 10), fitted=plain())
    assert found is not None
    assert found.window == hours(20, 12, 13)
    assert (found.why, found.because.leaves_on) == (Why.NOT_SENT, date(2026, 11, 19))


def test_without_a_carrier_it_goes_with_whoever_goes_there() -> None:
    found = foreseen(replace(WAITING, carrier=""), november(19, 10), fitted=plain())
    assert found is not None
    assert found.window == hours(20, 12, 13)


def test_without_a_history_calendars_and_lead_times_say_it() -> None:
    in_time = foreseen(WAITING, november(19, 10))
    too_late = foreseen(replace(WAITING, since=november(19, 15)), november(19, 15))
    assert in_time is not None
    assert too_late is not None
    assert (in_time.window, too_late.window) == (days(20, 21), days(21, 22))
    assert foreseen(replace(WAITING, lane=None), november(19, 10)) is None


def test_goods_that_are_waited_for_leave_when_they_are_there() -> None:
    unsent = replace(WAITING, ready_on=date(2026, 11, 27))
    found = foreseen(unsent, november(19, 10), fitted=plain())
    assert found is not None
    assert found.because.ready_on == date(2026, 11, 27)
    assert found.because.leaves_on == date(2026, 11, 27)
    assert found.median.astimezone(TOKYO).date() == date(2026, 11, 28)


def test_what_should_have_left_leaves_with_the_next_collection() -> None:
    unsent = replace(WAITING, stage=HouseStage.PACKED, since=november(19, 12))
    found = foreseen(unsent, november(20, 10), fitted=plain())
    assert found is not None
    assert found.because.leaves_on == date(2026, 11, 20)
    assert found.window.start >= november(21)


@pytest.mark.parametrize(
    ("stage", "placed", "since", "leaves_on"),
    [
        # In time for the cut-off at two, though it took until three to be allocated or picked.
        (HouseStage.ALLOCATED, (19, 10), (19, 15), 19),
        (HouseStage.PICKED, (19, 10), (19, 16), 19),
        # Too late for it.
        (HouseStage.ALLOCATED, (19, 15), (19, 15), 20),
        # There only long after it was placed: from then on as if it had been placed then.
        (HouseStage.ALLOCATED, (2, 10), (19, 13), 19),
        (HouseStage.ALLOCATED, (2, 10), (19, 15), 20),
        # What is packed waits for the carrier, who comes at five.
        (HouseStage.PACKED, (2, 10), (19, 16), 19),
        (HouseStage.PACKED, (19, 15), (19, 16), 19),
        (HouseStage.PACKED, (19, 10), (19, 18), 20),
        # Held until then, or kept for later.
        (HouseStage.ALLOCATED, (19, 10), (25, 9), 25),
    ],
)
def test_the_cut_off_counts_from_the_order_and_the_rest_from_the_step(
    stage: HouseStage, placed: tuple[int, int], since: tuple[int, int], leaves_on: int
) -> None:
    unsent = replace(WAITING, stage=stage, since=november(*since), placed_at=november(*placed))
    found = foreseen(unsent, min(november(*since), november(19, 18)))
    assert found is not None
    assert found.because.leaves_on == date(2026, 11, leaves_on)


def test_what_is_packed_leaves_as_packed_goods_do_whenever_it_was_placed() -> None:
    unsent = replace(
        WAITING, stage=HouseStage.PACKED, since=november(19, 12), placed_at=november(12, 10)
    )
    found = foreseen(unsent, november(19, 12), fitted=plain())
    assert found is not None
    assert found.window == hours(20, 12, 13)
    assert found.because.leaves_on == date(2026, 11, 19)


def test_packed_after_the_carrier_came_it_leaves_the_next_day() -> None:
    unsent = replace(WAITING, stage=HouseStage.PACKED, since=november(18, 9))
    noon, evening = (foreseen(unsent, november(19, hour)) for hour in (16, 18))
    assert noon is not None
    assert evening is not None
    assert (noon.because.leaves_on, evening.because.leaves_on) == (
        date(2026, 11, 19),
        date(2026, 11, 20),
    )


def test_from_a_house_that_never_sends_nothing_is_foreseen() -> None:
    shut = WorkingDays(zone=TOKYO, cut_offs=(None,) * 7)
    calendars = Calendars(version="1", zone=TOKYO, locations={1: shut}, national=national.days_off)
    assert foreseen(WAITING, november(19, 10), calendars=calendars) is None


def test_the_same_history_in_any_order_gives_the_same_bytes() -> None:
    history = list(journeys(took=lambda n: 1 + n % 2, word=0, missed=5))
    turned = history[::-1]
    once, again = fit(history, TOKYO).fitted, fit(turned, TOKYO).fitted
    assert once.to_bytes() == again.to_bytes()
    assert Fitted.of_bytes(once.to_bytes()) == once


@pytest.mark.parametrize("kept", [b"", b"no model", plain().to_bytes()[:-9]])
def test_damaged_bytes_are_refused(kept: bytes) -> None:
    with pytest.raises(Unreadable):
        Fitted.of_bytes(kept)


def test_of_no_history_nothing_is_learned() -> None:
    assert fit([], TOKYO).fitted == NOTHING
