"""Reads the bodies that carriers sent."""

from collections import Counter
from collections.abc import Sequence
from typing import Protocol
from zoneinfo import ZoneInfo

from oms_service.infra.intake import Inbound, Reader
from oms_service.infra.uow import UnitOfWork
from oms_service.ports.carrier import ScanFact, Unreadable
from oms_service.ports.registry import Adapters
from oms_service.shipping import carriers, service
from oms_service.shipping.service import Recorded

SOURCE = "carrier"


class Record(Protocol):
    """Puts scans where they belong."""

    def __call__(
        self,
        uow: UnitOfWork,
        facts: Sequence[ScanFact],
        *,
        zone: ZoneInfo,
        inbound_id: int | None = None,
    ) -> Recorded: ...


def reader(adapters: Adapters, zone: ZoneInfo, record: Record = service.record_scans) -> Reader:
    """The reader of ``carrier:<slug>``; numbers nobody knows are left over, the rest is kept."""

    def read(uow: UnitOfWork, inbound: Inbound) -> str | None:
        slug = inbound.source.partition(":")[2]
        try:
            facts = carriers.carrier(adapters, slug).parse(inbound.body)
        except Unreadable as problem:
            return f"unreadable: {problem}"
        done = record(uow, facts, zone=zone, inbound_id=inbound.id)
        if not done.refused:
            return None
        whys = Counter(one.why for one in done.refused)
        counts = ", ".join(f"{count} {why}" for why, count in sorted(whys.items()))
        return f"{done.new + done.repeated} scans kept, left over: {counts}"

    return read
