"""Where goods come from."""

from hypothesis import given
from hypothesis import strategies as st

from oms_service.inventory.policy import MOVES, Pick, Want, available, source
from oms_service.inventory.states import MovementKind

COFFEE, MUG, TOKYO, OSAKA = 1, 2, 10, 20


def test_one_location_that_has_all_is_taken_before_two() -> None:
    wants = [Want(100, COFFEE, 2), Want(101, MUG, 1)]
    free = {(COFFEE, TOKYO): 5, (COFFEE, OSAKA): 5, (MUG, OSAKA): 1}
    assert source(wants, free) == [Pick(100, COFFEE, OSAKA, 2), Pick(101, MUG, OSAKA, 1)]


def test_a_preferred_location_is_taken_first() -> None:
    wants = [Want(100, COFFEE, 2)]
    free = {(COFFEE, TOKYO): 5, (COFFEE, OSAKA): 5}
    assert source(wants, free, preferred=[OSAKA, 99]) == [Pick(100, COFFEE, OSAKA, 2)]


def test_a_line_stays_whole_where_one_place_has_it_and_is_split_where_none_does() -> None:
    wants = [Want(100, COFFEE, 3), Want(101, MUG, 4)]
    free = {(COFFEE, OSAKA): 3, (COFFEE, TOKYO): 2, (MUG, TOKYO): 3, (MUG, OSAKA): 1}
    assert source(wants, free) == [
        Pick(100, COFFEE, OSAKA, 3),
        Pick(101, MUG, TOKYO, 3),
        Pick(101, MUG, OSAKA, 1),
    ]


def test_two_lines_of_one_variant_do_not_take_the_same_units() -> None:
    picks = source([Want(100, COFFEE, 3), Want(101, COFFEE, 3)], {(COFFEE, TOKYO): 4})
    assert picks == [Pick(100, COFFEE, TOKYO, 3), Pick(101, COFFEE, TOKYO, 1)]


@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(1, 6)), min_size=1, max_size=5),
    st.dictionaries(
        st.tuples(st.integers(1, 3), st.integers(1, 4)), st.integers(0, 8), max_size=10
    ),
)
def test_no_more_than_wanted_no_more_than_there_is_and_as_much_as_can_be(
    wished: list[tuple[int, int]], free: dict[tuple[int, int], int]
) -> None:
    wants = [Want(index, variant, n) for index, (variant, n) in enumerate(wished)]
    picks = source(wants, free)
    for place, there in free.items():
        assert sum(p.quantity for p in picks if (p.variant_id, p.location_id) == place) <= there
    for variant in {want.variant_id for want in wants}:
        wanted = sum(want.quantity for want in wants if want.variant_id == variant)
        there = sum(units for (of, _), units in free.items() if of == variant)
        picked = sum(pick.quantity for pick in picks if pick.variant_id == variant)
        assert picked == min(wanted, there)


def test_available_is_never_below_nothing() -> None:
    assert available(on_hand=10, allocated=3, reserved=2, safety=1, buffer=1) == 3
    assert available(on_hand=1, allocated=1, reserved=0, safety=5) == 0


def test_every_kind_of_movement_moves_something() -> None:
    assert set(MOVES) == set(MovementKind)
