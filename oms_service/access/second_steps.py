"""A colleague's second step: an app's codes, codes on paper, and the half-way state before them.

Whoever calls counts tries first (``may_try``): before the transaction, by person and by address.
"""

import hashlib
import hmac
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from oms_service.access import queries, sessions, staff, totp
from oms_service.access.models import HalfSignIn, RecoveryCode, SecondStep, Staff
from oms_service.access.queries import Reader, StaffView
from oms_service.access.states import SessionKind
from oms_service.conversations import service as conversations
from oms_service.infra.limits import Limits
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import ids
from oms_service.kernel.errors import DomainError, Invalid
from oms_service.kernel.languages import Language

CODES: Final = 10
_CODE_LENGTH: Final = 10
#: How long the second step may take.
HALF_WAY: Final = timedelta(minutes=10)
TRIES: Final = 5
#: Longer text is no code and is not looked at.
_LONGEST: Final = 40
PER_PERSON: Final = "10/15 minutes"
PER_ADDRESS: Final = "30/15 minutes"

_SUBJECT: Final = {
    Language.JAPANESE: "二段階認証がリセットされました",
    Language.ENGLISH: "Your second step was reset",
}
_TEXT: Final = {
    Language.JAPANESE: (
        "{name}さんの二段階認証がリセットされ、すべてのサインインが終了しました。\n\n"
        "次回はパスワードでサインインし、認証アプリを登録し直してください。"
        "お心当たりがない場合は、すぐに運営の担当者に連絡してください。"
    ),
    Language.ENGLISH: (
        "{name}, your second step was reset and all your sign-ins have ended.\n\n"
        "Sign in with your password and set up your app again. "
        "If you did not ask for this, tell your operations team at once."
    ),
}


class AlreadyOn(DomainError):
    """The second step is on: switch it off first to set up another app."""

    code = "second-step-on"


class WrongCode(Invalid):
    """A code that is wrong, old or used; or a password that is not theirs."""

    code = "wrong-code"


@dataclass(frozen=True)
class State:
    """How a colleague's second step stands: since when, and how many codes on paper are left."""

    since: datetime | None
    codes_left: int

    @property
    def is_on(self) -> bool:
        return self.since is not None


@dataclass(frozen=True)
class HalfWay:
    """Who waits for the second step, and whether they have one or must set it up first."""

    staff: StaffView
    is_on: bool


def may_try(limits: Limits, *, staff_id: int, address: str) -> None:
    """Count a try at a code or at one's own password.

    Raises:
        TooMany: this person or this address has tried too often.
    """
    limits.take("second-step-address", address, PER_ADDRESS)
    limits.take("second-step-person", str(staff_id), PER_PERSON)


def came_in(limits: Limits, *, staff_id: int, address: str) -> None:
    """Uncount the try that was right."""
    limits.give_back("second-step-person", str(staff_id), PER_PERSON)
    limits.give_back("second-step-address", address, PER_ADDRESS)


def state_of(reader: Reader, staff_id: int) -> State:
    """How somebody's second step stands."""
    left = (
        select(func.count())
        .select_from(RecoveryCode)
        .where(RecoveryCode.staff_id == staff_id, RecoveryCode.used_at.is_(None))
        .scalar_subquery()
    )
    since = select(SecondStep.confirmed_at).where(SecondStep.staff_id == staff_id).scalar_subquery()
    row = reader.execute(select(since.label("since"), left.label("left"))).one()
    return State(row.since, row.left)


def all_on(reader: Reader) -> frozenset[int]:
    """Every colleague whose second step is on."""
    query = select(SecondStep.staff_id).where(SecondStep.confirmed_at.is_not(None))
    return frozenset(reader.execute(query).scalars())


def begin(uow: UnitOfWork, staff_id: int) -> None:
    """Make a new secret for an app; it counts once ``confirm`` has seen a code of it.

    Raises:
        AlreadyOn: an app counts already.
    """
    fresh = insert(SecondStep).values(
        staff_id=staff_id, seed=ids.token(), last_step=0, created_at=uow.now
    )
    made = uow.session.scalar(
        fresh.on_conflict_do_update(
            index_elements=["staff_id"],
            set_={"seed": fresh.excluded.seed, "created_at": uow.now, "last_step": 0},
            where=SecondStep.confirmed_at.is_(None),
        ).returning(SecondStep.staff_id)
    )
    if made is None:
        raise AlreadyOn("the second step is on")


def secret_begun(reader: Reader, master: str, staff_id: int) -> bytes | None:
    """The secret that waits for its first code; None where none does."""
    seed = reader.execute(
        select(SecondStep.seed).where(
            SecondStep.staff_id == staff_id, SecondStep.confirmed_at.is_(None)
        )
    ).scalar_one_or_none()
    return totp.secret(master, seed) if seed else None


