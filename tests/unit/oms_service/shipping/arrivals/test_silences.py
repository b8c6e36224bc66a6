"""How long it is quiet as a rule: exact where it was seen often, leaning where it was not."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from oms_service.ports.carrier import CarrierStatus as S
from oms_service.shipping.arrivals.fitted import NOTHING, Fitted
from oms_service.shipping.arrivals.fitting import fit
from oms_service.shipping.arrivals.journeys import Journey, Road
from oms_service.shipping.arrivals.scanned import Scanned
from oms_service.shipping.arrivals.silences import (
    after,
    gaps,
    open_days,
    silence_keys,
    silences,
    steps,
)
from oms_service.shipping.because import HouseStage
from oms_service.shipping.calendars import national
from oms_service.shipping.calendars.days import Calendars, CarrierDays, WorkingDays
from oms_service.shipping.foretelling import Foreteller
from oms_service.shipping.standing import Said
from tests.factories.histories_with_scans import BEGIN, Known, by_days, by_hours

TOKYO = ZoneInfo("Asia/Tokyo")
#: A Monday.
MONDAY = datetime(2026, 11, 2, 9, 0, tzinfo=TOKYO)
SUNDAYS = frozenset({6})
FAST = Road("東京都", "大阪府", "yamato", "")
SLOW = Road("東京都", "沖縄県", "yamato", "")
RULE = timedelta(days=3)
IN_TRANSIT = str(S.IN_TRANSIT)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def heard(road: Road, quiet: Sequence[float], *, first: float = 1) -> list[Journey]:
    """Parcels that left at nine, were in transit an hour later, then silent for so many hours."""
    found = []
    for place, silent in enumerate(quiet):
        left = MONDAY + timedelta(minutes=place)
        moved = left + hours(first)
        came = moved + hours(silent)
        found.append(
            Journey(
                road,
                left,
                left,
                came,
                heard=(Said(S.IN_TRANSIT, moved, "m"), Said(S.DELIVERED, came, "d")),
            )
        )
    return found


def learned(*journeys: list[Journey]) -> Fitted:
    return fit([one for some in journeys for one in some], TOKYO).fitted


def in_minutes(span: timedelta | None) -> int | None:
    return None if span is None else round(span / timedelta(minutes=1))


def test_nineteen_of_twenty_are_heard_of_by_then() -> None:
    found = learned(heard(FAST, [24 + hour for hour in range(41)]))
    assert in_minutes(found.silence_p95(FAST, IN_TRANSIT)) == (24 + 38) * 60


def test_less_than_twenty_have_no_nineteenth() -> None:
    assert learned(heard(FAST, [30] * 19)).silence_p95(FAST, IN_TRANSIT) is None
    assert learned(heard(FAST, [30] * 21)).silence_p95(FAST, IN_TRANSIT) == hours(30)
    assert NOTHING.silence_p95(FAST, IN_TRANSIT) is None


def test_each_status_is_silent_in_its_own_way() -> None:
    found = learned(heard(FAST, [50] * 30, first=30))
    assert found.silence_p95(FAST, IN_TRANSIT) == hours(50)
    assert found.silence_p95(FAST, S.PRE_TRANSIT) == hours(30)
    assert found.silence_p95(FAST, S.CUSTOMS_HOLD) is None


def test_a_day_without_a_word_is_never_unusual() -> None:
    assert learned(heard(FAST, [2] * 40)).silence_p95(FAST, IN_TRANSIT) == timedelta(days=1)


def test_a_slow_lane_and_a_fast_one_each_speak_for_themselves() -> None:
    found = learned(heard(FAST, [30] * 400), heard(SLOW, [110] * 100))
    assert found.silence_p95(FAST, IN_TRANSIT) == hours(30)
    assert found.silence_p95(SLOW, IN_TRANSIT) == hours(110)


def test_a_thin_lane_leans_on_its_carrier() -> None:
    few = Road("東京都", "京都府", "yamato", "")
    one_odd = learned(heard(FAST, [30] * 400), heard(few, [200]))
    assert one_odd.silence_p95(few, IN_TRANSIT) == hours(30)
    more = learned(heard(FAST, [30] * 400), heard(few, [200] * 10))
    assert more.silence_p95(few, IN_TRANSIT) == hours(200)


@pytest.mark.parametrize(
    ("road", "of_the_place"),
    [
        (FAST, True),
        (Road("北海道", "大阪府", "yamato", "cool"), True),
        (Road("東京都", "青森県", "yamato", ""), False),
        (Road("東京都", "大阪府", "sagawa", ""), False),
    ],
)
def test_the_closest_road_speaks_and_the_rule_beside_it_of_a_new_place(
    road: Road, *, of_the_place: bool
) -> None:
    found = learned(heard(FAST, [30] * 40))
    assert found.silence_p95(road, IN_TRANSIT) == hours(30)
    assert found.has_heard_of(road, IN_TRANSIT) is of_the_place
    silence = asking(found).silence(road, IN_TRANSIT, MONDAY, rule=RULE)
    assert silence == (hours(30) if of_the_place else RULE)


def test_the_rule_speaks_where_nothing_was_learned() -> None:
    assert asking(NOTHING).silence(FAST, IN_TRANSIT, MONDAY, rule=RULE) == RULE


def test_a_carrier_that_rests_on_sundays_is_silent_over_them() -> None:
    found = learned(heard(FAST, [30] * 40))
    rests = CarrierDays(deliveries=(True,) * 6 + (False,))
    asked = asking(found, carriers={("yamato", ""): rests})
    saturday = MONDAY + timedelta(days=5)
    assert asked.silence(FAST, IN_TRANSIT, saturday, rule=RULE) == hours(54)
    assert asked.silence(FAST, IN_TRANSIT, MONDAY, rule=RULE) == hours(30)


def test_silences_are_those_that_jeopardy_counts() -> None:
    said = (
        Said(S.PRE_TRANSIT, MONDAY - hours(20), "label"),
        Said(S.IN_TRANSIT, MONDAY + hours(5), "a"),
        Said(S.PRE_TRANSIT, MONDAY + hours(6), "a label again"),
        Said(S.UNKNOWN, MONDAY + hours(7), "?"),
        Said(S.OUT_FOR_DELIVERY, MONDAY + hours(30), "b"),
        Said(S.ATTEMPTED, MONDAY + hours(33), "c"),
        Said(S.OUT_FOR_DELIVERY, MONDAY + hours(60), "d"),
        Said(S.DELIVERED, MONDAY + hours(62), "e"),
        Said(S.IN_TRANSIT, MONDAY + hours(90), "late"),
    )
    journey = Journey(FAST, MONDAY, MONDAY, MONDAY + hours(62), heard=said[::-1])
    assert [(status, end - start) for status, start, end in gaps(journey)] == [
        (S.PRE_TRANSIT, hours(5)),
        (S.IN_TRANSIT, hours(25)),
        (S.OUT_FOR_DELIVERY, hours(3)),
        (S.OUT_FOR_DELIVERY, hours(2)),
    ]


def test_what_was_never_heard_of_again_teaches_nothing() -> None:
    lost = Journey(FAST, MONDAY, MONDAY, None, heard=(Said(S.IN_TRANSIT, MONDAY + hours(2)),))
    assert [end - start for _, start, end in gaps(lost)] == [hours(2)]


@pytest.mark.parametrize(
    ("start_day", "working_h", "ends_after_h"),
    [(2, 24, 24), (7, 24, 48), (7, 15, 15), (7, 16, 40), (8, 24, 39), (7, 24 * 7, 24 * 9)],
)
def test_open_time_stands_still_on_closed_days(
    start_day: int, working_h: int, ends_after_h: int
) -> None:
    start = datetime(2026, 11, start_day, 9, 0, tzinfo=TOKYO)
    end = after(start, hours(working_h), TOKYO, lambda day: day.weekday() not in SUNDAYS)
    # Sixteen working hours from a Saturday at nine end on Monday, at one.
    assert end == start + hours(ends_after_h)
    assert open_days(start, end, TOKYO, SUNDAYS) == working_h / 24


def test_whoever_never_opens_is_not_believed_for_ever() -> None:
    end = after(MONDAY, hours(1), TOKYO, lambda _: False)
    assert timedelta(days=390) < end - MONDAY < timedelta(days=410)


def in_the_house(location: str, allocated_h: float, packed_h: float, count: int) -> list[Journey]:
    found = []
    for place in range(count):
        begun = MONDAY + timedelta(minutes=place)
        packed = begun + hours(allocated_h)
        left = packed + hours(packed_h)
        indoors = ((HouseStage.ALLOCATED, begun), (HouseStage.PACKED, packed))
        found.append(Journey(FAST, begun, left, None, location=location, indoors=indoors))
    return found


def test_each_step_of_each_house_takes_its_time() -> None:
    found = learned(in_the_house("1", 30, 2, 200), in_the_house("2", 60, 40, 200))
    assert found.stage_p95(1, HouseStage.ALLOCATED) == hours(30)
    assert found.stage_p95(1, HouseStage.PACKED) == timedelta(days=1)
    assert found.stage_p95(2, HouseStage.ALLOCATED) == hours(60)
    assert found.stage_p95(2, HouseStage.PACKED) == hours(40)
    assert found.stage_p95(None, HouseStage.ALLOCATED) == hours(60)
    assert found.stage_p95(3, HouseStage.ALLOCATED) is None
    assert found.stage_p95(1, HouseStage.PICKED) is None


def test_a_step_ends_with_the_next_that_is_known() -> None:
    journey = Journey(
        FAST,
        MONDAY,
        MONDAY + hours(9),
        None,
        indoors=(
            (HouseStage.PACKED, MONDAY + hours(5)),
            (HouseStage.ALLOCATED, MONDAY + hours(1)),
            (HouseStage.PICKED, MONDAY + hours(12)),
        ),
    )
    assert {stage: end - start for stage, start, end in steps(journey)} == {
        HouseStage.PLACED: hours(1),
        HouseStage.ALLOCATED: hours(4),
        HouseStage.PACKED: hours(4),
    }


def test_goods_are_stuck_after_their_houses_own_time() -> None:
    found = learned(in_the_house("1", 30, 2, 40))
    house = WorkingDays(zone=TOKYO, cut_offs=(840,) * 5 + (None, None))
    asked = asking(found, locations={1: house})
    friday = MONDAY + timedelta(days=4)
    stuck_at = asked.stuck_at(HouseStage.ALLOCATED, friday, FAST, 1)
    assert stuck_at == friday + hours(30 + 48)
    assert asked.stuck_at(HouseStage.ALLOCATED, friday, FAST, 3) is None


def test_what_is_learned_is_kept_and_old_models_keep_their_bytes() -> None:
    found = learned(heard(FAST, [30.005] * 40), in_the_house("1", 30, 2, 40))
    again = Fitted.of_bytes(found.to_bytes())
    assert again == found
    assert (again.silences, again.stays) == (found.silences, found.stays)
    assert found.silences
    assert found.stays
    older = Fitted(as_of=datetime(2026, 11, 1, tzinfo=UTC))
    assert b"silences" not in older._text
    assert Fitted.of_bytes(older.to_bytes()).silence_p95(FAST, IN_TRANSIT) is None


def test_the_order_of_a_history_changes_nothing() -> None:
    history = heard(FAST, [24 + hour for hour in range(40)]) + heard(SLOW, [90] * 30)
    assert learned(history[::-1]).to_bytes() == learned(history).to_bytes()


def asking(
    found: Fitted,
    *,
    carriers: dict[tuple[str, str], CarrierDays] | None = None,
    locations: dict[int, WorkingDays] | None = None,
) -> Foreteller:
    calendars = Calendars(
        version="1",
        zone=TOKYO,
        carriers=carriers or {},
        locations=locations or {},
        national=national.days_off,
    )
    return Foreteller(TOKYO, calendars, found)


@pytest.mark.parametrize("seed", [5, 10])
@pytest.mark.parametrize("world", [by_days, by_hours])
def test_one_in_twenty_silences_of_the_next_two_months_is_longer(
    world: Callable[..., list[Known]], seed: int
) -> None:
    history = [with_scans(one.scanned) for one in world(seed=seed, days=240, a_day=16)]
    turn = BEGIN + timedelta(days=180)

    def rests(carrier: str) -> frozenset[int]:
        return SUNDAYS if world is by_days and carrier != "yamato" else frozenset()

    before = [one for one in history if left_at(one) < turn]
    usual = silences(before, TOKYO, at=turn, closed=rests)
    seen = longer = 0
    for one in history:
        if left_at(one) < turn:
            continue
        for status, start, end in gaps(one):
            keys = silence_keys(str(status), one.road)
            seen += 1
            longer += open_days(start, end, TOKYO, rests(one.road.carrier)) > next(
                usual[key] for key in reversed(keys) if key in usual
            )
    assert seen > 3_500
    assert 0.04 <= longer / seen <= 0.06


def with_scans(one: Scanned) -> Journey:
    said = [Said(word.status, word.occurred_at, str(place)) for place, word in enumerate(one.words)]
    return replace(one.journey, heard=tuple(said))


def left_at(one: Journey) -> datetime:
    assert one.handed_over_at is not None
    return one.handed_over_at
