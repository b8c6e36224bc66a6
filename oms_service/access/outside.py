"""Sign-in by a provider: the way there and back, and whom its word means here.

Nothing here goes over the network. A trip is begun in one transaction and ends in another; the
provider is asked in between, by ``oms_service.adapters.oidc``.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from oms_service.access import invitations, queries, staff
from oms_service.access.models import OutsideIdentity, OutsideTrip
from oms_service.access.queries import Reader, StaffView
from oms_service.access.states import Role, SessionKind
from oms_service.adapters.oidc.client import Named
from oms_service.customers import service as customers
from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import ids
from oms_service.kernel.errors import NotFound
from oms_service.kernel.languages import Language
from oms_service.kernel.text import mail_key

COOKIES: Final = {
    SessionKind.STAFF: "oms_staff_trip",
    SessionKind.CUSTOMER: "oms_customer_trip",
}
#: How long somebody may take at the provider, and then to prove their mail.
LIFETIME: Final = timedelta(minutes=10)
#: How often a browser may set out, and come back.
PER_ADDRESS: Final = "30/15 minutes"
_LONGEST_PATH: Final = 500


@dataclass(frozen=True)
class Secrets:
    """What is said on the way and asked for again, computed from the browser's token."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class Waiting:
    """Somebody whom a provider named and who is not known by it yet."""

    provider: str


@dataclass(frozen=True)
class LinkView:
    """A provider by which somebody comes in, and since when."""

    id: int
    provider: str
    linked_at: datetime


def secrets_of(master: str, token: str) -> Secrets:
    """The secrets of one trip: only this browser and this shop together can compute them."""

    def said(what: str) -> str:
        return hmac.digest(master.encode(), f"trip-{what}:{token}".encode(), hashlib.sha256).hex()

    return Secrets(said("state"), said("nonce"), said("verifier"))


def set_out(uow: UnitOfWork, kind: SessionKind, provider: str, next_path: str) -> str:
    """A browser is on its way; the token for its cookie."""
    token = ids.token()
    uow.session.add(
        OutsideTrip(
            digest=ids.digest(token),
            kind=kind,
            provider=provider,
            next_path=next_path if len(next_path) <= _LONGEST_PATH else "",
            created_at=uow.now,
            expires_at=uow.now + LIFETIME,
        )
    )
    return token


def come_back(uow: UnitOfWork, kind: SessionKind, provider: str, token: str) -> str | None:
    """Where the browser wanted to go; None for a trip that is over, unknown, or to another place.

    A trip ends with this: who comes back a second time has to set out anew.
    """
    return uow.session.scalar(
        update(OutsideTrip)
        .where(
            OutsideTrip.digest == ids.digest(token),
            OutsideTrip.kind == kind,
            OutsideTrip.provider == provider,
            OutsideTrip.returned_at.is_(None),
            OutsideTrip.expires_at > uow.now,
        )
        .values(returned_at=uow.now)
        .returning(OutsideTrip.next_path)
    )


def colleague(
    uow: UnitOfWork,
    provider: str,
    named: Named,
    *,
    domains: Mapping[str, str],
    language: Language,
) -> StaffView | None:
    """The active colleague whom a provider names; None where it may name nobody here.

    The first time it is known by the mail address that the provider vouches for, and only one
    subject of a provider is one colleague: an address that was given to somebody else opens
    nothing. Who was invited comes in by it instead of by the link in their mail. ``domains`` says
    whom the provider makes a colleague, with which role.
    """
    known = _subject_of(uow.session, SessionKind.STAFF, named)
    if known is not None:
        found = queries.staff_by_id(uow.session, known)
        return found if found.is_active else None
    if named.mail is None:
        return None
    key = mail_key(named.mail)
    locks.a_name(uow.session, f"staff-mail:{key}")
    met = queries.staff_by_mail(uow.session, key) or _newcomer(uow, key, named, domains, language)
    if met is None:
        return None
    staff.hold(uow, met.id)
    if not met.is_active:
        met = invitations.accept_by_provider(uow, met.id)
        if met is None:
            return None
    others = select(OutsideIdentity.id).where(
        OutsideIdentity.kind == SessionKind.STAFF,
        OutsideIdentity.subject_id == met.id,
        OutsideIdentity.issuer == named.issuer,
    )
    if uow.session.scalar(others) is not None:
        same = _subject_of(uow.session, SessionKind.STAFF, named)
        return met if same == met.id else None
    _link(uow, SessionKind.STAFF, met.id, provider, named.issuer, named.subject)
    staff.note(uow, met.id, "provider", was=[], now=[provider])
    return met


