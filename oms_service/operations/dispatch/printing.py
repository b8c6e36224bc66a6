"""What the warehouse prints of boxes and lists: slips, labels, pick lists, manifests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from oms_service.documents import queries as documents
from oms_service.documents.issuer import Issuer
from oms_service.documents.papers import (
    Item,
    Manifest,
    ManifestRow,
    PackingSlip,
    Party,
    PickList,
    ShippingLabel,
)
from oms_service.inventory import queries as stock
from oms_service.kernel.languages import Language, say
from oms_service.orders import queries as order_queries
from oms_service.orders.queries import LineView, OrderView
from oms_service.ports.labels import Address
from oms_service.ports.registry import Adapters
from oms_service.shipping import carriers, wishes
from oms_service.shipping.wishes import Wish
from oms_service.warehouse import queries as warehouse
from oms_service.warehouse.queries import PackedBox

PDF: Final = "application/pdf"


@dataclass(frozen=True)
class Paper:
    """A file to print."""

    name: str
    body: bytes
    media_type: str = PDF


def packing_slip(session: Session, number: str, *, issuer: Issuer) -> Paper:
    """The packing slip of one box, in the order's language.

    Raises:
        NotFound: no such box.
    """
    from oms_service.documents import slips  # noqa: PLC0415 - loads the PDF library

    box = warehouse.box_by_number(session, number)
    return Paper(f"{box.number}-slip.pdf", slips.packing_slip(_slip(session, box, issuer=issuer)))


def packing_slips(
    session: Session, boxes: Sequence[PackedBox], *, issuer: Issuer, language: Language
) -> Paper:
    """The packing slips of several boxes, at least one, in one file, as the boxes stand."""
    from oms_service.documents import slips  # noqa: PLC0415 - loads the PDF library

    several = [_slip(session, box, issuer=issuer) for box in boxes]
    return Paper("packing-slips.pdf", slips.packing_slips(several, language=language))


def _slip(session: Session, box: PackedBox, *, issuer: Issuer) -> PackingSlip:
    order = order_queries.by_id(session, box.order_id)
    place, count = place_of(session, box)
    zone = zone_of(session, box.location_id)
    return PackingSlip(
        language=order.language,
        order_number=order.number,
        box_number=box.number,
        box_index=place,
        box_count=count,
        ordered_on=_day(order.placed_at, zone),
        packed_on=_day(box.packed_at or box.opened_at, zone) or date.min,
        sender=issuer.party,
        recipient=party_of(order_queries.destination(session, box.order_id)),
        items=_items(order, order_queries.lines(session, order.id), box.lines),
        wished=_wished(order),
    )


def label(session: Session, number: str, *, issuer: Issuer, adapters: Adapters) -> Paper:
    """The label of a box: the provider's where one was bought, else one of our own.

    Raises:
        NotFound: no such box.
    """
    from oms_service.documents import slips  # noqa: PLC0415 - loads the PDF library

    box = warehouse.box_by_number(session, number)
    bought = documents.live_label(session, box.id)
    if bought is not None and bought.has_file:
        file = documents.label_file(session, bought.id)
        if file is not None:
            ending = "png" if bought.media_type == "image/png" else "pdf"
            return Paper(f"{box.number}.{ending}", file, bought.media_type)
    order = order_queries.by_id(session, box.order_id)
    place, count = place_of(session, box)
    zone = zone_of(session, box.location_id)
    lines = order_queries.lines(session, order.id)
    own = ShippingLabel(
        language=order.language,
        carrier=say(carriers.name_of(adapters, box.carrier), order.language),
        service=box.service,
        number=box.tracking_number or box.number,
        order_number=order.number,
        box_index=place,
        box_count=count,
        sender=issuer.party,
        recipient=party_of(order_queries.destination(session, box.order_id)),
        ships_on=_day(box.packed_at or box.opened_at, zone) or date.min,
        weight_g=box.weight_g or None,
        contents=contents_of(order, lines, box),
        wished=_wished(order),
    )
    return Paper(f"{box.number}.pdf", slips.label(own))


def pick_list(session: Session, number: str, *, language: Language, now: datetime) -> Paper:
    """A pick list on paper, in the order of its walk, for staff.

    Raises:
        NotFound: no such list.
    """
    from oms_service.documents import slips  # noqa: PLC0415 - loads the PDF library

    walk = warehouse.walk_by_number(session, number)
    place = stock.location(session, walk.location_id)
    ids = sorted({task.order_id for task in walk.tasks})
    found = order_queries.by_ids(session, ids)
    lines = {line.id: line for of in order_queries.lines_of(session, ids).values() for line in of}
    items = [
        Item(
            sku=lines[task.order_line_id].sku,
            name=say(lines[task.order_line_id].name, language),
            options=_options(lines[task.order_line_id]),
            quantity=task.quantity,
            place=" ".join(part for part in (task.zone, task.bin) if part),
            of=found[task.order_id].number,
        )
        for task in walk.tasks
    ]
    wanted = PickList(
        language=language,
        number=walk.number,
        location=say(place.name, language),
        printed_at=f"{now.astimezone(ZoneInfo(place.zone)):%Y-%m-%d %H:%M}",
        items=items,
    )
    return Paper(f"{walk.number}.pdf", slips.pick_list(wanted))


def manifest(
    session: Session, number: str, *, language: Language, issuer: Issuer, adapters: Adapters
) -> Paper:
    """What a carrier collected from one place on one day, for the driver to sign.

    Raises:
        NotFound: no such manifest.
    """
    from oms_service.documents import slips  # noqa: PLC0415 - loads the PDF library

    wanted = warehouse.manifest_by_number(session, number)
    found = warehouse.boxes_on(session, wanted.id)
    numbers = order_queries.by_ids(session, sorted({box.order_id for box in found}))
    rows = [
        ManifestRow(
            box_number=box.number,
            tracking_number=box.tracking_number,
            order_number=numbers[box.order_id].number,
            region=str(order_queries.destination(session, box.order_id).get("region", "")),
            weight_g=box.weight_g or None,
        )
        for box in found
    ]
    paper = Manifest(
        language=language,
        number=wanted.number,
        carrier=say(carriers.name_of(adapters, wanted.carrier), language),
        location=say(stock.location(session, wanted.location_id).name, language),
        day=wanted.day,
        sender=issuer.party,
        rows=rows,
    )
    return Paper(f"{wanted.number}.pdf", slips.manifest(paper))


def place_of(session: Session, box: PackedBox) -> tuple[int, int]:
    """The how-manieth of how many boxes of its order."""
    ids = [one.id for one in warehouse.boxes_of(session, box.order_id)]
    return (ids.index(box.id) + 1, len(ids)) if box.id in ids else (1, 1)


def _items(
    order: OrderView, lines: Sequence[LineView], units: Mapping[int, int]
) -> tuple[Item, ...]:
    return tuple(
        Item(
            sku=line.sku,
            name=say(line.name, order.language),
            options=_options(line),
            quantity=units[line.id],
        )
        for line in lines
        if line.id in units
    )


def _options(line: LineView) -> str:
    return " / ".join(f"{name}: {value}" for name, value in sorted(line.options.items()))


def contents_of(order: OrderView, lines: Sequence[LineView], box: PackedBox) -> str:
    """What is in a box, in so few words as a carrier has room for."""
    names = [say(line.name, order.language) for line in lines if line.id in box.lines]
    if not names:
        return ""
    short = names[0][:20]
    if len(names) == 1:
        return short
    more = len(names) - 1
    return f"{short}ほか{more}点" if order.language is Language.JAPANESE else f"{short} + {more}"


def sender_of(issuer: Issuer) -> Address:
    """The shop, as carriers want to know it."""
    return Address(
        name=issuer.name,
        country=issuer.country,
        postal_code=issuer.postal_code,
        region=issuer.region,
        city=issuer.city,
        line1=issuer.line1,
        line2=issuer.line2,
        phone=issuer.phone,
    )


def address_of(to: Mapping[str, Any]) -> Address:
    """An order's destination, as carriers want to know it."""

    def part(name: str) -> str:
        return str(to.get(name) or "")

    return Address(
        name=part("recipient"),
        country=part("country") or "JP",
        postal_code=part("postal_code"),
        region=part("region"),
        city=part("city"),
        line1=part("line1"),
        line2=part("line2"),
        phone=part("phone"),
    )


def party_of(to: Mapping[str, Any]) -> Party:
    """An address as one writes it in its country."""
    of = address_of(to)
    abroad = (of.line1, of.line2, f"{of.city}, {of.region}".strip(", "), of.country)
    lines = (of.street, of.line2) if of.country == "JP" else abroad
    return Party(
        name=of.name,
        postal_code=of.postal_code,
        lines=tuple(line for line in lines if line),
        phone=of.phone,
    )


def zone_of(session: Session, location_id: int) -> ZoneInfo:
    """In whose days a location works."""
    return ZoneInfo(stock.location(session, location_id).zone)


def _wished(order: OrderView) -> str:
    return wishes.said(Wish(order.deliver_on, order.delivery_window), order.language)


def _day(at: datetime | None, zone: ZoneInfo) -> date | None:
    return at.astimezone(zone).date() if at else None
