"""Every event of the house survives the outbox."""

import dataclasses
import typing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oms_service.app  # noqa: F401 - loading the house makes every event known
from oms_service.kernel import events
from oms_service.kernel.events import Event

OURS = sorted(n for n, e in events.known().items() if not e.__module__.startswith("tests"))


@pytest.mark.parametrize("name", OURS)
@settings(max_examples=25)  # of each: together some thousands of facts of the same few types
@given(data=st.data())
def test_encoding_then_decoding_is_the_identity(name: str, data: st.DataObject) -> None:
    kind = events.known()[name]
    hints = typing.get_type_hints(kind)
    drawn = {f.name: data.draw(st.from_type(hints[f.name])) for f in dataclasses.fields(kind)}
    fact = kind(**drawn)
    assert events.decode(name, fact.payload()) == fact
    assert fact.aggregate.startswith(f"{kind.of}:")


def test_two_events_cannot_share_a_name() -> None:
    with pytest.raises(ValueError, match="two events named"):
        events.event(OURS[0], of="order")(type("Again", (Event,), {}))
