"""The page of events, written from the events themselves."""

import dataclasses
from typing import Final

import oms_service.app  # noqa: F401 - loading the house makes every event known
from oms_service.kernel import events
from oms_service.kernel.events import Event

HEAD: Final = """# Events

Facts, written to the outbox in the transaction of the change they tell of. Names are public and
never change meaning. Every event has an envelope: `event_id`, `name`, `version`, `aggregate`
(events of one aggregate stay in order), `occurred_at`, `correlation_id` (the request or message it
began with), `causation_id` (the event it reacts to), `actor`. No event carries personal data.
This page is written by `oms events`.

| event | version | aggregate | carries | means |
|---|---|---|---|---|
"""
OURS: Final = ("oms_service.", "cases.", "bots.", "notifications.")


def as_markdown() -> str:
    """The page of every event of the house, by name."""
    ours = {n: e for n, e in sorted(events.known().items()) if e.__module__.startswith(OURS)}
    return HEAD + "".join(_row(name, kind) for name, kind in ours.items())


def _row(name: str, kind: type[Event]) -> str:
    carries = ", ".join(f"`{one.name}`" for one in dataclasses.fields(kind))
    means = (kind.__doc__ or "").split("\n\n")[0].replace("\n", " ").strip()
    return f"| `{name}` | {kind.version} | {kind.of} | {carries} | {means} |\n"
