"""Actors, ids, languages, pages and state tables."""

import uuid
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_service.kernel import actors, ids, pages
from oms_service.kernel.actors import SYSTEM, Actor
from oms_service.kernel.errors import IllegalTransition, Invalid
from oms_service.kernel.languages import Language, in_both, say
from oms_service.kernel.states import StateMachine

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize("actor", [SYSTEM, actors.staff(3), actors.customer(7), actors.BOT])
def test_an_actor_reads_back_what_it_wrote(actor: Actor) -> None:
    assert Actor.from_ref(actor.ref) == actor


def test_event_ids_sort_by_time_and_differ_within_it() -> None:
    early, late = ids.event_id(NOW), ids.event_id(NOW + timedelta(milliseconds=1))
    assert early < late
    assert early.version == 7
    assert early.variant == uuid.RFC_4122
    assert len({ids.event_id(NOW) for _ in range(1000)}) == 1000


def test_readable_codes_have_no_look_alikes() -> None:
    letters = set("".join(ids.readable_code(8) for _ in range(500)))
    assert letters <= set(ids.READABLE)
    assert not letters & set("0O1IL")


def test_text_is_said_in_the_other_language_rather_than_not_at_all() -> None:
    assert say({"ja": "水筒"}, Language.ENGLISH) == "水筒"
    assert say({"ja": "水筒", "en": "Bottle"}, Language.ENGLISH) == "Bottle"
    assert say({}, Language.ENGLISH) == ""
    assert in_both("EMS") == {"ja": "EMS", "en": "EMS"}


@given(st.lists(st.integers(1 - 2**63, 2**63 - 1) | st.text(), min_size=1, max_size=3))
def test_a_cursor_reads_back_its_key(key: list[int | str]) -> None:
    assert pages.read(pages.write(key), *(type(part) for part in key)) == key


@pytest.mark.parametrize(
    "cursor", ["", "x", "[1]", "WyJhIl0", "é", "a" * 999, pages.write([2**63])]
)
def test_a_made_up_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid):
        pages.read(cursor, int)


def test_a_page_knows_whether_there_is_more() -> None:
    page = pages.cut([1, 2, 3], 2, shown=str, key=lambda n: [n])
    assert page.items == ("1", "2")
    assert page.next_cursor is not None
    assert pages.read(page.next_cursor, int) == [2]
    assert pages.cut([1, 2], 2, shown=str, key=lambda n: [n]).next_cursor is None


class Door(StrEnum):
    OPEN = "open"
    SHUT = "shut"


class Move(StrEnum):
    PUSH = "push"
    PULL = "pull"


DOOR = StateMachine("door", {(Door.SHUT, Move.PUSH): Door.OPEN, (Door.OPEN, Move.PULL): Door.SHUT})


def test_a_table_refuses_what_it_does_not_hold() -> None:
    assert DOOR.after(Door.SHUT, Move.PUSH) is Door.OPEN
    assert DOOR.actions_from(Door.OPEN) == (Move.PULL,)
    with pytest.raises(IllegalTransition, match="door: cannot pull from shut"):
        DOOR.after(Door.SHUT, Move.PULL)
