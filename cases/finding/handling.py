"""The worker's part of doing something with many cases."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final

from cases.finding import bulk
from cases.finding.bulk import Refused
from cases.finding.events import CaseBulkStarted
from oms_service.infra.subscribers import Outside
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM, Actor

#: Open pages hear of every so many cases, and of the last.
_TOLD_EVERY: Final = 10


@dataclass(frozen=True)
class Handling:
    """Does the cases of a bulk one after another, each in a transaction of its own."""

    open_uow: Callable[..., AbstractContextManager[UnitOfWork]]

    def go_on(self, outside: Outside, event: CaseBulkStarted) -> None:
        """Do what waits; run again, or by two at once, no case is done twice."""
        bulk_id = event.case_bulk_id
        with outside.database.reading() as connection:
            actor = bulk.asker(connection, bulk_id)
        if actor is None:
            with self.open_uow(SYSTEM, causation_id=outside.event_id) as uow:
                bulk.give_up(uow, bulk_id)
            return
        done = 0
        while self._one(outside, actor, bulk_id, tells=done % _TOLD_EVERY == 0):
            done += 1
        with self.open_uow(SYSTEM, causation_id=outside.event_id) as uow:
            bulk.finish(uow, bulk_id)

    def _one(self, outside: Outside, actor: Actor, bulk_id: int, *, tells: bool) -> bool:
        try:
            with self.open_uow(actor, causation_id=outside.event_id) as uow:
                found = bulk.next_one(uow, bulk_id)
                if found is not None and tells:
                    uow.touch(bulk.topic(bulk_id))
                return found is not None
        except Refused as refused:
            with self.open_uow(SYSTEM, causation_id=outside.event_id) as uow:
                bulk.skip(uow, bulk_id, refused)
            return True
