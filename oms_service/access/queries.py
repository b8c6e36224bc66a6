"""Who somebody is: colleagues, sign-ins and keys as others may see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Label,
    Row,
    Select,
    String,
    bindparam,
    func,
    literal,
    select,
)
from sqlalchemy.orm import Session as OrmSession
from sqlalchemy.orm import aliased

from oms_service.access import permissions
from oms_service.access.models import (
    ApiKey,
    Invitation,
    SecondStep,
    Session,
    Staff,
    StaffChange,
    StaffRole,
    StaffScope,
)
from oms_service.access.states import InvitationEnd, Role, ScopeKind, SessionKind, StaffState
from oms_service.infra.hot import Hot, named
from oms_service.infra.once import learn, once
from oms_service.kernel import ids, pages
from oms_service.kernel.errors import NotFound
from oms_service.kernel.languages import Language
from oms_service.kernel.pages import Page
from oms_service.kernel.text import mail_key

Reader = Connection | OrmSession
AnyRow = Row[*tuple[Any, ...]]

#: Whoever looks after keys is told so long before one ends.
KEY_ENDS_SOON: Final = timedelta(days=14)


@dataclass(frozen=True)
class StaffView:
    """A colleague, their roles, and the queues and locations they are limited to: none for all."""

    id: int
    mail: str
    name: str
    language: Language
    is_active: bool
    roles: frozenset[Role]
    queues: frozenset[int] = frozenset()
    locations: frozenset[int] = frozenset()

    def may(self, permission: str) -> bool:
        return permissions.may(self.roles, permission)

    def scope(self, kind: ScopeKind) -> frozenset[int]:
        """Ids of the queues or locations they are limited to; empty where they are not."""
        return self.queues if kind is ScopeKind.QUEUE else self.locations

    def reaches(self, kind: ScopeKind, *target_ids: int) -> bool:
        """Whether one of these queues or locations is theirs."""
        own = self.scope(kind)
        return not own or not own.isdisjoint(target_ids)


@dataclass(frozen=True)
class Listed:
    """A colleague in the list of all: whether and how they come in."""

    staff: StaffView
    state: StaffState
    #: Until when the newest link counts, of who is invited.
    invited_until: datetime | None
    #: The latest sign-in that is still kept.
    last_sign_in: datetime | None
    has_second_step: bool
    open_sign_ins: int


@dataclass(frozen=True)
class ChangeView:
    """What was changed about a colleague's rights; ``data`` by what it is, each was and is."""

    by: str
    at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True)
class SessionView:
    """One open sign-in; ``digest`` tells it apart without giving the token away."""

    id: int
    digest: str
    device: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class KeyView:
    """A machine's key without its secret."""

    id: int
    label: str
    prefix: str
    scopes: frozenset[str]
    created_by: str
    created_at: datetime
    revoked_at: datetime | None
    #: The one sales channel it reaches; all where there is none.
    channel_id: int | None = None
    #: When it ends by itself.
    expires_at: datetime | None = None
    last_used_at: datetime | None = None

    def is_over(self, now: datetime) -> bool:
        """Whether it has ended by itself."""
        return self.expires_at is not None and self.expires_at <= now

    def ends_soon(self, now: datetime) -> bool:
        """Whether whoever uses it should have another before long."""
        return self.expires_at is not None and now < self.expires_at <= now + KEY_ENDS_SOON


@dataclass(frozen=True)
class SignedIn:
    """Who a session belongs to."""

    subject_id: int
    digest: str


_ROLES = (
    select(func.coalesce(func.array_agg(StaffRole.role.cast(String)), literal([], ARRAY(String))))
    .where(StaffRole.staff_id == Staff.id)
    .correlate(Staff)
    .scalar_subquery()
    .label("roles")
)


def _scoped(kind: ScopeKind) -> Label[list[int]]:
    return (
        select(func.coalesce(func.array_agg(StaffScope.target_id), literal([], ARRAY(BigInteger))))
        .where(StaffScope.staff_id == Staff.id, StaffScope.kind == kind)
        .correlate(Staff)
        .scalar_subquery()
        .label(f"{kind}_ids")
    )


