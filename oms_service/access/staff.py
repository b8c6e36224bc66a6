"""Colleagues: who they are, which roles they have, how they come in."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from oms_service.access import passwords, permissions, queries, refund_ceilings, sessions
from oms_service.access.events import (
    StaffActivated,
    StaffAdded,
    StaffDeactivated,
    StaffRightsChanged,
    StaffSignInsEnded,
)
from oms_service.access.models import Staff, StaffChange, StaffRole, StaffScope
from oms_service.access.queries import StaffView
from oms_service.access.states import Role, ScopeKind, SessionKind, StaffState
from oms_service.infra import locks
from oms_service.infra.db import Database
from oms_service.infra.limits import Limits
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import ActorKind
from oms_service.kernel.errors import DomainError, Forbidden, Invalid, NotFound, Stale
from oms_service.kernel.languages import Language
from oms_service.kernel.text import mail_key
from oms_service.payments import limits as refund_limits
from oms_service.payments.limits import OwnLimit

#: A few slips are human; more from one address is somebody trying many doors.
PER_MAIL = "5/15 minutes"
PER_ADDRESS = "20/15 minutes"
LONGEST_MAIL: Final = 254
LONGEST_NAME: Final = 160
#: Whoever has it looks after colleagues; somebody active always does.
MANAGES: Final = "staff:manage"
#: Held by who takes that from a colleague, so that two never take it from each other.
_MANAGERS: Final = "staff-managers"


class GrantsTooMuch(Invalid):
    """A role, a queue or a location is given by somebody who does not hold as much themselves."""

    code = "grants-too-much"


class LastManager(DomainError):
    """Nobody would be left who looks after colleagues."""

    code = "last-staff-manager"


class NeverCame(DomainError):
    """Who was invited and has not come yet is invited again, not let in again."""

    code = "never-came"


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
    password and a deactivated colleague take the same way through this function. Only tries that
    fail stay counted: a desk whose colleagues all sign in in the morning shares one address.

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
    limits.give_back("staff-sign-in-mail", key, PER_MAIL)
    limits.give_back("staff-sign-in-address", address, PER_ADDRESS)
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
        GrantsTooMuch: the role may do what whoever gives it may not.
    """
    view = put_down(
        uow, mail=mail, name=name, password=password, roles=roles, language=language, is_active=True
    )
    uow.emit(StaffAdded(staff_id=view.id))
    return view


def put_down(
    uow: UnitOfWork,
    *,
    mail: str,
    name: str,
    password: str | None,
    roles: Iterable[Role],
    language: Language,
    is_active: bool,
) -> StaffView:
    """Write a colleague down, who may come in at once or not yet. Two at once: one is taken.

    Raises:
        Invalid, GrantsTooMuch: as for ``add``.
    """
    key, wanted = mail_key(mail), frozenset(roles)
    if "@" not in key or len(key) > LONGEST_MAIL or not key.isprintable():
        raise Invalid("that is no mail address", {"mail": "is no mail address"})
    if not 1 <= len(name.strip()) <= LONGEST_NAME or not name.isprintable():
        raise Invalid("a colleague has a name", {"name": "is missing or too long"})
    _check_roles(uow, wanted)
    staff_id = uow.session.scalar(
        insert(Staff)
        .values(
            mail=key,
            name=name.strip(),
            password_hash=None if password is None else passwords.digest(password),
            language=language,
            is_active=is_active,
            created_at=uow.now,
        )
        .on_conflict_do_nothing(index_elements=["mail"])
        .returning(Staff.id)
    )
    if staff_id is None:
        raise Invalid("that mail address is taken", {"mail": "is taken"})
    uow.session.add_all(StaffRole(staff_id=staff_id, role=role) for role in sorted(wanted))
    uow.session.flush()
    _cap(uow, staff_id)
    return queries.staff_by_id(uow.session, staff_id)


def may_grant(giver: StaffView, role: Role) -> bool:
    """Whether somebody may do all that a role may, and so may give it."""
    return all(giver.may(one.name) for one in permissions.TABLE if role in one.roles)


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
        GrantsTooMuch: a new role may do what whoever gives it may not.
        LastManager: nobody else looks after colleagues.
    """
    wanted = frozenset(roles)
    locks.a_name(uow.session, _MANAGERS)
    row = _by_mail(uow, mail)
    was = queries.staff_by_id(uow.session, row.id).roles
    _check_roles(uow, wanted, had=was)
    if not permissions.may(wanted, MANAGES):
        _check_not_last(uow, row)
    uow.session.execute(delete(StaffRole).where(StaffRole.staff_id == row.id))
    uow.session.add_all(StaffRole(staff_id=row.id, role=role) for role in sorted(wanted))
    uow.session.flush()
    _note(uow, row.id, {"roles": _was_and_is(was, wanted)})
    if wanted - was:
        _cap(uow, row.id)


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
        GrantsTooMuch: whoever limits them is limited more narrowly.
    """
    hold(uow, staff_id)
    was = queries.staff_by_id(uow.session, staff_id)
    now = limit_new(uow, was, queues=queues, locations=locations)
    _note(
        uow,
        staff_id,
        {str(kind): _was_and_is(was.scope(kind), now.scope(kind)) for kind in ScopeKind},
    )
    return now


