"""What the records of people hold: names, identities, addresses, what they allowed."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from oms_service.customers.models import Address, Consent, Customer, Identity
from oms_service.infra.db import Model
from oms_service.infra.privacy import (
    Listing,
    Moved,
    Person,
    hand_back,
    hand_over,
    listing,
    shown,
)
from oms_service.infra.uow import UnitOfWork


def waiting(session: Session, person: Person) -> Sequence[str]:  # noqa: ARG001 - a keeper's signature
    return ()


def export(session: Session, person: Person) -> Mapping[str, Any]:
    def of(
        model: type[Model], owner: InstrumentedAttribute[int], key: InstrumentedAttribute[int]
    ) -> Listing:
        kept = select(*shown(model, "search", "erased_at"))
        return listing(session, kept.where(owner.in_(person.ids)).order_by(key))

    return {
        "records": of(Customer, Customer.id, Customer.id),
        "identities": of(Identity, Identity.customer_id, Identity.id),
        "addresses": of(Address, Address.customer_id, Address.id),
        "consents": of(Consent, Consent.customer_id, Consent.id),
    }


def erase(uow: UnitOfWork, person: Person) -> None:
    """Names go empty; identities and addresses go altogether, so that they can be given anew."""
    uow.session.execute(delete(Identity).where(Identity.customer_id.in_(person.ids)))
    uow.session.execute(delete(Address).where(Address.customer_id.in_(person.ids)))
    uow.session.execute(
        update(Customer)
        .where(Customer.id.in_(person.ids))
        .values(
            family_name="",
            given_name="",
            family_name_kana="",
            given_name_kana="",
            search="",
            zone="",
            erased_at=func.coalesce(Customer.erased_at, uow.now),
        )
    )


def move(uow: UnitOfWork, *, source: int, to: int) -> Moved:
    """What both records are known by stays with each; of two default addresses the kept one's."""
    session = uow.session
    twin = aliased(Identity)
    known = exists().where(
        twin.customer_id == to, twin.kind == Identity.kind, twin.key == Identity.key
    )
    has_default = session.scalar(
        select(exists().where(Address.customer_id == to, Address.is_default))
    )
    no_default: Sequence[int] = ()
    if has_default:
        no_default = session.scalars(
            update(Address)
            .where(Address.customer_id == source, Address.is_default)
            .values(is_default=False)
            .returning(Address.id)
        ).all()
    return {
        "identities": hand_over(
            session, Identity.customer_id, Identity.id, source=source, to=to, where=~known
        ),
        "addresses": hand_over(session, Address.customer_id, Address.id, source=source, to=to),
        "default_addresses": list(no_default),
        "consents": hand_over(session, Consent.customer_id, Consent.id, source=source, to=to),
    }


def move_back(uow: UnitOfWork, moved: Moved, *, source: int, to: int) -> None:
    session = uow.session
    for name, owner, key in (
        ("identities", Identity.customer_id, Identity.id),
        ("addresses", Address.customer_id, Address.id),
        ("consents", Consent.customer_id, Consent.id),
    ):
        hand_back(session, owner, key, moved.get(name, ()), source=source, to=to)
    session.execute(
        update(Address)
        .where(Address.id.in_(moved.get("default_addresses", ())), Address.customer_id == source)
        .values(is_default=True)
    )
