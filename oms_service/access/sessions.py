"""Sign-ins: an opaque token in a cookie, its digest in a row, an end that can be set."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import Row, update

from oms_service.access.events import CustomerSignInEnded
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
    former = _end(uow, kind, instead_of) if instead_of else ()
    token = ids.token()
    fresh = Session(
        digest=ids.digest(token),
        kind=kind,
        subject_id=subject_id,
        device=device,
        created_at=uow.now,
        expires_at=uow.now + LIFETIME[kind],
    )
    uow.session.add(fresh)
    if former:
        uow.session.flush()
        is_same = former[0].subject_id == subject_id
        _tell(uow, kind, former, followed_by_id=fresh.id if is_same else None)
    return token


def end(uow: UnitOfWork, kind: SessionKind, token: str) -> None:
    """Sign out; a token that is unknown or already ended changes nothing."""
    _tell(uow, kind, _end(uow, kind, token))


def revoke(uow: UnitOfWork, kind: SessionKind, subject_id: int, session_id: int) -> None:
    """End one of somebody's own sign-ins.

    Raises:
        NotFound: no such open sign-in of theirs.
    """
    ended = uow.session.execute(
        update(Session)
        .where(
            Session.id == session_id,
            Session.kind == kind,
            Session.subject_id == subject_id,
            Session.revoked_at.is_(None),
        )
        .values(revoked_at=uow.now)
        .returning(Session.id, Session.subject_id)
    ).all()
    if not ended:
        raise NotFound("no such sign-in")
    _tell(uow, kind, ended)


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
    ended = uow.session.execute(
        update(Session)
        .where(
            Session.kind == kind,
            Session.subject_id == subject_id,
            Session.revoked_at.is_(None),
            Session.expires_at > uow.now,
            Session.digest != (but or ""),
        )
        .values(revoked_at=uow.now)
        .returning(Session.id, Session.subject_id)
    ).all()
    _tell(uow, kind, ended)
    return len(ended)


#: The id of a sign-in that has ended, and whose it was.
_Ended = Sequence[Row[int, int]]


def _end(uow: UnitOfWork, kind: SessionKind, token: str) -> _Ended:
    return uow.session.execute(
        update(Session)
        .where(
            Session.digest == ids.digest(token), Session.kind == kind, Session.revoked_at.is_(None)
        )
        .values(revoked_at=uow.now)
        .returning(Session.id, Session.subject_id)
    ).all()


def _tell(
    uow: UnitOfWork, kind: SessionKind, ended: _Ended, *, followed_by_id: int | None = None
) -> None:
    """Say that customers were signed out; of colleagues, whoever ends their sign-ins says it."""
    if kind is SessionKind.CUSTOMER:
        for row in ended:
            uow.emit(
                CustomerSignInEnded(
                    sign_in_id=row.id, customer_id=row.subject_id, followed_by_id=followed_by_id
                )
            )
