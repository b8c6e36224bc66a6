"""Everything that is due, done here and now: reactions, and effects as a worker runs them."""

from datetime import UTC, datetime

from sqlalchemy import select, update

from oms_service.infra import relay
from oms_service.infra.outbox import DeliveryState, EffectRow
from oms_service.kernel.actors import SYSTEM
from oms_service.relay import drain
from oms_service.runtime import Runtime


def settle(runtime: Runtime, *, rounds: int = 6) -> None:
    """Until nothing new happens; an effect that failed is tried again in the next round."""
    for _ in range(rounds):
        drain(runtime)
        with runtime.unit_of_work(SYSTEM) as uow:
            uow.session.execute(
                update(EffectRow)
                .where(EffectRow.state == DeliveryState.WAITING)
                .values(next_at=datetime(2000, 1, 1, tzinfo=UTC), leased_until=None)
            )
            waiting = select(EffectRow.id).where(EffectRow.state == DeliveryState.WAITING)
            due = sorted(uow.session.scalars(waiting))
        if not due:
            return
        for effect_id in due:
            relay.run_effect(runtime.tools, effect_id)
