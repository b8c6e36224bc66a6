"""The shop's own words for cases as stored: statuses, tags, fields and what they say of a case."""

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cases.states import CaseState
from cases.taxonomy.states import FieldKind
from oms_service.infra.db import PERSONAL, PLAIN, ActorRef, Code, Key, Model, enum_column, ref
from oms_service.kernel.languages import Words


class CaseStatus(Model):
    """How a category of the life of a case is called; the row of the category's own code is it.

    A category without a row is called as the house calls it. Rows of other codes say more
    exactly where a case of their category stands.
    """

    __tablename__ = "case_statuses"
    __table_args__ = (CheckConstraint("position >= 0", name="position"),)

    code: Mapped[Code] = mapped_column(primary_key=True)
    category: Mapped[CaseState] = mapped_column(enum_column(CaseState, "category"))
    agent: Mapped[Words] = mapped_column(info=PLAIN)
    customer: Mapped[Words] = mapped_column(info=PLAIN)
    position: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)


class Tag(Model):
    """A word colleagues put on cases, one and the same by ``key``, its folded form."""

    __tablename__ = "case_tags"
    __table_args__ = (CheckConstraint("name <> '' AND key <> ''", name="name"),)

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(40), info=PLAIN)
    key: Mapped[str] = mapped_column(String(80), unique=True, info=PLAIN)
    version: Mapped[int] = mapped_column(default=1)


class Tagged(Model):
    """A tag on a case."""

    __tablename__ = "case_tagged"

    case_id: Mapped[int] = mapped_column(ref("cases.id"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(ref("case_tags.id"), primary_key=True, index=True)
    by: Mapped[ActorRef]
    at: Mapped[datetime]


class CaseField(Model):
    """A field of the shop's own; of no reason named it belongs to all.

    ``choices``: for a choice, ``[{"code": ..., "name": {...}, "is_active": true}, ...]``.
    """

    __tablename__ = "case_fields"
    __table_args__ = (
        CheckConstraint("position >= 0", name="position"),
        CheckConstraint("(kind = 'choice') = (jsonb_array_length(choices) > 0)", name="choices"),
    )

    code: Mapped[Code] = mapped_column(primary_key=True)
    kind: Mapped[FieldKind] = mapped_column(enum_column(FieldKind, "kind"))
    name: Mapped[Words] = mapped_column(info=PLAIN)
    choices: Mapped[list[Any]] = mapped_column(JSONB, default=list, info=PLAIN)
    reasons: Mapped[list[str]] = mapped_column(ARRAY(String(60)), default=list, info=PLAIN)
    is_required: Mapped[bool] = mapped_column(default=False)
    is_public: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)


class FieldValue(Model):
    """What a field says of a case; a case of which it says nothing has no row.

    ``value``: text, a decimal number, ``2026-11-22``, the code of a choice, ``yes`` or ``no``.
    """

    __tablename__ = "case_values"
    __table_args__ = (
        Index("ix_case_values_field", "field"),
        CheckConstraint("value <> ''", name="value"),
    )

    case_id: Mapped[int] = mapped_column(ref("cases.id"), primary_key=True)
    field: Mapped[Code] = mapped_column(ref("case_fields.code"), primary_key=True)
    value: Mapped[str] = mapped_column(String(500), info=PERSONAL)
    by: Mapped[ActorRef]
    at: Mapped[datetime]
