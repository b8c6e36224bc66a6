"""Reading the shop's own words for cases, and what they say of one."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import Connection, Row, any_, func, literal, select
from sqlalchemy.orm import Session

from cases import queries as cases
from cases.models import Case, Queue, Reason
from cases.states import ACTIVE, LineEnding, Stage
from cases.taxonomy.models import CaseField, CaseStatus, FieldValue, Tag, Tagged
from cases.taxonomy.policy import stage_of
from cases.taxonomy.views import (
    Choice,
    FieldView,
    LineInCase,
    OrderInCase,
    StatusView,
    TagCount,
    TagView,
    ValueView,
)
from cases.views import ReasonView
from oms_service.infra.hot import Hot, among, named
from oms_service.infra.once import once
from oms_service.kernel.errors import NotFound
from oms_service.kernel.languages import Words
from oms_service.orders import queries as orders
from oms_service.shipping import queries as shipping

Reader = Connection | Session

_REASON: Final = tuple(getattr(Reason, name) for name in ReasonView.__dataclass_fields__)
_STATUS: Final = tuple(getattr(CaseStatus, name) for name in StatusView.__dataclass_fields__)
_FIELD: Final = tuple(getattr(CaseField, name) for name in FieldView.__dataclass_fields__)


# Reasons


def reasons_for(reader: Reader, stage: Stage) -> tuple[ReasonView, ...]:
    """The reasons offered to whoever writes about an order in that stage, in the shop's order."""
    query = (
        select(*_REASON)
        .where(Reason.is_active, literal(str(stage)) == any_(Reason.stages))
        .order_by(Reason.position, Reason.code)
    )
    return tuple(ReasonView(*row) for row in reader.execute(query))


@once
def reasons(reader: Reader) -> tuple[ReasonView, ...]:
    """All reasons, also those offered no more, in the shop's order."""
    return tuple(cases.reasons(reader).values())


def reason(reader: Reader, code: str) -> ReasonView:
    """The reason of that code.

    Raises:
        NotFound: there is none.
    """
    row = reader.execute(select(*_REASON).where(Reason.code == code)).one_or_none()
    if row is None:
        raise NotFound("no such reason")
    return ReasonView(*row)


def uses_of_reasons(reader: Reader) -> dict[str, int]:
    """How many open cases each reason has."""
    query = select(Case.reason, func.count()).where(Case.state.in_(ACTIVE)).group_by(Case.reason)
    return {row[0]: row[1] for row in reader.execute(query)}


def stage_of_order(reader: Reader, order_id: int | None) -> Stage:
    """How far an order is; of none it is ``none``."""
    if order_id is None:
        return Stage.NONE
    found = orders.by_ids(reader, [order_id]).get(order_id)
    return stage_of(found, shipping.parcels_of(reader, [order_id]))


@once
def queues(reader: Reader) -> dict[int, tuple[str, Words]]:
    """The code and name of each queue, by id."""
    return {row.id: (row.code, row.name) for row in _QUEUES.all(reader)}


# Statuses


@once
def statuses(reader: Reader) -> dict[str, StatusView]:
    """What categories are called, and what stands within them, by code in the shop's order."""
    return {one.code: one for one in _STATUSES.all(reader)}


def status(reader: Reader, code: str) -> StatusView:
    """The status of that code.

    Raises:
        NotFound: there is none.
    """
    row = reader.execute(select(*_STATUS).where(CaseStatus.code == code)).one_or_none()
    if row is None:
        raise NotFound("no such status")
    return StatusView(*row)


# Tags


@once
def tags(reader: Reader) -> list[TagCount]:
    """Every tag with how many cases have it, by name."""
    query = (
        select(
            Tag.id,
            Tag.name,
            Tag.version,
            func.count(Case.id),
            func.count(Case.id).filter(Case.state.in_(ACTIVE)),
        )
        .outerjoin(Tagged, Tagged.tag_id == Tag.id)
        .outerjoin(Case, Case.id == Tagged.case_id)
        .group_by(Tag.id)
        .order_by(Tag.key)
    )
    return [TagCount(*row) for row in reader.execute(query)]


def tag_names(reader: Reader) -> dict[int, str]:
    """What each tag is called, by id, in the order of their names."""
    return {row.id: row.name for row in _TAG_NAMES.all(reader)}


def tag(reader: Reader, tag_id: int) -> TagView:
    """The tag of that id.

    Raises:
        NotFound: there is none.
    """
    row = reader.execute(select(Tag.id, Tag.name).where(Tag.id == tag_id)).one_or_none()
    if row is None:
        raise NotFound("no such tag")
    return TagView(*row)


def tag_called(reader: Reader, key: str) -> TagView | None:
    """The tag of that folded form, as it is called now; None where there is none."""
    row = reader.execute(select(Tag.id, Tag.name).where(Tag.key == key)).one_or_none()
    return TagView(*row) if row is not None else None


def has_tag(reader: Reader, case_id: int, tag_id: int) -> bool:
    """Whether a case has a tag at this moment."""
    found = select(Tagged.tag_id).where(Tagged.case_id == case_id, Tagged.tag_id == tag_id)
    return reader.execute(found).one_or_none() is not None


