"""The order of facts, with and without a time."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from oms_service.history.ordering import in_order
from oms_service.ports.timeline import Entry

DAY = datetime(2026, 11, 1, tzinfo=UTC)


def entry(kind: str, day: int | None, rank: int, order_id: int | None = 1) -> Entry:
    at = None if day is None else DAY + timedelta(days=day)
    return Entry(
        kind=kind, at=at, actor="system", channel="web", order_id=order_id, facts={}, rank=rank
    )


def kinds(*entries: Entry) -> list[str]:
    return [one.kind for one in in_order(entries)]


def test_known_times_decide() -> None:
    assert kinds(entry("later", 2, 10), entry("sooner", 1, 90)) == ["sooner", "later"]


def test_an_unknown_time_keeps_its_natural_place() -> None:
    told = kinds(
        entry("delivered", None, 60),
        entry("refunded", 9, 90),
        entry("placed", None, 10),
        entry("shipped", 3, 50),
    )
    assert told == ["placed", "shipped", "delivered", "refunded"]


def test_an_order_without_any_time_stands_at_the_beginning_in_its_natural_order() -> None:
    told = kinds(
        entry("dated", 1, 10, order_id=1),
        entry("paid", None, 20, order_id=2),
        entry("placed", None, 10, order_id=2),
    )
    assert told == ["placed", "paid", "dated"]


@given(
    st.lists(
        st.builds(
            entry,
            st.sampled_from("abc"),
            st.none() | st.integers(0, 5),
            st.integers(0, 9),
            st.none() | st.integers(1, 3),
        ),
        max_size=8,
    ),
    st.randoms(),
)
def test_the_order_they_came_in_does_not_matter_and_dated_ones_are_sorted(
    entries: list[Entry], random: object
) -> None:
    shuffled = list(entries)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    told = in_order(entries)
    assert told == in_order(shuffled)
    times = [one.at for one in told if one.at is not None]
    assert times == sorted(times)
