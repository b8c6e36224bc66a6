"""The choice of locations against every choice there is."""

from collections.abc import Iterator, Mapping
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from oms_service.sourcing.optimiser import Parts, Problem, Ranks, choose

Assignment = Mapping[tuple[int, int], int]


def splits(units: int, has: list[int]) -> Iterator[tuple[int, ...]]:
    """Every way to take ``units`` from shelves that have so many."""
    if not has:
        if units == 0:
            yield ()
        return
    for here in range(min(units, has[0]) + 1):
        for rest in splits(units - here, has[1:]):
            yield (here, *rest)


def ranked(problem: Problem, taken: Assignment) -> Ranks:
    used = {place for (_, place), units in taken.items() if units}
    return tuple(
        sum(problem.costs[place][rank] for place in used)
        + problem.split[rank] * max(0, len(used) - 1)
        + sum(problem.parts[part][rank] for part, units in taken.items() if units)
        for rank in range(len(problem.split))
    )


def by_force(problem: Problem) -> tuple[int, Ranks]:
    """The most units, negative, and the least cost of those: every assignment looked at."""
    ways = []
    for variant, wanted in problem.wanted.items():
        has = [problem.free.get((variant, place), 0) for place in problem.locations]
        ways.append(
            [
                {
                    (variant, place): units
                    for place, units in zip(problem.locations, way, strict=True)
                }
                for total in range(min(wanted, sum(has)) + 1)
                for way in splits(total, has)
            ]
        )
    best: tuple[int, Ranks] | None = None
    for choice in product(*ways):
        taken = {part: units for one in choice for part, units in one.items()}
        if len({place for (_, place), units in taken.items() if units}) > (
            problem.most_locations or len(problem.locations)
        ):
            continue
        answer = -sum(taken.values()), ranked(problem, taken)
        best = answer if best is None or answer < best else best
    assert best is not None
    return best


def as_taken(parts: Parts) -> Assignment:
    return {(variant, place): units for variant, of in parts.items() for place, units in of}


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    locations = list(range(1, draw(st.integers(1, 4)) + 1))
    variants = list(range(1, draw(st.integers(1, 3)) + 1))
    cost = st.tuples(st.integers(0, 2), st.integers(0, 12))
    return Problem(
        wanted={variant: draw(st.integers(1, 4)) for variant in variants},
        free={
            (variant, place): draw(st.integers(0, 4)) for variant in variants for place in locations
        },
        locations=draw(st.permutations(locations)),
        costs={place: draw(cost) for place in locations},
        split=draw(cost),
        parts={(variant, place): draw(cost) for variant in variants for place in locations},
        most_locations=draw(st.none() | st.integers(1, 4)),
    )


@settings(max_examples=250, deadline=None)
@given(problems())
def test_no_choice_has_more_units_or_costs_less(problem: Problem) -> None:
    choice = choose(problem)
    taken = as_taken(choice.parts)
    assert choice.is_exact
    assert all(0 < units <= problem.free[part] for part, units in taken.items())
    assert (-sum(taken.values()), ranked(problem, taken)) == by_force(problem)


@settings(max_examples=100, deadline=None)
@given(problems())
def test_the_same_question_has_the_same_answer(problem: Problem) -> None:
    assert choose(problem) == choose(problem)


@settings(max_examples=100, deadline=None)
@given(problems())
def test_what_is_told_of_other_locations_would_have_been_possible(problem: Problem) -> None:
    choice = choose(problem)
    chosen = ranked(problem, as_taken(choice.parts))
    for place, parts in choice.others.items():
        taken = as_taken(parts)
        assert any(where == place for _, where in taken)
        assert sum(taken.values()) == sum(as_taken(choice.parts).values())
        assert ranked(problem, taken) >= chosen
