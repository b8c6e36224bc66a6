"""Who in Slack is which colleague. It is never guessed: the colleague says so, signed in here."""

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from bots.slack import queries
from bots.slack.events import SlackLinked, SlackUnlinked
from bots.slack.models import SlackPerson
from bots.slack.queries import Reader
from bots.slack.views import PersonView
from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.clock import Clock
from oms_service.kernel.errors import NotFound
from oms_service.runtime import Runtime

#: An address that links is good for so long.
GOOD: Final = timedelta(minutes=15)
#: Where such an address leads.
PAGE: Final = "/desk/slack/link"
#: Longer text is no link of ours and is not looked at.
_LONGEST: Final = 200


def seen(uow: UnitOfWork, workspace_id: int, user: str) -> PersonView:
    """Know somebody of a workspace from now on, if they are not known."""
    uow.session.execute(
        insert(SlackPerson)
        .values(workspace_id=workspace_id, user=user, seen_at=uow.now)
        .on_conflict_do_nothing()
    )
    found = queries.person(uow.session, workspace_id, user)
    if found is None:
        raise AssertionError("they were just kept")
    return found


def link(uow: UnitOfWork, person_id: int, staff_id: int) -> PersonView:
    """Somebody in Slack is this colleague, who says so; linked to another before, no more.

    Raises:
        NotFound: nobody like that.
    """
    held = locks.one(uow.session, SlackPerson, person_id)
    if held.staff_id == staff_id:
        return _found(uow, person_id)
    if held.staff_id is not None:
        uow.emit(SlackUnlinked(slack_user_id=person_id, staff_id=held.staff_id))
    held.staff_id, held.linked_at = staff_id, uow.now
    uow.session.flush()
    uow.emit(SlackLinked(slack_user_id=person_id, staff_id=staff_id))
    return _found(uow, person_id)


def unlink(uow: UnitOfWork, person_id: int) -> None:
    """They are no colleague any more; they may read on, and do nothing.

    Raises:
        NotFound: nobody like that.
    """
    held = locks.one(uow.session, SlackPerson, person_id)
    if held.staff_id is None:
        return
    uow.emit(SlackUnlinked(slack_user_id=person_id, staff_id=held.staff_id))
    held.staff_id, held.linked_at = None, None
    uow.session.flush()


def _found(uow: UnitOfWork, person_id: int) -> PersonView:
    found = queries.person_by_id(uow.session, person_id)
    if found is None:
        raise NotFound("nobody like that")
    return found


class LinkAddresses:
    """Writes and reads the addresses that link somebody in Slack to whoever opens them signed in.

    Whom an address was made for is in it, and it is shown to them alone.
    """

    def __init__(self, secret_key: str, public_url: str, clock: Clock) -> None:
        self._signer = URLSafeSerializer(secret_key, salt="slack-person")
        self._public_url = public_url.rstrip("/")
        self._clock = clock

    @classmethod
    def of(cls, house: Runtime) -> "LinkAddresses":
        return cls(house.settings.secret_key, house.settings.public_url, house.clock)

    def address(self, person_id: int) -> str:
        until = int((self._clock.now() + GOOD).timestamp())
        return f"{self._public_url}{PAGE}/{self._signer.dumps([person_id, until])}"

    def person_id(self, token: str) -> int | None:
        """Whom an address was made for; None where it was not made here or is too old."""
        if len(token) > _LONGEST:
            return None
        try:
            person_id, until = self._signer.loads(token)
        except (BadSignature, TypeError, ValueError):
            return None
        return None if until < self._clock.now().timestamp() else int(person_id)


def staff_ids(uow: UnitOfWork, workspace_id: int) -> set[int]:
    """The colleagues who are known in a workspace."""
    query = select(SlackPerson.staff_id).where(
        SlackPerson.workspace_id == workspace_id, SlackPerson.staff_id.is_not(None)
    )
    return {one for one in uow.session.scalars(query) if one is not None}


def users_of(reader: Reader, workspace_id: int, of: Collection[int]) -> set[str]:
    """How Slack knows some colleagues, as far as they are linked there."""
    query = select(SlackPerson.user).where(
        SlackPerson.workspace_id == workspace_id, SlackPerson.staff_id.in_(of)
    )
    return set(reader.execute(query).scalars())
