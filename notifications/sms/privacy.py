"""What short messages keep of people: their number, and the codes that went to it."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.orm import Session, aliased

from notifications.sms.models import SmsCode, SmsNumber
from oms_service.conversations import texting
from oms_service.infra import inbound
from oms_service.infra.privacy import Moved, Person, hand_back, hand_over, listing
from oms_service.infra.uow import UnitOfWork


def waiting(session: Session, person: Person) -> Sequence[str]:  # noqa: ARG001 - a keeper's signature
    return ()


def export(session: Session, person: Person) -> Mapping[str, Any]:
    proven = select(SmsNumber.number, SmsNumber.proven_at).where(_proven(person))
    asked = select(SmsCode.number, SmsCode.created_at, SmsCode.used_at).where(_asked(person))
    return {
        "numbers": listing(session, proven.order_by(SmsNumber.id)),
        "codes": listing(session, asked.order_by(SmsCode.id)),
    }


def erase(uow: UnitOfWork, person: Person) -> None:
    """The number goes, with every call of the provider that names it: it may be proven anew."""
    gone = delete(SmsNumber).where(_proven(person)).returning(SmsNumber.number)
    naming = set(uow.session.scalars(gone))
    naming |= set(
        uow.session.scalars(delete(SmsCode).where(_asked(person)).returning(SmsCode.number))
    )
    texting.forget(uow, naming)
    inbound.empty(uow, (), naming=naming)


def move(uow: UnitOfWork, *, source: int, to: int) -> Moved:
    """The record that is kept keeps its number; only where it has none, it gets the other's."""
    session, twin = uow.session, aliased(SmsNumber)
    has_one = exists().where(twin.customer_id == to)
    numbers, codes = SmsNumber, SmsCode
    return {
        "numbers": hand_over(
            session, numbers.customer_id, numbers.id, source=source, to=to, where=~has_one
        ),
        "codes": hand_over(session, codes.customer_id, codes.id, source=source, to=to),
    }


def move_back(uow: UnitOfWork, moved: Moved, *, source: int, to: int) -> None:
    session, numbers, codes = uow.session, SmsNumber, SmsCode
    has_one = session.scalar(select(exists().where(numbers.customer_id == source)))
    mine = () if has_one else moved.get("numbers", ())
    hand_back(session, numbers.customer_id, numbers.id, mine, source=source, to=to)
    asked = moved.get("codes", ())
    hand_back(session, codes.customer_id, codes.id, asked, source=source, to=to)


def _proven(person: Person) -> ColumnElement[bool]:
    return SmsNumber.customer_id.in_(person.ids)


def _asked(person: Person) -> ColumnElement[bool]:
    return SmsCode.customer_id.in_(person.ids)
