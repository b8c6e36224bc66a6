"""Mappings as the shop keeps them: read by name, changed with a version."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError, Invalid, NotFound
from oms_service.shipping.sources import rules as reading_rules
from oms_service.shipping.sources.built_in import BUILT_IN
from oms_service.shipping.sources.models import ScanMapping
from oms_service.shipping.sources.rules import Rules
from oms_service.shipping.sources.states import Form

#: More would be nobody's wish.
MOST_MAPPINGS: Final = 100


class MappingChanged(DomainError):
    """Somebody else changed it since it was read."""

    code: ClassVar[str] = "mapping-changed"
    http_status: ClassVar[int] = 409


@dataclass(frozen=True)
class MappingView:
    """One mapping; ``version`` 0 and no ``changed_at`` where the house brings it along."""

    name: str
    form: Form
    rules: Mapping[str, Any]
    version: int
    changed_at: datetime | None

    @property
    def is_own(self) -> bool:
        return self.version > 0


def all_of_them(reader: Session | Connection) -> list[MappingView]:
    """Every mapping by name: the shop's own, and those of the house it has not changed."""
    rows = reader.execute(
        select(
            ScanMapping.name,
            ScanMapping.form,
            ScanMapping.rules,
            ScanMapping.version,
            ScanMapping.changed_at,
        )
    )
    own = {row.name: MappingView(*row) for row in rows}
    house = {name: _built_in(name) for name in BUILT_IN}
    return [view for _, view in sorted({**house, **own}.items())]


def find(reader: Session | Connection, name: str) -> MappingView:
    """The mapping of that name.

    Raises:
        NotFound: there is none.
    """
    if not reading_rules.NAME.fullmatch(name):
        raise NotFound("no such mapping")
    row = reader.execute(
        select(
            ScanMapping.name,
            ScanMapping.form,
            ScanMapping.rules,
            ScanMapping.version,
            ScanMapping.changed_at,
        ).where(ScanMapping.name == name)
    ).one_or_none()
    if row is not None:
        return MappingView(*row)
    if name in BUILT_IN:
        return _built_in(name)
    raise NotFound("no such mapping")


def rules_of(reader: Session | Connection, name: str) -> Rules:
    """What a mapping says, checked.

    Raises:
        NotFound: there is none of that name.
    """
    view = find(reader, name)
    return reading_rules.read(view.form, view.rules)


def polled(reader: Session | Connection, carrier: str) -> str | None:
    """The source that answers about parcels of a carrier: the first mapping with an address."""
    query = select(ScanMapping.name).where(
        ScanMapping.rules["carrier"]["fixed"].astext == carrier,
        ScanMapping.rules["poll"].astext != "",
    )
    name = reader.execute(query.order_by(ScanMapping.name).limit(1)).scalar()
    return f"mapping:{name}" if name is not None else None


def save(
    uow: UnitOfWork, name: str, *, form: Form, rules: Mapping[str, Any], version: int
) -> MappingView:
    """Keep a mapping; 0 as ``version`` makes a new one, or takes one of the house as the shop's.

    Raises:
        Invalid: a bad name, or rules that cannot be used.
        MappingChanged: it is not at that version any more.
    """
    if not reading_rules.NAME.fullmatch(name):
        raise Invalid("not a name", {"name": "small letters, digits, - and _; at most 40"})
    reading_rules.read(form, rules)
    if version == 0:
        if uow.session.scalar(select(func.count()).select_from(ScanMapping)) >= MOST_MAPPINGS:  # type: ignore[operator]  # a count is never None
            raise Invalid("too many mappings", {"name": f"at most {MOST_MAPPINGS} mappings"})
        made = uow.session.scalar(
            insert(ScanMapping)
            .values(name=name, form=form, rules=dict(rules), version=1, changed_at=uow.now)
            .on_conflict_do_nothing(index_elements=["name"])
            .returning(ScanMapping.id)
        )
    else:
        made = uow.session.scalar(
            update(ScanMapping)
            .where(ScanMapping.name == name, ScanMapping.version == version)
            .values(form=form, rules=dict(rules), version=version + 1, changed_at=uow.now)
            .returning(ScanMapping.id)
        )
    if made is None:
        raise MappingChanged("somebody changed this mapping meanwhile")
    return find(uow.session, name)


def _built_in(name: str) -> MappingView:
    found = BUILT_IN[name]
    return MappingView(name, found.form, found.rules, 0, None)