def limit_new(
    uow: UnitOfWork, who: StaffView, *, queues: Iterable[int], locations: Iterable[int]
) -> StaffView:
    """The same for who is only just written down: nothing is noted as changed.

    Raises:
        GrantsTooMuch: as for ``limit``.
    """
    wanted = {ScopeKind.QUEUE: frozenset(queues), ScopeKind.LOCATION: frozenset(locations)}
    for kind, ids in wanted.items():
        if not (who.is_active and ids == who.scope(kind)):
            _check_reach(uow, kind, ids)
    uow.session.execute(delete(StaffScope).where(StaffScope.staff_id == who.id))
    uow.session.add_all(
        StaffScope(staff_id=who.id, kind=kind, target_id=one)
        for kind, ids in wanted.items()
        for one in sorted(ids)
    )
    uow.session.flush()
    return queries.staff_by_id(uow.session, who.id)


def set_refund_limits(
    uow: UnitOfWork, staff_id: int, wanted: Collection[OwnLimit]
) -> tuple[OwnLimit, ...]:
    """Give a colleague exactly these own limits of refunds; where none is said, their roles' holds.

    It holds for whatever is given back from now on; a refund just being made comes before. Twice
    the same notes nothing.

    Raises:
        NotFound: there never was a colleague of that id.
        Invalid: a currency that is unknown or named twice, or no amount.
        GrantsTooMuch: a limit is raised above what whoever does this may give alone; ``fields``
            name it as ``refund_up_to_minor JPY``.
    """
    giver = _giver_of_limits(uow)
    hold(uow, staff_id)
    before = refund_limits.of(uow.session, staff_id)
    if giver and (above := refund_ceilings.too_much(uow, giver, before, wanted)):
        fields = {f"{name} {currency}": "is too much" for name, currency in sorted(above)}
        raise GrantsTooMuch("that is more than you may give back alone", fields)
    refund_limits.put(uow, staff_id, wanted)
    now = refund_limits.of(uow.session, staff_id)
    _note_limits(uow, staff_id, before, now)
    return now


def deactivate(uow: UnitOfWork, staff_id: int) -> bool:
    """Shut a colleague out at once; what they did keeps their name. Whether they were in.

    Their sign-ins end. Done again it changes nothing, notes nothing and tells nobody.

    Raises:
        NotFound: there never was a colleague of that id.
        Forbidden: it is oneself.
        LastManager: nobody else looks after colleagues.
    """
    locks.a_name(uow.session, _MANAGERS)
    if (uow.actor.kind, uow.actor.id) == (ActorKind.STAFF, str(staff_id)):
        raise Forbidden("nobody shuts themselves out")
    row = _held(uow, staff_id)
    if not row.is_active:
        return False
    _check_not_last(uow, row)
    row.is_active = False
    uow.session.flush()
    ended = sessions.revoke_all(uow, SessionKind.STAFF, staff_id)
    note(uow, staff_id, "state", was=[StaffState.ACTIVE], now=[StaffState.DEACTIVATED])
    uow.emit(StaffDeactivated(staff_id=staff_id, sign_ins=ended))
    return True


def activate(uow: UnitOfWork, staff_id: int) -> bool:
    """Let a deactivated colleague in again, with the rights they had. Whether they were out.

    Raises:
        NotFound: there never was a colleague of that id.
        NeverCame: they were invited and have not come: a new invitation is their way in.
        GrantsTooMuch: they may do what whoever lets them in may not, or reach more.
    """
    row = _held(uow, staff_id)
    if row.is_active:
        return False
    if queries.never_came(uow.session, staff_id):
        raise NeverCame("they have not come yet: invite them again")
    view = queries.staff_by_id(uow.session, staff_id)
    _check_roles(uow, view.roles, had=view.roles)
    check_may_let_in(uow, view)
    row.is_active = True
    uow.session.flush()
    note(uow, staff_id, "state", was=[StaffState.DEACTIVATED], now=[StaffState.ACTIVE])
    uow.emit(StaffActivated(staff_id=staff_id))
    return True


def id_of(uow: UnitOfWork, mail: str) -> int:
    """The colleague who has that mail address.

    Raises:
        NotFound: nobody has.
    """
    return _by_mail(uow, mail).id