def customer(uow: UnitOfWork, named: Named) -> int | None:
    """The customer whom a provider names, once they have proven to be that customer.

    Their record is neither merged nor erased before this transaction ends.
    """
    known = _subject_of(uow.session, SessionKind.CUSTOMER, named)
    return customers.held_in_force(uow, known)


def wait_for_proof(uow: UnitOfWork, token: str, named: Named) -> None:
    """Keep whom the provider named until they have proven by mail which customer they are."""
    uow.session.execute(
        update(OutsideTrip)
        .where(OutsideTrip.digest == ids.digest(token), OutsideTrip.returned_at.is_not(None))
        .values(issuer=named.issuer, subject=named.subject, expires_at=uow.now + LIFETIME)
    )


def waiting(reader: Reader, token: str, now: datetime) -> Waiting | None:
    """What the browser with this token waits for; None where it waits for nothing."""
    row = reader.execute(
        select(OutsideTrip.provider).where(
            OutsideTrip.digest == ids.digest(token),
            OutsideTrip.kind == SessionKind.CUSTOMER,
            OutsideTrip.issuer.is_not(None),
            OutsideTrip.expires_at > now,
        )
    ).one_or_none()
    return Waiting(row.provider) if row else None


def link_waiting(uow: UnitOfWork, token: str, customer_id: int) -> str | None:
    """Know a customer by the provider from now on; the provider's code, None if nothing waited."""
    row = uow.session.scalar(
        select(OutsideTrip)
        .where(
            OutsideTrip.digest == ids.digest(token),
            OutsideTrip.kind == SessionKind.CUSTOMER,
            OutsideTrip.issuer.is_not(None),
            OutsideTrip.expires_at > uow.now,
        )
        .with_for_update()
    )
    if row is None or row.issuer is None or row.subject is None:
        return None
    _link(uow, SessionKind.CUSTOMER, customer_id, row.provider, row.issuer, row.subject)
    row.issuer = row.subject = None
    return row.provider


def links_of(reader: Reader, kind: SessionKind, subject_id: int) -> list[LinkView]:
    """By which providers somebody comes in."""
    rows = reader.execute(
        select(OutsideIdentity.id, OutsideIdentity.provider, OutsideIdentity.linked_at)
        .where(OutsideIdentity.kind == kind, OutsideIdentity.subject_id == subject_id)
        .order_by(OutsideIdentity.id)
    )
    return [LinkView(*row) for row in rows]


def unlink(uow: UnitOfWork, kind: SessionKind, subject_id: int, link_id: int) -> None:
    """Know somebody no more by a provider.

    Raises:
        NotFound: they are not known by that.
    """
    provider = uow.session.scalar(
        delete(OutsideIdentity)
        .where(
            OutsideIdentity.id == link_id,
            OutsideIdentity.kind == kind,
            OutsideIdentity.subject_id == subject_id,
        )
        .returning(OutsideIdentity.provider)
    )
    if provider is None:
        raise NotFound("not known by that provider")
    if kind is SessionKind.STAFF:
        staff.note(uow, subject_id, "provider", was=[provider], now=[])


def _newcomer(
    uow: UnitOfWork, key: str, named: Named, domains: Mapping[str, str], language: Language
) -> StaffView | None:
    local, _, domain = key.rpartition("@")
    role = domains.get(domain)
    if role is None:
        return None
    return staff.add(
        uow,
        mail=key,
        name=named.name or local,
        password=None,
        roles=[Role(role)],
        language=language,
    )


def _subject_of(reader: Reader, kind: SessionKind, named: Named) -> int | None:
    found: int | None = reader.execute(
        select(OutsideIdentity.subject_id).where(
            OutsideIdentity.kind == kind,
            OutsideIdentity.issuer == named.issuer,
            OutsideIdentity.subject == named.subject,
        )
    ).scalar_one_or_none()
    return found


def _link(
    uow: UnitOfWork, kind: SessionKind, subject_id: int, provider: str, issuer: str, subject: str
) -> None:
    """Twice at the same time is once; whom a subject means already stays so."""
    uow.session.execute(
        insert(OutsideIdentity)
        .values(
            kind=kind,
            subject_id=subject_id,
            provider=provider,
            issuer=issuer,
            subject=subject,
            linked_at=uow.now,
        )
        .on_conflict_do_nothing()
    )
