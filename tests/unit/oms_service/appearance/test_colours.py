"""Colours from one accent: whatever it is, everything on the page can be read."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_service.appearance import colours
from oms_service.appearance.colours import DAY, NIGHT, READABLE, Ground, Roles, Unreadable

ANY = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


def pairs(roles: Roles, ground: Ground) -> Iterator[tuple[str, str]]:
    """What is written on what."""
    for below in (*ground.below, roles.accent_soft):
        yield roles.accent, below
        yield roles.accent_strong, below
    for written in ground.written:
        yield written, roles.accent_soft
    yield roles.on_accent, roles.accent
    yield roles.on_accent, roles.accent_strong


@given(ANY)
def test_whatever_is_accepted_can_be_read_by_day_and_by_night(wish: str) -> None:
    accent = wish if colours.readability(wish) >= READABLE else colours.nearest(wish)
    palette = colours.palette(accent)
    assert palette.day.accent == accent
    for roles, ground in ((palette.day, DAY), (palette.night, NIGHT)):
        for written, below in pairs(roles, ground):
            assert colours.contrast(written, below) >= READABLE, (accent, written, below)


@given(ANY)
def test_what_is_refused_names_a_colour_that_is_not(wish: str) -> None:
    if colours.readability(wish) >= READABLE:
        return
    with pytest.raises(Unreadable) as refused:
        colours.palette(wish)
    assert refused.value.contrast < READABLE
    assert colours.palette(refused.value.nearest).day.accent == refused.value.nearest


def test_contrast_is_as_the_guidelines_count_it() -> None:
    assert colours.contrast("#000000", "#ffffff") == 21
    assert colours.contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)
    assert colours.contrast("#234b74", "#234b74") == 1


def test_a_light_colour_is_refused_with_its_contrast() -> None:
    with pytest.raises(Unreadable) as refused:
        colours.palette("#ffcc00")
    assert (round(refused.value.contrast, 1), refused.value.nearest) == (1.3, "#846900")


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("#1E6B4A", "#1e6b4a"),
        (" 1e6b4a ", "#1e6b4a"),
        ("#0af", "#00aaff"),
        ("", None),
        ("#1e6b4", None),
        ("red", None),
        ("#1e6b4a;}", None),
        ("#１２３４５６", None),
    ],
)
def test_a_colour_is_read_as_people_type_it(typed: str, read: str | None) -> None:
    assert colours.read(typed) == read


def test_the_style_sheet_has_a_colour_of_each_theme() -> None:
    assert colours.palette("#1e6b4a").variables()["--on-accent"].startswith("light-dark(#ffffff, #")
