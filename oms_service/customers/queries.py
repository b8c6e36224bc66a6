"""Customers as others see them: frozen, never merged away, never erased."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Select, bindparam, func, or_, select
from sqlalchemy.orm import Session

from oms_service.customers.models import Consent, Customer, Identity, Merge
from oms_service.customers.states import IdentityKind, Tier
from oms_service.infra import hot
from oms_service.infra.once import once
from oms_service.kernel.languages import Language
from oms_service.kernel.text import folded, mail_key, phone_key

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


_VIEW: Final = (
    Customer.id,
    Customer.family_name,
    Customer.given_name,
    Customer.family_name_kana,
    Customer.given_name_kana,
    Customer.language,
    Customer.tier,
)
_BY_ID: Final = hot.named(
    select(*_VIEW, Customer.merged_into_id, Customer.erased_at).where(
        Customer.id == bindparam("customer_id")
    )
)
_THOSE: Final = hot.Hot(
    select(*_VIEW).where(
        Customer.id == hot.among("customer_ids"),
        Customer.merged_into_id.is_(None),
        Customer.erased_at.is_(None),
    ),
    CustomerView,
)


@once
def find(reader: Reader, customer_id: int) -> CustomerView | None:
    """The customer, or whom they were merged into; None when there is none, or not any more."""
    wanted: int | None = customer_id
    while wanted is not None:
        row = _BY_ID.first(reader, customer_id=wanted)
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
    return {one.id: one for one in _THOSE.all(reader, customer_ids=list(customer_ids))}


def mail_of(reader: Reader, customer_id: int) -> str | None:
    """The address to write to: one they have proven before any other, the oldest first."""
    return _MAIL_OF.first(reader, customer_id=customer_id)


_MAIL_OF: Final[hot.Hot[str]] = hot.Hot(
    select(Identity.shown)
    .where(Identity.customer_id == bindparam("customer_id"), Identity.kind == IdentityKind.MAIL)
    .order_by(Identity.verified_at.is_(None), Identity.id)
    .limit(1),
    hot.value,
)


def proven_mails(reader: Reader, customer_id: int) -> list[str]:
    """The mail addresses that a customer has shown to be theirs, the one proven last first."""
    rows = reader.execute(
        select(Identity.shown)
        .where(
            Identity.customer_id == customer_id,
            Identity.kind == IdentityKind.MAIL,
            Identity.verified_at.is_not(None),
        )
        .order_by(Identity.verified_at.desc(), Identity.id)
    )
    return list(rows.scalars())


def mails(reader: Reader, customer_ids: Collection[int]) -> dict[int, list[str]]:
    """Every mail address of some customers as one compares it, by customer; one query."""
    rows = reader.execute(
        select(Identity.customer_id, Identity.key)
        .where(Identity.customer_id.in_(customer_ids), Identity.kind == IdentityKind.MAIL)
        .order_by(Identity.id)
    )
    found: dict[int, list[str]] = {}
    for customer_id, key in rows:
        found.setdefault(customer_id, []).append(key)
    return found


def refuses(reader: Reader, customer_id: int, purpose: str) -> bool:
    """Whether the customer's last word about a purpose was no."""
    granted = reader.execute(
        select(Consent.granted)
        .where(Consent.customer_id == customer_id, Consent.purpose == purpose)
        .order_by(Consent.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    return granted is False


@dataclass(frozen=True)
class Known:
    """One thing somebody is known by, as they gave it."""

    kind: IdentityKind
    key: str
    shown: str


@dataclass(frozen=True)
class PastMerge:
    """Two records made one; ``undone_at`` where they are two again."""

    id: int
    kept_id: int
    merged_id: int
    merged_at: datetime
    undone_at: datetime | None


def root(reader: Reader, customer_id: int) -> int:
    """The record that a record went into, however many merges on; itself where there is none."""
    return next(iter(roots(reader, [customer_id])), customer_id)


def roots(reader: Reader, customer_ids: Collection[int]) -> tuple[int, ...]:
    """The records that some records went into, by id, in one query."""
    step = select(Customer.id, Customer.merged_into_id).where(Customer.id.in_(customer_ids))
    way = step.cte("way", recursive=True)
    way = way.union(
        select(Customer.id, Customer.merged_into_id).join(way, Customer.id == way.c.merged_into_id)
    )
    found = select(way.c.id).where(way.c.merged_into_id.is_(None)).order_by(way.c.id)
    return tuple(reader.execute(found).scalars())


def family(reader: Reader, root_id: int) -> tuple[int, ...]:
    """A record and all that went into it, however many merges back; the record itself first."""
    found = _FAMILY.all(reader, root_id=root_id)
    return (root_id, *sorted(one for one in found if one != root_id))


def _kin() -> Select[tuple[int]]:
    kin = select(Customer.id).where(Customer.id == bindparam("root_id")).cte("kin", recursive=True)
    kin = kin.union(select(Customer.id).join(kin, Customer.merged_into_id == kin.c.id))
    return select(kin.c.id)


_FAMILY: Final[hot.Hot[int]] = hot.Hot(_kin(), hot.value)


def is_erased(reader: Reader, customer_id: int) -> bool | None:
    """Whether nothing is kept of them any more; None when there never was such a customer."""
    row = reader.execute(select(Customer.erased_at).where(Customer.id == customer_id)).one_or_none()
    return None if row is None else row.erased_at is not None


def identities(reader: Reader, customer_ids: Collection[int]) -> tuple[Known, ...]:
    """What some records are known by, the oldest first."""
    return tuple(_KNOWN.all(reader, customer_ids=list(customer_ids)))


_KNOWN: Final = hot.Hot(
    select(Identity.kind, Identity.key, Identity.shown)
    .where(Identity.customer_id == hot.among("customer_ids"))
    .order_by(Identity.id),
    Known,
)


def search(reader: Reader, typed: str, *, limit: int = 20) -> tuple[CustomerView, ...]:
    """People by a part of a name or of what they are known by; never the erased.

    Who was merged is found as the record they went into.
    """
    words = folded(typed)
    if not words:
        return ()
    known = [mail_key(typed), typed.strip()]
    if phone_key(typed):
        known.append(phone_key(typed))
    by_key = select(Identity.customer_id).where(Identity.key.in_(known))
    found = reader.execute(
        select(Customer.id)
        .where(
            or_(Customer.search.contains(words, autoescape=True), Customer.id.in_(by_key)),
            Customer.erased_at.is_(None),
        )
        .order_by(Customer.id)
        .limit(limit)
    ).scalars()
    in_force = roots(reader, found.all())
    people = those(reader, in_force)
    return tuple(people[one] for one in in_force if one in people)


def named(reader: Reader, typed: str, *, limit: int = 200) -> tuple[CustomerView, ...]:
    """People whose whole name this is, in kanji, kana or Latin letters, in either order."""
    words = folded(typed).split()
    wanted = "".join(words)
    if not words:
        return ()
    fits = (
        [Customer.search.contains(word, autoescape=True) for word in words]
        if len(words) > 1
        else [func.replace(Customer.search, " ", "").contains(wanted, autoescape=True)]
    )
    found = reader.execute(
        select(Customer.id)
        .where(*fits, Customer.erased_at.is_(None), Customer.merged_into_id.is_(None))
        .order_by(Customer.id)
        .limit(limit)
    ).scalars()
    people = those(reader, found.all())
    return tuple(one for _, one in sorted(people.items()) if wanted in _whole_names(one))


def _whole_names(one: CustomerView) -> set[str]:
    """A name as people write it, without spaces; half a name is none."""
    pairs = (
        (folded(one.family_name), folded(one.given_name)),
        (folded(one.family_name_kana), folded(one.given_name_kana)),
    )
    return {
        "".join(parts).replace(" ", "")
        for family, given in pairs
        if family and given
        for parts in ((family, given), (given, family))
    }


def merges_of(reader: Reader, customer_ids: Collection[int]) -> tuple[PastMerge, ...]:
    """The merges that some records had a part in, the oldest first."""
    rows = reader.execute(
        select(Merge.id, Merge.kept_id, Merge.merged_id, Merge.merged_at, Merge.undone_at)
        .where(or_(Merge.kept_id.in_(customer_ids), Merge.merged_id.in_(customer_ids)))
        .order_by(Merge.id)
    )
    return tuple(PastMerge(*row) for row in rows)
