"""Weights of the shop's own as versions: asked for, trained by a worker, used, gone back from.

Nothing changes until a training has come to its end: then its weights are kept and used in one
transaction, if they understand no worse. Whoever dies half-way leaves the row to another.
"""

import hashlib
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from sqlalchemy import Connection, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from bots.learning.models import RecogniserVersion
from bots.learning.states import VersionState
from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError, NotFound, Stale

Reader = Session | Connection

#: The version that comes with the product.
PRODUCT: Final = 0
#: After so long without a word a training is taken for dead, and another worker begins it anew.
LEASE: Final = timedelta(minutes=2)
#: As many of the newest can be gone back to.
KEPT: Final = 5
_SHOWN: Final = 10
#: Of a normal distribution, in deviations: passed by one in twenty.
_BY_CHANCE: Final = 1.645
_GREATEST: Final = 2**63 - 1
_LOCK: Final = "recogniser"


class NotUsable(DomainError):
    """These weights understand worse, or are not kept any more."""

    code: ClassVar[str] = "version-not-usable"
    http_status: ClassVar[int] = 409


@dataclass(frozen=True)
class VersionView:
    """One version, without its weights."""

    id: int
    state: VersionState
    is_active: bool
    done: int
    requested_by: str
    requested_at: datetime
    finished_at: datetime | None
    activated_at: datetime | None
    utterances: int | None
    own: int | None
    measured: int | None
    right: int | None
    right_before: int | None
    product_digest: str | None
    digest: str | None

    @property
    def is_usable(self) -> bool:
        return self.state is VersionState.KEPT and self.digest is not None


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """What a training brings; ``weights`` are bytes that only understanding reads."""

    weights: bytes
    product_digest: str
    utterances: int
    own: int
    measured: int
    right: int
    right_before: int
    differing: int

    @property
    def is_worse(self) -> bool:
        """Whether fewer utterances are understood than without what the shop taught.

        Of two that are equally good, either is right half of the time where they differ; fewer
        by no more than that brings one time in twenty is chance (McNemar's test, one-sided).
        """
        return self.right_before - self.right > _BY_CHANCE * math.sqrt(self.differing)


_COLUMNS: Final = tuple(getattr(RecogniserVersion, name) for name in VersionView.__annotations__)


# Reading


def newest(reader: Reader) -> list[VersionView]:
    """The last versions, the newest first, and the one in use wherever it stands."""
    found = reader.execute(
        select(*_COLUMNS).order_by(RecogniserVersion.id.desc()).limit(_SHOWN)
    ).all()
    rows = [VersionView(*row) for row in found]
    if any(one.is_active for one in rows):
        return rows
    active = reader.execute(select(*_COLUMNS).where(RecogniserVersion.is_active)).all()
    return [*rows, *(VersionView(*row) for row in active)]


def in_use(reader: Reader) -> int:
    """The version that is used now."""
    found = reader.execute(select(RecogniserVersion.id).where(RecogniserVersion.is_active))
    return found.scalar() or PRODUCT


def weights(reader: Reader, digest: str) -> bytes | None:
    """The weights of a digest as they were kept; None where they are gone or damaged."""
    found = select(RecogniserVersion.weights).where(RecogniserVersion.digest == digest).limit(1)
    kept = reader.execute(found).scalar()
    if kept is None or hashlib.sha256(kept).hexdigest() != digest:
        return None
    return bytes(kept)


# Asking, using, going back


def request(uow: UnitOfWork) -> bool:
    """Ask for a training; False when one is under way, which is the one."""
    made = uow.session.execute(
        insert(RecogniserVersion)
        .values(
            state=VersionState.TRAINING,
            is_active=False,
            done=0,
            requested_by=uow.actor.ref,
            requested_at=uow.now,
        )
        .on_conflict_do_nothing(
            index_elements=["state"], index_where=RecogniserVersion.state == VersionState.TRAINING
        )
        .returning(RecogniserVersion.id)
    )
    return made.scalar() is not None