#: Until when a link counts that was neither used nor taken back; past it, it has run out.
_INVITED_UNTIL = (
    select(Invitation.expires_at)
    .where(Invitation.staff_id == Staff.id, Invitation.ended_at.is_(None))
    .correlate(Staff)
    .scalar_subquery()
)
_QUEUES, _LOCATIONS = _scoped(ScopeKind.QUEUE), _scoped(ScopeKind.LOCATION)


def _staff() -> Select[int, str, str, Language, bool, list[str], list[int], list[int]]:
    return select(
        Staff.id,
        Staff.mail,
        Staff.name,
        Staff.language,
        Staff.is_active,
        _ROLES,
        _QUEUES,
        _LOCATIONS,
    )


def staff_by_token(reader: Reader, token: str, now: datetime) -> StaffView | None:
    """The active colleague who holds ``token``; one statement, as every staff page asks it."""
    return _STAFF_SIGNED_IN.first(reader, digest=ids.digest(token), now=now)


def staff_by_mail(reader: Reader, mail: str) -> StaffView | None:
    row = reader.execute(_staff().where(Staff.mail == mail_key(mail))).one_or_none()
    return _staff_view(row) if row else None


def staff_by_id(reader: Reader, staff_id: int) -> StaffView:
    """A colleague, active or not: what they did keeps their name.

    Raises:
        NotFound: there never was one of that id.
    """
    found = _STAFF_BY_ID.first(reader, staff_id=staff_id)
    if found is None:
        raise NotFound("no such colleague")
    return found


@once
def all_staff(reader: Reader) -> list[StaffView]:
    found = _ALL_STAFF.all(reader)
    learn(reader, staff_names, {one.id: one.name for one in found})
    return found


def never_came(reader: Reader, staff_id: int) -> bool:
    """Whether a colleague was invited and has not accepted any invitation."""
    theirs = select(Invitation.id).where(Invitation.staff_id == staff_id)
    came = theirs.where(Invitation.ended_by == InvitationEnd.ACCEPTED)
    return bool(reader.execute(select(theirs.exists() & ~came.exists())).scalar_one())


def listed(  # noqa: PLR0913 - each narrows the list by itself
    reader: Reader,
    now: datetime,
    *,
    words: str = "",
    role: Role | None = None,
    state: StaffState | None = None,
    second_step: bool | None = None,
    cursor: str = "",
    limit: int = 50,
) -> Page[Listed]:
    """One page of colleagues by mail address; one statement.

    Args:
        reader: where to look.
        now: which sign-ins are open by now.
        words: a part of a name or a mail address.
        role: only who has it.
        state: only who is in it.
        second_step: only who has one switched on, or has none.
        cursor: where the page before ended.
        limit: as many at most.

    Raises:
        Invalid: a cursor of another list.
    """
    query = _listed(now).order_by(Staff.mail).limit(limit + 1)
    if cursor:
        # The cursor stands in addresses, where no mail address belongs.
        (last,) = pages.read(cursor, int)
        before = aliased(Staff)
        query = query.where(
            Staff.mail > select(before.mail).where(before.id == last).scalar_subquery()
        )
    query = query.where(*_narrowed(words, role, state))
    if second_step is not None:
        on = select(SecondStep.staff_id).where(SecondStep.confirmed_at.is_not(None))
        query = query.where(Staff.id.in_(on) if second_step else Staff.id.not_in(on))
    rows = [_listed_view(row) for row in reader.execute(query)]
    return pages.cut(rows, limit, shown=lambda one: one, key=lambda one: [one.staff.id])


def listed_one(reader: Reader, staff_id: int, now: datetime) -> Listed:
    """The same of one colleague.

    Raises:
        NotFound: there never was one of that id.
    """
    row = reader.execute(_listed(now).where(Staff.id == staff_id)).one_or_none()
    if row is None:
        raise NotFound("no such colleague")
    return _listed_view(row)


def holders(reader: Reader) -> dict[Role, int]:
    """How many active colleagues hold each role."""
    rows = reader.execute(
        select(StaffRole.role, func.count())
        .join(Staff, Staff.id == StaffRole.staff_id)
        .where(Staff.is_active)
        .group_by(StaffRole.role)
    )
    return {row[0]: row[1] for row in rows}


