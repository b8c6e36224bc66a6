"""What other rooms of the house ask of the warehouse."""

from oms_service.infra.uow import UnitOfWork
from oms_service.warehouse import boxes
from oms_service.warehouse.queries import PackedBox


def give_tracking(
    uow: UnitOfWork,
    box_id: int,
    carrier: str,
    tracking_number: str,
    *,
    service: str | None = None,
) -> PackedBox:
    """The box has a label of its carrier; ``boxes.give_tracking`` says what is refused."""
    return boxes.give_tracking(
        uow, box_id, carrier=carrier, tracking_number=tracking_number, service=service
    )
