"""Stock for the open orders of a file: what there is, in the order of the file."""

from collections.abc import Iterable, Sequence

from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import bulk as inventory
from oms_service.orders import bulk as orders
from oms_service.orders.policy import fulfilment_state


def promise_stock(
    uow: UnitOfWork, lines: Iterable[orders.LineRow], location_ids: Sequence[int]
) -> int:
    """Allocate the units that ``lines`` were written with as backordered.

    Args:
        uow: the transaction that wrote the lines.
        lines: every line of each order that has such units.
        location_ids: where to look, first come first.

    Returns:
        How many units were promised.
    """
    by_order: dict[int, list[orders.LineRow]] = {}
    for line in lines:
        by_order.setdefault(line.order_id, []).append(line)
    wants = [
        inventory.Want(order_line_id=line.id, variant_id=line.variant_id, quantity=line.backordered)
        for group in by_order.values()
        for line in group
        if line.backordered
    ]
    promised = inventory.allocate(uow.session, wants, location_ids, actor=uow.actor.ref, at=uow.now)
    counters: dict[int, tuple[int, int]] = {}
    states = {}
    for order_id, group in by_order.items():
        if not any(line.id in promised for line in group):
            continue
        after = [orders.after_promise(line, promised.get(line.id, 0)) for line in group]
        states[order_id] = fulfilment_state(after)
        for line, counts in zip(group, after, strict=True):
            if line.id in promised:
                counters[line.id] = (counts.allocated, counts.backordered)
    orders.promise(uow.session, counters, states)
    return sum(promised.values())
