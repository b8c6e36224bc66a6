"""Numbers in the navigation are counted once in a while."""

from oms_service.ports.slots import Area, Entry
from oms_service.web.badges import Badges


class Counting:
    """Counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self) -> int:
        self.asked += 1
        return self.asked


def test_a_number_is_kept_some_seconds_and_forgotten_on_a_change() -> None:
    now, counting = [0.0], Counting()
    entry = Entry(area=Area.DESK, label="Inbox", endpoint="inbox", badge=counting)
    badges = Badges(kept_s=5, time=lambda: now[0])
    assert [badges.of(entry, "staff:1"), badges.of(entry, "staff:2")] == [1, 1]
    now[0] = 4.9
    assert badges.of(entry, "staff:1") == 1
    now[0] = 5.0
    assert badges.of(entry, "staff:1") == 2
    badges.forget()
    assert badges.of(entry, "staff:1") == 3


def test_what_is_of_one_person_is_never_shown_to_another() -> None:
    counting = Counting()
    mine = Entry(area=Area.DESK, label="Inbox", endpoint="inbox", badge=counting, is_personal=True)
    badges = Badges()
    seen = [badges.of(mine, "staff:1"), badges.of(mine, "staff:2"), badges.of(mine, "staff:1")]
    assert seen == [1, 2, 1]


def test_an_entry_without_a_number_has_none() -> None:
    assert Badges().of(Entry(area=Area.DESK, label="Inbox", endpoint="inbox"), "staff:1") is None
