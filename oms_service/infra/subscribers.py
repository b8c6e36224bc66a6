"""Who hears which event: filled at composition, read-only after it."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from oms_service.infra.db import Database
from oms_service.infra.outbox import OutboxRow
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.clock import Clock
from oms_service.kernel.events import Event
from oms_service.ports.registry import Adapters

E = TypeVar("E", bound=Event)


class NotNow(Exception):
    """An effect has not begun and is to be looked at again after ``wait_s``: no try is counted."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"again in {wait_s:.0f} s")
        self.wait_s = wait_s


@dataclass(frozen=True)
class Outside:
    """What an effect is handed: the key that makes its repetition harmless, and its tools.

    ``unit_of_work`` opens a short transaction in the name of the event; an effect holds none
    while it talks to the outside. ``was_cut_off`` says that a run of it before this one began and
    never came to an end, as when its worker was killed: what it does may be done already.
    """

    key: str
    event_id: uuid.UUID
    clock: Clock
    database: Database
    adapters: Adapters
    unit_of_work: Callable[[], AbstractContextManager[UnitOfWork]]
    was_cut_off: bool = False


Reaction = Callable[[UnitOfWork, E], None]
Effect = Callable[[Outside, E], None]
#: Hears of every event with its envelope, a batch at a time, maybe again; it writes rows only.
Witness = Callable[[UnitOfWork, Sequence[OutboxRow]], None]


@dataclass
class Subscribers:
    """Reactions change our own rows, exactly once; effects touch the world, maybe again."""

    _reactions: dict[str, dict[str, Reaction[Any]]] = field(default_factory=dict)
    _effects: dict[str, dict[str, Effect[Any]]] = field(default_factory=dict)
    _owners: dict[str, str] = field(default_factory=dict)
    _witnesses: list[Witness] = field(default_factory=list)

    def react(self, event: type[E], reaction: Reaction[E], *, owner: str = "operations") -> None:
        """Run ``reaction`` once for each ``event``; ``owner`` is asked to look if it fails."""
        self._add(self._reactions, event, reaction, owner)

    def effect(self, event: type[E], effect: Effect[E], *, owner: str = "operations") -> None:
        """Run ``effect`` for each ``event``, at least once, always with the same key."""
        self._add(self._effects, event, effect, owner)

    def hear_all(self, witness: Witness) -> None:
        """Show ``witness`` every batch of events, in the transaction that notes them as heard.

        An event that is tried again is shown again. What goes wrong there stops the relay, so a
        witness does next to nothing.
        """
        self._witnesses.append(witness)

    @property
    def witnesses(self) -> Sequence[Witness]:
        return tuple(self._witnesses)

    def reactions(self, name: str) -> Mapping[str, Reaction[Any]]:
        return self._reactions.get(name, {})

    def effects(self, name: str) -> Mapping[str, Effect[Any]]:
        return self._effects.get(name, {})

    def owner(self, subscriber: str) -> str:
        """The role that the fallout list names beside a failed step of this subscriber."""
        return self._owners.get(subscriber, "operations")

    def names(self) -> set[str]:
        """Every event somebody listens to."""
        return set(self._reactions) | set(self._effects)

    def _add(
        self,
        table: dict[str, dict[str, Callable[..., None]]],
        event: type[Event],
        function: Callable[..., None],
        owner: str,
    ) -> None:
        subscriber = f"{function.__module__}.{function.__qualname__}"
        heard = table.setdefault(event.name, {})
        if subscriber in heard:
            raise ValueError(f"{subscriber} already hears {event.name}")
        heard[subscriber] = function
        self._owners[subscriber] = owner