def end_sign_ins(uow: UnitOfWork, staff_id: int) -> int:
    """End all sign-ins of a colleague; how many there were.

    Raises:
        NotFound: there never was a colleague of that id.
    """
    hold(uow, staff_id)
    ended = sessions.revoke_all(uow, SessionKind.STAFF, staff_id)
    if ended:
        uow.emit(StaffSignInsEnded(staff_id=staff_id, sign_ins=ended))
    return ended


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


def _giver_of_limits(uow: UnitOfWork) -> StaffView | None:
    """Who lets others give money back, whose own limit stays as it is until this ends.

    Limits are said by one colleague after the other: two who lower each other's never cross.
    """
    giver = _giver(uow)
    if giver is not None:
        locks.a_name(uow.session, _MANAGERS)
    return giver


def _cap(uow: UnitOfWork, staff_id: int) -> None:
    """Who gives a role gives no more money with it than their own limit lets them give."""
    giver = _giver_of_limits(uow)
    own = refund_limits.of(uow.session, giver.id) if giver else ()
    if not own:
        return
    theirs = refund_limits.of(uow.session, staff_id)
    refund_limits.put(uow, staff_id, refund_ceilings.capped(own, theirs))
    _note_limits(uow, staff_id, theirs, refund_limits.of(uow.session, staff_id))


def _note_limits(
    uow: UnitOfWork, staff_id: int, before: Collection[OwnLimit], now: Collection[OwnLimit]
) -> None:
    _note(
        uow,
        staff_id,
        {
            name: _was_and_is(_amounts(before, name), _amounts(now, name))
            for name in refund_ceilings.PARTS
        },
    )


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
    # Coming and going have events of their own.
    if what := sorted(str(one) for one in data if one != "state"):
        uow.emit(StaffRightsChanged(staff_id=staff_id, what=what))


def _giver(uow: UnitOfWork) -> StaffView | None:
    """The colleague in whose name this is done; none for the command line and the house itself."""
    if uow.actor.kind is not ActorKind.STAFF:
        return None
    return queries.staff_by_id(uow.session, int(uow.actor.id))


def check_may_give(uow: UnitOfWork, roles: frozenset[Role]) -> None:
    """That whoever does this holds as much as these roles.

    Raises:
        GrantsTooMuch: they do not.
    """
    giver = _giver(uow) if roles else None
    if giver is not None and not all(may_grant(giver, role) for role in roles):
        raise GrantsTooMuch("a role may do more than you", {"role": "is too much"})


def check_may_let_in(uow: UnitOfWork, who: StaffView) -> None:
    """That whoever lets somebody in holds their roles, and is limited no more narrowly than they.

    Raises:
        GrantsTooMuch: they do not, or are.
    """
    check_may_give(uow, who.roles)
    for kind in ScopeKind:
        _check_reach(uow, kind, who.scope(kind))


def _check_reach(uow: UnitOfWork, kind: ScopeKind, ids: frozenset[int]) -> None:
    """That whoever gives these queues or locations reaches them.

    Raises:
        GrantsTooMuch: they do not.
    """
    giver = _giver(uow)
    own = giver.scope(kind) if giver else frozenset()
    # Without one of a kind they would reach all of it.
    if own and not (ids and ids <= own):
        raise GrantsTooMuch(f"you reach no more of {kind}", {str(kind): "is too much"})


def _check_roles(
    uow: UnitOfWork, wanted: frozenset[Role], *, had: frozenset[Role] = frozenset()
) -> None:
    """That these are roles of staff, and that whoever gives the new ones holds as much.

    Raises:
        Invalid, GrantsTooMuch: they are not.
    """
    if not wanted or not wanted.issubset(permissions.STAFF_ROLES):
        raise Invalid("give one role of staff or more", {"role": "is no role of staff"})
    check_may_give(uow, wanted - had)


def _check_not_last(uow: UnitOfWork, row: Staff) -> None:
    """That somebody else looks after colleagues, if this one does; the name of managers is held.

    Raises:
        LastManager: nobody else does.
    """
    roles = [one for one in permissions.STAFF_ROLES if permissions.may([one], MANAGES)]

    def managers(*where: ColumnElement[bool]) -> int:
        query = (
            select(func.count(Staff.id.distinct()))
            .join(StaffRole, StaffRole.staff_id == Staff.id)
            .where(Staff.is_active, StaffRole.role.in_(roles), *where)
        )
        return uow.session.scalar(query) or 0

    if managers(Staff.id == row.id) and not managers(Staff.id != row.id):
        raise LastManager("nobody else looks after colleagues")


def _held(uow: UnitOfWork, staff_id: int) -> Staff:
    row = uow.session.get(Staff, staff_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("no such colleague")
    return row


def _by_mail(uow: UnitOfWork, mail: str) -> Staff:
    row = uow.session.scalar(select(Staff).where(Staff.mail == mail_key(mail)).with_for_update())
    if row is None:
        raise NotFound("no colleague has that mail address")
    return row
