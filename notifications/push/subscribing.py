"""Browsers are switched on and off: by their customer, by signing out, by the push service."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select, update

from notifications.push.keys import SEED
from notifications.push.models import PushBrowser
from notifications.push.policy import MOST_BROWSERS
from notifications.push.states import Ending
from oms_service.access.events import CustomerSignInEnded
from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import ids
from oms_service.kernel.errors import DomainError, Invalid, NotFound
from oms_service.webhooks import policy as addresses


class TooManyBrowsers(DomainError):
    """A customer is rung in as many browsers as may be."""

    code = "too-many-browsers"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a browser says of itself. ``session_id`` is the sign-in under which it says so."""

    endpoint: str
    p256dh: str
    auth: str
    device: str = ""
    session_id: int | None = None


def switch_on(uow: UnitOfWork, customer_id: int, wanted: Wanted, *, private: bool = False) -> int:
    """Ring in this browser from now on; said twice, or in two tabs at once, it is one browser.

    Args:
        uow: the transaction.
        customer_id: who wants it.
        wanted: as the browser has it from its push service.
        private: whether an address of our own network is allowed, for development.

    Returns:
        The browser's id.

    Raises:
        Invalid: no address that we would send to, or keys that nothing can be sealed with.
        TooManyBrowsers: there are ``MOST_BROWSERS`` already.
    """
    _check(wanted, private=private)
    session, mark = uow.session, ids.digest(wanted.endpoint)
    locks.a_name(session, f"push {mark}")
    locks.a_name(session, f"push of {customer_id}")
    ours = select(PushBrowser).where(PushBrowser.mark == mark).with_for_update()
    known = session.scalars(ours).one_or_none()
    if known is not None and known.customer_id != customer_id:
        _end(uow, PushBrowser.id == known.id, why=Ending.REPLACED)
        known = None
    if wanted.session_id is not None:
        same = PushBrowser.session_id == wanted.session_id, PushBrowser.mark != mark
        _end(uow, *same, why=Ending.REPLACED)
    if known is None:
        known = _added(uow, customer_id, mark)
    known.endpoint, known.p256dh, known.auth = wanted.endpoint, wanted.p256dh, wanted.auth
    known.seed, known.session_id, known.failures = SEED, wanted.session_id, 0
    known.device = wanted.device
    session.add(known)
    session.flush()
    return known.id


def recognise(
    uow: UnitOfWork, customer_id: int, endpoint: str, *, session_id: int | None
) -> int | None:
    """Which of a customer's browsers this is, now under this sign-in; None where it rings not."""
    return uow.session.scalar(
        update(PushBrowser)
        .where(PushBrowser.mark == ids.digest(endpoint), PushBrowser.customer_id == customer_id)
        .values(session_id=session_id)
        .returning(PushBrowser.id)
    )


def switch_off(uow: UnitOfWork, customer_id: int, endpoint: str) -> bool:
    """Do not ring in the browser that says so; whether it rang before."""
    mine = PushBrowser.mark == ids.digest(endpoint), PushBrowser.customer_id == customer_id
    return _end(uow, *mine, why=Ending.SWITCHED_OFF) > 0


def remove(uow: UnitOfWork, customer_id: int, browser_id: int) -> None:
    """Do not ring in another browser of a customer any more.

    Raises:
        NotFound: there is none, it has ended, or it is somebody else's.
    """
    mine = PushBrowser.id == browser_id, PushBrowser.customer_id == customer_id
    if not _end(uow, *mine, why=Ending.REMOVED):
        raise NotFound("no such browser")


def gone(uow: UnitOfWork, browser_id: int, *, why: Ending) -> None:
    """Its push service knows it no more, or takes nothing of ours for it."""
    _end(uow, PushBrowser.id == browser_id, why=why)


def follow_sign_in(uow: UnitOfWork, event: CustomerSignInEnded) -> None:
    """Who signs out of a browser is not rung there; who signs in anew there is rung on."""
    theirs = PushBrowser.session_id == event.sign_in_id
    if event.followed_by_id is None:
        _end(uow, theirs, why=Ending.SIGNED_OUT)
        return
    uow.session.execute(
        update(PushBrowser)
        .where(theirs, PushBrowser.ended_at.is_(None))
        .values(session_id=event.followed_by_id)
    )


def _added(uow: UnitOfWork, customer_id: int, mark: str) -> PushBrowser:
    ringing = select(func.count()).where(
        PushBrowser.customer_id == customer_id, PushBrowser.ended_at.is_(None)
    )
    if uow.session.scalars(ringing).one() >= MOST_BROWSERS:
        raise TooManyBrowsers(f"rung in {MOST_BROWSERS} browsers already")
    return PushBrowser(customer_id=customer_id, mark=mark, made_at=uow.now, why="")


def _check(wanted: Wanted, *, private: bool) -> None:
    from notifications.push.sealing import Keys  # noqa: PLC0415 - loaded by who needs it

    problem = addresses.url_problem(wanted.endpoint, private=private)
    if problem:
        raise Invalid("no address of a push service", fields={"endpoint": problem})
    Keys.read(wanted.p256dh, wanted.auth)


def _end(uow: UnitOfWork, *which: ColumnElement[bool], why: Ending) -> int:
    """Forget what leads to some browsers; how many rang until now."""
    ended = uow.session.scalars(
        update(PushBrowser)
        .where(*which, PushBrowser.ended_at.is_(None))
        .values(mark=None, endpoint="", p256dh="", auth="", ended_at=uow.now, why=str(why))
        .execution_options(synchronize_session="fetch")
        .returning(PushBrowser.id)
    )
    return len(ended.all())
