"""Customers as stored; ``docs/architecture.md`` lists the personal data outside this file."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from oms_service.customers.states import IdentityKind, Tier
from oms_service.infra.db import PERSONAL, PLAIN, ActorRef, Code, Key, Model, enum_column, ref
from oms_service.kernel.languages import Language


class Customer(Model):
    """A person. A merged one points at the row that took its place; an erased one has no names."""

    __tablename__ = "customers"
    __table_args__ = (
        Index("ix_customers_merged_into_id", "merged_into_id"),
        Index(
            "ix_customers_search",
            "search",
            postgresql_using="gin",
            postgresql_ops={"search": "gin_trgm_ops"},
        ),
    )

    id: Mapped[Key]
    family_name: Mapped[str] = mapped_column(String(80), default="", info=PERSONAL)
    given_name: Mapped[str] = mapped_column(String(80), default="", info=PERSONAL)
    family_name_kana: Mapped[str] = mapped_column(String(80), default="", info=PERSONAL)
    given_name_kana: Mapped[str] = mapped_column(String(80), default="", info=PERSONAL)
    #: Folded names, kana, mail and phone, for trigram search.
    search: Mapped[str] = mapped_column(String(600), default="", info=PERSONAL)
    language: Mapped[Language] = mapped_column(enum_column(Language, "language"))
    tier: Mapped[Tier] = mapped_column(enum_column(Tier, "tier"), default=Tier.STANDARD)
    #: Where they live by the clock, such as ``Asia/Tokyo``; empty for where the shop is.
    zone: Mapped[str] = mapped_column(String(64), default="", info=PERSONAL)
    created_at: Mapped[datetime]
    merged_into_id: Mapped[int | None] = mapped_column(ref("customers.id"))
    erased_at: Mapped[datetime | None]


class Identity(Model):
    """One way to recognise a customer.

    A mail address, LINE or Slack user is one customer's only; a household shares a phone.
    """

    __tablename__ = "identities"
    __table_args__ = (
        Index(
            "uq_identities_kind_key",
            "kind",
            "key",
            unique=True,
            postgresql_where=text("kind NOT IN ('phone', 'guest')"),
        ),
        Index("uq_identities_customer_id_kind_key", "customer_id", "kind", "key", unique=True),
        Index("ix_identities_kind_key", "kind", "key"),
    )

    id: Mapped[Key]
    customer_id: Mapped[int] = mapped_column(ref("customers.id"))
    kind: Mapped[IdentityKind] = mapped_column(enum_column(IdentityKind, "kind"))
    #: The comparable form, by ``kernel.text``.
    key: Mapped[str] = mapped_column(String(320), info=PERSONAL)
    shown: Mapped[str] = mapped_column(String(320), info=PERSONAL)
    verified_at: Mapped[datetime | None]


class Address(Model):
    """Where a customer lives or wants parcels."""

    __tablename__ = "addresses"
    __table_args__ = (
        Index(
            "uq_addresses_default",
            "customer_id",
            unique=True,
            postgresql_where=text("is_default"),
        ),
        Index("ix_addresses_customer_id", "customer_id"),
    )

    id: Mapped[Key]
    customer_id: Mapped[int] = mapped_column(ref("customers.id"))
    recipient: Mapped[str] = mapped_column(String(160), info=PERSONAL)
    country: Mapped[str] = mapped_column(String(2), info=PERSONAL)
    postal_code: Mapped[str] = mapped_column(String(12), info=PERSONAL)
    region: Mapped[str] = mapped_column(String(60), info=PERSONAL)
    city: Mapped[str] = mapped_column(String(80), info=PERSONAL)
    line1: Mapped[str] = mapped_column(String(160), info=PERSONAL)
    line2: Mapped[str] = mapped_column(String(160), default="", info=PERSONAL)
    phone: Mapped[str] = mapped_column(String(40), default="", info=PERSONAL)
    is_default: Mapped[bool] = mapped_column(default=False)


class Merge(Model):
    """Two records found to be one person: what moved, so that it can move back."""

    __tablename__ = "customer_merges"
    __table_args__ = (
        CheckConstraint("kept_id <> merged_id", name="two_people"),
        Index(
            "uq_customer_merges_in_force",
            "merged_id",
            unique=True,
            postgresql_where=text("undone_at IS NULL"),
        ),
        Index("ix_customer_merges_kept_id", "kept_id"),
    )

    id: Mapped[Key]
    kept_id: Mapped[int] = mapped_column(ref("customers.id"))
    merged_id: Mapped[int] = mapped_column(ref("customers.id"))
    #: Ids of rows, by the package and the table they are of.
    moved: Mapped[dict[str, Any]] = mapped_column(info=PLAIN)
    merged_at: Mapped[datetime]
    merged_by: Mapped[ActorRef]
    undone_at: Mapped[datetime | None]


class Consent(Model):
    """What a customer allowed or withdrew, when and where; the newest row of a purpose holds."""

    __tablename__ = "consents"
    __table_args__ = (Index("ix_consents_customer_id", "customer_id"),)

    id: Mapped[Key]
    customer_id: Mapped[int] = mapped_column(ref("customers.id"))
    channel: Mapped[Code]
    purpose: Mapped[Code]
    granted: Mapped[bool]
    source: Mapped[str] = mapped_column(String(120), info=PLAIN)
    at: Mapped[datetime]