def _listed(now: datetime) -> Select[Any]:
    mine = (Session.kind == SessionKind.STAFF, Session.subject_id == Staff.id)
    last = select(func.max(Session.created_at)).where(*mine).correlate(Staff).scalar_subquery()
    open_ones = (
        select(func.count())
        .select_from(Session)
        .where(*_open(SessionKind.STAFF, now), Session.subject_id == Staff.id)
        .correlate(Staff)
        .scalar_subquery()
    )
    second = (
        select(SecondStep.staff_id)
        .where(SecondStep.staff_id == Staff.id, SecondStep.confirmed_at.is_not(None))
        .correlate(Staff)
        .exists()
    )
    return _staff().add_columns(
        _INVITED_UNTIL.label("invited_until"),
        last.label("last_sign_in"),
        second.label("has_second_step"),
        open_ones.label("open_sign_ins"),
    )


def _narrowed(words: str, role: Role | None, state: StaffState | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if words:
        found.append(
            Staff.name.icontains(words, autoescape=True)
            | Staff.mail.icontains(mail_key(words), autoescape=True)
        )
    if role is not None:
        held = select(StaffRole.staff_id).where(StaffRole.role == role)
        found.append(Staff.id.in_(held))
    if state is StaffState.ACTIVE:
        found.append(Staff.is_active.is_(True))
    elif state is not None:
        is_invited = _INVITED_UNTIL.is_not(None)
        found += [
            Staff.is_active.is_(False),
            is_invited if state is StaffState.INVITED else ~is_invited,
        ]
    return found


def _listed_view(row: Any) -> Listed:
    found = _staff_view(row)
    if found.is_active:
        state = StaffState.ACTIVE
    else:
        state = StaffState.INVITED if row.invited_until else StaffState.DEACTIVATED
    return Listed(
        found,
        state,
        None if found.is_active else row.invited_until,
        row.last_sign_in,
        row.has_second_step,
        row.open_sign_ins,
    )


def changes_of(reader: Reader, staff_id: int, *, limit: int = 50) -> list[ChangeView]:
    """What was changed about a colleague's rights, the latest first."""
    rows = reader.execute(
        select(StaffChange.by, StaffChange.at, StaffChange.data)
        .where(StaffChange.staff_id == staff_id)
        .order_by(StaffChange.id.desc())
        .limit(limit)
    )
    return [ChangeView(*row) for row in rows]


@once
def staff_names(reader: Reader) -> dict[int, str]:
    """Every colleague's name by id, for lists that say who did what."""
    return {row.id: row.name for row in _NAMES.all(reader)}


def password_of(reader: Reader, staff_id: int) -> str | None:
    """The stored digest of an active colleague's password."""
    return reader.execute(
        select(Staff.password_hash).where(Staff.id == staff_id, Staff.is_active)
    ).scalar_one_or_none()


def customer_by_token(reader: Reader, token: str, now: datetime) -> SignedIn | None:
    return _CUSTOMER_SIGNED_IN.first(reader, digest=ids.digest(token), now=now)


def open_sessions(
    reader: Reader, kind: SessionKind, subject_id: int, now: datetime
) -> list[SessionView]:
    """Somebody's sign-ins that still count, the newest first."""
    rows = reader.execute(
        select(Session.id, Session.digest, Session.device, Session.created_at, Session.expires_at)
        .where(*_open(kind, now), Session.subject_id == subject_id)
        .order_by(Session.id.desc())
    )
    return [SessionView(*row) for row in rows]


def signed_in(reader: Reader, now: datetime) -> frozenset[int]:
    """Every colleague with a sign-in that still counts; one query."""
    query = select(Session.subject_id).where(*_open(SessionKind.STAFF, now)).distinct()
    return frozenset(row.subject_id for row in reader.execute(query))


def key_by_secret(reader: Reader, secret: str, *, now: datetime) -> KeyView | None:
    """The key that is this secret, unless it was revoked or is over; one statement."""
    row = _KEY_IN_USE.first(reader, wanted=ids.digest(secret))
    view = _key_view(row) if row else None
    return None if view is None or view.is_over(now) else view


def key_in_use(reader: Reader, key_id: int, *, now: datetime) -> KeyView | None:
    """The key of this id, unless it was revoked or is over."""
    row = reader.execute(
        _keys().where(ApiKey.id == key_id, ApiKey.revoked_at.is_(None))
    ).one_or_none()
    view = _key_view(row) if row else None
    return None if view is None or view.is_over(now) else view


def keys_ending(reader: Reader, *, now: datetime) -> int:
    """How many keys in use end by themselves before long."""
    query = select(func.count()).select_from(ApiKey)
    return reader.execute(
        query.where(
            ApiKey.revoked_at.is_(None),
            ApiKey.expires_at > now,
            ApiKey.expires_at <= now + KEY_ENDS_SOON,
        )
    ).scalar_one()


def all_keys(reader: Reader) -> list[KeyView]:
    """Every key there ever was: those in use first, then the revoked."""
    rows = reader.execute(
        _keys().order_by(ApiKey.revoked_at.desc().nulls_first(), ApiKey.id.desc())
    )
    return [_key_view(row) for row in rows]


def keys_made_by(reader: Reader, ref: str) -> int:
    """How many keys in use one party has made."""
    query = select(func.count()).select_from(ApiKey)
    return reader.execute(
        query.where(ApiKey.created_by == ref, ApiKey.revoked_at.is_(None))
    ).scalar_one()


def _keys() -> Select[
    int,
    str,
    str,
    list[str],
    str,
    datetime,
    datetime | None,
    int | None,
    datetime | None,
    datetime | None,
]:
    return select(
        ApiKey.id,
        ApiKey.label,
        ApiKey.prefix,
        ApiKey.scopes,
        ApiKey.created_by,
        ApiKey.created_at,
        ApiKey.revoked_at,
        ApiKey.channel_id,
        ApiKey.expires_at,
        ApiKey.last_used_at,
    )


class _KeyRow(NamedTuple):
    id: int
    label: str
    prefix: str
    scopes: list[str]
    created_by: str
    created_at: datetime
    revoked_at: datetime | None
    channel_id: int | None
    expires_at: datetime | None
    last_used_at: datetime | None


#: Asked for at every request of a machine.
_KEY_IN_USE: Final = Hot(
    _keys().where(ApiKey.digest == bindparam("wanted", type_=String), ApiKey.revoked_at.is_(None)),
    _KeyRow,
)


def _key_view(row: AnyRow | _KeyRow) -> KeyView:
    return KeyView(
        row.id,
        row.label,
        row.prefix,
        frozenset(row.scopes),
        row.created_by,
        row.created_at,
        row.revoked_at,
        row.channel_id,
        row.expires_at,
        row.last_used_at,
    )


def _staff_view(row: Any) -> StaffView:
    roles = frozenset(Role(one) for one in row.roles)
    return StaffView(
        row.id,
        row.mail,
        row.name,
        row.language,
        row.is_active,
        roles,
        frozenset(row.queue_ids),
        frozenset(row.location_ids),
    )


def _open(
    kind: SessionKind, now: datetime | ColumnElement[datetime]
) -> tuple[ColumnElement[bool], ...]:
    return (Session.kind == kind, Session.revoked_at.is_(None), Session.expires_at > now)


def _colleague(*columns: Any) -> StaffView:
    return _staff_view(_StaffRow(*columns))


class _StaffRow(NamedTuple):
    id: int
    mail: str
    name: str
    language: Language
    is_active: bool
    roles: list[str]
    queue_ids: list[int]
    location_ids: list[int]


_STAFF_BY_ID: Final = Hot(_staff().where(Staff.id == bindparam("staff_id")), _colleague)
_ALL_STAFF: Final = Hot(_staff().order_by(Staff.mail), _colleague)
#: Asked for at every request of a person.
_STAFF_SIGNED_IN: Final = Hot(
    _staff()
    .join(Session, Session.subject_id == Staff.id)
    .where(
        *_open(SessionKind.STAFF, bindparam("now")),
        Session.digest == bindparam("digest"),
        Staff.is_active,
    ),
    _colleague,
)
_CUSTOMER_SIGNED_IN: Final = Hot(
    select(Session.subject_id, Session.digest).where(
        *_open(SessionKind.CUSTOMER, bindparam("now")), Session.digest == bindparam("digest")
    ),
    SignedIn,
)
_NAMES: Final = named(select(Staff.id, Staff.name))
