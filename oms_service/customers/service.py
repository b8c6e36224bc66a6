"""What is done with the records of people: known by one more thing, two made one, and two again.

Here only the records themselves change; what belongs to people all over the house moves and goes
by ``operations.people``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final, NamedTuple

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from oms_service.customers import queries
from oms_service.customers.bulk import search_text
from oms_service.customers.events import CustomerIdentityAdded
from oms_service.customers.models import Customer, Identity, Merge
from oms_service.customers.states import IdentityKind
from oms_service.infra import locks
from oms_service.infra.hot import Hot
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError, Invalid, NotFound
from oms_service.kernel.languages import Language
from oms_service.kernel.text import mail_key, phone_key

#: Kinds that several people may share.
_SHARED: Final = frozenset({IdentityKind.PHONE, IdentityKind.GUEST})


class _Kept(NamedTuple):
    merged_into_id: int | None
    erased_at: datetime | None


#: A record, kept from being merged or erased until the transaction ends.
_KEPT: Final = Hot(
    select(Customer.merged_into_id, Customer.erased_at)
    .where(Customer.id == bindparam("customer_id"))
    .with_for_update(read=True, key_share=True),
    _Kept,
)


class IdentityTaken(DomainError):
    """Somebody else is known by that; perhaps the two are one person."""

    code: ClassVar[str] = "identity-taken"


class MergedOnSince(DomainError):
    """The record that was kept has itself been merged since: that comes undone first."""

    code: ClassVar[str] = "merged-on-since"


@dataclass(frozen=True)
class MergeView:
    """Two records found to be one person."""

    id: int
    kept_id: int
    merged_id: int
    moved: Mapping[str, Any]
    merged_at: datetime
    undone_at: datetime | None
    is_new: bool = False


def add_identity(
    uow: UnitOfWork, customer_id: int, kind: IdentityKind, shown: str, *, is_proven: bool = False
) -> bool:
    """One more thing to know somebody by; False when it was known, which proof still adds to.

    Raises:
        IdentityTaken: it is somebody else's.
        Invalid: nothing of that kind can be read from it.
        NotFound: no such customer, or erased.
    """
    customer = held(uow, customer_id)
    key = comparable(kind, shown)
    if not key:
        raise Invalid(f"not a {kind}", {str(kind): "cannot be read"})
    written = uow.session.scalar(
        insert(Identity)
        .values(
            customer_id=customer.id,
            kind=kind,
            key=key,
            shown=shown.strip(),
            verified_at=uow.now if is_proven else None,
        )
        .on_conflict_do_nothing()
        .returning(Identity.id)
    )
    if written is None:
        _prove_known(uow, customer.id, kind, key, is_proven=is_proven)
        return False
    refresh_search(uow, customer)
    uow.emit(CustomerIdentityAdded(customer_id=customer.id))
    return True


def prove_mail(uow: UnitOfWork, mail: str) -> None:
    """Note that whoever a mail address is of has read what was sent there, now."""
    uow.session.execute(
        update(Identity)
        .where(Identity.kind == IdentityKind.MAIL, Identity.key == mail_key(mail))
        .values(verified_at=uow.now)
        .execution_options(synchronize_session=False)
    )


def prefer(uow: UnitOfWork, customer_id: int, language: Language) -> None:
    """Write to a customer in that language from now on.

    Raises:
        NotFound: no such customer, or erased.
    """
    held(uow, customer_id).language = language
    uow.session.flush()


def comparable(kind: IdentityKind, shown: str) -> str:
    """The form in which things of one kind are compared."""
    match kind:
        case IdentityKind.MAIL:
            return mail_key(shown)
        case IdentityKind.PHONE:
            return phone_key(shown)
        case _:
            return shown.strip()


def in_force(uow: UnitOfWork, customer_id: int) -> int:
    """The record that stands for this one now, kept from being merged or erased meanwhile.

    Raises:
        NotFound: no such customer, or erased.
    """
    wanted: int | None = customer_id
    while wanted is not None:
        found = _KEPT.first(uow.session, customer_id=wanted)
        if found is None or found.erased_at is not None:
            break
        if found.merged_into_id is None:
            return wanted
        wanted = found.merged_into_id
    raise NotFound("no such customer")


def held_in_force(uow: UnitOfWork, customer_id: int | None) -> int | None:
    """The same where there may be none: None for nobody, and for who is erased."""
    try:
        return None if customer_id is None else in_force(uow, customer_id)
    except NotFound:
        return None


def held(uow: UnitOfWork, customer_id: int) -> Customer:
    """The record in force, locked.

    Raises:
        NotFound: no such customer, or erased.
    """
    (found,) = _held(uow, customer_id)
    return found


def merge(uow: UnitOfWork, *, kept_id: int, merged_id: int) -> MergeView:
    """Let one record stand for two; what was merged before counts as the record it went into.

    Returns:
        The merge, with ``is_new`` unless the two were one already.

    Raises:
        Invalid: a record cannot be merged with itself.
        NotFound: no such customer, or erased.
    """
    if kept_id == merged_id:
        raise Invalid("a customer cannot be merged with themselves", {"merged": "is the same"})
    found = {row.id: row for row in _held(uow, kept_id, merged_id)}
    if len(found) == 1:
        return _known(uow, kept_id, merged_id)
    kept = found[queries.root(uow.session, kept_id)]
    merged = found[queries.root(uow.session, merged_id)]
    merged.merged_into_id = kept.id
    row = Merge(
        kept_id=kept.id,
        merged_id=merged.id,
        moved={},
        merged_at=uow.now,
        merged_by=uow.actor.ref,
    )
    uow.session.add(row)
    uow.session.flush()
    return _view(row, is_new=True)


def undo(uow: UnitOfWork, merge_id: int) -> MergeView:
    """Make two records of one again; ``is_new`` unless that had been done.

    Raises:
        NotFound: no such merge, or the person has been erased.
        MergedOnSince: the kept record has been merged into another; undo that first.
    """
    known = uow.session.get(Merge, merge_id)
    if known is None:
        raise NotFound("no such merge")
    pair = Customer.id.in_((known.kept_id, known.merged_id))
    rows = {row.id: row for row in locks.those(uow.session, Customer, pair, by=[Customer.id])}
    row = locks.one(uow.session, Merge, merge_id)
    if row.undone_at is not None:
        return _view(row)
    kept, merged = rows[row.kept_id], rows[row.merged_id]
    if kept.erased_at is not None:
        raise NotFound("this person has been erased")
    if kept.merged_into_id is not None:
        raise MergedOnSince("the kept record was merged into another since; undo that first")
    merged.merged_into_id = None
    row.undone_at = uow.now
    uow.session.flush()
    return _view(row, is_new=True)


def note_moved(uow: UnitOfWork, merge_id: int, moved: Mapping[str, Any]) -> None:
    """Keep what changed hands, so that it can go back."""
    locks.one(uow.session, Merge, merge_id).moved = dict(moved)
    uow.session.flush()


def merge_in_force(uow: UnitOfWork, merged_id: int) -> MergeView | None:
    """By which merge this record went into another, with both records locked."""
    row = uow.session.scalars(
        select(Merge).where(Merge.merged_id == merged_id, Merge.undone_at.is_(None))
    ).one_or_none()
    if row is None:
        return None
    pair = Customer.id.in_((row.kept_id, row.merged_id))
    locks.those(uow.session, Customer, pair, by=[Customer.id])
    row = locks.one(uow.session, Merge, row.id)
    return _view(row) if row.undone_at is None else None


def refresh_search(uow: UnitOfWork, customer: Customer) -> None:
    """Bring up what the customer is found by."""
    shown = uow.session.scalars(
        select(Identity.shown)
        .where(
            Identity.customer_id == customer.id,
            Identity.kind.in_((IdentityKind.MAIL, IdentityKind.PHONE)),
        )
        .order_by(Identity.id)
    )
    customer.search = search_text(
        customer.family_name,
        customer.given_name,
        customer.family_name_kana,
        customer.given_name_kana,
        *shown,
    )
    uow.session.flush()


def _prove_known(
    uow: UnitOfWork, customer_id: int, kind: IdentityKind, key: str, *, is_proven: bool
) -> None:
    mine = uow.session.scalars(
        select(Identity).where(
            Identity.customer_id == customer_id, Identity.kind == kind, Identity.key == key
        )
    ).one_or_none()
    if mine is None and kind not in _SHARED:
        raise IdentityTaken(f"another customer has this {kind}")
    if mine is not None and is_proven:
        mine.verified_at = mine.verified_at or uow.now


def _held(uow: UnitOfWork, *customer_ids: int) -> list[Customer]:
    """The records in force for some, locked in the order of their keys.

    Between looking and locking one may be merged away: then look again.
    """
    while True:
        roots = {queries.root(uow.session, one) for one in customer_ids}
        where = Customer.id.in_(roots)
        rows = locks.those(uow.session, Customer, where, by=[Customer.id])
        if len(rows) < len(roots) or any(row.erased_at is not None for row in rows):
            raise NotFound("no such customer")
        if all(row.merged_into_id is None for row in rows):
            return rows


def _known(uow: UnitOfWork, kept_id: int, merged_id: int) -> MergeView:
    """By which merge two records became one; where they met on the way, the newest."""
    family = queries.family(uow.session, queries.root(uow.session, kept_id))
    ways = select(Merge).where(Merge.undone_at.is_(None), Merge.merged_id.in_(family))
    direct = ways.where(
        Merge.kept_id.in_((kept_id, merged_id)), Merge.merged_id.in_((kept_id, merged_id))
    )
    for query in (direct, ways.where(Merge.merged_id.in_((kept_id, merged_id))), ways):
        row = uow.session.scalars(query.order_by(Merge.id.desc()).limit(1)).one_or_none()
        if row is not None:
            return _view(row)
    raise AssertionError("two records in one family without a merge")


def _view(row: Merge, *, is_new: bool = False) -> MergeView:
    return MergeView(
        row.id, row.kept_id, row.merged_id, row.moved, row.merged_at, row.undone_at, is_new
    )
