"""Boxes that are proposed do hold what they are proposed for."""

from hypothesis import given
from hypothesis import strategies as st

from oms_service.warehouse.fitting import BoxKind, Item, Proposal, Size, Why, fits, propose

SIDES = st.integers(1, 300)
SIZES = st.tuples(SIDES, SIDES, SIDES)
ITEMS = st.lists(
    st.builds(
        lambda quantity, size, weight: (quantity, size, weight),
        st.integers(1, 5),
        SIZES,
        st.one_of(st.none(), st.integers(1, 3_000)),
    ),
    min_size=1,
    max_size=5,
).map(lambda found: [Item(number, *one) for number, one in enumerate(found)])
KINDS = st.lists(
    st.tuples(SIZES, st.integers(1, 20_000), st.integers(0, 500)), min_size=1, max_size=4
).map(
    lambda found: [
        BoxKind(f"box {number}", size, most, 50, cost)
        for number, (size, most, cost) in enumerate(found)
    ]
)


def volume(size: Size) -> int:
    return size[0] * size[1] * size[2]


def units(proposal: Proposal) -> dict[int, int]:
    counted: dict[int, int] = dict(proposal.left_out)
    for box in proposal.boxes:
        for line, count in box.units.items():
            counted[line] = counted.get(line, 0) + count
    return counted


@given(ITEMS, KINDS)
def test_a_proposed_box_holds_its_volume_weight_and_longest_side(
    items: list[Item], kinds: list[BoxKind]
) -> None:
    proposal = propose(items, kinds)
    of = {one.line_id: one for one in items}
    assert units(proposal) == {one.line_id: one.quantity for one in items}
    for box in proposal.boxes:
        inside = [of[line] for line, count in box.units.items() for _ in range(count)]
        sizes = [one.size for one in inside if one.size]
        assert sum(volume(size) for size in sizes) <= box.kind.volume
        assert sum(one.weight_g or 0 for one in inside) <= box.kind.max_weight_g
        for size in sizes:
            pairs = zip(sorted(size), sorted(box.kind.size), strict=True)
            assert all(side <= room for side, room in pairs)
        assert fits(sizes, box.kind.size)


@given(ITEMS, KINDS)
def test_what_fits_alone_is_never_left_out(items: list[Item], kinds: list[BoxKind]) -> None:
    proposal = propose(items, kinds)
    of = {one.line_id: one for one in items}
    for line in proposal.left_out:
        size, weight = of[line].size, of[line].weight_g or 0
        assert size is not None
        assert not any(fits([size], kind.size) and weight <= kind.max_weight_g for kind in kinds)


@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 4), st.permutations([30, 50, 70]))
def test_a_grid_of_equal_goods_fills_its_box(
    along: int, across: int, up: int, sides: list[int]
) -> None:
    kind = BoxKind("grid", (30 * along, 50 * across, 70 * up), 10**6, 0, 0)
    item = Item(1, along * across * up, (sides[0], sides[1], sides[2]), 1)
    proposal = propose([item], [kind])
    assert proposal.why in {Why.ONE_BOX, Why.SEVERAL_BOXES}
    assert units(proposal) == {1: along * across * up}


def test_the_cheapest_box_that_holds_all_is_proposed() -> None:
    kinds = [
        BoxKind("large", (400, 300, 200), 10_000, 160, 90),
        BoxKind("small", (200, 150, 100), 5_000, 80, 40),
    ]
    one, two = Item(1, 1, (190, 140, 90), 100), Item(2, 1, (300, 20, 20), 100)
    assert [box.kind.code for box in propose([one], kinds).boxes] == ["small"]
    assert [box.kind.code for box in propose([one, two], kinds).boxes] == ["large"]
    assert propose([Item(1, 1, (401, 1, 1), 1)], kinds).why is Why.TOO_LARGE
    assert propose([Item(1, 1, None, 1)], kinds).why is Why.SIZE_UNKNOWN
    assert propose([one], []).why is Why.NO_BOXES
    assert propose([Item(1, 121, (1, 1, 1), 1)], kinds).why is Why.TOO_MANY
