"""Whatever carriers say, in whatever order and however often."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from oms_service.ports.carrier import CarrierStatus
from oms_service.shipping.eta import Known, Sent, estimate
from oms_service.shipping.lanes import Lane
from oms_service.shipping.standing import Said, newest

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
