"""Customers as others see them: frozen, never merged away, never erased."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from oms_service.customers.models import Consent, Customer, Identity
from oms_service.customers.states import IdentityKind, Tier
from oms_service.kernel.languages import Language
from oms_service.kernel.text import mail_key

Reader = Connection | Session


@dataclass(frozen=True)
class CustomerView:
    """A person the shop knows."""

    id: int
    family_name: str
    given_name: str
    family_name_kana: str
    given_name_kana: str
    language: Language
    tier: Tier

    @property
    def name(self) -> str:
        """In the order of the name's own script: 佐藤 美咲, Emma Wilson."""
        is_latin = (self.family_name + self.given_name).isascii()
        parts = (
            (self.given_name, self.family_name) if is_latin else (self.family_name, self.given_name)
        )
        return " ".join(part for part in parts if part)


def find(reader: Reader, customer_id: int) -> CustomerView | None:
    """The customer, or whom they were merged into; None when there is none, or not any more."""
    wanted: int | None = customer_id
    while wanted is not None:
        row = reader.execute(
            select(
                Customer.id,
                Customer.family_name,
                Customer.given_name,
                Customer.family_name_kana,
                Customer.given_name_kana,
                Customer.language,
                Customer.tier,
                Customer.merged_into_id,
                Customer.erased_at,
            ).where(Customer.id == wanted)
        ).one_or_none()
        if row is None or row.erased_at is not None:
            return None
        if row.merged_into_id is None:
            return CustomerView(
                row.id,
                row.family_name,
                row.given_name,
                row.family_name_kana,
                row.given_name_kana,
                row.language,
                row.tier,
            )
        wanted = row.merged_into_id
    return None


def by_mail(reader: Reader, mail: str) -> CustomerView | None:
    """The one customer of a mail address."""
    customer_id = reader.execute(
        select(Identity.customer_id).where(
            Identity.kind == IdentityKind.MAIL, Identity.key == mail_key(mail)
        )
    ).scalar_one_or_none()
    return find(reader, customer_id) if customer_id is not None else None


def those(reader: Reader, customer_ids: Collection[int]) -> dict[int, CustomerView]:
    """Several customers by id, one query; the merged and the erased are left out."""
    rows = reader.execute(
        select(
            Customer.id,
            Customer.family_name,
            Customer.given_name,
            Customer.family_name_kana,
            Customer.given_name_kana,
            Customer.language,
            Customer.tier,
        ).where(
            Customer.id.in_(customer_ids),
            Customer.merged_into_id.is_(None),
            Customer.erased_at.is_(None),
        )
    )
    return {row.id: CustomerView(*row) for row in rows}


def mail_of(reader: Reader, customer_id: int) -> str | None:
    """The address to write to: one they have proven before any other, the oldest first."""
    return reader.execute(
        select(Identity.shown)
        .where(Identity.customer_id == customer_id, Identity.kind == IdentityKind.MAIL)
        .order_by(Identity.verified_at.is_(None), Identity.id)
        .limit(1)
    ).scalar_one_or_none()


def refuses(reader: Reader, customer_id: int, purpose: str) -> bool:
    """Whether the customer's last word about a purpose was no."""
    granted = reader.execute(
        select(Consent.granted)
        .where(Consent.customer_id == customer_id, Consent.purpose == purpose)
        .order_by(Consent.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    return granted is False
