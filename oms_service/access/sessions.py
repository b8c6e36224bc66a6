"""Sign-ins: an opaque token in a cookie, its digest in a row, an end that can be set."""

from datetime import timedelta
from typing import Final

from sqlalchemy import update

from oms_service.access.models import HalfSignIn, Session
from oms_service.access.states import SessionKind
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import ids
from oms_service.kernel.errors import NotFound

COOKIES: Final = {SessionKind.STAFF: "oms_staff", SessionKind.CUSTOMER: "oms_customer"}
LIFETIME: Final = {SessionKind.STAFF: timedelta(hours=12), SessionKind.CUSTOMER: timedelta(days=14)}


def start(
    uow: UnitOfWork, kind: SessionKind, subject_id: int, *, device: str, instead_of: str | None
) -> str:
    """Sign somebody in; the token for the cookie.

    Args:
        uow: the transaction.
        kind: whose session; staff and customers never share one.
        subject_id: the colleague's or the customer's.
        device: browser and system in words, by which people recognise their own sign-ins.
        instead_of: the token this browser brought; it ends here, so none outlives a sign-in.
    """
    if instead_of:
        end(uow, kind, instead_of)
    token = ids.token()
    uow.session.add(
        Session(
            digest=ids.digest(token),
            kind=kind,
            subject_id=subject_id,
            device=device,
            created_at=uow.now,
            expires_at=uow.now + LIFETIME[kind],
        )
    )
    return token


def end(uow: UnitOfWork, kind: SessionKind, token: str) -> None:
    """Sign out; a token that is unknown or already ended changes nothing."""
    uow.session.execute(
        update(Session)
        .where(
            Session.digest == ids.digest(token), Session.kind == kind, Session.revoked_at.is_(None)
        )
        .values(revoked_at=uow.now)
    )


def revoke(uow: UnitOfWork, kind: SessionKind, subject_id: int, session_id: int) -> None:
    """End one of somebody's own sign-ins.

    Raises:
        NotFound: no such open sign-in of theirs.
    """
    ended = uow.session.scalar(
        update(Session)
        .where(
            Session.id == session_id,
            Session.kind == kind,
            Session.subject_id == subject_id,
            Session.revoked_at.is_(None),
        )
        .values(revoked_at=uow.now)
        .returning(Session.id)
    )
    if ended is None:
        raise NotFound("no such sign-in")


def revoke_all(
    uow: UnitOfWork, kind: SessionKind, subject_id: int, *, but: str | None = None
) -> int:
    """End every sign-in of somebody, as after a new password; how many that were.

    Nothing comes either of what a colleague has begun and not finished.

    Args:
        uow: the transaction.
        kind: whose sessions.
        subject_id: the colleague's or the customer's.
        but: the digest of the one that goes on, where one does.
    """
    if kind is SessionKind.STAFF:
        uow.session.execute(
            update(HalfSignIn)
            .where(HalfSignIn.staff_id == subject_id, HalfSignIn.ended_at.is_(None))
            .values(ended_at=uow.now)
        )
    ended = uow.session.scalars(
        update(Session)
        .where(
            Session.kind == kind,
            Session.subject_id == subject_id,
            Session.revoked_at.is_(None),
            Session.expires_at > uow.now,
            Session.digest != (but or ""),
        )
        .values(revoked_at=uow.now)
        .returning(Session.id)
    )
    return len(ended.all())