def use(uow: UnitOfWork, version: int, *, seen: int) -> None:
    """Let a version be used from now on, in every process; ``PRODUCT`` goes back to the first.

    Args:
        uow: the transaction.
        version: which one.
        seen: the version that was in use when this was asked for.

    Raises:
        NotFound: there is none.
        NotUsable: it understands worse, or is not kept any more.
        Stale: another one is in use by now.
    """
    locks.a_name(uow.session, _LOCK)
    now = in_use(uow.session)
    if now not in {seen, version}:
        raise Stale("another version is in use by now")
    if version == PRODUCT:
        _rest(uow)
        return
    row = (
        uow.session.get(RecogniserVersion, version, with_for_update=True, populate_existing=True)
        if version <= _GREATEST
        else None
    )
    if row is None:
        raise NotFound("no such version")
    if row.state is not VersionState.KEPT or row.digest is None:
        raise NotUsable("this version cannot be used")
    if not row.is_active:
        _rest(uow)
        _values(uow, version, is_active=True, activated_by=uow.actor.ref, activated_at=uow.now)


# Training, for the worker that holds it


def take(uow: UnitOfWork, runner: str) -> int | None:
    """The training that waits, or whose worker is silent; it is this runner's from now on."""
    row = uow.session.execute(
        select(RecogniserVersion.id)
        .where(
            RecogniserVersion.state == VersionState.TRAINING,
            or_(
                RecogniserVersion.told_at.is_(None),
                RecogniserVersion.told_at < uow.now - LEASE,
            ),
        )
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if row is None:
        return None
    _values(uow, row.id, runner=runner, told_at=uow.now, done=0)
    return int(row.id)


def tell(uow: UnitOfWork, version: int, runner: str, done: int) -> bool:
    """Say that it goes on, and how far it is; False when it is another runner's by now."""
    return _held(uow, version, runner, told_at=uow.now, done=done)


def leave(uow: UnitOfWork, version: int, runner: str) -> None:
    """Leave it to whoever comes next, as this process ends."""
    _held(uow, version, runner, runner=None, told_at=None, done=0)


def fail(uow: UnitOfWork, version: int, runner: str) -> bool:
    """It came to nothing; what is in use stays."""
    return _held(uow, version, runner, state=VersionState.FAILED, finished_at=uow.now)


def finish(uow: UnitOfWork, version: int, runner: str, fitted: Fitted) -> bool:
    """Keep what was trained and use it, unless it is worse; False when it is another's by now."""
    locks.a_name(uow.session, _LOCK)
    told: dict[str, Any] = {
        "state": VersionState.WORSE if fitted.is_worse else VersionState.KEPT,
        "finished_at": uow.now,
        "done": 100,
        "utterances": fitted.utterances,
        "own": fitted.own,
        "measured": fitted.measured,
        "right": fitted.right,
        "right_before": fitted.right_before,
        "product_digest": fitted.product_digest,
    }
    if not fitted.is_worse:
        told["weights"] = fitted.weights
        told["digest"] = hashlib.sha256(fitted.weights).hexdigest()
    if not _held(uow, version, runner, **told):
        return False
    if not fitted.is_worse:
        _rest(uow)
        _values(uow, version, is_active=True, activated_by=uow.actor.ref, activated_at=uow.now)
        _forget_oldest(uow)
    return True


# Inside


def _rest(uow: UnitOfWork) -> None:
    uow.session.execute(
        update(RecogniserVersion)
        .where(RecogniserVersion.is_active)
        .values(is_active=False)
        .execution_options(synchronize_session=False)
    )


def _values(uow: UnitOfWork, version: int, **values: Any) -> None:
    uow.session.execute(
        update(RecogniserVersion)
        .where(RecogniserVersion.id == version)
        .values(values)
        .execution_options(synchronize_session=False)
    )


def _held(uow: UnitOfWork, version: int, holder: str, /, **values: Any) -> bool:
    done = uow.session.execute(
        update(RecogniserVersion)
        .where(
            RecogniserVersion.id == version,
            RecogniserVersion.runner == holder,
            RecogniserVersion.state == VersionState.TRAINING,
        )
        .values(values)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result has it


def _forget_oldest(uow: UnitOfWork) -> None:
    """Weights of versions that nobody goes back to any more are let go."""
    kept = (
        select(RecogniserVersion.id)
        .where(RecogniserVersion.digest.is_not(None))
        .order_by(RecogniserVersion.id.desc())
        .limit(KEPT)
    )
    uow.session.execute(
        update(RecogniserVersion)
        .where(RecogniserVersion.id.not_in(kept), ~RecogniserVersion.is_active)
        .values(weights=None, digest=None)
        .execution_options(synchronize_session=False)
    )
