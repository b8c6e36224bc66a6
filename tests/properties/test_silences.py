"""However quiet a history was: never unusual within a day, found when it is, over with a scan."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from oms_service.ports.carrier import CarrierStatus as S
from oms_service.shipping.arrivals.fitted import Fitted
from oms_service.shipping.arrivals.journeys import Journey, Road
from oms_service.shipping.arrivals.silences import LEAST, silences, stays
from oms_service.shipping.because import HouseStage
from oms_service.shipping.calendars import national
from oms_service.shipping.calendars.days import Calendars, CarrierDays
from oms_service.shipping.foretelling import Foreteller
from oms_service.shipping.jeopardy import OnTheRoad, judge, look_again
from oms_service.shipping.standing import Said
from oms_service.shipping.states import MOVING, Cause, Jeopardy

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ROADS = [
    Road("東京都", to, carrier, "")
    for to in ("大阪府", "北海道")
    for carrier in ("yamato", "sagawa")
]
minutes = st.integers(0, 60 * 24 * 9).map(lambda count: timedelta(minutes=count))
roads = st.sampled_from(ROADS)
statuses = st.sampled_from(sorted(MOVING))
weekdays = st.frozensets(st.integers(0, 6), max_size=3)


@st.composite
def journeys(draw: st.DrawFn) -> Journey:
    left = NOW - timedelta(days=draw(st.integers(10, 90)), minutes=draw(st.integers(0, 1_440)))
    said, at = [], left
    for place, span in enumerate(draw(st.lists(minutes, max_size=4))):
        at += span
        said.append(Said(draw(st.sampled_from(S)), at, str(place)))
    packed = left - draw(minutes)
    indoors = ((HouseStage.PACKED, packed),)
    return Journey(
        draw(roads),
        packed - draw(minutes),
        left,
        None,
        location="1",
        indoors=indoors,
        heard=tuple(said),
    )


histories = st.lists(journeys(), max_size=12).map(lambda few: few * 9)


def taught(history: list[Journey], closed: frozenset[int]) -> Fitted:
    return Fitted(
        silences=silences(history, TOKYO, at=NOW, closed=lambda _: closed),
        stays=stays(history, TOKYO, at=NOW, closed=lambda _: closed),
    )


@given(histories, roads, statuses, weekdays, minutes)
def test_a_parcel_is_never_stalled_within_a_day_and_found_at_its_moment(
    history: list[Journey], road: Road, status: S, closed: frozenset[int], ago: timedelta
) -> None:
    fitted = taught(history, closed)
    rests = CarrierDays(deliveries=tuple(day not in closed for day in range(7)))
    calendars = Calendars(
        version="",
        zone=TOKYO,
        carriers={(one.carrier, ""): rests for one in ROADS},
        national=national.days_off,
    )
    heard_at = NOW - ago
    asked = Foreteller(TOKYO, calendars, fitted)
    silence = asked.silence(road, status, heard_at, rule=3 * DAY)
    known = fitted.silence_p95(road, status)
    assert silence >= (3 * DAY if known is None else max(DAY, known))
    parcel = OnTheRoad(status=status, heard_at=heard_at, silence=silence)
    ends_at = heard_at + silence
    assert judge(parcel, ends_at - timedelta(seconds=1)).jeopardy is not Jeopardy.STALLED
    assert judge(parcel, ends_at).jeopardy is Jeopardy.STALLED
    # Whenever it was looked at before, the next look is not after that moment.
    looks_at = look_again(parcel, ends_at - timedelta(minutes=7))
    assert looks_at is not None
    assert looks_at <= ends_at
    # A later scan of anything that moves starts the silence anew.
    anew = OnTheRoad(status=status, heard_at=ends_at, silence=silence)
    assert judge(anew, ends_at).cause is not Cause.SILENCE


@given(histories, weekdays)
def test_what_is_learned_depends_on_neither_order_nor_bytes(
    history: list[Journey], closed: frozenset[int]
) -> None:
    fitted = taught(history, closed)
    turned = taught(history[::-1], closed)
    assert fitted.silences == turned.silences
    assert Fitted.of_bytes(fitted.to_bytes()).to_bytes() == fitted.to_bytes()
    for location_id in (None, 1):
        for stage in HouseStage:
            found = fitted.stage_p95(location_id, stage)
            assert found is None or DAY <= found <= timedelta(days=60)
    if len(history) < LEAST:
        assert not fitted.stays
