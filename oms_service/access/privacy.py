"""What access keeps of customers: codes, where they are signed in, and by whom they come in."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select
from sqlalchemy.orm import Session as OrmSession

from oms_service.access.models import LoginCode, OutsideIdentity, OutsideTrip, Session
from oms_service.access.states import SessionKind
from oms_service.infra.privacy import Moved, Person, hand_back, hand_over, listing
from oms_service.infra.uow import UnitOfWork

_OF_CUSTOMERS = Session.kind == SessionKind.CUSTOMER
_KNOWN_OUTSIDE = OutsideIdentity.kind == SessionKind.CUSTOMER


def waiting(session: OrmSession, person: Person) -> Sequence[str]:  # noqa: ARG001 - a keeper's signature
    return ()


def export(session: OrmSession, person: Person) -> Mapping[str, Any]:
    signed_in = (
        select(Session.device, Session.created_at, Session.expires_at, Session.revoked_at)
        .where(_OF_CUSTOMERS, Session.subject_id.in_(person.ids))
        .order_by(Session.id)
    )
    asked = (
        select(LoginCode.identity_key.label("mail"), LoginCode.created_at, LoginCode.used_at)
        .where(_codes(person))
        .order_by(LoginCode.id)
    )
    outside = (
        select(
            OutsideIdentity.provider,
            OutsideIdentity.issuer,
            OutsideIdentity.subject,
            OutsideIdentity.linked_at,
        )
        .where(_KNOWN_OUTSIDE, OutsideIdentity.subject_id.in_(person.ids))
        .order_by(OutsideIdentity.id)
    )
    return {
        "sign_ins": listing(session, signed_in),
        "codes": listing(session, asked),
        "providers": listing(session, outside),
    }


def erase(uow: UnitOfWork, person: Person) -> None:
    """They are signed out everywhere, and neither a code nor a provider lets them in.

    Whose a trip to a provider is that is under way, nobody can tell: every customer on such a trip,
    of ten minutes, has to set out anew.
    """
    uow.session.execute(delete(LoginCode).where(_codes(person)))
    theirs = and_(_OF_CUSTOMERS, Session.subject_id.in_(person.ids))
    uow.session.execute(delete(Session).where(theirs))
    named = and_(_KNOWN_OUTSIDE, OutsideIdentity.subject_id.in_(person.ids))
    uow.session.execute(delete(OutsideIdentity).where(named))
    uow.session.execute(delete(OutsideTrip).where(OutsideTrip.kind == SessionKind.CUSTOMER))


def move(uow: UnitOfWork, *, source: int, to: int) -> Moved:
    """Whoever is signed in stays so, as the record that was kept; codes under way still count."""
    session, codes, outside = uow.session, LoginCode, OutsideIdentity
    return {
        "sign_ins": hand_over(
            session, Session.subject_id, Session.id, source=source, to=to, where=_OF_CUSTOMERS
        ),
        "codes": hand_over(session, codes.customer_id, codes.id, source=source, to=to),
        "providers": hand_over(
            session, outside.subject_id, outside.id, source=source, to=to, where=_KNOWN_OUTSIDE
        ),
    }


def move_back(uow: UnitOfWork, moved: Moved, *, source: int, to: int) -> None:
    session, codes, outside = uow.session, LoginCode, OutsideIdentity
    signed_in, asked = moved.get("sign_ins", ()), moved.get("codes", ())
    hand_back(session, Session.subject_id, Session.id, signed_in, source=source, to=to)
    hand_back(session, codes.customer_id, codes.id, asked, source=source, to=to)
    known = moved.get("providers", ())
    hand_back(session, outside.subject_id, outside.id, known, source=source, to=to)


def _codes(person: Person) -> ColumnElement[bool]:
    return or_(LoginCode.customer_id.in_(person.ids), LoginCode.identity_key.in_(person.mails))
