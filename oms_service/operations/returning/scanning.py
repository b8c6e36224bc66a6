"""What carriers say of parcels, whichever way they go: to customers, or back to us."""

from collections.abc import Collection, Sequence
from zoneinfo import ZoneInfo

from oms_service.infra.uow import UnitOfWork
from oms_service.operations.returning import receiving
from oms_service.ports.carrier import ScanFact
from oms_service.returns import arrivals
from oms_service.shipping import service as shipping
from oms_service.shipping.service import AHEAD, Recorded


def record(
    uow: UnitOfWork,
    facts: Sequence[ScanFact],
    *,
    zone: ZoneInfo,
    inbound_id: int | None = None,
) -> Recorded:
    """Take scans in; those of parcels on their way back move their returns, the rest parcels.

    Args:
        uow: the transaction.
        facts: what carriers said.
        zone: whose days windows are made of.
        inbound_id: the raw body they were read from.
    """
    timely = [one for one in facts if one.occurred_at <= uow.now + AHEAD]
    others = set(receiving.take_scans(uow, timely))
    rest = [one for one in facts if one in others or one.occurred_at > uow.now + AHEAD]
    done = shipping.record_scans(uow, rest, zone=zone, inbound_id=inbound_id)
    return Recorded(done.new + len(facts) - len(rest), done.repeated, done.refused)


def awaited(uow: UnitOfWork, places: Collection[tuple[str, str]], /) -> Collection[tuple[str, str]]:
    """Which of these (carrier, tracking number) are on their way to us."""
    return arrivals.known_among(uow, places).keys()
