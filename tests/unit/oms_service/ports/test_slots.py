import pytest

from oms_service.ports.palette import PaletteSource
from oms_service.ports.slots import Area, Beside, Entry, Panel, PreferencePage, Slots, Taken, Tool


def entry(endpoint: str, *, permission: str | None = None, rank: int = 100) -> Entry:
    return Entry(
        area=Area.DESK, label=endpoint, endpoint=endpoint, permission=permission, rank=rank
    )


def test_navigation_is_in_order_and_only_what_is_allowed() -> None:
    slots = Slots()
    slots.add(entry("b"), entry("secret", permission="x"), entry("a", rank=1), entry("c"))
    seen = slots.navigation(Area.DESK, lambda _permission: False)
    assert [one.endpoint for one in seen] == ["a", "b", "c"]
    assert len(slots.navigation(Area.DESK, lambda _permission: True)) == 4
    assert slots.navigation(Area.PORTAL, lambda _permission: True) == ()


def test_colleagues_find_one_navigation_on_the_desk_and_on_the_console() -> None:
    slots = Slots()
    slots.add(
        Entry(area=Area.CONSOLE, label="stock", endpoint="stock", rank=50),
        Entry(area=Area.DESK, label="inbox", endpoint="inbox", rank=10),
        Entry(area=Area.PORTAL, label="mine", endpoint="mine", rank=1),
    )
    for area in (Area.DESK, Area.CONSOLE):
        seen = slots.navigation(area, lambda _permission: True)
        assert [one.endpoint for one in seen] == ["inbox", "stock"]


def test_a_place_is_given_once() -> None:
    slots = Slots()
    slots.add(entry("a"))
    with pytest.raises(Taken):
        slots.add(entry("a"))
    assert len(slots.navigation(Area.DESK, lambda _permission: True)) == 1


def test_panels_and_preferences_have_their_own_places() -> None:
    slots = Slots()
    panel = Panel(beside=Beside.CASE, name="stock", label="Stock", render=lambda _context: "<p>3")
    page = PreferencePage(area=Area.PORTAL, label="Notices", endpoint="prefs")
    slots.add(panel, page)
    assert slots.panels(Beside.CASE, lambda _permission: False) == (panel,)
    assert slots.panels(Beside.ORDER, lambda _permission: True) == ()
    assert slots.preferences(Area.PORTAL, lambda _permission: True) == (page,)


def test_the_palette_looks_where_the_person_may_in_order_and_each_place_once() -> None:
    def source(name: str, *, permission: str | None = None, rank: int = 100) -> PaletteSource:
        return PaletteSource(
            name=name,
            heading=name,
            find=lambda _typed, _limit: (),
            permission=permission,
            rank=rank,
        )

    slots = Slots()
    slots.add(source("pages", rank=90), source("secret", permission="x"), source("cases", rank=20))
    assert [one.name for one in slots.sources(lambda _permission: False)] == ["cases", "pages"]
    assert len(slots.sources(lambda _permission: True)) == 3
    with pytest.raises(Taken):
        slots.add(source("cases"))
    assert len(slots.sources(lambda _permission: True)) == 3


def test_tools_stand_in_their_order_for_who_may_use_them() -> None:
    slots = Slots()
    slots.add(
        Tool(name="late", render=lambda: "b", rank=20),
        Tool(name="early", render=lambda: "a", permission="x", rank=10),
    )
    assert [one.name for one in slots.tools(lambda _permission: True)] == ["early", "late"]
    assert [one.name for one in slots.tools(lambda _permission: False)] == ["late"]
    with pytest.raises(Taken):
        slots.add(Tool(name="late", render=lambda: None))
