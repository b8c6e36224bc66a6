"""Files for carriers' own programs, and the tracking numbers these bring back."""

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from sqlalchemy.orm import Session

from oms_service.documents.issuer import Issuer
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import queries as stock
from oms_service.kernel.errors import DomainError, NotFound
from oms_service.operations.dispatch.printing import (
    address_of,
    contents_of,
    sender_of,
    zone_of,
)
from oms_service.operations.money import at_the_door
from oms_service.orders import queries as order_queries
from oms_service.ports.labels import FILES, HandoffFile, HandoffFormat, HandoffRow, RowProblem
from oms_service.ports.registry import Adapters
from oms_service.shipping import wishes
from oms_service.shipping.calendars import queries as calendars
from oms_service.warehouse import queries as warehouse
from oms_service.warehouse import service as boxes
from oms_service.warehouse.queries import PackedBox, Waiting

MOST_IN_A_FILE: Final = 1_000


@dataclass(frozen=True)
class Taken:
    """What became of a result file: boxes that got a number, had it already, and bad rows."""

    given: int
    repeated: int
    problems: tuple[RowProblem, ...]


def handoff_format(adapters: Adapters, carrier: str) -> HandoffFormat:
    """The columns of a carrier's program.

    Raises:
        NotFound: none is known for that carrier.
    """
    try:
        return cast(HandoffFormat, adapters.get(FILES, carrier))
    except LookupError:
        raise NotFound("no program of that carrier is known") from None


def waiting(
    session: Session, carriers: Collection[str], *, at: Collection[int] = ()
) -> dict[str, Waiting]:
    """How many packed boxes of each carrier still need their number; who has none is left out.

    ``at`` are the locations that count; all where there are none.
    """
    return warehouse.without_number(session, _places(session, at), carriers)


def _places(session: Session, at: Collection[int]) -> list[int]:
    return [one.id for one in stock.locations(session) if not at or one.id in at]


def write_file(
    session: Session,
    carrier: str,
    *,
    adapters: Adapters,
    issuer: Issuer,
    now: datetime,
    at: Collection[int] = (),
) -> HandoffFile:
    """The file of the boxes that wait for a number, for the carrier's own program.

    ``at`` are the locations whose boxes are written; all where there are none.

    Written again, it holds the same boxes until their numbers are brought back.

    Raises:
        NotFound: no program of that carrier is known, or no box waits.
        Unwritable: some rows do not fit its columns.
    """
    columns = handoff_format(adapters, carrier)
    found = warehouse.boxes_without_number(
        session, _places(session, at), carrier, limit=MOST_IN_A_FILE
    )
    if not found:
        raise NotFound("no box waits for a number of that carrier")
    return columns.write([_handoff_row(session, box, issuer, now) for box in found])


def take_results(
    open_uow: Callable[[], AbstractContextManager[UnitOfWork]],
    carrier: str,
    body: bytes,
    *,
    adapters: Adapters,
    at: Collection[int] = (),
) -> Taken:
    """Put the numbers of a carrier's result file on their boxes; taken again, it adds nothing.

    Each row is a transaction of its own: a bad one keeps no other from its box. With ``at``,
    boxes of other locations are as if there were none.

    Raises:
        NotFound: no program of that carrier is known.
        Unreadable: it is no file of that program.
    """
    results = handoff_format(adapters, carrier).read(body)
    problems = list(results.problems)
    given = repeated = 0
    for row in results.shipped:
        try:
            with open_uow() as uow:
                is_new = _give(uow, carrier, row.reference, row.tracking_number, at)
        except DomainError as refused:
            problems.append(
                RowProblem(row=row.row, reference=row.reference, column="", code=refused.code)
            )
        else:
            given, repeated = given + is_new, repeated + (not is_new)
    return Taken(given, repeated, tuple(sorted(problems, key=lambda one: one.row)))


def _give(uow: UnitOfWork, carrier: str, reference: str, number: str, at: Collection[int]) -> bool:
    """Whether the box had not got that number yet.

    Raises:
        NotFound: no such box of that carrier.
        DomainError: it cannot get one.
    """
    box = warehouse.box_by_number(uow.session, reference)
    if box.carrier != carrier or (at and box.location_id not in at):
        raise NotFound("no such box of that carrier")
    now = boxes.give_tracking(uow, box.id, carrier, number)
    return now.version != box.version


def _handoff_row(session: Session, box: PackedBox, issuer: Issuer, now: datetime) -> HandoffRow:
    order = order_queries.by_id(session, box.order_id)
    cash = at_the_door.to_collect_with(session, box)
    zone = zone_of(session, box.location_id)
    of = calendars.calendars(session, zone)
    takes_wishes = bool(of.windows(box.carrier, box.service))
    hours = wishes.offered(of, box.carrier, box.service, order.delivery_window)
    return HandoffRow(
        reference=box.number,
        ships_on=now.astimezone(zone).date(),
        sender=sender_of(issuer),
        recipient=address_of(order_queries.destination(session, box.order_id)),
        contents=contents_of(order, order_queries.lines(session, order.id), box),
        service=box.service,
        weight_g=box.weight_g,
        sides_mm=box.length_mm + box.width_mm + box.height_mm,
        cash_minor=cash,
        cash_tax_minor=order.tax.minor * cash // order.total.minor if cash else None,
        deliver_on=order.deliver_on if takes_wishes else None,
        window=hours.code if hours else "",
    )
