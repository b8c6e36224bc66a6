"""Colleagues: who they are, which roles they have, how they come in."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import delete, select, update

from oms_service.access import passwords, permissions, queries, sessions
from oms_service.access.models import Staff, StaffChange, StaffRole, StaffScope
from oms_service.access.queries import StaffView
from oms_service.access.states import Role, ScopeKind, SessionKind
from oms_service.infra.db import Database
from oms_service.infra.limits import Limits
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid, NotFound, Stale
from oms_service.kernel.languages import Language
from oms_service.kernel.text import mail_key
from oms_service.payments import limits as refund_limits
from oms_service.payments.limits import OwnLimit

#: A few slips are human; more from one address is somebody trying many doors.
PER_MAIL = "5/15 minutes"
PER_ADDRESS = "20/15 minutes"


@dataclass(frozen=True)
class Admitted:
    """A colleague whose password fitted ``known``; ``fresh`` replaces a digest that has aged."""

    staff: StaffView
    known: str
    fresh: str | None


def admit(
    database: Database,
    limits: Limits,
    *,
    mail: str,
    password: str,
    address: str,
    is_right: Callable[[str | None, str], bool] = passwords.is_right,
) -> Admitted | None:
    """Look at a mail and a password; None when they do not belong together.

    Runs before any transaction, since a password takes its time. An unknown mail, a wrong
    password and a deactivated colleague take the same way through this function.

    Raises:
        TooMany: this mail or this address has tried too often.
    """
    key = mail_key(mail)
    limits.take("staff-sign-in-address", address, PER_ADDRESS)
    limits.take("staff-sign-in-mail", key, PER_MAIL)
    with database.reading() as connection:
        found = queries.staff_by_mail(connection, key)
        stored = queries.password_of(connection, found.id if found else 0)
    if not is_right(stored, password) or found is None or stored is None:
        return None
    fresh = passwords.renewed(password) if passwords.is_outdated(stored) else None
    return Admitted(found, stored, fresh)


def is_still_right(uow: UnitOfWork, admitted: Admitted) -> bool:
    """Whether the password that was right a moment ago is still theirs; an aged digest is renewed.

    Their row is held until the transaction ends, so that a new password comes before or after.
    """
    row = uow.session.scalar(select(Staff).where(Staff.id == admitted.staff.id).with_for_update())
    if row is None or not row.is_active or row.password_hash != admitted.known:
        return False
    if admitted.fresh:
        row.password_hash = admitted.fresh
    return True


def add(
    uow: UnitOfWork,
    *,
    mail: str,
    name: str,
    password: str | None,
    roles: Iterable[Role],
    language: Language,
) -> StaffView:
    """Let a new colleague in; one without a password comes in by a provider alone.

    Raises:
        Invalid: the mail is taken or is none, the name is missing, the password is too short,
            or no role of staff is given.
    """
    key, wanted = mail_key(mail), frozenset(roles)
    if "@" not in key:
        raise Invalid("that is no mail address", {"mail": "is no mail address"})
    if not name.strip():
        raise Invalid("a colleague has a name", {"name": "is missing"})
    if not wanted or not wanted.issubset(permissions.STAFF_ROLES):
        raise Invalid("give one role of staff or more", {"role": "is no role of staff"})
    if queries.staff_by_mail(uow.session, key) is not None:
        raise Invalid("that mail address is taken", {"mail": "is taken"})
    row = Staff(
        mail=key,
        name=name.strip(),
        password_hash=None if password is None else passwords.digest(password),
        language=language,
        created_at=uow.now,
    )
    uow.session.add(row)
    uow.session.flush()
    uow.session.add_all(StaffRole(staff_id=row.id, role=role) for role in sorted(wanted))
    uow.session.flush()
    return queries.staff_by_id(uow.session, row.id)


def set_password(uow: UnitOfWork, mail: str, password: str) -> None:
    """Give a new password and end every sign-in made with the old one.

    Raises:
        NotFound: no colleague has that mail.
        Invalid: the password is too short.
    """
    row = _by_mail(uow, mail)
    row.password_hash = passwords.digest(password)
    note(uow, row.id, "password", was=[], now=["changed"])
    sessions.revoke_all(uow, SessionKind.STAFF, row.id)


def set_roles(uow: UnitOfWork, mail: str, roles: Iterable[Role]) -> None:
    """Give exactly these roles; they hold from the next request on.

    Raises:
        NotFound: no colleague has that mail.
        Invalid: no role of staff is given.
    """
    wanted = frozenset(roles)
    if not wanted or not wanted.issubset(permissions.STAFF_ROLES):
        raise Invalid("give one role of staff or more", {"role": "is no role of staff"})
    row = _by_mail(uow, mail)
    was = queries.staff_by_id(uow.session, row.id).roles
    uow.session.execute(delete(StaffRole).where(StaffRole.staff_id == row.id))
    uow.session.add_all(StaffRole(staff_id=row.id, role=role) for role in sorted(wanted))
    uow.session.flush()
    _note(uow, row.id, {"roles": _was_and_is(was, wanted)})


def hold(uow: UnitOfWork, staff_id: int) -> None:
    """Let nobody else change what a colleague may do until this transaction ends.

    Raises:
        NotFound: there never was a colleague of that id.
    """
    if uow.session.scalar(select(Staff.id).where(Staff.id == staff_id).with_for_update()) is None:
        raise NotFound("no such colleague")


def limit(
    uow: UnitOfWork, staff_id: int, *, queues: Iterable[int], locations: Iterable[int]
) -> StaffView:
    """Limit a colleague to exactly these queues and locations; with none of a kind, to none of it.

    It holds from the next request on. The caller has looked that there are such queues and
    locations. Twice the same changes nothing, and notes nothing.

    Raises:
        NotFound: there never was a colleague of that id.
    """
    hold(uow, staff_id)
    was = queries.staff_by_id(uow.session, staff_id)
    wanted = {ScopeKind.QUEUE: frozenset(queues), ScopeKind.LOCATION: frozenset(locations)}
    uow.session.execute(delete(StaffScope).where(StaffScope.staff_id == staff_id))
    uow.session.add_all(
        StaffScope(staff_id=staff_id, kind=kind, target_id=one)
        for kind, ids in wanted.items()
        for one in sorted(ids)
    )
    uow.session.flush()
    _note(
        uow,
        staff_id,
        {str(kind): _was_and_is(was.scope(kind), ids) for kind, ids in wanted.items()},
    )
    return queries.staff_by_id(uow.session, staff_id)


def set_refund_limits(
    uow: UnitOfWork, staff_id: int, wanted: Collection[OwnLimit]
) -> tuple[OwnLimit, ...]:
    """Give a colleague exactly these own limits of refunds; where none is said, their roles' holds.

    It holds for whatever is given back from now on; a refund just being made comes before. Twice
    the same notes nothing.

    Raises:
        NotFound: there never was a colleague of that id.
        Invalid: a currency that is unknown or named twice, or no amount.
    """
    hold(uow, staff_id)
    before = refund_limits.put(uow, staff_id, wanted)
    now = refund_limits.of(uow.session, staff_id)
    _note(
        uow,
        staff_id,
        {
            name: _was_and_is(_amounts(before, name), _amounts(now, name))
            for name in ("refund_up_to_minor", "goodwill_up_to_minor")
        },
    )
    return now


def deactivate(uow: UnitOfWork, mail: str) -> None:
    """Shut a colleague out at once; what they did keeps their name.

    Raises:
        NotFound: no colleague has that mail.
    """
    row = _by_mail(uow, mail)
    row.is_active = False
    sessions.revoke_all(uow, SessionKind.STAFF, row.id)


def activate(uow: UnitOfWork, mail: str) -> None:
    """Let a deactivated colleague in again.

    Raises:
        NotFound: no colleague has that mail.
    """
    _by_mail(uow, mail).is_active = True


def prefer(uow: UnitOfWork, staff_id: int, language: Language) -> None:
    """Keep the language a colleague switched to."""
    uow.session.execute(update(Staff).where(Staff.id == staff_id).values(language=language))


def renew_password(
    uow: UnitOfWork, staff_id: int, *, known: str | None, fresh: str, this: str
) -> None:
    """Give oneself a new password; every other sign-in of theirs ends.

    Args:
        uow: the transaction.
        staff_id: whose.
        known: the digest that the old password fitted, before the transaction.
        fresh: the digest of the new one.
        this: the digest of the sign-in that goes on.

    Raises:
        Stale: somebody has changed it in between.
    """
    changed = uow.session.scalar(
        update(Staff)
        .where(Staff.id == staff_id, Staff.is_active, Staff.password_hash == known)
        .values(password_hash=fresh)
        .returning(Staff.id)
    )
    if changed is None:
        raise Stale("the password was changed in between")
    note(uow, staff_id, "password", was=[], now=["changed"])
    sessions.revoke_all(uow, SessionKind.STAFF, staff_id, but=this)


def note(
    uow: UnitOfWork, staff_id: int, name: str, *, was: Iterable[object], now: Iterable[object]
) -> None:
    """Write down what has changed of how a colleague comes in."""
    _note(uow, staff_id, {name: _was_and_is(was, now)})


def _amounts(of: Iterable[OwnLimit], name: str) -> list[list[object]]:
    """As ``[currency, minor]``, where one is said."""
    return [[one.currency, minor] for one in of if (minor := getattr(one, name)) is not None]


def _was_and_is(was: Iterable[object], now: Iterable[object]) -> dict[str, list[object]]:
    return {"was": sorted(was, key=str), "is": sorted(now, key=str)}


def _note(uow: UnitOfWork, staff_id: int, changes: Mapping[str, Mapping[str, object]]) -> None:
    """Write down what has changed of a colleague's rights, if anything has."""
    data = {name: dict(one) for name, one in changes.items() if one["was"] != one["is"]}
    if data:
        uow.session.add(StaffChange(staff_id=staff_id, by=uow.actor.ref, at=uow.now, data=data))


def _by_mail(uow: UnitOfWork, mail: str) -> Staff:
    row = uow.session.scalar(select(Staff).where(Staff.mail == mail_key(mail)).with_for_update())
    if row is None:
        raise NotFound("no colleague has that mail address")
    return row