def confirm(uow: UnitOfWork, master: str, staff_id: int, typed: str) -> tuple[str, ...]:
    """Switch the second step on; the codes for paper, which cannot be read again.

    Raises:
        AlreadyOn: it is on, or nothing was begun.
        WrongCode: that is no code of the new app.
    """
    row = uow.session.scalar(
        select(SecondStep).where(SecondStep.staff_id == staff_id).with_for_update()
    )
    if row is None or row.confirmed_at is not None:
        raise AlreadyOn("nothing waits to be confirmed")
    step = totp.step_of(totp.secret(master, row.seed), _plain(typed), uow.now)
    if step is None:
        raise WrongCode("no code of this app", {"code": "does not match"})
    row.confirmed_at, row.last_step = uow.now, step
    staff.note(uow, staff_id, "second_step", was=[], now=["on"])
    return _fresh_codes(uow, master, staff_id)


def check(uow: UnitOfWork, master: str, staff_id: int, typed: str) -> bool:
    """Whether this is the colleague's code, of the app or from paper; it counts only once.

    Two at the same time with one code: one of them is right.
    """
    plain = _plain(typed)
    if len(plain) == totp.DIGITS:
        return _check_app(uow, master, staff_id, plain)
    used = uow.session.scalar(
        update(RecoveryCode)
        .where(
            RecoveryCode.staff_id == staff_id,
            RecoveryCode.digest == _digest(master, staff_id, plain),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=uow.now)
        .returning(RecoveryCode.id)
    )
    return used is not None


def renew_codes(uow: UnitOfWork, master: str, staff_id: int, typed: str) -> tuple[str, ...]:
    """New codes for paper; the old ones are void.

    Raises:
        WrongCode: the code is not theirs.
    """
    staff.hold(uow, staff_id)
    if not check(uow, master, staff_id, typed):
        raise WrongCode("not their code", {"code": "does not match"})
    return _fresh_codes(uow, master, staff_id)


def switch_off(uow: UnitOfWork, master: str, staff_id: int, typed: str) -> None:
    """Ask for no second step any more.

    Raises:
        WrongCode: the code is not theirs.
    """
    staff.hold(uow, staff_id)
    if not check(uow, master, staff_id, typed):
        raise WrongCode("not their code", {"code": "does not match"})
    _forget(uow, staff_id)


def change_password(
    uow: UnitOfWork,
    master: str,
    staff_id: int,
    typed: str,
    *,
    known: str | None,
    fresh: str,
    this: str,
) -> None:
    """Give oneself a new password, with a code where the second step is on.

    Args:
        uow: the transaction.
        master: the shop's key.
        staff_id: whose.
        typed: the code; not looked at where there is no second step.
        known: the digest that the old password fitted, before the transaction.
        fresh: the digest of the new one.
        this: the digest of the sign-in that goes on; every other one ends.

    Raises:
        WrongCode: the code is not theirs.
        Stale: somebody has changed the password in between.
    """
    staff.hold(uow, staff_id)
    is_on = state_of(uow.session, staff_id).is_on
    if is_on and not check(uow, master, staff_id, typed):
        raise WrongCode("not their code", {"code": "does not match"})
    staff.renew_password(uow, staff_id, known=known, fresh=fresh, this=this)


def reset(uow: UnitOfWork, staff_id: int) -> bool:
    """Take the second step from somebody who has lost their app, and tell them by mail.

    All their sign-ins end. Whether there was one: a second time changes nothing, and tells nobody.

    Raises:
        NotFound: there never was a colleague of that id.
    """
    staff.hold(uow, staff_id)
    if not _forget(uow, staff_id):
        return False
    sessions.revoke_all(uow, SessionKind.STAFF, staff_id)
    found = queries.staff_by_id(uow.session, staff_id)
    conversations.say_by_mail(
        uow,
        to=found.mail,
        customer_id=None,
        language=found.language,
        subject=_SUBJECT[found.language],
        text=_TEXT[found.language].format(name=found.name),
    )
    return True


def stand_half_way(uow: UnitOfWork, staff_id: int) -> str:
    """Somebody's first step was right; the token for the cookie of the half-way state."""
    token = ids.token()
    uow.session.add(
        HalfSignIn(
            digest=ids.digest(token),
            staff_id=staff_id,
            created_at=uow.now,
            expires_at=uow.now + HALF_WAY,
        )
    )
    return token


