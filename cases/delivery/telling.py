"""What a customer was told of a delivery, written down by the edge that told it."""

from collections.abc import Iterator

from oms_service.history.tracking import Tracking
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import Actor
from oms_service.runtime import Runtime
from oms_service.shipping import told
from oms_service.shipping.windows import Window

#: Where it was read.
PORTAL = "portal"
TRACKING_PAGE = "tracking_page"
CALENDAR = "calendar"


def note(uow: UnitOfWork, found: Tracking, *, channel: str) -> None:
    """Keep the dates of an answer that is being given; those said before change nothing."""
    for parcel_id, window, why in _said(found):
        told.told(
            uow,
            order_id=found.order_id,
            parcel_id=parcel_id,
            window=window,
            channel=channel,
            reason=why,
        )


def note_read(house: Runtime, found: Tracking, *, channel: str, actor: Actor) -> None:
    """The same for a page that was read: what was said before costs one look and no writing."""
    with house.database.looking() as session:
        is_news = any(
            not told.is_told(
                session,
                order_id=found.order_id,
                parcel_id=parcel_id,
                window=window,
                channel=channel,
            )
            for parcel_id, window, _ in _said(found)
        )
    if is_news:
        with house.unit_of_work(actor) as uow:
            note(uow, found, channel=channel)


def _said(found: Tracking) -> Iterator[tuple[int | None, Window, str]]:
    """Each date by its parcel; that of the order where nothing has left."""
    if not found.parcels and found.window is not None:
        yield None, found.window, found.why
    for parcel in found.parcels:
        if parcel.window is not None:
            yield parcel.id, parcel.window, parcel.why
