import pytest

from oms_service.ports.slots import Area, Beside, Entry, Panel, PreferencePage, Slots, Taken


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
