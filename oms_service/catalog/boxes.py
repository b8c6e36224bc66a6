"""The shop's boxes: what it packs into."""

from dataclasses import dataclass

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from oms_service.catalog.models import Box
from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Words

Reader = Session | Connection

#: No box is longer than a room, or heavier than two people carry.
MOST_MM = 3_000
MOST_G = 100_000
MOST_MINOR = 10_000_000
_LONGEST_CODE = 60
_LONGEST_NAME = 80


@dataclass(frozen=True, kw_only=True)
class BoxView:
    """One kind of box by its inside; grams, millimetres, minor units."""

    code: str
    name: Words
    length_mm: int
    width_mm: int
    height_mm: int
    wall_mm: int
    max_weight_g: int
    tare_g: int
    cost_minor: int
    is_active: bool = True

    @property
    def outside_mm(self) -> tuple[int, int, int]:
        thicker = 2 * self.wall_mm
        return self.length_mm + thicker, self.width_mm + thicker, self.height_mm + thicker


def boxes(reader: Reader, *, every: bool = False) -> tuple[BoxView, ...]:
    """The boxes in use, the cheapest first; with ``every`` those out of use too."""
    query = select(
        Box.code,
        Box.name,
        Box.length_mm,
        Box.width_mm,
        Box.height_mm,
        Box.wall_mm,
        Box.max_weight_g,
        Box.tare_g,
        Box.cost_minor,
        Box.is_active,
    ).order_by(Box.is_active.desc(), Box.cost_minor, Box.code)
    if not every:
        query = query.where(Box.is_active)
    return tuple(BoxView(**row._mapping) for row in reader.execute(query))  # noqa: SLF001 - SQLAlchemy's public name


def keep(uow: UnitOfWork, box: BoxView) -> None:
    """A new box, or new figures of the one with that code.

    Raises:
        Invalid: a figure no box has; ``fields`` says which.
    """
    wrong = {
        name: f"must be from {least} to {most}"
        for name, least, most in (
            ("length_mm", 1, MOST_MM),
            ("width_mm", 1, MOST_MM),
            ("height_mm", 1, MOST_MM),
            ("wall_mm", 0, 100),
            ("max_weight_g", 1, MOST_G),
            ("tare_g", 0, MOST_G),
            ("cost_minor", 0, MOST_MINOR),
        )
        if not least <= getattr(box, name) <= most
    }
    if not box.code or len(box.code) > _LONGEST_CODE or not box.code.isprintable():
        wrong["code"] = f"must have 1 to {_LONGEST_CODE} signs"
    if not box.name or any(
        not text or len(text) > _LONGEST_NAME or "\0" in text for text in box.name.values()
    ):
        wrong["name"] = f"must have 1 to {_LONGEST_NAME} signs"
    if wrong:
        raise Invalid("that is no box", wrong)
    locks.a_name(uow.session, f"box {box.code}")
    row = uow.session.scalar(select(Box).where(Box.code == box.code))
    if row is None:
        row = Box(code=box.code)
        uow.session.add(row)
    row.name = dict(box.name)
    row.length_mm, row.width_mm, row.height_mm = box.length_mm, box.width_mm, box.height_mm
    row.wall_mm, row.max_weight_g, row.tare_g = box.wall_mm, box.max_weight_g, box.tare_g
    row.cost_minor, row.is_active = box.cost_minor, box.is_active
    uow.session.flush()
