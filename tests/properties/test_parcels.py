"""Whatever carriers say, in whatever order and however often."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from oms_service.ports.carrier import CarrierStatus
from oms_service.shipping.arrivals.fitting import fit
from oms_service.shipping.arrivals.journeys import Journey
from oms_service.shipping.because import Because, HouseStage
from oms_service.shipping.eta import Known, Sent, Unsent, estimate, foresee
from oms_service.shipping.lanes import Lane
from oms_service.shipping.standing import Said, newest
from tests.factories.histories import a_history

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
TOKYO = ZoneInfo("Asia/Tokyo")

moments = st.integers(-60 * 24 * 30, 0).map(lambda minutes: NOW + timedelta(minutes=minutes))
windows = st.one_of(
    st.just((None, None)),
    st.tuples(st.integers(-200, 400), st.integers(0, 100)).map(
        lambda pair: (
            NOW + timedelta(hours=pair[0]),
            NOW + timedelta(hours=pair[0] + pair[1]),
        )
    ),
)


def with_words(one: Journey) -> Journey:
    """A journey with its scans, and an estimate of its carrier that is an hour wide."""
    handed, came = one.handed_over_at, one.delivered_at
    assert handed
    assert came
    told = Said(
        CarrierStatus.IN_TRANSIT,
        handed,
        "a",
        "",
        came - timedelta(hours=2),
        came + timedelta(hours=1),
    )
    van = Said(CarrierStatus.OUT_FOR_DELIVERY, max(handed, came - timedelta(hours=4)), "b")
    return replace(one, heard=(told, van))


@st.composite
def words(draw: st.DrawFn) -> Said:
    start, until = draw(windows)
    return Said(
        draw(st.sampled_from(CarrierStatus)),
        draw(moments),
        draw(st.sampled_from("abcd")),
        draw(st.sampled_from(["", "snow"])),
        start,
        until,
    )


stories = st.lists(words(), max_size=8, unique_by=lambda word: (word.occurred_at, word.key))
lanes = st.one_of(
    st.none(), st.tuples(st.integers(0, 9), st.integers(0, 5)).map(lambda p: Lane(p[0], sum(p)))
)


#: What a made history of three months teaches, with a word of the carrier on each parcel.
LEARNED = Known(
    TOKYO,
    None,
    fit([with_words(one) for one in a_history(seed=2, days=90, a_day=6)], TOKYO).fitted,
)


def on_a_known_road(lane: Lane | None, handed_over_at: datetime | None) -> Sent:
    return Sent(
        handed_over_at=handed_over_at,
        lane=lane,
        origin_region="東京都",
        destination_region="愛知県",
        carrier="yamato",
    )


@given(stories, lanes, st.one_of(st.none(), moments))
def test_an_estimate_is_never_in_the_past_and_never_ends_before_it_begins(
    story: list[Said], lane: Lane | None, handed_over_at: datetime | None
) -> None:
    sent = Sent(handed_over_at=handed_over_at, lane=lane)
    found = estimate(story, sent, now=NOW, known=Known(TOKYO))
    assert found is None or (found.window.until >= NOW and found.window.start <= found.window.until)
    assert found is None or found.why
    assert found is None or NOW <= found.median <= found.quantiles[-1][1]


@given(stories, lanes, st.randoms())
def test_order_and_repetition_of_scans_change_nothing(
    story: list[Said], lane: Lane | None, dice: random.Random
) -> None:
    told = [*story, *dice.choices(story, k=3)] if story else []
    dice.shuffle(told)
    assert newest(told) == newest(story)
    sent = Sent(handed_over_at=NOW, lane=lane)
    assert estimate(told, sent, now=NOW, known=Known(TOKYO)) == estimate(
        story, sent, now=NOW, known=Known(TOKYO)
    )


@given(stories, lanes, st.one_of(st.none(), moments))
def test_what_was_learned_keeps_to_the_future_and_its_chances_fall(
    story: list[Said], lane: Lane | None, handed_over_at: datetime | None
) -> None:
    sent = on_a_known_road(lane, handed_over_at)
    found = estimate(story, sent, now=NOW, known=LEARNED)
    if found is None:
        return
    assert found.window.start <= found.window.until
    assert found.window.until >= NOW
    assert found.median >= NOW
    times = [at for _, at in found.quantiles]
    assert times == sorted(times)
    chances = [found.chance_after(NOW + timedelta(hours=hour)) for hour in range(0, 400, 7)]
    assert chances == sorted(chances, reverse=True)
    assert all(0 <= chance <= 1 for chance in chances)
    assert Because.of_json(found.because.as_json()) == found.because


@given(stories, st.randoms())
def test_what_was_learned_is_blind_to_order_and_repetition(
    story: list[Said], dice: random.Random
) -> None:
    told = [*story, *dice.choices(story, k=3)] if story else []
    dice.shuffle(told)
    sent = on_a_known_road(Lane(1, 2), NOW - timedelta(days=1))
    assert estimate(told, sent, now=NOW, known=LEARNED) == estimate(
        story, sent, now=NOW, known=LEARNED
    )


@given(st.sampled_from(HouseStage), moments, st.one_of(st.none(), st.integers(-30, 60)), lanes)
def test_what_has_not_left_arrives_in_the_future(
    stage: HouseStage, since: datetime, ready_in: int | None, lane: Lane | None
) -> None:
    ready_on = None if ready_in is None else NOW.date() + timedelta(days=ready_in)
    unsent = Unsent(
        stage=stage,
        since=since,
        location_id=None,
        origin_region="東京都",
        destination_region="愛知県",
        ready_on=ready_on,
        lane=lane,
    )
    found = foresee(unsent, now=NOW, known=LEARNED)
    assert found is not None
    assert found.window.until >= NOW
    assert found.median >= NOW
    assert found.because.leaves_on is not None
    assert found.because.leaves_on >= max(NOW.date(), ready_on or NOW.date())


@given(stories)
def test_nothing_said_later_moves_a_delivered_parcel(story: list[Said]) -> None:
    arrived = Said(CarrierStatus.DELIVERED, NOW - timedelta(days=40), "z")
    found = newest([*story, arrived])
    assert found is not None
    assert found.status is CarrierStatus.DELIVERED


@given(stories)
def test_an_older_scan_does_not_move_a_parcel(story: list[Said]) -> None:
    """Unless it ends the journey: then it ends it whenever it is told."""
    before = newest(story)
    older = Said(CarrierStatus.IN_TRANSIT, NOW - timedelta(days=50), "z")
    after = newest([*story, older])
    silent = {None, CarrierStatus.UNKNOWN, CarrierStatus.PRE_TRANSIT}
    if (before and before.status) not in silent:
        assert after == before
