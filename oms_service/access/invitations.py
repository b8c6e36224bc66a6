"""Invitations: a new colleague's first way in, by a link in their mail that opens once.

Whoever is invited is written down at once, with roles and limits, and cannot come in: no page is
theirs and no case is given to them before they have accepted.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import ColumnElement, select, update

from oms_service.access import queries, staff
from oms_service.access.events import StaffInvitationWithdrawn, StaffInvited, StaffJoined
from oms_service.access.models import Invitation, Staff
from oms_service.access.queries import Reader, StaffView
from oms_service.access.states import InvitationEnd, Role, StaffState
from oms_service.conversations import service as conversations
from oms_service.infra.limits import Limits
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import ids
from oms_service.kernel.errors import DomainError, NotFound
from oms_service.kernel.languages import Language

LIFETIME: Final = timedelta(days=7)
#: How often one address may look at links, and try them.
PER_ADDRESS: Final = "20/15 minutes"
#: How often a link may go to one colleague.
_PER_COLLEAGUE: Final = "5/hour"
#: Longer text is no link of ours and is not looked at.
_LONGEST: Final = 200

_SUBJECT: Final = {
    Language.JAPANESE: "{shop}の業務システムへの招待",
    Language.ENGLISH: "You are invited to work at {shop}",
}
_TEXT: Final = {
    Language.JAPANESE: (
        "{name}さん\n\n"
        "{shop}の業務システムに招待されました。"
        "次のリンクを開き、サインインの方法を決めると、使い始められます。"
        "リンクは1回のみ、{days}日間有効です。\n{url}\n\n"
        "お心当たりがない場合は、このメールを破棄してください。リンクは誰にも渡さないでください。"
    ),
    Language.ENGLISH: (
        "{name}, you are invited to work with the colleagues of {shop}.\n\n"
        "Open this link and choose how you sign in. It works once, for {days} days.\n{url}\n\n"
        "If you do not know what this is about, ignore this mail. Give the link to nobody."
    ),
}


class HasCome(DomainError):
    """They have come in already, or were never invited: no invitation is open or can be sent."""

    code = "no-invitation"


@dataclass(frozen=True)
class Letters:
    """Writes the mails and reads the links in them; ``shop`` is its name in both languages."""

    secret_key: str
    public_url: str
    shop: dict[Language, str]

    def url(self, token: str) -> str:
        key = self._signer().dumps(token)
        return f"{self.public_url.rstrip('/')}/staff/invitation?{urlencode({'key': key})}"

    def read(self, key: str) -> str | None:
        """The token in a link; None for what we never wrote."""
        if len(key) > _LONGEST:
            return None
        try:
            return str(self._signer().loads(key))
        except (BadSignature, ValueError):
            return None

    def _signer(self) -> URLSafeSerializer:
        return URLSafeSerializer(self.secret_key, salt="staff-invitation")


def may_look(limits: Limits, *, address: str) -> None:
    """Count a look at a link.

    Raises:
        TooMany: this address has tried too often.
    """
    limits.take("staff-invitation-address", address, PER_ADDRESS)


def may_send(limits: Limits, *, staff_id: int) -> None:
    """Count a link that goes to a colleague again.

    Raises:
        TooMany: enough have gone there.
    """
    limits.take("staff-invitation-sent", str(staff_id), _PER_COLLEAGUE)


def invite(  # noqa: PLR0913 - all there is to say of a new colleague
    uow: UnitOfWork,
    letters: Letters,
    *,
    mail: str,
    name: str,
    language: Language,
    roles: Iterable[Role],
    queues: Iterable[int] = (),
    locations: Iterable[int] = (),
) -> StaffView:
    """Write a new colleague down and send them a link. Twice at once: one mail, one refusal.

    The caller has looked that there are such queues and locations.

    Raises:
        Invalid: the mail is taken or is none, the name is missing, or no role of staff is given.
        GrantsTooMuch: a role, queue or location is more than who invites holds.
    """
    view = staff.put_down(
        uow,
        mail=mail,
        name=name,
        password=None,
        roles=roles,
        language=language,
        is_active=False,
    )
    view = staff.limit_new(uow, view, queues=queues, locations=locations)
    _send(uow, letters, view, is_again=False)
    return view


def send_again(uow: UnitOfWork, letters: Letters, staff_id: int) -> StaffView:
    """Send a new link to who has not come yet; the old one opens nothing any more.

    Raises:
        NotFound: there never was a colleague of that id.
        HasCome: they have come in, or were never invited.
        GrantsTooMuch: they may do what whoever invites them may not, or reach more.
    """
    _hold_who_never_came(uow, staff_id)
    view = queries.staff_by_id(uow.session, staff_id)
    staff.check_may_let_in(uow, view)
    was_open = _end(uow, staff_id, InvitationEnd.REPLACED) is not None
    if not was_open:
        staff.note(uow, staff_id, "state", was=[StaffState.DEACTIVATED], now=[StaffState.INVITED])
    _send(uow, letters, view, is_again=True)
    return view


def withdraw(uow: UnitOfWork, staff_id: int) -> bool:
    """Let an invitation open nothing any more. Whether one was open.

    Raises:
        NotFound: there never was a colleague of that id.
        HasCome: they have come in, or were never invited.
    """
    _hold_who_never_came(uow, staff_id)
    ended = _end(uow, staff_id, InvitationEnd.WITHDRAWN)
    if ended is None:
        return False
    staff.note(uow, staff_id, "state", was=[StaffState.INVITED], now=[StaffState.DEACTIVATED])
    uow.emit(StaffInvitationWithdrawn(staff_id=staff_id, invitation_id=ended))
    return True


def whose(reader: Reader, letters: Letters, key: str, now: datetime) -> StaffView | None:
    """Who was invited by a link that still counts; None for any other."""
    token = letters.read(key)
    if token is None:
        return None
    staff_id = reader.execute(
        select(Invitation.staff_id).where(*_counts(token, now))
    ).scalar_one_or_none()
    return None if staff_id is None else queries.staff_by_id(reader, staff_id)


def accept(uow: UnitOfWork, letters: Letters, key: str, password_hash: str) -> StaffView | None:
    """Who was invited comes in, with a password of their own; None for a link that does not count.

    Two presses at once: one of them comes in.
    """
    found = whose(uow.session, letters, key, uow.now)
    token = letters.read(key)
    if found is None or token is None:
        return None
    row = _row(uow, found.id)
    taken = uow.session.scalar(
        update(Invitation)
        .where(*_counts(token, uow.now))
        .values(ended_at=uow.now, ended_by=InvitationEnd.ACCEPTED)
        .returning(Invitation.id)
        .execution_options(synchronize_session=False)
    )
    if taken is None or row.is_active:
        return None
    row.password_hash = password_hash
    return _come(uow, row)


def accept_by_provider(uow: UnitOfWork, staff_id: int) -> StaffView | None:
    """The same for whom a provider vouches that the mail address is theirs, while a link counts."""
    row = _row(uow, staff_id)
    counts = uow.session.scalar(
        select(Invitation.id).where(
            Invitation.staff_id == staff_id,
            Invitation.ended_at.is_(None),
            Invitation.expires_at > uow.now,
        )
    )
    if counts is None or row.is_active:
        return None
    _end(uow, staff_id, InvitationEnd.ACCEPTED)
    return _come(uow, row)


def _come(uow: UnitOfWork, row: Staff) -> StaffView:
    row.is_active = True
    uow.session.flush()
    staff.note(uow, row.id, "state", was=[StaffState.INVITED], now=[StaffState.ACTIVE])
    uow.emit(StaffJoined(staff_id=row.id))
    return queries.staff_by_id(uow.session, row.id)


def _send(uow: UnitOfWork, letters: Letters, to: StaffView, *, is_again: bool) -> None:
    token = ids.token()
    made = Invitation(
        staff_id=to.id,
        digest=ids.digest(token),
        invited_by=uow.actor.ref,
        created_at=uow.now,
        expires_at=uow.now + LIFETIME,
    )
    uow.session.add(made)
    uow.session.flush()
    shop = letters.shop[to.language]
    conversations.say_by_mail(
        uow,
        to=to.mail,
        customer_id=None,
        language=to.language,
        subject=_SUBJECT[to.language].format(shop=shop),
        text=_TEXT[to.language].format(
            name=to.name, shop=shop, days=LIFETIME.days, url=letters.url(token)
        ),
        is_secret=True,
    )
    uow.emit(StaffInvited(staff_id=to.id, invitation_id=made.id, is_again=is_again))


def _end(uow: UnitOfWork, staff_id: int, how: InvitationEnd) -> int | None:
    """The invitation that was open, which now is not; the colleague's row is held."""
    return uow.session.scalar(
        update(Invitation)
        .where(Invitation.staff_id == staff_id, Invitation.ended_at.is_(None))
        .values(ended_at=uow.now, ended_by=how)
        .returning(Invitation.id)
        .execution_options(synchronize_session=False)
    )


def _counts(token: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Invitation.digest == ids.digest(token),
        Invitation.ended_at.is_(None),
        Invitation.expires_at > now,
    )


def _hold_who_never_came(uow: UnitOfWork, staff_id: int) -> None:
    row = _row(uow, staff_id)
    if row.is_active or not queries.never_came(uow.session, staff_id):
        raise HasCome("they have come in, or were never invited")


def _row(uow: UnitOfWork, staff_id: int) -> Staff:
    """A colleague, held until this transaction ends.

    Raises:
        NotFound: there never was one of that id.
    """
    row = uow.session.get(Staff, staff_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("no such colleague")
    return row