@once
def tags_of(reader: Reader, case_ids: Collection[int]) -> dict[int, list[TagView]]:
    """The tags of some cases, by name; a case without one is left out. One query."""
    found: dict[int, list[TagView]] = {}
    for row in _TAGS_OF.all(reader, case_ids=list(case_ids)):
        found.setdefault(row.case_id, []).append(TagView(row.id, row.name))
    return found


# Fields


@once
def fields(reader: Reader) -> list[FieldView]:
    """All fields, also those that rest, in the shop's order."""
    return _FIELDS.all(reader)


def field(reader: Reader, code: str) -> FieldView:
    """The field of that code.

    Raises:
        NotFound: there is none.
    """
    row = reader.execute(select(*_FIELD).where(CaseField.code == code)).one_or_none()
    if row is None:
        raise NotFound("no such field")
    return _field(row)


def values(reader: Reader, case_id: int, reason: str) -> list[ValueView]:
    """The fields of a case of that reason and what they say; and others that say something."""
    kept = _values(reader, [case_id]).get(case_id, {})
    return [
        ValueView(one, kept.get(one.code, ""))
        for one in fields(reader)
        if one.fits(reason) or one.code in kept
    ]


def public_values(reader: Reader, case_id: int) -> list[ValueView]:
    """The fields of a case that its customer may read, as far as they say something."""
    shown = [one for one in fields(reader) if one.is_public and one.is_active]
    kept = _values(reader, [case_id]).get(case_id, {}) if shown else {}
    return [ValueView(one, kept[one.code]) for one in shown if one.code in kept]


def _values(reader: Reader, case_ids: Collection[int]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    for row in _VALUES.all(reader, case_ids=list(case_ids)):
        found.setdefault(row.case_id, {})[row.field] = row.value
    return found


def _field(row: Row[*tuple[Any, ...]]) -> FieldView:
    return _field_view(dict(row._mapping))  # noqa: SLF001 - a row's public way to names


def _field_view(found: Mapping[str, Any]) -> FieldView:
    choices = tuple(Choice(one["code"], one["name"], one["is_active"]) for one in found["choices"])
    return FieldView(**{**found, "choices": choices})


def _field_of(*columns: Any) -> FieldView:
    return _field_view(dict(zip(FieldView.__dataclass_fields__, columns, strict=True)))


# Orders and lines


def orders_of(reader: Reader, case_id: int) -> list[OrderInCase]:
    """The orders of a case with all their lines, the main one first; their number of queries stays.

    Raises:
        NotFound: there is no such case.
    """
    case = cases.by_id(reader, case_id)
    further = cases.further_orders(reader, case_id)
    snapshots: dict[int, Mapping[str, Any]] = {}
    if case.order_id is not None:
        snapshots[case.order_id] = case.snapshot
    snapshots |= {key: one for key, one in further.items() if key not in snapshots}
    if not snapshots:
        return []
    chosen = {row.order_line_id: row for row in cases.chosen_lines(reader, case_id)}
    found = {order_id: orders.by_id(reader, order_id) for order_id in list(snapshots)[:1]}
    found |= orders.by_ids(reader, list(snapshots)[1:]) if len(snapshots) > 1 else {}
    lines = orders.lines_of(reader, list(snapshots))
    return [
        OrderInCase(
            order=found[order_id],
            is_main=order_id == case.order_id,
            snapshot=snapshot,
            lines=[_line(line, chosen.get(line.id)) for line in lines.get(order_id, ())],
        )
        for order_id, snapshot in snapshots.items()
    ]


def open_lines(reader: Reader, case_id: int) -> list[int]:
    """The lines of a case of which nobody has said how they ended."""
    found = cases.chosen_lines(reader, case_id)
    return sorted(row.order_line_id for row in found if row.resolution == "")


def skus(reader: Reader, case_id: int) -> dict[int, str]:
    """The SKU of each line of a case's orders, by the line's id."""
    return {
        one.line.id: one.line.sku for order in orders_of(reader, case_id) for one in order.lines
    }


def _line(line: orders.LineView, chosen: Any) -> LineInCase:
    if chosen is None:
        return LineInCase(line, 0, None)
    ending = LineEnding(chosen.resolution) if chosen.resolution else None
    return LineInCase(line, chosen.quantity, ending)


# What is asked on every page of a case, built once

_QUEUES: Final = named(select(Queue.id, Queue.code, Queue.name).order_by(Queue.id))
_STATUSES: Final = Hot(
    select(*_STATUS).order_by(CaseStatus.category, CaseStatus.position, CaseStatus.code),
    StatusView,
)
_TAG_NAMES: Final = named(select(Tag.id, Tag.name).order_by(Tag.key))
_TAGS_OF: Final = named(
    select(Tagged.case_id, Tag.id, Tag.name)
    .join(Tag, Tag.id == Tagged.tag_id)
    .where(Tagged.case_id == among("case_ids"))
    .order_by(Tag.key)
)
_FIELDS: Final = Hot(select(*_FIELD).order_by(CaseField.position, CaseField.code), _field_of)
_VALUES: Final = named(
    select(FieldValue.case_id, FieldValue.field, FieldValue.value).where(
        FieldValue.case_id == among("case_ids")
    )
)