def half_way(reader: Reader, token: str, now: datetime) -> HalfWay | None:
    """Who stands half-way with this token; None where nobody does any more."""
    row = reader.execute(
        select(HalfSignIn.staff_id, SecondStep.confirmed_at)
        .join(Staff, Staff.id == HalfSignIn.staff_id)
        .outerjoin(SecondStep, SecondStep.staff_id == HalfSignIn.staff_id)
        .where(
            HalfSignIn.digest == ids.digest(token),
            HalfSignIn.ended_at.is_(None),
            HalfSignIn.expires_at > now,
            HalfSignIn.tries < TRIES,
            Staff.is_active,
        )
    ).one_or_none()
    if row is None:
        return None
    return HalfWay(queries.staff_by_id(reader, row.staff_id), row.confirmed_at is not None)


def come_through(uow: UnitOfWork, master: str, token: str, typed: str) -> int | None:
    """The colleague who stood half-way and whose code this is; None costs one of five tries.

    A wrong try counts only if the transaction commits: never raise because of a None.
    """
    staff_id = _take_try(uow, token)
    if staff_id is None or not check(uow, master, staff_id, typed):
        return None
    end_half_way(uow, token)
    return staff_id


def come_through_new(
    uow: UnitOfWork, master: str, token: str, typed: str
) -> tuple[int, tuple[str, ...]] | None:
    """The same for who has just set up their app, with their codes for paper.

    Raises:
        AlreadyOn: their app counts already, so a code of it is asked for and nothing is set up.
    """
    staff_id = _take_try(uow, token)
    if staff_id is None:
        return None
    try:
        codes = confirm(uow, master, staff_id, typed)
    except WrongCode:
        return None
    end_half_way(uow, token)
    return staff_id, codes


def end_half_way(uow: UnitOfWork, token: str) -> None:
    """Nothing comes of it any more."""
    uow.session.execute(
        update(HalfSignIn)
        .where(HalfSignIn.digest == ids.digest(token), HalfSignIn.ended_at.is_(None))
        .values(ended_at=uow.now)
    )


def _take_try(uow: UnitOfWork, token: str) -> int | None:
    """Take one of the few tries of a half-way state; whose it is, while it counts."""
    return uow.session.scalar(
        update(HalfSignIn)
        .where(
            HalfSignIn.digest == ids.digest(token),
            HalfSignIn.ended_at.is_(None),
            HalfSignIn.expires_at > uow.now,
            HalfSignIn.tries < TRIES,
            HalfSignIn.staff_id.in_(select(Staff.id).where(Staff.is_active)),
        )
        .values(tries=HalfSignIn.tries + 1)
        .returning(HalfSignIn.staff_id)
        .execution_options(synchronize_session=False)
    )


def _check_app(uow: UnitOfWork, master: str, staff_id: int, digits: str) -> bool:
    seed = uow.session.scalar(
        select(SecondStep.seed).where(
            SecondStep.staff_id == staff_id, SecondStep.confirmed_at.is_not(None)
        )
    )
    step = totp.step_of(totp.secret(master, seed), digits, uow.now) if seed else None
    if step is None:
        return False
    used = uow.session.scalar(
        update(SecondStep)
        .where(
            SecondStep.staff_id == staff_id, SecondStep.seed == seed, SecondStep.last_step < step
        )
        .values(last_step=step)
        .returning(SecondStep.staff_id)
        .execution_options(synchronize_session=False)
    )
    return used is not None


def _fresh_codes(uow: UnitOfWork, master: str, staff_id: int) -> tuple[str, ...]:
    uow.session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))
    made = tuple(ids.readable_code(_CODE_LENGTH) for _ in range(CODES))
    uow.session.add_all(
        RecoveryCode(staff_id=staff_id, digest=_digest(master, staff_id, one), created_at=uow.now)
        for one in made
    )
    uow.session.flush()
    half = _CODE_LENGTH // 2
    return tuple(f"{one[:half]}-{one[half:]}" for one in made)


def _forget(uow: UnitOfWork, staff_id: int) -> bool:
    """Whether there was a second step that counted."""
    uow.session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))
    was_on = uow.session.scalar(
        delete(SecondStep).where(SecondStep.staff_id == staff_id).returning(SecondStep.confirmed_at)
    )
    if was_on is None:
        return False
    staff.note(uow, staff_id, "second_step", was=["on"], now=[])
    return True


def _digest(master: str, staff_id: int, code: str) -> str:
    """Keyed: ten letters are soon tried by whoever holds a copy of the table alone."""
    said = f"recovery-code:{staff_id}:{code}".encode()
    return hmac.digest(master.encode(), said, hashlib.sha256).hex()


def _plain(typed: str) -> str:
    """As typed, without spaces and hyphens, full-width signs made narrow."""
    return "".join(
        one for one in unicodedata.normalize("NFKC", typed[:_LONGEST]) if one.isalnum()
    ).upper()
