"""The bulk door of customers: people, their identities and addresses, many at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Text, bindparam, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from oms_service.customers.models import Address, Customer, Identity
from oms_service.customers.states import IdentityKind, Tier
from oms_service.infra import bulk
from oms_service.kernel.languages import Language
from oms_service.kernel.text import folded, mail_key, phone_key

SEARCH_LENGTH = 600


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomerRow:
    """A person to add."""

    id: int
    family_name: str
    given_name: str
    family_name_kana: str = ""
    given_name_kana: str = ""
    search: str
    language: Language
    tier: Tier = Tier.STANDARD
    created_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class IdentityRow:
    """One way to recognise a person."""

    customer_id: int
    kind: IdentityKind
    key: str
    shown: str
    verified_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AddressRow:
    """Where a person lives or wants parcels."""

    customer_id: int
    recipient: str
    country: str
    postal_code: str
    region: str
    city: str
    line1: str
    line2: str = ""
    phone: str = ""
    is_default: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Naming:
    """The part of a customer that a repeated load may correct."""

    family_name: str
    given_name: str
    family_name_kana: str
    given_name_kana: str
    language: Language
    tier: Tier


def search_text(*parts: str) -> str:
    """What trigram search looks through: names and kana, mail and phone, folded."""
    return " ".join(folded(part) for part in parts if part)[:SEARCH_LENGTH]


def mail(customer_id: int, address: str) -> IdentityRow:
    return IdentityRow(
        customer_id=customer_id, kind=IdentityKind.MAIL, key=mail_key(address), shown=address
    )


def phone(customer_id: int, number: str) -> IdentityRow:
    return IdentityRow(
        customer_id=customer_id, kind=IdentityKind.PHONE, key=phone_key(number), shown=number
    )


def external(customer_id: int, reference: str, *, scope: str) -> IdentityRow:
    """How another system calls this person; ``scope`` keeps systems apart."""
    return IdentityRow(
        customer_id=customer_id,
        kind=IdentityKind.EXTERNAL,
        key=external_key(reference, scope=scope),
        shown=reference,
    )


def external_key(reference: str, *, scope: str) -> str:
    return f"{scope}:{reference}"


def reserve(session: Session, count: int) -> list[int]:
    return bulk.reserve(session, Customer, count)


def add(
    session: Session,
    customers: Sequence[CustomerRow],
    identities: Sequence[IdentityRow],
    addresses: Sequence[AddressRow],
) -> None:
    bulk.insert(session, Customer, customers)
    bulk.insert(session, Identity, identities)
    bulk.insert(session, Address, addresses)


def known(
    session: Session, keys: Iterable[tuple[IdentityKind, str]]
) -> dict[tuple[IdentityKind, str], int]:
    """Who is known by these keys. A phone that several people share names nobody."""
    pairs = sorted(set(keys))
    if not pairs:
        return {}
    wanted = (
        func.unnest(
            bindparam("kinds", [str(kind) for kind, _ in pairs], ARRAY(Text)),
            bindparam("keys", [key for _, key in pairs], ARRAY(Text)),
        )
        .table_valued("kind", "key")
        .render_derived()
    )
    found = session.execute(
        select(Identity.kind, Identity.key, func.min(Identity.customer_id))
        .join(wanted, tuple_(Identity.kind, Identity.key) == tuple_(wanted.c.kind, wanted.c.key))
        .group_by(Identity.kind, Identity.key)
        .having(func.count(func.distinct(Identity.customer_id)) == 1)
    )
    return {(kind, key): customer_id for kind, key, customer_id in found}


def namings(session: Session, ids: Iterable[int]) -> dict[int, Naming]:
    rows = session.execute(
        select(
            Customer.id,
            Customer.family_name,
            Customer.given_name,
            Customer.family_name_kana,
            Customer.given_name_kana,
            Customer.language,
            Customer.tier,
        ).where(bulk.among(Customer.id, ids))
    )
    return {
        row.id: Naming(
            family_name=row.family_name,
            given_name=row.given_name,
            family_name_kana=row.family_name_kana,
            given_name_kana=row.given_name_kana,
            language=row.language,
            tier=row.tier,
        )
        for row in rows
    }


def rename(session: Session, changes: Mapping[int, tuple[Naming, str]]) -> None:
    """Correct names, language and tier; each with the new search text."""
    if changes:
        session.execute(
            update(Customer),
            [
                {
                    "id": customer_id,
                    "family_name": naming.family_name,
                    "given_name": naming.given_name,
                    "family_name_kana": naming.family_name_kana,
                    "given_name_kana": naming.given_name_kana,
                    "language": naming.language,
                    "tier": naming.tier,
                    "search": search,
                }
                for customer_id, (naming, search) in sorted(changes.items())
            ],
        )
